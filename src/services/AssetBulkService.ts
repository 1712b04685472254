import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Actor, type Caller } from "../domain/Actor.ts"
import type { Asset } from "../domain/Asset.ts"
import { type AssetBulkChanges, type AssetBulkStatus, repeatedIds } from "../domain/AssetBulk.ts"
import { type AssetColumns, planChange } from "../domain/assetPlan.ts"
import { Forbidden, type Issue, NotFound, ValidationFailed } from "../domain/Errors.ts"
import { isReadableAsset } from "./assetAccess.ts"
import { assetEvent, changesOf } from "./assetEvents.ts"
import { assetColumnsOfRow, assetTables } from "./assetRows.ts"
import { holdTypes, typesOf, writtenAssignments, writtenColumns, writtenRecord } from "./assetWriting.ts"
import { unfailing } from "./constraints.ts"
import { recordEvents } from "./events.ts"

type Row = typeof Asset.Type
type Failure = ValidationFailed | NotFound | Forbidden

/** An asset as it is before the change. */
type Before = AssetColumns & { readonly asset_id: string; readonly readable: boolean }

export class AssetBulkService extends Context.Service<
  AssetBulkService,
  {
    /** Changes all of the assets, each in its own way, or none. The assets as they are then, in the order of the input. */
    readonly update: (input: typeof AssetBulkChanges.Type) => Effect.Effect<ReadonlyArray<Row>, Failure, Actor>
    /** Gives all of the assets one status, or none of them. The assets as they are then, in the order of the input. */
    readonly setStatus: (input: typeof AssetBulkStatus.Type) => Effect.Effect<ReadonlyArray<Row>, Failure, Actor>
  }
