/** Assets as files, over HTTP and PostgreSQL. */
import { request as httpRequest, type IncomingMessage } from "node:http"
import { assert } from "@effect/vitest"
import { Effect, Schedule } from "effect"
import { SqlClient } from "effect/sql"
import { exportFields } from "../../src/domain/AssetExport.ts"
import { recordsOf } from "../support/csv.ts"
import { makeClient } from "../support/fixtures.ts"
import { type Client, makeTenant, Service, suite, type TestTenant } from "../support/service.ts"

const path = "/api/v1/assets/export"

const shop = Effect.gen(function* () {
  const tenant = yield* makeTenant
  const client_id = yield* makeClient(tenant, { client_name: "Müller, Maier & Co" })
  return { tenant, id: tenant.tenant.tenant, admin: tenant.admin, client_id }
})

const create = Effect.fnUntraced(function* (client: Client, body: Record<string, unknown>) {
  const defaults = { asset_type: "workstation", asset_tag: "WS-1", name: "Desk", status: "active" }
  const answer = yield* client.post("/api/v1/assets", { ...defaults, ...body })
  assert.strictEqual(answer.status, 201, JSON.stringify(answer.body))
  return answer.body.data
})

const exported = Effect.fnUntraced(function* (client: Client, query = "") {
  const answer = yield* client.get(path + query)
  assert.strictEqual(answer.status, 200, JSON.stringify(answer.body))
  return recordsOf(answer.body)
})

/** Many assets, put straight into the database: more than fits into what is between here and there. */
const fill = Effect.fnUntraced(function* (tenant: TestTenant, client_id: string, count: number) {
  const sql = yield* SqlClient.SqlClient
  yield* sql`INSERT INTO assets (tenant, asset_id, client_id, asset_type, asset_tag, name, status, location)
    SELECT ${tenant.tenant.tenant}::uuid, ordered_uuid(), ${client_id}::uuid, 'unknown', 'T-' || n, 'Machine ' || n,
      'active', repeat('x', 2500)
    FROM generate_series(1, ${count}::int) n`
}, Effect.orDie)

/** Begins a download, and reads no more of it than its first piece. */
const download = Effect.fnUntraced(function* (client: Client, query = "") {
  const { url } = yield* Service
  const response = yield* Effect.promise(
    () =>
      new Promise<IncomingMessage>((resolve, reject) => {
        httpRequest(url + path + query, { headers: client.headers }, resolve)
          .on("error", reject)
          .end()
      })
  )
  const first = yield* Effect.promise(() => new Promise<Buffer>((resolve) => response.once("data", resolve)))
  response.pause()
  return { response, first: first.toString() }
})

const rest = (response: IncomingMessage) =>
  Effect.promise(async () => {
    const pieces: Array<string> = []
    for await (const piece of response) pieces.push(String(piece))
    return pieces.join("")
  })

/** How many transactions of others are open; those that wait for somebody to read, where that is asked for. */
const running = Effect.fnUntraced(function* (waiting: "waiting" | "any") {
  const sql = yield* SqlClient.SqlClient
  const [found] = yield* sql<{ readonly count: number }>`SELECT count(*)::int AS count FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
      AND (wait_event = 'ClientWrite' OR ${waiting === "any"}::boolean)`
  return found!.count
}, Effect.orDie)

const until = (condition: Effect.Effect<boolean, never, SqlClient.SqlClient>) =>
  condition.pipe(
    Effect.repeat({ until: (holds) => holds, schedule: Schedule.spaced("5 millis") }),
    Effect.timeout("10 seconds"),
    Effect.orDie
  )

