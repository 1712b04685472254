import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { AssetId } from "../../domain/Asset.ts"
import { Forbidden, NotFound } from "../../domain/Errors.ts"
import * as List from "../../domain/List.ts"
import {
  InstalledSoftware,
  SoftwareChange,
  SoftwareFound,
  SoftwareInventory,
  SoftwareSummary
} from "../../domain/Software.ts"
import { InstalledSoftwareList } from "../../services/SoftwareService.ts"
import { SoftwareSearchList } from "../../services/softwareSearch.ts"
import { about } from "../endpoint.ts"
import { One, Page } from "../envelope.ts"

export class SoftwareApi extends HttpApiGroup.make("software")
  .add(
    HttpApiEndpoint.get("list", "/assets/:id/software", {
      params: { id: AssetId },
      query: List.query(InstalledSoftwareList),
      success: Schema.Struct({ ...Page(InstalledSoftware).fields, summary: SoftwareSummary }),
      error: [NotFound, Forbidden]
    }).annotateMerge(
      about({
        summary: "List an asset's software",
        description:
          "What is installed on an asset, by name; with `include_uninstalled=true` also what was once. `search` looks into " +
          "name and publisher. `summary` is of all that is installed, whatever the filters.",
        requires: ["asset:read"]
      })
    ),
    HttpApiEndpoint.put("replace", "/assets/:id/software", {
      params: { id: AssetId },
      payload: SoftwareInventory,
      success: One(SoftwareChange),
      error: [NotFound, Forbidden]
    }).annotateMerge(
      about({
        summary: "Replace an asset's software",
        description:
          "An inventory of what is installed, whole: what is not in it is not installed any more, and is kept as " +
          "uninstalled. Software is the same if its name, but for case and blanks, and its publisher are. What is sent of " +
          "category, type, management and relevance to security is said of the software on all assets; what is not sent " +
          "stays as it is.",
        requires: ["asset:update"],
        example: {
          request: {
            software: [
              {
                name: "Mozilla Firefox",
                publisher: "Mozilla",
                version: "138.0.1",
                category: "Browser",
                install_date: "2026-02-11T00:00:00.000Z"
              },
              { name: "Intel Graphics Driver", publisher: "Intel", version: "31.0.101", software_type: "driver" }
            ]
          }
        }
      })
    ),
    HttpApiEndpoint.get("search", "/software/search", {
      query: List.query(SoftwareSearchList),
      success: Page(SoftwareFound)
    }).annotateMerge(
      about({
        summary: "Search the software of all assets",
        description:
          "Software that is installed on the assets that the caller may read, on how many, in which versions and on which; " +
          "what most of them have comes first. `search` looks into name and publisher; with `client_id` only the assets of " +
          "that client count.",
        requires: ["asset:read"]
      })
    )
  )
  .prefix("/api/v1")
  .annotateMerge(
    OpenApi.annotations({
      title: "Software",
      description: "What is installed on assets."
    })
  ) {}
