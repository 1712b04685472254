import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { Asset } from "../../domain/Asset.ts"
import { AssetBulkChanges, AssetBulkStatus } from "../../domain/AssetBulk.ts"
import { NotFound, ValidationFailed } from "../../domain/Errors.ts"
import { about } from "../endpoint.ts"
import { ListMeta } from "../envelope.ts"

/** The assets as they are now, and how many. */
const Changed = Schema.Struct({
  data: Schema.Array(Asset),
  meta: Schema.Struct({ message: Schema.String, ignored: ListMeta.fields.ignored })
})

export class AssetBulkApi extends HttpApiGroup.make("assetBulk")
  .add(
    HttpApiEndpoint.put("update", "/bulk-update", {
      payload: AssetBulkChanges,
      success: Changed,
      error: [NotFound, ValidationFailed]
    }).annotateMerge(
      about({
        summary: "Change many assets",
        description:
          "Changes up to 500 assets, each in its own way, by the rules for changing one: all of them, or none. What is wrong " +
          "is a 400 with the index of the asset in the path of each issue, and so is an asset that is there twice; ids that " +
          "are not there are a 404 that names them.",
        requires: ["asset:update"]
      })
    ),
    HttpApiEndpoint.put("setStatus", "/bulk-status", {
      payload: AssetBulkStatus,
      success: Changed,
      error: [NotFound, ValidationFailed]
    }).annotateMerge(
      about({
        summary: "Give many assets one status",
        description: "Gives up to 500 assets the same status: all of them, or none.",
        requires: ["asset:update"]
      })
    )
  )
  .prefix("/api/v1/assets")
  .annotateMerge(
    OpenApi.annotations({
      title: "Many assets at once",
      description: "Changes of many assets in one request: all of them, or none."
    })
  ) {}
