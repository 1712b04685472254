import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { Asset, AssetChanges, AssetDetail, AssetId, NewAsset } from "../../domain/Asset.ts"
import { AssetHistory } from "../../domain/AssetHistory.ts"
import { AssetSearchQuery, FoundAsset } from "../../domain/AssetSearch.ts"
import { BadReference, Conflict, NotFound, ValidationFailed } from "../../domain/Errors.ts"
import * as List from "../../domain/List.ts"
import { AssetHistoryList } from "../../services/AssetHistoryService.ts"
import { AssetList } from "../../services/assetRows.ts"
import { about } from "../endpoint.ts"
import { One, Page } from "../envelope.ts"
import { Idempotency } from "../middleware/Idempotency.ts"
import { Versioned } from "../middleware/Versioned.ts"

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
    HttpApiEndpoint.get("search", "/search", {
      query: AssetSearchQuery,
      success: One(Schema.Array(FoundAsset))
    }).annotateMerge(
      about({
        summary: "Search assets",
        description:
          "The newest assets that have a text in their name, asset tag, serial number, location or client's name, or in " +
          "those `fields` that are named.",
        requires: ["asset:read"]
      })
    ),
    HttpApiEndpoint.get("get", "/:id", {
      params: { id: AssetId },
      success: One(AssetDetail),
      error: NotFound
    })
      .middleware(Versioned)
      .annotateMerge(
        about({
          summary: "Get an asset",
          description:
            "One asset with its client, extension data, relationships, documents and maintenance schedules. `ETag` is its " +
            "version.",
          requires: ["asset:read"]
        })
      ),
    HttpApiEndpoint.get("history", "/:id/history", {
      params: { id: AssetId },
      query: List.query(AssetHistoryList),
      success: Page(AssetHistory),
      error: NotFound
    }).annotateMerge(
      about({
        summary: "List what happened to an asset",
        description:
          "Who changed what, when, and what it was before; and the maintenance that was done. The latest first. `kind` " +
          "leaves only changes, or only maintenance.",
        requires: ["asset:read"]
      })
    ),
    HttpApiEndpoint.post("create", "/", {
      payload: NewAsset,
      success: One(AssetDetail).pipe(HttpApiSchema.status(201)),
      error: [ValidationFailed, BadReference, Conflict]
    })
      .middleware(Idempotency)
      .annotateMerge(
        about({
          summary: "Create an asset",
          description:
            "A new asset of a client's. `asset_type` is the slug of one of the tenant's types, and `extension_data` holds the " +
            "fields that this type lists: one that it does not list is a 400 that names it, and so is a required one that is " +
            "missing.",
          requires: ["asset:create"]
        })
      ),
    HttpApiEndpoint.put("update", "/:id", {
      params: { id: AssetId },
      payload: AssetChanges,
      success: One(AssetDetail),
      error: [NotFound, ValidationFailed, BadReference, Conflict]
    })
      .middleware(Versioned)
      .annotateMerge(
        about({
          summary: "Change an asset",
          description:
            "Changes the fields that are sent, null clearing an optional one, and leaves the others as they are; with " +
            "`If-Match`, only the version that it names. Of `extension_data` the fields that are sent are replaced, null " +
            "taking one away; the whole is then judged by its type. Without new ones, an asset that moves to another client " +
            "loses its location, and one that becomes another type the extension data that do not fit it. `rmm_provider` and " +
            "`rmm_device_id` tie it to its agent in an RMM, which no other asset has (409).",
          requires: ["asset:update"],
          example: { request: { status: "maintenance", location: "Rack 4" } }
        })
      ),
    HttpApiEndpoint.delete("delete", "/:id", {
      params: { id: AssetId },
      success: HttpApiSchema.NoContent,
      error: [NotFound, Conflict]
    })
      .middleware(Versioned)
      .annotateMerge(
        about({
          summary: "Delete an asset",
          description:
            "Deletes an asset with its links to tickets, its relationships, its maintenance, its software, its notes and its " +
            "documents, unless these belong to something else as well; with `If-Match`, only the version that it names. One " +
            "that a unit of stock became is a 409.",
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
