/** The fields that existing clients read of what they are answered. Others may be there; these must. */
import { Schema } from "effect"

export const Id = Schema.String.check(
  Schema.isPattern(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, { message: "Expected an id" })
)
export const Time = Schema.String.check(
  Schema.isPattern(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, { message: "Expected UTC with milliseconds" })
)
const Day = Schema.String.check(Schema.isPattern(/^\d{4}-\d\d-\d\d$/, { message: "Expected a day" }))
export const Name = Schema.NonEmptyString
export const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
export const maybe = <S extends Schema.Constraint>(schema: S) => Schema.NullOr(schema)

export const Pagination = Schema.Struct({
  page: Schema.Int,
  limit: Schema.Int,
  total: Count,
  totalPages: Count,
  hasNext: Schema.Boolean,
  hasPrev: Schema.Boolean
})

/** The columns of a ticket, which a workflow hands on to whatever comes next in it. */
const ticketColumns = {
  tenant: Id,
  ticket_id: Id,
  ticket_number: Name,
  title: Name,
  url: maybe(Schema.String),
  contact_name_id: maybe(Id),
  status_id: Id,
  category_id: maybe(Id),
  subcategory_id: maybe(Id),
  priority_id: Id,
  severity_id: maybe(Id),
  urgency_id: maybe(Id),
  impact_id: maybe(Id),
  entered_by: maybe(Id),
  updated_by: maybe(Id),
  assigned_to: maybe(Id),
  closed_by: maybe(Id),
  entered_at: Time,
  updated_at: Time,
  closed_at: maybe(Time),
  is_closed: Schema.Boolean,
  attributes: maybe(Schema.Record(Schema.String, Schema.Json)),
  due_date: maybe(Time),
  location_id: maybe(Id),
  email_metadata: maybe(Schema.Json),
  itil_impact: maybe(Schema.Int),
  itil_urgency: maybe(Schema.Int),
  itil_priority_level: maybe(Schema.Int),
  escalated: Schema.Boolean,
  escalation_level: maybe(Schema.Int),
  escalated_at: maybe(Time),
  escalated_by: maybe(Id),
  board_id: Id,
  client_id: Id,
  response_state: maybe(Schema.String),
  master_ticket_id: maybe(Id),
  source: maybe(Schema.String),
  ticket_origin: Name,
  sla_policy_id: maybe(Id),
  sla_started_at: maybe(Time),
  sla_response_due_at: maybe(Time),
  sla_response_at: maybe(Time),
  sla_response_met: maybe(Schema.Boolean),
  sla_resolution_due_at: maybe(Time),
  sla_resolution_at: maybe(Time),
  sla_resolution_met: maybe(Schema.Boolean),
  sla_paused_at: maybe(Time),
  sla_total_pause_minutes: Schema.Int,
  assigned_team_id: maybe(Id),
  billing_profile_id: maybe(Id)
}

/** What a ticket refers to, by name. */
const ticketNames = {
  client_name: Name,
  contact_name: maybe(Name),
  status_name: Name,
  status_is_closed: Schema.Boolean,
  priority_name: Name,
  category_name: maybe(Name),
  assigned_to_name: maybe(Name)
}

const ticketContacts = {
  contact_email: maybe(Schema.String),
  contact_phone: maybe(Schema.String),
  client_email: maybe(Schema.String),
  client_phone: maybe(Schema.String),
  location_id: maybe(Id),
  location_name: maybe(Schema.String)
}

/** A ticket that has just been made. */
export const MadeTicket = Schema.Struct({ ...ticketColumns, tags: Schema.optionalKey(Schema.Array(Schema.String)) })

export const ChangedTicket = Schema.Struct({
  ...ticketColumns,
  tags: Schema.Array(Schema.String),
  description_html: Schema.String
})

export const TicketRow = Schema.Struct({
  ...ticketColumns,
  ...ticketNames,
  subcategory_name: maybe(Name),
  board_name: Name,
  entered_by_name: maybe(Name)
})

