/** CSV as another program reads it. */
import { parse } from "csv-parse/sync"

/** The lines of a file as records, by the names in its header. */
export const recordsOf = (text: string): ReadonlyArray<Readonly<Record<string, string>>> =>
  parse(text, { columns: true, record_delimiter: "\r\n" })

/** A file with these columns. Cells are in quotes, and nothing else is done to them. */
export const csvOf = (
  columns: ReadonlyArray<string>,
  rows: ReadonlyArray<Readonly<Record<string, string | number | null | undefined>>>
) =>
  [columns, ...rows.map((row) => columns.map((column) => row[column] ?? ""))]
    .map((cells) => cells.map((cell) => `"${String(cell).replaceAll('"', '""')}"`).join(","))
    .join("\r\n")
