/** What a comment does in a bundle: said on the master, it is copied to the children; said on a child, it may reopen. */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql"
import type { Caller } from "../domain/Actor.ts"
import { toMarkdown } from "../domain/RichText.ts"
import { propagate } from "./bundleSync.ts"
import { type NewEvent, recordEvents } from "./events.ts"
import { newId } from "./ids.ts"
import { lockTicket } from "./ticketAccess.ts"
import type { StoredTicket } from "./ticketChanges.ts"

/** A public comment that was just added. */
export interface Said {
  readonly commentId: string
  /** The comment it replies to. */
  readonly parentId: string | null
  readonly note: string
  readonly isResolution: boolean
  readonly now: string
}

/** A ticket, locked, and what its bundle makes of a comment on it. */
interface LockedTicket {
  /** The master that a public comment reopens; it is locked, too. */
  readonly reopens: string | null
  /** Whether a public comment is copied to the children. */
  readonly mirrors: boolean
  /** The time at which the ticket was locked, by the database's clock: later than that of every comment it has. */
  readonly now: string
}

/**
 * Locks a ticket that is to be commented on, and before it the master that a public comment may reopen. The bundle is
 * read again under the lock, so that what others did while this waited is seen; a master that the ticket was put under
 * meanwhile is not reopened, as this comment was on its way already.
 */
export const lockForComment = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  actor: Caller,
  ticketId: string,
  isPublic: boolean
) {
  const { tenant } = actor
  const [master] = isPublic
    ? yield* sql<{ readonly ticket_id: string }>`SELECT m.ticket_id FROM tickets m JOIN ticket_bundle_settings s
        ON s.tenant = m.tenant AND s.master_ticket_id = m.ticket_id AND s.reopen_on_child_reply
        WHERE m.tenant = ${tenant} AND m.ticket_id =
          (SELECT master_ticket_id FROM tickets WHERE tenant = ${tenant} AND ticket_id = ${ticketId})
        FOR NO KEY UPDATE OF m`
    : []
  yield* lockTicket(sql, actor, ticketId)
  const [locked] = yield* sql<LockedTicket>`
    SELECT m.master_ticket_id AS reopens, coalesce(own.mode = 'sync_updates', false) AS mirrors, clock_timestamp() AS now
    FROM tickets t
    LEFT JOIN ticket_bundle_settings m ON m.tenant = t.tenant AND m.master_ticket_id = t.master_ticket_id
      AND m.master_ticket_id = ${master?.ticket_id ?? null}::uuid AND m.reopen_on_child_reply
    LEFT JOIN ticket_bundle_settings own ON own.tenant = t.tenant AND own.master_ticket_id = t.ticket_id
    WHERE t.tenant = ${tenant} AND t.ticket_id = ${ticketId}`
  return locked!
})

/**
 * Copies a public comment of the master to each child, once, as one that nobody there wrote. A reply joins the thread
 * that its parent's copy is in.
 */
