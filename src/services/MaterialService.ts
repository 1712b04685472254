import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Actor, type Caller } from "../domain/Actor.ts"
import { BadReference, Conflict, type Forbidden, NotFound, ValidationFailed } from "../domain/Errors.ts"
import { type NewMaterial, TicketMaterial } from "../domain/Material.ts"
import { columnsOf } from "./columns.ts"
import { unfailing } from "./constraints.ts"
import { recordEvent } from "./events.ts"
import { newId } from "./ids.ts"
import { deliverUnit, type Purpose, putBack, type StockedProduct, takeFromLevel } from "./stock.ts"
import { lockTicket, requireTicket } from "./ticketAccess.ts"
import { type AssetPattern, makeAsset, retireAsset, unlinkAsset } from "./unitAssets.ts"

type Row = typeof TicketMaterial.Type
type New = typeof NewMaterial.Type

export class MaterialService extends Context.Service<
  MaterialService,
  {
    /** The materials of a ticket, the newest first. */
    readonly list: (ticketId: string) => Effect.Effect<ReadonlyArray<Row>, NotFound | Forbidden, Actor>
    /** Adds a product to a ticket, and takes it out of stock: 400 if there is not enough, 409 if the unit is gone. */
    readonly add: (
      ticketId: string,
      input: New
    ) => Effect.Effect<Row, NotFound | Forbidden | Conflict | BadReference | ValidationFailed, Actor>
    /** Removes a material that is not billed, and puts back what was taken for it. */
    readonly remove: (
      ticketId: string,
      materialId: string
    ) => Effect.Effect<void, NotFound | Forbidden | Conflict, Actor>
  }
