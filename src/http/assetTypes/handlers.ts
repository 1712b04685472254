import { Effect } from "effect"
import { AssetTypeList, AssetTypeService } from "../../services/AssetTypeService.ts"
import { CommunityApi } from "../Api.ts"
import { answers } from "../answers.ts"
import { one, page } from "../envelope.ts"
import { group } from "../group.ts"

export const AssetTypesHandlers = group(
  CommunityApi,
  "assetTypes",
  Effect.fn(function* (handlers) {
    const types = yield* AssetTypeService
    return handlers.handleAll(
      answers({
        list: ({ query }) => Effect.map(types.list(query), (found) => page(AssetTypeList, query, found)),
        get: ({ params }) => Effect.map(types.get(params.id), one),
        create: ({ payload }) => Effect.map(types.create(payload), one),
        update: ({ params, payload }) => Effect.map(types.update(params.id, payload), one),
        delete: ({ params }) => types.delete(params.id)
      })
    )
  })
)
