/** Assets from files, over HTTP and PostgreSQL. */
import { request as httpRequest } from "node:http"
import { assert } from "@effect/vitest"
import { Effect, Schedule, Stream } from "effect"
import { SqlClient } from "effect/sql"
import { Actor, operator } from "../../src/domain/Actor.ts"
import { AssetImportService } from "../../src/services/AssetImportService.ts"
import { csvOf } from "../support/csv.ts"
import { send } from "../support/files.ts"
import { makeClient, makeLocation } from "../support/fixtures.ts"
import { type Client, makeTenant, Service, settings, suite } from "../support/service.ts"
import { counted } from "../support/statements.ts"

const path = "/api/v1/assets/import"
const type = { "content-type": "text/csv" }

const shop = Effect.gen(function* () {
  const tenant = yield* makeTenant
  const client_name = "Acme, Inc."
  const client_id = yield* makeClient(tenant, { client_name })
  return { tenant, id: tenant.tenant.tenant, admin: tenant.admin, client_id, client_name }
})

type Row = Readonly<Record<string, string | number | null | undefined>>

const columnsOf = (rows: ReadonlyArray<Row>) => [...new Set(rows.flatMap((row) => Object.keys(row)))]

const sendText = (client: Client, text: string, query = "", headers: Record<string, string> = type) =>
  send(client, "POST", path + query, text, headers)

const importing = (client: Client, rows: ReadonlyArray<Row>, query = "") =>
  sendText(client, csvOf(columnsOf(rows), rows), query)

/** What became of the lines. */
const actions = (answer: { readonly body: { data?: { lines: ReadonlyArray<{ action: string }> } } }) =>
  answer.body.data?.lines.map(({ action }) => action)

interface Told {
  readonly line: number
  readonly action: string
  readonly errors?: ReadonlyArray<{ readonly path: ReadonlyArray<string>; readonly message: string }>
}

/** The lines that are wrong: where, and in which columns. */
const faults = (lines: ReadonlyArray<Told>) =>
  lines
    .filter(({ action }) => action === "error")
    .map(({ errors = [], line }) => [line, ...errors.map(({ path }) => path.join("."))])

const assetsOf = Effect.fnUntraced(function* (client: Client, query = "") {
  const answer = yield* client.get(`/api/v1/assets/export?format=json${query}`)
  return answer.body.data as ReadonlyArray<Record<string, unknown>>
})

const eventsOf = Effect.fnUntraced(function* (tenant: string) {
  const sql = yield* SqlClient.SqlClient
  return yield* sql<{ readonly event_type: string; readonly entity_id: string; readonly payload: unknown }>`
    SELECT event_type, entity_id, payload FROM events WHERE tenant = ${tenant} AND entity_type = 'asset'
    ORDER BY occurred_at, event_id`
}, Effect.orDie)

