/** Turns a list's declaration and a query into SQL. */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql"
import type { Fragment } from "effect/sql/Statement"
import { defaultLimit, type Filter, type List, type Query } from "../domain/List.ts"
import type { Columns } from "./columns.ts"
import { unfailing } from "./constraints.ts"
import { beyond, keysOf, orderOf, positionColumn, readCursor, writeCursor } from "./cursor.ts"

/** `text` as a pattern for ILIKE that finds it anywhere, its own wildcards taken literally. */
export const containing = (text: string) => `%${text.replace(/[\\%_]/g, "\\$&")}%`

/** As many characters as an index of numbers takes at a time: shorter texts are in so many that it is of no use. */
const gram = 5

/** A column of numbers, such as TIC1234, that has an index of its `number_grams` contains the text, in whatever case. */
export const numberContains = (sql: SqlClient.SqlClient, column: Fragment, text: string): Fragment =>
  [...text].length < gram
    ? sql`${column} ILIKE ${containing(text)}`
    : sql`(number_grams(${column}) @> number_grams(${text}) AND strpos(lower(${column}), lower(${text})) > 0)`

/** The conditions that the query's filters and its `search` put on the rows. */
export const conditions = (sql: SqlClient.SqlClient, list: List, query: Query): ReadonlyArray<Fragment> => {
  const result: Array<Fragment> = []
  for (const [name, value] of Object.entries(query)) {
    const filter = list.filters[name]
    if (filter === undefined || value === undefined || filter.column === "") continue
    result.push(condition(sql, filter, value))
  }
  if (query.search !== undefined && list.search.length > 0) {
    const pattern = containing(query.search)
    result.push(sql.or(list.search.map((column) => sql`${sql.literal(column)} ILIKE ${pattern}`)))
  }
  return result
}

const condition = (sql: SqlClient.SqlClient, filter: Filter, value: unknown): Fragment => {
  const column = sql.literal(filter.column)
  const cast = sql.literal(`::${filter.type}`)
  switch (filter.kind) {
    case "equals":
      return sql`${column} = ${value}${cast}`
    case "any":
      return sql`${column} = ANY(${value}${cast})`
    case "contains":
      return filter.hasGrams === true
        ? numberContains(sql, column, String(value))
        : sql`${column} ILIKE ${containing(String(value))}`
    case "from":
      return sql`${column} >= ${value}${cast}`
    case "to":
      return sql`${column} <= ${value}${cast}`
    case "flag":
      return value === true ? sql`${column}` : sql`NOT ${column}`
    case "present":
      return value === true ? sql`${column} IS NOT NULL` : sql`${column} IS NULL`
    case "custom": {
      const [before, after] = filter.column.split("$")
      return sql`${sql.literal(before ?? "")}${value}${cast}${sql.literal(after ?? "")}`
    }
  }
}

/** What the rows are ordered by, ending in the id. */
export const ordering = (sql: SqlClient.SqlClient, list: List, query: Query): Fragment => {
  const order = orderOf(list, query) === "asc" ? "ASC" : "DESC"
  // Nulls come last going up and first going down, as they lie in an index.
  return sql.literal(
    keysOf(list, query)
      .map(({ column }) => `${column} ${order}`)
      .join(", ")
  )
}

/** What a list reads: its columns, the tables they are from, and which rows of these. */
export interface Selection<Row> {
  readonly columns: Columns<Row>
  readonly from: string | Fragment
  readonly where: Fragment
  /** A query for how many rows there are in all, where there is a better one than counting them. */
  readonly total?: Fragment
  /** For a list that is gone on with when there is more: where a page ends is told even if it is the last. */
  readonly isOpenEnded?: boolean
}

/**
 * A page: its rows and the count of all that match, in one statement. The limit is part of the statement, not a
 * parameter: a plan that PostgreSQL makes once for all parameters expects a tenth of the table where it does not see it.
 */
export const page = Effect.fnUntraced(function* <Row extends object>(
  sql: SqlClient.SqlClient,
  list: List,
  query: Query,
  { columns, from, isOpenEnded, total, where }: Selection<Row>
) {
  const cursor = yield* readCursor(list, query)
  const limit = query.limit ?? list.defaultLimit ?? defaultLimit
  const number = cursor?.page ?? pageOf(query, limit)
  const source = typeof from === "string" ? sql.literal(from) : from
  const keys = keysOf(list, query)
  const wanted =
    cursor === undefined ? where : sql.and([where, beyond(sql, keys, orderOf(list, query), cursor.position)])
  const offset = cursor === undefined ? (query.offset ?? (number - 1) * limit) : 0
  const skipped = offset === 0 ? sql`` : sql` OFFSET ${offset}`
  const counting = total ?? sql`SELECT count(*)::int FROM ${source} WHERE ${where}`
  // The total rides along in each row, so that a page is one round trip. One row more shows whether there is another page.
  const statement = sql`SELECT ${sql.literal(columns.text)}, ${sql.literal(positionColumn(keys))}, (${counting})
    FROM ${source} WHERE ${wanted} ORDER BY ${ordering(sql, list, query)}
    LIMIT ${sql.literal(String(limit + 1))}${skipped}`
  // How rare a text is decides how it is best looked for, so a search is planned anew each time.
  const found = yield* looksForText(list, query) ? statement.valuesUnprepared : statement.values
  const shown = found.length > limit ? found.slice(0, limit) : found
  const last = shown.at(-1)
  const isFirst = offset === 0 && cursor === undefined
  const count = last === undefined ? (isFirst ? 0 : yield* countOf(sql, counting)) : Number(last.at(-1))
  const end = last === undefined ? query.cursor : writeCursor(list, query, number + 1, String(last.at(-2)))
  return {
    rows: shown.map(columns.read),
    total: count,
    page: number,
    ...(found.length > limit && end !== undefined ? { nextCursor: end } : {}),
    ...(isOpenEnded === true && end !== undefined ? { endCursor: end } : {})
  }
}, unfailing)

/** Whether rows are looked for that contain a text. */
const looksForText = (list: List, query: Query) =>
  query.search !== undefined || Object.keys(query).some((name) => list.filters[name]?.kind === "contains")

/** The number of the page that a query's rows begin in. */
const pageOf = ({ offset, page = 1 }: Query, limit: number) =>
  offset === undefined ? page : Math.floor(offset / limit) + 1

/** The total of a page that is past the end. */
const countOf = (sql: SqlClient.SqlClient, counting: Fragment) =>
  Effect.map(sql<{ readonly total: number }>`SELECT (${counting}) AS total`, ([row]) => row?.total ?? 0)
