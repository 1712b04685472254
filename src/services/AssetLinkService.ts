import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Actor, type Caller } from "../domain/Actor.ts"
import type { AssetLink, LinkChanges, LinkedAsset, LinkedTicket, LinkTerms } from "../domain/AssetLink.ts"
import { Conflict, Forbidden, NotFound, type ValidationFailed } from "../domain/Errors.ts"
import type * as List from "../domain/List.ts"
import { isReadableAsset, readableAssets, requireAsset } from "./assetAccess.ts"
import { changesOf, linkChangedEvents, linkedEvents, unlinkedEvents } from "./assetEvents.ts"
import { LinkedAssetList, LinkedTicketList, linkedAssets, linkedTickets } from "./assetLinkRows.ts"
import { refusing, unfailing } from "./constraints.ts"
import { recordEvents } from "./events.ts"
import { conditions, page } from "./list.ts"
import { isReadable, readableTickets, requireTicket } from "./ticketAccess.ts"

/** The side of a link that a caller looks from, and reads of in a refusal. */
export type Side = "asset" | "ticket"

type Link = typeof AssetLink.Type

interface Ends {
  readonly has_asset: boolean
  readonly has_ticket: boolean
  readonly reads_asset: boolean
  readonly reads_ticket: boolean
}

export class AssetLinkService extends Context.Service<
  AssetLinkService,
  {
    /** The tickets an asset is linked to, the last changed first. */
    readonly ticketsOf: (
      assetId: string,
      query: List.Query
    ) => Effect.Effect<List.Page<typeof LinkedTicket.Type>, NotFound | Forbidden | ValidationFailed, Actor>
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
    /** Changes how the two belong together. */
    readonly change: (
      assetId: string,
      ticketId: string,
      changes: typeof LinkChanges.Type
    ) => Effect.Effect<Link, NotFound | Forbidden, Actor>
    readonly unlink: (assetId: string, ticketId: string) => Effect.Effect<void, NotFound | Forbidden, Actor>
  }
