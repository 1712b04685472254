import { Effect } from "effect"
import { TicketFromAsset } from "../../services/TicketFromAsset.ts"
import { TicketSearchService } from "../../services/TicketSearchService.ts"
import { TicketService } from "../../services/TicketService.ts"
import { TicketStatsService } from "../../services/TicketStatsService.ts"
import { TicketList } from "../../services/ticketRows.ts"
import { CommunityApi } from "../Api.ts"
import { answers } from "../answers.ts"
import { one, page } from "../envelope.ts"
import { group } from "../group.ts"

export const TicketsHandlers = group(
  CommunityApi,
  "tickets",
  Effect.fn(function* (handlers) {
    const tickets = yield* TicketService
    const searching = yield* TicketSearchService
    const figures = yield* TicketStatsService
    const fromAsset = yield* TicketFromAsset
    return handlers.handleAll(
      answers({
        list: ({ query }) => {
          const { field: _, fields: __, range: ___, ...shown } = query
          return Effect.map(tickets.list(query), (found) => page(TicketList, shown, found))
        },
        search: ({ query }) => Effect.map(searching.search(query), one),
        stats: ({ query }) => Effect.map(figures.stats(query), one),
        statuses: ({ query }) => Effect.map(tickets.statuses(query.board_id), one),
        priorities: () => Effect.map(tickets.priorities, one),
        get: ({ params, query: { fields } }) =>
          Effect.map(fields === undefined ? tickets.get(params.id) : tickets.getFields(params.id, fields), one),
        create: ({ payload }) => Effect.map(tickets.create(payload), one),
        createFromAsset: ({ payload }) => Effect.map(fromAsset.create(payload), one),
        update: ({ params, payload }) => Effect.map(tickets.update(params.id, payload), one),
        delete: ({ params }) => tickets.delete(params.id),
        setStatus: ({ params, payload }) => Effect.map(tickets.update(params.id, payload), one),
        setAssignment: ({ params, payload }) => Effect.map(tickets.update(params.id, payload), one)
      })
    )
  })
)
