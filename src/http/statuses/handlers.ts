import { Effect } from "effect"
import { StatusList, StatusService } from "../../services/StatusService.ts"
import { CommunityApi } from "../Api.ts"
import { answers } from "../answers.ts"
import { one, page } from "../envelope.ts"
import { group } from "../group.ts"

export const StatusesHandlers = group(
  CommunityApi,
  "statuses",
  Effect.fn(function* (handlers) {
    const statuses = yield* StatusService
    return handlers.handleAll(
      answers({
        list: ({ query }) => Effect.map(statuses.list(query), (found) => page(StatusList, query, found)),
        get: ({ params }) => Effect.map(statuses.get(params.id), one),
        create: ({ payload }) => Effect.map(statuses.create(payload), one),
        update: ({ params, payload }) => Effect.map(statuses.update(params.id, payload), one),
        delete: ({ params }) => statuses.delete(params.id)
      })
    )
  })
)
