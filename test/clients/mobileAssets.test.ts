/** The mobile app's asset screens work against the service, call by call. */
import { assert } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { makeTenant } from "../support/service.ts"
import { atDesk, Desk, nobody, refused, said } from "./desk.ts"
import { AppFailure, type MobileApp } from "./mobileApp.ts"

type Fields = Readonly<Record<string, unknown>>

const told = ({ code, details, kind, message, status }: AppFailure) => ({ kind, status, code, message, details })

/** That something went well need not be said. */
const decodeEnvelope = Schema.decodeUnknownPromise(
  Schema.Struct({ success: Schema.optionalKey(Schema.Literal(true)), data: Schema.Json })
)

/** What the form for a new asset has filled in. */
const form = Effect.map(Desk, ({ company }) => ({
  client_id: company,
  asset_type: "workstation",
  asset_tag: "WS-7",
  name: "Front desk",
  status: "active"
}))

/** What the form for a new ticket about an asset has filled in. */
const ticketForm = Effect.fnUntraced(function* (asset_id: string) {
  const { board_id, company, priorities, statuses } = yield* Desk
  return {
    title: "Fan is loud",
    board_id,
    client_id: company,
    status_id: statuses["New"]!,
    priority_id: priorities["Medium"]!,
    asset_id
  }
})

const ticket = Effect.gen(function* () {
  const { app } = yield* Desk
  const { asset_id: _, ...fields } = yield* ticketForm(nobody)
  return (yield* said(() => app.createTicket(fields))).ticket_id
})

/** A new schedule of an asset, as the office makes it; its id. */
const scheduled = Effect.fnUntraced(function* (asset: string, fields: Fields = {}) {
  const { admin } = yield* Desk
  const { body, status } = yield* admin.post(`/api/v1/assets/${asset}/maintenance`, {
    schedule_name: "Clean the fans",
    maintenance_type: "preventive",
    frequency: "monthly",
    start_date: "2026-01-31T09:00:00.000Z",
    timezone: "UTC",
    notes: "With the compressor",
    ...fields
  })
  assert.strictEqual(status, 201, JSON.stringify(body))
  const { schedule_id }: { readonly schedule_id: string } = body.data
  return schedule_id
})

const installed = Effect.fnUntraced(function* (asset: string, software: ReadonlyArray<Fields>) {
  const { admin } = yield* Desk
  const { body, status } = yield* admin.put(`/api/v1/assets/${asset}/software`, { software })
  assert.strictEqual(status, 200, JSON.stringify(body))
})

const blocks = (text: string) => [
  { id: "1", type: "paragraph", props: {}, content: [{ type: "text", text, styles: { bold: true } }], children: [] }
]

atDesk("the mobile app's form for a new asset", (it) => {
  it.effect("POST /assets with what is required", () =>
    Effect.gen(function* () {
      const { app } = yield* Desk
      const fields = yield* form
      const { asset_id } = yield* said(() => app.createAsset(fields))
      assert.deepInclude(yield* said(() => app.asset(asset_id)), { ...fields, asset_id, serial_number: null })
    })
  )

  it.effect("POST /assets with serial_number", () =>
    Effect.gen(function* () {
      const { app } = yield* Desk
      const fields = { ...(yield* form), serial_number: "SN-0042" }
      const { asset_id } = yield* said(() => app.createAsset(fields))
      assert.strictEqual((yield* said(() => app.asset(asset_id))).serial_number, "SN-0042")
    })
  )

  for (const type of ["workstation", "network_device", "server", "mobile_device", "printer", "unknown"]) {
    it.effect(`POST /assets of the type ${type}`, () =>
      Effect.gen(function* () {
        const { app } = yield* Desk
        const fields = { ...(yield* form), asset_type: type }
        const { asset_id } = yield* said(() => app.createAsset(fields))
        assert.strictEqual((yield* said(() => app.asset(asset_id))).asset_type, type)
      })
    )
  }

  for (const [name, change, path] of [
    ["without a name", { name: "" }, "name"],
    ["without a tag", { asset_tag: "" }, "asset_tag"],
    ["of a type that is not there", { asset_type: "toaster" }, "asset_type"],
    ["of a client that is not there", { client_id: nobody }, "client_id"]
  ] as const) {
    it.effect(`POST /assets ${name}: validation, with details`, () =>
      Effect.gen(function* () {
        const { app } = yield* Desk
        const fields = { ...(yield* form), ...change }
        const failure = yield* refused(AppFailure, () => app.createAsset(fields))
        assert.deepInclude(told(failure), { kind: "validation", status: 400 })
        assert.deepNestedInclude(told(failure), { "details[0].path": [path] })
      })
    )
  }
})