>()("psa/AssetLinkService") {
  static readonly layer = Layer.effect(
    AssetLinkService,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient

      const ticketsOf = Effect.fn("AssetLinkService.ticketsOf")(function* (assetId: string, query: List.Query) {
        const actor = yield* Actor
        yield* requireAsset(sql, actor, assetId)
        const where = sql.and([
          sql`l.tenant = ${actor.tenant} AND l.asset_id = ${assetId} AND l.entity_type = 'ticket'`,
          ...readableTickets(sql, actor),
          ...conditions(sql, LinkedTicketList, query)
        ])
        return yield* page(sql, LinkedTicketList, query, { ...linkedTickets, where })
      }, unfailing)

      const assetsOf = Effect.fn("AssetLinkService.assetsOf")(function* (ticketId: string, query: List.Query) {
        const actor = yield* Actor
        yield* requireTicket(sql, actor, ticketId)
        const where = sql.and([
          sql`l.tenant = ${actor.tenant} AND l.entity_type = 'ticket' AND l.entity_id = ${ticketId}`,
          ...readableAssets(sql, actor),
          ...conditions(sql, LinkedAssetList, query)
        ])
        return yield* page(sql, LinkedAssetList, query, { ...linkedAssets, where })
      }, unfailing)

      /** Fails unless both ends are there and may be read; the one that the caller names first is told of. */
      const checkEnds = ({ has_asset, has_ticket, reads_asset, reads_ticket }: Ends, side: Side) => {
        const asset = { name: "Asset", resource: "asset", isThere: has_asset, isRead: reads_asset }
        const ticket = { name: "Ticket", resource: "ticket", isThere: has_ticket, isRead: reads_ticket }
        const ends = side === "asset" ? [asset, ticket] : [ticket, asset]
        const refused = ends.find(({ isRead, isThere }) => !isThere || !isRead)
        if (refused === undefined) return Effect.void
        return Effect.fail(refused.isThere ? Forbidden.to("read", refused.resource) : NotFound.of(refused.name))
      }

      const link = Effect.fn("AssetLinkService.link")(
        function* (assetId: string, ticketId: string, terms: LinkTerms, side: Side) {
          const actor = yield* Actor
          const { tenant, userId } = actor
          // Both ends are held until the link is stored, so that neither is deleted without seeing it.
          const [outcome] = yield* sql<Link & Ends>`
            WITH asset AS (
              SELECT a.asset_id, ${isReadableAsset(sql, actor)} AS readable FROM assets a
              WHERE a.tenant = ${tenant} AND a.asset_id = ${assetId} FOR KEY SHARE OF a
            ), ticket AS (
              SELECT t.ticket_id, ${isReadable(sql, actor)} AS readable FROM tickets t
              WHERE t.tenant = ${tenant} AND t.ticket_id = ${ticketId} FOR KEY SHARE OF t
            ), added AS (
              INSERT INTO asset_associations
                (tenant, asset_id, entity_id, entity_type, relationship_type, notes, created_by)
              SELECT ${tenant}::uuid, asset_id, ticket_id, 'ticket', ${terms.relationship_type ?? "affected"},
                ${terms.notes ?? null}::text, ${userId}::uuid
              FROM asset CROSS JOIN ticket WHERE asset.readable AND ticket.readable RETURNING *
            )
            SELECT EXISTS (SELECT 1 FROM asset) AS has_asset, EXISTS (SELECT 1 FROM ticket) AS has_ticket,
              coalesce((SELECT readable FROM asset), true) AS reads_asset,
              coalesce((SELECT readable FROM ticket), true) AS reads_ticket, added.*
            FROM (VALUES (1)) AS one LEFT JOIN added ON true`
          const { has_asset, has_ticket, reads_asset, reads_ticket, ...added } = outcome!
          yield* checkEnds({ has_asset, has_ticket, reads_asset, reads_ticket }, side)
          yield* recordEvents(sql, linkedEvents(actor, added))
          return added
        },
        sql.withTransaction,
        (effect, _assetId, _ticketId, _terms, side) => refusing<Conflict>(alreadyLinked(side))(effect)
      )

      /** An end that is not there has no link, which the caller is told then; one that may not be read is told now. */
      const mayReadEnds = (actor: Caller, assetId: string, ticketId: string) =>
        requireTicket(sql, actor, ticketId).pipe(
          Effect.andThen(requireAsset(sql, actor, assetId)),
          Effect.catchTag("NotFound", () => Effect.void)
        )

      const change = Effect.fn("AssetLinkService.change")(
        function* (assetId: string, ticketId: string, changes: typeof LinkChanges.Type) {
          const actor = yield* Actor
          const { tenant } = actor
          yield* mayReadEnds(actor, assetId, ticketId)
          const isTheLink = sql`tenant = ${tenant} AND asset_id = ${assetId} AND entity_type = 'ticket'
            AND entity_id = ${ticketId}`
          const [before] = yield* sql<Link>`SELECT * FROM asset_associations WHERE ${isTheLink} FOR NO KEY UPDATE`
          if (before === undefined) return yield* noLink()
          if (Object.keys(changes).length === 0) return before
          const [after] = yield* sql<Link>`UPDATE asset_associations SET ${sql.update(changes)}
            WHERE ${isTheLink} RETURNING *`
          const told = changesOf(before, after!)
          if (Object.keys(told).length > 0) yield* recordEvents(sql, linkChangedEvents(actor, before, told))
          return after!
        },
        sql.withTransaction,
        unfailing
      )

      const unlink = Effect.fn("AssetLinkService.unlink")(
        function* (assetId: string, ticketId: string) {
          const actor = yield* Actor
          yield* mayReadEnds(actor, assetId, ticketId)
          const [removed] = yield* sql<Link>`DELETE FROM asset_associations WHERE tenant = ${actor.tenant}
            AND asset_id = ${assetId} AND entity_type = 'ticket' AND entity_id = ${ticketId} RETURNING *`
          if (removed === undefined) return yield* noLink()
          yield* recordEvents(sql, unlinkedEvents(actor, removed))
        },
        sql.withTransaction,
        unfailing
      )

      return AssetLinkService.of({ ticketsOf, assetsOf, link, change, unlink })
    })
  )
}

const noLink = () => NotFound.of("Asset-ticket association")

const alreadyLinked = (side: Side) => ({
  asset_associations_pkey: () =>
    Conflict.because(
      side === "asset" ? "Ticket is already linked to this asset" : "Asset is already linked to this ticket"
    )
})