export const Document = Schema.Struct({
  document_id: Id,
  document_name: Name,
  type_name: maybe(Name),
  type_icon: maybe(Name),
  mime_type: Name,
  file_size: Count,
  created_by_full_name: maybe(Name),
  updated_at: Time,
  file_id: Id
})

export const TicketDetail = Schema.Struct({
  ...ticketColumns,
  ...ticketNames,
  ...ticketContacts,
  description_html: Schema.String,
  documents: Schema.Array(Document),
  contact_avatar_url: maybe(Schema.String),
  client_logo_url: maybe(Schema.String)
})

const columnsOfComment = {
  tenant: Id,
  comment_id: Id,
  ticket_id: Id,
  user_id: maybe(Id),
  contact_id: maybe(Id),
  note: Schema.String,
  markdown_content: maybe(Schema.String),
  author_type: Name,
  is_system_generated: Schema.Boolean,
  metadata: maybe(Schema.Record(Schema.String, Schema.Json)),
  publish_state: Name,
  updated_at: Time,
  author_contact_id: maybe(Id),
  author_contact_name: maybe(Name),
  author_contact_email: maybe(Schema.String)
}

/** What the mobile app shows of a comment. */
const shownOfComment = {
  comment_id: Id,
  comment_text: Schema.String,
  comment_html: Schema.String,
  is_internal: Schema.Boolean,
  is_resolution: Schema.Boolean,
  created_by: maybe(Id),
  created_by_name: maybe(Name),
  created_by_avatar_url: maybe(Schema.String),
  created_at: Time,
  kind: Schema.Literals(["comment", "event"]),
  event_type: maybe(Schema.String),
  event_text: maybe(Schema.String),
  reactions: Schema.Array(
    Schema.Struct({
      emoji: Name,
      count: Schema.Int,
      userIds: Schema.Array(Id),
      currentUserReacted: Schema.Boolean
    })
  ),
  reaction_user_names: Schema.Record(Id, Name),
  thread_id: Id,
  parent_comment_id: maybe(Id),
  deleted_at: maybe(Time)
}

export const Comment = Schema.Struct({ ...columnsOfComment, ...shownOfComment })
export const ShownComment = Schema.Struct(shownOfComment)

/** What is chosen from, each with the names that its label may have. */
export const ClientChoice = Schema.Struct({ client_id: Id, client_name: Name })
export const BoardChoice = Schema.Struct({ board_id: Id, board_name: Name })
export const StatusChoice = Schema.Struct({ status_id: Id, name: Name })
export const PriorityChoice = Schema.Struct({ priority_id: Id, priority_name: Name })

export const ListedTicket = Schema.Struct({
  ticket_id: Id,
  ticket_number: Name,
  title: Name,
  status_id: Id,
  status_name: Name,
  status_is_closed: Schema.Boolean,
  priority_name: Name,
  assigned_to_name: maybe(Name),
  client_name: Name,
  contact_name: maybe(Name),
  updated_at: Time,
  entered_at: Time,
  closed_at: maybe(Time),
  tags: Schema.Array(
    Schema.Struct({
      tag_id: Id,
      tag_text: Name,
      background_color: maybe(Schema.String),
      text_color: maybe(Schema.String)
    })
  )
})

/** A ticket on its own screen. */
export const ShownTicket = Schema.Struct({
  ...ListedTicket.fields,
  ...ticketContacts,
  tags: Schema.Array(Schema.String),
  attributes: maybe(
    Schema.Struct({
      description: Schema.optionalKey(Schema.String),
      due_date: Schema.optionalKey(maybe(Schema.String)),
      watcher_user_ids: Schema.optionalKey(Schema.Array(Id))
    })
  ),
  description_html: Schema.String,
  priority_id: Id,
  assigned_to: maybe(Id),
  due_date: maybe(Time)
})

