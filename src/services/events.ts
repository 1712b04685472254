/**
 * What happened, for whoever wants to know later: history, webhooks, search. An event is written in the transaction that
 * made it happen, so only what is committed is ever told.
 */
import type { Effect } from "effect"
import type { SqlClient } from "effect/sql"
import type { SqlError } from "effect/sql/SqlError"
import { newId } from "./ids.ts"
import { insertAll } from "./insertAll.ts"

export interface NewEvent {
  readonly tenant: string
  /** Who did it. */
  readonly userId: string | undefined
  /** In capitals: `TICKET_CREATED`. */
  readonly type: string
  readonly entityType: string
  readonly entityId: string
  readonly payload: Readonly<Record<string, unknown>>
}

const row = (event: NewEvent) => ({
  tenant: event.tenant,
  event_id: newId(),
  event_type: event.type,
  entity_type: event.entityType,
  entity_id: event.entityId,
  user_id: event.userId ?? null,
  payload: JSON.stringify(event.payload)
})

/** Records one event. */
export const recordEvent = (sql: SqlClient.SqlClient, event: NewEvent): Effect.Effect<void, SqlError> =>
  recordEvents(sql, [event])

/** Records events in one statement. */
export const recordEvents = (
  sql: SqlClient.SqlClient,
  events: ReadonlyArray<NewEvent>
): Effect.Effect<void, SqlError> => insertAll(sql, "events", events.map(row))
