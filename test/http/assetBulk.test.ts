/** Changing many assets at once, over HTTP and PostgreSQL. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { Actor, operator } from "../../src/domain/Actor.ts"
import { AssetBulkService } from "../../src/services/AssetBulkService.ts"
import { newId } from "../../src/services/ids.ts"
import { insertAll } from "../../src/services/insertAll.ts"
import { makeClient, makeLocation } from "../support/fixtures.ts"
import { type Client, makeTenant, suite, type TestTenant } from "../support/service.ts"
import { counted } from "../support/statements.ts"

const updating = "/api/v1/assets/bulk-update"
const settingStatus = "/api/v1/assets/bulk-status"

/** New assets of a client, put straight into the database; their ids. */
const makeAssets = Effect.fnUntraced(function* (
  { tenant: { tenant } }: TestTenant,
  client_id: string,
  count: number,
  values: Record<string, unknown> = {}
) {
  const sql = yield* SqlClient.SqlClient
  const rows = Array.from({ length: count }, (_, index) => ({
    tenant,
    asset_id: newId(),
    client_id,
    asset_type: "workstation",
    asset_tag: `T-${index}`,
    name: `Machine ${index}`,
    status: "active",
    ...values
  }))
  yield* insertAll(sql, "assets", rows)
  return rows.map(({ asset_id }) => asset_id)
}, Effect.orDie)

const shop = Effect.gen(function* () {
  const tenant = yield* makeTenant
  return { tenant, id: tenant.tenant.tenant, admin: tenant.admin, client_id: yield* makeClient(tenant) }
})

/** The number of statements an effect sends, as the administrator of the tenant. */
const statementsOf = Effect.fnUntraced(function* <A, E, R>(tenant: TestTenant, effect: Effect.Effect<A, E, R>) {
  const actor = operator(tenant.tenant.tenant, tenant.user.user_id, "asset:update", "asset:read")
  const { exit, statements } = yield* counted(effect.pipe(Effect.provideService(Actor, actor)))
  assert.strictEqual(exit._tag, "Success", String(exit))
  return statements
})

const eventsOf = Effect.fnUntraced(function* (tenant: string, asset: string) {
  const sql = yield* SqlClient.SqlClient
  return yield* sql<{ readonly event_type: string; readonly user_id: string; readonly payload: unknown }>`
    SELECT event_type, user_id, payload FROM events WHERE tenant = ${tenant} AND entity_type = 'asset'
      AND entity_id = ${asset} ORDER BY event_id`
}, Effect.orDie)

const namesOf = Effect.fnUntraced(function* (client: Client, ids: ReadonlyArray<string>) {
  const answers = yield* Effect.forEach(ids, (id) => client.get(`/api/v1/assets/${id}`))
  return answers.map(({ body }) => body.data.name)
})

