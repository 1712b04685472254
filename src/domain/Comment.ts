/** What is said on a ticket: to the client, or among colleagues. */
import { Schema, SchemaTransformation } from "effect"
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
  kind: Schema.Literal("comment"),
  event_type: Schema.Null.annotate({ description: "Always null: what happened is told by the ticket's activity" }),
  event_text: Schema.Null,
  ticket_id: Uuid,
  thread_id: Uuid,
  parent_comment_id: Schema.NullOr(Uuid),
  user_id: Schema.NullOr(Uuid),
  contact_id: Schema.NullOr(Uuid),
  note: Schema.String.annotate({ description: "The text as it was written; empty, once the comment is deleted" }),
  comment_text: Schema.String.annotate({ description: "The same as `note`" }),
  comment_html: Schema.String.annotate({ description: "The text as HTML, safe to show" }),
  markdown_content: Schema.String,
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

/** Joined by the rest of what a reader sees as one sign: an accent, a skin colour, a variant. */
const isShown = /[^\p{C}\p{Z}\p{M}]/u
const isSign = /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]{1,50}$/u

const Emoji = Schema.String.check(
  Schema.makeFilter((text) => isSign.test(text.trim()) && isShown.test(text), {
    message: "Expected an emoji, or its name: 1 to 50 characters, none of them a control character"
  })
).pipe(Schema.decode(SchemaTransformation.trim()))

export const NewReaction = Schema.Struct({ emoji: Emoji }).annotate({ identifier: "NewReaction" })

export const ToggledReaction = Schema.Struct({
  added: Schema.Boolean.annotate({ description: "True, if the reaction is there now; false, if it is gone" })
}).annotate({ identifier: "ToggledReaction" })

export const CommentChanges = Schema.Struct({ comment_text: CommentText }).annotate({ identifier: "CommentChanges" })
