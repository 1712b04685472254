/**
 * Where a page ends, as an opaque text: the sort key and the id of its last row. The next page is what comes after that
 * row in the list's order, whatever has been added or deleted since.
 */
import { crc32 } from "node:zlib"
import { Effect } from "effect"
import type { SqlClient } from "effect/sql"
import type { Fragment } from "effect/sql/Statement"
import { ValidationFailed } from "../domain/Errors.ts"
import type { List, Query, SortColumn } from "../domain/List.ts"

export interface Cursor {
  /** The page that it begins, from 2. */
  readonly page: number
  /** What the last row was ordered by: the values of the list's keys. */
  readonly position: ReadonlyArray<unknown>
}

/** What the rows are ordered by, one after the other. */
export const keysOf = (list: List, query: Query): ReadonlyArray<SortColumn> => {
  const sort = list.sorts[query.sort ?? list.defaultSort]
  const id: SortColumn = { column: list.id, type: "uuid", isNullable: false }
  const first: SortColumn | undefined =
    typeof sort === "string" ? { column: sort, type: "text", isNullable: false } : sort
  const thenBy: SortColumn | undefined =
    list.thenBy === undefined ? undefined : { column: list.thenBy, type: "text", isNullable: false }
  const keys = [first, thenBy, id].filter((key) => key !== undefined)
  return keys.filter((key, index) => keys.findIndex(({ column }) => column === key.column) === index)
}

/** The direction of a list. */
export const orderOf = (list: List, query: Query) => query.order ?? list.defaultOrder

/** What a cursor holds for: another list, or other filters, would make another order of it. */
const purpose = (list: List, { cursor: _, limit: __, page: ___, ...query }: Query & { readonly fields?: unknown }) => {
  const { fields: _____, offset: ______, sort = list.defaultSort, order = list.defaultOrder, ...filters } = query
  const named = Object.entries(filters).sort(([a], [b]) => (a < b ? -1 : 1))
  return crc32(JSON.stringify([list.id, sort, order, named])).toString(36)
}

/** The text of a cursor; `position` is the JSON array of the keys' values. */
export const writeCursor = (list: List, query: Query, page: number, position: string): string =>
  Buffer.from(`[${page},"${purpose(list, query)}",${position}]`).toString("base64url")

/** The cursor of a query, if it has one. Fails if that is none, or is of another list or other filters. */
export const readCursor = (list: List, query: Query): Effect.Effect<Cursor | undefined, ValidationFailed> => {
  if (query.cursor === undefined) return Effect.succeed(undefined)
  if (query.page !== undefined) return Effect.fail(ValidationFailed.at("page", "Expected no page beside a cursor"))
  if (query.offset !== undefined)
    return Effect.fail(ValidationFailed.at("offset", "Expected no offset beside a cursor"))
  const read = parse(query.cursor)
  if (read === undefined || !isPosition(read.position, keysOf(list, query))) return Effect.fail(notACursor)
  return read.purpose === purpose(list, query) ? Effect.succeed(read) : Effect.fail(anotherList)
}

const notACursor = ValidationFailed.at("cursor", "Expected a cursor as it came in pagination.nextCursor")
const anotherList = ValidationFailed.at("cursor", "Expected the filters, sort and order that the cursor was made with")

const parse = (text: string): (Cursor & { readonly purpose: string }) | undefined => {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, "base64url").toString())
    if (!Array.isArray(value) || value.length !== 3) return undefined
    const [page, purpose, position] = value
    return Number.isSafeInteger(page) && page > 1 && typeof purpose === "string" && Array.isArray(position)
      ? { page, purpose, position }
      : undefined
  } catch {
    return undefined
  }
}

const isPosition = (position: ReadonlyArray<unknown>, keys: ReadonlyArray<SortColumn>) =>
  position.length === keys.length && keys.every((key, index) => isValue(position[index], key))

/** Whether PostgreSQL can read the value as one of the key's type. */
const isValue = (value: unknown, { isNullable, type }: SortColumn): boolean => {
  if (value === null) return isNullable
  switch (type) {
    case "boolean":
      return typeof value === "boolean"
    case "integer":
    case "bigint":
    case "numeric":
      return typeof value === "number" && Number.isFinite(value)
    case "timestamptz":
      return typeof value === "string" && /^\d{4,6}-\d\d-\d\dT[\d:.]+[+-]\d\d:\d\d$/.test(value) && isTime(value)
    case "date":
      return typeof value === "string" && /^\d{4}-\d\d-\d\d$/.test(value) && isTime(value)
    case "uuid":
      return typeof value === "string" && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value)
    case "text":
      return typeof value === "string" && !value.includes("\0") && value.isWellFormed()
  }
}

const isTime = (text: string) => !Number.isNaN(Date.parse(text))

/** The values of the keys, as a column that `writeCursor` takes. */
export const positionColumn = (keys: ReadonlyArray<SortColumn>) =>
  `jsonb_build_array(${keys.map(({ column }) => column).join(", ")})::text`

/** The rows that come after a position. */
export const beyond = (
  sql: SqlClient.SqlClient,
  keys: ReadonlyArray<SortColumn>,
  order: "asc" | "desc",
  position: ReadonlyArray<unknown>
): Fragment => {
  const operator = sql.literal(order === "asc" ? ">" : "<")
  const after = (from: number): Fragment => {
    const columns = sql.literal(
      keys
        .slice(from)
        .map(({ column }) => column)
        .join(", ")
    )
    const values = sql.csv(keys.slice(from).map((key, index) => bound(sql, key, position[from + index])))
    return sql`(${columns}) ${operator} (${values})`
  }
  const [first] = keys
  const column = sql.literal(first!.column)
  // Nulls come after everything else going up, and before it going down.
  if (position[0] === null) {
    const rest = sql`${column} IS NULL AND ${after(1)}`
    return order === "asc" ? sql`(${rest})` : sql`(${rest} OR ${column} IS NOT NULL)`
  }
  return first!.isNullable && order === "asc" ? sql`(${after(0)} OR ${column} IS NULL)` : after(0)
}

const bound = (sql: SqlClient.SqlClient, { type }: SortColumn, value: unknown) =>
  sql`${String(value)}::text::${sql.literal(type)}`
