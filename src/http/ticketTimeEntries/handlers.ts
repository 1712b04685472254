import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { TimeEntryService } from "../../services/TimeEntryService.ts"
import { CommunityApi } from "../Api.ts"
import { answers } from "../answers.ts"
import { one } from "../envelope.ts"

export const TicketTimeEntriesHandlers = HttpApiBuilder.group(
  CommunityApi,
  "ticketTimeEntries",
  Effect.fn(function* (handlers) {
    const entries = yield* TimeEntryService
    return handlers.handleAll(
      answers({
        list: ({ params }) => Effect.map(entries.ofTicket(params.id), one),
        add: ({ params, payload }) => Effect.map(entries.addToTicket(params.id, payload), one)
      })
    )
  })
)
