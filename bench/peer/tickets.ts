/** The statements that one ticket is read and created with, and what is made of its row. */
import type { Sql } from "postgres"
import { toHtml } from "../../src/domain/RichText.ts"
import type { ServerConfig } from "../measured.ts"
import { ask, nullable, type Problem, Refused, type Row, time, uuid } from "./common.ts"
import { type Caller, newId } from "./gates.ts"

export const newTicket = {
  type: "object",
  required: ["title", "client_id", "board_id"],
  properties: {
    title: { type: "string", pattern: "\\S", maxLength: 255 },
    client_id: uuid,
    board_id: uuid,
    status_id: uuid,
    priority_id: uuid,
    url: nullable({ type: "string", format: "uri", maxLength: 2048 }),
    location_id: nullable(uuid),
    contact_name_id: nullable(uuid),
    category_id: nullable(uuid),
    subcategory_id: nullable(uuid),
    assigned_to: nullable(uuid),
    due_date: nullable(time),
    attributes: nullable({ type: "object", additionalProperties: true })
  }
}
export const newTicketNames = new Set(Object.keys(newTicket.properties))

export interface NewTicket {
  readonly title: string
  readonly client_id: string
  readonly board_id: string
  readonly status_id?: string
  readonly priority_id?: string
  readonly url?: string | null
  readonly location_id?: string | null
  readonly contact_name_id?: string | null
  readonly category_id?: string | null
  readonly subcategory_id?: string | null
  readonly assigned_to?: string | null
  readonly due_date?: string | null
  readonly attributes?: object | null
}

const referenceCheck = `SELECT
  EXISTS (SELECT FROM clients WHERE tenant = $1 AND client_id = $2) AS client,
  (SELECT jsonb_build_object('default_priority_id', b.default_priority_id, 'close_rules', to_jsonb(r),
      'default_assigned_team_id', b.default_assigned_team_id, 'default_assigned_to', coalesce(u.user_id, m.user_id))
    FROM boards b
    LEFT JOIN board_close_rules r ON r.tenant = b.tenant AND r.board_id = b.board_id AND r.is_enabled
    LEFT JOIN users u ON u.tenant = b.tenant AND u.user_id = b.default_assigned_to
      AND u.user_type = 'internal' AND NOT u.is_inactive
    LEFT JOIN teams g ON g.tenant = b.tenant AND g.team_id = b.default_assigned_team_id
    LEFT JOIN users m ON m.tenant = g.tenant AND m.user_id = g.manager_id
      AND m.user_type = 'internal' AND NOT m.is_inactive
    WHERE b.tenant = $1 AND b.board_id = $3) AS board,
  (SELECT jsonb_build_object('status_id', status_id, 'is_closed', is_closed) FROM statuses
    WHERE tenant = $1 AND board_id = $3
      AND CASE WHEN $4::uuid IS NULL THEN is_default ELSE status_id = $4::uuid END) AS status,
  EXISTS (SELECT FROM priorities WHERE tenant = $1 AND priority_id = $5::uuid AND item_type = 'ticket') AS priority,
  (SELECT jsonb_build_object('client_id', client_id) FROM contacts
    WHERE tenant = $1 AND contact_name_id = $6::uuid) AS contact,
  EXISTS (SELECT FROM client_locations WHERE tenant = $1 AND client_id = $2 AND location_id = $7::uuid
    AND is_active) AS location,
  (SELECT jsonb_build_object('board_id', board_id, 'parent_category', parent_category) FROM categories
    WHERE tenant = $1 AND category_id = $8::uuid) AS category,
  (SELECT jsonb_build_object('board_id', board_id, 'parent_category', parent_category) FROM categories
    WHERE tenant = $1 AND category_id = $9::uuid) AS subcategory,
  EXISTS (SELECT FROM users WHERE tenant = $1 AND user_id = $10::uuid AND user_type = 'internal'
    AND NOT is_inactive) AS assignee`

