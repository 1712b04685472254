/** A ticket: one thing a client needs, from when it is entered until it is closed. */
import { Schema, Struct } from "effect"
import { closeOverride } from "./CloseRules.ts"
import { Document } from "./Document.ts"
import { Csv, JsonObject, PathId, Text, Timestamp, TimestampInput, Url, Uuid } from "./Field.ts"
import { suppress, suppressRule } from "./Suppress.ts"

export const TicketId = PathId("ticket")

const NullableUuid = Schema.NullOr(Uuid)
const NullableText = Schema.NullOr(Schema.String)
const NullableTimestamp = Schema.NullOr(Timestamp)
const NullableInt = Schema.NullOr(Schema.Int)

/** The columns of a ticket. */
const columns = {
  tenant: Uuid,
  ticket_id: Uuid,
  ticket_number: Schema.String,
  title: Schema.String,
  url: NullableText,
  contact_name_id: NullableUuid,
  status_id: Uuid,
  category_id: NullableUuid,
  subcategory_id: NullableUuid,
  priority_id: Uuid,
  severity_id: NullableUuid,
  urgency_id: NullableUuid,
  impact_id: NullableUuid,
  entered_by: NullableUuid,
  updated_by: NullableUuid,
  assigned_to: NullableUuid,
  closed_by: NullableUuid,
  entered_at: Timestamp,
  updated_at: Timestamp,
  closed_at: NullableTimestamp,
  is_closed: Schema.Boolean,
  attributes: Schema.NullOr(JsonObject),
  due_date: NullableTimestamp,
  location_id: NullableUuid,
  email_metadata: Schema.NullOr(Schema.Json),
  itil_impact: NullableInt,
  itil_urgency: NullableInt,
  itil_priority_level: NullableInt,
  escalated: Schema.Boolean,
  escalation_level: NullableInt,
  escalated_at: NullableTimestamp,
  escalated_by: NullableUuid,
  board_id: Uuid,
  client_id: Uuid,
  response_state: Schema.NullOr(Schema.Literals(["awaiting_client", "awaiting_internal"])),
  master_ticket_id: NullableUuid,
  source: NullableText,
  ticket_origin: Schema.Literals(["internal", "client_portal", "inbound_email", "api"]),
  sla_policy_id: NullableUuid,
  sla_started_at: NullableTimestamp,
  sla_response_due_at: NullableTimestamp,
  sla_response_at: NullableTimestamp,
  sla_response_met: Schema.NullOr(Schema.Boolean),
  sla_resolution_due_at: NullableTimestamp,
  sla_resolution_at: NullableTimestamp,
  sla_resolution_met: Schema.NullOr(Schema.Boolean),
  sla_paused_at: NullableTimestamp,
  sla_total_pause_minutes: Schema.Int,
  assigned_team_id: NullableUuid,
  billing_profile_id: NullableUuid
}

/** The names of what a ticket refers to. */
const joined = {
  client_name: Schema.String,
  contact_name: NullableText,
  status_name: Schema.String,
  status_is_closed: Schema.Boolean,
  priority_name: Schema.String,
  category_name: NullableText,
  subcategory_name: NullableText,
  board_name: Schema.String,
  entered_by_name: NullableText,
  assigned_to_name: NullableText
}

export const TicketTag = Schema.Struct({
  tag_id: Uuid,
  tag_text: Schema.String,
  background_color: NullableText,
  text_color: NullableText
}).annotate({ identifier: "TicketTag" })

export const TicketRow = Schema.Struct({ ...columns, ...joined }).annotate({ identifier: "TicketRow" })

/** What `fields` can ask for, besides the columns that always ride along. */
const sparse = {
  ticket_id: columns.ticket_id,
  ticket_number: columns.ticket_number,
  title: columns.title,
  status_id: columns.status_id,
  status_name: joined.status_name,
  status_is_closed: joined.status_is_closed,
  priority_name: joined.priority_name,
  assigned_to_name: joined.assigned_to_name,
  client_name: joined.client_name,
  contact_name: joined.contact_name,
  updated_at: columns.updated_at,
  entered_at: columns.entered_at,
  closed_at: columns.closed_at,
  tags: Schema.Array(TicketTag)
}

export type TicketField = keyof typeof sparse
export const ticketFields = Object.keys(sparse) as ReadonlyArray<TicketField>
const isTicketField = (name: string): name is TicketField => Object.hasOwn(sparse, name)

/** These are in every row, whatever `fields` asks for. */
export const alwaysIncluded = [
  "ticket_id",
  "status_id",
  "entered_by",
  "assigned_to",
  "client_id",
  "board_id",
  "assigned_team_id"
] as const

const always = {
  entered_by: columns.entered_by,
  assigned_to: columns.assigned_to,
  client_id: columns.client_id,
  board_id: columns.board_id,
  assigned_team_id: columns.assigned_team_id
}

/** A row with only the fields that were asked for. */
export const SparseTicketRow = Schema.Struct({
  ...always,
  ticket_id: sparse.ticket_id,
  status_id: sparse.status_id,
  ticket_number: Schema.optionalKey(sparse.ticket_number),
  title: Schema.optionalKey(sparse.title),
  status_name: Schema.optionalKey(sparse.status_name),
  status_is_closed: Schema.optionalKey(sparse.status_is_closed),
  priority_name: Schema.optionalKey(sparse.priority_name),
  assigned_to_name: Schema.optionalKey(sparse.assigned_to_name),
  client_name: Schema.optionalKey(sparse.client_name),
  contact_name: Schema.optionalKey(sparse.contact_name),
  updated_at: Schema.optionalKey(sparse.updated_at),
  entered_at: Schema.optionalKey(sparse.entered_at),
  closed_at: Schema.optionalKey(sparse.closed_at),
  tags: Schema.optionalKey(sparse.tags)
}).annotate({ identifier: "SparseTicketRow" })

