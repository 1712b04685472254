/** Which tickets a query finds. */
import type { Sql } from "postgres"
import { ask, containing, flag, type Parameter, text, time, uuid, uuids } from "./common.ts"

/** A filter: its schema, its condition, in which `?` is the value, and what the value is sent as. */
type Filter = readonly [schema: object, condition: string, send?: (value: string) => string]
const is = (column: string): Filter => [uuid, `${column} = ?::uuid`]
const named = (column: string): Filter => [text, `${column} = ?::text`]
const contains = (column: string): Filter => [text, `${column} ILIKE ?`, containing]
const from = (column: string): Filter => [time, `${column} >= ?::timestamptz`]
const to = (column: string): Filter => [time, `${column} <= ?::timestamptz`]

const byTag = `EXISTS (SELECT FROM tag_mappings m JOIN tag_definitions d ON d.tenant = m.tenant AND d.tag_id = m.tag_id
  WHERE m.tenant = t.tenant AND m.tagged_type = 'ticket' AND m.tagged_id = t.ticket_id
    AND lower(d.tag_text) IN (SELECT lower(text) FROM unnest(string_to_array(?, ',')) AS text))`

const filters: Readonly<Record<string, Filter>> = {
  title: contains("t.title"),
  ticket_number: contains("t.ticket_number"),
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
  created_from: from("t.entered_at"),
  created_to: to("t.entered_at"),
  updated_from: from("t.updated_at"),
  updated_to: to("t.updated_at"),
  closed_from: from("t.closed_at"),
  closed_to: to("t.closed_at"),
  tags: [text, byTag]
}

/** The filters whose rows the running totals count. */
const counted: Readonly<Record<string, string>> = {
  status_id: "n.status_id = ?::uuid",
  status_ids: "n.status_id = ANY(string_to_array(?, ',')::uuid[])",
  board_id: "s.board_id = ?::uuid",
  board_name: "b.board_name = ?::text",
  status_name: "s.name = ?::text",
  is_open: "s.is_closed <> ?::boolean",
  is_closed: "s.is_closed = ?::boolean",
  priority_id: "n.priority_id = ?::uuid",
  category_id: "n.category_id = ?::uuid",
  has_assignment: "n.is_assigned = ?::boolean"
}

/** What search looks in; of what has a name, the ids that have it are looked up first. */
const names = {
  client_name: {
    column: "t.client_id",
    find: "SELECT client_id AS id FROM clients WHERE tenant = $1 AND client_name ILIKE $2"
  },
  contact_name: {
    column: "t.contact_name_id",
    find: "SELECT contact_name_id AS id FROM contacts WHERE tenant = $1 AND full_name ILIKE $2"
  }
}
export const searchFields = ["title", "ticket_number", "client_name", "contact_name"] as const
export type SearchField = (typeof searchFields)[number]

/** The tickets that have the text in any of the fields. Adds to the parameters, of which the tenant is the first. */
export const searching = async (
  sql: Sql,
  search: string,
  fields: ReadonlyArray<SearchField>,
  parameters: Array<Parameter>
) => {
  const pattern = containing(search)
  const named = async ({ column, find }: (typeof names)[keyof typeof names], number: string) => {
    const found = await ask(sql, `${find} LIMIT 1001`, [parameters[0] ?? null, pattern])
    if (found.length === 0) return "false"
    if (found.length > 1000) return `${column} = ANY(ARRAY(${find.replace("$2", number)}))`
    const ids = `{${found.map((row) => row["id"]).join(",")}}`
    return `${column} = ANY($${parameters.push(ids)}::uuid[])`
  }
  const number = `$${parameters.push(pattern)}`
  const alternatives = await Promise.all(
    fields.map((field) => {
      if (field === "title") return `t.title ILIKE ${number}`
      if (field !== "ticket_number") return named(names[field], number)
      if ([...search].length < 5) return `t.ticket_number ILIKE ${number}`
      const plain = `$${parameters.push(search)}`
      return `(number_grams(t.ticket_number) @> number_grams(${plain})
        AND strpos(lower(t.ticket_number), lower(${plain})) > 0)`
    })
  )
  return `(${alternatives.join(" OR ")})`
}

export const filterSchemas = {
  search: text,
  ...Object.fromEntries(Object.entries(filters).map(([name, [schema]]) => [name, schema]))
}

export interface Filtered {
  /** The tenant, and the values of the filters. */
  readonly parameters: Array<Parameter>
  readonly where: string
  /** The same for the running totals, if these answer every filter. */
  readonly countWhere: string | undefined
}

/** The conditions that a query's filters put on the tickets of a tenant, which is `$1`. */
export const filtered = (tenant: string, query: Readonly<Record<string, Parameter | undefined>>): Filtered => {
  const parameters: Array<Parameter> = [tenant]
  let where = "t.tenant = $1"
  let countWhere: string | undefined = "n.tenant = $1"
  for (const name in query) {
    const filter = filters[name]
    if (filter === undefined) continue
    const [, condition, send] = filter
    const value = query[name] ?? null
    const number = `$${parameters.push(send === undefined ? value : send(String(value)))}`
    where += ` AND ${condition.replace("?", number)}`
    const total = counted[name]
    countWhere =
      countWhere === undefined || total === undefined ? undefined : `${countWhere} AND ${total.replace("?", number)}`
  }
  return { parameters, where, countWhere }
}
