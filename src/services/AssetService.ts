import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Actor, type Caller, unnarrowed } from "../domain/Actor.ts"
import type { Asset, AssetChanges, AssetDetail, NewAsset } from "../domain/Asset.ts"
import { type ExtensionChange, type ExtensionData, nextExtension } from "../domain/assetExtension.ts"
import {
  BadReference,
  Conflict,
  type Forbidden,
  type NotFound,
  type PreconditionFailed,
  ValidationFailed
} from "../domain/Errors.ts"
import type * as List from "../domain/List.ts"
import { admitAsset, isReadableAsset } from "./assetAccess.ts"
import { assetEvent, changesOf, unlinkedEvents } from "./assetEvents.ts"
import { type Relationship, unrelatedEvents } from "./assetRelationshipEvents.ts"
import { AssetList, assetColumnsOfRow, assetDetail, assetTablesFor, isCounted } from "./assetRows.ts"
import { type AssetQuery, countedAssets, pagedAssetConditions } from "./assetSearch.ts"
import { definitionOf, holdType, notRegistered } from "./assetTypes.ts"
import { refusing, unfailing } from "./constraints.ts"
import { dependencies } from "./dependencies.ts"
import { releaseDocuments } from "./documentOwners.ts"
import { recordEvents } from "./events.ts"
import { newId } from "./ids.ts"
import { page } from "./list.ts"
import { unchanged } from "./versions.ts"

type Row = typeof Asset.Type
type Detail = typeof AssetDetail.Type
type Changes = typeof AssetChanges.Type
type Refusal = NotFound | Forbidden | PreconditionFailed

/** An asset's columns. */
type Stored = Omit<Row, "client_name" | "warranty_status"> & { readonly extension_data: ExtensionData | null }

export class AssetService extends Context.Service<
  AssetService,
  {
    /** The assets that the caller may read, the newest first. */
    readonly list: (query: AssetQuery) => Effect.Effect<List.Page<Row>, ValidationFailed, Actor>
    /** One asset with everything that belongs to it, in one statement. */
    readonly get: (id: string) => Effect.Effect<Detail, NotFound | Forbidden, Actor>
    readonly create: (
      input: typeof NewAsset.Type
    ) => Effect.Effect<Detail, ValidationFailed | BadReference | Conflict, Actor>
    /** Changes what is sent, and what follows from it: without a new one, an asset leaves its location with its client. */
    readonly update: (
      id: string,
      changes: Changes
    ) => Effect.Effect<Detail, Refusal | ValidationFailed | BadReference | Conflict, Actor>
    /**
     * Deletes an asset with its links to tickets, its relationships, its maintenance, its notes and its documents, unless
     * these belong to something else as well; 409 while it is a unit of stock.
     */
    readonly delete: (id: string) => Effect.Effect<void, Refusal | Conflict, Actor>
  }
