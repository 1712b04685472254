/** Reading assets: lists, totals, search, and what narrows what a caller sees. */
import { assert } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Actor, operator } from "../../src/domain/Actor.ts"
import type { ScopeRule } from "../../src/domain/Scope.ts"
import { AssetSearchService } from "../../src/services/AssetSearchService.ts"
import { AssetService } from "../../src/services/AssetService.ts"
import { foldAssetCounts } from "../../src/services/assetCounts.ts"
import { newId } from "../../src/services/ids.ts"
import { makeClient, makeContact, makeLocation } from "../support/fixtures.ts"
import { type Client, makeTenant, suite } from "../support/service.ts"

const path = "/api/v1/assets"

/** A tenant with a client. */
const shop = Effect.gen(function* () {
  const tenant = yield* makeTenant
  return { tenant, id: tenant.tenant.tenant, admin: tenant.admin, client_id: yield* makeClient(tenant) }
})

const create = Effect.fnUntraced(function* (client: Client, body: Record<string, unknown>) {
  const defaults = { asset_type: "workstation", asset_tag: "WS-1", name: "Desk", status: "active" }
  const answer = yield* client.post(path, { ...defaults, ...body })
  assert.strictEqual(answer.status, 201, JSON.stringify(answer.body))
  return answer.body.data
})

/** Days from now, as a timestamp. */
const days = (count: number) => new Date(Date.now() + count * 86_400_000).toISOString()

