/** The figures of assets, and how one of them is doing, over HTTP and PostgreSQL. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { Actor, operator, type Scopes } from "../../src/domain/Actor.ts"
import { AssetStatsService } from "../../src/services/AssetStatsService.ts"
import { AssetSummaryService } from "../../src/services/AssetSummaryService.ts"
import { foldAssetCounts } from "../../src/services/assetCounts.ts"
import { newId } from "../../src/services/ids.ts"
import { insertAll } from "../../src/services/insertAll.ts"
import { makeClient, makeTicket, references } from "../support/fixtures.ts"
import { makeTenant, suite, type TestTenant } from "../support/service.ts"

const root = "/api/v1/assets"
const stats = `${root}/stats`

/** Days from now, as a timestamp. */
const days = (count: number) => new Date(Date.now() + count * 86_400_000).toISOString()

/** A filter that every asset passes, so that each is looked at instead of the running totals. */
const everyone = `${stats}?created_from=2000-01-01`

const makeAsset = Effect.fnUntraced(function* ({ admin }: TestTenant, fields: Record<string, unknown>) {
  const asset = { asset_type: "server", asset_tag: "S-1", name: "Server", status: "active", ...fields }
  const { body, status } = yield* admin.post(root, asset)
  assert.strictEqual(status, 201, JSON.stringify(body))
  const id: string = body.data.asset_id
  return id
})

const change = Effect.fnUntraced(function* (
  { tenant: { tenant } }: TestTenant,
  asset: string,
  columns: Record<string, unknown>
) {
  const sql = yield* SqlClient.SqlClient
  yield* sql`UPDATE assets SET ${sql.update(columns)} WHERE tenant = ${tenant} AND asset_id = ${asset}`
})

const priced = (purchase_price: unknown) => ({ attributes: JSON.stringify({ purchase_price }) })

const makeSchedule = Effect.fnUntraced(function* (
  tenant: TestTenant,
  asset_id: string,
  next_maintenance: string,
  is_active = true
) {
  const sql = yield* SqlClient.SqlClient
  yield* sql`INSERT INTO asset_maintenance_schedules ${sql.insert({
    tenant: tenant.tenant.tenant,
    schedule_id: newId(),
    asset_id,
    schedule_name: "Dust",
    maintenance_type: "inspection",
    frequency: "monthly",
    next_maintenance,
    is_active,
    created_by: tenant.user.user_id
  })}`
})

const nothing = {
  total_assets: 0,
  assets_added_this_month: 0,
  average_asset_age_days: null,
  total_asset_value: 0,
  assets_by_type: {},
  assets_by_status: {},
  assets_by_client: {},
  warranty_expiring_soon: 0,
  warranty_expired: 0,
  maintenance_due: 0,
  maintenance_overdue: 0
}

/** A tenant with five assets of two clients, whose figures are known. */
const shop = Effect.gen(function* () {
  const tenant = yield* makeTenant
  const acme = yield* makeClient(tenant, { client_name: "Acme" })
  const bolt = yield* makeClient(tenant, { client_name: "Bolt" })
  const [a, b, c, d, e] = [
    yield* makeAsset(tenant, { client_id: acme, purchase_date: days(-10), warranty_end_date: days(10) }),
    yield* makeAsset(tenant, {
      client_id: acme,
      purchase_date: days(-30),
      warranty_end_date: days(-1),
      name: "Old one"
    }),
    yield* makeAsset(tenant, {
      client_id: acme,
      asset_type: "printer",
      status: "retired",
      warranty_end_date: days(-9)
    }),
    yield* makeAsset(tenant, { client_id: bolt, warranty_end_date: days(31) }),
    yield* makeAsset(tenant, { client_id: bolt, asset_type: "printer" })
  ]
  yield* change(tenant, a, priced(129_900))
  yield* change(tenant, b, priced("100.50"))
  yield* change(tenant, c, priced("a lot"))
  yield* change(tenant, d, priced(-5))
  yield* change(tenant, e, { created_at: "2020-01-01T00:00:00Z", ...priced({ amount: 5 }) })
  yield* makeSchedule(tenant, a, days(-1))
  yield* makeSchedule(tenant, a, days(-8))
  yield* makeSchedule(tenant, d, days(-8))
  yield* makeSchedule(tenant, d, days(-8), false)
  yield* makeSchedule(tenant, d, days(1))
  return { tenant, admin: tenant.admin, acme, bolt, a, b, c, d, e }
})

const known = {
  total_assets: 5,
  assets_added_this_month: 4,
  average_asset_age_days: 20,
  total_asset_value: 130_001,
  assets_by_type: { server: 3, printer: 2 },
  assets_by_status: { active: 4, retired: 1 },
  assets_by_client: { Acme: 3, Bolt: 2 },
  warranty_expiring_soon: 1,
  warranty_expired: 2,
  maintenance_due: 3,
  maintenance_overdue: 2
}

