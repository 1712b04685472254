/** The assets endpoints, over HTTP and PostgreSQL. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { newId } from "../../src/services/ids.ts"
import { makeClient, makeLocation, makeTicket } from "../support/fixtures.ts"
import { type Client, makeTenant, suite } from "../support/service.ts"

const path = "/api/v1/assets"
const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

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

suite("assets", (it) => {
  it.effect("are created with the data of their type, changed and deleted", () =>
    Effect.gen(function* () {
      const { admin, client_id, id, tenant } = yield* shop
      const location_id = yield* makeLocation(tenant, client_id)
      const asset = yield* create(admin, {
        client_id,
        location_id,
        location: "Room 2",
        serial_number: "SN-9",
        purchase_date: "2026-01-15",
        warranty_end_date: "2999-01-15T12:00:00+02:00",
        extension_data: { os_type: "Linux", cpu_cores: 8, installed_software: ["vim"], gpu_model: null }
      })
      assert.deepInclude(asset, {
        tenant: id,
        client_id,
        location_id,
        asset_type: "workstation",
        purchase_date: "2026-01-15T00:00:00.000Z",
        warranty_end_date: "2999-01-15T10:00:00.000Z",
        warranty_status: "active",
        extension_data: { os_type: "Linux", cpu_cores: 8, installed_software: ["vim"], gpu_model: null },
        relationships: [],
        documents: [],
        maintenance_schedules: []
      })
      assert.deepStrictEqual(asset.client, { client_id, client_name: asset.client_name, billing_email: null })
      assert.match(asset.created_at, iso)
      const one = `${path}/${asset.asset_id}`
      assert.deepStrictEqual((yield* admin.get(one)).body, { data: asset })

      const changed = yield* admin.put(one, { name: "Front desk", serial_number: null, purchase_date: null })
      assert.strictEqual(changed.status, 200)
      assert.deepInclude(changed.body.data, {
        name: "Front desk",
        serial_number: null,
        purchase_date: null,
        location: "Room 2",
        location_id,
        extension_data: asset.extension_data
      })
      assert.isAbove(Date.parse(changed.body.data.updated_at), Date.parse(asset.created_at) - 1)
      assert.strictEqual((yield* admin.put(one, {})).body.data.updated_at, changed.body.data.updated_at)

      assert.strictEqual((yield* admin.delete(one)).status, 204)
      for (const gone of [yield* admin.delete(one), yield* admin.get(one), yield* admin.put(one, { name: "x" })]) {
        assert.deepStrictEqual(
          [gone.status, gone.body.error.code, gone.body.error.message],
          [404, "NOT_FOUND", "Asset not found"]
        )
      }
    })
  )

  it.effect("tell what happened to them", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { admin, client_id, id, tenant } = yield* shop
      const { asset_id } = yield* create(admin, { client_id })
      const other = yield* makeClient(tenant)
      yield* admin.put(`${path}/${asset_id}`, { client_id: other, extension_data: { ram_gb: 16 } })
      yield* admin.put(`${path}/${asset_id}`, { location_id: newId(), name: "Not stored" })
      yield* admin.delete(`${path}/${asset_id}`)
      const events = yield* sql<{ readonly event_type: string; readonly payload: unknown }>`
        SELECT event_type, payload FROM events WHERE tenant = ${id} AND entity_type = 'asset'
          AND entity_id = ${asset_id} ORDER BY occurred_at`
      assert.deepStrictEqual(events, [
        { event_type: "ASSET_CREATED", payload: { client_id, name: "Desk", asset_tag: "WS-1" } },
        {
          event_type: "ASSET_UPDATED",
          payload: { changes: { client_id: other, location_id: null, extension_data: { ram_gb: 16 } } }
        },
        { event_type: "ASSET_DELETED", payload: { name: "Desk", asset_tag: "WS-1" } }
      ])
    })
  )

  it.effect("say which field is wrong", () =>
    Effect.gen(function* () {
      const { admin, client_id } = yield* shop
      const { asset_id } = yield* create(admin, { client_id, extension_data: { os_type: "Linux" } })
      const body = { client_id, asset_type: "server", asset_tag: "S", name: "S", status: "active" }
      const issues = Effect.fnUntraced(function* (method: "post" | "put", fields: Record<string, unknown>) {
        const answer =
          method === "post"
            ? yield* admin.post(path, { ...body, ...fields })
            : yield* admin.put(`${path}/${asset_id}`, fields)
        const details: ReadonlyArray<{ readonly path: ReadonlyArray<string> }> = answer.body.error.details
        return [answer.status, ...details.map(({ path }) => path.join("."))]
      })
      const empty = yield* admin.post(path, {})
      assert.deepStrictEqual([empty.status, empty.body.error.code], [400, "VALIDATION_ERROR"])
      const missing: ReadonlyArray<{ readonly path: ReadonlyArray<string> }> = empty.body.error.details
      assert.includeMembers(
        missing.map(({ path }) => path.join(".")),
        ["client_id", "asset_type", "asset_tag", "name", "status"]
      )
      const wrong: ReadonlyArray<readonly [Record<string, unknown>, string]> = [
        [{ client_id: "abc" }, "client_id"],
        [{ client_id: newId() }, "client_id"],
        [{ asset_type: "Not A Slug" }, "asset_type"],
        [{ asset_type: "a-b" }, "asset_type"],
        [{ name: "" }, "name"],
        [{ name: "x".repeat(256) }, "name"],
        [{ name: "\ud800" }, "name"],
        [{ asset_tag: "  " }, "asset_tag"],
        [{ status: null }, "status"],
        [{ location_id: newId() }, "location_id"],
        [{ purchase_date: "2026-02-30" }, "purchase_date"],
        [{ warranty_end_date: "soon" }, "warranty_end_date"],
        [{ extension_data: [] }, "extension_data"]
      ]
      for (const [fields, field] of wrong) {
        assert.deepStrictEqual(yield* issues("post", fields), [400, field], JSON.stringify(fields))
        assert.deepStrictEqual(yield* issues("put", fields), [400, field], JSON.stringify(fields))
      }
      assert.deepStrictEqual(yield* issues("post", { extension_data: { gpu_model: "x", cpu_cores: 0 } }), [
        400,
        "extension_data.gpu_model",
        "extension_data.cpu_cores"
      ])
      // Judged by the type it has, or gets.
      assert.deepStrictEqual(yield* issues("put", { extension_data: { hypervisor: "KVM" } }), [
        400,
        "extension_data.hypervisor"
      ])
      assert.deepStrictEqual(yield* issues("put", { asset_type: "printer", extension_data: { os_type: "x" } }), [
        400,
        "extension_data.os_type"
      ])
      assert.strictEqual((yield* admin.get(`${path}/${asset_id}`)).body.data.asset_type, "workstation")

      for (const client of [admin.post(path, "{nope"), admin.put(`${path}/${asset_id}`, "{nope")]) {
        const { body, status } = yield* client
        assert.deepStrictEqual([status, body.error.code], [400, "VALIDATION_ERROR"])
      }
      for (const request of [admin.get(`${path}/abc`), admin.put(`${path}/abc`, {}), admin.delete(`${path}/abc`)]) {
        const { body, status } = yield* request
        assert.deepStrictEqual([status, body.error.message], [400, "Invalid asset ID format"])
      }
      for (const query of ["sort=nope", "sort=constructor", "order=up", "limit=0", "limit=101", "page=0"]) {
        assert.strictEqual((yield* admin.get(`${path}?${query}`)).status, 400, query)
      }
      for (const query of ["client_id=x", "created_from=2026-02-30", "has_warranty=maybe", "maintenance_due=1"]) {
        assert.strictEqual((yield* admin.get(`${path}?${query}`)).status, 400, query)
      }
    })
  )

  it.effect("keep what fits a new type, and any data in a type of the tenant's own", () =>
    Effect.gen(function* () {
      const { admin, client_id } = yield* shop
      const { asset_id } = yield* create(admin, { client_id, extension_data: { os_type: "Linux" } })
      const one = `${path}/${asset_id}`
      const server = yield* admin.put(one, { asset_type: "server" })
      assert.deepStrictEqual(server.body.data.extension_data, { os_type: "Linux" })
      const printer = yield* admin.put(one, { asset_type: "printer" })
      assert.strictEqual(printer.body.data.extension_data, null)
      const free = { anything: [1, { deep: true }], path: "C:\\u0000" }
      const forklift = yield* admin.put(one, { asset_type: "forklift", extension_data: free })
      assert.deepStrictEqual(forklift.body.data.extension_data, free)
      assert.strictEqual((yield* admin.put(one, { extension_data: null })).body.data.extension_data, null)
      yield* create(admin, { client_id, asset_type: "constructor", extension_data: free })
      yield* create(admin, { client_id, asset_type: "unknown", extension_data: free })
    })
  )

  it.effect("are at an active location of their client, or at none", () =>
    Effect.gen(function* () {
      const { admin, client_id, tenant } = yield* shop
      const other = yield* makeClient(tenant)
      const [here, there, retired] = [
        yield* makeLocation(tenant, client_id),
        yield* makeLocation(tenant, other),
        yield* makeLocation(tenant, client_id, { is_active: false })
      ]
      const { asset_id } = yield* create(admin, { client_id, location_id: here })
      const one = `${path}/${asset_id}`
      const refusal = {
        code: "VALIDATION_ERROR",
        message: "Validation failed",
        details: [{ path: ["location_id"], message: "Selected location is not available for this client" }]
      }
      for (const location_id of [there, retired]) {
        const refused = yield* admin.put(one, { location_id })
        assert.deepStrictEqual([refused.status, refused.body.error], [400, refusal])
      }
      assert.deepStrictEqual((yield* admin.put(one, { client_id: other, location_id: here })).body.error, refusal)
      const same = yield* admin.put(one, { client_id: client_id.toUpperCase() })
      assert.strictEqual(same.body.data.location_id, here)
      const moved = yield* admin.put(one, { client_id: other })
      assert.deepInclude(moved.body.data, { client_id: other, location_id: null })
      const back = yield* admin.put(one, { client_id, location_id: here })
      assert.deepInclude(back.body.data, { client_id, location_id: here })
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
      yield* sql`UPDATE assets SET created_at = '2020-05-01T00:00:00Z', updated_at = '2021-05-01T00:00:00Z'
        WHERE tenant = ${id} AND name = 'alpha'`

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

  it.effect("show what hangs together with them, and take it along when they go", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { admin, client_id, id, tenant } = yield* shop
      const [rack, server, disk] = [
        yield* create(admin, { client_id, name: "rack", asset_type: "rack" }),
        yield* create(admin, { client_id, name: "server", asset_type: "server" }),
        yield* create(admin, { client_id, name: "disk", asset_type: "disk", status: "spare" })
      ]
      const user_id = tenant.user.user_id
      const document_id = newId()
      yield* sql`INSERT INTO asset_relationships ${sql.insert([
        { tenant: id, parent_asset_id: rack.asset_id, child_asset_id: server.asset_id, relationship_type: "contains" },
        { tenant: id, parent_asset_id: server.asset_id, child_asset_id: disk.asset_id, relationship_type: "uses" }
      ])}`
      yield* sql`INSERT INTO documents ${sql.insert({
        tenant: id,
        document_id,
        document_name: "manual.pdf",
        mime_type: "application/pdf",
        file_size: 12_345_678_901,
        created_by: user_id
      })}`
      yield* sql`INSERT INTO document_associations ${sql.insert({
        tenant: id,
        association_id: newId(),
        document_id,
        entity_type: "asset",
        entity_id: server.asset_id
      })}`
      yield* sql`INSERT INTO asset_maintenance_schedules ${sql.insert({
        tenant: id,
        schedule_id: newId(),
        asset_id: server.asset_id,
        schedule_name: "Dust",
        maintenance_type: "inspection",
        frequency: "yearly",
        next_maintenance: "2027-01-01T00:00:00.000Z",
        created_by: user_id
      })}`
      const ticket = yield* makeTicket(tenant)
      const one = `${path}/${server.asset_id}`
      assert.strictEqual((yield* admin.post(`${one}/tickets`, { ticket_id: ticket })).status, 201)

      const { body } = yield* admin.get(one)
      const related = body.data.relationships.map((relationship: Record<string, unknown>) => [
        relationship["related_asset_name"],
        relationship["direction"],
        relationship["relationship_type"],
        relationship["status"]
      ])
      assert.sameDeepMembers(related, [
        ["rack", "parent", "contains", "active"],
        ["disk", "child", "uses", "spare"]
      ])
      const [document] = body.data.documents
      assert.deepInclude(document, {
        document_id,
        entity_id: server.asset_id,
        entity_type: "asset",
        original_filename: "manual.pdf",
        file_size: 12_345_678_901,
        mime_type: "application/pdf"
      })
      const [schedule] = body.data.maintenance_schedules
      assert.deepInclude(schedule, {
        schedule_name: "Dust",
        next_maintenance: "2027-01-01T00:00:00.000Z",
        last_maintenance: null,
        frequency_interval: 1,
        schedule_config: {},
        is_active: true,
        created_by_name: tenant.user.username
      })
      for (const time of [
        body.data.relationships[0].created_at,
        body.data.relationships[0].updated_at,
        document.created_at,
        document.uploaded_at,
        schedule.created_at,
        schedule.updated_at
      ]) {
        assert.match(time, iso)
      }

      assert.strictEqual((yield* admin.delete(one)).status, 204)
      const [left] = yield* sql<{ readonly rows: number; readonly documents: number }>`
        SELECT (SELECT count(*) FROM asset_associations WHERE tenant = ${id})
          + (SELECT count(*) FROM asset_relationships WHERE tenant = ${id})
          + (SELECT count(*) FROM document_associations WHERE tenant = ${id})
          + (SELECT count(*) FROM asset_maintenance_schedules WHERE tenant = ${id}) AS rows,
          (SELECT count(*) FROM documents WHERE tenant = ${id}) AS documents`
      assert.deepStrictEqual(left, { rows: 0, documents: 1 })
      assert.deepStrictEqual((yield* admin.get(`/api/v1/tickets/${ticket}/assets`)).body.data, [])
    })
  )

  it.effect("are another tenant's to nobody else", () =>
    Effect.gen(function* () {
      const ours = yield* shop
      const theirs = yield* shop
      const { asset_id } = yield* create(theirs.admin, { client_id: theirs.client_id })
      const location_id = yield* makeLocation(theirs.tenant, theirs.client_id)
      const one = `${path}/${asset_id}`
      const { admin, client_id } = ours
      for (const request of [admin.get(one), admin.put(one, { name: "Mine" }), admin.delete(one)]) {
        assert.strictEqual((yield* request).status, 404)
      }
      const body = { asset_type: "server", asset_tag: "S", name: "S", status: "active" }
      assert.strictEqual((yield* admin.post(path, { ...body, client_id: theirs.client_id })).status, 400)
      assert.strictEqual((yield* admin.post(path, { ...body, client_id, location_id })).status, 400)
      assert.strictEqual((yield* admin.get(path)).body.pagination.total, 0)
      assert.strictEqual((yield* theirs.admin.get(one)).body.data.name, "Desk")
    })
  )

  it.effect("are for those who may", () =>
    Effect.gen(function* () {
      const { admin, client_id, tenant } = yield* shop
      const { asset_id } = yield* create(admin, { client_id })
      const one = `${path}/${asset_id}`
      const asset = { client_id, asset_type: "server", asset_tag: "S", name: "S", status: "active" }
      const allowed: Readonly<Record<string, ReadonlyArray<number>>> = {
        Technician: [200, 200, 201, 200, 403],
        Dispatcher: [200, 200, 403, 403, 403],
        Finance: [200, 200, 403, 403, 403]
      }
      for (const [role, statuses] of Object.entries(allowed)) {
        const client = yield* tenant.as(role)
        const answers = yield* Effect.all([
          client.get(path),
          client.get(one),
          client.post(path, asset),
          client.put(one, { name: role }),
          client.delete(one)
        ])
        assert.deepStrictEqual(
          answers.map(({ status }) => status),
          statuses,
          role
        )
        assert.strictEqual(answers[4].body.error.message, "Permission denied: Cannot delete asset")
      }
      const denied = yield* (yield* tenant.as("Finance")).put(`${path}/abc`, "{nope")
      assert.deepStrictEqual(
        [denied.status, denied.body.error.message],
        [403, "Permission denied: Cannot update asset"]
      )
      assert.strictEqual((yield* admin.get(one)).body.data.name, "Technician")
    })
  )

  it.effect("are deleted once, however many try", () =>
    Effect.gen(function* () {
      const { admin, client_id } = yield* shop
      const { asset_id } = yield* create(admin, { client_id })
      const one = `${path}/${asset_id}`
      const answers = yield* Effect.all([admin.delete(one), admin.delete(one), admin.delete(one)], {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual(answers.map(({ status }) => status).sort(), [204, 404, 404])
    })
  )
})