atDesk("the mobile app's asset", (it) => {
  it.effect("GET /assets/{id}", () =>
    Effect.gen(function* () {
      const { admin, app, company } = yield* Desk
      const fields = yield* form
      const { asset_id } = yield* said(() => app.createAsset(fields))
      const dates = { purchase_date: "2020-03-01T00:00:00.000Z", warranty_end_date: "2023-03-01T00:00:00.000Z" }
      yield* admin.put(`/api/v1/assets/${asset_id}`, { ...dates, location: "Reception", status: "maintenance" })
      const schedule_id = yield* scheduled(asset_id)
      const { maintenance_schedules, ...asset } = yield* said(() => app.asset(asset_id))
      assert.deepStrictEqual(asset, {
        ...fields,
        ...dates,
        asset_id,
        status: "maintenance",
        serial_number: null,
        client_id: company,
        client_name: "Fabrikam",
        location: "Reception",
        warranty_status: "expired",
        service_id: null,
        stock_unit_id: null
      })
      assert.deepStrictEqual(
        maintenance_schedules.map((schedule) => schedule.schedule_id),
        [schedule_id]
      )
    })
  )

  it.effect("GET /assets/{id} of which only what is required is known", () =>
    Effect.gen(function* () {
      const { app, asset } = yield* Desk
      const id = yield* asset("Laptop")
      assert.deepInclude(yield* said(() => app.asset(id)), {
        location: null,
        purchase_date: null,
        warranty_end_date: null,
        warranty_status: "no_warranty",
        maintenance_schedules: []
      })
    })
  )

  it.effect("GET /assets/{id} and all below it say no `success` but true", () =>
    Effect.gen(function* () {
      const { app, asset } = yield* Desk
      const id = yield* asset("Laptop")
      for (const part of ["", "/maintenance", "/history", "/software", "/notes", "/tickets"]) {
        yield* said(async () => decodeEnvelope(await app.call("GET", `/api/v1/assets/${id}${part}`)))
      }
    })
  )
})

