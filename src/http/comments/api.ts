import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import {
  Comment,
  CommentChanges,
  CommentId,
  MarkdownComment,
  NewComment,
  NewReaction,
  ToggledReaction
} from "../../domain/Comment.ts"
import { Forbidden, NotFound } from "../../domain/Errors.ts"
import { TicketId } from "../../domain/Ticket.ts"
import { about } from "../endpoint.ts"
import { One } from "../envelope.ts"
import { Idempotency } from "../middleware/Idempotency.ts"

const error = [NotFound, Forbidden]
const ofTicket = { id: TicketId }
const comment = { id: TicketId, commentId: CommentId }

const query = {
  limit: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 200 }))).annotate({
    description: "All, if left out"
  }),
  offset: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2_147_483_647 }))),
  order: Schema.optionalKey(Schema.Literals(["asc", "desc"])),
  content_format: Schema.optionalKey(Schema.Literals(["full", "markdown"]))
}

export class CommentsApi extends HttpApiGroup.make("comments")
  .add(
    HttpApiEndpoint.get("list", "/", {
      params: ofTicket,
      query,
      success: One(Schema.Array(Schema.Union([Comment, MarkdownComment]))),
      error
    }).annotateMerge(
      about({
        summary: "List a ticket's comments",
        description:
          "All comments of a ticket, internal and public ones, oldest first; `content_format=markdown` gives less of " +
          "each, and its text as Markdown. A deleted comment keeps its place, without its text. People of the client see " +
          "the public ones that are published, and none that is deleted.",
        requires: ["ticket:read"]
      })
    ),
    HttpApiEndpoint.get("get", "/:commentId", { params: comment, success: One(Comment), error }).annotateMerge(
      about({ summary: "Get a comment", description: "One comment of a ticket, by its id.", requires: ["ticket:read"] })
    ),
    HttpApiEndpoint.post("add", "/", {
      params: ofTicket,
      payload: NewComment,
      success: One(Comment).pipe(HttpApiSchema.status(201)),
      error
    })
      .middleware(Idempotency)
      .annotateMerge(
        about({
          summary: "Comment on a ticket",
          description:
            "A reply (`parent_comment_id`) joins its parent's thread and is as internal as that. A public comment leaves the " +
            "next word to the other side: the ticket's `response_state` says whose it is. One on the master of a bundle with " +
            "`sync_updates` is copied to its children, a reply into the thread that its parent was copied to; one on a child " +
            "reopens a closed master where the bundle's `reopen_on_child_reply` says so.",
          requires: ["ticket:update"],
          example: { request: { comment_text: "Restarted the print spooler.", is_internal: true } }
        })
      ),
    HttpApiEndpoint.put("edit", "/:commentId", {
      params: comment,
      payload: CommentChanges,
      success: One(Comment),
      error
    }).annotateMerge(
      about({
        summary: "Edit a comment",
        description:
          "Changes the text of one's own comment, and of its copies in a bundle. Others' and system-generated ones: 400.",
        requires: ["ticket:update"],
        example: { request: { comment_text: "Restarted the print spooler twice." } }
      })
    ),
    HttpApiEndpoint.delete("delete", "/:commentId", {
      params: comment,
      success: HttpApiSchema.NoContent,
      error
    }).annotateMerge(
      about({
        summary: "Delete a comment",
        description:
          "Takes back one's own comment, and its copies in a bundle. It keeps its place in the thread, with `deleted_at` and " +
          "without its text; nobody can edit it, reply to it or react to it any more. Others' and system-generated ones: 400.",
        requires: ["ticket:update"]
      })
    ),
    HttpApiEndpoint.post("react", "/:commentId/reactions", {
      params: comment,
      payload: NewReaction,
      success: One(ToggledReaction),
      error
    })
      .middleware(Idempotency)
      .annotateMerge(
        about({
          summary: "React to a comment",
          description:
            "Adds the caller's reaction with this emoji; takes it back, if it is there already. `added` says which.",
          requires: ["ticket:read"],
          example: { request: { emoji: "👍" } }
        })
      )
  )
  .prefix("/api/v1/tickets/:id/comments")
  .annotateMerge(
    OpenApi.annotations({
      title: "Comments",
      description: "What is said on a ticket, to the client or among colleagues."
    })
  ) {}
