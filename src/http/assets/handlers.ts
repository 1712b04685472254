import { Effect } from "effect"
import { AssetHistoryList, AssetHistoryService } from "../../services/AssetHistoryService.ts"
import { AssetSearchService } from "../../services/AssetSearchService.ts"
import { AssetService } from "../../services/AssetService.ts"
import { AssetList } from "../../services/assetRows.ts"
import { CommunityApi } from "../Api.ts"
import { answers } from "../answers.ts"
import { one, page } from "../envelope.ts"
import { group } from "../group.ts"

export const AssetsHandlers = group(
  CommunityApi,
  "assets",
  Effect.fn(function* (handlers) {
    const assets = yield* AssetService
    const searching = yield* AssetSearchService
    const histories = yield* AssetHistoryService
    return handlers.handleAll(
      answers({
        list: ({ query }) => Effect.map(assets.list(query), (found) => page(AssetList, query, found)),
        search: ({ query }) => Effect.map(searching.search(query), one),
        history: ({ params, query }) =>
          Effect.map(histories.list(params.id, query), (found) => page(AssetHistoryList, query, found)),
        get: ({ params }) => Effect.map(assets.get(params.id), one),
        create: ({ payload }) => Effect.map(assets.create(payload), one),
        update: ({ params, payload }) => Effect.map(assets.update(params.id, payload), one),
        delete: ({ params }) => assets.delete(params.id)
      })
    )
  })
)