/** How many imports wait for another one. */
const waiting = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const [found] = yield* sql<{ readonly count: number }>`SELECT count(*)::int AS count FROM pg_locks
    WHERE locktype = 'advisory' AND NOT granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
  return found!.count
}).pipe(Effect.orDie)

/** How many imports have a transaction. */
const working = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const [found] = yield* sql<{ readonly count: number }>`SELECT count(*)::int AS count FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
      AND (query LIKE '%asset_import%' OR query LIKE '%advisory%' OR query LIKE 'CREATE TEMP%')`
  return found!.count
}).pipe(Effect.orDie)

const until = (condition: Effect.Effect<boolean, never, SqlClient.SqlClient>) =>
  condition.pipe(
    Effect.repeat({ until: (holds) => holds, schedule: Schedule.spaced("5 millis") }),
    Effect.timeout("10 seconds"),
    Effect.orDie
  )

const machine = { asset_type: "workstation", name: "Desk", status: "active" }

suite("imports of assets", (it) => {
  it.effect("make assets, and change nothing when they come again", () =>
    Effect.gen(function* () {
      const { admin, client_id, client_name, id, tenant } = yield* shop
      const location_id = yield* makeLocation(tenant, client_id, { location_name: "Head office" })
      const rows = [
        {
          client_name,
          asset_type: "workstation",
          asset_tag: "WS-1",
          name: 'Desk "one", left\r\nby the window',
          status: "active",
          serial_number: "SN-1",
          location: "Room 2",
          location_name: "Head office",
          purchase_date: "2026-01-15",
          warranty_end_date: "2999-01-15T12:00:00+02:00",
          "extension_data.os_type": "'=Linux",
          "extension_data.cpu_cores": 8,
          "extension_data.installed_software": '["vim","git"]',
          "extension_data.last_login": "2026-01-01T00:00:00Z"
        },
        { client_name, asset_type: "network_device", asset_tag: "NET", name: "Switch", status: "spare" }
      ]
      const dry = yield* importing(admin, rows, "?dry_run=true")
      assert.strictEqual(dry.status, 200, JSON.stringify(dry.body))
      assert.deepStrictEqual(dry.body, {
        data: {
          lines: [
            { line: 2, action: "create" },
            { line: 4, action: "create" }
          ],
          summary: { lines: 2, create: 2, update: 0, unchanged: 0, errors: 0 }
        }
      })
      assert.deepStrictEqual([...(yield* assetsOf(admin))], [])

      const real = yield* importing(admin, rows)
      assert.strictEqual(real.status, 200, JSON.stringify(real.body))
      assert.deepStrictEqual(actions(real), ["create", "create"])
      assert.strictEqual(real.headers.get("content-type"), "application/json")
      assert.isNotNull(real.headers.get("x-ratelimit-limit"))
      const [desk, net] = yield* assetsOf(admin)
      assert.deepInclude(desk, {
        asset_id: real.body.data.lines[0].asset_id,
        client_id,
        location_id,
        name: 'Desk "one", left\r\nby the window',
        serial_number: "SN-1",
        purchase_date: "2026-01-15T00:00:00.000Z",
        warranty_end_date: "2999-01-15T10:00:00.000Z",
        extension_data: {
          os_type: "=Linux",
          cpu_cores: 8,
          installed_software: ["vim", "git"],
          last_login: "2026-01-01T00:00:00Z"
        }
      })
      assert.deepInclude(net, { asset_tag: "NET", serial_number: null, location_id: null, extension_data: null })
      const one = yield* admin.post("/api/v1/assets", { ...machine, client_id, asset_tag: "API" })
      const events = yield* eventsOf(id)
      assert.deepStrictEqual(
        events.map(({ event_type }) => event_type),
        ["ASSET_CREATED", "ASSET_CREATED", "ASSET_CREATED"]
      )
      const payloads = events.map(({ payload }) => payload as Record<string, unknown>)
      const made = events.findIndex(({ entity_id }) => entity_id === one.body.data.asset_id)
      assert.deepStrictEqual(
        Object.keys(payloads.find((payload) => payload["asset_tag"] === "NET")!).sort(),
        Object.keys(payloads[made]!).sort()
      )
      assert.strictEqual((yield* admin.get("/api/v1/assets?status=spare")).body.pagination.total, 1)

      for (const query of ["", "?dry_run=true"]) {
        const again = yield* importing(admin, rows, query)
        assert.deepStrictEqual(again.body.data, {
          lines: [
            { line: 2, action: "skip", asset_id: desk!["asset_id"] },
            { line: 4, action: "skip", asset_id: net!["asset_id"] }
          ],
          summary: { lines: 2, create: 0, update: 0, unchanged: 2, errors: 0 }
        })
      }
      assert.deepStrictEqual((yield* assetsOf(admin)).slice(0, 2), [desk, net])
      assert.strictEqual((yield* eventsOf(id)).length, 3)
    })
  )

  it.effect("change the assets that they name by serial number, tag or id", () =>
    Effect.gen(function* () {
      const { admin, client_id, id, tenant } = yield* shop
      const other = yield* makeClient(tenant)
      const make = Effect.fnUntraced(function* (body: Record<string, unknown>) {
        return (yield* admin.post("/api/v1/assets", { ...machine, client_id, ...body })).body.data.asset_id as string
      })
      const bySerial = yield* make({ asset_tag: "A", serial_number: "S-1", location: "Here" })
      const byTag = yield* make({ asset_tag: "B", extension_data: { ram_gb: 4, os_type: "Linux" } })
      const byId = yield* make({ asset_tag: "C", serial_number: "S-3" })
      // The same numbers at another client are of other assets.
      const elsewhere = yield* make({ client_id: other, asset_tag: "B", serial_number: "S-1" })
      const answer = yield* importing(admin, [
        { client_id, serial_number: "S-1", asset_tag: "A2", name: "By serial", location: "" },
        { client_id, serial_number: "", asset_tag: "B", name: "By tag", "extension_data.ram_gb": "8" },
        { client_id: other, asset_id: byId, asset_tag: "C", serial_number: "S-4", name: "By id" },
        { client_id, serial_number: "S-2", asset_tag: "B", name: "New", asset_type: "server", status: "new" }
      ])
      // Columns are there for all lines: an asset that is there needs a type and a status, too.
      assert.strictEqual(answer.status, 400)
      assert.deepStrictEqual(faults(answer.body.error.details.lines), [
        [2, "asset_type", "status"],
        [3, "asset_type", "status"],
        [4, "asset_type", "status"]
      ])
      const kinds = { asset_type: "workstation", status: "active" }
      const sound = yield* importing(admin, [
        { ...kinds, client_id, serial_number: "S-1", asset_tag: "A2", name: "By serial", location: "" },
        { ...kinds, client_id, asset_tag: "B", name: "By tag", "extension_data.ram_gb": "8" },
        { ...kinds, client_id: other, asset_id: byId, asset_tag: "C", serial_number: "S-4", name: "By id" },
        { ...kinds, client_id, serial_number: "S-2", asset_tag: "B", name: "New" }
      ])
      assert.strictEqual(sound.status, 200, JSON.stringify(sound.body))
      assert.deepStrictEqual(sound.body.data.summary, { lines: 4, create: 1, update: 3, unchanged: 0, errors: 0 })
      assert.deepStrictEqual(
        sound.body.data.lines.slice(0, 3).map(({ asset_id }: { asset_id: string }) => asset_id),
        [bySerial, byTag, byId]
      )
      const found = new Map((yield* assetsOf(admin)).map((asset) => [asset["asset_id"], asset]))
      assert.deepInclude(found.get(bySerial), { asset_tag: "A2", name: "By serial", location: null })
      assert.deepInclude(found.get(byTag), { name: "By tag", extension_data: { ram_gb: 8, os_type: "Linux" } })
      assert.deepInclude(found.get(byId), { client_id: other, serial_number: "S-4", name: "By id" })
      assert.deepInclude(found.get(elsewhere), { name: "Desk" })
      const changes = (yield* eventsOf(id)).filter(({ entity_id }) => entity_id === byTag).at(-1)
      assert.deepStrictEqual(changes?.payload, {
        changes: { name: { old: "Desk", new: "By tag" }, "extension_data.ram_gb": { old: 4, new: 8 } }
      })
    })
  )

  it.effect("leave what the file has no column for, and take away what a cell is empty for", () =>
    Effect.gen(function* () {
      const { admin, client_id, tenant } = yield* shop
      const location_id = yield* makeLocation(tenant, client_id)
      const body = {
        ...machine,
        client_id,
        asset_tag: "A",
        serial_number: "S",
        location: "Here",
        location_id,
        warranty_end_date: "2027-01-01",
        extension_data: { ram_gb: 4, os_type: "Linux" }
      }
      const { asset_id } = (yield* admin.post("/api/v1/assets", body)).body.data
      const status = yield* importing(admin, [{ asset_id, status: "retired" }])
      assert.deepStrictEqual(actions(status), ["update"])
      const cleared = yield* importing(admin, [
        { asset_id, location: "", location_name: "", warranty_end_date: "", "extension_data.os_type": "" }
      ])
      assert.deepStrictEqual(actions(cleared), ["update"])
      const [asset] = yield* assetsOf(admin)
      assert.deepInclude(asset, {
        status: "retired",
        serial_number: "S",
        location: null,
        location_id: null,
        warranty_end_date: null,
        extension_data: { ram_gb: 4 }
      })
    })
  )

  it.effect("say of every faulty line what is wrong with it, and write nothing", () =>
    Effect.gen(function* () {
      const { admin, client_id, client_name, id, tenant } = yield* shop
      const stranger = yield* makeTenant
      const foreign = yield* makeClient(stranger)
      const other = yield* makeClient(tenant, { client_name: "Other" })
      const location_id = yield* makeLocation(tenant, other)
      const retired = yield* makeLocation(tenant, client_id, { is_active: false })
      yield* makeLocation(tenant, client_id, { location_name: "Office" })
      yield* makeLocation(tenant, client_id, { location_name: "Office" })
      for (const asset_tag of ["TWIN", "TWIN"]) {
        yield* admin.post("/api/v1/assets", { ...machine, client_id, asset_tag, serial_number: "TWIN" })
      }
      const before = yield* assetsOf(admin)
      const good = { ...machine, client_id, asset_tag: "X" }
      const rows: ReadonlyArray<Row> = [
        { ...good, asset_tag: "FINE" },
        { ...good, client_id: foreign },
        { ...good, client_id: "nope" },
        { ...good, client_id: "", client_name: "Nobody" },
        { ...good, client_id: "" },
        { ...good, client_name: "Other" },
        { ...good, asset_tag: "N8", client_name, asset_type: "spaceship" },
        { ...good, asset_tag: "", name: " ", status: "s".repeat(256) },
        { ...good, asset_tag: "N10", location_id },
        { ...good, asset_tag: "N11", location_id: retired },
        { ...good, asset_tag: "N12", location_name: "Office" },
        { ...good, asset_tag: "N13", purchase_date: "15.01.2026" },
        { ...good, asset_tag: "N14", "extension_data.cpu_cores": "many" },
        { ...good, asset_tag: "N15", "extension_data.supports_poe": "true" },
        { ...good, asset_tag: "TWIN" },
        { ...good, asset_tag: "N17", serial_number: "TWIN" },
        { ...good, asset_tag: "SAME" },
        { ...good, asset_tag: "SAME" },
        { ...good, asset_tag: "N20", asset_id: client_id },
        { ...good, asset_tag: "N21", name: "NUL \u0000" }
      ]
      const expected = [
        [3, "client_id"],
        [4, "client_id"],
        [5, "client_name"],
        [6, "client_id"],
        [7, "client_name"],
        [8, "asset_type"],
        [9, "asset_tag", "name", "status"],
        [10, "location_id"],
        [11, "location_id"],
        [12, "location_name"],
        [13, "purchase_date"],
        [14, "extension_data.cpu_cores"],
        [15, "extension_data.supports_poe"],
        [16, "asset_tag"],
        [17, "serial_number"],
        [18, ""],
        [19, ""],
        [20, "asset_id"],
        [21, ""]
      ]
      const summary = { lines: 20, create: 1, update: 0, unchanged: 0, errors: 19 }
      const real = yield* importing(admin, rows)
      assert.deepStrictEqual([real.status, real.body.error.code], [400, "VALIDATION_ERROR"])
      assert.deepStrictEqual(faults(real.body.error.details.lines), expected)
      assert.deepStrictEqual(real.body.error.details.summary, summary)
      assert.deepStrictEqual(real.body.error.details.lines[15].errors, [
        { path: [], message: "Line 19 is about the same asset" }
      ])
      const dry = yield* importing(admin, rows, "?dry_run=true")
      assert.strictEqual(dry.status, 200)
      assert.deepStrictEqual(dry.body.data.summary, summary)
      assert.deepStrictEqual(dry.body.data.lines.slice(1), real.body.error.details.lines)
      assert.deepStrictEqual(dry.body.data.lines[0], { line: 2, action: "create" })
      assert.deepStrictEqual(yield* assetsOf(admin), before)
      assert.strictEqual((yield* eventsOf(id)).length, 2)
    })
  )

  it.effect("refuse what is no file of assets", () =>
    Effect.gen(function* () {
      const { admin, client_id } = yield* shop
      const head = "client_id,asset_type,asset_tag,name,status"
      const line = `${client_id},workstation,T,Desk,active`
      const unknown = yield* sendText(
        admin,
        `client_id,colour,name,name,extension_data.wings,extension_data.os_type\n1,2,3,4,5,6\n`
      )
      assert.deepStrictEqual(
        [unknown.status, unknown.body.error.details],
        [
          400,
          [
            { path: ["header", "colour"], message: "Unknown column" },
            { path: ["header", "name"], message: "Expected each column once" },
            { path: ["header", "extension_data.wings"], message: "No asset type has such a field" }
          ]
        ]
      )
      assert.include(unknown.body.error.message, "colour")
      for (const text of ["", "\ufeff", "\r\n\r\n"]) {
        const empty = yield* sendText(admin, text)
        assert.deepStrictEqual(
          [empty.status, empty.body.error.details[0].path],
          [400, ["header"]],
          JSON.stringify(text)
        )
      }
      assert.strictEqual((yield* send(admin, "POST", path)).status, 400)
      const broken = yield* sendText(admin, `${head}\n${line}\n"open,${line}\n${line}\n`)
      assert.deepStrictEqual([broken.status, broken.body.error.details[0].path], [400, ["lines", 3]])
      assert.include(broken.body.error.message, "Line 3")
      const short = yield* sendText(admin, `${head}\r\n${line}\r\n${line},more\r\n`)
      assert.deepStrictEqual(short.body.error.details.lines, [
        { line: 3, action: "error", errors: [{ path: [], message: "Expected 5 cells, as in the header, got 6" }] }
      ])
      const latin = Buffer.from(`${head}\n${line}\u00fc`, "latin1")
      const coded = yield* send(admin, "POST", path, latin, type)
      assert.deepStrictEqual([coded.status, coded.body.error.code], [400, "VALIDATION_ERROR"])
      for (const wrong of [
        "application/json",
        "text/plain",
        "text/csv; charset=utf-16",
        "multipart/form-data; boundary=x"
      ]) {
        const answer = yield* sendText(admin, head, "", { "content-type": wrong })
        assert.deepStrictEqual([answer.status, answer.body.error.code], [415, "UNSUPPORTED_MEDIA_TYPE"], wrong)
      }
      for (const right of ["text/csv; charset=UTF-8", "Text/CSV;header=present"]) {
        const answer = yield* sendText(admin, `\ufeff${head}\r\n${line}\r\n`, "?dry_run=true", {
          "content-type": right
        })
        assert.deepStrictEqual(actions(answer), ["create"], right)
      }
      assert.deepStrictEqual([...(yield* assetsOf(admin))], [])
    })
  )

  it.effect("are of up to 25 MiB", () =>
    Effect.gen(function* () {
      const { admin } = yield* shop
      const long = Buffer.alloc(25 * 1024 * 1024 + 1, "x")
      const told = yield* send(admin, "POST", path, long, type)
      assert.deepStrictEqual([told.status, told.body.error.code], [413, "PAYLOAD_TOO_LARGE"])
      let left = 26
      const stream = new ReadableStream<Uint8Array>({
        pull: (controller) => {
          if (left-- === 0) controller.close()
          else controller.enqueue(new Uint8Array(1024 * 1024).fill(120))
        }
      })
      const untold = yield* send(admin, "POST", path, stream, type)
      assert.deepStrictEqual([untold.status, untold.body.error.code], [413, "PAYLOAD_TOO_LARGE"])
    })
  )

  it.effect("tell of columns that others write, and refuse them where strictness is preferred", () =>
    Effect.gen(function* () {
      const { admin, client_id } = yield* shop
      const rows = [{ ...machine, client_id, asset_tag: "T", rmm_provider: "x", created_at: "2020-01-01" }]
      const lenient = yield* importing(admin, rows, "?dry_run=true&colour=red")
      assert.deepStrictEqual(lenient.body.meta, { ignored: ["colour", "rmm_provider", "created_at"] })
      const strict = yield* sendText(admin, csvOf(columnsOf(rows), rows), "", { ...type, prefer: "handling=strict" })
      assert.deepStrictEqual(
        [strict.status, strict.body.error.details.map(({ path }: { path: unknown }) => path)],
        [
          400,
          [
            ["header", "rmm_provider"],
            ["header", "created_at"]
          ]
        ]
      )
    })
  )

  it.effect("make each asset once, however many there are at once", () =>
    Effect.gen(function* () {
      const { admin, client_id, id } = yield* shop
      const rows = Array.from({ length: 1500 }, (_, n) => ({
        ...machine,
        client_id,
        asset_tag: `T-${n}`,
        serial_number: n % 2 === 0 ? `S-${n}` : ""
      }))
      const answers = yield* Effect.all(
        Array.from({ length: 4 }, () => importing(admin, rows)),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(answers.map(({ body }) => body.data?.summary.create).sort(), [0, 0, 0, 1500])
      assert.strictEqual((yield* admin.get("/api/v1/assets?limit=1")).body.pagination.total, 1500)
      assert.strictEqual((yield* eventsOf(id)).length, 1500)
    })
  )

  it.effect("that break off leave nothing, and those that come slowly hold no connection", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { admin, client_id, id } = yield* shop
      const lock = `asset import ${id}`
      const begin = Effect.fnUntraced(function* () {
        const { url } = yield* Service
        return httpRequest(url + path, { method: "POST", headers: { ...admin.headers, ...type } }).on("error", () => {})
      })
      const head = "client_id,asset_type,asset_tag,name,status\r\n"
      const line = (tag: string) => `${client_id},workstation,${tag},Desk,active\r\n`

      const request = yield* begin()
      yield* sql.withTransaction(
        Effect.gen(function* () {
          yield* sql`SELECT pg_advisory_xact_lock(hashtextextended(${lock}, 0))`
          request.end(head + line("A"))
          yield* until(Effect.map(waiting, (count) => count === 1))
          request.destroy()
          yield* until(Effect.map(waiting, (count) => count === 0))
        })
      )
      yield* until(Effect.map(working, (count) => count === 0))
      assert.deepStrictEqual([...(yield* assetsOf(admin))], [])

      const slow = yield* begin()
      const answered = new Promise<number | undefined>((resolve) =>
        slow.on("response", (response) => {
          response.resume()
          resolve(response.statusCode)
        })
      )
      yield* Effect.promise(() => new Promise((resolve) => slow.write(head + line("B"), resolve)))
      // Another one goes before it, and it is there for as long as that takes.
      assert.strictEqual((yield* sendText(admin, head + line("C"))).status, 200)
      assert.strictEqual(yield* working, 0)
      slow.end(line("D"))
      assert.strictEqual(yield* Effect.promise(() => answered), 200)
      assert.deepStrictEqual(
        (yield* assetsOf(admin)).map((asset) => asset["asset_tag"]),
        ["C", "B", "D"]
      )
    })
  )

  it.effect("take a number of statements that grows with thousands of lines", () =>
    Effect.gen(function* () {
      const imports = yield* AssetImportService
      const { client_id, tenant } = yield* shop
      const actor = operator(tenant.tenant.tenant, tenant.user.user_id, "asset:create", "asset:update")
      const run = Effect.fnUntraced(function* (count: number) {
        const rows = Array.from({ length: count }, (_, n) => ({ ...machine, client_id, asset_tag: `T-${n}` }))
        const text = new TextEncoder().encode(csvOf(columnsOf(rows), rows))
        const { exit, statements } = yield* counted(
          imports.run(Stream.make(text), { isDryRun: false, isStrict: false }).pipe(Effect.provideService(Actor, actor))
        )
        assert.strictEqual(exit._tag, "Success", String(exit))
        return statements
      })
      const one = yield* run(1)
      assert.strictEqual(yield* run(900), one)
      assert.isAtMost(yield* run(2900), one + 6)
    }).pipe(Effect.provide(AssetImportService.layer), Effect.provide(settings()))
  )

  it.effect("may be made by whoever may make and change assets", () =>
    Effect.gen(function* () {
      const { tenant } = yield* shop
      const nobody = yield* tenant.as()
      assert.strictEqual((yield* sendText(nobody, "client_id\n")).status, 403)
    })
  )
})
