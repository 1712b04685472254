import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { AssetBulkService } from "../../services/AssetBulkService.ts"
import { CommunityApi } from "../Api.ts"
import { answers } from "../answers.ts"

export const AssetBulkHandlers = HttpApiBuilder.group(
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
