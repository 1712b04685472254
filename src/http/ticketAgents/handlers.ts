import { Effect } from "effect"
import { TicketAgentService } from "../../services/TicketAgentService.ts"
import { CommunityApi } from "../Api.ts"
import { answers } from "../answers.ts"
import { one } from "../envelope.ts"
import { group } from "../group.ts"

export const TicketAgentsHandlers = group(
  CommunityApi,
  "ticketAgents",
  Effect.fn(function* (handlers) {
    const agents = yield* TicketAgentService
    return handlers.handleAll(
      answers({
        list: ({ params }) => Effect.map(agents.list(params.id), one),
        add: ({ params, payload }) => Effect.map(agents.add(params.id, payload), one),
        remove: ({ params }) => agents.remove(params.id, params.userId),
        assignTeam: ({ params, payload }) => Effect.map(agents.assignTeam(params.id, payload), one),
        removeTeam: ({ params, payload }) => Effect.map(agents.removeTeam(params.id, payload), one)
      })
    )
  })
)