/** The fields of a comma-separated list; `mobile_list` is all of them. Or the names that are none. */
export const readFields = (names: ReadonlyArray<string>) => {
  const all = names.flatMap((name): ReadonlyArray<string> => (name === "mobile_list" ? ticketFields : [name]))
  return { fields: [...new Set(all.filter(isTicketField))], unknown: all.filter((name) => !isTicketField(name)) }
}

/** One ticket, with everything about it. */
export const Ticket = Schema.Struct({
  ...columns,
  ...joined,
  location_name: NullableText,
  client_email: NullableText,
  client_phone: NullableText,
  contact_email: NullableText,
  contact_phone: NullableText,
  description_html: Schema.String,
  documents: Schema.Array(Document),
  tags: Schema.Array(Schema.String),
  contact_avatar_url: NullableText,
  client_logo_url: NullableText
}).annotate({ identifier: "Ticket" })

/** One ticket with only the fields that were asked for. */
export const SparseTicket = Ticket.mapFields(Struct.map(Schema.optionalKey)).annotate({ identifier: "SparseTicket" })

export type DetailField = keyof typeof Ticket.fields
const isDetailField = (name: string): name is DetailField => Object.hasOwn(Ticket.fields, name)

/** The fields of one ticket that are asked for, or the names that are none. */
export const readDetailFields = (names: ReadonlyArray<string>) => {
  const all = names.flatMap((name): ReadonlyArray<string> => (name === "mobile_list" ? ticketFields : [name]))
  return { fields: [...new Set(all.filter(isDetailField))], unknown: all.filter((name) => !isDetailField(name)) }
}

/** A ticket as it is answered when it has just been made: its columns, and the tags it was sent. */
export const CreatedTicket = Schema.Struct({
  ...columns,
  tags: Schema.optionalKey(Schema.Array(Schema.String))
}).annotate({ identifier: "CreatedTicket" })

const Tags = Schema.Array(Text(50)).check(Schema.isMaxLength(50, { message: "Expected at most 50 tags" }))
const Title = Text(255)

const writable = {
  url: Schema.optionalKey(Schema.NullOr(Url)),
  location_id: Schema.optionalKey(NullableUuid),
  contact_name_id: Schema.optionalKey(NullableUuid),
  category_id: Schema.optionalKey(NullableUuid),
  subcategory_id: Schema.optionalKey(NullableUuid),
  assigned_to: Schema.optionalKey(NullableUuid),
  due_date: Schema.optionalKey(Schema.NullOr(TimestampInput)),
  attributes: Schema.optionalKey(Schema.NullOr(JsonObject)).annotate({
    description: "Free JSON; `description` in it is the ticket's description, as plain text or block rich text"
  }),
  tags: Schema.optionalKey(Tags).annotate({ description: "The ticket's tags, all of them" })
}

export const NewTicket = Schema.Struct({
  title: Title,
  client_id: Uuid,
  board_id: Uuid,
  status_id: Schema.optionalKey(Uuid).annotate({ description: "The board's default status, if left out" }),
  priority_id: Schema.optionalKey(Uuid).annotate({ description: "The board's default priority, if left out" }),
  ...writable
}).annotate({ identifier: "NewTicket" })

export const TicketChanges = Schema.Struct({
  title: Schema.optionalKey(Title),
  client_id: Schema.optionalKey(Uuid),
  board_id: Schema.optionalKey(Uuid),
  status_id: Schema.optionalKey(Uuid),
  priority_id: Schema.optionalKey(Uuid),
  ...writable,
  ...closeOverride,
  ...suppress
})
  .check(suppressRule)
  .annotate({ identifier: "TicketChanges" })

export const StatusChange = Schema.Struct({ status_id: Uuid, ...closeOverride, ...suppress })
  .check(suppressRule)
  .annotate({ identifier: "TicketStatusChange" })

export const AssignmentChange = Schema.Struct({
  assigned_to: Schema.optionalKey(NullableUuid).annotate({ description: "Nobody, if null; as it is, if left out" }),
  ...suppress
})
  .check(suppressRule)
  .annotate({ identifier: "TicketAssignmentChange" })

export const TicketStatus = Schema.Struct({
  status_id: Uuid,
  board_id: Uuid,
  name: Schema.String,
  is_closed: Schema.Boolean,
  is_default: Schema.Boolean,
  order_number: Schema.Int
}).annotate({ identifier: "TicketStatus" })

export const TicketPriority = Schema.Struct({ priority_id: Uuid, priority_name: Schema.String }).annotate({
  identifier: "TicketPriority"
})

export const DetailFieldsParameter = Schema.optionalKey(Csv(Schema.String)).annotate({
  description: "Only these fields of the ticket, comma separated; or mobile_list for those of a small list"
})

export const FieldsParameter = Schema.optionalKey(Csv(Schema.String)).annotate({
  description: `Only these fields, comma separated: ${ticketFields.join(", ")}; or mobile_list for all of them`
})
