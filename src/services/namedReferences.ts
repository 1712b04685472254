/** Conditions on what rows refer to, by the text in its name. */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql"
import type { SqlError } from "effect/sql/SqlError"
import type { Fragment } from "effect/sql/Statement"
import { containing } from "./list.ts"

/** A column that refers to rows of a table, which have an id and a name. */
export interface Reference {
  readonly column: string
  readonly table: string
  readonly id: string
  readonly name: string
}

/** So many are named in the statement; beyond that it is all the same how many there are. */
const most = 1000

/**
 * The rows whose reference has the text in its name. Those that have it are looked up first, and named in the statement:
 * PostgreSQL plans by how many they are, and of the ones that a subquery finds it expects ten, even where there are none.
 */
export const refersToNamed = (
  sql: SqlClient.SqlClient,
  tenant: string,
  { column, id, name, table }: Reference,
  text: string
): Effect.Effect<Fragment, SqlError> => {
  const named = sql`SELECT ${sql.literal(id)} AS id FROM ${sql.literal(table)}
    WHERE tenant = ${tenant} AND ${sql.literal(name)} ILIKE ${containing(text)}`
  const limited = sql<{ readonly id: string }>`${named} LIMIT ${sql.literal(String(most + 1))}`
  return Effect.map(limited, (found) => {
    if (found.length === 0) return sql`false`
    const ids = found.length > most ? sql`ARRAY(${named})` : sql`${found.map((row) => row.id)}::uuid[]`
    return sql`${sql.literal(column)} = ANY(${ids})`
  })
}
