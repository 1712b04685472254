/** What a comment does in a bundle: said on the master, it is copied to the children; said on a child, it may reopen. */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql"
import type { Caller } from "../domain/Actor.ts"
import { toMarkdown } from "../domain/RichText.ts"
import { propagate } from "./bundleSync.ts"
import { recordEvents } from "./events.ts"
import { newId } from "./ids.ts"
import type { StoredTicket } from "./ticketChanges.ts"

/** Copies a public comment of the master to each child, once, as one that nobody there wrote. */
export const mirror = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  { tenant, userId }: Caller,
  masterId: string,
  comment: { readonly commentId: string; readonly note: string; readonly isResolution: boolean; readonly now: string }
) {
  const children = yield* sql<{ readonly ticket_id: string }>`SELECT ticket_id FROM tickets
    WHERE tenant = ${tenant} AND master_ticket_id = ${masterId} ORDER BY ticket_id FOR NO KEY UPDATE`
  if (children.length === 0) return
  const tickets = children.map(({ ticket_id }) => ticket_id)
  const comments = tickets.map(newId)
  const threads = tickets.map(newId)
  const copies = sql`unnest(${tickets}::uuid[], ${comments}::uuid[], ${threads}::uuid[]) AS copy (ticket_id, comment_id, thread_id)`
  yield* sql`INSERT INTO comment_threads (tenant, thread_id, ticket_id, root_comment_id, is_internal, last_activity_at)
    SELECT ${tenant}::uuid, thread_id, ticket_id, comment_id, false, ${comment.now}::timestamptz FROM ${copies}`
  yield* sql`INSERT INTO comments (tenant, comment_id, ticket_id, thread_id, note, markdown_content, author_type,
      is_resolution, is_system_generated, created_at, updated_at)
    SELECT ${tenant}::uuid, comment_id, ticket_id, thread_id, ${comment.note}, ${toMarkdown(comment.note)}, 'unknown',
      ${comment.isResolution}::boolean, true, ${comment.now}::timestamptz, ${comment.now}::timestamptz FROM ${copies}`
  yield* sql`INSERT INTO ticket_bundle_mirrors (tenant, source_comment_id, child_ticket_id, child_comment_id)
    SELECT ${tenant}::uuid, ${comment.commentId}::uuid, ticket_id, comment_id FROM ${copies}`
  yield* sql`UPDATE tickets SET updated_by = ${userId}, updated_at = ${comment.now}
    WHERE tenant = ${tenant} AND master_ticket_id = ${masterId}`
})

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
      updated_by = ${userId}, updated_at = ${now}
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
