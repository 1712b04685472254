import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { Comment, CommentChanges, CommentId, MarkdownComment, NewComment } from "../../domain/Comment.ts"
import { NotFound } from "../../domain/Errors.ts"
import { TicketId } from "../../domain/Ticket.ts"
import { about } from "../endpoint.ts"
import { One } from "../envelope.ts"

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
      params: { id: TicketId },
      query,
      success: One(Schema.Array(Schema.Union([Comment, MarkdownComment]))),
      error: NotFound
    }).annotateMerge(
      about({
        summary: "List a ticket's comments",
        description:
          "All comments of a ticket, internal and public ones, oldest first; `content_format=markdown` gives less of " +
          "each, and its text as Markdown.",
        requires: ["ticket:read"]
      })
    ),
    HttpApiEndpoint.post("add", "/", {
      params: { id: TicketId },
      payload: NewComment,
      success: One(Comment).pipe(HttpApiSchema.status(201)),
      error: NotFound
    }).annotateMerge(
      about({
        summary: "Comment on a ticket",
        description:
          "A reply (`parent_comment_id`) joins its parent's thread and is as internal as that. A public comment on the " +
          "master of a bundle with `sync_updates` is copied to its children; one on a child reopens a closed master where the " +
          "bundle's `reopen_on_child_reply` says so.",
        requires: ["ticket:update"],
        example: { request: { comment_text: "Restarted the print spooler.", is_internal: true } }
      })
    ),
    HttpApiEndpoint.put("edit", "/:commentId", {
      params: { id: TicketId, commentId: CommentId },
      payload: CommentChanges,
      success: One(Comment),
      error: NotFound
    }).annotateMerge(
      about({
        summary: "Edit a comment",
        description:
          "Changes the text of one's own comment, and of its copies in a bundle. Others' and system-generated ones: 400.",
        requires: ["ticket:update"],
        example: { request: { comment_text: "Restarted the print spooler twice." } }
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