atDesk("the mobile app's maintenance of an asset", (it) => {
  it.effect("GET /assets/{id}/maintenance", () =>
    Effect.gen(function* () {
      const { app, asset } = yield* Desk
      const id = yield* asset("Laptop")
      assert.deepStrictEqual(yield* said(() => app.maintenance(id)), [])
      const later = yield* scheduled(id, { frequency: "yearly", is_active: false, notes: null, schedule_name: "Dust" })
      const schedule_id = yield* scheduled(id)
      const [first, second, ...others] = yield* said(() => app.maintenance(id))
      const { created_by_name, ...schedule } = first!
      assert.deepStrictEqual(schedule, {
        schedule_id,
        schedule_name: "Clean the fans",
        description: "With the compressor",
        maintenance_type: "preventive",
        frequency: "monthly",
        next_maintenance: "2026-02-28T09:00:00.000Z",
        last_maintenance: null,
        is_active: true
      })
      assert.isNotEmpty(created_by_name)
      assert.deepInclude(second, { schedule_id: later, description: null, is_active: false })
      assert.deepStrictEqual(others, [])
    })
  )

  it.effect("POST /assets/{id}/maintenance/record with everything", () =>
    Effect.gen(function* () {
      const { app, asset, technician } = yield* Desk
      const id = yield* asset("Laptop")
      const schedule_id = yield* scheduled(id)
      const fields = { schedule_id, maintenance_type: "corrective", description: "Fan replaced" } as const
      const recorded = yield* said(() => app.recordMaintenance(id, { ...fields, duration_hours: 1.5 }))
      assert.deepInclude(recorded, { ...fields, asset_id: id, performed_by: technician.user_id })
      const [schedule] = yield* said(() => app.maintenance(id))
      assert.strictEqual(schedule!.last_maintenance, recorded.performed_at)
      assert.isAbove(Date.parse(schedule!.next_maintenance), Date.parse(recorded.performed_at))
    })
  )

  it.effect("POST /assets/{id}/maintenance/record without description and duration", () =>
    Effect.gen(function* () {
      const { app, asset } = yield* Desk
      const id = yield* asset("Laptop")
      const schedule_id = yield* scheduled(id)
      const recorded = yield* said(() => app.recordMaintenance(id, { schedule_id, maintenance_type: "inspection" }))
      assert.deepInclude(recorded, { schedule_id, description: "inspection maintenance performed" })
    })
  )

  for (const [name, change, path] of [
    ["of no kind that there is", { maintenance_type: "magic" }, "maintenance_type"],
    ["of less than no time", { duration_hours: -1 }, "duration_hours"],
    ["of no text", { description: " " }, "description"],
    ["of a schedule that is no id", { schedule_id: "nope" }, "schedule_id"]
  ] as const) {
    it.effect(`POST /assets/{id}/maintenance/record ${name}: validation, with details`, () =>
      Effect.gen(function* () {
        const { app, asset } = yield* Desk
        const id = yield* asset("Laptop")
        const schedule_id = yield* scheduled(id)
        const fields = { schedule_id, maintenance_type: "preventive", ...change }
        const failure = yield* refused(AppFailure, () => app.recordMaintenance(id, fields))
        assert.deepInclude(told(failure), { kind: "validation", status: 400, code: "VALIDATION_ERROR" })
        assert.deepNestedInclude(told(failure), { "details[0].path": [path] })
      })
    )
  }

  it.effect("POST /assets/{id}/maintenance/record by another asset's schedule: validation, with details", () =>
    Effect.gen(function* () {
      const { app, asset } = yield* Desk
      const [id, other] = [yield* asset("Laptop"), yield* asset("Printer")]
      const schedule_id = yield* scheduled(other)
      const fields = { schedule_id, maintenance_type: "preventive" }
      const failure = yield* refused(AppFailure, () => app.recordMaintenance(id, fields))
      assert.deepInclude(told(failure), { kind: "validation", status: 400 })
      assert.deepNestedInclude(told(failure), { "details[0].path": ["schedule_id"] })
    })
  )

  it.effect("POST /assets/{id}/maintenance/record by a schedule that is not there: 404", () =>
    Effect.gen(function* () {
      const { app, asset } = yield* Desk
      const id = yield* asset("Laptop")
      const fields = { schedule_id: nobody, maintenance_type: "preventive" }
      const failure = yield* refused(AppFailure, () => app.recordMaintenance(id, fields))
      assert.deepInclude(told(failure), { kind: "http", status: 404, code: "NOT_FOUND" })
    })
  )

  it.effect("GET /assets/{id}/history", () =>
    Effect.gen(function* () {
      const { app, asset, technician } = yield* Desk
      const id = yield* asset("Laptop")
      const schedule_id = yield* scheduled(id)
      const record = (description: string) =>
        said(() => app.recordMaintenance(id, { schedule_id, maintenance_type: "preventive", description }))
      const older = yield* record("Cleaned")
      const newer = yield* record("Cleaned again")
      const history = yield* said(() => app.history(id))
      assert.deepStrictEqual(
        history.filter(({ maintenance_type }) => maintenance_type !== null),
        [newer, older].map(({ description, history_id, performed_at }) => ({
          history_id,
          maintenance_type: "preventive" as const,
          description,
          performed_at,
          performed_by_user_name: technician.name
        }))
      )
    })
  )

  it.effect("GET /assets/{id}/history of much: what was done is not lost, as nobody turns pages here", () =>
    Effect.gen(function* () {
      const { admin, app, asset } = yield* Desk
      const id = yield* asset("Laptop")
      const schedule_id = yield* scheduled(id)
      yield* said(() => app.recordMaintenance(id, { schedule_id, maintenance_type: "preventive" }))
      for (let at = 0; at < 30; at++) yield* admin.put(`/api/v1/assets/${id}`, { name: `Laptop ${at}` })
      const history = yield* said(() => app.history(id))
      assert.strictEqual(history.filter(({ maintenance_type }) => maintenance_type !== null).length, 1)
    })
  )
})

