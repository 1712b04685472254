import { Effect } from "effect"
import { ApiKeyList, ApiKeyService } from "../../services/ApiKeyService.ts"
import { CommunityApi } from "../Api.ts"
import { answers } from "../answers.ts"
import { one, page } from "../envelope.ts"
import { group } from "../group.ts"

export const ApiKeysHandlers = group(
  CommunityApi,
  "apiKeys",
  Effect.fn(function* (handlers) {
    const keys = yield* ApiKeyService
    return handlers.handleAll(
      answers({
        list: ({ query }) =>
          Effect.map(keys.list(query, query.all === true), (found) => page(ApiKeyList, query, found)),
        get: ({ params }) => Effect.map(keys.get(params.id), one),
        create: ({ payload }) => Effect.map(keys.create(payload), one),
        delete: ({ params }) => keys.deactivate(params.id)
      })
    )
  })
)
