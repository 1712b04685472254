/**
 * Stock: what of a product lies where, and every change of it, with the movement that tells of it. Who needs several
 * rows locks a unit before levels, and levels in the order of their locations; so nobody waits in a circle, and nothing
 * is taken twice.
 */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql"
import type { SqlError } from "effect/sql/SqlError"
import type { Caller } from "../domain/Actor.ts"
import { BadReference, Conflict, ValidationFailed } from "../domain/Errors.ts"
import { newId } from "./ids.ts"

/** The material that stock is taken for: of which ticket, for which client. */
export interface Purpose {
  readonly ticket_material_id: string
  readonly ticket_id: string
  readonly client_id: string
}

/** A product, and how it is kept in stock. */
export interface StockedProduct {
  readonly service_id: string
  readonly default_location_id: string | null
}

interface Level {
  readonly location_id: string
  readonly available: number
}

/** Takes pieces of a product from one location that has enough: the default one first, then the one that has most. */
export const takeFromLevel = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  actor: Caller,
  product: StockedProduct,
  quantity: number,
  purpose: Purpose
) {
  const { tenant } = actor
  const { service_id } = product
  const levels = yield* sql<Level & { readonly is_default: boolean }>`
    SELECT v.location_id, v.quantity_on_hand - v.reserved_quantity - v.held_quantity AS available, l.is_default
    FROM stock_levels v JOIN stock_locations l ON l.tenant = v.tenant AND l.location_id = v.location_id
    WHERE v.tenant = ${tenant} AND v.service_id = ${service_id}
    ORDER BY v.location_id FOR NO KEY UPDATE OF v`
  const preference = (level: (typeof levels)[number]) =>
    level.location_id === product.default_location_id ? 2 : level.is_default ? 1 : 0
  const [best] = levels
    .filter(({ available }) => available >= quantity)
    .sort((a, b) => preference(b) - preference(a) || b.available - a.available)
  if (best === undefined) return yield* insufficient(Math.max(0, ...levels.map(({ available }) => available)))
  const { location_id } = best
  yield* sql`UPDATE stock_levels SET quantity_on_hand = quantity_on_hand - ${quantity}::bigint, updated_at = now()
    WHERE tenant = ${tenant} AND service_id = ${service_id} AND location_id = ${location_id}`
  yield* recordMovement(sql, actor, { service_id, location_id, unit_id: null, quantity_delta: -quantity }, purpose)
})

/** A single piece of a serialized product. */
export interface StockUnit {
  readonly unit_id: string
  readonly serial_number: string
  readonly warranty_expires_at: string | null
}

/** Takes this unit of a product out of stock: from now on the client has it. */
export const deliverUnit = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  actor: Caller,
  { service_id }: StockedProduct,
  unitId: string,
  purpose: Purpose
) {
  const { tenant } = actor
  const [unit] = yield* sql<StockUnit & StoredUnit>`
    SELECT unit_id, service_id, serial_number, status, location_id, warranty_expires_at FROM stock_units
    WHERE tenant = ${tenant} AND unit_id = ${unitId} FOR NO KEY UPDATE`
  if (unit === undefined) return yield* BadReference.to("unit_id", "Unit")
  if (unit.service_id !== service_id) {
    return yield* ValidationFailed.at("unit_id", "The unit is one of another product")
  }
  const { location_id, status, unit_id } = unit
  if (status !== "in_stock" || location_id === null) return yield* notInStock(status)
  const taken = yield* sql`UPDATE stock_levels SET quantity_on_hand = quantity_on_hand - 1, updated_at = now()
    WHERE tenant = ${tenant} AND service_id = ${service_id} AND location_id = ${location_id}
      AND quantity_on_hand - reserved_quantity - held_quantity >= 1
    RETURNING location_id`
  // The unit lies there, but what lies there is promised to others.
  if (taken.length === 0) return yield* insufficient(0)
  yield* sql`UPDATE stock_units SET status = 'delivered', client_id = ${purpose.client_id}, location_id = NULL,
      delivered_at = now(), updated_at = now()
    WHERE tenant = ${tenant} AND unit_id = ${unit_id}`
  yield* recordMovement(sql, actor, { service_id, location_id, unit_id, quantity_delta: -1 }, purpose)
  return unit
})

