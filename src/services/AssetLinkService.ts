import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import type { Statement } from "effect/sql/Statement"
import { Actor } from "../domain/Actor.ts"
import type { AssetLink, LinkedAsset, LinkedTicket, LinkTerms } from "../domain/AssetLink.ts"
import { Conflict, NotFound } from "../domain/Errors.ts"
import * as List from "../domain/List.ts"
import { assetColumns } from "./assetRows.ts"
import { refusing, unfailing } from "./constraints.ts"
import { recordEvent } from "./events.ts"
import { conditions, ordering, slice } from "./list.ts"

/** The tickets of an asset. */
export const LinkedTicketList = List.make({
  filters: {},
  sorts: {
    updated_at: "t.updated_at",
    entered_at: "t.entered_at",
    linked_at: "l.created_at",
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
    linked_at: "l.created_at",
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
    ) => Effect.Effect<List.Page<typeof LinkedTicket.Type>, NotFound, Actor>
    /** The assets a ticket is linked to, the last linked first. */
    readonly assetsOf: (
      ticketId: string,
      query: List.Query
    ) => Effect.Effect<List.Page<typeof LinkedAsset.Type>, NotFound, Actor>
    /** Links the two, which are not linked yet. */
    readonly link: (
      assetId: string,
      ticketId: string,
      terms: LinkTerms,
      side: Side
    ) => Effect.Effect<Link, NotFound | Conflict, Actor>
    readonly unlink: (assetId: string, ticketId: string) => Effect.Effect<void, NotFound, Actor>
  }
>()("psa/AssetLinkService") {
  static readonly layer = Layer.effect(
    AssetLinkService,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const linkColumns = sql.literal("l.relationship_type, l.notes AS association_notes, l.created_at AS linked_at")

      /** A page of one side's links, unless that side is not there at all. */
      const linked = Effect.fnUntraced(function* <Row extends object>(
        what: string,
        rows: Statement<Row>,
        counted: Statement<{ readonly found: boolean; readonly total: number }>
      ) {
        const [page, [count]] = yield* Effect.all([rows, counted], { concurrency: 2 }).pipe(unfailing)
        if (count?.found !== true) return yield* NotFound.of(what)
        return { rows: page, total: count.total }
      })

      const ticketsOf = Effect.fn("AssetLinkService.ticketsOf")(function* (assetId: string, query: List.Query) {
        const { tenant } = yield* Actor
        const from = sql`FROM asset_associations l
          JOIN tickets t ON t.tenant = l.tenant AND t.ticket_id = l.entity_id
          JOIN statuses s ON s.tenant = t.tenant AND s.status_id = t.status_id
          WHERE ${sql.and([
            sql`l.tenant = ${tenant} AND l.asset_id = ${assetId} AND l.entity_type = 'ticket'`,
            ...conditions(sql, LinkedTicketList, query)
          ])}`
        return yield* linked(
          "Asset",
          sql<typeof LinkedTicket.Type>`SELECT t.ticket_id, t.ticket_number, t.title, t.status_id,
            s.name AS status_name, t.is_closed, t.priority_id, t.assigned_to, t.client_id, t.board_id, t.entered_at,
            t.updated_at, ${linkColumns} ${from}
            ORDER BY ${ordering(sql, LinkedTicketList, query)} ${slice(sql, query)}`,
          sql`SELECT (SELECT count(*)::int ${from}) AS total,
            EXISTS (SELECT 1 FROM assets WHERE tenant = ${tenant} AND asset_id = ${assetId}) AS found`
        )
      })

      const assetsOf = Effect.fn("AssetLinkService.assetsOf")(function* (ticketId: string, query: List.Query) {
        const { tenant } = yield* Actor
        const from = sql`FROM asset_associations l
          JOIN assets a ON a.tenant = l.tenant AND a.asset_id = l.asset_id
          JOIN clients c ON c.tenant = a.tenant AND c.client_id = a.client_id
          WHERE ${sql.and([
            sql`l.tenant = ${tenant} AND l.entity_type = 'ticket' AND l.entity_id = ${ticketId}`,
            ...conditions(sql, LinkedAssetList, query)
          ])}`
        return yield* linked(
          "Ticket",
          sql<typeof LinkedAsset.Type>`SELECT ${sql.literal(assetColumns)}, ${linkColumns} ${from}
            ORDER BY ${ordering(sql, LinkedAssetList, query)} ${slice(sql, query)}`,
          sql`SELECT (SELECT count(*)::int ${from}) AS total,
            EXISTS (SELECT 1 FROM tickets WHERE tenant = ${tenant} AND ticket_id = ${ticketId}) AS found`
        )
      })

      const link = Effect.fn("AssetLinkService.link")(
        function* (assetId: string, ticketId: string, terms: LinkTerms, side: Side) {
          const { tenant, userId } = yield* Actor
          // Both ends are held until the link is stored, so that neither is deleted without seeing it.
          const [outcome] = yield* sql<Link & { readonly has_asset: boolean; readonly has_ticket: boolean }>`
            WITH asset AS (
              SELECT asset_id FROM assets WHERE tenant = ${tenant} AND asset_id = ${assetId} FOR KEY SHARE
            ), ticket AS (
              SELECT ticket_id FROM tickets WHERE tenant = ${tenant} AND ticket_id = ${ticketId} FOR KEY SHARE
            ), added AS (
              INSERT INTO asset_associations
                (tenant, asset_id, entity_id, entity_type, relationship_type, notes, created_by)
              SELECT ${tenant}::uuid, asset_id, ticket_id, 'ticket', ${terms.relationship_type ?? "affected"},
                ${terms.notes ?? null}::text, ${userId}::uuid
              FROM asset CROSS JOIN ticket RETURNING *
            )
            SELECT EXISTS (SELECT 1 FROM asset) AS has_asset, EXISTS (SELECT 1 FROM ticket) AS has_ticket, added.*
            FROM (VALUES (1)) AS one LEFT JOIN added ON true`
          const { has_asset, has_ticket, ...added } = outcome!
          const [first, second] = side === "asset" ? [has_asset, has_ticket] : [has_ticket, has_asset]
          if (!first) return yield* NotFound.of(side === "asset" ? "Asset" : "Ticket")
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

      const unlink = Effect.fn("AssetLinkService.unlink")(
        function* (assetId: string, ticketId: string) {
          const { tenant, userId } = yield* Actor
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
