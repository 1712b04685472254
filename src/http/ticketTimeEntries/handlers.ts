import { Effect } from "effect"
import { TimeEntryService } from "../../services/TimeEntryService.ts"
import { CommunityApi } from "../Api.ts"
import { answers } from "../answers.ts"
import { one } from "../envelope.ts"
import { group } from "../group.ts"

export const TicketTimeEntriesHandlers = group(
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
