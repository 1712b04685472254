import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Actor, type Caller } from "../domain/Actor.ts"
import {
  type Comment,
  type CommentChanges,
  type MarkdownComment,
  maxVisibleLength,
  type NewComment,
  type NewReaction,
  type ToggledReaction
} from "../domain/Comment.ts"
import { Forbidden, NotFound, ValidationFailed } from "../domain/Errors.ts"
import { toMarkdown, visibleText } from "../domain/RichText.ts"
import { suppressFlags } from "../domain/Suppress.ts"
import { lockForComment, mirror, reopenMaster } from "./bundleComments.ts"
import { type CommentsAsked, fullComment, markdownComment, readComments, visibleComments } from "./commentRows.ts"
import { parentOf, storeComment } from "./commentThreads.ts"
import { unfailing } from "./constraints.ts"
import { type NewEvent, recordEvents } from "./events.ts"
import { newId } from "./ids.ts"
import { lockTicket, requireTicket } from "./ticketAccess.ts"

type Full = typeof Comment.Type
type Markdown = typeof MarkdownComment.Type
type New = typeof NewComment.Type

/** The ticket or the comment is not there, or the caller may not read the ticket. */
type Refused = NotFound | Forbidden

export type CommentQuery = Pick<CommentsAsked, "limit" | "offset" | "order"> & {
  readonly content_format?: "full" | "markdown"
}

export class CommentService extends Context.Service<
  CommentService,
  {
    /** The comments of a ticket that the caller may see, oldest first. */
    readonly list: (
      ticketId: string,
      query: CommentQuery
    ) => Effect.Effect<ReadonlyArray<Full> | ReadonlyArray<Markdown>, Refused, Actor>
    readonly get: (ticketId: string, commentId: string) => Effect.Effect<Full, Refused, Actor>
    /** Says something on a ticket; on a bundle's master for its children too, on a child perhaps reopening the master. */
    readonly add: (ticketId: string, input: New) => Effect.Effect<Full, Refused | ValidationFailed, Actor>
    /** Changes the text of one's own comment, and of its copies on a bundle's children. */
    readonly edit: (
      ticketId: string,
      commentId: string,
      changes: typeof CommentChanges.Type
    ) => Effect.Effect<Full, Refused | ValidationFailed, Actor>
    /** Takes back one's own comment, and its copies on a bundle's children: its place in the thread stays, its text is gone. */
    readonly delete: (ticketId: string, commentId: string) => Effect.Effect<void, Refused | ValidationFailed, Actor>
    /** Adds the caller's reaction to a comment, or takes it back if it is there already. */
    readonly react: (
      ticketId: string,
      commentId: string,
      reaction: typeof NewReaction.Type
    ) => Effect.Effect<typeof ToggledReaction.Type, Refused, Actor>
  }