>()("psa/AssetService") {
  static readonly layer = Layer.effect(
    AssetService,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient

      const list = Effect.fn("AssetService.list")(function* (query: AssetQuery) {
        const actor = yield* Actor
        const where = sql.and(yield* pagedAssetConditions(sql, actor, query))
        return yield* page(sql, AssetList, query, {
          columns: assetColumnsOfRow,
          from: assetTablesFor(query),
          where,
          total:
            isCounted(query) && actor.scopes === undefined
              ? countedAssets(sql, actor.tenant, query)
              : sql`SELECT count(*)::int FROM assets a WHERE ${where}`
        })
      }, unfailing)

      const read = Effect.fnUntraced(function* (caller: Caller, id: string) {
        const [found] = yield* assetDetail(sql, caller, id)
        const { readable: _, ...asset } = yield* admitAsset(found)
        return asset
      })

      const get = Effect.fn("AssetService.get")(function* (id: string) {
        return yield* read(yield* Actor, id)
      }, unfailing)

      /** The asset as it was just written, which its writer is shown even if it is out of their sight now. */
      const written = (actor: Caller, id: string) =>
        read(unnarrowed(actor), id).pipe(Effect.catchTags({ NotFound: Effect.die, Forbidden: Effect.die }))

      /** Holds the location as it is until the asset is stored: it cannot be retired meanwhile. */
      const checkLocation = Effect.fnUntraced(function* (tenant: string, clientId: string, locationId: string) {
        const found = yield* sql`SELECT 1 FROM client_locations
          WHERE tenant = ${tenant} AND client_id = ${clientId} AND location_id = ${locationId} AND is_active FOR SHARE`
        if (found.length === 0) return yield* locationUnavailable()
      })

      /** The extension data that a change comes to; 400 if they do not fit the type, or there is no such type. */
      const checkExtension = Effect.fnUntraced(function* (tenant: string, type: string, change: ExtensionChange) {
        const { data, issues } = nextExtension(yield* definitionOf(sql, tenant, type), change)
        return issues.length === 0 ? data : yield* ValidationFailed.issues(issues)
      })

      const create = Effect.fn("AssetService.create")(
        function* ({ extension_data: sent, ...fields }: typeof NewAsset.Type) {
          const actor = yield* Actor
          const { tenant } = actor
          const change = { stored: null, sent, isNewType: true }
          const extension_data = json(yield* checkExtension(tenant, fields.asset_type, change))
          if (fields.location_id != null) yield* checkLocation(tenant, fields.client_id, fields.location_id)
          const [asset] = yield* sql<Stored>`
            INSERT INTO assets ${sql.insert({ tenant, asset_id: newId(), ...fields, extension_data }).returning("*")}`
          const { asset_id, asset_tag, client_id, name } = asset!
          yield* recordEvents(sql, [
            assetEvent(actor, "ASSET_CREATED", asset_id, { client_id, name, asset_tag, changes: changesOf({}, asset!) })
          ])
          return yield* written(actor, asset_id)
        },
        sql.withTransaction,
        refusals
      )

      /** Locked first and read then, so that what others did while this waited is seen. */
      const lock = Effect.fnUntraced(function* (actor: Caller, id: string, strength: "NO KEY UPDATE" | "UPDATE") {
        const { tenant } = actor
        yield* sql`SELECT 1 FROM assets WHERE tenant = ${tenant} AND asset_id = ${id} FOR ${sql.literal(strength)}`
        const [found] = yield* sql<Stored & { readonly readable: boolean }>`
          SELECT a.*, ${isReadableAsset(sql, actor)} AS readable FROM assets a
          WHERE a.tenant = ${tenant} AND a.asset_id = ${id}`
        const { readable: _, ...asset } = yield* admitAsset(found)
        yield* unchanged(asset.updated_at)
        return asset
      })

      /** The columns that a change writes. */
      const changedColumns = Effect.fnUntraced(function* (
        current: Stored,
        { extension_data: sent, ...fields }: Changes
      ) {
        const { asset_type = current.asset_type, client_id = current.client_id, location_id } = fields
        const isNewType = asset_type !== current.asset_type
        const moves = client_id.toLowerCase() !== current.client_id
        // A location that stays as it is may have been retired since.
        if (location_id != null && (moves || location_id.toLowerCase() !== current.location_id)) {
          yield* checkLocation(current.tenant, client_id, location_id)
        }
        const stays = sent === undefined && !isNewType
        const change = { stored: current.extension_data, sent, isNewType }
        return {
          ...(moves ? { location_id: null } : {}),
          // Half a tie to an agent is none.
          ...(fields.rmm_provider === null ? { rmm_device_id: null } : {}),
          ...(fields.rmm_device_id === null ? { rmm_provider: null } : {}),
          ...fields,
          ...(stays ? {} : { extension_data: json(yield* checkExtension(current.tenant, asset_type, change)) })
        }
      })

      const update = Effect.fn("AssetService.update")(
        function* (id: string, changes: Changes) {
          const actor = yield* Actor
          const { tenant } = actor
          if (changes.asset_type !== undefined) yield* holdType(sql, tenant, changes.asset_type)
          const current = yield* lock(actor, id, "NO KEY UPDATE")
          const columns = yield* changedColumns(current, changes)
          if (Object.keys(columns).length > 0) {
            const [asset] = yield* sql<Stored>`UPDATE assets SET ${sql.update(columns)}
              WHERE tenant = ${tenant} AND asset_id = ${id} RETURNING *`
            const told = changesOf(current, asset!)
            if (Object.keys(told).length > 0) {
              yield* recordEvents(sql, [assetEvent(actor, "ASSET_UPDATED", current.asset_id, { changes: told })])
            }
          }
          return yield* written(actor, id)
        },
        sql.withTransaction,
        refusals
      )

      const remove = Effect.fn("AssetService.delete")(
        function* (id: string) {
          const actor = yield* Actor
          const { tenant } = actor
          const { asset_id, asset_tag, name } = yield* lock(actor, id, "UPDATE")
          yield* dependencies(sql, "asset", [
            {
              type: "stock_unit",
              label: "stock units",
              count: sql`SELECT count(*) FROM assets
                WHERE tenant = ${tenant} AND asset_id = ${id} AND stock_unit_id IS NOT NULL`
            }
          ])
          const links = yield* sql<{ readonly entity_id: string; readonly relationship_type: string }>`
            DELETE FROM asset_associations WHERE tenant = ${tenant} AND asset_id = ${id} AND entity_type = 'ticket'
            RETURNING entity_id, relationship_type`
          yield* releaseDocuments(sql, tenant, "asset", id)
          yield* sql`DELETE FROM tag_mappings WHERE tenant = ${tenant} AND tagged_type = 'asset' AND tagged_id = ${id}`
          const relationships = yield* sql<Relationship>`
            WITH locked AS MATERIALIZED (
              SELECT relationship_id FROM asset_relationships
              WHERE tenant = ${tenant} AND (parent_asset_id = ${id} OR child_asset_id = ${id})
              ORDER BY relationship_id FOR UPDATE
            )
            DELETE FROM asset_relationships r USING locked
            WHERE r.tenant = ${tenant} AND r.relationship_id = locked.relationship_id
            RETURNING r.relationship_id, r.parent_asset_id, r.child_asset_id, r.relationship_type`
          // What refers to the asset by a foreign key goes with it: schedules, software.
          yield* sql`DELETE FROM assets WHERE tenant = ${tenant} AND asset_id = ${id}`
          yield* recordEvents(sql, [
            ...links.flatMap((link) => unlinkedEvents(actor, { asset_id, ...link })),
            ...relationships.flatMap((relationship) => unrelatedEvents(actor, relationship)),
            assetEvent(actor, "ASSET_DELETED", asset_id, { name, asset_tag })
          ])
        },
        sql.withTransaction,
        unfailing
      )

      return AssetService.of({ list, get, create, update, delete: remove })
    })
  )
}

const json = (data: ExtensionData | null) => (data === null ? null : JSON.stringify(data))

const locationUnavailable = () =>
  ValidationFailed.at("location_id", "Selected location is not available for this client")

const refusals = refusing<ValidationFailed | BadReference | Conflict>({
  assets_client_fkey: () => BadReference.to("client_id", "Client"),
  assets_location_fkey: locationUnavailable,
  assets_type_fkey: notRegistered,
  assets_rmm_check: () =>
    ValidationFailed.at("rmm_device_id", "Expected both rmm_provider and rmm_device_id, or neither"),
  assets_rmm_device_key: () => Conflict.because("Another asset is tied to this agent already")
})
