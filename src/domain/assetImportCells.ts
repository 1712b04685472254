/** What the cells of a line say. */
import type { Schema } from "effect"
import type { ImportColumn, ImportHeader } from "./AssetImport.ts"
import type { FieldDefinition } from "./AssetType.ts"
import type { ExtensionData, TypeDefinition } from "./assetExtension.ts"
import { cellText } from "./csvCell.ts"

export type Cells = ReadonlyArray<string>

const textAt = (cells: Cells, index: number | undefined): string | null => {
  const cell = index === undefined ? "" : (cells[index] ?? "")
  return cell === "" ? null : cellText(cell)
}

/** What a line has in a column; null, if that is nothing, or there is no such column. */
export const cellAt = ({ columns }: ImportHeader, cells: Cells, column: ImportColumn) =>
  textAt(cells, columns.get(column))

/** Whether a line can be read at all. */
export const isReadable = ({ width }: ImportHeader, cells: Cells) =>
  cells.length === width && !cells.some((cell) => cell.includes("\u0000"))

/** Whether a time is the one that is stored. */
export const isSameTime = (stored: string | null, text: string) =>
  stored !== null && (stored === text || (/^\d{4}-/.test(text) && Date.parse(stored) === Date.parse(text)))

/** A time as it comes back when it is stored; the few that only PostgreSQL can say stay as they are. */
export const storedTime = (text: string | null) => {
  if (text === null) return null
  const time = new Date(text)
  const iso = Number.isNaN(time.getTime()) ? text : time.toISOString()
  return /^(?!0000)\d{4}-/.test(iso) ? iso : text
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Whether a cell says what is stored. */
const isSame = (stored: Schema.Json, text: string): boolean => {
  switch (typeof stored) {
    case "string":
      return stored === text
    case "number":
      return text.trim() !== "" && Number(text) === stored
    case "boolean":
      return text.toLowerCase() === String(stored)
    default:
      return stored !== null && JSON.stringify(parsed(text)) === JSON.stringify(stored)
  }
}

/** A cell as a value of its field; as the text that it is, if it cannot be one, which is then said to be wrong. */
const valueIn = (field: FieldDefinition | undefined, text: string): unknown => {
  switch (field?.type) {
    case "number":
      return text.trim() === "" || Number.isNaN(Number(text)) ? text : Number(text)
    case "boolean":
      return /^(true|false)$/i.test(text) ? text.toLowerCase() === "true" : text
    case "list":
    case "object":
      return parsed(text) ?? text
    default:
      return text
  }
}

const isNothing = (stored: Schema.Json | undefined) => stored === undefined || stored === null || stored === ""

/**
 * The extension data that a line changes. An empty cell takes away what is there, in a field of the asset's type: files
 * that were exported have empty cells in those of other types.
 */
export const extensionSent = (
  { extension }: ImportHeader,
  cells: Cells,
  stored: ExtensionData | null,
  type: TypeDefinition | undefined
): Readonly<Record<string, unknown>> | undefined => {
  const fields = fieldsByKey(type)
  const sent: Record<string, unknown> = {}
  for (const [key, index] of extension) {
    const had = stored !== null && Object.hasOwn(stored, key) ? stored[key] : undefined
    const text = textAt(cells, index)
    if (text === null) {
      if (fields.has(key) && !isNothing(had)) sent[key] = null
    } else if (had === undefined || !isSame(had, text)) {
      sent[key] = valueIn(fields.get(key), text)
    }
  }
  return Object.keys(sent).length === 0 ? undefined : sent
}

const known = new WeakMap<TypeDefinition, ReadonlyMap<string, FieldDefinition>>()

const fieldsByKey = (type: TypeDefinition | undefined): ReadonlyMap<string, FieldDefinition> => {
  if (type === undefined) return new Map()
  let fields = known.get(type)
  if (fields === undefined) {
    fields = new Map(type.fields.map((field) => [field.key, field]))
    known.set(type, fields)
  }
  return fields
}
