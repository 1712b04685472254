/** How a ticket is entered. */
import type { SqlClient } from "effect/sql"
import type { Caller } from "../domain/Actor.ts"
import type { CreatedTicket, NewTicket } from "../domain/Ticket.ts"
import { newId } from "./ids.ts"
import type { ResolvedReferences } from "./ticketReferences.ts"

/** The statement that stores a new ticket with the tenant's next number, and the event that tells of it. */
export const insertTicket = (
  sql: SqlClient.SqlClient,
  actor: Caller,
  input: typeof NewTicket.Type,
  resolved: ResolvedReferences
) => {
  const { board_id, client_id, title } = input
  const closedBy = resolved.is_closed ? actor.userId : null
  return sql<typeof CreatedTicket.Type>`
    WITH number AS (
      INSERT INTO next_number AS n (tenant, entity_type, prefix, last_number) VALUES (${actor.tenant}, 'TICKET', 'TIC', 1000)
      ON CONFLICT (tenant, entity_type) DO UPDATE SET last_number = greatest(n.last_number + 1, n.initial_value)
      RETURNING prefix || lpad(last_number::text, greatest(padding_length, length(last_number::text)), '0') AS ticket_number
    ), ticket AS (
      INSERT INTO tickets (tenant, ticket_id, ticket_number, title, url, client_id, contact_name_id, location_id,
        board_id, status_id, priority_id, category_id, subcategory_id, assigned_to, assigned_team_id, entered_by, entered_at,
        updated_at, attributes, due_date, source, ticket_origin, is_closed, closed_at, closed_by)
      SELECT ${actor.tenant}::uuid, ${newId()}::uuid, ticket_number, ${title}, ${input.url ?? null}, ${client_id}::uuid,
        ${input.contact_name_id ?? null}::uuid, ${input.location_id ?? null}::uuid, ${board_id}::uuid,
        ${resolved.status_id}::uuid, ${resolved.priority_id}::uuid, ${input.category_id ?? null}::uuid,
        ${input.subcategory_id ?? null}::uuid, ${resolved.assigned_to}::uuid,
        ${resolved.assigned_team_id}::uuid, ${actor.userId}::uuid,
        statement_timestamp(), statement_timestamp(), ${json(input.attributes)}::jsonb,
        ${input.due_date ?? null}::timestamptz, 'api', 'api', ${resolved.is_closed}::boolean,
        CASE WHEN ${resolved.is_closed}::boolean THEN statement_timestamp() END, ${closedBy}::uuid
      FROM number RETURNING *
    ), told AS (
      INSERT INTO events (tenant, event_id, event_type, entity_type, entity_id, user_id, occurred_at, payload)
      SELECT tenant, ${newId()}::uuid, 'TICKET_CREATED', 'ticket', ticket_id, entered_by, entered_at,
        jsonb_build_object('source', source, 'board_id', board_id, 'priority_id', priority_id, 'client_id', client_id)
      FROM ticket
    )
    SELECT * FROM ticket`
}

/** A JSON column's value. */
export const json = (value: unknown) => (value === undefined || value === null ? null : JSON.stringify(value))