atDesk("the mobile app's software of an asset", (it) => {
  it.effect("GET /assets/{id}/software without any", () =>
    Effect.gen(function* () {
      const { app, asset } = yield* Desk
      const id = yield* asset("Laptop")
      assert.deepStrictEqual(yield* said(() => app.software(id)), { data: [], summary: { total_installed: 0 } })
    })
  )

  it.effect("GET /assets/{id}/software, with how much there is beside it", () =>
    Effect.gen(function* () {
      const { app, asset } = yield* Desk
      const id = yield* asset("Laptop")
      const firefox = {
        name: "Mozilla Firefox",
        publisher: "Mozilla",
        version: "138.0.1",
        category: "Browser",
        software_type: "application",
        install_date: "2026-02-11T00:00:00.000Z"
      } as const
      yield* installed(id, [{ name: "Zip" }, firefox])
      const { data, summary } = yield* said(() => app.software(id))
      const [first, second] = data.map(({ software_id: _, ...shown }) => shown)
      assert.deepStrictEqual(first, firefox)
      assert.deepStrictEqual(second, {
        name: "Zip",
        publisher: null,
        version: null,
        category: null,
        software_type: "application",
        install_date: null
      })
      assert.deepStrictEqual([data.length, summary.total_installed], [2, 2])
    })
  )

  it.effect("GET /assets/{id}/software of which some is gone: what is installed, and how much that is", () =>
    Effect.gen(function* () {
      const { app, asset } = yield* Desk
      const id = yield* asset("Laptop")
      yield* installed(id, [{ name: "Old" }, { name: "Kept" }])
      yield* installed(id, [{ name: "Kept" }])
      const { data, summary } = yield* said(() => app.software(id))
      assert.deepStrictEqual([data.map(({ name }) => name), summary.total_installed], [["Kept"], 1])
    })
  )

  it.effect("GET /assets/{id}/software of much: the first 50, and how much there is", () =>
    Effect.gen(function* () {
      const { app, asset } = yield* Desk
      const id = yield* asset("Laptop")
      yield* installed(
        id,
        Array.from({ length: 60 }, (_, at) => ({ name: `Tool ${at}` }))
      )
      const { data, summary } = yield* said(() => app.software(id))
      assert.deepStrictEqual([data.length, summary.total_installed], [50, 60])
    })
  )
})

