/** How assets hang together, from both sides and over several steps, over HTTP and PostgreSQL. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { Actor, operator } from "../../src/domain/Actor.ts"
import { AssetRelationshipService } from "../../src/services/AssetRelationshipService.ts"
import { newId } from "../../src/services/ids.ts"
import { insertAll } from "../../src/services/insertAll.ts"
import { makeClient, makeTicket, references } from "../support/fixtures.ts"
import { type Answer, makeTenant, suite, type TestTenant } from "../support/service.ts"

const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const root = "/api/v1/assets"
const under = (id: string) => `${root}/${id}/relationships`

const makeAsset = Effect.fnUntraced(function* (tenant: TestTenant, name: string, client?: string) {
  const client_id = client ?? (yield* makeClient(tenant))
  const asset = { client_id, asset_type: "server", asset_tag: `T-${name}`, name, status: "active" }
  const { body, status } = yield* tenant.admin.post(root, asset)
  assert.strictEqual(status, 201)
  const id: string = body.data.asset_id
  return id
})

/** A tenant with assets of these names. */
const shop = Effect.fnUntraced(function* <const Name extends string>(...names: ReadonlyArray<Name>) {
  const tenant = yield* makeTenant
  const client_id = yield* makeClient(tenant, { client_name: "Acme" })
  const ids: Record<string, string> = {}
  for (const name of names) ids[name] = yield* makeAsset(tenant, name, client_id)
  const id = (name: Name) => ids[name]!
  const relate = (from: Name, to: Name, relationship_type = "contains", more: Record<string, unknown> = {}) =>
    tenant.admin.post(under(id(from)), { related_asset_id: id(to), relationship_type, ...more })
  const made = Effect.fnUntraced(function* (from: Name, to: Name, type?: string) {
    const { body, status } = yield* relate(from, to, type)
    assert.strictEqual(status, 201, JSON.stringify(body))
    return body.data
  })
  return { tenant, tenantId: tenant.tenant.tenant, admin: tenant.admin, client_id, id, relate, made }
})

const refusal = ({ body, status }: Answer) => [status, body.error.code, body.error.message]
const related = [409, "CONFLICT", "The assets are already related in this way"]
const circle = [409, "CONFLICT", "The relationship would put an asset above itself"]
const noAsset = [404, "NOT_FOUND", "Asset not found"]
const noRelated = [404, "NOT_FOUND", "Related asset not found"]
const noRelationship = [404, "NOT_FOUND", "Asset relationship not found"]

interface Row {
  readonly related_asset_name: string
  readonly depth: number
  readonly path: ReadonlyArray<string>
}
const named = ({ body }: Answer): string =>
  body.data.map(({ depth, related_asset_name }: Row) => `${related_asset_name}${depth}`).join(" ")

