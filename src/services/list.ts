/** Turns a list's declaration and a query into SQL. */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql"
import type { SqlError } from "effect/sql/SqlError"
import type { Fragment, Statement } from "effect/sql/Statement"
import { defaultLimit, type Filter, type List, type Page, type Query } from "../domain/List.ts"

/** `text` as a pattern for ILIKE that finds it anywhere, its own wildcards taken literally. */
export const containing = (text: string) => `%${text.replace(/[\\%_]/g, "\\$&")}%`

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
      return sql`${column} ILIKE ${containing(String(value))}`
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
  const column = list.sorts[query.sort ?? list.defaultSort] ?? list.id
  const order = (query.order ?? list.defaultOrder) === "asc" ? "ASC" : "DESC"
  // Nulls come last going up and first going down, as they lie in an index.
  return sql.literal(column === list.id ? `${column} ${order}` : `${column} ${order}, ${list.id} ${order}`)
}

/**
 * Which of the ordered rows: how many, and how many are skipped. The number is part of the statement, not a parameter: a
 * plan that PostgreSQL makes once for all parameters expects a tenth of the table where it does not see the limit.
 */
export const slice = (sql: SqlClient.SqlClient, query: Query): Fragment => {
  const limit = query.limit ?? defaultLimit
  const offset = ((query.page ?? 1) - 1) * limit
  return offset === 0 ? sql.literal(`LIMIT ${limit}`) : sql`${sql.literal(`LIMIT ${limit} OFFSET`)} ${offset}`
}

/** A page: its rows and the count of all that match, both asked for at once. A failing statement is a defect. */
export const page = <Row extends object>(
  rows: Statement<Row>,
  total: Effect.Effect<number, SqlError>
): Effect.Effect<Page<Row>> =>
  Effect.all([rows, total], { concurrency: 2 }).pipe(
    Effect.map(([rows, total]) => ({ rows, total })),
    Effect.orDie
  )

/** The number that a counting statement returns as `total`. */
export const total = (statement: Statement<{ readonly total: number }>): Effect.Effect<number, SqlError> =>
  Effect.map(statement, ([row]) => row?.total ?? 0)
