/** A ticket that is about to change, held so that nobody else changes it meanwhile. */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql"
import type { Caller } from "../domain/Actor.ts"
import { admit, isReadable } from "./ticketAccess.ts"
import type { StoredTicket } from "./ticketChanges.ts"

/** The ticket, what its bundles are, and what time it is in the database. */
export type HeldTicket = StoredTicket & { readonly readable: boolean; readonly now: string }

/** Locked first and read then, so that what others did while this waited is seen. Fails unless the caller may read it. */
export const heldTicket = Effect.fnUntraced(function* (sql: SqlClient.SqlClient, actor: Caller, id: string) {
  const { tenant } = actor
  yield* sql`SELECT 1 FROM tickets WHERE tenant = ${tenant} AND ticket_id = ${id} FOR NO KEY UPDATE`
  const [ticket] = yield* sql<HeldTicket>`
    SELECT t.*, m.mode AS bundle_mode, own.mode AS own_bundle_mode, ${isReadable(sql, actor)} AS readable,
      clock_timestamp()::timestamptz(3) AS now
    FROM tickets t
    LEFT JOIN ticket_bundle_settings m ON m.tenant = t.tenant AND m.master_ticket_id = t.master_ticket_id
    LEFT JOIN ticket_bundle_settings own ON own.tenant = t.tenant AND own.master_ticket_id = t.ticket_id
    WHERE t.tenant = ${tenant} AND t.ticket_id = ${id}`
  return yield* admit(ticket)
})
