/** What was looked up for a line of a file, and what that says is wrong. */
import type { ImportHeader } from "./AssetImport.ts"
import { type Cells, cellAt } from "./assetImportCells.ts"
import type { AssetColumns } from "./assetPlan.ts"
import type { Issue } from "./Errors.ts"

/** What was found of what a line names. */
export interface LineFacts {
  /** How many assets it can be about; it is `current` if that is one. */
  readonly assets: number
  readonly current: AssetColumns | undefined
  /** Whether the caller may read that. */
  readonly readable: boolean
  /** The client with the id, or the only one with the name. */
  readonly client_id: string | null
  /** What that client is called. */
  readonly client_name: string | null
  /** How many clients have the name, where there is no id. */
  readonly clients: number
  /** The location with the id, or the only active one of the client's with the name. */
  readonly location_id: string | null
  readonly location_name: string | null
  /** Whether it is an active location of the client's. */
  readonly is_available: boolean
  /** How many active locations of the client's have the name, where there is no id. */
  readonly locations: number
  /** Another line about the same asset. */
  readonly twin: number | null
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** An id that a line has, in lower case; null where there is none that could be. */
export const idAt = (header: ImportHeader, cells: Cells, column: "asset_id" | "client_id" | "location_id") => {
  const text = cellAt(header, cells, column)
  return text !== null && uuid.test(text) ? text.toLowerCase() : null
}

/** What is wrong with what the line names. */
export const lineProblems = (header: ImportHeader, cells: Cells, facts: LineFacts): ReadonlyArray<Issue> => [
  ...assetProblems(header, cells, facts),
  ...referenceProblems("client", header, cells, facts.clients, facts.client_id, facts.client_name),
  ...referenceProblems("location", header, cells, facts.locations, facts.location_id, facts.location_name),
  ...(facts.twin === null ? [] : [{ path: [], message: `Line ${facts.twin} is about the same asset` }])
]

const assetProblems = (header: ImportHeader, cells: Cells, { assets, current, readable }: LineFacts) => {
  const problem = (column: string, message: string): ReadonlyArray<Issue> => [{ path: [column], message }]
  const id = cellAt(header, cells, "asset_id")
  if (id !== null && !uuid.test(id)) return problem("asset_id", "Expected a UUID")
  if (id !== null && current === undefined) return problem("asset_id", "Asset not found")
  if (current !== undefined && !readable) return [{ path: [], message: "Permission denied: Cannot read asset" }]
  if (assets < 2) return []
  return cellAt(header, cells, "serial_number") === null
    ? problem("asset_tag", `${assets} assets of the client have this asset tag: name one by its asset_id`)
    : problem("serial_number", `${assets} assets of the client have this serial number: name one by its asset_id`)
}

/** Something is named by its id, by its name, or by both, which must be of the same thing. */
const referenceProblems = (
  what: "client" | "location",
  header: ImportHeader,
  cells: Cells,
  found: number,
  foundId: string | null,
  foundName: string | null
): ReadonlyArray<Issue> => {
  const [idColumn, nameColumn] = [`${what}_id`, `${what}_name`] as const
  const id = cellAt(header, cells, idColumn)
  const name = cellAt(header, cells, nameColumn)
  const title = what === "client" ? "Client" : "Location"
  if (id !== null) {
    if (!uuid.test(id)) return [{ path: [idColumn], message: "Expected a UUID" }]
    if (foundId === null) return [{ path: [idColumn], message: `${title} not found` }]
    if (name === null || name === foundName) return []
    return [{ path: [nameColumn], message: `The ${what} with this ${idColumn} has another name` }]
  }
  if (name === null || found === 1) return []
  const message = found === 0 ? `${title} not found` : `${found} ${what}s have this name: name one by its ${idColumn}`
  return [{ path: [nameColumn], message }]
}