const insert = `WITH number AS (
    INSERT INTO next_number AS n (tenant, entity_type, prefix, last_number) VALUES ($1, 'TICKET', 'TIC', 1000)
    ON CONFLICT (tenant, entity_type) DO UPDATE SET last_number = greatest(n.last_number + 1, n.initial_value)
    RETURNING prefix || lpad(last_number::text, greatest(padding_length, length(last_number::text)), '0') AS ticket_number
  ), ticket AS (
    INSERT INTO tickets (tenant, ticket_id, ticket_number, title, url, client_id, contact_name_id, location_id,
      board_id, status_id, priority_id, category_id, subcategory_id, assigned_to, assigned_team_id, entered_by,
      entered_at, updated_at, attributes, due_date, source, ticket_origin, is_closed, closed_at, closed_by)
    SELECT $1::uuid, $2::uuid, ticket_number, $3, $4, $5::uuid, $6::uuid, $7::uuid, $8::uuid, $9::uuid, $10::uuid,
      $11::uuid, $12::uuid, $13::uuid, $14::uuid, $15::uuid, statement_timestamp(), statement_timestamp(),
      $16::text::jsonb, $17::timestamptz, 'api', 'api', $18::boolean,
      CASE WHEN $18::boolean THEN statement_timestamp() END, $19::uuid
    FROM number RETURNING *
  ), told AS (
    INSERT INTO events (tenant, event_id, event_type, entity_type, entity_id, user_id, occurred_at, payload)
    SELECT tenant, $20::uuid, 'TICKET_CREATED', 'ticket', ticket_id, entered_by, entered_at,
      jsonb_build_object('source', source, 'board_id', board_id, 'priority_id', priority_id, 'client_id', client_id)
    FROM ticket
  )
  SELECT * FROM ticket`

const problems = (input: NewTicket, found: Row): ReadonlyArray<Problem> => {
  const result: Array<Problem> = []
  const need = (is: boolean, path: string, message: string) => {
    if (!is) result.push({ path: [path], message })
  }
  need(found["client"] === true, "client_id", "Client not found")
  need(found["board"] !== null, "board_id", "Board not found")
  need(found["status"] !== null, "status_id", "Status not found")
  need(input.priority_id === undefined || found["priority"] === true, "priority_id", "Priority not found")
  need(input.contact_name_id == null || found["contact"] !== null, "contact_name_id", "Contact not found")
  need(input.location_id == null || found["location"] === true, "location_id", "Location not found")
  need(input.category_id == null || found["category"] !== null, "category_id", "Category not found")
  need(input.subcategory_id == null || found["subcategory"] !== null, "subcategory_id", "Category not found")
  need(input.assigned_to == null || found["assignee"] === true, "assigned_to", "Active user not found")
  return result
}

export const makeTickets = (sql: Sql, { detailColumns, detailJoins }: ServerConfig["sql"]) => {
  const detail = `SELECT ${detailColumns} FROM ${detailJoins} WHERE t.tenant = $1 AND t.ticket_id = $2`

  const get = async ({ tenant }: Caller, id: string): Promise<Row> => {
    const [row] = await ask(sql, detail, [tenant, id])
    if (row === undefined) throw new Refused(404, "NOT_FOUND", "ticket not found")
    return { ...row, description_html: descriptionHtml(row["attributes"]) }
  }

  const create = async ({ tenant, userId }: Caller, input: NewTicket) => {
    const [found] = await ask(sql, referenceCheck, [
      tenant,
      input.client_id,
      input.board_id,
      input.status_id ?? null,
      input.priority_id ?? null,
      input.contact_name_id ?? null,
      input.location_id ?? null,
      input.category_id ?? null,
      input.subcategory_id ?? null,
      input.assigned_to ?? null
    ])
    const wrong = problems(input, found ?? {})
    if (wrong.length > 0) throw new Refused(400, "BAD_REQUEST", "Invalid reference", wrong)
    const { board, status } = found as {
      readonly board: {
        readonly default_priority_id: string | null
        readonly default_assigned_to: string | null
        readonly default_assigned_team_id: string | null
      }
      readonly status: { readonly status_id: string; readonly is_closed: boolean }
    }
    // No board has a team: that its members come along is not measured.
    if (board.default_assigned_team_id !== null) throw new Error("Expected a board without a team")
    const [created] = await ask(sql, insert, [
      tenant,
      newId(),
      input.title,
      input.url ?? null,
      input.client_id,
      input.contact_name_id ?? null,
      input.location_id ?? null,
      input.board_id,
      status.status_id,
      input.priority_id ?? board.default_priority_id,
      input.category_id ?? null,
      input.subcategory_id ?? null,
      input.assigned_to === undefined ? board.default_assigned_to : input.assigned_to,
      board.default_assigned_team_id,
      userId,
      input.attributes == null ? null : JSON.stringify(input.attributes),
      input.due_date ?? null,
      status.is_closed,
      status.is_closed ? userId : null,
      newId()
    ])
    return created
  }

  return { get, create }
}

const descriptionHtml = (attributes: unknown) => {
  const description =
    typeof attributes === "object" && attributes !== null && "description" in attributes
      ? attributes.description
      : undefined
  return typeof description === "string"
    ? toHtml(description)
    : description == null
      ? ""
      : toHtml(JSON.stringify(description))
}