export const Stats = Schema.Struct({
  total_tickets: Count,
  open_tickets: Count,
  closed_tickets: Count,
  overdue_tickets: Count,
  unassigned_tickets: Count
})

export const TicketStatus = Schema.Struct({ status_id: Id, board_id: Id, name: Name, is_closed: Schema.Boolean })
export const TicketPriority = Schema.Struct({ priority_id: Id, priority_name: Name })

export const Board = Schema.Struct({
  board_id: Id,
  board_name: Name,
  is_default: Schema.Boolean,
  default_assigned_to: maybe(Id)
})
export const Category = Schema.Struct({ category_id: Id, category_name: Name, parent_category: maybe(Id) })
export const Priority = Schema.Struct({ priority_id: Id, priority_name: Name, color: Name })

export const ListedClient = Schema.Struct({
  client_id: Id,
  client_name: Name,
  email: maybe(Schema.String),
  phone_no: maybe(Schema.String),
  url: Schema.String,
  address: maybe(Schema.String),
  is_inactive: Schema.Boolean,
  client_type: maybe(Name),
  lifecycle_status: maybe(Name),
  default_currency_code: maybe(Name),
  account_manager_full_name: maybe(Name),
  logoUrl: maybe(Schema.String),
  created_at: Time
})

export const Location = Schema.Struct({
  location_id: Id,
  location_name: maybe(Schema.String),
  address_line1: maybe(Schema.String),
  address_line2: maybe(Schema.String),
  city: maybe(Schema.String),
  state_province: maybe(Schema.String),
  postal_code: maybe(Schema.String),
  country_name: maybe(Schema.String),
  phone: maybe(Schema.String),
  email: maybe(Schema.String),
  is_default: Schema.Boolean
})

export const ChecklistItem = Schema.Struct({
  checklist_item_id: Id,
  ticket_id: Id,
  item_name: Name,
  description: maybe(Schema.String),
  order_number: Schema.Int,
  assigned_to: maybe(Id),
  is_required: Schema.Boolean,
  completed: Schema.Boolean,
  completed_by: maybe(Id),
  completed_at: maybe(Time),
  completed_by_name: maybe(Name),
  source: Schema.Literals(["manual", "template", "workflow"]),
  template_id: maybe(Id)
})

export const LinkedAsset = Schema.Struct({
  asset_id: Id,
  asset_tag: Name,
  name: Name,
  status: Name,
  asset_type: Name,
  serial_number: maybe(Schema.String),
  client_name: maybe(Name),
  relationship_type: Name
})
export const AssetLink = Schema.Struct({ asset_id: Id, relationship_type: Name })

export const Material = Schema.Struct({
  ticket_material_id: Id,
  service_id: Id,
  service_name: Name,
  sku: maybe(Schema.String),
  quantity: Schema.Int,
  rate: Schema.Int,
  currency_code: Name,
  description: maybe(Schema.String),
  is_billed: Schema.Boolean,
  created_at: Time
})

export const TicketTime = Schema.Struct({
  entries: Schema.Array(
    Schema.Struct({
      entry_id: Id,
      user_id: Id,
      user_name: Name,
      start_time: Time,
      end_time: maybe(Time),
      work_date: Day,
      billable_duration: Count,
      notes: maybe(Schema.String),
      approval_status: Name,
      service_id: maybe(Id),
      service_name: maybe(Name),
      is_own: Schema.Boolean
    })
  ),
  ownTotalMinutes: Count,
  ownEntryCount: Count,
  othersTotalMinutes: Count,
  othersEntryCount: Count,
  othersVisibleMinutes: Count,
  othersVisibleCount: Count,
  othersHiddenMinutes: Count,
  othersHiddenCount: Count,
  totalMinutes: Count
})

export const TicketOfAsset = Schema.Struct({ ticket_id: Id, ticket_number: Name })
