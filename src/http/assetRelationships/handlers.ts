import { Effect } from "effect"
import { AssetRelationshipService } from "../../services/AssetRelationshipService.ts"
import { CommunityApi } from "../Api.ts"
import { answers } from "../answers.ts"
import { one } from "../envelope.ts"
import { group } from "../group.ts"

export const AssetRelationshipsHandlers = group(
  CommunityApi,
  "assetRelationships",
  Effect.fn(function* (handlers) {
    const relationships = yield* AssetRelationshipService
    return handlers.handleAll(
      answers({
        list: ({ params, query }) =>
          Effect.map(relationships.list(params.id, query), ({ rows, truncated }) => ({
            data: rows,
            meta: { truncated }
          })),
        create: ({ params, payload }) => Effect.map(relationships.relate(params.id, payload), one),
        delete: ({ params }) => relationships.remove(params.relationshipId),
        unrelate: ({ params, query }) =>
          relationships.unrelate(params.id, params.relatedAssetId, query.relationship_type)
      })
    )
  })
)
