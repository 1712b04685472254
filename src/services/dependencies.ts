/** What still needs a row that is to be deleted. */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql"
import type { Fragment } from "effect/sql/Statement"
import { Conflict, type Dependency } from "../domain/Errors.ts"

/** A kind of dependent row, and the query that counts them. */
export interface Dependent {
  readonly type: string
  readonly label: string
  readonly count: Fragment
}

/** Fails with a 409 that lists what depends on the row, if anything does. One round trip, whatever the number of kinds. */
export const dependencies = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  what: string,
  dependents: ReadonlyArray<Dependent>
) {
  const counts = sql.csv(dependents.map(({ count }) => sql`(${count})`))
  const [row] = yield* sql<{ readonly counts: ReadonlyArray<number> }>`SELECT ARRAY[${counts}] AS counts`
  const found = dependents.flatMap(({ label, type }, index): ReadonlyArray<Dependency> => {
    const count = row?.counts[index] ?? 0
    return count === 0 ? [] : [{ type, count, label }]
  })
  if (found.length > 0) return yield* Conflict.dependencies(what, found)
})
