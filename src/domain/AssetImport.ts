/** Assets from a file: what its header may name, and what is told of its lines. */
import { Schema, Struct } from "effect"
import { Asset } from "./Asset.ts"
import { extensionColumn } from "./AssetExport.ts"
import type { TypeDefinition } from "./assetExtension.ts"
import type { Issue } from "./Errors.ts"
import { Uuid } from "./Field.ts"

/** The longest file, in bytes. */
export const maxImportBytes = 25 * 1024 * 1024

/** How many lines it may have, not counting the header. */
export const maxImportLines = 200_000

/** How many faulty lines are told what is wrong with them. */
export const maxExplainedLines = 1000

/** What is written of an asset, and what says which one it is. */
export const importColumns = [
  "asset_id",
  "client_id",
  "client_name",
  "asset_type",
  "asset_tag",
  "name",
  "status",
  "serial_number",
  "location",
  "location_id",
  "location_name",
  "purchase_date",
  "warranty_end_date"
] as const
export type ImportColumn = (typeof importColumns)[number]

/** What a file may have because one that was exported has it: others write it. */
const readOnly: ReadonlySet<string> = new Set(
  Struct.keys(Asset.fields).filter((name) => !importColumns.some((column) => column === name))
)

/** Where the columns are. */
export interface ImportHeader {
  /** How many cells a line has. */
  readonly width: number
  readonly columns: ReadonlyMap<ImportColumn, number>
  /** By the keys of extension data. */
  readonly extension: ReadonlyMap<string, number>
  /** Columns that nothing is read from. */
  readonly ignored: ReadonlyArray<string>
}

const isColumn = (name: string): name is ImportColumn => importColumns.some((column) => column === name)

/** What the first line of a file says, and what is wrong with it. */
export const readHeader = (
  cells: ReadonlyArray<string>,
  types: Iterable<TypeDefinition>
): { readonly header: ImportHeader; readonly issues: ReadonlyArray<Issue> } => {
  const keys = new Map(
    [...types].flatMap(({ fields }) => fields.map(({ key }) => [extensionColumn(key), key] as const))
  )
  const columns = new Map<ImportColumn, number>()
  const extension = new Map<string, number>()
  const ignored: Array<string> = []
  const issues: Array<Issue> = []
  const seen = new Set<string>()
  for (const [index, cell] of cells.entries()) {
    const name = cell.trim()
    const key = keys.get(name)
    if (seen.has(name)) issues.push(headerIssue(name, "Expected each column once"))
    else if (isColumn(name)) columns.set(name, index)
    else if (key !== undefined) extension.set(key, index)
    else if (readOnly.has(name)) ignored.push(name)
    else issues.push(headerIssue(name, unknownColumn(name)))
    seen.add(name)
  }
  return { header: { width: cells.length, columns, extension, ignored }, issues }
}

const headerIssue = (name: string, message: string): Issue => ({ path: ["header", name.slice(0, 255)], message })

const unknownColumn = (name: string) =>
  name.startsWith(extensionColumn("")) ? "No asset type has such a field" : "Unknown column"

export const ImportAction = Schema.Literals(["create", "update", "skip", "error"])

const ImportIssue = Schema.Struct({
  path: Schema.Array(Schema.String).annotate({ description: "The column" }),
  message: Schema.String
}).annotate({ identifier: "AssetImportIssue" })

export const ImportLine = Schema.Struct({
  line: Schema.Int.annotate({ description: "Where it begins in the file: the header is line 1" }),
  action: ImportAction.annotate({ description: "`skip` is for an asset that is as the line says already" }),
  asset_id: Schema.optionalKey(Uuid).annotate({ description: "The asset, unless it would only be made" }),
  errors: Schema.optionalKey(Schema.Array(ImportIssue)).annotate({
    description: `What is wrong, for the first ${maxExplainedLines} lines of which something is`
  })
}).annotate({ identifier: "AssetImportLine" })

export const ImportSummary = Schema.Struct({
  lines: Schema.Int,
  create: Schema.Int,
  update: Schema.Int,
  unchanged: Schema.Int,
  errors: Schema.Int
}).annotate({ identifier: "AssetImportSummary" })

export const ImportReport = Schema.Struct({ lines: Schema.Array(ImportLine), summary: ImportSummary }).annotate({
  identifier: "AssetImportReport"
})