>()("psa/MaterialService") {
  static readonly layer = Layer.effect(
    MaterialService,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const columns = columnsOf(TicketMaterial, "m", { service_name: "s.service_name", sku: "s.sku" })
      const catalog = sql.literal("JOIN service_catalog s ON s.tenant = m.tenant AND s.service_id = m.service_id")

      const tell = ({ tenant, userId }: Caller, type: string, material: Row) =>
        recordEvent(sql, {
          tenant,
          userId,
          type,
          entityType: "ticket",
          entityId: material.ticket_id,
          payload: told(material)
        })

      const list = Effect.fn("MaterialService.list")(function* (ticketId: string) {
        const actor = yield* Actor
        yield* requireTicket(sql, actor, ticketId)
        const rows = yield* sql`SELECT ${sql.literal(columns.text)} FROM ticket_materials m ${catalog}
          WHERE m.tenant = ${actor.tenant} AND m.ticket_id = ${ticketId}
          ORDER BY m.created_at DESC, m.ticket_material_id DESC`.values
        return rows.map(columns.read)
      }, unfailing)

      /** The product, which stays as it is until the material is stored: nobody retires it meanwhile. */
      const productOf = Effect.fnUntraced(function* (tenant: string, serviceId: string) {
        const [product] = yield* sql<Product>`
          SELECT s.service_id, s.service_name, s.item_kind, s.is_active, coalesce(i.track_stock, false) AS track_stock,
            coalesce(i.is_serialized, false) AS is_serialized, coalesce(i.creates_asset, false) AS creates_asset,
            coalesce(i.asset_type, 'unknown') AS asset_type, i.default_location_id
          FROM service_catalog s
          LEFT JOIN product_inventory_settings i ON i.tenant = s.tenant AND i.service_id = s.service_id
          WHERE s.tenant = ${tenant} AND s.service_id = ${serviceId} FOR SHARE OF s`
        if (product === undefined) return yield* BadReference.to("service_id", "Product")
        if (product.item_kind !== "product") return yield* ValidationFailed.at("service_id", "Expected a product")
        if (!product.is_active) return yield* ValidationFailed.at("service_id", "The product is not active")
        return product
      })

      /** The ticket with its client, locked. */
      const ticketOf = Effect.fnUntraced(function* (actor: Caller, ticketId: string) {
        yield* lockTicket(sql, actor, ticketId)
        const [ticket] = yield* sql<{ readonly ticket_id: string; readonly client_id: string }>`
          SELECT ticket_id, client_id FROM tickets WHERE tenant = ${actor.tenant} AND ticket_id = ${ticketId}`
        return ticket!
      })

      /** Takes what the material needs out of stock; the unit, if it is one. */
      const consume = Effect.fnUntraced(function* (actor: Caller, product: Product, input: New, purpose: Purpose) {
        const { unit_id } = input
        if (product.is_serialized) {
          if (unit_id == null) return yield* ValidationFailed.at("unit_id", "Expected the unit of a serialized product")
          if (input.quantity !== 1) return yield* ValidationFailed.at("quantity", "Expected 1 of a serialized product")
          const unit = yield* deliverUnit(sql, actor, product, unit_id, purpose)
          // What it was to a client who had it before, it is not to this one.
          yield* retireAsset(sql, actor, unit.unit_id)
          if (product.creates_asset) yield* makeAsset(sql, actor, unit, product, purpose)
          return unit
        }
        if (unit_id != null) return yield* ValidationFailed.at("unit_id", "The product is not serialized")
        if (product.track_stock) yield* takeFromLevel(sql, actor, product, input.quantity, purpose)
        return undefined
      })

      const add = Effect.fn("MaterialService.add")(
        function* (ticketId: string, input: New) {
          const actor = yield* Actor
          const { tenant } = actor
          const { client_id, ticket_id } = yield* ticketOf(actor, ticketId)
          const product = yield* productOf(tenant, input.service_id)
          const ticket_material_id = newId()
          const unit = yield* consume(actor, product, input, { ticket_material_id, ticket_id, client_id })
          const [stored] = yield* sql`
            WITH m AS (
              INSERT INTO ticket_materials ${sql
                .insert({
                  tenant,
                  ticket_material_id,
                  ticket_id,
                  client_id,
                  service_id: product.service_id,
                  unit_id: unit?.unit_id ?? null,
                  quantity: input.quantity,
                  rate: input.rate,
                  currency_code: input.currency_code,
                  description: input.description ?? null
                })
                .returning("*")}
            ) SELECT ${sql.literal(columns.text)} FROM m ${catalog}`.values
          const material = columns.read(stored!)
          yield* tell(actor, "TICKET_MATERIAL_ADDED", material)
          return material
        },
        sql.withTransaction,
        unfailing
      )

      const remove = Effect.fn("MaterialService.remove")(
        function* (ticketId: string, materialId: string) {
          const actor = yield* Actor
          const { tenant } = actor
          yield* lockTicket(sql, actor, ticketId)
          const [found] = yield* sql`SELECT ${sql.literal(columns.text)} FROM ticket_materials m ${catalog}
            WHERE m.tenant = ${tenant} AND m.ticket_id = ${ticketId} AND m.ticket_material_id = ${materialId}
            FOR UPDATE OF m`.values
          if (found === undefined) return yield* NotFound.of("material")
          const material = columns.read(found)
          if (material.is_billed) {
            return yield* Conflict.because("The material is billed, and cannot be removed", {
              billed_invoice_id: material.billed_invoice_id
            })
          }
          const unitId = yield* putBack(sql, actor, material)
          const assetId = unitId === null ? undefined : yield* retireAsset(sql, actor, unitId)
          if (assetId !== undefined) yield* unlinkAsset(sql, actor, assetId, material.ticket_id)
          yield* sql`DELETE FROM ticket_materials
            WHERE tenant = ${tenant} AND ticket_material_id = ${material.ticket_material_id}`
          yield* tell(actor, "TICKET_MATERIAL_REMOVED", material)
        },
        sql.withTransaction,
        unfailing
      )

      return MaterialService.of({ list, add, remove })
    })
  )
}

interface Product extends StockedProduct, AssetPattern {
  readonly item_kind: "service" | "product"
  readonly is_active: boolean
  readonly track_stock: boolean
  readonly is_serialized: boolean
  readonly creates_asset: boolean
}

/** What an event tells of a material. */
const told = ({ currency_code, quantity, rate, service_id, service_name, ticket_material_id, unit_id }: Row) => ({
  ticket_material_id,
  service_id,
  service_name,
  unit_id,
  quantity,
  rate,
  currency_code
})
