/** Materials of tickets and the stock they come from, over HTTP and PostgreSQL. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { Actor } from "../../src/domain/Actor.ts"
import { MaterialService } from "../../src/services/MaterialService.ts"
import { makeClient, makeProduct, makeStock, makeTicket, makeUnit } from "../support/fixtures.ts"
import { makeTenant, suite, type TestTenant } from "../support/service.ts"

const nobody = "00000000-0000-4000-8000-000000000000"

const desk = Effect.gen(function* () {
  const tenant = yield* makeTenant
  const client = yield* makeClient(tenant)
  const ticket = yield* makeTicket(tenant, { client_id: client })
  return { ...tenant, owner: tenant, client, ticket, path: `/api/v1/tickets/${ticket}/materials` }
})

const of = (service_id: string, more: object = {}) => ({
  service_id,
  quantity: 1,
  rate: 1500,
  currency_code: "EUR",
  ...more
})

/** What lies where, with nothing at places that have none. */
const levels = Effect.fnUntraced(function* ({ tenant: { tenant } }: TestTenant, product: string) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<{ readonly location_id: string; readonly quantity_on_hand: number }>`
    SELECT location_id, quantity_on_hand FROM stock_levels WHERE tenant = ${tenant} AND service_id = ${product}`
  return Object.fromEntries(rows.map((row) => [row.location_id, row.quantity_on_hand]))
})

const movements = Effect.fnUntraced(function* ({ tenant: { tenant } }: TestTenant, product: string) {
  const sql = yield* SqlClient.SqlClient
  return yield* sql<Record<string, unknown>>`
    SELECT location_id, unit_id, movement_type, quantity_delta, ticket_id, ticket_material_id, user_id
    FROM stock_movements WHERE tenant = ${tenant} AND service_id = ${product} ORDER BY created_at, movement_id`
})

const unitOf = Effect.fnUntraced(function* ({ tenant: { tenant } }: TestTenant, unit: string) {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<Record<string, unknown>>`SELECT status, location_id, client_id,
    delivered_at IS NOT NULL AS is_delivered FROM stock_units WHERE tenant = ${tenant} AND unit_id = ${unit}`
  return row!
})

const events = Effect.fnUntraced(function* ({ tenant: { tenant } }: TestTenant, entity: string) {
  const sql = yield* SqlClient.SqlClient
  return yield* sql<{ readonly event_type: string; readonly payload: Record<string, unknown> }>`
    SELECT event_type, payload FROM events WHERE tenant = ${tenant} AND entity_id = ${entity} ORDER BY event_id`
})

const change = Effect.fnUntraced(function* (
  table: string,
  column: string,
  id: string,
  values: Record<string, unknown>
) {
  const sql = yield* SqlClient.SqlClient
  yield* sql`UPDATE ${sql(table)} SET ${sql.update(values)} WHERE ${sql(column)} = ${id}::uuid`
})

const refusal = ({ body, status }: { body: { error: { details: [{ path: unknown }] } }; status: number }) => [
  status,
  body.error.details[0].path
]

