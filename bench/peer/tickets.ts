/** The statements that tickets are read and created with, and what is made of their rows. */
import type { Sql } from "postgres"
import { toHtml } from "../../src/domain/RichText.ts"
import type { ServerConfig } from "../measured.ts"
import { type Caller, newId } from "./gates.ts"

type Parameter = string | number | boolean | null
type Row = Record<string, unknown>

const uuid = { type: "string", format: "uuid" }
const uuids = { type: "string", pattern: "^[0-9a-fA-F-]{36}(,[0-9a-fA-F-]{36})*$" }
const time = { type: "string", format: "date-time" }
const text = { type: "string", maxLength: 500 }
const flag = { type: "boolean" }

/** A filter: its schema, and its condition, in which `?` is the value. */
type Filter = readonly [schema: object, condition: string]
const is = (column: string): Filter => [uuid, `${column} = ?::uuid`]
const named = (column: string): Filter => [text, `${column} = ?::text`]
const from = (column: string): Filter => [time, `${column} >= ?::timestamptz`]
const to = (column: string): Filter => [time, `${column} <= ?::timestamptz`]

const filters: Readonly<Record<string, Filter>> = {
  title: [text, "t.title ILIKE '%' || ?::text || '%'"],
  ticket_number: [text, "t.ticket_number ILIKE '%' || ?::text || '%'"],
  board_id: is("t.board_id"),
  client_id: is("t.client_id"),
  location_id: is("t.location_id"),
  contact_name_id: is("t.contact_name_id"),
  status_id: is("t.status_id"),
  status_ids: [uuids, "t.status_id = ANY(string_to_array(?, ',')::uuid[])"],
  category_id: is("t.category_id"),
  subcategory_id: is("t.subcategory_id"),
  entered_by: is("t.entered_by"),
  assigned_to: is("t.assigned_to"),
  priority_id: is("t.priority_id"),
  client_name: named("c.client_name"),
  contact_name: named("n.full_name"),
  board_name: named("b.board_name"),
  category_name: named("k.category_name"),
  status_name: named("s.name"),
  priority_name: named("p.priority_name"),
  is_open: [flag, "t.is_closed <> ?::boolean"],
  is_closed: [flag, "t.is_closed = ?::boolean"],
  has_assignment: [flag, "(t.assigned_to IS NOT NULL) = ?::boolean"],
  entered_from: from("t.entered_at"),
  entered_to: to("t.entered_at"),
  updated_from: from("t.updated_at"),
  updated_to: to("t.updated_at"),
  closed_from: from("t.closed_at"),
  closed_to: to("t.closed_at"),
  search: [text, "concat_ws(' ', t.title, t.ticket_number, c.client_name) ILIKE '%' || ?::text || '%'"]
}

const counted: Readonly<Record<string, string>> = {
  status_id: "n.status_id = ?::uuid",
  status_ids: "n.status_id = ANY(string_to_array(?, ',')::uuid[])",
  board_id: "s.board_id = ?::uuid",
  board_name: "b.board_name = ?::text",
  status_name: "s.name = ?::text",
  is_open: "s.is_closed <> ?::boolean",
  is_closed: "s.is_closed = ?::boolean"
}

const sorts: Readonly<Record<string, string>> = {
  created_at: "t.entered_at",
  entered_at: "t.entered_at",
  updated_at: "t.updated_at",
  closed_at: "t.closed_at",
  due_date: "t.due_date",
  title: "t.title",
  ticket_number: "t.ticket_number",
  client_name: "c.client_name",
  status_name: "s.name",
  priority_name: "p.priority_name",
  board_name: "b.board_name"
}

export const listQuery = {
  type: "object",
  properties: {
    page: { type: "integer", minimum: 1, maximum: 1_000_000_000, default: 1 },
    limit: { type: "integer", minimum: 1, maximum: 100, default: 25 },
    sort: { type: "string", enum: Object.keys(sorts), default: "created_at" },
    order: { type: "string", enum: ["asc", "desc"], default: "desc" },
    ...Object.fromEntries(Object.entries(filters).map(([name, [schema]]) => [name, schema]))
  }
}
export const listNames = new Set(Object.keys(listQuery.properties))

export interface ListQuery {
  readonly page: number
  readonly limit: number
  readonly sort: string
  readonly order: "asc" | "desc"
  readonly [filter: string]: Parameter
}