suite("many assets at once", (it) => {
  it.effect("are changed each in its own way, in the order of the request", () =>
    Effect.gen(function* () {
      const { admin, client_id, id, tenant } = yield* shop
      const other = yield* makeClient(tenant)
      const location_id = yield* makeLocation(tenant, other)
      const [a, b, c] = (yield* makeAssets(tenant, client_id, 3, { serial_number: "S" })) as [string, string, string]
      const answer = yield* admin.put(updating, {
        assets: [
          { asset_id: c, data: { client_id: other.toUpperCase(), location_id, name: "Moved" } },
          { asset_id: a.toUpperCase(), data: { serial_number: null, purchase_date: "2026-01-15T12:00:00+02:00" } },
          { asset_id: b, data: { extension_data: { ram_gb: 16, os_type: "Linux" } } }
        ]
      })
      assert.strictEqual(answer.status, 200, JSON.stringify(answer.body))
      assert.deepStrictEqual(answer.body.meta, { message: "Updated 3 assets" })
      assert.deepStrictEqual(
        answer.body.data.map((row: Record<string, unknown>) => row["asset_id"]),
        [c, a, b]
      )
      const [moved, dated] = answer.body.data
      assert.deepInclude(moved, { client_id: other, location_id, name: "Moved", serial_number: "S" })
      assert.deepInclude(dated, { client_id, serial_number: null, purchase_date: "2026-01-15T10:00:00.000Z" })
      const listed = (yield* admin.get("/api/v1/assets")).body.data
      assert.deepStrictEqual(
        moved,
        listed.find((row: { asset_id: string }) => row.asset_id === c)
      )
      assert.deepStrictEqual((yield* admin.get(`/api/v1/assets/${b}`)).body.data.extension_data, {
        ram_gb: 16,
        os_type: "Linux"
      })
      assert.deepStrictEqual(
        [...(yield* eventsOf(id, a))],
        [
          {
            event_type: "ASSET_UPDATED",
            user_id: tenant.user.user_id,
            payload: {
              changes: {
                serial_number: { old: "S", new: null },
                purchase_date: { old: null, new: "2026-01-15T10:00:00.000Z" }
              }
            }
          }
        ]
      )
      const history = yield* admin.get(`/api/v1/assets/${b}/history`)
      assert.strictEqual(history.body.pagination.total, 1)
    })
  )

  it.effect("that stay as they are are not touched", () =>
    Effect.gen(function* () {
      const { admin, client_id, id, tenant } = yield* shop
      const [a, b] = (yield* makeAssets(tenant, client_id, 2)) as [string, string]
      const before = (yield* admin.get(`/api/v1/assets/${a}`)).body.data.updated_at
      const answer = yield* admin.put(updating, {
        assets: [
          { asset_id: a, data: {} },
          { asset_id: b, data: { name: "New name" } }
        ]
      })
      assert.strictEqual(answer.body.data[0].updated_at, before)
      assert.strictEqual((yield* eventsOf(id, a)).length, 0)
      assert.strictEqual((yield* eventsOf(id, b)).length, 1)
    })
  )

  it.effect("get one status", () =>
    Effect.gen(function* () {
      const { admin, client_id, id, tenant } = yield* shop
      const ids = yield* makeAssets(tenant, client_id, 500)
      const answer = yield* admin.put(settingStatus, { asset_ids: ids.toReversed(), status: "retired" })
      assert.strictEqual(answer.status, 200, JSON.stringify(answer.body))
      assert.deepStrictEqual(answer.body.meta, { message: "Updated status for 500 assets" })
      assert.deepStrictEqual(
        answer.body.data.map((row: Record<string, unknown>) => [row["asset_id"], row["status"]]),
        ids.toReversed().map((one) => [one, "retired"])
      )
      assert.deepStrictEqual(
        (yield* eventsOf(id, ids[0]!)).map(({ payload }) => payload),
        [{ changes: { status: { old: "active", new: "retired" } } }]
      )
      const counts = yield* admin.get("/api/v1/assets?status=retired&limit=1")
      assert.strictEqual(counts.body.pagination.total, 500)
      const more = yield* admin.put(settingStatus, { asset_ids: [...ids, newId()], status: "active" })
      assert.deepStrictEqual(more.body.error.details, [{ path: ["asset_ids"], message: "Expected at most 500" }])
    })
  )

  it.effect("are changed all or none, and what is wrong is named by its index", () =>
    Effect.gen(function* () {
      const { admin, client_id, tenant } = yield* shop
      const other = yield* makeClient(tenant)
      const foreign = yield* makeLocation(tenant, other)
      const retired = yield* makeLocation(tenant, client_id, { is_active: false })
      const ids = yield* makeAssets(tenant, client_id, 7)
      const data = [
        { name: "Fine" },
        { location_id: foreign },
        { location_id: retired },
        { client_id: newId() },
        { asset_type: "spaceship" },
        { extension_data: { ram_gb: -1, wings: 2 } },
        { client_id: other, location_id: foreign, name: "Also fine" }
      ]
      const answer = yield* admin.put(updating, {
        assets: data.map((one, index) => ({ asset_id: ids[index], data: one }))
      })
      assert.deepStrictEqual([answer.status, answer.body.error.code], [400, "VALIDATION_ERROR"])
      const details: ReadonlyArray<{ readonly path: ReadonlyArray<unknown>; readonly message: string }> =
        answer.body.error.details
      assert.deepStrictEqual(
        details.map(({ path }) => path),
        [
          ["assets", 1, "data", "location_id"],
          ["assets", 2, "data", "location_id"],
          ["assets", 3, "data", "client_id"],
          ["assets", 4, "data", "asset_type"],
          ["assets", 5, "data", "extension_data", "wings"],
          ["assets", 5, "data", "extension_data", "ram_gb"]
        ]
      )
      assert.strictEqual(details[0]?.message, "Selected location is not available for this client")
      assert.deepStrictEqual(
        yield* namesOf(admin, ids),
        ids.map((_, index) => `Machine ${index}`)
      )
      const malformed = yield* admin.put(updating, {
        assets: [
          { asset_id: ids[0], data: { name: "x" } },
          { asset_id: "nope", data: { name: " " } }
        ]
      })
      assert.deepStrictEqual(
        malformed.body.error.details.map(({ path }: { path: unknown }) => path),
        [
          ["assets", 1, "asset_id"],
          ["assets", 1, "data", "name"]
        ]
      )
      for (const body of [{}, { assets: [] }, { assets: {} }]) {
        assert.strictEqual((yield* admin.put(updating, body)).status, 400)
      }
    })
  )

  it.effect("are refused when one is there twice, or not at all", () =>
    Effect.gen(function* () {
      const { admin, client_id, tenant } = yield* shop
      const stranger = yield* makeTenant
      const [foreign] = yield* makeAssets(stranger, yield* makeClient(stranger), 1)
      const ids = yield* makeAssets(tenant, client_id, 2)
      const change = (...assets: ReadonlyArray<string | undefined>) =>
        admin.put(updating, { assets: assets.map((asset_id) => ({ asset_id, data: { name: "Changed" } })) })

      const repeated = yield* change(ids[0], ids[1], ids[0]?.toUpperCase())
      assert.deepStrictEqual(
        [repeated.status, repeated.body.error.details],
        [400, [{ path: ["assets", 2, "asset_id"], message: "Expected each asset once" }]]
      )
      const missing = newId()
      const absent = yield* change(ids[0], missing, foreign)
      assert.deepStrictEqual([absent.status, absent.body.error.code], [404, "NOT_FOUND"])
      assert.include(absent.body.error.message, missing)
      assert.include(absent.body.error.message, foreign)
      assert.notInclude(absent.body.error.message, ids[0])
      assert.deepStrictEqual(
        absent.body.error.details.map(({ path }: { path: unknown }) => path),
        [
          ["assets", 1, "asset_id"],
          ["assets", 2, "asset_id"]
        ]
      )
      const status = yield* admin.put(settingStatus, { asset_ids: [ids[0], foreign], status: "gone" })
      assert.strictEqual(status.status, 404)
      const twice = yield* admin.put(settingStatus, { asset_ids: [ids[0], ids[0]], status: "gone" })
      assert.deepStrictEqual([twice.status, twice.body.error.details[0].path], [400, ["asset_ids", 1]])
      assert.deepStrictEqual(yield* namesOf(admin, ids), ["Machine 0", "Machine 1"])
    })
  )

  it.effect("take as many statements as one", () =>
    Effect.gen(function* () {
      const bulk = yield* AssetBulkService
      const { client_id, tenant } = yield* shop
      const other = yield* makeClient(tenant)
      const ids = yield* makeAssets(tenant, client_id, 200)
      const changing = (some: ReadonlyArray<string>, name: string) =>
        bulk.update({
          assets: some.map((asset_id) => ({
            asset_id,
            data: { name, client_id: other, asset_type: "server", extension_data: { ram_gb: 8 } }
          }))
        })
      const one = yield* statementsOf(tenant, changing(ids.slice(0, 1), "one"))
      const many = yield* statementsOf(tenant, changing(ids, "many"))
      assert.strictEqual(many, one)
      assert.isBelow(many, 12)
      const status = yield* statementsOf(tenant, bulk.setStatus({ asset_ids: ids, status: "x" }))
      assert.strictEqual(
        status,
        yield* statementsOf(tenant, bulk.setStatus({ asset_ids: ids.slice(0, 1), status: "y" }))
      )
    }).pipe(Effect.provide(AssetBulkService.layer))
  )

  it.effect("changed by several at once in any order are changed by one after the other", () =>
    Effect.gen(function* () {
      const { admin, client_id, id, tenant } = yield* shop
      const ids = yield* makeAssets(tenant, client_id, 60)
      const answers = yield* Effect.all(
        Array.from({ length: 8 }, (_, round) =>
          admin.put(updating, {
            assets: (round % 2 === 0 ? ids : ids.toReversed()).map((asset_id) => ({
              asset_id,
              data: { name: `Round ${round}` }
            }))
          })
        ),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(
        answers.map(({ status }) => status),
        answers.map(() => 200)
      )
      assert.strictEqual(new Set(yield* namesOf(admin, ids)).size, 1)
      assert.strictEqual((yield* eventsOf(id, ids[0]!)).length, 8)
    })
  )

  it.effect("may be changed by whoever may change one", () =>
    Effect.gen(function* () {
      const { client_id, tenant } = yield* shop
      const ids = yield* makeAssets(tenant, client_id, 1)
      const nobody = yield* tenant.as()
      const change = yield* nobody.put(updating, { assets: [{ asset_id: ids[0], data: { name: "x" } }] })
      const status = yield* nobody.put(settingStatus, { asset_ids: ids, status: "x" })
      assert.deepStrictEqual([change.status, status.status], [403, 403])
    })
  )
})
