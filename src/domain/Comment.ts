/** What is said on a ticket: to the client, or among colleagues. */
import { Schema } from "effect"
import { AnyText, JsonObject, PathId, Timestamp, Uuid } from "./Field.ts"
import { suppress, suppressRule } from "./Suppress.ts"

export const CommentId = PathId("comment")

const NullableText = Schema.NullOr(Schema.String)
const AuthorType = Schema.Literals(["internal", "client", "unknown"])

export const Reaction = Schema.Struct({
  emoji: Schema.String,
  count: Schema.Int,
  userIds: Schema.Array(Uuid),
  currentUserReacted: Schema.Boolean
}).annotate({ identifier: "Reaction" })

export const Comment = Schema.Struct({
  tenant: Uuid,
  comment_id: Uuid,
  ticket_id: Uuid,
  thread_id: Uuid,
  parent_comment_id: Schema.NullOr(Uuid),
  user_id: Schema.NullOr(Uuid),
  contact_id: Schema.NullOr(Uuid),
  note: Schema.String,
  comment_text: Schema.String,
  comment_html: Schema.String.annotate({ description: "The text as HTML, safe to show" }),
  markdown_content: NullableText,
  author_type: AuthorType,
  is_internal: Schema.Boolean,
  is_resolution: Schema.Boolean,
  is_system_generated: Schema.Boolean,
  metadata: Schema.NullOr(JsonObject),
  publish_state: Schema.Literals(["published", "scheduled", "canceled"]),
  created_at: Timestamp,
  updated_at: Timestamp,
  deleted_at: Schema.NullOr(Timestamp),
  created_by: Schema.NullOr(Uuid),
  created_by_name: NullableText,
  created_by_avatar_url: NullableText,
  author_contact_id: Schema.NullOr(Uuid),
  author_contact_name: NullableText,
  author_contact_email: NullableText,
  reactions: Schema.Array(Reaction),
  reaction_user_names: Schema.Record(Schema.String, Schema.String)
}).annotate({ identifier: "Comment" })

/** A comment for readers of Markdown. */
export const MarkdownComment = Schema.Struct({
  comment_id: Uuid,
  ticket_id: Uuid,
  markdown_content: Schema.String,
  author_type: AuthorType,
  is_internal: Schema.Boolean,
  is_resolution: Schema.Boolean,
  created_at: Timestamp,
  updated_at: Timestamp,
  created_by: Schema.NullOr(Uuid),
  created_by_name: NullableText,
  author_contact_id: Schema.NullOr(Uuid),
  author_contact_name: NullableText,
  thread_id: Uuid,
  parent_comment_id: Schema.NullOr(Uuid),
  deleted_at: Schema.NullOr(Timestamp)
}).annotate({ identifier: "MarkdownComment" })

/** The most characters a reader may see of a comment. */
export const maxVisibleLength = 5000

const CommentText = AnyText(200_000)
  .check(Schema.isPattern(/\S/u, { message: "Comment text is required" }))
  .annotate({
    description: `Plain text, or block rich text as JSON: 1 to ${maxVisibleLength} visible characters`
  })

export const NewComment = Schema.Struct({
  comment_text: CommentText,
  is_internal: Schema.optionalKey(Schema.Boolean).annotate({
    description: "Not for the client; a reply is as its thread"
  }),
  is_resolution: Schema.optionalKey(Schema.Boolean),
  parent_comment_id: Schema.optionalKey(Schema.NullOr(Uuid)).annotate({ description: "The comment this replies to" }),
  metadata: Schema.optionalKey(Schema.NullOr(JsonObject)),
  time_spent: Schema.optionalKey(Schema.NullOr(Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)))).annotate({
    description: "Accepted from existing clients, without effect: time is entered as a time entry"
  }),
  ...suppress
})
  .check(suppressRule)
  .annotate({ identifier: "NewComment" })

export const CommentChanges = Schema.Struct({ comment_text: CommentText }).annotate({ identifier: "CommentChanges" })
