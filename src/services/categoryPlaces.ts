/** Where ticket categories are: within which others, on which board. */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql"
import { maxLevels } from "../domain/Category.ts"
import { NotFound, ValidationFailed } from "../domain/Errors.ts"

/** What `value` comes to over the category `c` and all that it is within, `above` counting up from it. */
const upwards = (value: string) => `(WITH RECURSIVE up AS (
  SELECT c.parent_category, c.category_name, 0 AS above
  UNION ALL
  SELECT p.parent_category, p.category_name, up.above + 1 FROM up
  JOIN categories p ON p.tenant = c.tenant AND p.category_id = up.parent_category
) SELECT ${value} FROM up)`

/** The expressions of where the category `c` is. */
export const depth = upwards("max(above)")
export const path = upwards("string_agg(category_name, ' > ' ORDER BY above DESC)")
export const childrenCount = `(SELECT count(*)::int FROM categories k
  WHERE k.tenant = c.tenant AND k.parent_category = c.category_id)`

/**
 * Held, until the transaction ends, by whoever changes which categories of tickets there are in a tenant and how they hang
 * together: so that what was checked still holds when it is written.
 */
export const lockCategories = (sql: SqlClient.SqlClient, tenant: string) =>
  sql`SELECT pg_advisory_xact_lock(hashtextextended('categories of tenant ' || ${tenant}::text, 0))`

/** A category that is held. */
export interface Held {
  readonly category_id: string
  readonly parent_category: string | null
  readonly category_name: string
}

/** Categories and all below them. Whoever gives one of them to a ticket waits until the transaction ends. */
export const holdCategories = (sql: SqlClient.SqlClient, tenant: string, ids: ReadonlyArray<string>) =>
  sql<Held>`
    WITH RECURSIVE down AS (
      SELECT category_id FROM categories WHERE tenant = ${tenant} AND category_id = ANY(${ids}::uuid[])
      UNION
      SELECT k.category_id FROM down
      JOIN categories k ON k.tenant = ${tenant} AND k.parent_category = down.category_id
    )
    SELECT category_id, parent_category, category_name FROM categories
    WHERE tenant = ${tenant} AND category_id IN (SELECT category_id FROM down)
    ORDER BY category_id FOR UPDATE`

/** Where a category is to be. */
export interface Place {
  readonly parent: string
  readonly board: string
  /** What is to go there; a new category has no id yet. */
  readonly category: string | null
}

interface Found {
  readonly board_id: string
  /** How many categories the parent and those that it is within are. */
  readonly levels: number
  /** How many levels go along. */
  readonly height: number
  readonly is_circular: boolean
}

/**
 * Fails if the category cannot go there: the parent is not there or on another board, is the category itself or within it,
 * or is too deep. `field` is what names the parent in the request.
 */
export const requirePlace = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  tenant: string,
  { board, category, parent }: Place,
  field: string
) {
  const [found] = yield* sql<Found>`
    WITH RECURSIVE up AS (
      SELECT category_id, parent_category FROM categories WHERE tenant = ${tenant} AND category_id = ${parent}
      UNION ALL
      SELECT p.category_id, p.parent_category FROM up
      JOIN categories p ON p.tenant = ${tenant} AND p.category_id = up.parent_category
    ), down AS (
      SELECT category_id, 1 AS level FROM categories WHERE tenant = ${tenant} AND category_id = ${category}::uuid
      UNION ALL
      SELECT k.category_id, down.level + 1 FROM down
      JOIN categories k ON k.tenant = ${tenant} AND k.parent_category = down.category_id
    )
    SELECT board_id, (SELECT count(*)::int FROM up) AS levels, (SELECT coalesce(max(level), 1) FROM down) AS height,
      EXISTS (SELECT FROM up WHERE category_id = ${category}::uuid) AS is_circular
    FROM categories WHERE tenant = ${tenant} AND category_id = ${parent}`
  if (found === undefined) return yield* NotFound.of("parent category")
  if (found.is_circular) {
    return yield* ValidationFailed.at(field, "A circular reference: a category cannot be within itself")
  }
  if (found.board_id !== board) return yield* ValidationFailed.at(field, "The parent category is on another board")
  if (found.levels + found.height > maxLevels) {
    return yield* ValidationFailed.at(field, `Expected at most ${maxLevels} levels of categories`)
  }
})
