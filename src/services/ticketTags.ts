/** The tags of a ticket, as a set. */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql"
import { newId } from "./ids.ts"

/** The tags of a ticket, by their text. */
export const tagsOf = (sql: SqlClient.SqlClient, tenant: string, ticketId: string) =>
  Effect.map(
    sql<{ readonly tag_text: string }>`SELECT d.tag_text FROM tag_mappings m
      JOIN tag_definitions d ON d.tenant = m.tenant AND d.tag_id = m.tag_id
      WHERE m.tenant = ${tenant} AND m.tagged_type = 'ticket' AND m.tagged_id = ${ticketId} ORDER BY d.tag_text`,
    (rows) => rows.map(({ tag_text }) => tag_text)
  )

/** Makes `tags` the ticket's tags: defines those that are new to the tenant, and drops those that are not among them. */
export const replaceTags = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  {
    tags,
    tenant,
    ticketId,
    userId
  }: {
    readonly tenant: string
    readonly userId: string
    readonly ticketId: string
    readonly tags: ReadonlyArray<string>
  }
) {
  const texts = [...new Set(tags.map((tag) => tag.trim()))]
  yield* sql`DELETE FROM tag_mappings m USING tag_definitions d
    WHERE m.tenant = ${tenant} AND m.tagged_type = 'ticket' AND m.tagged_id = ${ticketId}
      AND d.tenant = m.tenant AND d.tag_id = m.tag_id AND NOT d.tag_text = ANY(${texts}::text[])`
  if (texts.length === 0) return
  // Locked in one order, so that two requests that define the same tags wait instead of deadlocking.
  yield* sql`INSERT INTO tag_definitions (tenant, tag_id, tag_text, tagged_type)
    SELECT ${tenant}::uuid, tag_id, tag_text, 'ticket'
    FROM unnest(${texts.map(newId)}::uuid[], ${texts}::text[]) AS asked (tag_id, tag_text) ORDER BY tag_text
    ON CONFLICT ON CONSTRAINT tag_definitions_key DO NOTHING`
  yield* sql`INSERT INTO tag_mappings (tenant, mapping_id, tag_id, tagged_id, tagged_type, created_by)
    SELECT d.tenant, asked.mapping_id, d.tag_id, ${ticketId}::uuid, 'ticket', ${userId}::uuid
    FROM unnest(${texts.map(newId)}::uuid[], ${texts}::text[]) AS asked (mapping_id, tag_text)
    JOIN tag_definitions d ON d.tenant = ${tenant} AND d.tagged_type = 'ticket' AND d.tag_text = asked.tag_text
    ON CONFLICT ON CONSTRAINT tag_mappings_key DO NOTHING`
})
