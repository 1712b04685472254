import { Clock, Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Actor, type Caller } from "../domain/Actor.ts"
import {
  type Comment,
  type CommentChanges,
  type MarkdownComment,
  maxVisibleLength,
  type NewComment
} from "../domain/Comment.ts"
import { NotFound, ValidationFailed } from "../domain/Errors.ts"
import { toHtml, toMarkdown, visibleLength } from "../domain/RichText.ts"
import { suppressFlags } from "../domain/Suppress.ts"
import { mirror, reopenMaster } from "./bundleComments.ts"
import { unfailing } from "./constraints.ts"
import { recordEvents } from "./events.ts"
import { newId } from "./ids.ts"
import { personName } from "./personName.ts"

type Full = typeof Comment.Type
type Markdown = typeof MarkdownComment.Type

export interface CommentQuery {
  readonly limit?: number
  readonly offset?: number
  readonly order?: "asc" | "desc"
  readonly content_format?: "full" | "markdown"
}

export class CommentService extends Context.Service<
  CommentService,
  {
    /** The comments of a ticket, oldest first. */
    readonly list: (
      ticketId: string,
      query: CommentQuery
    ) => Effect.Effect<ReadonlyArray<Full> | ReadonlyArray<Markdown>, NotFound, Actor>
    /** Says something on a ticket; on a bundle's master for its children too, on a child perhaps reopening the master. */
    readonly add: (
      ticketId: string,
      input: typeof NewComment.Type
    ) => Effect.Effect<Full, NotFound | ValidationFailed, Actor>
    /** Changes the text of one's own comment, and of its copies on a bundle's children. */
    readonly edit: (
      ticketId: string,
      commentId: string,
      changes: typeof CommentChanges.Type
    ) => Effect.Effect<Full, NotFound | ValidationFailed, Actor>
  }
