import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Actor, type Caller } from "../domain/Actor.ts"
import { type AssetLink, LinkedAsset, LinkedTicket, type LinkTerms } from "../domain/AssetLink.ts"
import { Conflict, Forbidden, NotFound, type ValidationFailed } from "../domain/Errors.ts"
import * as List from "../domain/List.ts"
import { columnsOf } from "./columns.ts"
import { refusing, unfailing } from "./constraints.ts"
import { recordEvent } from "./events.ts"
import { conditions, page } from "./list.ts"
import { isReadable, readableTickets, requireTicket } from "./ticketAccess.ts"

/** The tickets of an asset. */
export const LinkedTicketList = List.make({
  filters: {},
  sorts: {
    updated_at: List.byTime("t.updated_at"),
    entered_at: List.byTime("t.entered_at"),
    linked_at: List.byTime("l.created_at"),
    ticket_number: "t.ticket_number",
    title: "t.title"
  },
  defaultSort: "updated_at",
  defaultOrder: "desc",
  id: "t.ticket_id",
  search: ["t.ticket_number", "t.title"]
})

/** The assets of a ticket. */
export const LinkedAssetList = List.make({
  filters: {},
  sorts: {
    linked_at: List.byTime("l.created_at"),
    name: "a.name",
    asset_tag: "a.asset_tag",
    asset_type: "a.asset_type",
    client_name: "c.client_name"
  },
  defaultSort: "linked_at",
  defaultOrder: "desc",
  id: "a.asset_id",
  search: ["a.name", "a.asset_tag", "a.serial_number", "c.client_name"]
})

const linkColumns = {
  relationship_type: "l.relationship_type",
  association_notes: "l.notes",
  linked_at: "l.created_at"
}

const linkedTickets = {
  columns: columnsOf(LinkedTicket, "t", { status_name: "s.name", ...linkColumns }),
  from: `asset_associations l
    JOIN tickets t ON t.tenant = l.tenant AND t.ticket_id = l.entity_id
    JOIN statuses s ON s.tenant = t.tenant AND s.status_id = t.status_id`
}

const linkedAssets = {
  columns: columnsOf(LinkedAsset, "a", { client_name: "c.client_name", ...linkColumns }),
  from: `asset_associations l
    JOIN assets a ON a.tenant = l.tenant AND a.asset_id = l.asset_id
    JOIN clients c ON c.tenant = a.tenant AND c.client_id = a.client_id`
}

/** The side of a link that a caller looks from, and reads of in a refusal. */
export type Side = "asset" | "ticket"

type Link = typeof AssetLink.Type

export class AssetLinkService extends Context.Service<
  AssetLinkService,
  {
    /** The tickets an asset is linked to, the last changed first. */
    readonly ticketsOf: (
      assetId: string,
      query: List.Query
    ) => Effect.Effect<List.Page<typeof LinkedTicket.Type>, NotFound | ValidationFailed, Actor>
    /** The assets a ticket is linked to, the last linked first. */
    readonly assetsOf: (
      ticketId: string,
      query: List.Query
    ) => Effect.Effect<List.Page<typeof LinkedAsset.Type>, NotFound | Forbidden | ValidationFailed, Actor>
    /** Links the two, which are not linked yet. */
    readonly link: (
      assetId: string,
      ticketId: string,
      terms: LinkTerms,
      side: Side
    ) => Effect.Effect<Link, NotFound | Forbidden | Conflict, Actor>
    readonly unlink: (assetId: string, ticketId: string) => Effect.Effect<void, NotFound | Forbidden, Actor>
  }
