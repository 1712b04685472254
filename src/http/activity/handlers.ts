import { Effect } from "effect"
import { ActivityList, ActivityService } from "../../services/ActivityService.ts"
import { CommunityApi } from "../Api.ts"
import { answers } from "../answers.ts"
import { page } from "../envelope.ts"
import { group } from "../group.ts"

export const ActivityHandlers = group(
  CommunityApi,
  "activity",
  Effect.fn(function* (handlers) {
    const activity = yield* ActivityService
    return handlers.handleAll(
      answers({
        list: ({ params, query }) =>
          Effect.map(activity.list(params.id, query), (found) => page(ActivityList, query, found))
      })
    )
  })
)
