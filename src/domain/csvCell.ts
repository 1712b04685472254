/** Values as cells of CSV (RFC 4180) that a spreadsheet shows, and does not take for formulas. */
import type { Schema } from "effect"

/** What a spreadsheet would take for a formula; also behind apostrophes, so that each of these can be told from ours. */
const formula = /^'*[=+\-@\t\r]/

const special = /[",\r\n]/

/** What few texts begin with: only these are looked at more closely. */
const mayBeFormula = (text: string) => {
  const first = text.charCodeAt(0)
  return first < 65 && (first < 48 || first > 58) && formula.test(text)
}

/** A text as a cell: in quotes where it needs them, and behind an apostrophe where it could be a formula. */
export const textCell = (text: string): string => {
  if (mayBeFormula(text)) return `"'${text.replaceAll('"', '""')}"`
  return special.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** A value as a cell: nothing is empty, and what is neither text, number nor boolean is JSON. */
export const jsonCell = (value: Schema.Json | undefined): string => {
  if (value === undefined || value === null) return ""
  if (typeof value === "string") return textCell(value)
  return typeof value === "boolean" ? String(value) : textCell(JSON.stringify(value))
}

/** What a cell says: the text behind the apostrophe that keeps it from being a formula. */
export const cellText = (cell: string) => (/^'+[=+\-@\t\r]/.test(cell) ? cell.slice(1) : cell)
