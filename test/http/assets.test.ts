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
        extension_data: { os_type: "Linux", cpu_cores: 8, installed_software: ["vim"] },
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
          AND entity_id = ${asset_id} ORDER BY event_id`
      const made = (field: unknown) => ({ old: null, new: field })
      assert.deepStrictEqual(events, [
        {
          event_type: "ASSET_CREATED",
          payload: {
            client_id,
            name: "Desk",
            asset_tag: "WS-1",
            changes: {
              client_id: made(client_id),
              name: made("Desk"),
              asset_tag: made("WS-1"),
              asset_type: made("workstation"),
              status: made("active")
            }
          }
        },
        {
          event_type: "ASSET_UPDATED",
          payload: {
            changes: { client_id: { old: client_id, new: other }, "extension_data.ram_gb": { old: null, new: 16 } }
          }
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
        [{ asset_type: "forklift" }, "asset_type"],
        [{ asset_type: "constructor" }, "asset_type"],
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

  it.effect("keep what fits a new type, and lose what does not", () =>
    Effect.gen(function* () {
      const { admin, client_id } = yield* shop
      const data = { os_type: "Linux", ram_gb: 8, gpu_model: "x" }
      const { asset_id } = yield* create(admin, { client_id, extension_data: data })
      const one = `${path}/${asset_id}`
      const server = yield* admin.put(one, { asset_type: "server" })
      assert.deepStrictEqual(server.body.data.extension_data, { os_type: "Linux", ram_gb: 8 })
      const phone = yield* admin.put(one, { asset_type: "mobile_device", extension_data: { imei: "1", os_type: null } })
      assert.deepStrictEqual(phone.body.data.extension_data, { imei: "1" })
      const printer = yield* admin.put(one, { asset_type: "printer" })
      assert.strictEqual(printer.body.data.extension_data, null)
      const nothing = yield* admin.post(path, {
        ...{ client_id, asset_type: "unknown", asset_tag: "x", name: "x", status: "x" },
        extension_data: { anything: 1 }
      })
      assert.deepStrictEqual(
        [nothing.status, nothing.body.error.details],
        [400, [{ path: ["extension_data", "anything"], message: "Unknown to assets of type unknown" }]]
      )
    })
  )

  it.effect("have their extension data changed field by field", () =>
    Effect.gen(function* () {
      const { admin, client_id } = yield* shop
      const { asset_id } = yield* create(admin, { client_id, extension_data: { os_type: "Linux", ram_gb: 8 } })
      const one = `${path}/${asset_id}`
      const put = Effect.fnUntraced(function* (extension_data: unknown) {
        const { body, status } = yield* admin.put(one, { extension_data })
        assert.strictEqual(status, 200, JSON.stringify(body))
        return body.data.extension_data
      })
      assert.deepStrictEqual(yield* put({ ram_gb: 16, cpu_cores: 4 }), { os_type: "Linux", ram_gb: 16, cpu_cores: 4 })
      assert.deepStrictEqual(yield* put({ ram_gb: null }), { os_type: "Linux", cpu_cores: 4 })
      assert.deepStrictEqual(yield* put({}), { os_type: "Linux", cpu_cores: 4 })
      assert.deepStrictEqual(yield* put(null), null)
      assert.deepStrictEqual(yield* put({ os_type: "BSD" }), { os_type: "BSD" })
    })
  )

  it.effect("are changed only as they were read, where the caller says how", () =>
    Effect.gen(function* () {
      const { admin, client_id } = yield* shop
      const { asset_id } = yield* create(admin, { client_id })
      const one = `${path}/${asset_id}`
      const tag = (yield* admin.get(one)).headers.get("etag")!
      assert.match(tag, /^"\w+"$/)
      const changed = yield* admin.put(one, { name: "Second" }, { "if-match": tag })
      assert.strictEqual(changed.status, 200)
      const next = changed.headers.get("etag")!
      assert.notStrictEqual(next, tag)
      for (const request of [
        admin.put(one, { name: "Third" }, { "if-match": tag }),
        admin.delete(one, undefined, { "if-match": tag })
      ]) {
        const { body, status } = yield* request
        assert.deepStrictEqual([status, body.error.code], [412, "PRECONDITION_FAILED"])
      }
      const same = yield* admin.put(one, { name: "Second" }, { "if-match": next })
      assert.strictEqual(same.headers.get("etag"), next, "A change that changes nothing makes no version")
      // Of two who have read the same, one changes it.
      const both = yield* Effect.all(
        ["A", "B"].map((name) => admin.put(one, { name }, { "if-match": next })),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(both.map(({ status }) => status).sort(), [200, 412])
      const last = (yield* admin.get(one)).headers.get("etag")!
      assert.strictEqual((yield* admin.delete(one, undefined, { "if-match": last })).status, 204)
    })
  )

  it.effect("are created once, however often the request is sent", () =>
    Effect.gen(function* () {
      const { admin, client_id } = yield* shop
      const body = { client_id, asset_type: "server", asset_tag: "S", name: "S", status: "active" }
      const key = { "idempotency-key": newId() }
      const first = yield* admin.post(path, body, key)
      const again = yield* admin.post(path, body, key)
      assert.deepStrictEqual([first.status, again.status], [201, 201])
      assert.deepStrictEqual(again.body, first.body)
      assert.strictEqual((yield* admin.get(path)).body.pagination.total, 1)
      assert.strictEqual((yield* admin.post(path, { ...body, name: "T" }, key)).status, 422)
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

  it.effect("show what hangs together with them, and take it along when they go", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { admin, client_id, id, tenant } = yield* shop
      const [rack, server, disk] = [
        yield* create(admin, { client_id, name: "rack", asset_type: "unknown" }),
        yield* create(admin, { client_id, name: "server", asset_type: "server" }),
        yield* create(admin, { client_id, name: "disk", asset_type: "unknown", status: "spare" })
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
      const notes = newId()
      yield* sql`INSERT INTO documents ${sql.insert({
        tenant: id,
        document_id: notes,
        document_name: "server Notes",
        mime_type: "text/plain",
        file_size: 0,
        created_by: user_id
      })}`
      yield* sql`INSERT INTO document_associations ${sql.insert({
        tenant: id,
        association_id: newId(),
        document_id: notes,
        entity_type: "asset",
        entity_id: server.asset_id
      })}`
      yield* sql`UPDATE assets SET notes_document_id = ${notes} WHERE tenant = ${id} AND asset_id = ${server.asset_id}`
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
      const [ownNotes, document] = body.data.documents
      assert.strictEqual(ownNotes.document_id, notes)
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
      assert.deepStrictEqual(left, { rows: 0, documents: 0 })
      assert.deepStrictEqual((yield* admin.get(`/api/v1/tickets/${ticket}/assets`)).body.data, [])
      const told =
        yield* sql`SELECT event_type FROM events WHERE tenant = ${id} AND entity_id = ${ticket} ORDER BY event_id`
      assert.deepStrictEqual(told, [{ event_type: "TICKET_ASSET_LINKED" }, { event_type: "TICKET_ASSET_UNLINKED" }])
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
