/** What is said on a ticket by a colleague. */
import type { Sql } from "postgres"
import { toHtml, toMarkdown, visibleText } from "../../src/domain/RichText.ts"
import { ask, flag, nullable, type Parameter, personName, Refused, type Row, uuid } from "./common.ts"
import { type Caller, newId } from "./gates.ts"

export const newComment = {
  type: "object",
  required: ["comment_text"],
  properties: {
    comment_text: { type: "string", pattern: "\\S", maxLength: 200_000 },
    is_internal: flag,
    is_resolution: flag,
    parent_comment_id: nullable(uuid),
    metadata: nullable({ type: "object", additionalProperties: true }),
    time_spent: nullable({ type: "number", minimum: 0 }),
    suppressContactNotifications: flag,
    suppressInternalNotifications: flag
  }
}
export const newCommentNames = new Set(Object.keys(newComment.properties))

export interface NewComment {
  readonly comment_text: string
  readonly is_internal?: boolean
  readonly is_resolution?: boolean
  readonly parent_comment_id?: string | null
  readonly metadata?: object | null
  readonly suppressContactNotifications?: boolean
  readonly suppressInternalNotifications?: boolean
}

const lockMaster = `SELECT m.ticket_id FROM tickets m JOIN ticket_bundle_settings s
    ON s.tenant = m.tenant AND s.master_ticket_id = m.ticket_id AND s.reopen_on_child_reply
  WHERE m.tenant = $1 AND m.ticket_id = (SELECT master_ticket_id FROM tickets WHERE tenant = $1 AND ticket_id = $2)
  FOR NO KEY UPDATE OF m`

const lockTicket = "SELECT 1 FROM tickets WHERE tenant = $1 AND ticket_id = $2 FOR NO KEY UPDATE"

const readLocked = `
  SELECT m.master_ticket_id AS reopens, coalesce(own.mode = 'sync_updates', false) AS mirrors, clock_timestamp() AS now
  FROM tickets t
  LEFT JOIN ticket_bundle_settings m ON m.tenant = t.tenant AND m.master_ticket_id = t.master_ticket_id
    AND m.master_ticket_id = $3::uuid AND m.reopen_on_child_reply
  LEFT JOIN ticket_bundle_settings own ON own.tenant = t.tenant AND own.master_ticket_id = t.ticket_id
  WHERE t.tenant = $1 AND t.ticket_id = $2`

const findParent = `SELECT c.ticket_id, c.thread_id, h.is_internal, c.deleted_at FROM comments c
  JOIN comment_threads h ON h.tenant = c.tenant AND h.thread_id = c.thread_id
  WHERE c.tenant = $1 AND c.comment_id = $2`

const beginThread = `INSERT INTO comment_threads
  (tenant, thread_id, ticket_id, root_comment_id, is_internal, last_activity_at, created_by)
  VALUES ($1, $2, $3, $4, $5, $6, $7)`

const joinThread = `UPDATE comment_threads SET reply_count = reply_count + 1, last_activity_at = $3
  WHERE tenant = $1 AND thread_id = $2`

const insert = `INSERT INTO comments (tenant, comment_id, ticket_id, thread_id, parent_comment_id, user_id, contact_id, note,
    markdown_content, author_type, is_internal, is_resolution, metadata, created_at, updated_at)
  SELECT u.tenant, $2::uuid, $3::uuid, $4::uuid, $5::uuid, u.user_id,
    CASE WHEN u.user_type = 'client' THEN u.contact_id END, $6, $7, 'internal', $8::boolean, $9::boolean, $10::text::jsonb,
    $11::timestamptz, $11::timestamptz
  FROM users u WHERE u.tenant = $1 AND u.user_id = $12`

const touch = `UPDATE tickets SET updated_by = $3,
    response_state = CASE WHEN $4::boolean THEN response_state ELSE 'awaiting_client' END
  WHERE tenant = $1 AND ticket_id = $2`

const tell = `INSERT INTO events (tenant, event_id, event_type, entity_type, entity_id, user_id, payload)
  VALUES ($1, $2, 'TICKET_COMMENT_ADDED', 'ticket', $3, $4, $5::text::jsonb)`

const reactions = `SELECT jsonb_agg(e.reaction ORDER BY e.reaction_id) FILTER (WHERE e.reaction IS NOT NULL) AS reactions,
    jsonb_object_agg(e.user_id, e.name) AS names
  FROM (
    SELECT x.reaction_id, x.user_id, ${personName("p")} AS name,
      CASE WHEN row_number() OVER same = 1 THEN jsonb_build_object('emoji', x.emoji, 'count', count(*) OVER same,
        'userIds', jsonb_agg(x.user_id) OVER same,
        'currentUserReacted', bool_or(x.user_id = $4) OVER same) END AS reaction
    FROM comment_reactions x JOIN users p ON p.tenant = x.tenant AND p.user_id = x.user_id
    WHERE x.tenant = $1 AND x.comment_id = c.comment_id
    WINDOW same AS (PARTITION BY x.emoji ORDER BY x.reaction_id
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
  ) e`

