import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { AssetId } from "../../domain/Asset.ts"
import { AssetStats } from "../../domain/AssetStats.ts"
import { AssetSummary } from "../../domain/AssetSummary.ts"
import { NotFound } from "../../domain/Errors.ts"
import * as List from "../../domain/List.ts"
import { AssetList } from "../../services/assetRows.ts"
import { about } from "../endpoint.ts"
import { One } from "../envelope.ts"

export class AssetFiguresApi extends HttpApiGroup.make("assetFigures")
  .add(
    HttpApiEndpoint.get("stats", "/stats", {
      query: List.filterQuery(AssetList),
      success: One(AssetStats)
    }).annotateMerge(
      about({
        summary: "Get the figures of assets",
        description:
          "How many there are, of what kind, and what they are worth; of all assets, or of those that the filters of the " +
          "list find.",
        requires: ["asset:read"]
      })
    ),
    HttpApiEndpoint.get("summary", "/:id/summary", {
      params: { id: AssetId },
      success: One(AssetSummary),
      error: NotFound
    }).annotateMerge(
      about({
        summary: "Get how an asset is doing",
        description:
          "Its health, as its agent tells it; its open tickets; what is wrong with the protection of a workstation or a " +
          "server, as `antivirus_status` (`at_risk`, or `none` and the like), `failed_patches` and `pending_patches` of its " +
          "extension data or attributes tell it; and how long its warranty lasts.",
        requires: ["asset:read"]
      })
    )
  )
  .prefix("/api/v1/assets")
  .annotateMerge(
    OpenApi.annotations({
      title: "Asset figures",
      description: "How many assets there are, of what kind, and how each of them is doing."
    })
  ) {}
