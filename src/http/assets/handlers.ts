import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { AssetList, AssetService } from "../../services/AssetService.ts"
import { CommunityApi } from "../Api.ts"
import { answers } from "../answers.ts"
import { one, page } from "../envelope.ts"

export const AssetsHandlers = HttpApiBuilder.group(
  CommunityApi,
  "assets",
  Effect.fn(function* (handlers) {
    const assets = yield* AssetService
    return handlers.handleAll(
      answers({
        list: ({ query }) => Effect.map(assets.list(query), (found) => page(AssetList, query, found)),
        get: ({ params }) => Effect.map(assets.get(params.id), one),
        create: ({ payload }) => Effect.map(assets.create(payload), one),
        update: ({ params, payload }) => Effect.map(assets.update(params.id, payload), one),
        delete: ({ params }) => assets.delete(params.id)
      })
    )
  })
)
