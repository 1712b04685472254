/**
 * What a bundle does to its tickets. Everyone who needs several of a bundle's tickets locks the master first and then the
 * children, in the order of their ids, and whoever changes who belongs to a bundle holds the tenant's bundle lock: so
 * nobody waits for somebody who waits for them.
 */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql"
import type { Caller } from "../domain/Actor.ts"
import { Conflict } from "../domain/Errors.ts"
import type { TicketChanges } from "../domain/Ticket.ts"
import { type NewEvent, recordEvents } from "./events.ts"
import type { StoredTicket } from "./ticketChanges.ts"

/** What a master with `sync_updates` passes on to its children, and what is locked on them. */
const workflowFields = ["status_id", "assigned_to", "priority_id"] as const

type Changes = typeof TicketChanges.Type

/** Held, until the transaction ends, by whoever changes which tickets belong together in a tenant. */
export const lockBundles = (sql: SqlClient.SqlClient, tenant: string) =>
  sql`SELECT pg_advisory_xact_lock(hashtextextended('bundles of tenant ' || ${tenant}::text, 0))`

/** Refuses to change on a child what its master decides. */
export const lockedByBundle = (current: StoredTicket, changes: Changes): Effect.Effect<void, Conflict> => {
  if (current.bundle_mode !== "sync_updates") return Effect.void
  const fields = workflowFields.filter((field) => changes[field] !== undefined && changes[field] !== current[field])
  if (fields.length === 0) return Effect.void
  return Effect.fail(
    Conflict.because(
      `This ticket is bundled; workflow fields are locked: ${fields.join(", ")}. Change them on its master ticket`,
      { code: "BUNDLED_FIELDS_LOCKED", fields, master_ticket_id: current.master_ticket_id }
    )
  )
}

interface SyncedChild {
  readonly ticket_id: string
  readonly old: Readonly<Record<string, string | null>>
  readonly new: Readonly<Record<string, string | null>>
}

/**
 * Joins to each child, as `t`, what a master's status becomes on it, as `mapped`: nothing, where the status is null or the
 * child's board has none like it.
 */
export const statusOnChildren = (sql: SqlClient.SqlClient, statusId: string | null) =>
  sql`LEFT JOIN statuses given ON given.tenant = t.tenant AND given.status_id = ${statusId}::uuid
      LEFT JOIN LATERAL (
        SELECT s.status_id, s.is_closed FROM statuses s
        WHERE s.tenant = t.tenant AND s.board_id = t.board_id
          AND (lower(s.name) = lower(given.name) OR s.is_closed = given.is_closed)
        ORDER BY s.status_id = given.status_id DESC, lower(s.name) = lower(given.name) DESC,
          s.status_id = t.status_id DESC, s.is_default DESC, s.order_number
        LIMIT 1
      ) mapped ON true`

/**
 * Passes the master's status, assignee and priority on to its children, as far as they were sent. A status becomes the
 * one of the same name on the child's own board, or else one that is closed, or open, like it.
 */
