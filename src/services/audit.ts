/** What must be accounted for: who did what others may not. Written in the transaction that did it. */
import type { Effect } from "effect"
import type { SqlClient } from "effect/sql"
import type { SqlError } from "effect/sql/SqlError"
import type { Caller } from "../domain/Actor.ts"
import { newId } from "./ids.ts"
import { insertAll } from "./insertAll.ts"

export interface NewAudit {
  /** In capitals: `TICKET_CLOSE_RULES_OVERRIDDEN`. */
  readonly operation: string
  /** The row that it was done to. */
  readonly table_name: string
  readonly record_id: string
  readonly changed_data?: Readonly<Record<string, unknown>>
  readonly details?: Readonly<Record<string, unknown>>
}

const row = ({ tenant, userId }: Who, { changed_data = {}, details = {}, ...audit }: NewAudit) => ({
  tenant,
  audit_id: newId(),
  user_id: userId,
  ...audit,
  changed_data: JSON.stringify(changed_data),
  details: JSON.stringify(details)
})

type Who = Pick<Caller, "tenant" | "userId">

/** Records what the caller has done. */
export const recordAudit = (sql: SqlClient.SqlClient, who: Who, audit: NewAudit): Effect.Effect<void, SqlError> =>
  recordAudits(sql, [[who, audit]])

/** Records what several have done, in one statement. */
export const recordAudits = (
  sql: SqlClient.SqlClient,
  audits: ReadonlyArray<readonly [Who, NewAudit]>
): Effect.Effect<void, SqlError> =>
  insertAll(
    sql,
    "audit_logs",
    audits.map(([who, audit]) => row(who, audit))
  )