export const mirror = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  { tenant, userId }: Caller,
  masterId: string,
  { commentId, isResolution, note, now, parentId }: Said
) {
  const children = yield* sql<Child>`SELECT t.ticket_id, c.comment_id AS parent_id, c.thread_id FROM tickets t
    LEFT JOIN ticket_bundle_mirrors m ON m.tenant = t.tenant AND m.child_ticket_id = t.ticket_id
      AND m.source_comment_id = ${parentId}::uuid
    LEFT JOIN comments c ON c.tenant = m.tenant AND c.comment_id = m.child_comment_id AND c.deleted_at IS NULL
    WHERE t.tenant = ${tenant} AND t.master_ticket_id = ${masterId} ORDER BY t.ticket_id FOR NO KEY UPDATE OF t`
  if (children.length === 0) return
  const copies = children.map((child) => ({
    ...child,
    comment_id: newId(),
    thread_id: child.thread_id ?? newId()
  }))
  const copied = sql`unnest(${copies.map(({ ticket_id }) => ticket_id)}::uuid[],
    ${copies.map(({ comment_id }) => comment_id)}::uuid[], ${copies.map(({ thread_id }) => thread_id)}::uuid[],
    ${copies.map(({ parent_id }) => parent_id ?? "")}::text[]) AS copy (ticket_id, comment_id, thread_id, parent_id)`
  yield* sql`INSERT INTO comment_threads AS h (tenant, thread_id, ticket_id, root_comment_id, is_internal, last_activity_at)
    SELECT ${tenant}::uuid, thread_id, ticket_id, comment_id, false, ${now}::timestamptz FROM ${copied}
    ON CONFLICT (tenant, thread_id) DO UPDATE
      SET reply_count = h.reply_count + 1, last_activity_at = excluded.last_activity_at`
  yield* sql`INSERT INTO comments (tenant, comment_id, ticket_id, thread_id, parent_comment_id, note, markdown_content,
      author_type, is_resolution, is_system_generated, created_at, updated_at)
    SELECT ${tenant}::uuid, comment_id, ticket_id, thread_id, nullif(parent_id, '')::uuid, ${note}, ${toMarkdown(note)}, 'unknown',
      ${isResolution}::boolean, true, ${now}::timestamptz, ${now}::timestamptz FROM ${copied}`
  yield* sql`INSERT INTO ticket_bundle_mirrors (tenant, source_comment_id, child_ticket_id, child_comment_id)
    SELECT ${tenant}::uuid, ${commentId}::uuid, ticket_id, comment_id FROM ${copied}`
  yield* sql`UPDATE tickets SET updated_by = ${userId}, response_state = 'awaiting_client'
    WHERE tenant = ${tenant} AND master_ticket_id = ${masterId}`
  yield* recordEvents(
    sql,
    copies.map(
      (copy): NewEvent => ({
        tenant,
        userId,
        type: "TICKET_COMMENT_ADDED",
        entityType: "ticket",
        entityId: copy.ticket_id,
        payload: {
          comment: { id: copy.comment_id, content: note, author: null, isInternal: false },
          masterTicketId: masterId
        }
      })
    )
  )
})

interface Child {
  readonly ticket_id: string
  /** The copy of the comment that is replied to, and its thread. */
  readonly parent_id: string | null
  readonly thread_id: string | null
}

/**
 * Moves a closed master, which the caller has locked, to its board's default open status, or else the first open one;
 * with `sync_updates` its children follow.
 */
export const reopenMaster = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  actor: Caller,
  masterId: string,
  childId: string,
  now: string
) {
  const { tenant, userId } = actor
  const [master] = yield* sql<StoredTicket & { readonly open_status_id: string | null }>`
    SELECT t.*, NULL::text AS bundle_mode, s.mode AS own_bundle_mode,
      (SELECT o.status_id FROM statuses o WHERE o.tenant = t.tenant AND o.board_id = t.board_id AND NOT o.is_closed
        ORDER BY o.is_default DESC, o.order_number LIMIT 1) AS open_status_id
    FROM tickets t JOIN ticket_bundle_settings s ON s.tenant = t.tenant AND s.master_ticket_id = t.ticket_id
    WHERE t.tenant = ${tenant} AND t.ticket_id = ${masterId} AND t.is_closed`
  if (master === undefined || master.open_status_id === null) return
  const status_id = master.open_status_id
  yield* sql`UPDATE tickets SET status_id = ${status_id}, is_closed = false, closed_at = NULL, closed_by = NULL,
      updated_by = ${userId}
    WHERE tenant = ${tenant} AND ticket_id = ${masterId}`
  const about = { tenant, userId, entityType: "ticket", entityId: masterId }
  yield* recordEvents(sql, [
    { ...about, type: "BUNDLE_REOPENED", payload: { childTicketId: childId } },
    {
      ...about,
      type: "TICKET_UPDATED",
      payload: { changes: { status_id: { old: master.status_id, new: status_id } } }
    }
  ])
  if (master.own_bundle_mode === "sync_updates") yield* propagate(sql, actor, master, { status_id }, now)
})
