/**
 * How PostgreSQL writes assets as lines of a file. It puts the text together itself, which takes a fraction of what it
 * costs to send every value here and to do it then.
 */
import { type ExportField, exportFields, extensionColumn } from "../domain/AssetExport.ts"
import type { TypeDefinition } from "../domain/assetExtension.ts"
import { warrantyStatus } from "./assetRows.ts"
import { wireTime } from "./wireTime.ts"

/** What a text has that must be quoted, or begins with if a spreadsheet would take it for a formula. */
const special = `[",\\r\\n]|^''*[-=+@\\t]`

/** A formula; also one behind apostrophes, so that what was written so can be told from what was made harmless. */
const formula = `^''*[-=+@\\t\\r]`

/** An expression of type text as a cell: in quotes where RFC 4180 asks for them, and a formula behind an apostrophe. */
export const textCell = (text: string) =>
  `CASE WHEN ${text} !~ '${special}' THEN ${text} ELSE '"' || CASE WHEN ${text} ~ '${formula}' THEN '''' ELSE '' END ` +
  `|| replace(${text}, '"', '""') || '"' END`

type Kind = "id" | "time" | "word" | "text" | "json"

/** What a field holds. Ids, times and words of our own need no quotes. */
const kinds: Readonly<Record<ExportField, Kind>> = {
  tenant: "id",
  asset_id: "id",
  asset_type: "text",
  client_id: "id",
  asset_tag: "text",
  name: "text",
  status: "text",
  serial_number: "text",
  location: "text",
  location_id: "id",
  purchase_date: "time",
  warranty_end_date: "time",
  attributes: "json",
  notes_document_id: "id",
  service_id: "id",
  stock_unit_id: "id",
  rmm_provider: "text",
  rmm_device_id: "text",
  rmm_organization_id: "text",
  agent_status: "text",
  last_seen_at: "time",
  last_rmm_sync_at: "time",
  created_at: "time",
  updated_at: "time",
  client_name: "text",
  warranty_status: "word",
  extension_data: "json"
}

const expressionOf = (field: ExportField) => {
  if (field === "client_name") return "c.client_name"
  return field === "warranty_status" ? warrantyStatus : `a.${field}`
}

const cellOf = (field: ExportField) => {
  const expression = expressionOf(field)
  switch (kinds[field]) {
    case "id":
    case "word":
      return expression
    case "time":
      return wireTime(expression)
    case "text":
      return textCell(expression)
    case "json":
      return textCell(`(${expression})::text`)
  }
}

type Types = ReadonlyArray<TypeDefinition>

/** A text as a constant of SQL. */
const constant = (text: string) => `'${text.replaceAll("'", "''")}'`

/** The fields that the types have, each once. */
const keysOf = (types: Types) => [...new Set(types.flatMap(({ fields }) => fields.map(({ key }) => key)))]

/** As many as a function of PostgreSQL takes, with the commas between them. */
const cellsACall = 40

/** Cells with commas between them: those without a value are empty. */
const joined = (cells: ReadonlyArray<string>) => {
  const calls: Array<string> = []
  for (let at = 0; at < cells.length; at += cellsACall) {
    calls.push(`concat(${cells.slice(at, at + cellsACall).join(", ',', ")})`)
  }
  return calls.join(" || ',' || ")
}

/** The columns of extension data: an asset has values in those of its own type. */
const extensionCells = (types: Types) => {
  const keys = keysOf(types)
  const whens = types.map(({ fields, slug }) => {
    const own = new Set(fields.map(({ key }) => key))
    const cells = keys.map((key) => (own.has(key) ? textCell(`(a.extension_data ->> ${constant(key)})`) : "''"))
    return `WHEN ${constant(slug)} THEN ${joined(cells)}`
  })
  return `CASE a.asset_type ${whens.join(" ")} ELSE ${constant(",".repeat(keys.length - 1))} END`
}

/** The first line of a file with these fields, of assets of these types; without its end. */
export const csvHeader = (fields: ReadonlyArray<ExportField>, types: Types) =>
  fields
    .flatMap((field) => (field === "extension_data" ? keysOf(types).map(extensionColumn) : [field]))
    .map((name) => (/[",\r\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name))
    .join(",")

/** An asset as a line, without its end: an expression over `assetTables`. */
export const csvLine = (fields: ReadonlyArray<ExportField>, types: Types) => {
  const hasExtension = keysOf(types).length > 0
  const cells = fields.flatMap((field) => {
    if (field !== "extension_data") return [cellOf(field)]
    return hasExtension ? [extensionCells(types)] : []
  })
  return cells.length === 0 ? "''" : joined(cells)
}

/** An asset as a JSON object: an expression over `assetTables`. */
export const jsonLine = (fields: ReadonlyArray<ExportField>) => {
  const pairs = fields.map((field) => {
    const expression = expressionOf(field)
    return `${constant(field)}, ${kinds[field] === "time" ? wireTime(expression) : expression}`
  })
  return `json_build_object(${pairs.join(", ")})::text`
}

/** The fields that a file has, each once: all, unless some are named. */
export const fieldsOfExport = (named: ReadonlyArray<ExportField> | undefined): ReadonlyArray<ExportField> =>
  named === undefined || named.length === 0 ? exportFields : [...new Set(named)]
