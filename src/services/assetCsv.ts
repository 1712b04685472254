/** How assets become lines of CSV. */
import { type ExportField, exportFields, extensionColumn } from "../domain/AssetExport.ts"
import type { ExtensionData, TypeDefinition } from "../domain/assetExtension.ts"
import { jsonCell, textCell } from "../domain/csvCell.ts"
import { warrantyStatus } from "./assetRows.ts"

type Types = ReadonlyArray<TypeDefinition>

/** The fields that a file has, each once: all, unless some are named. */
export const fieldsOfExport = (named: ReadonlyArray<ExportField> | undefined): ReadonlyArray<ExportField> =>
  named === undefined || named.length === 0 ? exportFields : [...new Set(named)]

/** Fields as columns of their own names, from `assetTables`. */
export const exportColumns = (fields: ReadonlyArray<ExportField>) =>
  fields.map((field) => `${expressionOf(field)} AS ${field}`).join(", ")

const expressionOf = (field: ExportField) => {
  if (field === "client_name") return "c.client_name"
  return field === "warranty_status" ? warrantyStatus : `a.${field}`
}

/** The fields that the types have, each once. */
const keysOf = (types: Types) => [...new Set(types.flatMap(({ fields }) => fields.map(({ key }) => key)))]

/** The first line, without its end. */
export const csvHeader = (fields: ReadonlyArray<ExportField>, types: Types) =>
  fields
    .flatMap((field) => (field === "extension_data" ? keysOf(types).map(extensionColumn) : [field]))
    .map(textCell)
    .join(",")

/** A row as it is read, with `asset_type` wherever there is `extension_data`. */
export type ExportRow = Readonly<Record<string, unknown>>

/** Writes a row as a line, without its end. Its cells are joined at once, which is faster than one after the other. */
export const csvLine = (fields: ReadonlyArray<ExportField>, types: Types): ((row: ExportRow) => string) => {
  const keys = keysOf(types)
  const writers = fields.flatMap((field): ReadonlyArray<Writer> => {
    if (field === "extension_data") return keys.length === 0 ? [] : [extensionWriter(keys, types)]
    return [(row, cells) => cells.push(cellOf(row[field]))]
  })
  return (row) => {
    const cells: Array<string> = []
    for (const write of writers) write(row, cells)
    return cells.join(",")
  }
}

/** Adds what is in a row to the cells of its line. */
type Writer = (row: ExportRow, cells: Array<string>) => void

const cellOf = (value: unknown) => {
  if (value === null) return ""
  // What is no text is JSON.
  return textCell(typeof value === "string" ? value : JSON.stringify(value))
}

/** The columns of extension data: an asset has values in those of its own type. */
const extensionWriter = (keys: ReadonlyArray<string>, types: Types): Writer => {
  const ownKeys = new Map(
    types.map(({ fields, slug }) => {
      const own = new Set(fields.map(({ key }) => key))
      return [slug, keys.map((key) => (own.has(key) ? key : undefined))] as const
    })
  )
  const none = keys.map(() => undefined)
  return ({ asset_type, extension_data }, cells) => {
    // What the column holds is an object, as it is with every row that is read.
    const data = (extension_data ?? {}) as ExtensionData
    for (const key of ownKeys.get(String(asset_type)) ?? none) {
      cells.push(key !== undefined && Object.hasOwn(data, key) ? jsonCell(data[key]) : "")
    }
  }
}
