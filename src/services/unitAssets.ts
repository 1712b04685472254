/** The assets that delivered stock units become, where the product is set up so. */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql"
import type { Caller } from "../domain/Actor.ts"
import { assetEvent, changesOf, linkedEvents, unlinkedEvents } from "./assetEvents.ts"
import { recordEvents } from "./events.ts"
import { newId } from "./ids.ts"
import type { Purpose, StockUnit } from "./stock.ts"

/** What the assets that a product's units become have in common. */
export interface AssetPattern {
  readonly service_id: string
  readonly service_name: string
  readonly asset_type: string
}

const relationship_type = "affected"

/** Makes an asset of a unit that was delivered, and links it to the ticket. */
export const makeAsset = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  caller: Caller,
  unit: StockUnit,
  product: AssetPattern,
  { client_id, ticket_id }: Purpose
) {
  const { tenant } = caller
  const asset_tag = unit.serial_number
  const [asset] = yield* sql<Made>`INSERT INTO assets ${sql
    .insert({
      tenant,
      asset_id: newId(),
      asset_type: product.asset_type,
      client_id,
      asset_tag,
      name: product.service_name,
      status: "active",
      serial_number: unit.serial_number,
      warranty_end_date: unit.warranty_expires_at,
      service_id: product.service_id,
      stock_unit_id: unit.unit_id
    })
    .returning("*")}`
  const { asset_id } = asset!
  yield* sql`INSERT INTO asset_associations ${sql.insert({
    tenant,
    asset_id,
    entity_id: ticket_id,
    entity_type: "ticket",
    relationship_type,
    created_by: caller.userId
  })}`
  yield* recordEvents(sql, [
    assetEvent(caller, "ASSET_CREATED", asset_id, {
      client_id,
      name: product.service_name,
      asset_tag,
      stock_unit_id: unit.unit_id,
      changes: changesOf({}, asset!)
    }),
    ...linkedEvents(caller, { asset_id, entity_id: ticket_id, relationship_type })
  ])
})

type Made = Readonly<Record<string, unknown>> & { readonly asset_id: string }

/**
 * Whatever asset the unit was is not it any more. The asset stays with what is known of it, inactive and free of the
 * unit, which may become another one. Its id, if there is one.
 */
export const retireAsset = Effect.fnUntraced(function* (sql: SqlClient.SqlClient, caller: Caller, unitId: string) {
  const { tenant } = caller
  const [asset] = yield* sql<{ readonly asset_id: string; readonly status: string }>`
    SELECT asset_id, status FROM assets WHERE tenant = ${tenant} AND stock_unit_id = ${unitId} FOR NO KEY UPDATE`
  if (asset === undefined) return undefined
  const { asset_id, status } = asset
  yield* sql`UPDATE assets SET status = 'inactive', stock_unit_id = NULL
    WHERE tenant = ${tenant} AND asset_id = ${asset_id}`
  const changes = changesOf({ status, stock_unit_id: unitId }, { status: "inactive", stock_unit_id: null })
  yield* recordEvents(sql, [assetEvent(caller, "ASSET_UPDATED", asset_id, { changes })])
  return asset_id
})

/** The ticket is not about the asset any more, if it was. */
export const unlinkAsset = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  caller: Caller,
  asset_id: string,
  ticketId: string
) {
  const [link] = yield* sql<{ readonly relationship_type: string }>`
    DELETE FROM asset_associations
    WHERE tenant = ${caller.tenant} AND asset_id = ${asset_id} AND entity_type = 'ticket' AND entity_id = ${ticketId}
    RETURNING relationship_type`
  if (link === undefined) return
  yield* recordEvents(sql, unlinkedEvents(caller, { asset_id, entity_id: ticketId, ...link }))
})