const read = `SELECT c.tenant, c.comment_id, c.ticket_id, c.thread_id, c.parent_comment_id, c.user_id,
    c.contact_id, CASE WHEN c.deleted_at IS NULL THEN c.note ELSE '' END AS note,
    CASE WHEN c.deleted_at IS NULL THEN c.markdown_content END AS markdown_content, c.author_type, c.is_internal,
    c.is_resolution, c.is_system_generated, CASE WHEN c.deleted_at IS NULL THEN c.metadata END AS metadata,
    c.publish_state, c.created_at, c.updated_at, c.deleted_at, c.user_id AS created_by,
    coalesce(${personName("u")}, n.full_name) AS created_by_name,
    c.contact_id AS author_contact_id, n.full_name AS author_contact_name, n.email AS author_contact_email,
    coalesce(r.reactions, '[]') AS reactions, coalesce(r.names, '{}') AS reaction_user_names
  FROM tickets t
  JOIN comments c ON c.tenant = t.tenant AND c.ticket_id = t.ticket_id
  LEFT JOIN users u ON u.tenant = c.tenant AND u.user_id = c.user_id
  LEFT JOIN contacts n ON n.tenant = c.tenant AND n.contact_name_id = c.contact_id
  LEFT JOIN LATERAL (${reactions}) r ON c.deleted_at IS NULL
  WHERE t.tenant = $1 AND t.ticket_id = $2 AND c.comment_id = $3`

interface Parent {
  readonly ticket_id: string
  readonly thread_id: string
  readonly is_internal: boolean
  readonly deleted_at: string | null
}

const refuse = (path: string, message: string) =>
  new Refused(400, "VALIDATION_ERROR", message, [{ path: [path], message }])

const measure = (text: string) => {
  const seen = visibleText(text)
  if (seen.trim() === "") throw refuse("comment_text", "Comment text is required")
  if ([...seen].length > 5000) throw refuse("comment_text", "Comment text is too long")
}

const checkParent = (parent: Parent | undefined, ticketId: string): Parent => {
  if (parent === undefined) throw new Refused(404, "NOT_FOUND", "Parent comment not found")
  if (parent.ticket_id !== ticketId.toLowerCase()) {
    throw refuse("parent_comment_id", "The parent comment is on another ticket")
  }
  if (parent.deleted_at !== null) throw refuse("parent_comment_id", "The parent comment was deleted")
  return parent
}

const full = (row: Row) => {
  const note = String(row["note"])
  return {
    ...row,
    kind: "comment",
    event_type: null,
    event_text: null,
    markdown_content: row["markdown_content"] ?? toMarkdown(note),
    comment_text: note,
    comment_html: toHtml(note),
    created_by_avatar_url: null
  }
}

export const makeComments = (sql: Sql) => {
  /** Statements that need nothing of each other are sent together, and executed one after the other. */
  const add = ({ tenant, userId }: Caller, ticketId: string, input: NewComment) => {
    measure(input.comment_text)
    const { is_internal = false, is_resolution = false, metadata, parent_comment_id: parentId = null } = input
    return sql.begin(async (tx) => {
      const run = (statement: string, ...parameters: ReadonlyArray<Parameter>) => ask(tx, statement, parameters)
      const isPublic = parentId !== null || !is_internal
      const [masters, found] = await Promise.all([
        isPublic ? run(lockMaster, tenant, ticketId) : [],
        run(lockTicket, tenant, ticketId)
      ])
      if (found.length === 0) throw new Refused(404, "NOT_FOUND", "ticket not found")
      const [[locked], parents] = await Promise.all([
        run(readLocked, tenant, ticketId, (masters[0]?.["ticket_id"] as string | undefined) ?? null),
        parentId === null ? undefined : run(findParent, tenant, parentId)
      ])
      // The data has no bundles: what a comment does in one is not measured.
      if (locked === undefined || locked["mirrors"] === true || locked["reopens"] !== null) {
        throw new Error("Expected a ticket that is in no bundle")
      }
      const parent = parents === undefined ? undefined : checkParent(parents[0] as Parent | undefined, ticketId)
      const commentId = newId()
      const threadId = parent?.thread_id ?? newId()
      const isInternal = parent?.is_internal ?? is_internal
      const now = String(locked["now"])
      const note = input.comment_text
      const { suppressContactNotifications, suppressInternalNotifications } = input
      const payload = JSON.stringify({
        comment: { id: commentId, content: note, author: userId, isInternal },
        suppressContactNotifications,
        suppressInternalNotifications
      })
      const markdown = toMarkdown(note)
      const data = metadata == null ? null : JSON.stringify(metadata)
      const [, , , , [row]] = await Promise.all([
        parent === undefined
          ? run(beginThread, tenant, threadId, ticketId, commentId, isInternal, now, userId)
          : run(joinThread, tenant, threadId, now),
        run(
          insert,
          ...[
            tenant,
            commentId,
            ticketId,
            threadId,
            parentId,
            note,
            markdown,
            isInternal,
            is_resolution,
            data,
            now,
            userId
          ]
        ),
        run(touch, tenant, ticketId, userId, isInternal),
        run(tell, tenant, newId(), ticketId, userId, payload),
        run(read, tenant, ticketId, commentId, userId)
      ])
      return full(row!)
    })
  }

  return { add }
}
