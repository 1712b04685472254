/** Searches categories of either kind by what they are called: the better a name fits, the sooner it comes. */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql"
import type { Fragment } from "effect/sql/Statement"
import { defaultLimit } from "../domain/List.ts"
import type { Columns } from "./columns.ts"
import { unfailing } from "./constraints.ts"
import { containing } from "./list.ts"

export interface CategorySearch {
  readonly search_term: string
  readonly page?: number
  readonly limit?: number
  readonly offset?: number
}

/** What is searched: the columns of rows, the table that is `c`, its columns of text, and which rows. */
interface Searched<Row> {
  readonly columns: Columns<Row>
  readonly table: string
  readonly texts: ReadonlyArray<string>
  readonly where: ReadonlyArray<Fragment>
}

/** The categories that contain the term, with their `relevance_score`, and the count of all that do. */
export const searchCategories = Effect.fnUntraced(function* <Row extends object>(
  sql: SqlClient.SqlClient,
  tenant: string,
  query: CategorySearch,
  { columns, table, texts, where }: Searched<Row>
) {
  const source = sql.literal(`${table} c`)
  const pattern = containing(query.search_term)
  const contains = sql.or(texts.map((text) => sql`c.${sql.literal(text)} ILIKE ${pattern}`))
  const matching = sql.and([sql`c.tenant = ${tenant}`, contains, ...where])
  const limit = query.limit ?? defaultLimit
  const offset = query.offset ?? ((query.page ?? 1) - 1) * limit
  // The total comes even where the page is past the end.
  const rows = yield* sql`
    WITH found AS (
      SELECT ${sql.literal(columns.text)}, (CASE WHEN lower(c.category_name) = lower(${query.search_term}::text) THEN 1
        WHEN c.category_name ILIKE ${pattern.slice(1)} THEN 0.75 WHEN c.category_name ILIKE ${pattern} THEN 0.5 ELSE 0.25 END)::float8
        AS relevance_score
      FROM ${source} WHERE ${matching}
    )
    SELECT p.*, n.total FROM (SELECT count(*)::int AS total FROM found) n
    LEFT JOIN (
      SELECT * FROM found ORDER BY relevance_score DESC, category_name, category_id LIMIT ${limit} OFFSET ${offset}
    ) p ON true ORDER BY p.relevance_score DESC, p.category_name, p.category_id`.values
  const found = rows.filter((values) => values.at(-2) !== null)
  return {
    rows: found.map((values) => ({ ...columns.read(values), relevance_score: Number(values.at(-2)) })),
    total: Number(rows[0]?.at(-1)),
    page: Math.floor(offset / limit) + 1
  }
}, unfailing)
