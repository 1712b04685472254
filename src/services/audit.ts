/** What must be accounted for: who did what others may not. Written in the transaction that did it. */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql"
import type { SqlError } from "effect/sql/SqlError"
import type { Caller } from "../domain/Actor.ts"
import { newId } from "./ids.ts"

export interface NewAudit {
  /** In capitals: `TICKET_CLOSE_RULES_OVERRIDDEN`. */
  readonly operation: string
  /** The row that it was done to. */
  readonly table_name: string
  readonly record_id: string
  readonly changed_data?: Readonly<Record<string, unknown>>
  readonly details?: Readonly<Record<string, unknown>>
}

/** Records what the caller has done. */
export const recordAudit = (
  sql: SqlClient.SqlClient,
  { tenant, userId }: Caller,
  { changed_data = {}, details = {}, ...audit }: NewAudit
): Effect.Effect<void, SqlError> =>
  Effect.asVoid(
    sql`INSERT INTO audit_logs ${sql.insert({
      tenant,
      audit_id: newId(),
      user_id: userId,
      ...audit,
      changed_data: JSON.stringify(changed_data),
      details: JSON.stringify(details)
    })}`
  )