>()("psa/CommentService") {
  static readonly layer = Layer.effect(
    CommentService,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient

      const read = (actor: Caller, ticketId: string, commentId: string | undefined, query: CommentQuery) =>
        sql<Stored>`SELECT c.tenant, c.comment_id, c.ticket_id, c.thread_id, c.parent_comment_id, c.user_id, c.contact_id,
            c.note, c.markdown_content, c.author_type, c.is_internal, c.is_resolution, c.is_system_generated, c.metadata,
            c.publish_state, c.created_at, c.updated_at, c.deleted_at, c.user_id AS created_by,
            coalesce(${sql.literal(personName("u"))}, n.full_name) AS created_by_name,
            c.contact_id AS author_contact_id, n.full_name AS author_contact_name, n.email AS author_contact_email,
            coalesce(r.reactions, '[]') AS reactions, coalesce(r.names, '{}') AS reaction_user_names
          FROM comments c
          LEFT JOIN users u ON u.tenant = c.tenant AND u.user_id = c.user_id
          LEFT JOIN contacts n ON n.tenant = c.tenant AND n.contact_name_id = c.contact_id
          LEFT JOIN LATERAL (
            SELECT jsonb_agg(e.reaction ORDER BY e.emoji) AS reactions, jsonb_object_agg(e.user_id, e.name) AS names FROM (
              SELECT x.emoji, x.user_id, ${sql.literal(personName("p"))} AS name,
                CASE WHEN row_number() OVER (PARTITION BY x.emoji ORDER BY x.reaction_id) = 1 THEN jsonb_build_object(
                  'emoji', x.emoji, 'count', count(*) OVER (PARTITION BY x.emoji),
                  'userIds', jsonb_agg(x.user_id) OVER (PARTITION BY x.emoji),
                  'currentUserReacted', bool_or(x.user_id = ${actor.userId}) OVER (PARTITION BY x.emoji)) END AS reaction
              FROM comment_reactions x JOIN users p ON p.tenant = x.tenant AND p.user_id = x.user_id
              WHERE x.tenant = c.tenant AND x.comment_id = c.comment_id
            ) e
          ) r ON true
          WHERE c.tenant = ${actor.tenant} AND c.ticket_id = ${ticketId}
            AND c.comment_id = coalesce(${commentId ?? null}::uuid, c.comment_id)
          ORDER BY ${sql.literal(query.order === "desc" ? "c.created_at DESC, c.comment_id DESC" : "c.created_at, c.comment_id")}
          LIMIT ${query.limit ?? null}::bigint OFFSET ${query.offset ?? 0}::bigint`

      const one = (actor: Caller, ticketId: string, commentId: string) =>
        Effect.map(read(actor, ticketId, commentId, {}), ([row]) => full(row!))

      const list = Effect.fn("CommentService.list")(function* (ticketId: string, query: CommentQuery) {
        const actor = yield* Actor
        const rows = yield* read(actor, ticketId, undefined, query)
        if (rows.length === 0) yield* ticketExists(actor.tenant, ticketId)
        return query.content_format === "markdown" ? rows.map(markdown) : rows.map(full)
      }, unfailing)

      const ticketExists = Effect.fnUntraced(function* (tenant: string, ticketId: string) {
        const found = yield* sql`SELECT 1 FROM tickets WHERE tenant = ${tenant} AND ticket_id = ${ticketId}`
        if (found.length === 0) return yield* NotFound.of("ticket")
      })

      /**
       * Locks the ticket, and before it the master of its bundle where a reply may reopen that. The bundle is read again
       * under the lock, so that what others did while this waited is seen.
       */
      const lock = Effect.fnUntraced(function* (tenant: string, ticketId: string, isPublic: boolean) {
        if (isPublic) {
          yield* sql`SELECT 1 FROM tickets m JOIN ticket_bundle_settings s
            ON s.tenant = m.tenant AND s.master_ticket_id = m.ticket_id AND s.reopen_on_child_reply
            WHERE m.tenant = ${tenant} AND m.ticket_id =
              (SELECT master_ticket_id FROM tickets WHERE tenant = ${tenant} AND ticket_id = ${ticketId})
            FOR NO KEY UPDATE OF m`
        }
        const found = yield* sql`SELECT 1 FROM tickets
          WHERE tenant = ${tenant} AND ticket_id = ${ticketId} FOR NO KEY UPDATE`
        if (found.length === 0) return yield* NotFound.of("ticket")
        const [bundle] = yield* sql<BundleOfTicket>`
          SELECT t.master_ticket_id, coalesce(m.reopen_on_child_reply, false) AS reopens, own.mode AS own_mode FROM tickets t
          LEFT JOIN ticket_bundle_settings m ON m.tenant = t.tenant AND m.master_ticket_id = t.master_ticket_id
          LEFT JOIN ticket_bundle_settings own ON own.tenant = t.tenant AND own.master_ticket_id = t.ticket_id
          WHERE t.tenant = ${tenant} AND t.ticket_id = ${ticketId}`
        return bundle!
      })

      /** The thread a reply belongs to. */
      const threadOf = Effect.fnUntraced(function* (tenant: string, ticketId: string, parentId: string) {
        const [parent] = yield* sql<{
          readonly ticket_id: string
          readonly thread_id: string
          readonly is_internal: boolean
          readonly deleted_at: string | null
        }>`SELECT c.ticket_id, c.thread_id, h.is_internal, c.deleted_at FROM comments c
          JOIN comment_threads h ON h.tenant = c.tenant AND h.thread_id = c.thread_id
          WHERE c.tenant = ${tenant} AND c.comment_id = ${parentId}`
        if (parent === undefined) return yield* NotFound.of("Parent comment")
        if (parent.ticket_id !== ticketId) {
          return yield* ValidationFailed.at("parent_comment_id", "The parent comment is on another ticket")
        }
        if (parent.deleted_at !== null) {
          return yield* ValidationFailed.at("parent_comment_id", "The parent comment was deleted")
        }
        return parent
      })

      const add = Effect.fn("CommentService.add")(
        function* (ticketId: string, input: typeof NewComment.Type) {
          yield* measure(input.comment_text)
          const actor = yield* Actor
          const { tenant, userId } = actor
          const parentId = input.parent_comment_id ?? null
          const bundle = yield* lock(tenant, ticketId, input.is_internal !== true)
          const parent = parentId === null ? undefined : yield* threadOf(tenant, ticketId, parentId)
          const isInternal = parent?.is_internal ?? input.is_internal ?? false
          const now = new Date(yield* Clock.currentTimeMillis).toISOString()
          const commentId = newId()
          const threadId = parent?.thread_id ?? newId()
          if (parent === undefined) {
            yield* sql`INSERT INTO comment_threads ${sql.insert({
              tenant,
              thread_id: threadId,
              ticket_id: ticketId,
              root_comment_id: commentId,
              is_internal: isInternal,
              last_activity_at: now,
              created_by: userId
            })}`
          } else {
            yield* sql`UPDATE comment_threads SET reply_count = reply_count + 1, last_activity_at = ${now}
              WHERE tenant = ${tenant} AND thread_id = ${threadId}`
          }
          yield* sql`INSERT INTO comments (tenant, comment_id, ticket_id, thread_id, parent_comment_id, user_id, note,
              markdown_content, author_type, is_internal, is_resolution, metadata, created_at, updated_at)
            VALUES (${tenant}, ${commentId}, ${ticketId}, ${threadId}, ${parentId}::uuid, ${userId}, ${input.comment_text},
              ${toMarkdown(input.comment_text)}, 'internal', ${isInternal}, ${input.is_resolution ?? false},
              ${input.metadata == null ? null : JSON.stringify(input.metadata)}::jsonb, ${now}, ${now})`
          // A colleague's public answer leaves the next word to the client.
          yield* sql`UPDATE tickets SET updated_by = ${userId}, updated_at = ${now},
              response_state = CASE WHEN ${isInternal}::boolean THEN response_state ELSE 'awaiting_client' END
            WHERE tenant = ${tenant} AND ticket_id = ${ticketId}`
          yield* recordEvents(sql, [
            {
              tenant,
              userId,
              type: "TICKET_COMMENT_ADDED",
              entityType: "ticket",
              entityId: ticketId,
              payload: {
                comment: { id: commentId, content: input.comment_text, author: userId, isInternal },
                ...suppressFlags(input)
              }
            }
          ])
          if (!isInternal) {
            if (bundle.own_mode === "sync_updates") {
              yield* mirror(sql, actor, ticketId, {
                commentId,
                note: input.comment_text,
                isResolution: input.is_resolution ?? false,
                now
              })
            }
            if (bundle.reopens && bundle.master_ticket_id !== null) {
              yield* reopenMaster(sql, actor, bundle.master_ticket_id, ticketId, now)
            }
          }
          return yield* one(actor, ticketId, commentId)
        },
        sql.withTransaction,
        unfailing
      )

      const edit = Effect.fn("CommentService.edit")(
        function* (ticketId: string, commentId: string, { comment_text }: typeof CommentChanges.Type) {
          yield* measure(comment_text)
          const actor = yield* Actor
          const { tenant, userId } = actor
          yield* ticketExists(tenant, ticketId)
          const [comment] = yield* sql<Pick<Full, "user_id" | "is_system_generated">>`
            SELECT user_id, is_system_generated FROM comments
            WHERE tenant = ${tenant} AND ticket_id = ${ticketId} AND comment_id = ${commentId} AND deleted_at IS NULL
            FOR NO KEY UPDATE`
          if (comment === undefined) return yield* NotFound.of("comment")
          if (comment.is_system_generated)
            return yield* ValidationFailed.because("A system-generated comment cannot be edited")
          if (comment.user_id !== userId)
            return yield* ValidationFailed.because("A comment is edited by its author only")
          yield* sql`UPDATE comments SET note = ${comment_text}, markdown_content = ${toMarkdown(comment_text)}, updated_at = now()
            WHERE tenant = ${tenant} AND (comment_id = ${commentId} OR comment_id IN (
              SELECT child_comment_id FROM ticket_bundle_mirrors WHERE tenant = ${tenant} AND source_comment_id = ${commentId}))`
          yield* recordEvents(sql, [
            {
              tenant,
              userId,
              type: "TICKET_COMMENT_UPDATED",
              entityType: "ticket",
              entityId: ticketId,
              payload: { comment: { id: commentId, content: comment_text } }
            }
          ])
          return yield* one(actor, ticketId, commentId)
        },
        sql.withTransaction,
        unfailing
      )

      return CommentService.of({ list, add, edit })
    })
  )
}

