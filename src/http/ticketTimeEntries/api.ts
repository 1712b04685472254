import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { BadReference, Conflict, Forbidden, NotFound } from "../../domain/Errors.ts"
import { TicketId } from "../../domain/Ticket.ts"
import { NewTimeOnItem, TicketTime, TimeEntry } from "../../domain/TimeEntry.ts"
import { about } from "../endpoint.ts"
import { One } from "../envelope.ts"
import { Idempotency } from "../middleware/Idempotency.ts"

export class TicketTimeEntriesApi extends HttpApiGroup.make("ticketTimeEntries")
  .add(
    HttpApiEndpoint.get("list", "/", {
      params: { id: TicketId },
      success: One(TicketTime),
      error: [NotFound, Forbidden]
    }).annotateMerge(
      about({
        summary: "Show the time spent on a ticket",
        description:
          "Your own entries, and those of the people who report to you, directly or not; everybody's with " +
          "`timesheet:read_all`. The last begun comes first. The entries you may not see are only in the totals, which " +
          "are in minutes.",
        requires: ["ticket:read", "timeentry:read"]
      })
    ),
    HttpApiEndpoint.post("add", "/", {
      params: { id: TicketId },
      payload: NewTimeOnItem,
      success: One(TimeEntry).pipe(HttpApiSchema.status(201)),
      error: [NotFound, Forbidden, BadReference, Conflict]
    })
      .middleware(Idempotency)
      .annotateMerge(
        about({
          summary: "Enter time for a ticket",
          description:
            "Time that you have worked. Both times are cut to their minute, and must not overlap with another of your " +
            "entries: 409. The entry belongs to the day of its start in your time zone, and to your time sheet of that " +
            "day's period, which is made if need be; one that is submitted or approved takes no more entries, nor does " +
            "a closed period: 409. A date outside of all periods is a 400. A tenant without periods has no time sheets.",
          requires: ["ticket:read", "timeentry:create"]
        })
      )
  )
  .prefix("/api/v1/tickets/:id/time-entries")
  .annotateMerge(
    OpenApi.annotations({
      title: "Time entries of tickets",
      description: "The time that people have spent on a ticket."
    })
  ) {}
