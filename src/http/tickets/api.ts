import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { BadReference, Conflict, NotFound } from "../../domain/Errors.ts"
import { Uuid } from "../../domain/Field.ts"
import * as List from "../../domain/List.ts"
import {
  AssignmentChange,
  CreatedTicket,
  DetailFieldsParameter,
  FieldsParameter,
  NewTicket,
  SparseTicket,
  SparseTicketRow,
  StatusChange,
  Ticket,
  TicketChanges,
  TicketId,
  TicketPriority,
  TicketRow,
  TicketStatus
} from "../../domain/Ticket.ts"
import { NewTicketFromAsset } from "../../domain/TicketFromAsset.ts"
import { TicketSearchQuery, TicketStats } from "../../domain/TicketSearch.ts"
import { TicketList } from "../../services/ticketRows.ts"
import { about } from "../endpoint.ts"
import { One, Page } from "../envelope.ts"
import { rangeParameters } from "../fieldRanges.ts"
import { Idempotency } from "../middleware/Idempotency.ts"
import { Versioned } from "../middleware/Versioned.ts"

const changed = { success: One(Ticket), error: [NotFound, BadReference, Conflict] }

export class TicketsApi extends HttpApiGroup.make("tickets")
  .add(
    HttpApiEndpoint.get("list", "/", {
      query: { ...List.query(TicketList), fields: FieldsParameter, ...rangeParameters },
      success: Page(Schema.Union([TicketRow, SparseTicketRow]))
    }).annotateMerge(
      about({
        summary: "List tickets",
        description:
          "Tickets, newest first. A boolean filter means what it says when it is false, too: `is_closed=false` are " +
          "the open ones. `search` looks in title, number and client name. `fields` makes rows small: only the fields named, " +
          "and the ids that always ride along.",
        requires: ["ticket:read"]
      })
    ),
    HttpApiEndpoint.get("search", "/search", {
      query: TicketSearchQuery,
      success: One(Schema.Array(TicketRow))
    }).annotateMerge(
      about({
        summary: "Search tickets",
        description:
          "The newest tickets that have a text in their title or number, or in the fields that are named. Closed ones are " +
          "left out, unless `include_closed` is true.",
        requires: ["ticket:read"]
      })
    ),
    HttpApiEndpoint.get("stats", "/stats", {
      query: List.filterQuery(TicketList),
      success: One(TicketStats)
    }).annotateMerge(
      about({
        summary: "Get the figures of tickets",
        description:
          "How many there are, and of what kind; of all tickets, or of those that the filters of the list find.",
        requires: ["ticket:read"]
      })
    ),
    HttpApiEndpoint.get("statuses", "/statuses", {
      query: { board_id: Schema.optionalKey(Uuid) },
      success: One(Schema.Array(TicketStatus))
    }).annotateMerge(
      about({
        summary: "List ticket statuses",
        description: "The statuses tickets can have, of all boards or of one, in the boards' order.",
        requires: ["ticket:read"]
      })
    ),
    HttpApiEndpoint.get("priorities", "/priorities", { success: One(Schema.Array(TicketPriority)) }).annotateMerge(
      about({
        summary: "List ticket priorities",
        description: "The priorities tickets can have, by name.",
        requires: ["ticket:read"]
      })
    ),
    HttpApiEndpoint.get("get", "/:id", {
      params: { id: TicketId },
      query: { fields: DetailFieldsParameter, ...rangeParameters },
      success: One(Schema.Union([Ticket, SparseTicket])),
      error: NotFound
    })
      .middleware(Versioned)
      .annotateMerge(
        about({
          summary: "Get a ticket",
          description:
            "One ticket, with the names of what it refers to, its tags and its documents; with `fields` only some of it. " +
            "`description_html` is the description in its attributes, safe to show. The `ETag` is for `If-Match`.",
          requires: ["ticket:read"]
        })
      ),
    HttpApiEndpoint.post("create", "/", {
      payload: NewTicket,
      success: One(CreatedTicket).pipe(HttpApiSchema.status(201)),
      error: BadReference
    })
      .middleware(Idempotency)
      .annotateMerge(
        about({
          summary: "Create a ticket",
          description:
            "A title, a client and a board are enough: status, priority and assignee then are the board's default " +
            "ones. Contact and location must be the client's, status and category the board's. The ticket gets the next number " +
            "of the tenant; one created in a closed status is closed.",
          requires: ["ticket:create"]
        })
      ),
    HttpApiEndpoint.post("createFromAsset", "/from-asset", {
      payload: NewTicketFromAsset,
      success: One(CreatedTicket).pipe(HttpApiSchema.status(201)),
      error: [NotFound, BadReference]
    })
      .middleware(Idempotency)
      .annotateMerge(
        about({
          summary: "Create a ticket about an asset",
          description:
            "Like creating a ticket, for an asset of the client, which is linked to it as `affected` in the same step. " +
            "`created_from_asset` in the ticket's attributes is the asset's id.",
          requires: ["ticket:create"]
        })
      ),
    HttpApiEndpoint.put("update", "/:id", {
      params: { id: TicketId },
      payload: TicketChanges,
      ...changed
    })
      .middleware(Versioned)
      .annotateMerge(
        about({
          summary: "Change a ticket",
          description:
            "Changes the fields that are sent; null clears one. Attributes and tags are replaced as a whole. Moving " +
            "to another board needs a status of that board, and clears the category unless one is sent; moving to another " +
            "client clears contact and location likewise. A closed status sets `closed_at` and `closed_by`, an open one clears " +
            "them; closing must satisfy the board's close rules, and a 400 names each that it does not. " +
            "`override_close_rules` passes them for those with `ticket:close_override`, and the audit log keeps it. On the " +
            "master of a bundle with `sync_updates`, status, assignee and priority reach the children too; on a child of " +
            "one they are locked: 409.",
          requires: ["ticket:update"],
          example: { request: { title: "Printer on the second floor is offline" } }
        })
      ),
    HttpApiEndpoint.delete("delete", "/:id", {
      params: { id: TicketId },
      success: HttpApiSchema.NoContent,
      error: [NotFound, Conflict]
    })
      .middleware(Versioned)
      .annotateMerge(
        about({
          summary: "Delete a ticket",
          description:
            "Deletes a ticket with its comments, checklist, documents and tags. What refers to it, such as an asset, must be unlinked first: " +
            "a 409 says what. Children of a deleted master become tickets of their own.",
          requires: ["ticket:delete"]
        })
      ),
    HttpApiEndpoint.put("setStatus", "/:id/status", {
      params: { id: TicketId },
      payload: StatusChange,
      ...changed
    })
      .middleware(Versioned)
      .annotateMerge(
        about({
          summary: "Set a ticket's status",
          description: "Like changing the ticket, for the status alone.",
          requires: ["ticket:update"]
        })
      ),
    HttpApiEndpoint.put("setAssignment", "/:id/assignment", {
      params: { id: TicketId },
      payload: AssignmentChange,
      ...changed
    })
      .middleware(Versioned)
      .annotateMerge(
        about({
          summary: "Assign a ticket",
          description: "Gives the ticket to an active user, or to nobody with null.",
          requires: ["ticket:update"],
          example: { request: { assigned_to: null } }
        })
      )
  )
  .prefix("/api/v1/tickets")
  .annotateMerge(
    OpenApi.annotations({
      title: "Tickets",
      description: "What clients need, from when it is entered until it is closed."
    })
  ) {}