suite("asset relationships", (it) => {
  it.effect("are one record, seen from both assets", () =>
    Effect.gen(function* () {
      const { admin, client_id, id, made, tenantId } = yield* shop("rack", "server")
      const row = yield* made("rack", "server")
      assert.match(row.created_at, iso)
      const fields = {
        tenant: tenantId,
        relationship_id: row.relationship_id,
        parent_asset_id: id("rack"),
        child_asset_id: id("server"),
        relationship_type: "contains",
        created_at: row.created_at,
        updated_at: row.updated_at
      }
      const server = {
        ...fields,
        related_asset_id: id("server"),
        direction: "child",
        asset_tag: "T-server",
        related_asset_name: "server",
        asset_type: "server",
        status: "active"
      }
      const rack = {
        ...server,
        related_asset_id: id("rack"),
        direction: "parent",
        asset_tag: "T-rack",
        related_asset_name: "rack"
      }
      assert.deepStrictEqual(row, server)
      const more = { client_id, client_name: "Acme", open_tickets_count: 0, depth: 1 }
      const onRack = yield* admin.get(under(id("rack")))
      assert.deepStrictEqual(onRack.body, {
        data: [{ ...server, ...more, path: [id("rack"), id("server")] }],
        meta: { truncated: false }
      })
      const onServer = yield* admin.get(under(id("server")))
      assert.deepStrictEqual(onServer.body.data, [{ ...rack, ...more, path: [id("server"), id("rack")] }])
      assert.deepStrictEqual((yield* admin.get(`${root}/${id("server")}`)).body.data.relationships, [rack])
      assert.strictEqual((yield* admin.get(`${under(id("rack"))}?direction=up`)).body.data.length, 0)
      assert.strictEqual((yield* admin.get(`${under(id("rack"))}?direction=down`)).body.data.length, 1)
      assert.strictEqual((yield* admin.get(`${under(id("rack"))}?relationship_type=hosts`)).body.data.length, 0)
      assert.strictEqual((yield* admin.get(`${under(id("rack"))}?relationship_type=x,Contains`)).body.data.length, 1)

      for (const [name, direction, other] of [
        ["rack", "child", "server"],
        ["server", "parent", "rack"]
      ] as const) {
        const history = (yield* admin.get(`${root}/${id(name)}/history?change_type=relationship_added`)).body.data
        assert.deepStrictEqual(
          history.map(({ changes }: { readonly changes: unknown }) => changes),
          [
            [
              { field: "direction", from: null, to: direction },
              { field: "related_asset_id", from: null, to: id(other) },
              { field: "relationship_type", from: null, to: "contains" }
            ]
          ].map((changes) => assertSameMembers(history[0].changes, changes))
        )
      }

      const one = `${root}/relationships/${row.relationship_id}`
      assert.strictEqual((yield* admin.delete(one)).status, 204)
      assert.deepStrictEqual(refusal(yield* admin.delete(one)), noRelationship)
      assert.deepStrictEqual((yield* admin.get(under(id("rack")))).body.data, [])
      for (const name of ["rack", "server"] as const) {
        const history = yield* admin.get(`${root}/${id(name)}/history?change_type=relationship_removed`)
        assert.strictEqual(history.body.pagination.total, 1)
      }
    })
  )

  it.effect("make the related asset a child, or a parent where it is said", () =>
    Effect.gen(function* () {
      const { admin, id, relate } = yield* shop("a", "b", "c")
      const child = yield* relate("a", "b", "powers", { direction: "child" })
      assert.deepInclude(child.body.data, { parent_asset_id: id("a"), child_asset_id: id("b"), direction: "child" })
      const parent = yield* relate("a", "c", "powers", { direction: "parent" })
      assert.deepInclude(parent.body.data, {
        parent_asset_id: id("c"),
        child_asset_id: id("a"),
        direction: "parent",
        related_asset_id: id("c")
      })
      assert.strictEqual((yield* relate("b", "c", "powers", { direction: "left" })).status, 400)
      assert.deepStrictEqual(
        (yield* admin.get(`${under(id("a"))}?direction=up`)).body.data.map((row: Row) => row.related_asset_name),
        ["c"]
      )
    })
  )

  it.effect("are made once for each type, whichever end it is made from", () =>
    Effect.gen(function* () {
      const { admin, id, made, relate } = yield* shop("a", "b")
      yield* made("a", "b", "Related")
      for (const [from, to, type] of [
        ["a", "b", "related"],
        ["b", "a", "RELATED"],
        ["a", "b", "Related"]
      ] as const) {
        assert.deepStrictEqual(refusal(yield* relate(from, to, type)), related)
      }
      const self = yield* admin.post(under(id("a")), {
        related_asset_id: id("a").toUpperCase(),
        relationship_type: "related"
      })
      assert.deepStrictEqual(
        [self.status, self.body.error.code, self.body.error.details],
        [400, "VALIDATION_ERROR", [{ path: ["related_asset_id"], message: "An asset cannot be related to itself" }]]
      )
      yield* made("b", "a", "peer")
      yield* made("a", "b", "contains")
      assert.strictEqual((yield* admin.get(under(id("a")))).body.data.length, 3)
      assert.strictEqual(named(yield* admin.get(`${under(id("a"))}?depth=1&direction=both`)), "b1")
      for (const body of [{ related_asset_id: id("b") }, { related_asset_id: "b", relationship_type: "x" }, {}]) {
        assert.strictEqual((yield* admin.post(under(id("a")), body)).status, 400)
      }
      assert.strictEqual((yield* relate("a", "b", " ")).status, 400)
    })
  )

  it.effect("are made once when two ask at the same time, each from their end", () =>
    Effect.gen(function* () {
      const { admin, id, relate } = yield* shop("a", "b")
      for (const type of ["related", "contains"]) {
        const answers = yield* Effect.all(
          [relate("a", "b", type), relate("b", "a", type), relate("a", "b", type), relate("b", "a", type)],
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(answers.map(({ status }) => status).sort(), [201, 409, 409, 409])
      }
      assert.strictEqual((yield* admin.get(under(id("a")))).body.data.length, 2)
    })
  )

  it.effect("put no asset above itself, by whatever types that have an above", () =>
    Effect.gen(function* () {
      const { made, relate } = yield* shop("a", "b", "c", "d")
      yield* made("a", "b", "contains")
      yield* made("b", "c", "POWERS")
      yield* made("c", "d", "related")
      assert.deepStrictEqual(refusal(yield* relate("c", "a", "hosts")), circle)
      assert.deepStrictEqual(refusal(yield* relate("b", "a", "Depends_On")), circle)
      assert.deepStrictEqual(refusal(yield* relate("a", "c", "hosts", { direction: "parent" })), circle)
      // What holds both ways may go round, and what goes down twice is no circle.
      yield* made("d", "a", "related")
      yield* made("c", "a", "related")
      yield* made("a", "c", "uplink")
      yield* made("d", "a", "contains")
    })
  )

  it.effect("put no asset above itself when the halves of a circle come at the same time", () =>
    Effect.gen(function* () {
      const { admin, id, relate } = yield* shop("a", "b", "c", "d")
      const answers = yield* Effect.all(
        [relate("a", "b"), relate("b", "c", "hosts"), relate("c", "d", "powers"), relate("d", "a", "parent")],
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(answers.map(({ status }) => status).sort(), [201, 201, 201, 409])
      const reached = yield* Effect.forEach(["a", "b", "c", "d"] as const, (name) =>
        admin.get(`${under(id(name))}?depth=5`)
      )
      assert.deepStrictEqual(reached.map(({ body }) => body.data.length).sort(), [0, 1, 2, 3])
    })
  )

  it.effect("show in one call what an asset takes down with it", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const names = ["switch", "ap", "host", "vm", "app", "deep", "deeper", "ups", "peer"] as const
      const { admin, client_id, id, made, tenant, tenantId } = yield* shop(...names)
      yield* made("ups", "switch", "powers")
      yield* made("switch", "ap", "powers")
      yield* made("switch", "host", "uplink")
      yield* made("host", "vm", "hosts")
      yield* made("vm", "app", "runs_on")
      yield* made("switch", "app", "depends_on")
      yield* made("app", "deep", "contains")
      yield* made("deep", "deeper", "contains")
      yield* made("switch", "peer", "peer")
      yield* made("ups", "host", "powers")
      const reach = (name: (typeof names)[number], query: string) => admin.get(`${under(id(name))}?${query}`)
      assert.strictEqual(named(yield* reach("switch", "depth=1")), "ap1 app1 host1")
      assert.strictEqual(named(yield* reach("switch", "depth=2")), "ap1 app1 host1 deep2 vm2")
      assert.strictEqual(named(yield* reach("switch", "depth=5")), "ap1 app1 host1 deep2 vm2 deeper3")
      assert.strictEqual(named(yield* reach("deeper", "depth=5&direction=up")), "deep1 app2 switch3 vm3 host4 ups4")
      assert.strictEqual(named(yield* reach("host", "depth=2&direction=both")), "switch1 ups1 vm1 ap2 app2 peer2")
      assert.strictEqual(named(yield* reach("switch", "depth=3&relationship_type=Uplink,hosts")), "host1 vm2")
      assert.strictEqual(named(yield* reach("switch", "depth=3&relationship_type=peer")), "peer1")
      const deep = (yield* reach("switch", "depth=3")).body.data.find((row: Row) => row.related_asset_name === "deep")
      assert.deepInclude(deep, {
        depth: 2,
        path: [id("switch"), id("app"), id("deep")],
        parent_asset_id: id("app"),
        related_asset_id: id("deep"),
        relationship_type: "contains",
        direction: "child",
        client_id,
        client_name: "Acme",
        status: "active",
        open_tickets_count: 0
      })

      const { statuses } = yield* references(tenant)
      const closed = { status_id: statuses["Closed"]!, is_closed: true, closed_at: new Date().toISOString() }
      for (const values of [{}, {}, closed]) {
        const ticket_id = yield* makeTicket(tenant, values)
        yield* admin.post(`${root}/${id("vm")}/tickets`, { ticket_id })
      }
      const open = (yield* reach("switch", "depth=2")).body.data.map(
        (row: { readonly open_tickets_count: number }) => row.open_tickets_count
      )
      assert.deepStrictEqual(open, [0, 0, 0, 0, 2])
      yield* sql`UPDATE assets SET status = 'retired' WHERE tenant = ${tenantId} AND asset_id = ${id("vm")}`
      assert.strictEqual((yield* reach("host", "depth=1")).body.data[0].status, "retired")
      for (const query of ["depth=0", "depth=6", "depth=x", "direction=left"]) {
        assert.strictEqual((yield* reach("switch", query)).status, 400, query)
      }
    })
  )

  it.effect("take no longer for many paths, and say when there is more than is told", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { admin, client_id, id, tenantId } = yield* shop("top")
      // Four layers of forty, each asset of one related to each of the next: two and a half million paths.
      const layers = [[id("top")], ...[0, 1, 2, 3].map(() => Array.from({ length: 40 }, () => newId()))]
      const rows = layers.slice(1).flatMap((layer, n) => layer.map((asset_id, k) => ({ asset_id, name: `n${n}-${k}` })))
      const base = { tenant: tenantId, client_id, asset_tag: "N", status: "active" }
      yield* insertAll(
        sql,
        "assets",
        rows.map((row) => ({ ...base, ...row }))
      )
      const pairs = layers.slice(1).flatMap((layer, n) => layer.flatMap((to) => layers[n]!.map((from) => [from, to])))
      const relations = pairs.map(([parent_asset_id, child_asset_id]) => ({
        tenant: tenantId,
        parent_asset_id: parent_asset_id!,
        child_asset_id: child_asset_id!,
        relationship_type: "contains"
      }))
      yield* insertAll(sql, "asset_relationships", relations)
      const deep = yield* admin.get(`${under(id("top"))}?depth=5`)
      assert.strictEqual(deep.body.data.length, 160)
      assert.strictEqual(deep.body.meta.truncated, false)
      assert.strictEqual(new Set(deep.body.data.map((row: Row) => row.path.at(-1))).size, 160)

      const many = Array.from({ length: 900 }, (_, n) => ({ ...base, asset_id: newId(), name: `m${n}` }))
      yield* insertAll(sql, "assets", many)
      yield* insertAll(
        sql,
        "asset_relationships",
        many.map(({ asset_id }) => ({
          tenant: tenantId,
          parent_asset_id: id("top"),
          child_asset_id: asset_id,
          relationship_type: "contains"
        }))
      )
      const full = yield* admin.get(`${under(id("top"))}?depth=5`)
      assert.deepStrictEqual([full.body.data.length, full.body.meta.truncated], [1000, true])
      const direct = yield* admin.get(under(id("top")))
      assert.deepStrictEqual([direct.body.data.length, direct.body.meta.truncated], [940, false])
    })
  )

  it.effect("are removed by their id, by their ends, or by a type between these", () =>
    Effect.gen(function* () {
      const { admin, id, made } = yield* shop("a", "b", "c")
      const left = (name: "a" | "b" | "c") =>
        Effect.map(admin.get(under(id(name))), ({ body }) =>
          body.data.map((row: { readonly relationship_type: string }) => row.relationship_type).join(" ")
        )
      yield* made("a", "b", "contains")
      yield* made("b", "a", "peer")
      const pair = (from: string, to: string) => `${root}/relationships/${from}_${to}`
      assert.deepStrictEqual(refusal(yield* admin.delete(pair(id("a"), id("c")))), noRelationship)
      assert.strictEqual((yield* admin.delete(pair(id("a").toUpperCase(), id("b")))).status, 204)
      assert.strictEqual(yield* left("a"), "peer")
      yield* made("a", "b", "powers")
      yield* made("a", "c", "powers")
      const between = `${under(id("b"))}/${id("a")}`
      assert.deepStrictEqual(refusal(yield* admin.delete(`${between}?relationship_type=hosts`)), noRelationship)
      assert.strictEqual((yield* admin.delete(`${between}?relationship_type=Peer`)).status, 204)
      assert.strictEqual(yield* left("b"), "powers")
      yield* made("a", "b", "related")
      assert.strictEqual((yield* admin.delete(between)).status, 204)
      assert.strictEqual(yield* left("b"), "")
      assert.strictEqual(yield* left("a"), "powers")
      assert.deepStrictEqual(refusal(yield* admin.delete(between)), noRelationship)
      assert.deepStrictEqual(refusal(yield* admin.delete(`${under(newId())}/${id("a")}`)), noAsset)
      assert.deepStrictEqual(refusal(yield* admin.delete(`${under(id("a"))}/${newId()}`)), noRelated)
      for (const bad of ["abc", `${id("a")}_`, `${id("a")}_x`, `${id("a")}_${id("b")}_${id("c")}`]) {
        const { body, status } = yield* admin.delete(`${root}/relationships/${bad}`)
        assert.deepStrictEqual([status, body.error.message], [400, "Invalid relationship ID format"], bad)
      }
      const twice = yield* Effect.all([admin.delete(pair(id("a"), id("c"))), admin.delete(pair(id("a"), id("c")))], {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual(twice.map(({ status }) => status).sort(), [204, 404])
    })
  )

  it.effect("go with an asset, which the other one's history tells", () =>
    Effect.gen(function* () {
      const { admin, id, made } = yield* shop("a", "b", "c")
      yield* made("a", "b")
      yield* made("b", "c", "related")
      assert.strictEqual((yield* admin.delete(`${root}/${id("b")}`)).status, 204)
      for (const name of ["a", "c"] as const) {
        assert.deepStrictEqual((yield* admin.get(under(id(name)))).body.data, [])
        const history = yield* admin.get(`${root}/${id(name)}/history?change_type=relationship_removed`)
        assert.strictEqual(history.body.pagination.total, 1)
      }
      assert.deepStrictEqual(refusal(yield* admin.get(under(id("b")))), noAsset)
    })
  )

  it.effect("are of assets that are there, of the same tenant", () =>
    Effect.gen(function* () {
      const { admin, id, made } = yield* shop("a", "b")
      const other = yield* shop("x", "y")
      const related = { relationship_type: "contains" }
      for (const missing of [newId(), other.id("x")]) {
        assert.deepStrictEqual(refusal(yield* admin.get(under(missing))), noAsset)
        assert.deepStrictEqual(refusal(yield* admin.get(`${under(missing)}?depth=2`)), noAsset)
        const from = yield* admin.post(under(missing), { related_asset_id: id("a"), ...related })
        assert.deepStrictEqual(refusal(from), noAsset)
        const to = yield* admin.post(under(id("a")), { related_asset_id: missing, ...related })
        assert.deepStrictEqual(refusal(to), noRelated)
      }
      const { relationship_id } = yield* made("a", "b")
      const theirs = `${root}/relationships/${relationship_id}`
      assert.deepStrictEqual(refusal(yield* other.admin.delete(theirs)), noRelationship)
      assert.deepStrictEqual(
        refusal(yield* other.admin.delete(`${root}/relationships/${id("a")}_${id("b")}`)),
        noRelationship
      )
      assert.strictEqual((yield* admin.get(under(id("a")))).body.data.length, 1)
    })
  )

  it.effect("are done once for a key that comes twice", () =>
    Effect.gen(function* () {
      const { admin, id } = yield* shop("a", "b")
      const body = { related_asset_id: id("b"), relationship_type: "contains" }
      const key = { "idempotency-key": "relate-once" }
      const first = yield* admin.post(under(id("a")), body, key)
      const again = yield* admin.post(under(id("a")), body, key)
      assert.deepStrictEqual([first.status, again.status, again.body], [201, 201, first.body])
      assert.strictEqual((yield* admin.get(under(id("a")))).body.data.length, 1)
    })
  )

  it.effect("need asset:read to be seen and asset:update to be changed", () =>
    Effect.gen(function* () {
      const { id, made, tenant } = yield* shop("a", "b")
      const { relationship_id } = yield* made("a", "b")
      const nobody = yield* tenant.as()
      assert.strictEqual((yield* nobody.get(under(id("a")))).status, 403)
      assert.strictEqual((yield* nobody.delete(`${root}/relationships/${relationship_id}`)).status, 403)
    })
  )

  it.effect("are told and changed only as far as the caller may read the assets", () =>
    Effect.gen(function* () {
      const { id, made, tenant, tenantId } = yield* shop("a", "b")
      const other = yield* makeClient(tenant)
      const hidden = yield* makeAsset(tenant, "hidden", other)
      const { admin } = tenant
      const add = (from: string, related_asset_id: string) =>
        admin.post(under(from), { related_asset_id, relationship_type: "contains" })
      const first = (yield* add(id("a"), hidden)).body.data.relationship_id
      yield* add(hidden, id("b"))
      const [row] = yield* (yield* SqlClient.SqlClient)<{ readonly client_id: string }>`SELECT client_id FROM assets
        WHERE tenant = ${tenantId} AND asset_id = ${id("a")}`
      const caller = {
        ...operator(tenantId, tenant.user.user_id),
        scopes: { "asset:read": [{ template: "selected_clients", client_ids: [row!.client_id] }] }
      } as const
      const service = yield* AssetRelationshipService
      const tell = <A, E>(effect: Effect.Effect<A, E, Actor>) =>
        Effect.provideService(effect, Actor, caller).pipe(
          Effect.match({ onFailure: (error) => Object(error)._tag, onSuccess: (value) => value })
        )
      for (const query of [{}, { depth: 3 }, { depth: 5, direction: "both" }] as const) {
        assert.deepStrictEqual(yield* tell(service.list(id("a"), query)), { rows: [], truncated: false })
        assert.strictEqual(yield* tell(service.list(hidden, query)), "Forbidden")
      }
      const relationship_type = "peer"
      const refused = [
        yield* tell(service.relate(id("a"), { related_asset_id: hidden, relationship_type })),
        yield* tell(service.relate(hidden, { related_asset_id: id("a"), relationship_type })),
        yield* tell(service.remove(first)),
        yield* tell(service.remove(`${hidden}_${id("b")}`)),
        yield* tell(service.unrelate(id("a"), hidden, undefined)),
        yield* tell(service.unrelate(hidden, id("a"), undefined))
      ]
      assert.deepStrictEqual(refused, Array(6).fill("Forbidden"))
      assert.strictEqual((yield* admin.get(under(hidden))).body.data.length, 2)
      yield* made("a", "b", "uplink")
      const seen = yield* tell(service.list(id("a"), { depth: 2 }))
      assert.deepStrictEqual(
        seen.rows.map((found: Row) => [found.related_asset_name, found.depth]),
        [["b", 1]]
      )
    }).pipe(Effect.provide(AssetRelationshipService.layer))
  )
})

/** The one list, if the other has the same members. */
const assertSameMembers = <A>(actual: ReadonlyArray<A>, expected: ReadonlyArray<A>) => {
  assert.sameDeepMembers([...actual], [...expected])
  return actual
}
