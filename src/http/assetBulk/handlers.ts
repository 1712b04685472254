import { Effect } from "effect"
import { AssetBulkService } from "../../services/AssetBulkService.ts"
import { CommunityApi } from "../Api.ts"
import { answers } from "../answers.ts"
import { group } from "../group.ts"

export const AssetBulkHandlers = group(
  CommunityApi,
  "assetBulk",
  Effect.fn(function* (handlers) {
    const assets = yield* AssetBulkService
    return handlers.handleAll(
      answers({
        update: ({ payload }) =>
          Effect.map(assets.update(payload), (data) => ({
            data,
            meta: { message: `Updated ${data.length} assets` }
          })),
        setStatus: ({ payload }) =>
          Effect.map(assets.setStatus(payload), (data) => ({
            data,
            meta: { message: `Updated status for ${data.length} assets` }
          }))
      })
    )
  })
)
