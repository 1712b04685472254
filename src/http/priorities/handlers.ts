import { Effect } from "effect"
import { PriorityList, PriorityService } from "../../services/PriorityService.ts"
import { CommunityApi } from "../Api.ts"
import { answers } from "../answers.ts"
import { one, page } from "../envelope.ts"
import { group } from "../group.ts"

export const PrioritiesHandlers = group(
  CommunityApi,
  "priorities",
  Effect.fn(function* (handlers) {
    const priorities = yield* PriorityService
    return handlers.handleAll(
      answers({
        list: ({ query }) => Effect.map(priorities.list(query), (found) => page(PriorityList, query, found)),
        get: ({ params }) => Effect.map(priorities.get(params.id), one)
      })
    )
  })
)
