/** How tickets are read: their list's declaration, and the columns of a row with the names of what it refers to. */
import { Schema } from "effect"
import { Csv } from "../domain/Field.ts"
import * as List from "../domain/List.ts"
import {
  alwaysIncluded,
  type DetailField,
  type SparseTicket,
  type SparseTicketRow,
  Ticket,
  type TicketField,
  TicketRow
} from "../domain/Ticket.ts"
import { type Columns, columnsOf, select } from "./columns.ts"
import { personName } from "./personName.ts"
import { wireTime } from "./wireTime.ts"

const byTag = `EXISTS (SELECT FROM tag_mappings m JOIN tag_definitions d ON d.tenant = m.tenant AND d.tag_id = m.tag_id
  WHERE m.tenant = t.tenant AND m.tagged_type = 'ticket' AND m.tagged_id = t.ticket_id
    AND lower(d.tag_text) IN (SELECT lower(text) FROM unnest($) AS text))`

export const TicketList = List.make({
  filters: {
    title: List.contains("t.title"),
    ticket_number: List.containsNumber("t.ticket_number"),
    board_id: List.id("t.board_id"),
    client_id: List.id("t.client_id"),
    location_id: List.id("t.location_id"),
    contact_name_id: List.id("t.contact_name_id"),
    status_id: List.id("t.status_id"),
    status_ids: List.ids("t.status_id"),
    category_id: List.id("t.category_id"),
    subcategory_id: List.id("t.subcategory_id"),
    entered_by: List.id("t.entered_by"),
    assigned_to: List.id("t.assigned_to"),
    priority_id: List.id("t.priority_id"),
    client_name: List.equals("c.client_name"),
    contact_name: List.equals("n.full_name"),
    board_name: List.equals("b.board_name"),
    category_name: List.equals("k.category_name"),
    status_name: List.equals("s.name"),
    priority_name: List.equals("p.priority_name"),
    is_open: List.flag("(NOT t.is_closed)"),
    is_closed: List.flag("t.is_closed"),
    has_assignment: List.present("t.assigned_to"),
    entered_from: List.from("t.entered_at"),
    entered_to: List.to("t.entered_at"),
    created_from: List.from("t.entered_at"),
    created_to: List.to("t.entered_at"),
    updated_from: List.from("t.updated_at"),
    updated_to: List.to("t.updated_at"),
    closed_from: List.from("t.closed_at"),
    closed_to: List.to("t.closed_at"),
    tags: List.custom(Csv(Schema.String), byTag, "text[]"),
    is_active: List.noEffect(Schema.Boolean)
  },
  sorts: {
    created_at: List.byTime("t.entered_at"),
    entered_at: List.byTime("t.entered_at"),
    updated_at: List.byTime("t.updated_at"),
    closed_at: List.orNull(List.byTime("t.closed_at")),
    due_date: List.orNull(List.byTime("t.due_date")),
    title: "t.title",
    ticket_number: "t.ticket_number",
    is_closed: List.byFlag("t.is_closed"),
    ticket_id: List.byId("t.ticket_id"),
    client_name: "c.client_name",
    contact_name: List.orNull(List.byText("n.full_name")),
    status_name: "s.name",
    priority_name: "p.priority_name",
    board_name: "b.board_name",
    category_name: List.orNull(List.byText("k.category_name")),
    assigned_to_name: List.orNull(List.byText("a.first_name"))
  },
  defaultSort: "created_at",
  defaultOrder: "desc",
  id: "t.ticket_id",
  // `search` is a condition of its own, `ticketSearch`.
  search: []
})

/**
 * The filters whose rows are counted by the running totals in `ticket_counts`, instead of one by one. A ticket's board
 * and whether it is closed follow from its status.
 */
export const CountedTicketList = List.make({
  filters: {
    status_id: List.id("n.status_id"),
    status_ids: List.ids("n.status_id"),
    board_id: List.id("s.board_id"),
    board_name: List.equals("b.board_name"),
    status_name: List.equals("s.name"),
    is_open: List.flag("(NOT s.is_closed)"),
    is_closed: List.flag("s.is_closed"),
    priority_id: List.id("n.priority_id"),
    category_id: List.id("n.category_id"),
    has_assignment: List.flag("n.is_assigned"),
    is_active: List.noEffect(Schema.Boolean)
  },
  sorts: { status_id: List.byId("n.status_id") },
  defaultSort: "status_id",
  defaultOrder: "asc",
  id: "n.status_id",
  search: []
})

const ownName = new Set(["page", "limit", "sort", "order", "cursor", "fields"])

/** Whether every filter of a query is among those that running totals answer. */
export const isCounted = (query: object) =>
  Object.keys(query).every((name) => ownName.has(name) || Object.hasOwn(CountedTicketList.filters, name))

