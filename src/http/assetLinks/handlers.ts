import { Effect } from "effect"
import { AssetLinkService } from "../../services/AssetLinkService.ts"
import { LinkedAssetList, LinkedTicketList } from "../../services/assetLinkRows.ts"
import { CommunityApi } from "../Api.ts"
import { answers } from "../answers.ts"
import { one, page } from "../envelope.ts"
import { group } from "../group.ts"

export const AssetLinksHandlers = group(
  CommunityApi,
  "assetLinks",
  Effect.fn(function* (handlers) {
    const links = yield* AssetLinkService
    return handlers.handleAll(
      answers({
        ticketsOfAsset: ({ params, query }) =>
          Effect.map(links.ticketsOf(params.id, query), (found) => page(LinkedTicketList, query, found)),
        linkTicket: ({ params, payload: { ticket_id, ...terms } }) =>
          Effect.map(links.link(params.id, ticket_id, terms, "asset"), one),
        changeTicketLink: ({ params, payload }) => Effect.map(links.change(params.id, params.ticketId, payload), one),
        unlinkTicket: ({ params }) => links.unlink(params.id, params.ticketId),
        assetsOfTicket: ({ params, query }) =>
          Effect.map(links.assetsOf(params.id, query), (found) => page(LinkedAssetList, query, found)),
        linkAsset: ({ params, payload: { asset_id, ...terms } }) =>
          Effect.map(links.link(asset_id, params.id, terms, "ticket"), one),
        changeAssetLink: ({ params, payload }) => Effect.map(links.change(params.assetId, params.id, payload), one),
        unlinkAsset: ({ params }) => links.unlink(params.assetId, params.id)
      })
    )
  })
)
