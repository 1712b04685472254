/** The asset types endpoints, and assets of types that a tenant defines, over HTTP and PostgreSQL. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { builtInAssetTypes } from "../../src/domain/AssetType.ts"
import { builtInFields } from "../../src/domain/assetFields.ts"
import { newId } from "../../src/services/ids.ts"
import { makeClient, makeProduct } from "../support/fixtures.ts"
import { type Answer, type Client, makeTenant, suite } from "../support/service.ts"

const path = "/api/v1/asset-types"
const assets = "/api/v1/assets"
const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

const shop = Effect.gen(function* () {
  const tenant = yield* makeTenant
  return { tenant, id: tenant.tenant.tenant, admin: tenant.admin, client_id: yield* makeClient(tenant) }
})

const fields = [
  { key: "capacity", label: "Capacity", type: "number", required: true },
  { key: "topology", label: "Topology", type: "select", required: false, options: ["standby", "online"] },
  { key: "serviced_on", label: "Serviced on", type: "date", required: false }
]

const refusal = ({ body, status }: Answer) => [status, body.error.code, body.error.message]
const issues = ({ body, status }: Answer) => [
  status,
  ...body.error.details.map((issue: { readonly path: ReadonlyArray<string> }) => issue.path.join("."))
]

const make = Effect.fnUntraced(function* (client: Client, body: Record<string, unknown> = {}) {
  const answer = yield* client.post(path, { name: "UPS", fields_schema: fields, ...body })
  assert.strictEqual(answer.status, 201, JSON.stringify(answer.body))
  return answer.body.data
})

/** The built-in type with this slug. */
const builtIn = Effect.fnUntraced(function* (client: Client, slug: string) {
  return (yield* client.get(`${path}?slug=${slug}`)).body.data[0]
})

