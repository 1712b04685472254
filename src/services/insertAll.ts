import { Array as Arr, Effect } from "effect"
import type { SqlClient } from "effect/sql"
import type { SqlError } from "effect/sql/SqlError"

/** Inserts rows of the same shape in one statement; none is fine. */
export const insertAll = (
  sql: SqlClient.SqlClient,
  table: string,
  rows: ReadonlyArray<Readonly<Record<string, unknown>>>
): Effect.Effect<void, SqlError> =>
  Arr.isReadonlyArrayNonEmpty(rows) ? Effect.asVoid(sql`INSERT INTO ${sql(table)} ${sql.insert(rows)}`) : Effect.void
