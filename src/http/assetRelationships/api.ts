import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { AssetId } from "../../domain/Asset.ts"
import {
  AssetRelationship,
  NewAssetRelationship,
  RelatedAsset,
  RelatedAssetId,
  RelationshipId,
  relationshipsQuery
} from "../../domain/AssetRelationship.ts"
import { Conflict, NotFound, ValidationFailed } from "../../domain/Errors.ts"
import { Text } from "../../domain/Field.ts"
import { about } from "../endpoint.ts"
import { Meta, One } from "../envelope.ts"
import { Idempotency } from "../middleware/Idempotency.ts"

const Related = Schema.Struct({
  data: Schema.Array(RelatedAsset),
  meta: Schema.Struct({
    ...Meta.fields,
    truncated: Schema.Boolean.annotate({ description: "There are more than the 1,000 that are here" })
  })
})

const either = "The relationship goes from both assets, and the histories of both tell of it."

export class AssetRelationshipsApi extends HttpApiGroup.make("assetRelationships")
  .add(
    HttpApiEndpoint.get("list", "/:id/relationships", {
      params: { id: AssetId },
      query: relationshipsQuery,
      success: Related,
      error: NotFound
    }).annotateMerge(
      about({
        summary: "List what an asset hangs together with",
        description:
          "The relationships of an asset, the oldest first. With `depth`, every asset that it leads to in so many steps, once " +
          "and the nearest first: from parents to children, which is what goes down with it, unless `direction` says `up` " +
          "or `both`. Up and down go the types of relationship that have an above and a below, or those that " +
          "`relationship_type` names; `both` goes any, either way. An asset that the caller may not read is left out, and " +
          "nothing is reached by way of it. At most 1,000: `meta.truncated` tells whether there are more.",
        requires: ["asset:read"]
      })
    ),
    HttpApiEndpoint.post("create", "/:id/relationships", {
      params: { id: AssetId },
      payload: NewAssetRelationship,
      success: One(AssetRelationship).pipe(HttpApiSchema.status(201)),
      error: [NotFound, Conflict, ValidationFailed]
    })
      .middleware(Idempotency)
      .annotateMerge(
        about({
          summary: "Relate an asset to another",
          description:
            "The related asset becomes the child of this one, which goes down with it, or its parent as `direction` says. " +
            "Two assets have one relationship of a type, whichever is the parent: another is a 409. So is one that would put " +
            "an asset above itself, of a type that has an above and a below.",
          requires: ["asset:update"]
        })
      ),
    HttpApiEndpoint.delete("delete", "/relationships/:relationshipId", {
      params: { relationshipId: RelationshipId },
      success: HttpApiSchema.NoContent,
      error: NotFound
    }).annotateMerge(
      about({
        summary: "Delete a relationship of assets",
        description: `${either} As \`<parent>_<child>\`, all that there are from the one to the other.`,
        requires: ["asset:update"]
      })
    ),
    HttpApiEndpoint.delete("unrelate", "/:id/relationships/:relatedAssetId", {
      params: { id: AssetId, relatedAssetId: RelatedAssetId },
      query: {
        relationship_type: Schema.optionalKey(Text(100)).annotateKey({ description: "Only the one of this type" })
      },
      success: HttpApiSchema.NoContent,
      error: NotFound
    }).annotateMerge(
      about({
        summary: "Delete what relates an asset to another",
        description: `${either} All relationships of the two go, whichever is the parent.`,
        requires: ["asset:update"]
      })
    )
  )
  .prefix("/api/v1/assets")
  .annotateMerge(
    OpenApi.annotations({
      title: "Asset relationships",
      description:
        "How assets hang together: which is part of another, runs on it, or gets its power or network from it."
    })
  ) {}
