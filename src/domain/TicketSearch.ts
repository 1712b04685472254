/** Tickets by what is written in them, and tickets in figures. */
import { Schema } from "effect"
import { Csv, Uuid } from "./Field.ts"

/** What text is looked for in. */
export const searchFields = ["title", "ticket_number", "client_name", "contact_name"] as const
export type SearchField = (typeof searchFields)[number]

const SearchFields = Csv(Schema.Literals(searchFields))

export const TicketSearchQuery = {
  query: Schema.String.check(
    Schema.isPattern(/\S/u, { message: "Search query is required" }),
    Schema.isMaxLength(500, { message: "Expected at most 500 characters" }),
    Schema.makeFilter((text) => !text.includes("\u0000"), { message: "Expected text without NUL characters" })
  ).annotate({ description: "The text to look for, in whatever case" }),
  fields: Schema.optionalKey(SearchFields).annotateKey({
    description:
      "Where to look: title and ticket_number, unless this names any of title, ticket_number, client_name, contact_name"
  }),
  status_ids: Schema.optionalKey(Csv(Uuid)),
  priority_ids: Schema.optionalKey(Csv(Uuid)),
  client_ids: Schema.optionalKey(Csv(Uuid)),
  assigned_to_ids: Schema.optionalKey(Csv(Uuid)),
  include_closed: Schema.optionalKey(Schema.Boolean.annotate({ default: false })),
  limit: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 100 })).annotate({ default: 25 }))
}

const Counts = Schema.Record(Schema.String, Schema.Int)

export const TicketStats = Schema.Struct({
  total_tickets: Schema.Int,
  open_tickets: Schema.Int,
  closed_tickets: Schema.Int,
  unassigned_tickets: Schema.Int,
  overdue_tickets: Schema.Int.annotate({ description: "Open, and past their due date" }),
  tickets_by_status: Counts.annotate({ description: "By the status's id" }),
  tickets_by_priority: Counts.annotate({ description: "By the priority's name" }),
  tickets_by_category: Counts.annotate({ description: "By the category's name, of those that have one" }),
  tickets_by_board: Counts.annotate({ description: "By the board's name" }),
  tickets_created_today: Schema.Int.annotate({ description: "Since midnight in UTC" }),
  tickets_created_this_week: Schema.Int.annotate({ description: "Today and the seven days before" }),
  tickets_created_this_month: Schema.Int.annotate({ description: "Today and the thirty days before" }),
  average_resolution_time: Schema.NullOr(Schema.Finite).annotate({
    description: "Hours from when closed tickets were entered until they were closed, on average; null while none is"
  })
}).annotate({ identifier: "TicketStats" })