suite("figures of assets", (it) => {
  it.effect("are those of all assets, from running totals as from the assets", () =>
    Effect.gen(function* () {
      const { admin } = yield* shop
      const plain = yield* admin.get(stats)
      assert.deepStrictEqual([plain.status, plain.body], [200, { data: known }])
      assert.deepStrictEqual((yield* admin.get(everyone)).body.data, known)
      assert.deepStrictEqual(Object.keys(plain.body.data.assets_by_client), ["Acme", "Bolt"])
      const { admin: other } = yield* makeTenant
      assert.deepStrictEqual((yield* other.get(stats)).body.data, nothing)
      assert.deepStrictEqual((yield* other.get(everyone)).body.data, nothing)
    })
  )

  it.effect("are those of the assets that the filters of the list find", () =>
    Effect.gen(function* () {
      const { acme, admin, bolt } = yield* shop
      const ask = (query: string) => Effect.map(admin.get(`${stats}?${query}`), ({ body }) => body.data)
      assert.deepStrictEqual(yield* ask(`client_id=${bolt}`), {
        ...nothing,
        total_assets: 2,
        assets_added_this_month: 1,
        assets_by_type: { server: 1, printer: 1 },
        assets_by_status: { active: 2 },
        assets_by_client: { Bolt: 2 },
        maintenance_due: 1,
        maintenance_overdue: 1
      })
      for (const [query, total] of [
        [`client_id=${acme}`, 3],
        ["client_name=acm", 3],
        ["asset_type=printer", 2],
        ["status=retired", 1],
        ["search=old", 1],
        ["name=old", 1],
        ["warranty_expired=true", 2],
        ["maintenance_due=true", 2],
        ["search=nobody", 0]
      ] as const) {
        const { total_assets } = yield* ask(query)
        const { body } = yield* admin.get(`${root}?${query}&limit=1`)
        assert.deepStrictEqual([total_assets, body.pagination.total], [total, total], query)
      }
      assert.strictEqual((yield* admin.get(`${stats}?client_id=abc`)).status, 400)
      assert.deepStrictEqual((yield* admin.get(`${stats}?colour=red`)).body.meta.ignored, ["colour"])
    })
  )

  it.effect("follow every change, and stay what they are when the totals are folded", () =>
    Effect.gen(function* () {
      const { a, admin, b, bolt, tenant } = yield* shop
      const agree = Effect.gen(function* () {
        const { body } = yield* admin.get(stats)
        assert.deepStrictEqual((yield* admin.get(everyone)).body.data, body.data)
        return body.data
      })
      yield* admin.put(`${root}/${a}`, { purchase_date: days(-100), client_id: bolt, status: "spare" })
      assert.deepInclude(yield* agree, { average_asset_age_days: 65, assets_by_client: { Bolt: 3, Acme: 2 } })
      yield* admin.put(`${root}/${b}`, { purchase_date: null })
      assert.deepInclude(yield* agree, { average_asset_age_days: 100, total_asset_value: 130_001 })
      yield* change(tenant, a, priced(7))
      assert.deepInclude(yield* agree, { total_asset_value: 108 })
      yield* Effect.forEach(
        Array.from({ length: 80 }, (_, n) => n),
        (n) => change(tenant, b, { ...priced(n), purchase_date: days(-n - 1), status: `status ${n % 3}` })
      )
      const before = yield* agree
      yield* Effect.all([foldAssetCounts, foldAssetCounts], { concurrency: "unbounded" })
      assert.deepStrictEqual(yield* agree, before)
      assert.deepInclude(before, { total_asset_value: 86, average_asset_age_days: 90 })
      const sql = yield* SqlClient.SqlClient
      const [rows] = yield* sql<{ readonly n: number }>`SELECT count(*)::int AS n FROM asset_counts
        WHERE tenant = ${tenant.tenant.tenant}`
      assert.isBelow(rows!.n, 60)
      for (const id of [a, b]) assert.strictEqual((yield* admin.delete(`${root}/${id}`)).status, 204)
      assert.deepInclude(yield* agree, { total_asset_value: 0, average_asset_age_days: null, total_assets: 3 })
    })
  )

  it.effect("name the ten clients with the most assets", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const sql = yield* SqlClient.SqlClient
      for (let n = 0; n < 12; n++) {
        const client_id = yield* makeClient(tenant, { client_name: `Client ${String(n).padStart(2, "0")}` })
        const base = { tenant: tenant.tenant.tenant, client_id, asset_tag: "T", name: "N", status: "active" }
        const count = n >= 10 ? 3 : 1
        const rows = Array.from({ length: count }, () => ({ ...base, asset_id: newId() }))
        yield* insertAll(sql, "assets", rows)
      }
      for (const path of [stats, everyone]) {
        const { assets_by_client, total_assets } = (yield* tenant.admin.get(path)).body.data
        assert.strictEqual(total_assets, 16)
        assert.deepStrictEqual(Object.entries(assets_by_client), [
          ["Client 10", 3],
          ["Client 11", 3],
          ...[0, 1, 2, 3, 4, 5, 6, 7].map((n): [string, unknown] => [`Client 0${n}`, 1])
        ])
      }
    })
  )

  it.effect("are of what the caller may read, and need asset:read", () =>
    Effect.gen(function* () {
      const { bolt, tenant } = yield* shop
      const service = yield* AssetStatsService
      const caller = {
        ...operator(tenant.tenant.tenant, tenant.user.user_id),
        scopes: { "asset:read": [{ template: "selected_clients", client_ids: [bolt] }] }
      } as const
      for (const filters of [{}, { search: "e" }]) {
        const seen = yield* Effect.provideService(service.stats(filters), Actor, caller)
        assert.deepInclude(seen, { total_assets: 2, assets_by_client: { Bolt: 2 }, maintenance_due: 1 })
      }
      assert.strictEqual((yield* (yield* tenant.as()).get(stats)).status, 403)
    }).pipe(Effect.provide(AssetStatsService.layer))
  )
})