export const ticketJoins = `tickets t
  LEFT JOIN clients c ON c.tenant = t.tenant AND c.client_id = t.client_id
  LEFT JOIN contacts n ON n.tenant = t.tenant AND n.contact_name_id = t.contact_name_id
  LEFT JOIN statuses s ON s.tenant = t.tenant AND s.status_id = t.status_id
  LEFT JOIN priorities p ON p.tenant = t.tenant AND p.priority_id = t.priority_id
  LEFT JOIN categories k ON k.tenant = t.tenant AND k.category_id = t.category_id
  LEFT JOIN categories sk ON sk.tenant = t.tenant AND sk.category_id = t.subcategory_id
  LEFT JOIN boards b ON b.tenant = t.tenant AND b.board_id = t.board_id
  LEFT JOIN users e ON e.tenant = t.tenant AND e.user_id = t.entered_by
  LEFT JOIN users a ON a.tenant = t.tenant AND a.user_id = t.assigned_to`

/** The names of what a ticket refers to. */
const names = {
  client_name: "c.client_name",
  contact_name: "n.full_name",
  status_name: "s.name",
  status_is_closed: "s.is_closed",
  priority_name: "p.priority_name",
  category_name: "k.category_name",
  subcategory_name: "sk.category_name",
  board_name: "b.board_name",
  entered_by_name: personName("e"),
  assigned_to_name: personName("a")
}

/** All columns of a ticket and the names of what it refers to. */
export const ticketColumns = columnsOf(TicketRow, "t", names)

const tagRows = `coalesce((SELECT jsonb_agg(jsonb_build_object('tag_id', m.mapping_id, 'tag_text', d.tag_text,
    'background_color', d.background_color, 'text_color', d.text_color) ORDER BY d.tag_text)
  FROM tag_mappings m JOIN tag_definitions d ON d.tenant = m.tenant AND d.tag_id = m.tag_id
  WHERE m.tenant = t.tenant AND m.tagged_type = 'ticket' AND m.tagged_id = t.ticket_id), '[]')`

const sparse = new Map<string, Columns<typeof SparseTicketRow.Type>>()

/** The columns of a row with only these fields, and those that always ride along. */
export const sparseColumns = (fields: ReadonlyArray<TicketField>): Columns<typeof SparseTicketRow.Type> => {
  const shape = fields.join()
  let columns = sparse.get(shape)
  if (columns === undefined) {
    const expressions: Readonly<Record<string, string>> = { ...names, tags: tagRows }
    const all = [...new Set<string>([...fields, ...alwaysIncluded])]
    columns = select(all.map((name) => [name, expressions[name] ?? `t.${name}`]))
    if (sparse.size < 1000) sparse.set(shape, columns)
  }
  return columns
}

const documents = `coalesce((SELECT jsonb_agg(jsonb_build_object('tenant', d.tenant, 'document_id', d.document_id,
    'document_name', d.document_name, 'type_name', d.type_name, 'type_icon', d.type_icon, 'mime_type', d.mime_type,
    'file_size', d.file_size, 'file_id', d.file_id, 'created_by', d.created_by,
    'created_by_full_name', ${personName("u")},
    'created_at', ${wireTime("d.created_at")}, 'updated_at', ${wireTime("d.updated_at")},
    'association_id', x.association_id, 'association_created_at', ${wireTime("x.created_at")})
    ORDER BY d.updated_at DESC, d.document_id DESC)
  FROM document_associations x
  JOIN documents d ON d.tenant = x.tenant AND d.document_id = x.document_id
  LEFT JOIN users u ON u.tenant = d.tenant AND u.user_id = d.created_by
  WHERE x.tenant = t.tenant AND x.entity_type = 'ticket' AND x.entity_id = t.ticket_id), '[]')`

const detailExpressions = {
  ...names,
  location_name: "l.location_name",
  client_email: "l.email",
  client_phone: "l.phone",
  contact_email: "n.email",
  contact_phone: "n.phone_number",
  description_html: "''",
  contact_avatar_url: "NULL::text",
  client_logo_url: "NULL::text",
  tags: `ARRAY(SELECT d.tag_text FROM tag_mappings m JOIN tag_definitions d ON d.tenant = m.tenant AND d.tag_id = m.tag_id
    WHERE m.tenant = t.tenant AND m.tagged_type = 'ticket' AND m.tagged_id = t.ticket_id ORDER BY d.tag_text)`,
  documents
}

/** Everything about one ticket; its description in HTML is made of its attributes. */
export const detailColumns = columnsOf(Ticket, "t", detailExpressions)

/** The columns of one ticket with only these fields, those that always ride along, and its version. */
export const sparseDetailColumns = (fields: ReadonlyArray<DetailField>): Columns<typeof SparseTicket.Type> => {
  // The description is made of the attributes, whether these are asked for or not.
  const source = fields.includes("description_html") ? ["attributes"] : []
  const all = [...new Set<string>([...fields, ...alwaysIncluded, "updated_at", ...source])]
  const expressions: Readonly<Record<string, string>> = detailExpressions
  return select(all.map((name) => [name, expressions[name] ?? `t.${name}`]))
}

/** The ticket's location, or else its client's default one. */
export const detailJoins = `${ticketJoins}
  LEFT JOIN client_locations l ON l.tenant = t.tenant AND l.client_id = t.client_id
    AND CASE WHEN t.location_id IS NULL THEN l.is_default ELSE l.location_id = t.location_id END`
