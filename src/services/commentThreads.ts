/** How a comment is stored: at the head of a thread of its own, or as a reply in its parent's. */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql"
import type { Caller } from "../domain/Actor.ts"
import type { NewComment } from "../domain/Comment.ts"
import { NotFound, ValidationFailed } from "../domain/Errors.ts"
import { toMarkdown } from "../domain/RichText.ts"
import { visibleComments } from "./commentRows.ts"
import { newId } from "./ids.ts"

interface Parent {
  readonly ticket_id: string
  readonly thread_id: string
  readonly is_internal: boolean
  readonly deleted_at: string | null
}

/** The comment that a reply on the ticket answers. Fails if the caller cannot see it, or it is not there to be answered. */
export const parentOf = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  caller: Caller,
  ticketId: string,
  parentId: string
) {
  const [parent] = yield* sql<Parent>`SELECT c.ticket_id, c.thread_id, h.is_internal, c.deleted_at FROM comments c
    JOIN comment_threads h ON h.tenant = c.tenant AND h.thread_id = c.thread_id
    WHERE ${sql.and([
      sql`c.tenant = ${caller.tenant}`,
      sql`c.comment_id = ${parentId}`,
      ...visibleComments(sql, caller, "c")
    ])}`
  if (parent === undefined) return yield* NotFound.of("Parent comment")
  if (parent.ticket_id !== ticketId.toLowerCase()) {
    return yield* ValidationFailed.at("parent_comment_id", "The parent comment is on another ticket")
  }
  if (parent.deleted_at !== null) {
    return yield* ValidationFailed.at("parent_comment_id", "The parent comment was deleted")
  }
  return parent
})

interface NewlySaid {
  readonly ticketId: string
  readonly commentId: string
  readonly parentId: string | null
  /** The parent's thread; a new one, if absent. */
  readonly threadId: string | undefined
  readonly note: string
  readonly isInternal: boolean
  readonly isResolution: boolean
  readonly metadata: (typeof NewComment.Type)["metadata"]
  readonly now: string
}

/** Stores the caller's comment on a ticket that is locked. A public one leaves the next word to the other side. */
export const storeComment = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  { tenant, userId, userType }: Caller,
  comment: NewlySaid
) {
  const { commentId, isInternal, note, now, parentId, ticketId } = comment
  const threadId = comment.threadId ?? newId()
  yield* comment.threadId === undefined
    ? sql`INSERT INTO comment_threads ${sql.insert({
        tenant,
        thread_id: threadId,
        ticket_id: ticketId,
        root_comment_id: commentId,
        is_internal: isInternal,
        last_activity_at: now,
        created_by: userId
      })}`
    : sql`UPDATE comment_threads SET reply_count = reply_count + 1, last_activity_at = ${now}
        WHERE tenant = ${tenant} AND thread_id = ${threadId}`
  yield* sql`INSERT INTO comments (tenant, comment_id, ticket_id, thread_id, parent_comment_id, user_id, contact_id, note,
      markdown_content, author_type, is_internal, is_resolution, metadata, created_at, updated_at)
    SELECT u.tenant, ${commentId}::uuid, ${ticketId}::uuid, ${threadId}::uuid, ${parentId}::uuid, u.user_id,
      CASE WHEN u.user_type = 'client' THEN u.contact_id END, ${note}, ${toMarkdown(note)}, ${userType},
      ${isInternal}::boolean, ${comment.isResolution}::boolean,
      ${comment.metadata == null ? null : JSON.stringify(comment.metadata)}::jsonb, ${now}::timestamptz, ${now}::timestamptz
    FROM users u WHERE u.tenant = ${tenant} AND u.user_id = ${userId}`
  const next = userType === "internal" ? "awaiting_client" : "awaiting_internal"
  yield* sql`UPDATE tickets SET updated_by = ${userId},
      response_state = CASE WHEN ${isInternal}::boolean THEN response_state ELSE ${next} END
    WHERE tenant = ${tenant} AND ticket_id = ${ticketId}`
})