suite("how an asset is doing", (it) => {
  const summary = (id: string) => `${root}/${id}/summary`

  it.effect("is told by its agent, its tickets, its protection and its warranty", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const { admin } = tenant
      const client_id = yield* makeClient(tenant)
      const id = yield* makeAsset(tenant, { client_id })
      const plain = yield* admin.get(summary(id))
      assert.deepStrictEqual(
        [plain.status, plain.body],
        [
          200,
          {
            data: {
              health_status: "unknown",
              health_reason: "No RMM data available",
              open_tickets_count: 0,
              security_status: "secure",
              security_issues: [],
              warranty_days_remaining: null,
              warranty_status: "unknown"
            }
          }
        ]
      )
      const { statuses } = yield* references(tenant)
      const closed = { status_id: statuses["Closed"]!, is_closed: true, closed_at: new Date().toISOString() }
      for (const values of [{}, {}, closed]) {
        const ticket_id = yield* makeTicket(tenant, values)
        assert.strictEqual((yield* admin.post(`${root}/${id}/tickets`, { ticket_id })).status, 201)
      }
      yield* change(tenant, id, {
        agent_status: "offline",
        last_seen_at: days(-4),
        warranty_end_date: days(45.5),
        attributes: JSON.stringify({ failed_patches: 6, pending_patches: "12", antivirus_status: "at_risk" }),
        extension_data: JSON.stringify({ failed_patches: 2, antivirus_status: "none" })
      })
      assert.deepStrictEqual((yield* admin.get(summary(id))).body.data, {
        health_status: "critical",
        health_reason: "Agent is offline, last seen 4 days ago",
        open_tickets_count: 2,
        security_status: "at_risk",
        security_issues: ["No antivirus", "2 failed patches", "12 pending patches"],
        warranty_days_remaining: 46,
        warranty_status: "expiring_soon"
      })
      const odd = { failed_patches: "many", pending_patches: 1e300, antivirus_status: { on: true } }
      yield* change(tenant, id, { agent_status: "online", extension_data: JSON.stringify(odd), attributes: null })
      assert.deepInclude((yield* admin.get(summary(id))).body.data, {
        health_status: "healthy",
        security_status: "secure"
      })
      const { status } = yield* admin.put(`${root}/${id}`, {
        extension_data: { failed_patches: 6, pending_patches: 10, antivirus_status: "protected" },
        warranty_end_date: days(-2.5)
      })
      assert.strictEqual(status, 200)
      const failing = { security_status: "critical", security_issues: ["6 failed patches"] }
      assert.deepInclude((yield* admin.get(summary(id))).body.data, failing)
      const expired = { warranty_days_remaining: -3, warranty_status: "expired" }
      assert.deepInclude((yield* admin.get(summary(id))).body.data, expired)
    })
  )

  it.effect("is of an asset of the tenant that the caller may read, and of tickets that they may read", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const client_id = yield* makeClient(tenant)
      const id = yield* makeAsset(tenant, { client_id })
      const own = yield* makeTicket(tenant, { client_id })
      for (const ticket_id of [own, yield* makeTicket(tenant)]) {
        yield* tenant.admin.post(`${root}/${id}/tickets`, { ticket_id })
      }
      const other = yield* makeTenant
      for (const answer of [yield* tenant.admin.get(summary(newId())), yield* other.admin.get(summary(id))]) {
        assert.deepStrictEqual([answer.status, answer.body.error.message], [404, "Asset not found"])
      }
      assert.strictEqual((yield* (yield* tenant.as()).get(summary(id))).status, 403)
      const service = yield* AssetSummaryService
      const as = (scopes: Scopes) =>
        Effect.provideService(service.get(id), Actor, {
          ...operator(tenant.tenant.tenant, tenant.user.user_id),
          scopes
        }).pipe(
          Effect.match({ onFailure: ({ _tag }) => _tag, onSuccess: ({ open_tickets_count }) => open_tickets_count })
        )
      const only = (...client_ids: ReadonlyArray<string>) => [{ template: "selected_clients", client_ids } as const]
      assert.strictEqual(yield* as({}), 2)
      assert.strictEqual(yield* as({ "ticket:read": only(client_id) }), 1)
      assert.strictEqual(yield* as({ "ticket:read": only(client_id), "asset:read": only(client_id) }), 1)
      assert.strictEqual(yield* as({ "asset:read": only(newId()) }), "Forbidden")
    }).pipe(Effect.provide(AssetSummaryService.layer))
  )
})
