import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { AssetId } from "../../domain/Asset.ts"
import {
  AssetLink,
  LinkChanges,
  LinkedAsset,
  LinkedTicket,
  NewAssetLink,
  NewTicketLink
} from "../../domain/AssetLink.ts"
import { Conflict, NotFound } from "../../domain/Errors.ts"
import { PathId } from "../../domain/Field.ts"
import * as List from "../../domain/List.ts"
import { LinkedAssetList, LinkedTicketList } from "../../services/assetLinkRows.ts"
import { about } from "../endpoint.ts"
import { One, Page } from "../envelope.ts"
import { Idempotency } from "../middleware/Idempotency.ts"

const TicketId = PathId("ticket")
const created = One(AssetLink).pipe(HttpApiSchema.status(201))
const once = "One link a pair, whatever its type: a second one is a 409. The asset may be another client's."
const either = "The link goes from both sides, whichever of them it was made from."
const anew = "How they belong together, and notes on it: what is sent is changed on both sides."

export class AssetLinksApi extends HttpApiGroup.make("assetLinks")
  .add(
    HttpApiEndpoint.get("ticketsOfAsset", "/assets/:id/tickets", {
      params: { id: AssetId },
      query: List.query(LinkedTicketList),
      success: Page(LinkedTicket),
      error: NotFound
    }).annotateMerge(
      about({
        summary: "List an asset's tickets",
        description: "The tickets an asset is linked to, the last changed first.",
        requires: ["asset:read", "ticket:read"]
      })
    ),
    HttpApiEndpoint.post("linkTicket", "/assets/:id/tickets", {
      params: { id: AssetId },
      payload: NewTicketLink,
      success: created,
      error: [NotFound, Conflict]
    })
      .middleware(Idempotency)
      .annotateMerge(
        about({ summary: "Link a ticket to an asset", description: once, requires: ["asset:update", "ticket:read"] })
      ),
    HttpApiEndpoint.put("changeTicketLink", "/assets/:id/tickets/:ticketId", {
      params: { id: AssetId, ticketId: TicketId },
      payload: LinkChanges,
      success: One(AssetLink),
      error: NotFound
    }).annotateMerge(
      about({
        summary: "Change an asset's link to a ticket",
        description: anew,
        requires: ["asset:update", "ticket:read"]
      })
    ),
    HttpApiEndpoint.delete("unlinkTicket", "/assets/:id/tickets/:ticketId", {
      params: { id: AssetId, ticketId: TicketId },
      success: HttpApiSchema.NoContent,
      error: NotFound
    }).annotateMerge(
      about({
        summary: "Unlink a ticket from an asset",
        description: either,
        requires: ["asset:update", "ticket:read"]
      })
    ),
    HttpApiEndpoint.get("assetsOfTicket", "/tickets/:id/assets", {
      params: { id: TicketId },
      query: List.query(LinkedAssetList),
      success: Page(LinkedAsset),
      error: NotFound
    }).annotateMerge(
      about({
        summary: "List a ticket's assets",
        description: "The assets a ticket is linked to, the last linked first.",
        requires: ["asset:read", "ticket:read"]
      })
    ),
    HttpApiEndpoint.post("linkAsset", "/tickets/:id/assets", {
      params: { id: TicketId },
      payload: NewAssetLink,
      success: created,
      error: [NotFound, Conflict]
    })
      .middleware(Idempotency)
      .annotateMerge(
        about({ summary: "Link an asset to a ticket", description: once, requires: ["ticket:update", "asset:read"] })
      ),
    HttpApiEndpoint.put("changeAssetLink", "/tickets/:id/assets/:assetId", {
      params: { id: TicketId, assetId: AssetId },
      payload: LinkChanges,
      success: One(AssetLink),
      error: NotFound
    }).annotateMerge(
      about({
        summary: "Change a ticket's link to an asset",
        description: anew,
        requires: ["ticket:update", "asset:read"]
      })
    ),
    HttpApiEndpoint.delete("unlinkAsset", "/tickets/:id/assets/:assetId", {
      params: { id: TicketId, assetId: AssetId },
      success: HttpApiSchema.NoContent,
      error: NotFound
    }).annotateMerge(
      about({
        summary: "Unlink an asset from a ticket",
        description: either,
        requires: ["ticket:update", "asset:read"]
      })
    )
  )
  .prefix("/api/v1")
  .annotateMerge(
    OpenApi.annotations({
      title: "Asset links",
      description: "A link says that a ticket is about an asset. It is one record, seen from both sides."
    })
  ) {}