suite("exports of assets", (it) => {
  it.effect("are CSV with all there is, as it is on the wire", () =>
    Effect.gen(function* () {
      const { admin, client_id } = yield* shop
      const first = yield* create(admin, {
        client_id,
        name: '=HYPERLINK("http://x","y")',
        location: "Room 2,\nsecond floor",
        serial_number: 'say "SN"',
        asset_tag: "-1",
        purchase_date: "2026-01-15T12:00:00.5+02:00",
        extension_data: { os_type: "@Linux", cpu_cores: 8, ram_gb: 0.5, installed_software: ["vim", 'a "b"'] }
      })
      yield* create(admin, {
        client_id,
        asset_type: "network_device",
        asset_tag: "NET",
        status: "in\ruse",
        extension_data: { supports_poe: true, vlan_config: { "10": "voice" } }
      })
      const { body, headers, status } = yield* admin.get(path)
      assert.strictEqual(status, 200)
      assert.match(headers.get("content-type") ?? "", /^text\/csv\b/)
      assert.strictEqual(headers.get("content-disposition"), "attachment; filename=assets.csv")
      assert.isNotNull(headers.get("x-ratelimit-limit"))
      assert.isNotNull(headers.get("x-request-id"))
      const [header] = body.split("\r\n")
      const own = header.split(",").filter((name: string) => !name.startsWith("extension_data."))
      assert.deepStrictEqual(
        own,
        exportFields.filter((field) => field !== "extension_data")
      )
      assert.include(header, "warranty_status,extension_data.os_type,")
      assert.include(header, "extension_data.vlan_config")
      // Nobody has a printer.
      assert.notInclude(header, "extension_data.supports_duplex")
      assert.include(body, `"'=HYPERLINK(""http://x"",""y"")"`)
      const rows = recordsOf(body)
      const listed = (yield* admin.get("/api/v1/assets?sort=created_at&order=asc")).body.data
      assert.strictEqual(rows.length, 2)
      for (const [index, row] of rows.entries()) {
        for (const field of own) {
          const value = listed[index][field]
          const shown = value === null ? "" : String(value)
          assert.strictEqual(row[field], /^[=+\-@\t\r]/.test(shown) ? `'${shown}` : shown, field)
        }
      }
      assert.deepInclude(rows[0], {
        asset_id: first.asset_id,
        client_name: "Müller, Maier & Co",
        purchase_date: "2026-01-15T10:00:00.500Z",
        warranty_status: "no_warranty",
        "extension_data.os_type": "'@Linux",
        "extension_data.cpu_cores": "8",
        "extension_data.ram_gb": "0.5",
        "extension_data.installed_software": '["vim","a \\"b\\""]',
        "extension_data.supports_poe": ""
      })
      assert.deepInclude(rows[1], {
        "extension_data.supports_poe": "true",
        "extension_data.vlan_config": '{"10":"voice"}',
        "extension_data.os_type": ""
      })
    })
  )

  it.effect("are JSON where that is asked for", () =>
    Effect.gen(function* () {
      const { admin, client_id } = yield* shop
      for (const asset_tag of ["A", "B", "C"]) {
        yield* create(admin, { client_id, asset_tag, name: `"${asset_tag}"`, extension_data: { ram_gb: 4 } })
      }
      const { body, headers, status } = yield* admin.get(`${path}?format=json`)
      assert.deepStrictEqual([status, headers.get("content-type")], [200, "application/json"])
      const listed = (yield* admin.get("/api/v1/assets?sort=asset_tag&order=asc")).body.data
      assert.deepStrictEqual(body, {
        data: listed.map((row: Record<string, unknown>) => ({ ...row, extension_data: { ram_gb: 4 } }))
      })
      const some = yield* admin.get(`${path}?format=JSON&fields=extension_data,name&fields=name&colour=red`)
      assert.deepStrictEqual(some.body, {
        data: ["A", "B", "C"].map((tag) => ({ extension_data: { ram_gb: 4 }, name: `"${tag}"` })),
        meta: { ignored: ["colour"] }
      })
      const strict = yield* admin.get(`${path}?colour=red`, { prefer: "handling=strict" })
      assert.strictEqual(strict.status, 400)
      const other = yield* admin.get(`${path}?format=xlsx`)
      assert.match(other.headers.get("content-type") ?? "", /^text\/csv/)
    })
  )

  it.effect("have a header even if there is nothing to export", () =>
    Effect.gen(function* () {
      const { admin } = yield* shop
      const { body } = yield* admin.get(path)
      assert.strictEqual(body, `${exportFields.filter((field) => field !== "extension_data").join(",")}\r\n`)
      assert.deepStrictEqual((yield* admin.get(`${path}?format=json`)).body, { data: [] })
      assert.strictEqual((yield* admin.get(`${path}?fields=name,status`)).body, "name,status\r\n")
    })
  )

  it.effect("are of what the filters find", () =>
    Effect.gen(function* () {
      const { admin, client_id, tenant } = yield* shop
      const other = yield* makeClient(tenant)
      yield* create(admin, { client_id, asset_tag: "1", name: "Laptop", status: "active" })
      yield* create(admin, { client_id: other, asset_tag: "2", name: "Rack", asset_type: "server", status: "spare" })
      yield* create(admin, { client_id: other, asset_tag: "3", asset_type: "printer", warranty_end_date: "2020-01-01" })
      const stranger = yield* shop
      yield* create(stranger.admin, { client_id: stranger.client_id })
      for (const [query, tags] of [
        ["", "1 2 3"],
        ["?asset_types=server,printer", "2 3"],
        ["?asset_types=server&asset_types=workstation", "1 2"],
        ["?statuses=spare", "2"],
        [`?client_ids=${other.toUpperCase()}`, "2 3"],
        [`?client_ids=${other}&statuses=active`, "3"],
        [`?client_ids=${stranger.client_id}`, ""],
        ["?search=LAP", "1"],
        ["?asset_type=printer", "3"],
        ["?name=rack", "2"],
        [`?client_id=${client_id}`, "1"],
        ["?client_name=maier", "1"],
        ["?warranty_expired=true", "3"],
        ["?asset_types=&statuses=", "1 2 3"]
      ] as const) {
        const rows = yield* exported(admin, `${query}${query === "" ? "?" : "&"}fields=asset_tag`)
        assert.strictEqual(rows.map((row) => row["asset_tag"]).join(" "), tags, query)
        const json = yield* admin.get(`${path}${query}${query === "" ? "?" : "&"}fields=asset_tag&format=json`)
        assert.strictEqual(json.body.data.map((row: Record<string, string>) => row["asset_tag"]).join(" "), tags, query)
      }
      const columns = (yield* admin.get(`${path}?asset_types=printer&fields=extension_data,asset_tag`)).body
      assert.match(columns, /^extension_data\.model,.*extension_data\.supply_levels,asset_tag\r\n,+3\r\n$/)
      for (const query of ["?fields=secrets", "?client_ids=nope", "?purchase_date_from=never"]) {
        assert.strictEqual((yield* admin.get(path + query)).status, 400, query)
      }
      const nobody = yield* tenant.as()
      assert.strictEqual((yield* nobody.get(path)).status, 403)
    })
  )

  it.effect("have columns for the fields of types of the tenant's own, whatever these are called", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { admin, client_id, id } = yield* shop
      const type = { name: "UPS", fields_schema: [{ key: "capacity_va", label: "Capacity", type: "number" }] }
      assert.strictEqual((yield* admin.post("/api/v1/asset-types", type)).status, 201)
      yield* create(admin, { client_id, asset_type: "ups", extension_data: { capacity_va: 1500 } })
      yield* sql`UPDATE asset_type_registry SET slug = 'o''clock "x", \\' WHERE tenant = ${id} AND slug = 'ups'`
      const [row] = yield* exported(admin)
      assert.deepInclude(row, { asset_type: 'o\'clock "x", \\', "extension_data.capacity_va": "1500" })
    })
  )

  it.effect("show one state of the database, however long they are read", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { admin, client_id, id, tenant } = yield* shop
      yield* fill(tenant, client_id, 10_000)
      const { first, response } = yield* download(admin)
      yield* sql`DELETE FROM assets WHERE tenant = ${id} AND asset_id IN (
        SELECT asset_id FROM assets WHERE tenant = ${id} ORDER BY asset_id DESC LIMIT 200)`
      const rows = recordsOf(first + (yield* rest(response)))
      assert.strictEqual(rows.length, 10_000)
      assert.strictEqual(new Set(rows.map((row) => row["asset_tag"])).size, 10_000)
      assert.strictEqual((yield* exported(admin)).length, 9800)
    })
  )

  it.effect("that nobody reads any more end, and so do their queries", () =>
    Effect.gen(function* () {
      const { admin, client_id, tenant } = yield* shop
      yield* fill(tenant, client_id, 10_000)
      const downloads = yield* Effect.all([download(admin), download(admin, "?format=json")])
      // Nobody takes more than the first piece: the database waits.
      yield* until(Effect.map(running("waiting"), (count) => count === 2))
      for (const { response } of downloads) response.destroy()
      yield* until(Effect.map(running("any"), (count) => count === 0))
      // More than there are connections.
      const answers = yield* Effect.all(
        Array.from({ length: 6 }, () => exported(admin, "?fields=asset_id")),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(
        answers.map(({ length }) => length),
        answers.map(() => 10_000)
      )
    })
  )

  it.effect("that break off are not taken for whole", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { admin, client_id, tenant } = yield* shop
      yield* fill(tenant, client_id, 10_000)
      const { response } = yield* download(admin)
      yield* until(Effect.map(running("waiting"), (count) => count === 1))
      yield* sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND wait_event = 'ClientWrite'`
      const failed = yield* Effect.promise(async () => {
        try {
          for await (const _ of response);
          return false
        } catch {
          return true
        }
      })
      assert.isTrue(failed)
      assert.strictEqual((yield* admin.get("/api/v1/assets?limit=1")).status, 200)
    })
  )
})
