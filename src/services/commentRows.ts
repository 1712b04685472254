/** How comments are read: as a page of a ticket's, or as one; and what of them a caller gets to see. */
import type { SqlClient } from "effect/sql"
import type { Fragment } from "effect/sql/Statement"
import type { Caller } from "../domain/Actor.ts"
import type { Comment, MarkdownComment } from "../domain/Comment.ts"
import { toHtml, toMarkdown } from "../domain/RichText.ts"
import { personName } from "./personName.ts"
import { readableTickets } from "./ticketAccess.ts"

type Full = typeof Comment.Type
type Markdown = typeof MarkdownComment.Type

/** A comment as it is read: its text in other forms is made of its note. */
export type CommentRow = Omit<Full, "comment_text" | "comment_html" | Unstored | "markdown_content"> & {
  readonly markdown_content: string | null
}
type Unstored = "kind" | "event_type" | "event_text" | "created_by_avatar_url"

/** Which of a ticket's comments. */
export interface CommentsAsked {
  readonly ticketId: string
  /** This one alone. */
  readonly commentId?: string
  readonly order?: "asc" | "desc"
  readonly limit?: number
  readonly offset?: number
}

/** The conditions that leave, of the comments in the table with this alias, those that the caller may see. */
export const visibleComments = (
  sql: SqlClient.SqlClient,
  { userType }: Caller,
  alias: string
): ReadonlyArray<Fragment> => {
  if (userType === "internal") return []
  const c = sql.literal(alias)
  return [sql`NOT ${c}.is_internal`, sql`${c}.publish_state = 'published'`, sql`${c}.deleted_at IS NULL`]
}

/** Comments of a ticket that the caller may read, in one statement; none, where it may not. What is deleted has no text. */
export const readComments = (sql: SqlClient.SqlClient, caller: Caller, asked: CommentsAsked) => {
  const where = sql.and([
    sql`t.tenant = ${caller.tenant}`,
    sql`t.ticket_id = ${asked.ticketId}`,
    ...(asked.commentId === undefined ? [] : [sql`c.comment_id = ${asked.commentId}`]),
    ...readableTickets(sql, caller),
    ...visibleComments(sql, caller, "c")
  ])
  const order = asked.order === "desc" ? "c.created_at DESC, c.comment_id DESC" : "c.created_at, c.comment_id"
  return sql<CommentRow>`SELECT c.tenant, c.comment_id, c.ticket_id, c.thread_id, c.parent_comment_id, c.user_id,
      c.contact_id, CASE WHEN c.deleted_at IS NULL THEN c.note ELSE '' END AS note,
      CASE WHEN c.deleted_at IS NULL THEN c.markdown_content END AS markdown_content, c.author_type, c.is_internal,
      c.is_resolution, c.is_system_generated, CASE WHEN c.deleted_at IS NULL THEN c.metadata END AS metadata,
      c.publish_state, c.created_at, c.updated_at, c.deleted_at, c.user_id AS created_by,
      coalesce(${sql.literal(personName("u"))}, n.full_name) AS created_by_name,
      c.contact_id AS author_contact_id, n.full_name AS author_contact_name, n.email AS author_contact_email,
      coalesce(r.reactions, '[]') AS reactions, coalesce(r.names, '{}') AS reaction_user_names
    FROM tickets t
    JOIN comments c ON c.tenant = t.tenant AND c.ticket_id = t.ticket_id
    LEFT JOIN users u ON u.tenant = c.tenant AND u.user_id = c.user_id
    LEFT JOIN contacts n ON n.tenant = c.tenant AND n.contact_name_id = c.contact_id
    LEFT JOIN LATERAL (${reactionsOf(sql, caller)}) r ON c.deleted_at IS NULL
    WHERE ${where} ORDER BY ${sql.literal(order)}
    LIMIT ${asked.limit ?? null}::bigint OFFSET ${asked.offset ?? 0}::bigint`
}

/** The reactions to the comment `c`, the first emoji first, each with who reacted in their order; and those people's names. */
const reactionsOf = (sql: SqlClient.SqlClient, { tenant, userId }: Caller) =>
  sql`SELECT jsonb_agg(e.reaction ORDER BY e.reaction_id) FILTER (WHERE e.reaction IS NOT NULL) AS reactions,
      jsonb_object_agg(e.user_id, e.name) AS names
    FROM (
      SELECT x.reaction_id, x.user_id, ${sql.literal(personName("p"))} AS name,
        CASE WHEN row_number() OVER same = 1 THEN jsonb_build_object('emoji', x.emoji, 'count', count(*) OVER same,
          'userIds', jsonb_agg(x.user_id) OVER same,
          'currentUserReacted', bool_or(x.user_id = ${userId}) OVER same) END AS reaction
      FROM comment_reactions x JOIN users p ON p.tenant = x.tenant AND p.user_id = x.user_id
      WHERE x.tenant = ${tenant} AND x.comment_id = c.comment_id
      WINDOW same AS (PARTITION BY x.emoji ORDER BY x.reaction_id
        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
    ) e`

/** A comment with everything about it. */
export const fullComment = (row: CommentRow): Full => ({
  ...row,
  kind: "comment",
  event_type: null,
  event_text: null,
  markdown_content: row.markdown_content ?? toMarkdown(row.note),
  comment_text: row.note,
  comment_html: toHtml(row.note),
  created_by_avatar_url: null
})

/** A comment for readers of Markdown. */
export const markdownComment = (row: CommentRow): Markdown => ({
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
