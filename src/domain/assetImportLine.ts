/** What a line of a file comes to: the asset as it is to be, or what is wrong with it. */
import { Result } from "effect"
import * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaParser from "effect/SchemaParser"
import { AssetChanges, NewAsset } from "./Asset.ts"
import { extensionColumn } from "./AssetExport.ts"
import type { ImportHeader } from "./AssetImport.ts"
import type { TypeDefinition } from "./assetExtension.ts"
import { type Cells, cellAt, extensionSent, isReadable, isSameTime, storedTime } from "./assetImportCells.ts"
import { type LineFacts, lineProblems } from "./assetImportFacts.ts"
import { type AssetColumns, planChange, planNew } from "./assetPlan.ts"
import type { Issue } from "./Errors.ts"

/** The asset as it is to be; absent, if there is an issue. */
export interface LinePlan {
  readonly asset?: AssetColumns
  readonly issues: ReadonlyArray<Issue>
}

/** What a line comes to, by what was looked up for it. */
export const planLine = (
  header: ImportHeader,
  cells: Cells,
  facts: LineFacts,
  types: ReadonlyMap<string, TypeDefinition>
): LinePlan => {
  if (!isReadable(header, cells)) return { issues: [unreadable(header, cells)] }
  const problems = lineProblems(header, cells, facts)
  const { current } = facts
  const sent = sentBy(header, cells, facts, types)
  // Clients are there, or there is a problem already; and so it is with locations, whoever they belong to.
  const known = {
    hasClient: () => true,
    hasLocation: () => facts.is_available || problems.length > 0,
    typeOf: (slug: string) => types.get(slug)
  }
  const plan =
    current === undefined
      ? Result.map(readNew(sent), (asset) => planNew(asset, known))
      : Result.map(readChanges(sent), (changes) => planChange(current, changes, known))
  if (Result.isFailure(plan)) return { issues: [...problems, ...issuesOf(plan.failure)] }
  const { asset, issues } = plan.success
  const all = [...problems, ...issues.map(atColumn)]
  return all.length > 0 ? { issues: all } : { asset: withStoredTimes(asset), issues: [] }
}

const unreadable = ({ width }: ImportHeader, cells: Cells): Issue => ({
  path: [],
  message:
    cells.length === width
      ? "Expected text without NUL characters"
      : `Expected ${width} cells, as in the header, got ${cells.length}`
})

const required = ["asset_type", "asset_tag", "name", "status"] as const
const optional = ["serial_number", "location"] as const
const times = ["purchase_date", "warranty_end_date"] as const

/** What the line changes, as a request would say it; of an asset that is to be made, everything. */
const sentBy = (
  header: ImportHeader,
  cells: Cells,
  facts: LineFacts,
  types: ReadonlyMap<string, TypeDefinition>
): Readonly<Record<string, unknown>> => {
  const { current } = facts
  const sent: Record<string, unknown> = {}
  for (const column of required) {
    const text = cellAt(header, cells, column)
    if (current === undefined) {
      if (text !== null) sent[column] = text
    } else if (header.columns.has(column) && text !== current[column]) {
      // What must be there cannot be taken away: that is said where empty texts are.
      sent[column] = text ?? ""
    }
  }
  for (const column of optional) {
    const text = cellAt(header, cells, column)
    if (header.columns.has(column) && text !== (current?.[column] || null)) sent[column] = text
  }
  for (const column of times) {
    const text = cellAt(header, cells, column)
    const stored = current?.[column] ?? null
    if (!header.columns.has(column) || (text === null && stored === null)) continue
    if (text === null || !isSameTime(stored, text)) sent[column] = text
  }
  Object.assign(sent, clientSent(header, cells, facts), locationSent(header, cells, facts))
  const slug = cellAt(header, cells, "asset_type") ?? current?.asset_type ?? ""
  const extension_data = extensionSent(header, cells, current?.extension_data ?? null, types.get(slug))
  return extension_data === undefined ? sent : { ...sent, extension_data }
}

/** Stands for a client that is not there, of which there is word already. */
const nobody = "00000000-0000-0000-0000-000000000000"

const clientSent = (header: ImportHeader, cells: Cells, { client_id, current }: LineFacts) => {
  const isNamed = cellAt(header, cells, "client_id") !== null || cellAt(header, cells, "client_name") !== null
  if (current === undefined) return isNamed ? { client_id: client_id ?? nobody } : {}
  return client_id === null || client_id === current.client_id ? {} : { client_id }
}

const locationSent = (header: ImportHeader, cells: Cells, { client_id, current, location_id }: LineFacts) => {
  if (!header.columns.has("location_id") && !header.columns.has("location_name")) return {}
  const isNamed = cellAt(header, cells, "location_id") !== null || cellAt(header, cells, "location_name") !== null
  if (!isNamed) return current === undefined || current.location_id === null ? {} : { location_id: null }
  const stays = current !== undefined && (client_id === null || client_id === current.client_id)
  return location_id === null || (stays && location_id === current.location_id) ? {} : { location_id }
}

const readNew = SchemaParser.decodeUnknownResult(NewAsset, { errors: "all" })
const readChanges = SchemaParser.decodeUnknownResult(AssetChanges, { errors: "all" })

const formatter = SchemaIssue.makeFormatterStandardSchemaV1()

const issuesOf = (issue: SchemaIssue.Issue): ReadonlyArray<Issue> =>
  formatter(issue).issues.map(({ message, path = [] }) =>
    atColumn({ path: path.map((segment) => (typeof segment === "object" ? segment.key : segment)), message })
  )

/** The same issue, with the column as its path. */
const atColumn = ({ message, path: [column = "", key] }: Issue): Issue => ({
  path: [column === "extension_data" && key !== undefined ? extensionColumn(String(key)) : String(column)],
  message
})

const withStoredTimes = (asset: AssetColumns): AssetColumns => ({
  ...asset,
  purchase_date: storedTime(asset.purchase_date),
  warranty_end_date: storedTime(asset.warranty_end_date)
})