>()("psa/AssetBulkService") {
  static readonly layer = Layer.effect(
    AssetBulkService,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient

      /** Locks the assets in the order of their ids, so that two such requests never wait for each other, and reads them then. */
      const lock = Effect.fnUntraced(function* (
        caller: Caller,
        ids: ReadonlyArray<string>,
        pathOf: (index: number) => Issue["path"]
      ) {
        const { tenant } = caller
        const repeated = repeatedIds(ids, pathOf)
        if (repeated.length > 0) return yield* ValidationFailed.issues(repeated)
        yield* sql`SELECT 1 FROM assets WHERE tenant = ${tenant} AND asset_id = ANY(${ids}::uuid[])
          ORDER BY asset_id FOR NO KEY UPDATE`
        const found = yield* sql<Before>`SELECT a.asset_id, ${sql.literal(writtenColumns("a"))},
            ${isReadableAsset(sql, caller)} AS readable
          FROM assets a WHERE a.tenant = ${tenant} AND a.asset_id = ANY(${ids}::uuid[])`
        const byId = new Map(found.map((asset) => [asset.asset_id, asset]))
        if (byId.size < ids.length) return yield* notThere(ids, byId, pathOf)
        if (found.some(({ readable }) => !readable)) return yield* Forbidden.to("read", "asset")
        return byId
      })

      /** What the changes refer to, looked up at once. Locations stay as they are until the transaction ends. */
      const lookUp = Effect.fnUntraced(function* (tenant: string, changes: ReadonlyArray<Change>) {
        const clients = distinct(changes.map(({ data }) => data.client_id?.toLowerCase()))
        const locations = distinct(changes.map(({ data }) => data.location_id?.toLowerCase()))
        const knownClients = yield* sql<{ readonly client_id: string }>`SELECT client_id FROM clients
          WHERE tenant = ${tenant} AND client_id = ANY(${clients}::uuid[]) ORDER BY client_id FOR KEY SHARE`
        const knownLocations = yield* sql<{ readonly client_id: string; readonly location_id: string }>`
          SELECT client_id, location_id FROM client_locations
          WHERE tenant = ${tenant} AND location_id = ANY(${locations}::uuid[]) AND is_active
          ORDER BY location_id FOR SHARE`
        const clientIds = new Set(knownClients.map(({ client_id }) => client_id))
        const owners = new Map(knownLocations.map(({ client_id, location_id }) => [location_id, client_id]))
        return {
          hasClient: (client: string) => clientIds.has(client),
          hasLocation: (client: string, location: string) => owners.get(location) === client
        }
      })

      /** Writes the assets, and records what is not as it was before. */
      const write = Effect.fnUntraced(function* (
        caller: Caller,
        before: ReadonlyMap<string, Before>,
        assets: ReadonlyArray<AssetColumns & { readonly asset_id: string }>
      ) {
        const { tenant } = caller
        const after = yield* sql<AssetColumns & { readonly asset_id: string }>`
          UPDATE assets a SET ${sql.literal(writtenAssignments)}
          FROM jsonb_to_recordset(${JSON.stringify(assets)}::jsonb) AS n (asset_id uuid, ${sql.literal(writtenRecord)})
          WHERE a.tenant = ${tenant} AND a.asset_id = n.asset_id
          RETURNING a.asset_id, ${sql.literal(writtenColumns("a"))}`
        const events = after.flatMap((asset) => {
          const { readable: _, ...old } = before.get(asset.asset_id)!
          const changes = changesOf(old, asset)
          return Object.keys(changes).length === 0
            ? []
            : [assetEvent(caller, "ASSET_UPDATED", asset.asset_id, { changes })]
        })
        yield* recordEvents(sql, events)
      })

      /** The assets as they are, which whoever has changed them is shown even if they are out of their sight now. */
      const rows = Effect.fnUntraced(function* (tenant: string, ids: ReadonlyArray<string>) {
        const values = yield* sql`SELECT ${sql.literal(assetColumnsOfRow.text)} FROM ${sql.literal(assetTables)}
          WHERE a.tenant = ${tenant} AND a.asset_id = ANY(${ids}::uuid[])
          ORDER BY array_position(${ids}::uuid[], a.asset_id)`.values
        return values.map(assetColumnsOfRow.read)
      })

      const update = Effect.fn("AssetBulkService.update")(
        function* ({ assets }: typeof AssetBulkChanges.Type) {
          const actor = yield* Actor
          const { tenant } = actor
          const changes = assets.map(({ asset_id, data }): Change => ({ asset_id: asset_id.toLowerCase(), data }))
          const ids = changes.map(({ asset_id }) => asset_id)
          yield* holdTypes(sql, tenant, distinct(changes.map(({ data }) => data.asset_type)))
          const types = yield* typesOf(sql, tenant)
          const before = yield* lock(actor, ids, (index) => ["assets", index, "asset_id"])
          const known = { ...(yield* lookUp(tenant, changes)), typeOf: (slug: string) => types.get(slug) }
          const plans = changes.map(({ asset_id, data }) => planChange(before.get(asset_id)!, data, known))
          const issues = plans.flatMap((plan, index) =>
            plan.issues.map(({ message, path }) => ({ path: ["assets", index, "data", ...path], message }))
          )
          if (issues.length > 0) return yield* ValidationFailed.issues(issues)
          yield* write(
            actor,
            before,
            plans.map(({ asset }, index) => ({ ...asset, asset_id: ids[index]! }))
          )
          return yield* rows(tenant, ids)
        },
        sql.withTransaction,
        unfailing
      )

      const setStatus = Effect.fn("AssetBulkService.setStatus")(
        function* ({ asset_ids, status }: typeof AssetBulkStatus.Type) {
          const actor = yield* Actor
          const ids = asset_ids.map((id) => id.toLowerCase())
          const before = yield* lock(actor, ids, (index) => ["asset_ids", index])
          const assets = [...before.values()].map(({ readable: _, ...asset }) => ({ ...asset, status }))
          yield* write(actor, before, assets)
          return yield* rows(actor.tenant, ids)
        },
        sql.withTransaction,
        unfailing
      )

      return AssetBulkService.of({ update, setStatus })
    })
  )
}

type Change = (typeof AssetBulkChanges.Type)["assets"][number]

/** Those that there are, each once. */
const distinct = (values: ReadonlyArray<string | null | undefined>) => [
  ...new Set(values.filter((value) => value != null))
]

/** Some of the assets are not there: which. */
const notThere = (
  ids: ReadonlyArray<string>,
  found: ReadonlyMap<string, unknown>,
  pathOf: (index: number) => Issue["path"]
) => {
  const missing = [...ids.entries()].filter(([, id]) => !found.has(id))
  return new NotFound({
    error: {
      message: `Assets not found: ${missing.map(([, id]) => id).join(", ")}`,
      details: missing.map(([index]): Issue => ({ path: pathOf(index), message: "Asset not found" }))
    }
  })
}
