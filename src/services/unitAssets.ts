/** The assets that delivered stock units become, where the product is set up so. */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql"
import type { Caller } from "../domain/Actor.ts"
import { recordEvent, recordEvents } from "./events.ts"
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
  { tenant, userId }: Caller,
  unit: StockUnit,
  product: AssetPattern,
  { client_id, ticket_id }: Purpose
) {
  const asset_id = newId()
  const asset_tag = unit.serial_number
  yield* sql`INSERT INTO assets ${sql.insert({
    tenant,
    asset_id,
    asset_type: product.asset_type,
    client_id,
    asset_tag,
    name: product.service_name,
    status: "active",
    serial_number: unit.serial_number,
    warranty_end_date: unit.warranty_expires_at,
    service_id: product.service_id,
    stock_unit_id: unit.unit_id
  })}`
  yield* sql`INSERT INTO asset_associations ${sql.insert({
    tenant,
    asset_id,
    entity_id: ticket_id,
    entity_type: "ticket",
    relationship_type,
    created_by: userId
  })}`
  yield* recordEvents(sql, [
    {
      tenant,
      userId,
      type: "ASSET_CREATED",
      entityType: "asset",
      entityId: asset_id,
      payload: { client_id, name: product.service_name, asset_tag, stock_unit_id: unit.unit_id }
    },
    {
      tenant,
      userId,
      type: "TICKET_ASSET_LINKED",
      entityType: "ticket",
      entityId: ticket_id,
      payload: { asset_id, relationship_type, notes: null }
    }
  ])
})

/**
 * Whatever asset the unit was is not it any more. The asset stays with what is known of it, inactive and free of the
 * unit, which may become another one. Its id, if there is one.
 */
export const retireAsset = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  { tenant, userId }: Caller,
  unitId: string
) {
  const [asset] = yield* sql<{ readonly asset_id: string; readonly status: string }>`
    SELECT asset_id, status FROM assets WHERE tenant = ${tenant} AND stock_unit_id = ${unitId} FOR NO KEY UPDATE`
  if (asset === undefined) return undefined
  const { asset_id, status } = asset
  yield* sql`UPDATE assets SET status = 'inactive', stock_unit_id = NULL, updated_at = now()
    WHERE tenant = ${tenant} AND asset_id = ${asset_id}`
  yield* recordEvent(sql, {
    tenant,
    userId,
    type: "ASSET_UPDATED",
    entityType: "asset",
    entityId: asset_id,
    payload: { changes: { status: { old: status, new: "inactive" }, stock_unit_id: { old: unitId, new: null } } }
  })
  return asset_id
})

/** The ticket is not about the asset any more, if it was. */
export const unlinkAsset = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  { tenant, userId }: Caller,
  asset_id: string,
  ticketId: string
) {
  const [link] = yield* sql<{ readonly relationship_type: string }>`
    DELETE FROM asset_associations
    WHERE tenant = ${tenant} AND asset_id = ${asset_id} AND entity_type = 'ticket' AND entity_id = ${ticketId}
    RETURNING relationship_type`
  if (link === undefined) return
  yield* recordEvent(sql, {
    tenant,
    userId,
    type: "TICKET_ASSET_UNLINKED",
    entityType: "ticket",
    entityId: ticketId,
    payload: { asset_id, ...link }
  })
})