atDesk("the mobile app's notes of an asset", (it) => {
  it.effect("GET /assets/{id}/notes without any", () =>
    Effect.gen(function* () {
      const { app, asset } = yield* Desk
      const id = yield* asset("Laptop")
      const none = { document: null, blockData: null, lastUpdated: null }
      assert.deepStrictEqual(yield* said(() => app.notes(id)), none)
    })
  )

  it.effect("GET /assets/{id}/notes as they were saved", () =>
    Effect.gen(function* () {
      const { app, asset } = yield* Desk
      const id = yield* asset("Laptop")
      const { document_id } = yield* said(() => app.saveNotes(id, { blockData: blocks("Ring twice") }))
      const { blockData, document, lastUpdated } = yield* said(() => app.notes(id))
      assert.deepStrictEqual(blockData, blocks("Ring twice"))
      assert.deepStrictEqual(document, { document_id, document_name: "Laptop Notes" })
      assert.isNotNull(lastUpdated)
    })
  )

  it.effect("PUT /assets/{id}/notes replaces them as a whole", () =>
    Effect.gen(function* () {
      const { app, asset } = yield* Desk
      const id = yield* asset("Laptop")
      const { document_id } = yield* said(() => app.saveNotes(id, { blockData: blocks("Ring twice") }))
      const before = yield* said(() => app.notes(id))
      const again = yield* said(() => app.saveNotes(id, { blockData: blocks("Knock") }))
      assert.strictEqual(again.document_id, document_id)
      const after = yield* said(() => app.notes(id))
      assert.deepStrictEqual(after.blockData, blocks("Knock"))
      assert.isAbove(Date.parse(after.lastUpdated!), Date.parse(before.lastUpdated!))
    })
  )

  it.effect("PUT /assets/{id}/notes with no blocks left", () =>
    Effect.gen(function* () {
      const { app, asset } = yield* Desk
      const id = yield* asset("Laptop")
      yield* said(() => app.saveNotes(id, { blockData: blocks("Ring twice") }))
      yield* said(() => app.saveNotes(id, { blockData: [] }))
      assert.deepStrictEqual((yield* said(() => app.notes(id))).blockData, [])
    })
  )

  it.effect("PUT /assets/{id}/notes without blockData: validation, with details", () =>
    Effect.gen(function* () {
      const { app, asset } = yield* Desk
      const id = yield* asset("Laptop")
      const failure = yield* refused(AppFailure, () => app.saveNotes(id, {}))
      assert.deepInclude(told(failure), { kind: "validation", status: 400, code: "VALIDATION_ERROR" })
      assert.deepNestedInclude(told(failure), { "details[0].path": ["blockData"] })
    })
  )
})

