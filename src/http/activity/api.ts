import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { Activity } from "../../domain/Activity.ts"
import { Forbidden, NotFound } from "../../domain/Errors.ts"
import * as List from "../../domain/List.ts"
import { TicketId } from "../../domain/Ticket.ts"
import { ActivityList } from "../../services/ActivityService.ts"
import { about } from "../endpoint.ts"
import { Page } from "../envelope.ts"

const closed = {
  activity_id: "0198c5f2-7b1e-7c3a-9d4f-2a6b8c0d1e2f",
  event_type: "TICKET_UPDATED",
  user_id: "0198c5f2-7b1e-7c3a-9d4f-2a6b8c0d1e30",
  user_name: "Dana Fox",
  occurred_at: "2026-03-02T09:30:00.000Z",
  summary: "Status changed from In Progress to Closed",
  changes: [
    {
      field: "status_id",
      from: "0198c5f2-7b1e-7c3a-9d4f-2a6b8c0d1e31",
      to: "0198c5f2-7b1e-7c3a-9d4f-2a6b8c0d1e32",
      from_name: "In Progress",
      to_name: "Closed"
    }
  ]
}

export class ActivityApi extends HttpApiGroup.make("activity")
  .add(
    HttpApiEndpoint.get("list", "/", {
      params: { id: TicketId },
      query: List.query(ActivityList),
      success: Page(Activity),
      error: [NotFound, Forbidden]
    }).annotateMerge(
      about({
        summary: "List what happened to a ticket",
        description:
          "The ticket's history, the latest first: who did what and when, and each change with what it was before and what " +
          "it became, ids with the names that belong to them today. A change that closed, reopened or assigned the ticket is " +
          "told once, as `TICKET_UPDATED`; with `event_type` every event of those types is listed. What a comment says is " +
          "not quoted. `search` looks in the types of events and the names of people.",
        requires: ["ticket:read"],
        example: {
          response: {
            data: [closed],
            pagination: { page: 1, limit: 25, total: 1, totalPages: 1, hasNext: false, hasPrev: false },
            meta: { sort: "occurred_at", order: "desc", filters: {} }
          }
        }
      })
    )
  )
  .prefix("/api/v1/tickets/:id/activity")
  .annotateMerge(
    OpenApi.annotations({ title: "Activity", description: "What happened to a ticket, and who did it." })
  ) {}