type Stored = Omit<Full, "comment_text" | "comment_html" | "created_by_avatar_url">

interface BundleOfTicket {
  readonly master_ticket_id: string | null
  /** Whether a public reply reopens the master. */
  readonly reopens: boolean
  /** The mode of the bundle that the ticket itself is the master of. */
  readonly own_mode: "sync_updates" | "link_only" | null
}

const full = (row: Stored): Full => ({
  ...row,
  reactions: row.reactions.filter((reaction) => reaction !== null),
  comment_text: row.note,
  comment_html: toHtml(row.note),
  created_by_avatar_url: null
})

const markdown = (row: Stored): Markdown => ({
  comment_id: row.comment_id,
  ticket_id: row.ticket_id,
  markdown_content: row.markdown_content ?? toMarkdown(row.note),
  author_type: row.author_type,
  is_internal: row.is_internal,
  is_resolution: row.is_resolution,
  created_at: row.created_at,
  updated_at: row.updated_at,
  created_by: row.created_by,
  created_by_name: row.created_by_name,
  author_contact_id: row.author_contact_id,
  author_contact_name: row.author_contact_name,
  thread_id: row.thread_id,
  parent_comment_id: row.parent_comment_id,
  deleted_at: row.deleted_at
})

const measure = (text: string): Effect.Effect<void, ValidationFailed> => {
  const length = visibleLength(text)
  if (length <= maxVisibleLength) return Effect.void
  const message = `Comment text is too long: expected at most ${maxVisibleLength} characters, got ${length}`
  return Effect.fail(ValidationFailed.issues([{ path: ["comment_text"], message }], message))
}
