import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { Asset, AssetChanges, AssetDetail, AssetId, NewAsset } from "../../domain/Asset.ts"
import { BadReference, Conflict, NotFound, ValidationFailed } from "../../domain/Errors.ts"
import * as List from "../../domain/List.ts"
import { AssetList } from "../../services/AssetService.ts"
import { about } from "../endpoint.ts"
import { One, Page } from "../envelope.ts"

export class AssetsApi extends HttpApiGroup.make("assets")
  .add(
    HttpApiEndpoint.get("list", "/", { query: List.query(AssetList), success: Page(Asset) }).annotateMerge(
      about({
        summary: "List assets",
        description:
          "The tenant's assets, the newest first. `search` looks into name, asset tag, serial number and client name.",
        requires: ["asset:read"]
      })
    ),
    HttpApiEndpoint.get("get", "/:id", {
      params: { id: AssetId },
      success: One(AssetDetail),
      error: NotFound
    }).annotateMerge(
      about({
        summary: "Get an asset",
        description: "One asset with its client, extension data, relationships, documents and maintenance schedules.",
        requires: ["asset:read"]
      })
    ),
    HttpApiEndpoint.post("create", "/", {
      payload: NewAsset,
      success: One(AssetDetail).pipe(HttpApiSchema.status(201)),
      error: [ValidationFailed, BadReference]
    }).annotateMerge(
      about({
        summary: "Create an asset",
        description:
          "A new asset of a client's. `extension_data` holds the fields of its own type, and a field that this type " +
          "does not have is a 400 that names it.",
        requires: ["asset:create"]
      })
    ),
    HttpApiEndpoint.put("update", "/:id", {
      params: { id: AssetId },
      payload: AssetChanges,
      success: One(AssetDetail),
      error: [NotFound, ValidationFailed, BadReference]
    }).annotateMerge(
      about({
        summary: "Change an asset",
        description:
          "Changes the fields that are sent, null clearing an optional one, and leaves the others as they are. " +
          "`extension_data` is replaced as a whole. Without new ones, an asset that moves to another client loses its " +
          "location, and one that becomes another type the extension data that do not fit it.",
        requires: ["asset:update"],
        example: { request: { status: "maintenance", location: "Rack 4" } }
      })
    ),
    HttpApiEndpoint.delete("delete", "/:id", {
      params: { id: AssetId },
      success: HttpApiSchema.NoContent,
      error: [NotFound, Conflict]
    }).annotateMerge(
      about({
        summary: "Delete an asset",
        description:
          "Deletes an asset with its links to tickets, its relationships and its maintenance schedules. One that a unit of " +
          "stock became is a 409.",
        requires: ["asset:delete"]
      })
    )
  )
  .prefix("/api/v1/assets")
  .annotateMerge(
    OpenApi.annotations({
      title: "Assets",
      description: "An asset is a thing of a client's that the provider looks after: a computer, a printer, a phone."
    })
  ) {}