const nullable = (schema: object) => ({ ...schema, nullable: true })

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
  (SELECT jsonb_build_object('default_priority_id', default_priority_id, 'default_assigned_to', default_assigned_to)
    FROM boards WHERE tenant = $1 AND board_id = $3) AS board,
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
      board_id, status_id, priority_id, category_id, subcategory_id, assigned_to, entered_by, entered_at, updated_at,
      attributes, due_date, source, ticket_origin, is_closed, closed_at, closed_by)
    SELECT $1::uuid, $2::uuid, ticket_number, $3, $4, $5::uuid, $6::uuid, $7::uuid, $8::uuid, $9::uuid, $10::uuid,
      $11::uuid, $12::uuid, $13::uuid, $14::uuid, $15::timestamptz, $15::timestamptz, $16::text::jsonb, $17::timestamptz,
      'api', 'api', $18::boolean, $19::timestamptz, $20::uuid
    FROM number RETURNING *
  ), told AS (
    INSERT INTO events (tenant, event_id, event_type, entity_type, entity_id, user_id, occurred_at, payload)
    SELECT tenant, $21::uuid, 'TICKET_CREATED', 'ticket', ticket_id, entered_by, entered_at,
      jsonb_build_object('source', source, 'board_id', board_id, 'priority_id', priority_id, 'client_id', client_id)
    FROM ticket
  )
  SELECT * FROM ticket`

export interface Problem {
  readonly path: ReadonlyArray<string>
  readonly message: string
}

/** What a caller did wrong; anything else that is thrown is a defect. */
export class Refused extends Error {
  readonly status: number
  readonly code: string
  readonly details: ReadonlyArray<Problem> | undefined
  constructor(status: number, code: string, message: string, details?: ReadonlyArray<Problem>) {
    super(message)
    this.status = status
    this.code = code
    this.details = details
  }
}

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

export const makeTickets = (
  sql: Sql,
  { detailColumns, detailJoins, ticketColumns, ticketJoins }: ServerConfig["sql"]
) => {
  const ask = (statement: string, parameters: Array<Parameter>) =>
    sql.unsafe<Array<Row>>(statement, parameters, { prepare: true })
  const detail = `SELECT ${detailColumns} FROM ${detailJoins} WHERE t.tenant = $1 AND t.ticket_id = $2`

  const get = async ({ tenant }: Caller, id: string) => {
    const [row] = await ask(detail, [tenant, id])
    if (row === undefined) throw new Refused(404, "NOT_FOUND", "ticket not found")
    return { ...row, description_html: descriptionHtml(row["attributes"]) }
  }

  const list = async ({ tenant }: Caller, query: ListQuery) => {
    const { limit, order, page, sort } = query
    const parameters: Array<Parameter> = [tenant]
    let where = "t.tenant = $1"
    let countWhere: string | undefined = "n.tenant = $1"
    for (const name in query) {
      const filter = filters[name]
      if (filter === undefined) continue
      const number = `$${parameters.push(query[name] ?? null)}`
      where += ` AND ${filter[1].replace("?", number)}`
      const condition = counted[name]
      countWhere =
        countWhere === undefined || condition === undefined
          ? undefined
          : `${countWhere} AND ${condition.replace("?", number)}`
    }
    const direction = order === "asc" ? "ASC" : "DESC"
    const total =
      countWhere === undefined
        ? `SELECT count(*)::int FROM ${ticketJoins} WHERE ${where}`
        : `SELECT coalesce(sum(n.amount), 0)::int FROM ticket_counts n
          LEFT JOIN statuses s ON s.tenant = n.tenant AND s.status_id = n.status_id
          LEFT JOIN boards b ON b.tenant = s.tenant AND b.board_id = s.board_id WHERE ${countWhere}`
    // The limit is in the text, so that the plan can be made once.
    const rows = await ask(
      `SELECT ${ticketColumns}, (${total}) AS list_total FROM ${ticketJoins} WHERE ${where}
        ORDER BY ${sorts[sort]} ${direction}, t.ticket_id ${direction}
        LIMIT ${limit}${page === 1 ? "" : ` OFFSET $${parameters.length + 1}`}`,
      page === 1 ? parameters : [...parameters, (page - 1) * limit]
    )
    const [first] = rows
    if (first !== undefined) {
      const count = Number(first["list_total"])
      for (const row of rows) row["list_total"] = undefined
      return { rows, total: count }
    }
    const [past] = page === 1 ? [] : await ask(`SELECT (${total}) AS list_total`, parameters)
    return { rows, total: Number(past?.["list_total"] ?? 0) }
  }

  const create = async ({ tenant, userId }: Caller, input: NewTicket) => {
    const [found] = await ask(referenceCheck, [
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
      readonly board: { readonly default_priority_id: string | null; readonly default_assigned_to: string | null }
      readonly status: { readonly status_id: string; readonly is_closed: boolean }
    }
    const now = new Date().toISOString()
    const [created] = await ask(insert, [
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
      userId,
      now,
      input.attributes == null ? null : JSON.stringify(input.attributes),
      input.due_date ?? null,
      status.is_closed,
      status.is_closed ? now : null,
      status.is_closed ? userId : null,
      newId()
    ])
    return created
  }

  return { get, list, create }
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