suite("ticket materials", (it) => {
  it.effect("are added, listed the newest first, and removed", () =>
    Effect.gen(function* () {
      const { admin, client, owner, path, tenant, ticket, user } = yield* desk
      const product = yield* makeProduct(owner, { service_name: "Patch cable", sku: "PC-1" })
      assert.deepStrictEqual((yield* admin.get(path)).body, { data: [] })
      const { body, status } = yield* admin.post(path, {
        service_id: product.toUpperCase(),
        quantity: 2.9,
        rate: 1499.5,
        currency_code: "eur",
        description: "2 m, blue"
      })
      assert.strictEqual(status, 201, JSON.stringify(body))
      const { created_at, ticket_material_id, updated_at, ...rest } = body.data
      assert.deepStrictEqual(rest, {
        tenant: tenant.tenant,
        ticket_id: ticket,
        client_id: client,
        service_id: product,
        unit_id: null,
        quantity: 2,
        rate: 1500,
        currency_code: "EUR",
        description: "2 m, blue",
        is_billed: false,
        billed_invoice_id: null,
        billed_at: null,
        service_name: "Patch cable",
        sku: "PC-1"
      })
      assert.strictEqual(created_at, updated_at)
      const second = (yield* admin.post(path, of(product, { quantity: 0.5 }))).body.data
      assert.deepInclude(second, { quantity: 1, description: null })
      assert.deepStrictEqual((yield* admin.get(path)).body.data, [second, body.data])
      const removed = yield* admin.delete(`${path}/${ticket_material_id}`)
      assert.deepStrictEqual([removed.status, removed.body], [204, ""])
      assert.strictEqual((yield* admin.delete(`${path}/${ticket_material_id}`)).status, 404)
      assert.deepStrictEqual((yield* admin.get(path)).body.data, [second])
      const told = yield* events(owner, ticket)
      assert.deepStrictEqual(
        told.map(({ event_type }) => event_type),
        ["TICKET_MATERIAL_ADDED", "TICKET_MATERIAL_ADDED", "TICKET_MATERIAL_REMOVED"]
      )
      assert.deepStrictEqual(told[0]!.payload, {
        ticket_material_id,
        service_id: product,
        service_name: "Patch cable",
        unit_id: null,
        quantity: 2,
        rate: 1500,
        currency_code: "EUR"
      })
      assert.deepStrictEqual(told[2]!.payload, told[0]!.payload)
      assert.deepStrictEqual(yield* movements(owner, product), [], `Nothing was tracked for ${user.user_id}`)
    })
  )

  it.effect("are active products of the tenant", () =>
    Effect.gen(function* () {
      const { admin, owner, path } = yield* desk
      const stranger = yield* desk
      const service = yield* makeProduct(owner, { item_kind: "service" })
      const inactive = yield* makeProduct(owner, { is_active: false })
      const foreign = yield* makeProduct(stranger.owner)
      for (const id of [nobody, service, inactive, foreign]) {
        assert.deepStrictEqual(refusal(yield* admin.post(path, of(id))), [400, ["service_id"]])
      }
      const product = yield* makeProduct(owner)
      const wrong: ReadonlyArray<readonly [field: string, value: unknown]> = [
        ["service_id", "cable"],
        ["quantity", 0],
        ["quantity", -1],
        ["quantity", 2_147_483_648],
        ["rate", -1],
        ["rate", 1e300],
        ["currency_code", "EURO"],
        ["currency_code", "E1R"],
        ["description", "x".repeat(1001)],
        ["unit_id", "first"]
      ]
      for (const [field, value] of wrong) {
        assert.deepStrictEqual(refusal(yield* admin.post(path, of(product, { [field]: value }))), [400, [field]])
      }
      assert.deepStrictEqual(refusal(yield* admin.post(path, of(product, { unit_id: nobody }))), [400, ["unit_id"]])
      assert.strictEqual((yield* admin.get(path)).body.data.length, 0)
    })
  )

  it.effect("come from the default location, or else from the one that has most", () =>
    Effect.gen(function* () {
      const { admin, owner, path, ticket, user } = yield* desk
      const product = yield* makeProduct(owner, {}, {})
      const few = yield* makeStock(owner, product, 4)
      const main = yield* makeStock(owner, product, 5, {
        place: { is_default: true },
        level: { reserved_quantity: 1, held_quantity: 1 }
      })
      const most = yield* makeStock(owner, product, 9, { level: { held_quantity: 4 } })
      const take = (quantity: number) => admin.post(path, of(product, { quantity }))
      const first = (yield* take(2)).body.data
      assert.deepStrictEqual(yield* levels(owner, product), { [few]: 4, [main]: 3, [most]: 9 })
      assert.strictEqual((yield* take(2)).status, 201)
      assert.deepStrictEqual(yield* levels(owner, product), { [few]: 4, [main]: 3, [most]: 7 })
      const all = yield* take(5)
      assert.deepStrictEqual(refusal(all), [400, ["quantity"]])
      assert.strictEqual(all.body.error.details[0].message, "insufficient stock: 4 available")
      assert.strictEqual(all.body.error.message, "insufficient stock: 4 available")
      assert.strictEqual((yield* take(4)).status, 201)
      assert.deepStrictEqual(yield* levels(owner, product), { [few]: 0, [main]: 3, [most]: 7 })
      assert.strictEqual((yield* admin.delete(`${path}/${first.ticket_material_id}`)).status, 204)
      assert.deepStrictEqual(yield* levels(owner, product), { [few]: 0, [main]: 5, [most]: 7 })
      const made = { unit_id: null, ticket_id: ticket, user_id: user.user_id }
      const told = yield* movements(owner, product)
      assert.deepStrictEqual(
        told.map(({ ticket_material_id: _, ...rest }) => rest),
        [
          { ...made, location_id: main, movement_type: "consumption", quantity_delta: -2 },
          { ...made, location_id: most, movement_type: "consumption", quantity_delta: -2 },
          { ...made, location_id: few, movement_type: "consumption", quantity_delta: -4 },
          { ...made, location_id: main, movement_type: "return", quantity_delta: 2 }
        ]
      )
      assert.deepStrictEqual(
        [told[0]!["ticket_material_id"], told[3]!["ticket_material_id"]],
        [first.ticket_material_id, first.ticket_material_id]
      )
    })
  )

  it.effect("come from the product's own default location before the tenant's", () =>
    Effect.gen(function* () {
      const { admin, owner, path } = yield* desk
      const product = yield* makeProduct(owner, {}, {})
      const main = yield* makeStock(owner, product, 9, { place: { is_default: true } })
      const van = yield* makeStock(owner, product, 1)
      yield* change("product_inventory_settings", "service_id", product, { default_location_id: van })
      assert.strictEqual((yield* admin.post(path, of(product))).status, 201)
      assert.deepStrictEqual(yield* levels(owner, product), { [main]: 9, [van]: 0 })
    })
  )

  it.effect("take no more than there is, though many ask at once", () =>
    Effect.gen(function* () {
      const { admin, owner, path, ticket } = yield* desk
      const other = `/api/v1/tickets/${yield* makeTicket(owner)}/materials`
      const product = yield* makeProduct(owner, {}, {})
      const first = yield* makeStock(owner, product, 3)
      const second = yield* makeStock(owner, product, 4)
      const answers = yield* Effect.all(
        Array.from({ length: 12 }, (_, index) => admin.post(index % 2 === 0 ? path : other, of(product))),
        { concurrency: "unbounded" }
      )
      const statuses = answers.map(({ status }) => status).sort()
      assert.deepStrictEqual(statuses, [...Array(7).fill(201), ...Array(5).fill(400)])
      assert.deepStrictEqual(yield* levels(owner, product), { [first]: 0, [second]: 0 })
      assert.strictEqual((yield* movements(owner, product)).length, 7, ticket)
      const refused = answers.find(({ status }) => status === 400)!
      assert.strictEqual(refused.body.error.details[0].message, "insufficient stock: 0 available")
    })
  )

  it.effect("are removed once, though many remove them at once", () =>
    Effect.gen(function* () {
      const { admin, owner, path } = yield* desk
      const product = yield* makeProduct(owner, {}, {})
      const shelf = yield* makeStock(owner, product, 5)
      const { ticket_material_id } = (yield* admin.post(path, of(product, { quantity: 3 }))).body.data
      const answers = yield* Effect.all(
        Array.from({ length: 5 }, () => admin.delete(`${path}/${ticket_material_id}`)),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(answers.map(({ status }) => status).sort(), [204, 404, 404, 404, 404])
      assert.deepStrictEqual(yield* levels(owner, product), { [shelf]: 5 })
    })
  )

  it.effect("consume nothing of a product that is not tracked any more, and give back what they took before", () =>
    Effect.gen(function* () {
      const { admin, owner, path } = yield* desk
      const product = yield* makeProduct(owner, {}, {})
      const shelf = yield* makeStock(owner, product, 5)
      const before = (yield* admin.post(path, of(product, { quantity: 2 }))).body.data
      yield* change("product_inventory_settings", "service_id", product, { track_stock: false })
      const after = (yield* admin.post(path, of(product, { quantity: 2 }))).body.data
      assert.deepStrictEqual(yield* levels(owner, product), { [shelf]: 3 })
      yield* change("product_inventory_settings", "service_id", product, { track_stock: true })
      assert.strictEqual((yield* admin.delete(`${path}/${after.ticket_material_id}`)).status, 204)
      assert.deepStrictEqual(yield* levels(owner, product), { [shelf]: 3 })
      assert.strictEqual((yield* admin.delete(`${path}/${before.ticket_material_id}`)).status, 204)
      assert.deepStrictEqual(yield* levels(owner, product), { [shelf]: 5 })
    })
  )

  it.effect("are units of a serialized product, one at a time", () =>
    Effect.gen(function* () {
      const { admin, client, owner, path, ticket, user } = yield* desk
      const product = yield* makeProduct(owner, {}, { is_serialized: true })
      const shelf = yield* makeStock(owner, product, 2)
      const unit = yield* makeUnit(owner, product, shelf)
      const retired = yield* makeUnit(owner, product, shelf, { status: "retired" })
      const another = yield* makeProduct(owner, {}, { is_serialized: true })
      const elsewhere = yield* makeUnit(owner, another, yield* makeStock(owner, another, 1))
      const post = (more: object) => admin.post(path, of(product, more))
      assert.deepStrictEqual(refusal(yield* post({})), [400, ["unit_id"]])
      assert.deepStrictEqual(refusal(yield* post({ unit_id: null })), [400, ["unit_id"]])
      assert.deepStrictEqual(refusal(yield* post({ unit_id: nobody })), [400, ["unit_id"]])
      assert.deepStrictEqual(refusal(yield* post({ unit_id: elsewhere })), [400, ["unit_id"]])
      assert.deepStrictEqual(refusal(yield* post({ unit_id: unit, quantity: 2 })), [400, ["quantity"]])
      const gone = yield* post({ unit_id: retired })
      assert.deepStrictEqual([gone.status, gone.body.error.details], [409, { status: "retired" }])
      const added = yield* post({ unit_id: unit.toUpperCase() })
      assert.strictEqual(added.status, 201, JSON.stringify(added.body))
      assert.deepInclude(added.body.data, { unit_id: unit, quantity: 1 })
      assert.deepStrictEqual(yield* unitOf(owner, unit), {
        status: "delivered",
        location_id: null,
        client_id: client,
        is_delivered: true
      })
      assert.deepStrictEqual(yield* levels(owner, product), { [shelf]: 1 })
      assert.strictEqual((yield* post({ unit_id: unit })).status, 409)
      const { ticket_material_id } = added.body.data
      assert.strictEqual((yield* admin.delete(`${path}/${ticket_material_id}`)).status, 204)
      assert.deepStrictEqual(yield* unitOf(owner, unit), {
        status: "in_stock",
        location_id: shelf,
        client_id: null,
        is_delivered: false
      })
      assert.deepStrictEqual(yield* levels(owner, product), { [shelf]: 2 })
      const made = { location_id: shelf, unit_id: unit, ticket_id: ticket, ticket_material_id, user_id: user.user_id }
      assert.deepStrictEqual(yield* movements(owner, product), [
        { ...made, movement_type: "consumption", quantity_delta: -1 },
        { ...made, movement_type: "return", quantity_delta: 1 }
      ])
      assert.deepStrictEqual((yield* admin.get(`/api/v1/assets?client_id=${client}`)).body.data, [])
    })
  )

  it.effect("leave alone what is promised to others, and what another client has", () =>
    Effect.gen(function* () {
      const { admin, owner, path } = yield* desk
      const product = yield* makeProduct(owner, {}, { is_serialized: true })
      const shelf = yield* makeStock(owner, product, 1, { level: { reserved_quantity: 1 } })
      const unit = yield* makeUnit(owner, product, shelf)
      const promised = yield* admin.post(path, of(product, { unit_id: unit }))
      assert.deepStrictEqual(refusal(promised), [400, ["quantity"]])
      assert.deepInclude(yield* unitOf(owner, unit), { status: "in_stock" })
      yield* change("stock_levels", "service_id", product, { reserved_quantity: 0 })
      const paths = [path, `/api/v1/tickets/${yield* makeTicket(owner)}/materials`]
      const answers = yield* Effect.all(
        paths.map((path) => admin.post(path, of(product, { unit_id: unit }))),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(answers.map(({ status }) => status).sort(), [201, 409])
      assert.deepStrictEqual(yield* levels(owner, product), { [shelf]: 0 })
    })
  )

  it.effect("stay when they are billed, or when the unit has moved on", () =>
    Effect.gen(function* () {
      const { admin, client, owner, path } = yield* desk
      const product = yield* makeProduct(owner, {}, { is_serialized: true })
      const shelf = yield* makeStock(owner, product, 1)
      const unit = yield* makeUnit(owner, product, shelf)
      const first = (yield* admin.post(path, of(product, { unit_id: unit }))).body.data
      const own = `${path}/${first.ticket_material_id}`
      yield* change("ticket_materials", "ticket_material_id", first.ticket_material_id, { is_billed: true })
      const billed = yield* admin.delete(own)
      assert.deepStrictEqual([billed.status, billed.body.error.code], [409, "CONFLICT"])
      assert.match(billed.body.error.message, /billed/)
      yield* change("ticket_materials", "ticket_material_id", first.ticket_material_id, { is_billed: false })
      yield* change("stock_units", "unit_id", unit, { status: "in_rma" })
      const repaired = yield* admin.delete(own)
      assert.deepStrictEqual([repaired.status, repaired.body.error.details], [409, { status: "in_rma" }])
      // It came back by another way, and was sold again.
      yield* change("stock_units", "unit_id", unit, { status: "in_stock", client_id: null, location_id: shelf })
      yield* change("stock_levels", "service_id", product, { quantity_on_hand: 1 })
      const second = (yield* admin.post(path, of(product, { unit_id: unit }))).body.data
      assert.strictEqual((yield* admin.delete(own)).status, 409)
      assert.deepInclude(yield* unitOf(owner, unit), { status: "delivered", client_id: client })
      assert.strictEqual((yield* admin.delete(`${path}/${second.ticket_material_id}`)).status, 204)
      assert.deepStrictEqual(yield* levels(owner, product), { [shelf]: 1 })
    })
  )

  it.effect("become assets of the client, where the product is set up so", () =>
    Effect.gen(function* () {
      const { admin, client, owner, path, ticket } = yield* desk
      const product = yield* makeProduct(
        owner,
        { service_name: "ThinkPad T14" },
        { is_serialized: true, creates_asset: true, asset_type: "workstation" }
      )
      const shelf = yield* makeStock(owner, product, 1)
      const warranty = "2031-05-01T00:00:00.000Z"
      const unit = yield* makeUnit(owner, product, shelf, { serial_number: "PF-42", warranty_expires_at: warranty })
      const material = (yield* admin.post(path, of(product, { unit_id: unit }))).body.data
      const [linked, ...others] = (yield* admin.get(`/api/v1/tickets/${ticket}/assets`)).body.data
      assert.deepStrictEqual(others, [])
      assert.deepInclude(linked, {
        client_id: client,
        asset_type: "workstation",
        asset_tag: "PF-42",
        name: "ThinkPad T14",
        status: "active",
        serial_number: "PF-42",
        warranty_end_date: warranty,
        service_id: product,
        stock_unit_id: unit,
        relationship_type: "affected"
      })
      const asset = `/api/v1/assets/${linked.asset_id}`
      const kept = yield* admin.delete(asset)
      assert.deepStrictEqual(
        [kept.status, kept.body.error.details.dependencies],
        [409, [{ type: "stock_unit", count: 1, label: "stock units" }]]
      )
      assert.strictEqual((yield* admin.delete(`${path}/${material.ticket_material_id}`)).status, 204)
      const retired = (yield* admin.get(asset)).body.data
      assert.deepInclude(retired, { status: "inactive", stock_unit_id: null, service_id: product, client_id: client })
      assert.deepStrictEqual((yield* admin.get(`/api/v1/tickets/${ticket}/assets`)).body.data, [])
      assert.deepStrictEqual(
        (yield* events(owner, linked.asset_id)).map(({ event_type }) => event_type),
        ["ASSET_CREATED", "ASSET_TICKET_LINKED", "ASSET_UPDATED", "ASSET_TICKET_UNLINKED"]
      )
      assert.deepStrictEqual(
        (yield* events(owner, ticket)).map(({ event_type }) => event_type),
        ["TICKET_ASSET_LINKED", "TICKET_MATERIAL_ADDED", "TICKET_ASSET_UNLINKED", "TICKET_MATERIAL_REMOVED"]
      )
      assert.strictEqual((yield* admin.post(path, of(product, { unit_id: unit }))).status, 201)
      assert.strictEqual((yield* admin.delete(asset)).status, 204)
    })
  )

  it.effect("leave the asset of whoever had the unit before behind", () =>
    Effect.gen(function* () {
      const { admin, client, owner, path } = yield* desk
      const product = yield* makeProduct(owner, {}, { is_serialized: true, creates_asset: true })
      const shelf = yield* makeStock(owner, product, 1)
      const unit = yield* makeUnit(owner, product, shelf)
      const before = `/api/v1/tickets/${yield* makeTicket(owner)}`
      yield* admin.post(`${before}/materials`, of(product, { unit_id: unit }))
      const [old] = (yield* admin.get(`${before}/assets`)).body.data
      assert.strictEqual(old.asset_type, "unknown")
      yield* change("stock_units", "unit_id", unit, { status: "in_stock", client_id: null, location_id: shelf })
      yield* change("stock_levels", "service_id", product, { quantity_on_hand: 1 })
      assert.strictEqual((yield* admin.post(path, of(product, { unit_id: unit }))).status, 201)
      const now = (yield* admin.get(`/api/v1/assets/${old.asset_id}`)).body.data
      assert.deepInclude(now, { status: "inactive", stock_unit_id: null })
      const [made] = (yield* admin.get(`/api/v1/assets?client_id=${client}`)).body.data
      assert.deepInclude(made, { status: "active", stock_unit_id: unit })
      assert.strictEqual((yield* admin.get(`${before}/assets`)).body.data.length, 1, "It was about that one")
    })
  )

  it.effect("undo everything when they cannot be added", () =>
    Effect.gen(function* () {
      const { admin, owner, path, ticket } = yield* desk
      const product = yield* makeProduct(owner, {}, {})
      const shelf = yield* makeStock(owner, product, 1)
      assert.strictEqual((yield* admin.post(path, of(product, { quantity: 2 }))).status, 400)
      assert.deepStrictEqual((yield* admin.get(path)).body.data, [])
      assert.deepStrictEqual(yield* levels(owner, product), { [shelf]: 1 })
      assert.deepStrictEqual([yield* events(owner, ticket), yield* movements(owner, product)], [[], []])
    })
  )

  it.effect("are added once, though the request is sent again", () =>
    Effect.gen(function* () {
      const { admin, owner, path } = yield* desk
      const product = yield* makeProduct(owner, {}, {})
      const shelf = yield* makeStock(owner, product, 5)
      const key = { "idempotency-key": "cable-1" }
      const first = yield* admin.post(path, of(product), key)
      const again = yield* admin.post(path, of(product), key)
      assert.deepStrictEqual([again.status, again.body], [201, first.body])
      assert.deepStrictEqual(yield* levels(owner, product), { [shelf]: 4 })
    })
  )

  it.effect("need a ticket, and the right to change it", () =>
    Effect.gen(function* () {
      const { admin, as, owner, path } = yield* desk
      const product = yield* makeProduct(owner)
      const { ticket_material_id } = (yield* admin.post(path, of(product))).body.data
      const own = `${path}/${ticket_material_id}`
      for (const id of [nobody, yield* makeTicket(owner)]) {
        assert.strictEqual((yield* admin.delete(`/api/v1/tickets/${id}/materials/${ticket_material_id}`)).status, 404)
      }
      const missing = `/api/v1/tickets/${nobody}/materials`
      assert.strictEqual((yield* admin.get(missing)).status, 404)
      assert.strictEqual((yield* admin.post(missing, of(nobody))).status, 404)
      assert.strictEqual((yield* admin.delete(`${path}/first`)).status, 400)
      const outsider = yield* as("partner-admin")
      assert.strictEqual((yield* outsider.get(path)).status, 403)
      assert.strictEqual((yield* outsider.post(path, of(product))).status, 403)
      assert.strictEqual((yield* outsider.delete(own)).status, 403)
      const stranger = yield* desk
      assert.strictEqual((yield* stranger.admin.get(path)).status, 404)
      assert.strictEqual((yield* stranger.admin.post(path, of(product))).status, 404)
      assert.strictEqual((yield* stranger.admin.delete(own)).status, 404)
      assert.strictEqual((yield* admin.get(path)).body.data.length, 1)
    })
  )

  it.effect("are for those who may read the ticket", () =>
    Effect.gen(function* () {
      const { admin, owner, path, tenant, ticket, user } = yield* desk
      const product = yield* makeProduct(owner)
      const { ticket_material_id } = (yield* admin.post(path, of(product))).body.data
      const own = yield* makeTicket(owner, { entered_by: user.user_id })
      const narrowed = Effect.provideService(Actor, {
        tenant: tenant.tenant,
        userId: user.user_id,
        userType: "internal",
        apiKeyId: undefined,
        permissions: new Set(["ticket:read", "ticket:update"] as const),
        scopes: { "ticket:read": [{ template: "own" }] }
      })
      yield* Effect.gen(function* () {
        const materials = yield* MaterialService
        const refused = yield* Effect.all([
          Effect.flip(materials.list(ticket)),
          Effect.flip(materials.add(ticket, of(product))),
          Effect.flip(materials.remove(ticket, ticket_material_id))
        ])
        assert.deepStrictEqual(
          refused.map(({ _tag }) => _tag),
          ["Forbidden", "Forbidden", "Forbidden"]
        )
        assert.strictEqual((yield* materials.add(own, of(product))).ticket_id, own)
      }).pipe(Effect.provide(MaterialService.layer), narrowed)
      assert.strictEqual((yield* admin.get(path)).body.data.length, 1)
    })
  )
})