suite("reading assets", (it) => {
  it.effect("are searched in the fields that are asked for", () =>
    Effect.gen(function* () {
      const { admin, tenant } = yield* shop
      const acme = yield* makeClient(tenant, { client_name: "Acme needle" })
      const plain = yield* makeClient(tenant, { client_name: "Plain" })
      yield* create(admin, { client_id: plain, name: "needle one", extension_data: { os_type: "Linux" } })
      yield* create(admin, { client_id: plain, name: "two", asset_tag: "NEEDLE-2", asset_type: "server" })
      yield* create(admin, { client_id: plain, name: "three", serial_number: "xneedlex", status: "retired" })
      yield* create(admin, { client_id: plain, name: "four", location: "needle room" })
      yield* create(admin, { client_id: acme, name: "five" })
      yield* create(admin, { client_id: plain, name: "six" })
      const find = Effect.fnUntraced(function* (query: string) {
        const { body, status } = yield* admin.get(`${path}/search?${query}`)
        assert.strictEqual(status, 200, JSON.stringify(body))
        return body.data.map(({ name }: { readonly name: string }) => name).join(", ")
      })
      assert.strictEqual(yield* find("query=Needle"), "five, four, three, two, needle one")
      assert.strictEqual(yield* find("query=needle&fields=name,asset_tag"), "two, needle one")
      assert.strictEqual(yield* find("query=needle&fields=serial_number"), "three")
      assert.strictEqual(yield* find("query=needle&fields=client_name"), "five")
      assert.strictEqual(yield* find("query=needle&asset_types=server,printer"), "two")
      assert.strictEqual(yield* find("query=needle&statuses=retired"), "three")
      assert.strictEqual(yield* find(`query=needle&client_ids=${acme},${newId()}`), "five")
      assert.strictEqual(yield* find("query=needle&limit=2"), "five, four")
      assert.strictEqual(yield* find("query=nee%25"), "")
      const bare = (yield* admin.get(`${path}/search?query=needle%20one`)).body.data[0]
      assert.deepInclude(bare, { client_name: "Plain", warranty_status: "no_warranty" })
      assert.notProperty(bare, "extension_data")
      const full = (yield* admin.get(`${path}/search?query=needle%20one&include_extension_data=true`)).body.data[0]
      assert.deepStrictEqual(full, { ...bare, extension_data: { os_type: "Linux" } })
      const wrong = ["", "query=", "query=%20", "query=x&limit=0", "query=x&limit=101", "query=x&fields=nope"]
      for (const query of [...wrong, "query=x&client_ids=abc"]) {
        assert.strictEqual((yield* admin.get(`${path}/search?${query}`)).status, 400, query)
      }
      assert.deepStrictEqual((yield* (yield* shop).admin.get(`${path}/search?query=needle`)).body.data, [])
    })
  )

  it.effect("are listed by the names of their clients, page by page", () =>
    Effect.gen(function* () {
      const { admin, client_id, tenant } = yield* shop
      const first = yield* makeClient(tenant, { client_name: "AAA" })
      const last = yield* makeClient(tenant, { client_name: "ZZZ" })
      for (const [name, client] of Object.entries({
        one: last,
        two: first,
        three: client_id,
        four: first,
        five: last
      })) {
        yield* create(admin, { client_id: client, name })
      }
      const walk = Effect.fnUntraced(function* (query: string) {
        const names: Array<string> = []
        let cursor = ""
        do {
          const { body } = yield* admin.get(`${path}?sort=client_name&limit=2&${query}${cursor}`)
          names.push(...body.data.map(({ name }: { readonly name: string }) => name))
          cursor = body.pagination.nextCursor === undefined ? "" : `&cursor=${body.pagination.nextCursor}`
        } while (cursor !== "")
        return names.join(" ")
      })
      assert.strictEqual(yield* walk("order=asc"), "two four three one five")
      assert.strictEqual(yield* walk("order=desc"), "five one three four two")
      assert.strictEqual(yield* walk("order=asc&search=o"), "two four one")
      assert.strictEqual(yield* walk("order=asc&client_name=zz"), "one five")
    })
  )

  it.effect("are read only as far as the caller may", () =>
    Effect.gen(function* () {
      const { admin, client_id, id, tenant } = yield* shop
      const sql = yield* SqlClient.SqlClient
      const user_id = tenant.user.user_id
      const other = yield* makeClient(tenant, { client_name: "Other", account_manager_id: user_id })
      const seen = yield* create(admin, { client_id: other, name: "Seen" })
      const hidden = yield* create(admin, { client_id, name: "Hidden" })
      yield* sql`INSERT INTO asset_relationships ${sql.insert([
        { tenant: id, parent_asset_id: hidden.asset_id, child_asset_id: seen.asset_id, relationship_type: "contains" }
      ])}`
      const contact_id = yield* makeContact(tenant, { client_id: other })
      yield* sql`UPDATE users SET contact_id = ${contact_id} WHERE tenant = ${id} AND user_id = ${user_id}`
      const as = (...rules: ReadonlyArray<ScopeRule>) => {
        const caller = { ...operator(id, user_id), scopes: { "asset:read": rules } }
        const tell = <A, E>(effect: Effect.Effect<A, E, Actor>) =>
          Effect.provideService(effect, Actor, caller).pipe(
            Effect.match({ onFailure: (error) => Object(error)._tag, onSuccess: (value) => value })
          )
        return Effect.gen(function* () {
          const assets = yield* AssetService
          const searching = yield* AssetSearchService
          return {
            listed: (yield* Effect.orDie(Effect.provideService(assets.list({}), Actor, caller))).rows.map(
              ({ name }) => name
            ),
            found: (yield* Effect.provideService(searching.search({ query: "e" }), Actor, caller)).map(
              ({ name }) => name
            ),
            got: [yield* tell(assets.get(seen.asset_id)), yield* tell(assets.get(hidden.asset_id))],
            changed: yield* tell(assets.update(hidden.asset_id, { name: "Mine" })),
            deleted: yield* tell(assets.delete(hidden.asset_id))
          }
        }).pipe(Effect.provide(Layer.mergeAll(AssetService.layer, AssetSearchService.layer)))
      }
      for (const rule of [
        { template: "same_client" },
        { template: "client_portfolio" },
        { template: "selected_clients", client_ids: [other] }
      ] as const) {
        const { changed, deleted, found, got, listed } = yield* as(rule)
        assert.deepStrictEqual([listed, found], [["Seen"], ["Seen"]], rule.template)
        assert.deepStrictEqual([got[0].name, got[0].relationships, got[1]], ["Seen", [], "Forbidden"], rule.template)
        assert.deepStrictEqual([changed, deleted], ["Forbidden", "Forbidden"], rule.template)
      }
      for (const rule of [
        { template: "own" },
        { template: "own_or_assigned" },
        { template: "same_team" },
        { template: "selected_boards", board_ids: [newId()] },
        { template: "selected_clients", client_ids: [] }
      ] as const) {
        const { got, listed } = yield* as(rule)
        assert.deepStrictEqual([listed, ...got], [[], "Forbidden", "Forbidden"], rule.template)
      }
      const all = yield* as({ template: "client_portfolio" }, { template: "selected_clients", client_ids: [client_id] })
      assert.deepStrictEqual(all.listed, [], "All rules are to hold")
      assert.lengthOf((yield* admin.get(`${path}/${seen.asset_id}`)).body.data.relationships, 1)
      assert.strictEqual((yield* admin.get(`${path}/${hidden.asset_id}`)).body.data.name, "Hidden")
    })
  )

  it.effect("are counted exactly by running totals, whatever changes at once", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { admin, client_id, id, tenant } = yield* shop
      const other = yield* makeClient(tenant, { client_name: "Other" })
      const made = yield* Effect.forEach(
        Array.from({ length: 90 }, (_, n) => n),
        (n) =>
          create(admin, {
            client_id: n % 3 === 0 ? other : client_id,
            asset_type: n % 2 === 0 ? "server" : "printer",
            status: n % 5 === 0 ? "retired" : "active"
          }),
        { concurrency: 8 }
      )
      const change = (asset_id: string, n: number) => {
        if (n % 4 === 0) return admin.delete(`${path}/${asset_id}`)
        return admin.put(`${path}/${asset_id}`, n % 4 === 1 ? { status: "spare" } : { client_id: other })
      }
      yield* Effect.all(
        made.flatMap(({ asset_id }, n) => (n % 30 === 0 ? [foldAssetCounts, foldAssetCounts] : [change(asset_id, n)])),
        { concurrency: 8 }
      )
      yield* foldAssetCounts
      for (const query of ["", `client_id=${other}`, "asset_type=server", "status=spare", "client_name=othe"]) {
        for (const more of ["", "&status=active", "&asset_type=printer", `&client_id=${client_id}`]) {
          const all = (yield* admin.get(`${path}?limit=100&${query}${more}`)).body
          assert.strictEqual(all.pagination.total, all.data.length, query + more)
        }
      }
      const [rows] = yield* sql<{ n: number }>`SELECT count(*)::int AS n FROM asset_counts WHERE tenant = ${id}`
      assert.isBelow(rows!.n, 90)
    })
  )

  it.effect("are listed by every filter, and counted by the same", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const tenant = yield* makeTenant
      const { admin } = tenant
      const id = tenant.tenant.tenant
      const acme = yield* makeClient(tenant, { client_name: "Acme 100%" })
      const globex = yield* makeClient(tenant, { client_name: "Globex" })
      const location_id = yield* makeLocation(tenant, acme)
      const made = [
        yield* create(admin, {
          client_id: acme,
          location_id,
          name: "alpha",
          asset_tag: "T-1",
          serial_number: "SN_1",
          location: "Rack 4",
          purchase_date: "2026-01-10T08:00:00Z",
          warranty_end_date: days(-1)
        }),
        yield* create(admin, { client_id: acme, name: "beta", asset_tag: "T-2", warranty_end_date: days(29) }),
        yield* create(admin, { client_id: globex, name: "gamma", asset_tag: "U-3", warranty_end_date: days(31) }),
        yield* create(admin, {
          client_id: globex,
          name: "delta",
          asset_tag: "U-4",
          serial_number: "SNx1",
          asset_type: "server",
          status: "retired",
          purchase_date: "2026-02-10"
        })
      ]
      const schedule = (asset: number, next: string, is_active: boolean) =>
        sql`INSERT INTO asset_maintenance_schedules ${sql.insert({
          tenant: id,
          schedule_id: newId(),
          asset_id: made[asset].asset_id,
          schedule_name: "Check",
          maintenance_type: "preventive",
          frequency: "monthly",
          next_maintenance: next,
          is_active,
          created_by: tenant.user.user_id
        })}`
      yield* Effect.all([schedule(0, days(-1), true), schedule(1, days(1), true), schedule(2, days(-1), false)])
      // Long ago, which no change can be.
      yield* sql.withTransaction(
        Effect.andThen(
          sql`SET LOCAL session_replication_role = replica`,
          sql`UPDATE assets SET created_at = '2020-05-01T00:00:00Z', updated_at = '2021-05-01T00:00:00Z'
            WHERE tenant = ${id} AND name = 'alpha'`
        )
      )

      const find = Effect.fnUntraced(function* (query: string) {
        const { body, status } = yield* admin.get(`${path}?sort=name&order=asc&${query}`)
        assert.strictEqual(status, 200, JSON.stringify(body))
        const names: ReadonlyArray<string> = body.data.map(({ name }: { readonly name: string }) => name)
        assert.strictEqual(body.pagination.total, names.length, query)
        const first = yield* admin.get(`${path}?limit=1&${query}`)
        assert.strictEqual(first.body.pagination.total, names.length, query)
        return names.join(" ")
      })
      const expected: Readonly<Record<string, string>> = {
        "": "alpha beta delta gamma",
        [`client_id=${acme}`]: "alpha beta",
        [`location_id=${location_id}`]: "alpha",
        "asset_type=server": "delta",
        "asset_type=serve": "",
        "status=active": "alpha beta gamma",
        "asset_tag=t-": "alpha beta",
        "name=LT": "delta",
        "location=rack": "alpha",
        "serial_number=SN": "alpha delta",
        "serial_number=sn_": "alpha",
        "asset_type=workstation&status=active": "alpha beta gamma",
        [`asset_type=workstation&client_id=${globex}`]: "gamma",
        [`client_name=acme&client_id=${globex}`]: "",
        "client_name=acme&name=bet": "beta",
        "client_name=acme": "alpha beta",
        "client_name=100%25": "alpha beta",
        "has_warranty=true": "alpha beta gamma",
        "has_warranty=false": "delta",
        "warranty_expired=true": "alpha",
        "warranty_expired=false": "beta delta gamma",
        "purchase_date_from=2026-01-11": "delta",
        "purchase_date_from=2026-01-10T09:00:00%2B01:00": "alpha delta",
        "purchase_date_to=2026-02-10": "alpha delta",
        "purchase_date_to=2026-02-09T23:59:59Z": "alpha",
        [`warranty_end_from=${days(0)}`]: "beta gamma",
        [`warranty_end_to=${days(30)}`]: "alpha beta",
        "maintenance_due=true": "alpha",
        "maintenance_due=false": "beta delta gamma",
        "created_to=2020-05-01": "alpha",
        "created_from=2020-05-02": "beta delta gamma",
        "updated_to=2021-05-01": "alpha",
        "updated_from=2021-05-02": "beta delta gamma",
        "is_active=true": "alpha beta delta gamma",
        "is_active=false": "alpha beta delta gamma",
        "search=ALPH": "alpha",
        "search=u-": "delta gamma",
        "search=sn_1": "alpha",
        "search=globex": "delta gamma",
        "search=t-&client_name=globex": "",
        "search=": "alpha beta delta gamma",
        [`client_id=${newId()}`]: ""
      }
      for (const [query, names] of Object.entries(expected)) assert.strictEqual(yield* find(query), names, query)

      const statuses = yield* admin.get(`${path}?sort=name&order=asc`)
      assert.deepStrictEqual(
        statuses.body.data.map((asset: { readonly warranty_status: string }) => asset.warranty_status),
        ["expired", "expiring_soon", "no_warranty", "active"]
      )
      assert.hasAllKeys(
        statuses.body.data[0],
        Object.keys(made[0]).filter(
          (key) => !["client", "extension_data", "relationships", "documents", "maintenance_schedules"].includes(key)
        )
      )
      assert.deepInclude(statuses.body.data[3], { client_name: "Globex" })
      const echoed = yield* admin.get(`${path}?has_warranty=true&status=active`)
      assert.deepStrictEqual(echoed.body.meta, {
        sort: "created_at",
        order: "desc",
        filters: { has_warranty: true, status: "active" }
      })
    })
  )

  it.effect("are found by any part of a tag or serial number, short or long, in whatever case", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const { admin } = tenant
      const client_id = yield* makeClient(tenant, { client_name: "Acme" })
      yield* create(admin, { client_id, name: "alpha", asset_tag: "HQ-Laptop-00123", serial_number: "5CG_1234%A" })
      yield* create(admin, { client_id, name: "beta", asset_tag: "HQ-LAPTOP-00124", serial_number: "5CGx1234xA" })
      yield* create(admin, { client_id, name: "gamma", asset_tag: "HQ-PHONE-00123" })
      const named = Effect.fnUntraced(function* (query: string) {
        const { body } = yield* admin.get(`${path}${query}`)
        return body.data
          .map(({ name }: { readonly name: string }) => name)
          .sort()
          .join(" ")
      })
      const expected = {
        "asset_tag=00": "alpha beta gamma",
        "asset_tag=top-00123": "alpha",
        "asset_tag=LAPTOP-": "alpha beta",
        "asset_tag=laptop-00": "alpha beta",
        "asset_tag=hq-laptop-00123": "alpha",
        "asset_tag=laptop 00123": "",
        "serial_number=g_1": "alpha",
        "serial_number=5cg_1234": "alpha",
        "serial_number=1234%25a": "alpha",
        "serial_number=x1234xa": "beta",
        "search=PHONE-001": "gamma",
        "search=5cgx1": "beta"
      }
      for (const [query, names] of Object.entries(expected)) {
        assert.strictEqual(yield* named(`?${query}`), names, query)
      }
      assert.strictEqual(yield* named("/search?query=00123"), "alpha gamma")
      assert.strictEqual(yield* named("/search?query=g_1234%25a&fields=serial_number"), "alpha")
    })
  )

  it.effect("come in a stable order, whatever they are sorted by", () =>
    Effect.gen(function* () {
      const { admin, client_id } = yield* shop
      const made = yield* Effect.forEach([1, 2, 3, 4, 5], () => create(admin, { client_id }), { concurrency: 5 })
      const ids = made.map(({ asset_id }) => asset_id).sort()
      const sorts = [
        "created_at updated_at name asset_tag asset_type status serial_number location purchase_date",
        "warranty_end_date warranty_status client_name agent_status last_seen_at"
      ].flatMap((names) => names.split(" "))
      for (const sort of sorts) {
        const found: Array<string> = []
        for (const page of [1, 2, 3]) {
          const { body, status } = yield* admin.get(`${path}?sort=${sort}&order=asc&limit=2&page=${page}`)
          assert.strictEqual(status, 200, sort)
          found.push(...body.data.map(({ asset_id }: { readonly asset_id: string }) => asset_id))
        }
        assert.sameMembers(found, ids, sort)
        if (!sort.endsWith("d_at")) assert.deepStrictEqual(found, ids, sort)
      }
    })
  )
})
