import { Context, Effect, Layer, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { Actor } from "../domain/Actor.ts"
import {
  Asset,
  type AssetChanges,
  type AssetDetail,
  type AssetState,
  extensionIssues,
  type NewAsset,
  withConsequences
} from "../domain/Asset.ts"
import { BadReference, type Conflict, NotFound, ValidationFailed } from "../domain/Errors.ts"
import * as List from "../domain/List.ts"
import { assetDetail, assetTables, warrantyStatus } from "./assetRows.ts"
import { columnsOf } from "./columns.ts"
import { refusing, unfailing } from "./constraints.ts"
import { dependencies } from "./dependencies.ts"
import { recordEvent } from "./events.ts"
import { newId } from "./ids.ts"
import { conditions, page } from "./list.ts"

export const AssetList = List.make({
  filters: {
    client_id: List.id("a.client_id"),
    location_id: List.id("a.location_id"),
    asset_type: List.equals("a.asset_type"),
    status: List.equals("a.status"),
    asset_tag: List.contains("a.asset_tag"),
    name: List.contains("a.name"),
    location: List.contains("a.location"),
    client_name: List.contains("c.client_name"),
    has_warranty: List.present("a.warranty_end_date"),
    warranty_expired: List.flag("coalesce(a.warranty_end_date < now(), false)"),
    purchase_date_from: List.from("a.purchase_date"),
    purchase_date_to: List.to("a.purchase_date"),
    warranty_end_from: List.from("a.warranty_end_date"),
    warranty_end_to: List.to("a.warranty_end_date"),
    maintenance_due: List.flag(
      "EXISTS (SELECT 1 FROM asset_maintenance_schedules s WHERE s.tenant = a.tenant AND s.asset_id = a.asset_id " +
        "AND s.is_active AND s.next_maintenance <= now())"
    ),
    created_from: List.from("a.created_at"),
    created_to: List.to("a.created_at"),
    updated_from: List.from("a.updated_at"),
    updated_to: List.to("a.updated_at"),
    is_active: List.noEffect(Schema.Boolean)
  },
  sorts: {
    created_at: List.byTime("a.created_at"),
    updated_at: List.byTime("a.updated_at"),
    name: "a.name",
    asset_tag: "a.asset_tag",
    asset_type: "a.asset_type",
    status: "a.status",
    serial_number: List.orNull(List.byText("a.serial_number")),
    location: List.orNull(List.byText("a.location")),
    purchase_date: List.orNull(List.byTime("a.purchase_date")),
    warranty_end_date: List.orNull(List.byTime("a.warranty_end_date")),
    warranty_status: warrantyStatus,
    client_name: "c.client_name",
    agent_status: List.orNull(List.byText("a.agent_status")),
    last_seen_at: List.orNull(List.byTime("a.last_seen_at"))
  },
  defaultSort: "created_at",
  defaultOrder: "desc",
  id: "a.asset_id",
  search: ["a.name", "a.asset_tag", "a.serial_number", "c.client_name"]
})

type Row = typeof Asset.Type
type Detail = typeof AssetDetail.Type

export class AssetService extends Context.Service<
  AssetService,
  {
    /** The tenant's assets, the newest first. */
    readonly list: (query: List.Query) => Effect.Effect<List.Page<Row>, ValidationFailed, Actor>
    /** One asset with everything that belongs to it, in one statement. */
    readonly get: (id: string) => Effect.Effect<Detail, NotFound, Actor>
    readonly create: (input: typeof NewAsset.Type) => Effect.Effect<Detail, ValidationFailed | BadReference, Actor>
    readonly update: (
      id: string,
      changes: typeof AssetChanges.Type
    ) => Effect.Effect<Detail, ValidationFailed | BadReference | NotFound, Actor>
    /**
     * Deletes an asset with its links to tickets, its relationships, its schedules and its hold on documents; 409 while it
     * is a unit of stock.
     */
    readonly delete: (id: string) => Effect.Effect<void, NotFound | Conflict, Actor>
  }
>()("psa/AssetService") {
  static readonly layer = Layer.effect(
    AssetService,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const columns = columnsOf(Asset, "a", { client_name: "c.client_name", warranty_status: warrantyStatus })

      const list = Effect.fn("AssetService.list")(function* (query: List.Query) {
        const { tenant } = yield* Actor
        const where = sql.and([sql`a.tenant = ${tenant}`, ...conditions(sql, AssetList, query)])
        return yield* page(sql, AssetList, query, { columns, from: assetTables, where })
      })

      const get = Effect.fn("AssetService.get")(function* (id: string) {
        const { tenant } = yield* Actor
        const [asset] = yield* assetDetail(sql, tenant, id).pipe(unfailing)
        return asset ?? (yield* NotFound.of("Asset"))
      })

      /** Holds the location as it is until the asset is stored: it cannot be retired meanwhile. */
      const checkLocation = Effect.fnUntraced(function* (tenant: string, clientId: string, locationId: string) {
        const found = yield* sql`SELECT 1 FROM client_locations
          WHERE tenant = ${tenant} AND client_id = ${clientId} AND location_id = ${locationId} AND is_active FOR SHARE`
        if (found.length === 0) return yield* locationUnavailable()
      })

      const create = Effect.fn("AssetService.create")(
        function* (input: typeof NewAsset.Type) {
          const { tenant, userId } = yield* Actor
          yield* checkExtension(input.asset_type, input.extension_data)
          if (input.location_id != null) yield* checkLocation(tenant, input.client_id, input.location_id)
          const asset_id = newId()
          yield* sql`INSERT INTO assets ${sql.insert({ tenant, asset_id, ...stored(input) })}`
          yield* recordEvent(sql, {
            tenant,
            userId,
            type: "ASSET_CREATED",
            entityType: "asset",
            entityId: asset_id,
            payload: { client_id: input.client_id, name: input.name, asset_tag: input.asset_tag }
          })
          const [asset] = yield* assetDetail(sql, tenant, asset_id)
          return asset!
        },
        sql.withTransaction,
        refusals
      )

      const update = Effect.fn("AssetService.update")(
        function* (id: string, changes: typeof AssetChanges.Type) {
          if (Object.keys(changes).length === 0) return yield* get(id)
          const { tenant, userId } = yield* Actor
          const [current] = yield* sql<AssetState & { readonly asset_id: string }>`
            SELECT asset_id, client_id, asset_type, extension_data FROM assets
            WHERE tenant = ${tenant} AND asset_id = ${id} FOR NO KEY UPDATE`
          if (current === undefined) return yield* NotFound.of("Asset")
          yield* checkExtension(changes.asset_type ?? current.asset_type, changes.extension_data)
          if (changes.location_id != null) {
            yield* checkLocation(tenant, changes.client_id ?? current.client_id, changes.location_id)
          }
          const all = withConsequences(current, changes)
          yield* sql`UPDATE assets SET ${sql.update(stored(all))}, updated_at = now()
            WHERE tenant = ${tenant} AND asset_id = ${id}`
          yield* recordEvent(sql, {
            tenant,
            userId,
            type: "ASSET_UPDATED",
            entityType: "asset",
            entityId: current.asset_id,
            payload: { changes: all }
          })
          return yield* get(id)
        },
        sql.withTransaction,
        refusals
      )

      const remove = Effect.fn("AssetService.delete")(
        function* (id: string) {
          const { tenant, userId } = yield* Actor
          yield* sql`SELECT 1 FROM assets WHERE tenant = ${tenant} AND asset_id = ${id} FOR UPDATE`
          yield* dependencies(sql, "asset", [
            {
              type: "stock_unit",
              label: "stock units",
              count: sql`SELECT count(*) FROM assets
                WHERE tenant = ${tenant} AND asset_id = ${id} AND stock_unit_id IS NOT NULL`
            }
          ])
          // What refers to the asset by a foreign key goes with it: links, relationships, schedules.
          const [asset] = yield* sql<{ readonly asset_id: string; readonly name: string; readonly asset_tag: string }>`
            DELETE FROM assets WHERE tenant = ${tenant} AND asset_id = ${id} RETURNING asset_id, name, asset_tag`
          if (asset === undefined) return yield* NotFound.of("Asset")
          const { asset_id, ...payload } = asset
          yield* sql`DELETE FROM document_associations
            WHERE tenant = ${tenant} AND entity_type = 'asset' AND entity_id = ${id}`
          yield* sql`DELETE FROM tag_mappings WHERE tenant = ${tenant} AND tagged_type = 'asset' AND tagged_id = ${id}`
          yield* recordEvent(sql, {
            tenant,
            userId,
            type: "ASSET_DELETED",
            entityType: "asset",
            entityId: asset_id,
            payload
          })
        },
        sql.withTransaction,
        unfailing
      )

      return AssetService.of({ list, get, create, update, delete: remove })
    })
  )
}

const checkExtension = (type: string, data: unknown) => {
  const issues = data == null ? [] : extensionIssues(type, data)
  return issues.length === 0 ? Effect.void : Effect.fail(ValidationFailed.issues(issues))
}

/** The columns of an asset, from its fields on the wire. */
const stored = ({ extension_data, ...fields }: typeof AssetChanges.Type) => ({
  ...fields,
  ...(extension_data === undefined
    ? {}
    : { extension_data: extension_data === null ? null : JSON.stringify(extension_data) })
})

const locationUnavailable = () =>
  ValidationFailed.at("location_id", "Selected location is not available for this client")

const refusals = refusing<ValidationFailed | BadReference>({
  assets_client_fkey: () => BadReference.to("client_id", "Client"),
  assets_location_fkey: locationUnavailable
})