export const propagate = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  actor: Caller,
  master: StoredTicket,
  changes: Changes,
  now: string
) {
  if (!workflowFields.some((field) => changes[field] !== undefined)) return
  const { tenant, userId } = actor
  yield* sql`SELECT 1 FROM tickets WHERE tenant = ${tenant} AND master_ticket_id = ${master.ticket_id}
    ORDER BY ticket_id FOR NO KEY UPDATE`
  const children = yield* sql<SyncedChild>`
    WITH child AS (
      SELECT t.ticket_id, t.status_id, t.assigned_to, t.priority_id,
        coalesce(mapped.status_id, t.status_id) AS new_status_id, coalesce(mapped.is_closed, t.is_closed) AS new_is_closed
      FROM tickets t
      ${statusOnChildren(sql, changes.status_id ?? null)}
      WHERE t.tenant = ${tenant} AND t.master_ticket_id = ${master.ticket_id}
    )
    UPDATE tickets t SET
      status_id = child.new_status_id,
      is_closed = child.new_is_closed,
      closed_at = CASE WHEN child.new_is_closed THEN coalesce(t.closed_at, ${now}::timestamptz) END,
      closed_by = CASE WHEN NOT child.new_is_closed THEN NULL WHEN t.is_closed THEN t.closed_by ELSE ${userId}::uuid END,
      assigned_to = CASE WHEN ${changes.assigned_to !== undefined}::boolean THEN ${changes.assigned_to ?? null}::uuid
        ELSE t.assigned_to END,
      priority_id = coalesce(${changes.priority_id ?? null}::uuid, t.priority_id),
      updated_by = ${userId}::uuid
    FROM child WHERE t.tenant = ${tenant} AND t.ticket_id = child.ticket_id
    RETURNING t.ticket_id,
      jsonb_build_object('status_id', child.status_id, 'assigned_to', child.assigned_to, 'priority_id', child.priority_id) AS old,
      jsonb_build_object('status_id', t.status_id, 'assigned_to', t.assigned_to, 'priority_id', t.priority_id) AS new`
  yield* recordEvents(
    sql,
    children.map((child) => ({
      tenant,
      userId,
      type: "TICKET_UPDATED",
      entityType: "ticket",
      entityId: child.ticket_id,
      payload: { changes: differences(child), masterTicketId: master.ticket_id }
    }))
  )
})

const differences = ({ new: after, old }: SyncedChild) =>
  Object.fromEntries(
    workflowFields
      .filter((field) => old[field] !== after[field])
      .map((field) => [field, { old: old[field], new: after[field] }])
  )

/** Takes a ticket that is about to be deleted out of its bundle, so that the rest stays one or is none. */
export const detachFromBundle = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  actor: Caller,
  ticket: Pick<StoredTicket, "ticket_id" | "master_ticket_id">
) {
  const { tenant } = actor
  if (ticket.master_ticket_id !== null) {
    yield* dropEmptyBundle(sql, tenant, ticket.master_ticket_id, ticket.ticket_id)
    return
  }
  const children = yield* releaseChildren(sql, actor, ticket.ticket_id)
  yield* recordSplit(sql, actor, ticket.ticket_id, children, "bundle:master_deleted")
})

/** Makes all of a master's children tickets of their own; their ids. */
export const releaseChildren = (sql: SqlClient.SqlClient, { tenant, userId }: Caller, master: string) =>
  Effect.map(
    sql<{ readonly ticket_id: string }>`
      UPDATE tickets SET master_ticket_id = NULL, updated_by = ${userId}
      WHERE tenant = ${tenant} AND master_ticket_id = ${master} RETURNING ticket_id`,
    (rows) => rows.map(({ ticket_id }) => ticket_id)
  )

/** A bundle whose last child is gone, or about to be, is none any more. */
export const dropEmptyBundle = (sql: SqlClient.SqlClient, tenant: string, master: string, leaving: string) =>
  sql`DELETE FROM ticket_bundle_settings WHERE tenant = ${tenant} AND master_ticket_id = ${master}
    AND NOT EXISTS (SELECT FROM tickets
      WHERE tenant = ${tenant} AND master_ticket_id = ${master} AND ticket_id <> ${leaving})`

/** Tells each of these tickets that it has another master now, or none. */
export const movedEvents = (
  { tenant, userId }: Caller,
  tickets: ReadonlyArray<string>,
  from: string,
  to: string | null
): ReadonlyArray<NewEvent> =>
  tickets.map((ticket) => ({
    tenant,
    userId,
    type: "TICKET_UPDATED",
    entityType: "ticket",
    entityId: ticket,
    payload: { changes: { master_ticket_id: { old: from, new: to } } }
  }))

/** Tells that tickets were taken out of a bundle. */
export const recordSplit = (
  sql: SqlClient.SqlClient,
  actor: Caller,
  master: string,
  children: ReadonlyArray<string>,
  reason: string
) =>
  children.length === 0
    ? Effect.void
    : recordEvents(sql, [
        {
          tenant: actor.tenant,
          userId: actor.userId,
          type: "TICKET_SPLIT",
          entityType: "ticket",
          entityId: master,
          payload: { originalTicketId: master, newTicketIds: children, reason }
        },
        ...movedEvents(actor, children, master, null)
      ])