>()("psa/AssetLinkService") {
  static readonly layer = Layer.effect(
    AssetLinkService,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const ticketsOf = Effect.fn("AssetLinkService.ticketsOf")(function* (assetId: string, query: List.Query) {
        const actor = yield* Actor
        const { tenant } = actor
        const where = sql.and([
          sql`l.tenant = ${tenant} AND l.asset_id = ${assetId} AND l.entity_type = 'ticket'`,
          ...readableTickets(sql, actor),
          ...conditions(sql, LinkedTicketList, query)
        ])
        const found = yield* page(sql, LinkedTicketList, query, { ...linkedTickets, where })
        if (found.total === 0) yield* assetExists(tenant, assetId)
        return found
      }, unfailing)

      const assetExists = Effect.fnUntraced(function* (tenant: string, assetId: string) {
        const found = yield* sql`SELECT 1 FROM assets WHERE tenant = ${tenant} AND asset_id = ${assetId}`
        if (found.length === 0) return yield* NotFound.of("Asset")
      })

      const assetsOf = Effect.fn("AssetLinkService.assetsOf")(function* (ticketId: string, query: List.Query) {
        const actor = yield* Actor
        yield* requireTicket(sql, actor, ticketId)
        const where = sql.and([
          sql`l.tenant = ${actor.tenant} AND l.entity_type = 'ticket' AND l.entity_id = ${ticketId}`,
          ...conditions(sql, LinkedAssetList, query)
        ])
        return yield* page(sql, LinkedAssetList, query, { ...linkedAssets, where })
      }, unfailing)

      const link = Effect.fn("AssetLinkService.link")(
        function* (assetId: string, ticketId: string, terms: LinkTerms, side: Side) {
          const actor = yield* Actor
          const { tenant, userId } = actor
          // Both ends are held until the link is stored, so that neither is deleted without seeing it.
          const [outcome] = yield* sql<
            Link & { readonly has_asset: boolean; readonly has_ticket: boolean; readonly readable: boolean }
          >`
            WITH asset AS (
              SELECT asset_id FROM assets WHERE tenant = ${tenant} AND asset_id = ${assetId} FOR KEY SHARE
            ), ticket AS (
              SELECT t.ticket_id, ${isReadable(sql, actor)} AS readable FROM tickets t
              WHERE t.tenant = ${tenant} AND t.ticket_id = ${ticketId} FOR KEY SHARE OF t
            ), added AS (
              INSERT INTO asset_associations
                (tenant, asset_id, entity_id, entity_type, relationship_type, notes, created_by)
              SELECT ${tenant}::uuid, asset_id, ticket_id, 'ticket', ${terms.relationship_type ?? "affected"},
                ${terms.notes ?? null}::text, ${userId}::uuid
              FROM asset CROSS JOIN ticket WHERE readable RETURNING *
            )
            SELECT EXISTS (SELECT 1 FROM asset) AS has_asset, EXISTS (SELECT 1 FROM ticket) AS has_ticket,
              coalesce((SELECT readable FROM ticket), true) AS readable, added.*
            FROM (VALUES (1)) AS one LEFT JOIN added ON true`
          const { has_asset, has_ticket, readable, ...added } = outcome!
          const [first, second] = side === "asset" ? [has_asset, has_ticket] : [has_ticket, has_asset]
          if (!first) return yield* NotFound.of(side === "asset" ? "Asset" : "Ticket")
          if (!readable) return yield* Forbidden.to("read", "ticket")
          if (!second) return yield* NotFound.of(side === "asset" ? "Ticket" : "Asset")
          yield* recordEvent(sql, {
            tenant,
            userId,
            type: "TICKET_ASSET_LINKED",
            entityType: "ticket",
            entityId: added.entity_id,
            payload: { asset_id: added.asset_id, relationship_type: added.relationship_type, notes: added.notes }
          })
          return added
        },
        sql.withTransaction,
        (effect, _assetId, _ticketId, _terms, side) => refusing<Conflict>(alreadyLinked(side))(effect)
      )

      /** A ticket that is not there has no link, which the caller is told then; one that may not be read is told now. */
      const mayUnlink = (actor: Caller, ticketId: string) =>
        Effect.catchTag(requireTicket(sql, actor, ticketId), "NotFound", () => Effect.void)

      const unlink = Effect.fn("AssetLinkService.unlink")(
        function* (assetId: string, ticketId: string) {
          const actor = yield* Actor
          const { tenant, userId } = actor
          yield* mayUnlink(actor, ticketId)
          const [removed] = yield* sql<Link>`DELETE FROM asset_associations WHERE tenant = ${tenant}
            AND asset_id = ${assetId} AND entity_type = 'ticket' AND entity_id = ${ticketId} RETURNING *`
          if (removed === undefined) return yield* NotFound.of("Asset-ticket association")
          yield* recordEvent(sql, {
            tenant,
            userId,
            type: "TICKET_ASSET_UNLINKED",
            entityType: "ticket",
            entityId: removed.entity_id,
            payload: { asset_id: removed.asset_id, relationship_type: removed.relationship_type }
          })
        },
        sql.withTransaction,
        unfailing
      )

      return AssetLinkService.of({ ticketsOf, assetsOf, link, unlink })
    })
  )
}

const alreadyLinked = (side: Side) => ({
  asset_associations_pkey: () =>
    Conflict.because(
      side === "asset" ? "Ticket is already linked to this asset" : "Asset is already linked to this ticket"
    )
})