suite("asset types", (it) => {
  it.effect("are those that are built in, with their fields, for every new tenant", () =>
    Effect.gen(function* () {
      const { admin, id } = yield* shop
      const { body, status } = yield* admin.get(path)
      assert.strictEqual(status, 200)
      assert.strictEqual(body.pagination.total, 6)
      const slugs = builtInAssetTypes.map(({ slug }) => slug)
      assert.deepStrictEqual(
        body.data.map(({ slug }: { readonly slug: string }) => slug),
        slugs
      )
      for (const type of body.data) {
        const slug: keyof typeof builtInFields = type.slug
        assert.deepInclude(type, { tenant: id, is_builtin: true })
        assert.deepStrictEqual(
          type.fields_schema.map(({ key }: { readonly key: string }) => key),
          Object.keys(builtInFields[slug])
        )
      }
      const network = body.data[1]
      assert.deepStrictEqual(network.fields_schema[0], {
        key: "device_type",
        label: "Kind of device",
        type: "select",
        required: false,
        options: ["switch", "router", "firewall", "access_point", "load_balancer"]
      })
      const one = yield* admin.get(`${path}/${network.type_id}`)
      assert.deepStrictEqual(one.body.data, network)
      assert.isString(one.headers.get("etag"))
      const found = yield* admin.get(`${path}?search=DEVICE&sort=name&order=desc`)
      assert.deepStrictEqual(
        found.body.data.map(({ name }: { readonly name: string }) => name),
        ["Network device", "Mobile device"]
      )
      yield* make(admin)
      assert.strictEqual((yield* admin.get(`${path}?is_builtin=false`)).body.pagination.total, 1)
    })
  )

  it.effect("are created, changed and deleted", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { admin, id, tenant } = yield* shop
      const type = yield* make(admin, { name: " Power supply (UPS) ", icon: "battery", display_order: 7 })
      assert.match(type.created_at, iso)
      assert.deepStrictEqual(type, {
        tenant: id,
        type_id: type.type_id,
        slug: "power_supply_ups",
        name: "Power supply (UPS)",
        icon: "battery",
        is_builtin: false,
        display_order: 7,
        fields_schema: fields,
        created_at: type.created_at,
        updated_at: type.updated_at
      })
      const one = `${path}/${type.type_id}`
      assert.deepStrictEqual((yield* admin.get(one)).body.data, type)
      const more = [...fields, { key: "note", label: "Note", type: "text" }]
      const changed = yield* admin.put(one, { name: "UPS", icon: null, fields_schema: more })
      assert.deepInclude(changed.body.data, {
        slug: "power_supply_ups",
        name: "UPS",
        icon: null,
        display_order: 7,
        fields_schema: [...fields, { ...more[3], required: false }]
      })
      assert.isAbove(Date.parse(changed.body.data.updated_at), Date.parse(type.updated_at) - 1)
      assert.deepStrictEqual((yield* admin.put(one, {})).body.data, changed.body.data)
      assert.strictEqual((yield* admin.delete(one)).status, 204)
      for (const gone of [yield* admin.get(one), yield* admin.put(one, { name: "x" }), yield* admin.delete(one)]) {
        assert.deepStrictEqual(refusal(gone), [404, "NOT_FOUND", "Asset type not found"])
      }
      const told = yield* sql`SELECT event_type, user_id, payload->'name' AS name, payload->'changes'->'name' AS renamed
        FROM events WHERE tenant = ${id} AND entity_type = 'asset_type' AND entity_id = ${type.type_id}
        ORDER BY event_id`
      const { user_id } = tenant.user
      assert.deepStrictEqual(told, [
        { event_type: "ASSET_TYPE_CREATED", user_id, name: "Power supply (UPS)", renamed: null },
        { event_type: "ASSET_TYPE_UPDATED", user_id, name: null, renamed: { old: "Power supply (UPS)", new: "UPS" } },
        { event_type: "ASSET_TYPE_DELETED", user_id, name: "UPS", renamed: null }
      ])
    })
  )

  it.effect("say which field is wrong", () =>
    Effect.gen(function* () {
      const { admin } = yield* shop
      const { type_id } = yield* make(admin)
      const size = { key: "size", label: "Size", type: "number" }
      const wrong: ReadonlyArray<readonly [Record<string, unknown>, string]> = [
        [{ name: " " }, "name"],
        [{ name: "x".repeat(256) }, "name"],
        [{ slug: "No Slug" }, "slug"],
        [{ slug: "a".repeat(256) }, "slug"],
        [{ display_order: 1.5 }, "display_order"],
        [{ icon: 1 }, "icon"],
        [{ fields_schema: {} }, "fields_schema"],
        [{ fields_schema: [{ ...size, key: "a b" }] }, "fields_schema.0.key"],
        [{ fields_schema: [{ ...size, label: "" }] }, "fields_schema.0.label"],
        [{ fields_schema: [{ ...size, type: "color" }] }, "fields_schema.0.type"],
        [{ fields_schema: [{ ...size, type: "object" }] }, "fields_schema.0.type"],
        [{ fields_schema: [size, size] }, "fields_schema.1.key"],
        [{ fields_schema: [{ ...size, type: "select" }] }, "fields_schema.0.options"],
        [{ fields_schema: [{ ...size, type: "select", options: ["a", "a"] }] }, "fields_schema.0.options"],
        [{ fields_schema: [{ ...size, options: ["a"] }] }, "fields_schema.0.options"]
      ]
      for (const [body, field] of wrong) {
        const created = yield* admin.post(path, { name: "Other", ...body })
        assert.deepStrictEqual(issues(created), [400, field], JSON.stringify(body))
        assert.deepStrictEqual(issues(yield* admin.put(`${path}/${type_id}`, body)), [400, field], JSON.stringify(body))
      }
      assert.deepStrictEqual(issues(yield* admin.post(path, {})), [400, "name"])
      assert.deepStrictEqual(issues(yield* admin.post(path, { name: "日本" })), [400, "slug"])
      const taken = [409, "CONFLICT", "An asset type with this slug already exists"]
      assert.deepStrictEqual(refusal(yield* admin.post(path, { name: "UPS" })), taken)
      assert.deepStrictEqual(refusal(yield* admin.post(path, { name: "x", slug: "server" })), taken)
      assert.deepStrictEqual(refusal(yield* admin.put(`${path}/${type_id}`, { slug: "server" })), taken)
    })
  )

  it.effect("that are built in stay as they are, but take fields of the tenant's own", () =>
    Effect.gen(function* () {
      const { admin, client_id } = yield* shop
      const printer = yield* builtIn(admin, "printer")
      const one = `${path}/${printer.type_id}`
      assert.deepStrictEqual(refusal(yield* admin.delete(one)), [
        409,
        "CONFLICT",
        "A built-in asset type cannot be deleted"
      ])
      assert.strictEqual((yield* admin.put(one, { slug: "plotter" })).status, 409)
      const [model, ...rest] = printer.fields_schema
      for (const fields_schema of [
        [],
        rest,
        [{ ...model, required: true }, ...rest],
        [{ ...model, type: "list" }, ...rest]
      ]) {
        const refused = yield* admin.put(one, { fields_schema })
        assert.deepStrictEqual([refused.status, refused.body.error.code], [409, "CONFLICT"])
        assert.include(refused.body.error.details[0].message, "model")
      }
      assert.deepStrictEqual((yield* builtIn(admin, "printer")).fields_schema, printer.fields_schema)

      const own = { key: "leased_until", label: "Leased until", type: "date", required: false }
      const changed = yield* admin.put(one, { name: "Copier", fields_schema: [...printer.fields_schema, own] })
      assert.deepInclude(changed.body.data, {
        name: "Copier",
        slug: "printer",
        fields_schema: [...printer.fields_schema, own]
      })
      const asset = { client_id, asset_type: "printer", asset_tag: "P", name: "P", status: "active" }
      const data = { leased_until: "2027-01-01", model: "X", supply_levels: { black: 50 }, ip_address: "10.0.0.1" }
      const created = yield* admin.post(assets, { ...asset, extension_data: data })
      assert.deepStrictEqual([created.status, created.body.data.extension_data], [201, data])
      const wrong = yield* admin.post(assets, {
        ...asset,
        extension_data: { leased_until: "soon", ip_address: "10.0.0.256", colour: true }
      })
      assert.sameMembers(issues(wrong), [
        400,
        "extension_data.leased_until",
        "extension_data.ip_address",
        "extension_data.colour"
      ])
      // Another tenant's printers are as they were.
      const theirs = yield* shop
      assert.strictEqual((yield* builtIn(theirs.admin, "printer")).name, "Printer")
    })
  )

  it.effect("judge the data of their assets whenever these are written", () =>
    Effect.gen(function* () {
      const { admin, client_id } = yield* shop
      const type = yield* make(admin)
      const asset = { client_id, asset_type: "ups", asset_tag: "U", name: "U", status: "active" }
      const none = yield* admin.post(assets, asset)
      assert.deepStrictEqual(issues(none), [400, "extension_data.capacity"])
      const wrong = yield* admin.post(assets, { ...asset, extension_data: { capacity: "1", topology: "star", odd: 1 } })
      assert.sameMembers(issues(wrong), [
        400,
        "extension_data.capacity",
        "extension_data.topology",
        "extension_data.odd"
      ])
      assert.strictEqual((yield* admin.get(assets)).body.pagination.total, 0)
      const data = { capacity: 1500, topology: "online" }
      const created = yield* admin.post(assets, { ...asset, extension_data: data })
      assert.strictEqual(created.status, 201, JSON.stringify(created.body))
      const one = `${assets}/${created.body.data.asset_id}`
      const required = yield* admin.put(one, { extension_data: { capacity: null } })
      assert.deepStrictEqual(issues(required), [400, "extension_data.capacity"])
      const chosen = yield* admin.put(one, { extension_data: { topology: "standby", serviced_on: "2026-01-01" } })
      assert.deepStrictEqual(chosen.body.data.extension_data, {
        capacity: 1500,
        topology: "standby",
        serviced_on: "2026-01-01"
      })

      // What is stored stays as it is when the definition changes, until it is written.
      const next = [
        { ...fields[0], type: "text" },
        { key: "owner", label: "Owner", type: "text", required: true }
      ]
      assert.strictEqual((yield* admin.put(`${path}/${type.type_id}`, { fields_schema: next })).status, 200)
      assert.deepStrictEqual((yield* admin.get(one)).body.data.extension_data, chosen.body.data.extension_data)
      assert.strictEqual((yield* admin.put(one, { status: "spare" })).status, 200)
      assert.sameMembers(issues(yield* admin.put(one, { extension_data: { topology: null } })), [
        400,
        "extension_data.capacity",
        "extension_data.owner"
      ])
      const anew = yield* admin.put(one, { extension_data: { capacity: "1.5 kVA", owner: "Dana", topology: null } })
      assert.deepStrictEqual(anew.body.data.extension_data, {
        capacity: "1.5 kVA",
        owner: "Dana",
        serviced_on: "2026-01-01"
      })

      // Another type asks for what it requires, too.
      const server = yield* admin.post(assets, { ...asset, asset_type: "server", extension_data: { os_type: "x" } })
      const other = `${assets}/${server.body.data.asset_id}`
      assert.deepStrictEqual(issues(yield* admin.put(other, { asset_type: "ups" })), [
        400,
        "extension_data.capacity",
        "extension_data.owner"
      ])
      const moved = yield* admin.put(other, { asset_type: "ups", extension_data: { capacity: "1", owner: "Lee" } })
      assert.deepStrictEqual(moved.body.data.extension_data, { capacity: "1", owner: "Lee" })
    })
  )

  it.effect("take their assets along when they are called otherwise", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { admin, client_id, id, tenant } = yield* shop
      const type = yield* make(admin, { fields_schema: [] })
      const product = yield* makeProduct(tenant, {}, { is_serialized: true, creates_asset: true, asset_type: "ups" })
      const asset = { client_id, asset_type: "ups", asset_tag: "U", name: "U", status: "active" }
      const made = yield* Effect.all([admin.post(assets, asset), admin.post(assets, asset)])
      yield* admin.post(assets, { ...asset, asset_type: "server" })
      const renamed = yield* admin.put(`${path}/${type.type_id}`, { slug: "power" })
      assert.strictEqual(renamed.body.data.slug, "power")
      for (const [slug, total] of [
        ["ups", 0],
        ["power", 2],
        ["server", 1]
      ] as const) {
        const { body } = yield* admin.get(`${assets}?asset_type=${slug}`)
        assert.deepStrictEqual([body.data.length, body.pagination.total], [total, total], slug)
      }
      const one = made[0]!.body.data
      const after = (yield* admin.get(`${assets}/${one.asset_id}`)).body.data
      assert.strictEqual(after.asset_type, "power")
      assert.notStrictEqual(after.updated_at, one.updated_at)
      const told = (yield* admin.get(`${assets}/${one.asset_id}/history`)).body.data[0]
      assert.deepInclude(told, { change_type: "updated", changed_by: tenant.user.user_id })
      assert.deepStrictEqual(told.changes, [{ field: "asset_type", from: "ups", to: "power" }])
      const [settings] = yield* sql`SELECT asset_type FROM product_inventory_settings
        WHERE tenant = ${id} AND service_id = ${product}`
      assert.deepStrictEqual(settings, { asset_type: "power" })
      assert.deepStrictEqual(issues(yield* admin.post(assets, asset)), [400, "asset_type"])
    })
  )

  it.effect("are not deleted while anything is of them", () =>
    Effect.gen(function* () {
      const { admin, client_id, tenant } = yield* shop
      const type = yield* make(admin, { fields_schema: [] })
      const one = `${path}/${type.type_id}`
      const asset = { client_id, asset_type: "ups", asset_tag: "U", name: "U", status: "active" }
      const made = yield* Effect.all([admin.post(assets, asset), admin.post(assets, asset)])
      yield* makeProduct(tenant, {}, { asset_type: "ups" })
      const refused = yield* admin.delete(one)
      assert.deepStrictEqual(refusal(refused), [
        409,
        "CONFLICT",
        "This asset type has associated records that must be removed or reassigned first: 2 assets, 1 product."
      ])
      assert.deepStrictEqual(refused.body.error.details.dependencies, [
        { type: "asset", count: 2, label: "assets" },
        { type: "product", count: 1, label: "products" }
      ])
      for (const { body } of made) yield* admin.delete(`${assets}/${body.data.asset_id}`)
      assert.deepStrictEqual((yield* admin.delete(one)).body.error.details.dependencies, [
        { type: "product", count: 1, label: "products" }
      ])
    })
  )

  it.effect("are deleted, renamed and used by those who come first", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { admin, client_id, id } = yield* shop
      for (let round = 0; round < 8; round++) {
        const slug = `race_${round}`
        const type = yield* make(admin, { name: slug, slug, fields_schema: [] })
        const one = `${path}/${type.type_id}`
        const asset = { client_id, asset_type: slug, asset_tag: "U", name: "U", status: "active" }
        const server = yield* admin.post(assets, { ...asset, asset_type: "server" })
        const [created, moved, changed] = yield* Effect.all(
          [
            admin.post(assets, asset),
            admin.put(`${assets}/${server.body.data.asset_id}`, { asset_type: slug }),
            round % 2 === 0 ? admin.delete(one) : admin.put(one, { slug: `${slug}_new` })
          ],
          { concurrency: "unbounded" }
        )
        assert.include([201, 400], created.status)
        assert.include([200, 400], moved.status)
        assert.include(round % 2 === 0 ? [204, 409] : [200], changed.status)
        if (changed.status === 204) assert.deepStrictEqual([created.status, moved.status], [400, 400])
      }
      const dangling = yield* sql`SELECT 1 FROM assets a WHERE a.tenant = ${id} AND NOT EXISTS (
        SELECT FROM asset_type_registry y WHERE y.tenant = a.tenant AND y.slug = a.asset_type)`
      assert.deepStrictEqual(dangling, [])
    })
  )

  it.effect("are changed only as they were read, and created once", () =>
    Effect.gen(function* () {
      const { admin } = yield* shop
      const key = { "idempotency-key": newId() }
      const [first, again] = [
        yield* admin.post(path, { name: "UPS" }, key),
        yield* admin.post(path, { name: "UPS" }, key)
      ]
      assert.deepStrictEqual([first.status, again.status, again.body], [201, 201, first.body])
      const one = `${path}/${first.body.data.type_id}`
      const tag = (yield* admin.get(one)).headers.get("etag")!
      const both = yield* Effect.all(
        ["A", "B"].map((name) => admin.put(one, { name }, { "if-match": tag })),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(both.map(({ status }) => status).sort(), [200, 412])
      assert.strictEqual((yield* admin.delete(one, undefined, { "if-match": tag })).status, 412)
    })
  )

  it.effect("are another tenant's to nobody else, and for those who may", () =>
    Effect.gen(function* () {
      const ours = yield* shop
      const theirs = yield* shop
      const { slug, type_id } = yield* make(theirs.admin, { fields_schema: [] })
      const one = `${path}/${type_id}`
      for (const request of [ours.admin.get(one), ours.admin.put(one, { name: "x" }), ours.admin.delete(one)]) {
        assert.deepStrictEqual(refusal(yield* request), [404, "NOT_FOUND", "Asset type not found"])
      }
      const asset = { client_id: ours.client_id, asset_type: slug, asset_tag: "U", name: "U", status: "active" }
      assert.deepStrictEqual(issues(yield* ours.admin.post(assets, asset)), [400, "asset_type"])
      assert.strictEqual((yield* ours.admin.post(path, { name: "UPS" })).status, 201, "Slugs are a tenant's own")
      assert.deepStrictEqual(refusal(yield* ours.admin.get(`${path}/abc`)), [
        400,
        "VALIDATION_ERROR",
        "Invalid asset type ID format"
      ])

      const allowed: Readonly<Record<string, ReadonlyArray<number>>> = {
        Technician: [200, 200, 201, 200, 403],
        Dispatcher: [200, 200, 403, 403, 403]
      }
      for (const [role, statuses] of Object.entries(allowed)) {
        const client = yield* theirs.tenant.as(role)
        const answers = yield* Effect.all([
          client.get(path),
          client.get(one),
          client.post(path, { name: role }),
          client.put(one, { name: role }),
          client.delete(one)
        ])
        assert.deepStrictEqual(
          answers.map(({ status }) => status),
          statuses,
          role
        )
      }
    })
  )
})