atDesk("the mobile app's tickets of an asset", (it) => {
  it.effect("GET /assets/{id}/tickets", () =>
    Effect.gen(function* () {
      const { app, asset, statuses } = yield* Desk
      const id = yield* asset("Laptop")
      assert.deepStrictEqual(yield* said(() => app.ticketsOfAsset(id)), [])
      const [one, other] = [yield* ticket, yield* ticket]
      yield* said(() => app.linkAsset(one, id, { relationship_type: "primary" }))
      yield* said(() => app.linkAsset(other, id))
      const closed = yield* said(() => app.setStatus(one, { status_id: statuses["Closed"]! }))
      const open = yield* said(() => app.ticket(other))
      const shown = ({ entered_at, ticket_id, ticket_number, title }: typeof open) => ({
        ticket_id,
        ticket_number,
        title,
        entered_at
      })
      assert.deepStrictEqual(yield* said(() => app.ticketsOfAsset(id)), [
        { ...shown(closed), status_name: "Closed", is_closed: true, relationship_type: "primary" },
        { ...shown(open), status_name: "New", is_closed: false, relationship_type: "affected" }
      ])
    })
  )

  it.effect("GET /assets/{id}/tickets of many: all, as nobody turns pages here", () =>
    Effect.gen(function* () {
      const { app, asset } = yield* Desk
      const id = yield* asset("Switch")
      for (let at = 0; at < 30; at++) {
        const one = yield* ticket
        yield* said(() => app.linkAsset(one, id))
      }
      assert.strictEqual((yield* said(() => app.ticketsOfAsset(id))).length, 30)
    })
  )

  it.effect("POST /tickets/{id}/assets, seen from the asset", () =>
    Effect.gen(function* () {
      const { app, asset } = yield* Desk
      const [asset_id, ticket_id] = [yield* asset("Laptop"), yield* ticket]
      const how = { relationship_type: "related", notes: "On the same desk" }
      const linked = yield* said(() => app.linkAsset(ticket_id, asset_id, how))
      assert.deepStrictEqual(linked, { asset_id, relationship_type: "related" })
      const [seen, ...others] = yield* said(() => app.ticketsOfAsset(asset_id))
      assert.deepStrictEqual(others, [])
      assert.deepInclude(seen, { ticket_id, relationship_type: "related" })
    })
  )

  it.effect("POST /tickets/{id}/assets a second time, differently: 409", () =>
    Effect.gen(function* () {
      const { app, asset } = yield* Desk
      const [asset_id, ticket_id] = [yield* asset("Laptop"), yield* ticket]
      yield* said(() => app.linkAsset(ticket_id, asset_id))
      const failure = yield* refused(AppFailure, () =>
        app.linkAsset(ticket_id, asset_id, { relationship_type: "primary" })
      )
      assert.deepInclude(told(failure), {
        kind: "http",
        status: 409,
        code: "CONFLICT",
        message: "Asset is already linked to this ticket"
      })
      assert.deepStrictEqual(
        (yield* said(() => app.ticketsOfAsset(asset_id))).map(({ relationship_type }) => relationship_type),
        ["affected"]
      )
    })
  )

  it.effect("POST /tickets/{id}/assets of an asset that is not there: 404", () =>
    Effect.gen(function* () {
      const { app } = yield* Desk
      const ticket_id = yield* ticket
      const failure = yield* refused(AppFailure, () => app.linkAsset(ticket_id, nobody))
      assert.deepInclude(told(failure), { kind: "http", status: 404, code: "NOT_FOUND", message: "Asset not found" })
    })
  )

  it.effect("POST /tickets/{id}/assets of a ticket that is not there: 404", () =>
    Effect.gen(function* () {
      const { app, asset } = yield* Desk
      const asset_id = yield* asset("Laptop")
      const failure = yield* refused(AppFailure, () => app.linkAsset(nobody, asset_id))
      assert.deepInclude(told(failure), { kind: "http", status: 404, code: "NOT_FOUND", message: "Ticket not found" })
    })
  )

  it.effect("POST /tickets/{id}/assets of no id: validation, with details", () =>
    Effect.gen(function* () {
      const { app } = yield* Desk
      const ticket_id = yield* ticket
      const failure = yield* refused(AppFailure, () => app.linkAsset(ticket_id, "nope"))
      assert.deepInclude(told(failure), { kind: "validation", status: 400, code: "VALIDATION_ERROR" })
      assert.deepNestedInclude(told(failure), { "details[0].path": ["asset_id"] })
    })
  )

  it.effect("POST /tickets/from-asset, seen from the asset", () =>
    Effect.gen(function* () {
      const { app, asset } = yield* Desk
      const id = yield* asset("Laptop")
      const fields = yield* ticketForm(id)
      const { ticket_id, ticket_number } = yield* said(() => app.createFromAsset(fields))
      const [seen, ...others] = yield* said(() => app.ticketsOfAsset(id))
      assert.deepStrictEqual(others, [])
      assert.deepInclude(seen, {
        ticket_id,
        ticket_number,
        title: fields.title,
        status_name: "New",
        is_closed: false,
        relationship_type: "affected"
      })
    })
  )

  it.effect("POST /tickets/from-asset of another client's asset: validation, with details", () =>
    Effect.gen(function* () {
      const { app, asset, otherCompany } = yield* Desk
      const fields = { ...(yield* ticketForm(yield* asset("Laptop"))), client_id: otherCompany }
      const failure = yield* refused(AppFailure, () => app.createFromAsset(fields))
      assert.deepInclude(told(failure), { kind: "validation", status: 400, code: "VALIDATION_ERROR" })
      assert.deepNestedInclude(told(failure), { "details[0].path": ["client_id"] })
      assert.deepStrictEqual(yield* said(() => app.ticketsOfAsset(fields.asset_id)), [])
    })
  )

  it.effect("POST /tickets/from-asset without a title: validation, with details", () =>
    Effect.gen(function* () {
      const { app, asset } = yield* Desk
      const fields = { ...(yield* ticketForm(yield* asset("Laptop"))), title: "" }
      const failure = yield* refused(AppFailure, () => app.createFromAsset(fields))
      assert.deepInclude(told(failure), { kind: "validation", status: 400, code: "VALIDATION_ERROR" })
      assert.deepNestedInclude(told(failure), { "details[0].path": ["title"] })
    })
  )
})

type Call = (app: MobileApp, asset: string) => Promise<unknown>

