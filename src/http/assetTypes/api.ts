import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { AssetTypeChanges, AssetTypeId, NewAssetType, RegisteredAssetType } from "../../domain/AssetType.ts"
import { Conflict, NotFound, ValidationFailed } from "../../domain/Errors.ts"
import * as List from "../../domain/List.ts"
import { AssetTypeList } from "../../services/AssetTypeService.ts"
import { about } from "../endpoint.ts"
import { One, Page } from "../envelope.ts"
import { Idempotency } from "../middleware/Idempotency.ts"
import { Versioned } from "../middleware/Versioned.ts"

const example = {
  name: "UPS",
  slug: "ups",
  icon: "battery",
  fields_schema: [
    { key: "capacity_va", label: "Capacity in VA", type: "number", required: true },
    { key: "batteries_changed_on", label: "Batteries changed on", type: "date" },
    { key: "topology", label: "Topology", type: "select", options: ["standby", "line interactive", "online"] }
  ]
}

export class AssetTypesApi extends HttpApiGroup.make("assetTypes")
  .add(
    HttpApiEndpoint.get("list", "/", {
      query: List.query(AssetTypeList),
      success: Page(RegisteredAssetType)
    }).annotateMerge(
      about({
        summary: "List asset types",
        description:
          "The types that the tenant's assets can have, in display order: the built-in ones, and the tenant's own. Each " +
          "lists the fields that `extension_data` of its assets can have.",
        requires: ["asset:read"]
      })
    ),
    HttpApiEndpoint.get("get", "/:id", {
      params: { id: AssetTypeId },
      success: One(RegisteredAssetType),
      error: NotFound
    })
      .middleware(Versioned)
      .annotateMerge(
        about({
          summary: "Get an asset type",
          description: "One type with its fields, by its id. `ETag` is its version.",
          requires: ["asset:read"]
        })
      ),
    HttpApiEndpoint.post("create", "/", {
      payload: NewAssetType,
      success: One(RegisteredAssetType).pipe(HttpApiSchema.status(201)),
      error: [Conflict, ValidationFailed]
    })
      .middleware(Idempotency)
      .annotateMerge(
        about({
          summary: "Create an asset type",
          description:
            "A new type of the tenant's own. Its `slug` is what its assets have as `asset_type`; left out, it is made of the " +
            "name. A field of text, number, boolean, date or select is judged whenever an asset of the type is written.",
          requires: ["asset:create"],
          example: { request: example }
        })
      ),
    HttpApiEndpoint.put("update", "/:id", {
      params: { id: AssetTypeId },
      payload: AssetTypeChanges,
      success: One(RegisteredAssetType),
      error: [NotFound, Conflict, ValidationFailed]
    })
      .middleware(Versioned)
      .annotateMerge(
        about({
          summary: "Change an asset type",
          description:
            "Changes what is sent, and leaves the rest as it is; with `If-Match`, only the version that it names. The assets " +
            "of a type get its new `slug` along with it. `fields_schema` replaces all fields: of a built-in type the built-in " +
            "ones have to be in it as they are, and others can be added to them. Assets keep what they have, and are judged by " +
            "the new definition when their data are next written.",
          requires: ["asset:update"],
          example: { request: { name: "Uninterruptible power supply", display_order: 6 } }
        })
      ),
    HttpApiEndpoint.delete("delete", "/:id", {
      params: { id: AssetTypeId },
      success: HttpApiSchema.NoContent,
      error: [NotFound, Conflict]
    })
      .middleware(Versioned)
      .annotateMerge(
        about({
          summary: "Delete an asset type",
          description:
            "Deletes a type of the tenant's own; with `If-Match`, only the version that it names. A built-in type is a 409, " +
            "and so is one that assets are of, or that products become: that one says how many.",
          requires: ["asset:delete"]
        })
      )
  )
  .prefix("/api/v1/asset-types")
  .annotateMerge(
    OpenApi.annotations({
      title: "Asset types",
      description: "What kinds of asset there are, and what there is to know of each: the fields of `extension_data`."
    })
  ) {}