>()("psa/CommentService") {
  static readonly layer = Layer.effect(
    CommentService,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient

      const list = Effect.fn("CommentService.list")(function* (
        ticketId: string,
        { content_format, ...asked }: CommentQuery
      ) {
        const actor = yield* Actor
        const rows = yield* readComments(sql, actor, { ticketId, ...asked })
        if (rows.length === 0) yield* requireTicket(sql, actor, ticketId)
        return content_format === "markdown" ? rows.map(markdownComment) : rows.map(fullComment)
      }, unfailing)

      const get = Effect.fn("CommentService.get")(function* (ticketId: string, commentId: string) {
        const actor = yield* Actor
        const [row] = yield* readComments(sql, actor, { ticketId, commentId })
        if (row !== undefined) return fullComment(row)
        yield* requireTicket(sql, actor, ticketId)
        return yield* NotFound.of("comment")
      }, unfailing)

      const add = Effect.fn("CommentService.add")(
        function* (ticketId: string, input: New) {
          yield* measure(input.comment_text)
          const actor = yield* Actor
          if (actor.userType === "client" && input.is_internal === true) {
            return yield* Forbidden.to("create", "internal comment")
          }
          const { is_internal = false, is_resolution = false, parent_comment_id: parentId = null } = input
          const { mirrors, now, reopens } = yield* lockForComment(
            sql,
            actor,
            ticketId,
            parentId !== null || !is_internal
          )
          const parent = parentId === null ? undefined : yield* parentOf(sql, actor, ticketId, parentId)
          const isInternal = parent?.is_internal ?? is_internal
          const commentId = newId()
          const said = { commentId, parentId, note: input.comment_text, isResolution: is_resolution, now }
          const { metadata } = input
          yield* storeComment(sql, actor, { ...said, ticketId, threadId: parent?.thread_id, isInternal, metadata })
          yield* recordEvents(sql, [
            about(actor, "TICKET_COMMENT_ADDED", ticketId, {
              comment: { id: commentId, content: input.comment_text, author: actor.userId, isInternal },
              ...suppressFlags(input)
            })
          ])
          // What a client says is for their own ticket: the children may be other clients'.
          if (!isInternal && mirrors && actor.userType === "internal") yield* mirror(sql, actor, ticketId, said)
          if (!isInternal && reopens !== null) yield* reopenMaster(sql, actor, reopens, ticketId, now)
          return yield* get(ticketId, commentId)
        },
        sql.withTransaction,
        unfailing
      )

      /** One's own comment, held with its ticket until the transaction ends. */
      const lockOwn = Effect.fnUntraced(function* (actor: Caller, verb: string, ticketId: string, commentId: string) {
        const { tenant, userId } = actor
        yield* lockTicket(sql, actor, ticketId)
        const [comment] = yield* sql<Pick<Full, "user_id" | "is_system_generated" | "is_internal">>`
          SELECT c.user_id, c.is_system_generated, c.is_internal FROM comments c
          WHERE ${sql.and([
            sql`c.tenant = ${tenant} AND c.ticket_id = ${ticketId} AND c.comment_id = ${commentId}`,
            sql`c.deleted_at IS NULL`,
            ...visibleComments(sql, actor, "c")
          ])} FOR NO KEY UPDATE`
        if (comment === undefined) return yield* NotFound.of("comment")
        if (comment.is_system_generated) {
          return yield* ValidationFailed.because(`A system-generated comment cannot be ${verb}`)
        }
        if (comment.user_id !== userId) {
          return yield* ValidationFailed.because(`A comment is ${verb} by its author only`)
        }
        return comment
      })

      /** A comment and its copies. */
      const withCopies = (tenant: string, commentId: string) =>
        sql`tenant = ${tenant} AND (comment_id = ${commentId} OR comment_id IN (
          SELECT child_comment_id FROM ticket_bundle_mirrors WHERE tenant = ${tenant} AND source_comment_id = ${commentId}))`

      const edit = Effect.fn("CommentService.edit")(
        function* (ticketId: string, commentId: string, { comment_text }: typeof CommentChanges.Type) {
          yield* measure(comment_text)
          const actor = yield* Actor
          const { is_internal } = yield* lockOwn(actor, "edited", ticketId, commentId)
          const changed = yield* sql<Place>`UPDATE comments SET note = ${comment_text},
              markdown_content = ${toMarkdown(comment_text)}, updated_at = clock_timestamp()
            WHERE ${withCopies(actor.tenant, commentId)} RETURNING comment_id, ticket_id`
          const comment = { content: comment_text, isInternal: is_internal }
          yield* recordEvents(
            sql,
            changed.map(({ comment_id, ticket_id }) =>
              about(actor, "TICKET_COMMENT_UPDATED", ticket_id, { comment: { id: comment_id, ...comment } })
            )
          )
          return yield* get(ticketId, commentId)
        },
        sql.withTransaction,
        unfailing
      )

      const remove = Effect.fn("CommentService.delete")(
        function* (ticketId: string, commentId: string) {
          const actor = yield* Actor
          const { tenant, userId } = actor
          const { is_internal } = yield* lockOwn(actor, "deleted", ticketId, commentId)
          const deleted =
            yield* sql<Place>`UPDATE comments SET deleted_at = clock_timestamp(), updated_at = clock_timestamp()
            WHERE ${withCopies(tenant, commentId)} RETURNING comment_id, ticket_id`
          yield* sql`UPDATE tickets SET updated_by = ${userId} WHERE tenant = ${tenant} AND ticket_id = ${ticketId}`
          yield* recordEvents(
            sql,
            deleted.map(({ comment_id, ticket_id }) =>
              about(actor, "TICKET_COMMENT_DELETED", ticket_id, {
                comment: { id: comment_id, isInternal: is_internal }
              })
            )
          )
        },
        sql.withTransaction,
        unfailing
      )

      const react = Effect.fn("CommentService.react")(
        function* (ticketId: string, commentId: string, { emoji }: typeof NewReaction.Type) {
          const actor = yield* Actor
          const { tenant, userId } = actor
          yield* requireTicket(sql, actor, ticketId)
          // Whoever reacts to the comment at the same time waits here, and sees then what this has done.
          const held = yield* sql`SELECT 1 FROM comments c WHERE ${sql.and([
            sql`c.tenant = ${tenant} AND c.ticket_id = ${ticketId} AND c.comment_id = ${commentId}`,
            sql`c.deleted_at IS NULL`,
            ...visibleComments(sql, actor, "c")
          ])} FOR NO KEY UPDATE`
          if (held.length === 0) return yield* NotFound.of("comment")
          const gone = yield* sql`DELETE FROM comment_reactions WHERE tenant = ${tenant} AND comment_id = ${commentId}
            AND user_id = ${userId} AND emoji = ${emoji} RETURNING reaction_id`
          if (gone.length > 0) return { added: false }
          yield* sql`INSERT INTO comment_reactions ${sql.insert({
            tenant,
            reaction_id: newId(),
            comment_id: commentId,
            user_id: userId,
            emoji
          })}`
          return { added: true }
        },
        sql.withTransaction,
        unfailing
      )

      return CommentService.of({ list, get, add, edit, delete: remove, react })
    })
  )
}

/** Where a comment is. */
interface Place {
  readonly comment_id: string
  readonly ticket_id: string
}

const about = ({ tenant, userId }: Caller, type: string, ticketId: string, payload: NewEvent["payload"]): NewEvent => ({
  tenant,
  userId,
  type,
  entityType: "ticket",
  entityId: ticketId,
  payload
})

const measure = (text: string): Effect.Effect<void, ValidationFailed> => {
  const seen = visibleText(text)
  if (seen.trim() === "") return Effect.fail(ValidationFailed.at("comment_text", "Comment text is required"))
  const length = [...seen].length
  if (length <= maxVisibleLength) return Effect.void
  const message = `Comment text is too long: expected at most ${maxVisibleLength} characters, got ${length}`
  return Effect.fail(ValidationFailed.issues([{ path: ["comment_text"], message }], message))
}