const reads: ReadonlyArray<readonly [name: string, call: Call]> = [
  ["GET /assets/{id}", (app, id) => app.asset(id)],
  ["GET /assets/{id}/maintenance", (app, id) => app.maintenance(id)],
  ["GET /assets/{id}/history", (app, id) => app.history(id)],
  ["GET /assets/{id}/software", (app, id) => app.software(id)],
  ["GET /assets/{id}/notes", (app, id) => app.notes(id)],
  ["GET /assets/{id}/tickets", (app, id) => app.ticketsOfAsset(id)]
]
const writes: ReadonlyArray<readonly [name: string, call: Call]> = [
  [
    "POST /assets/{id}/maintenance/record",
    (app, id) => app.recordMaintenance(id, { maintenance_type: "preventive", description: "Cleaned" })
  ],
  ["PUT /assets/{id}/notes", (app, id) => app.saveNotes(id, { blockData: blocks("Ring twice") })]
]

atDesk("the mobile app is told of an asset", (it) => {
  for (const [name, call] of [...reads, ...writes]) {
    it.effect(`that it is not there: ${name}: 404`, () =>
      Effect.gen(function* () {
        const { app } = yield* Desk
        const failure = yield* refused(AppFailure, () => call(app, nobody))
        assert.deepInclude(told(failure), { kind: "http", status: 404, code: "NOT_FOUND", message: "Asset not found" })
      })
    )

    it.effect(`that it is not there, as it is another tenant's: ${name}: 404`, () =>
      Effect.gen(function* () {
        const { appOf, asset } = yield* Desk
        const id = yield* asset("Laptop")
        const { admin, tenant } = yield* makeTenant
        const app = appOf({ accessToken: admin.headers["x-api-key"]!, tenantId: tenant.tenant })
        const failure = yield* refused(AppFailure, () => call(app, id))
        assert.deepInclude(told(failure), { kind: "http", status: 404, code: "NOT_FOUND", message: "Asset not found" })
      })
    )

    it.effect(`that it has no such id: ${name}: validation`, () =>
      Effect.gen(function* () {
        const { app } = yield* Desk
        const failure = yield* refused(AppFailure, () => call(app, "nope"))
        assert.deepInclude(told(failure), { kind: "validation", status: 400 })
      })
    )
  }

  const hidden: ReadonlyArray<readonly [name: string, action: string, call: Call]> = [
    ...reads.map(([name, call]) => [name, "read asset", call] as const),
    ...writes.map(([name, call]) => [name, "update asset", call] as const),
    ["POST /assets", "create asset", (app) => app.createAsset({})],
    ["POST /tickets/{id}/assets", "update ticket", (app, id) => app.linkAsset(nobody, id)],
    ["POST /tickets/from-asset", "create ticket", (app, asset_id) => app.createFromAsset({ asset_id })]
  ]
  for (const [name, action, call] of hidden) {
    it.effect(`to hide it from who may not: ${name}: 403`, () =>
      Effect.gen(function* () {
        const { appOf, asset, person } = yield* Desk
        const id = yield* asset("Laptop")
        const { key } = yield* person("Noel")
        const failure = yield* refused(AppFailure, () => call(appOf({ accessToken: key }), id))
        assert.deepInclude(told(failure), { kind: "permission", status: 403, code: "FORBIDDEN" })
        assert.strictEqual(failure.message, `Permission denied: Cannot ${action}`)
      })
    )
  }

  it.effect("that a dispatcher may see all of it and link it, but change nothing", () =>
    Effect.gen(function* () {
      const { app: technicians, appOf, asset, person } = yield* Desk
      const app = appOf({ accessToken: (yield* person("Dana", "Dispatcher")).key })
      const [id, ticket_id] = [yield* asset("Laptop"), yield* ticket]
      yield* said(() => technicians.saveNotes(id, { blockData: blocks("Ring twice") }))
      for (const [, call] of reads) yield* said(() => call(app, id))
      yield* said(() => app.linkAsset(ticket_id, id))
      for (const [, call] of writes) {
        assert.strictEqual((yield* refused(AppFailure, () => call(app, id))).kind, "permission")
      }
      const fields = yield* form
      assert.strictEqual((yield* refused(AppFailure, () => app.createAsset(fields))).kind, "permission")
      assert.deepStrictEqual((yield* said(() => app.notes(id))).blockData, blocks("Ring twice"))
    })
  )
})