/** Puts what was taken for a material back to where it lay. The unit that came back, if it was one. */
export const putBack = Effect.fnUntraced(function* (sql: SqlClient.SqlClient, actor: Caller, purpose: Purpose) {
  const { tenant } = actor
  const [consumption] = yield* sql<Movement>`
    SELECT service_id, location_id, unit_id, quantity_delta FROM stock_movements
    WHERE tenant = ${tenant} AND ticket_material_id = ${purpose.ticket_material_id} AND movement_type = 'consumption'`
  if (consumption === undefined) return null
  const { location_id, service_id, unit_id } = consumption
  if (unit_id !== null) yield* restoreUnit(sql, tenant, unit_id, location_id, purpose)
  const quantity = -consumption.quantity_delta
  yield* sql`INSERT INTO stock_levels AS v (tenant, service_id, location_id, quantity_on_hand)
    VALUES (${tenant}, ${service_id}, ${location_id}, ${quantity}::bigint)
    ON CONFLICT (tenant, service_id, location_id) DO UPDATE
    SET quantity_on_hand = v.quantity_on_hand + excluded.quantity_on_hand, updated_at = now()`
  yield* recordMovement(sql, actor, { ...consumption, quantity_delta: quantity }, purpose)
  return unit_id
})

/** Puts a unit back in stock, if it has stayed where it was delivered for the material. */
const restoreUnit = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  tenant: string,
  unitId: string,
  locationId: string,
  { ticket_material_id }: Purpose
) {
  const [unit] = yield* sql<StoredUnit>`SELECT service_id, status, location_id FROM stock_units
    WHERE tenant = ${tenant} AND unit_id = ${unitId} FOR NO KEY UPDATE`
  // Read when the unit is locked, so that what others did while this waited is seen.
  const [last] = yield* sql<{ readonly ticket_material_id: string | null }>`
    SELECT ticket_material_id FROM stock_movements WHERE tenant = ${tenant} AND unit_id = ${unitId}
    ORDER BY created_at DESC, movement_id DESC LIMIT 1`
  if (unit?.status !== "delivered") return yield* movedOn(unit?.status)
  if (last?.ticket_material_id !== ticket_material_id) return yield* movedOn(unit.status)
  yield* sql`UPDATE stock_units SET status = 'in_stock', client_id = NULL, location_id = ${locationId},
      delivered_at = NULL, updated_at = now()
    WHERE tenant = ${tenant} AND unit_id = ${unitId}`
})

interface StoredUnit {
  readonly service_id: string
  readonly status: string
  readonly location_id: string | null
}

interface Movement {
  readonly service_id: string
  readonly location_id: string
  readonly unit_id: string | null
  readonly quantity_delta: number
}

const recordMovement = (
  sql: SqlClient.SqlClient,
  { tenant, userId }: Caller,
  movement: Movement,
  { ticket_id, ticket_material_id }: Purpose
): Effect.Effect<void, SqlError> => {
  const [movement_type, reason] =
    movement.quantity_delta < 0 ? ["consumption", "Material of a ticket"] : ["return", "Material taken off a ticket"]
  return Effect.asVoid(
    sql`INSERT INTO stock_movements ${sql.insert({
      tenant,
      movement_id: newId(),
      ...movement,
      movement_type,
      reason,
      ticket_id,
      ticket_material_id,
      user_id: userId
    })}`
  )
}

const insufficient = (available: number) => {
  const message = `insufficient stock: ${available} available`
  return ValidationFailed.issues([{ path: ["quantity"], message }], message)
}

const notInStock = (status: string) => Conflict.because(`The unit is not in stock: it is ${status}`, { status })

const movedOn = (status: string | undefined) =>
  Conflict.because("The unit has moved on since it was added to the ticket, and cannot be put back", { status })
