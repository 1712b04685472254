/** Time entries of tickets, over HTTP and PostgreSQL. */
import { assert, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Actor } from "../../src/domain/Actor.ts"
import { newId } from "../../src/services/ids.ts"
import { TenantService } from "../../src/services/TenantService.ts"
import { TimeEntryService } from "../../src/services/TimeEntryService.ts"
import { makeTicket, makeUser } from "../support/fixtures.ts"
import {
  type Answer,
  type Client,
  communityService,
  keyOf,
  makeTenant,
  suite,
  type TestTenant
} from "../support/service.ts"

const nobody = "00000000-0000-4000-8000-000000000000"

/** A new service of the catalogue; its id. */
const makeService = Effect.fnUntraced(function* ({ tenant: { tenant } }: TestTenant, values: object = {}) {
  const sql = yield* SqlClient.SqlClient
  const type = newId()
  yield* sql`INSERT INTO service_types ${sql.insert({ tenant, id: type, name: `Type ${type}` })}`
  const service_id = newId()
  yield* sql`INSERT INTO service_catalog ${sql.insert({
    tenant,
    service_id,
    service_name: "Remote support",
    custom_service_type_id: type,
    billing_method: "hourly",
    unit_of_measure: "hour",
    ...values
  })}`
  return service_id
}, Effect.orDie)

const makePeriod = Effect.fnUntraced(function* (
  { tenant: { tenant } }: TestTenant,
  start_date: string,
  end_date: string,
  is_closed = false
) {
  const sql = yield* SqlClient.SqlClient
  const period_id = newId()
  yield* sql`INSERT INTO time_periods (tenant, period_id, start_date, end_date, is_closed)
    VALUES (${tenant}, ${period_id}, ${start_date}::date, ${end_date}::date, ${is_closed})`
  return period_id
}, Effect.orDie)

const sheetsOf = Effect.fnUntraced(function* ({ tenant: { tenant } }: TestTenant) {
  const sql = yield* SqlClient.SqlClient
  return yield* sql<{ readonly id: string; readonly user_id: string; readonly period_id: string }>`
    SELECT id, user_id, period_id FROM time_sheets WHERE tenant = ${tenant} ORDER BY id`
}, Effect.orDie)

const entriesIn = Effect.fnUntraced(function* ({ tenant: { tenant } }: TestTenant) {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ readonly count: number }>`SELECT count(*) FROM time_entries WHERE tenant = ${tenant}`
  return row!.count
}, Effect.orDie)

/** Changes a user's row. */
const setUser = Effect.fnUntraced(function* ({ tenant: { tenant } }: TestTenant, userId: string, values: object) {
  const sql = yield* SqlClient.SqlClient
  yield* sql`UPDATE users SET ${sql.update({ ...values })} WHERE tenant = ${tenant} AND user_id = ${userId}`
}, Effect.orDie)

let counter = 0

/** A new user with a role, and a client that speaks as them. */
const person = Effect.fnUntraced(function* ({ tenant: { tenant } }: TestTenant, role: string) {
  const tenants = yield* TenantService
  const email = `time${++counter}@${tenant}.example`
  const { user_id } = yield* tenants.createUser(tenant, { email, roles: [role] }).pipe(Effect.orDie)
  return { user_id, client: yield* keyOf(tenant, user_id) }
})

/** A tenant with a ticket, where its time is, and a service to enter time for. */
const desk = Effect.gen(function* () {
  const tenant = yield* makeTenant
  const ticket = yield* makeTicket(tenant)
  const service_id = yield* makeService(tenant)
  const path = `/api/v1/tickets/${ticket}/time-entries`
  const { admin, as, user } = tenant
  return { tenant, admin, as, user, ticket, service_id, path }
})

/** Times of the 2nd of March, as `09:30`. */
const at = (time: string) => `2026-03-02T${time}:00.000Z`

const enter =
  (path: string, service_id: string) =>
  (client: Client, start: string, end: string, more: object = {}) =>
    client.post(path, { service_id, start_time: at(start), end_time: at(end), ...more })

const statuses = (answers: ReadonlyArray<Answer>) => answers.map(({ status }) => status).sort()
const pathOf = ({ body }: Answer) => body.error.details[0].path

suite("time entries of tickets", (it) => {
  it.effect("are entered, and shown with the ticket", () =>
    Effect.gen(function* () {
      const { admin, path, service_id, tenant, ticket, user } = yield* desk
      const made = yield* admin.post(path, {
        service_id,
        start_time: "2026-03-02T10:00:59+01:00",
        end_time: "2026-03-02T09:30:01Z",
        notes: "Replaced the fuser",
        tax_region: "AT"
      })
      assert.strictEqual(made.status, 201, JSON.stringify(made.body))
      const { created_at, entry_id, updated_at, user_name, ...rest } = made.body.data
      assert.deepStrictEqual(rest, {
        tenant: tenant.tenant.tenant,
        user_id: user.user_id,
        start_time: at("09:00"),
        end_time: at("09:30"),
        notes: "Replaced the fuser",
        work_item_id: ticket,
        work_item_type: "ticket",
        billable_duration: 30,
        approval_status: "DRAFT",
        time_sheet_id: null,
        service_id,
        tax_region: "AT",
        contract_line_id: null,
        tax_rate_id: null,
        work_date: "2026-03-02",
        work_timezone: "UTC",
        invoiced: false,
        created_by: user.user_id,
        updated_by: user.user_id,
        service_name: "Remote support",
        duration_hours: 0.5,
        is_billable: true
      })
      assert.strictEqual(created_at, updated_at)
      const shown = yield* admin.get(path)
      assert.strictEqual(shown.status, 200)
      assert.deepStrictEqual(shown.body.data, {
        entries: [
          {
            entry_id,
            user_id: user.user_id,
            user_name,
            start_time: at("09:00"),
            end_time: at("09:30"),
            work_date: "2026-03-02",
            billable_duration: 30,
            notes: "Replaced the fuser",
            approval_status: "DRAFT",
            service_id,
            service_name: "Remote support",
            is_own: true
          }
        ],
        ownTotalMinutes: 30,
        ownEntryCount: 1,
        othersTotalMinutes: 0,
        othersEntryCount: 0,
        othersVisibleMinutes: 0,
        othersVisibleCount: 0,
        othersHiddenMinutes: 0,
        othersHiddenCount: 0,
        totalMinutes: 30
      })
    })
  )

  it.effect("are none at first, and the last begun comes first", () =>
    Effect.gen(function* () {
      const { admin, path, service_id, tenant } = yield* desk
      const empty = (yield* admin.get(path)).body.data
      assert.deepStrictEqual([empty.entries, empty.totalMinutes, empty.ownEntryCount], [[], 0, 0])
      const add = enter(path, service_id)
      yield* add(admin, "10:00", "10:20")
      yield* add(admin, "12:00", "12:45", { is_billable: false })
      yield* add(admin, "08:00", "09:00")
      // What is on another ticket is not on this one.
      const other = yield* makeTicket(tenant)
      yield* enter(`/api/v1/tickets/${other}/time-entries`, service_id)(admin, "14:00", "15:00")
      const { entries, ...totals } = (yield* admin.get(path)).body.data
      assert.deepStrictEqual(
        entries.map((entry: Record<string, unknown>) => [entry["start_time"], entry["billable_duration"]]),
        [
          [at("12:00"), 0],
          [at("10:00"), 20],
          [at("08:00"), 60]
        ]
      )
      assert.deepInclude(totals, { ownTotalMinutes: 80, ownEntryCount: 3, totalMinutes: 80 })
    })
  )

  it.effect("are as billable as they are said to be", () =>
    Effect.gen(function* () {
      const { admin, path, service_id } = yield* desk
      const add = enter(path, service_id)
      const free = (yield* add(admin, "10:00", "10:20", { is_billable: false, notes: null })).body.data
      assert.deepInclude(free, { billable_duration: 0, duration_hours: 0, is_billable: false, notes: null })
      const billed = (yield* add(admin, "11:00", "11:20", { is_billable: true })).body.data
      assert.deepInclude(billed, { billable_duration: 20, duration_hours: 0.33, is_billable: true })
      const short = yield* admin.post(path, {
        service_id,
        start_time: "2026-03-02T13:00:10Z",
        end_time: "2026-03-02T13:00:50Z"
      })
      assert.strictEqual(short.status, 201)
      assert.deepInclude(short.body.data, { start_time: at("13:00"), end_time: at("13:00"), is_billable: false })
    })
  )

  it.effect("belong to the day in their user's time zone", () =>
    Effect.gen(function* () {
      const { admin, path, service_id, tenant, user } = yield* desk
      const sql = yield* SqlClient.SqlClient
      const on = (start_time: string, end_time: string) =>
        Effect.map(admin.post(path, { service_id, start_time, end_time }), ({ body }) => [
          body.data.work_date,
          body.data.work_timezone
        ])
      yield* setUser(tenant, user.user_id, { timezone: "America/Los_Angeles" })
      assert.deepStrictEqual(yield* on("2024-07-02T06:30:00Z", "2024-07-02T07:30:00Z"), [
        "2024-07-01",
        "America/Los_Angeles"
      ])
      // Standard time until the 8th of March, and an hour earlier from then on.
      assert.deepStrictEqual((yield* on("2026-03-08T07:59:00Z", "2026-03-08T08:10:00Z"))[0], "2026-03-07")
      assert.deepStrictEqual((yield* on("2026-03-09T07:00:00Z", "2026-03-09T07:10:00Z"))[0], "2026-03-09")
      yield* setUser(tenant, user.user_id, { timezone: "Mars/Olympus_Mons" })
      assert.deepStrictEqual(yield* on("2024-07-03T23:30:00Z", "2024-07-04T00:30:00Z"), ["2024-07-03", "UTC"])
      const [rows] = [
        yield* sql<{ readonly same: boolean }>`
          SELECT work_date = (start_time AT TIME ZONE work_timezone)::date AS same FROM time_entries
          WHERE tenant = ${tenant.tenant.tenant}`.pipe(Effect.orDie)
      ]
      assert.deepStrictEqual(
        rows.map(({ same }) => same),
        [true, true, true, true],
        "PostgreSQL finds the same days"
      )
    })
  )

  it.effect("say what is wrong with them", () =>
    Effect.gen(function* () {
      const { admin, path, service_id, tenant } = yield* desk
      const add = enter(path, service_id)
      for (const [start, end] of [
        ["10:00", "10:00"],
        ["10:00", "09:00"]
      ] as const) {
        const backwards = yield* add(admin, start, end)
        assert.deepStrictEqual([backwards.status, pathOf(backwards)], [400, ["end_time"]])
      }
      const none = yield* admin.post(path, {})
      assert.deepStrictEqual(
        none.body.error.details.map((issue: { path: unknown }) => issue.path),
        [["start_time"], ["end_time"], ["service_id"]]
      )
      const stranger = yield* desk
      const unknown = [
        nobody,
        stranger.service_id,
        yield* makeService(tenant, { item_kind: "product", billing_method: "usage" })
      ]
      for (const id of unknown) {
        const missing = yield* enter(path, id)(admin, "10:00", "11:00")
        assert.deepStrictEqual([missing.status, pathOf(missing)], [400, ["service_id"]])
        assert.strictEqual(missing.body.error.code, "BAD_REQUEST")
      }
      const retired = yield* enter(path, yield* makeService(tenant, { is_active: false }))(admin, "10:00", "11:00")
      assert.deepStrictEqual([retired.status, pathOf(retired)], [400, ["service_id"]])
      assert.strictEqual((yield* add(admin, "10:00", "11:00", { notes: 5 })).status, 400)
      const long = yield* admin.post(path, {
        service_id,
        start_time: "1969-12-31T00:00:00Z",
        end_time: "2026-03-02T10:00:00Z"
      })
      assert.deepStrictEqual([long.status, pathOf(long)], [400, ["start_time"]])
      assert.strictEqual(yield* entriesIn(tenant), 0)
    })
  )

  it.effect("of one user do not overlap", () =>
    Effect.gen(function* () {
      const { admin, path, service_id, tenant, user } = yield* desk
      const sql = yield* SqlClient.SqlClient
      const add = enter(path, service_id)
      assert.strictEqual((yield* add(admin, "10:00", "11:00")).status, 201)
      for (const [start, end] of [
        ["10:00", "11:00"],
        ["09:30", "10:01"],
        ["10:59", "11:30"],
        ["10:20", "10:40"],
        ["09:00", "12:00"]
      ] as const) {
        const answer = yield* add(admin, start, end)
        assert.deepStrictEqual([answer.status, answer.body.error.code], [409, "CONFLICT"], `${start} to ${end}`)
      }
      // On another ticket neither; the moment that a short one takes counts, too.
      const other = enter(`/api/v1/tickets/${yield* makeTicket(tenant)}/time-entries`, service_id)
      assert.strictEqual((yield* other(admin, "10:30", "11:30")).status, 409)
      const short = { service_id, start_time: "2026-03-02T10:00:10Z", end_time: "2026-03-02T10:00:40Z" }
      assert.strictEqual((yield* admin.post(path, short)).status, 409)
      // One after the other is fine, and so is somebody else at the same time.
      assert.strictEqual((yield* add(admin, "09:00", "10:00")).status, 201)
      assert.strictEqual((yield* add(admin, "11:00", "12:00")).status, 201)
      const { client } = yield* person(tenant, "Technician")
      assert.strictEqual((yield* add(client, "10:00", "11:00")).status, 201)
      // What is still running takes no time yet.
      yield* sql`INSERT INTO time_entries ${sql.insert({
        tenant: tenant.tenant.tenant,
        entry_id: newId(),
        user_id: user.user_id,
        start_time: at("13:00"),
        work_item_type: "ad_hoc",
        work_date: "2026-03-02",
        work_timezone: "UTC"
      })}`.pipe(Effect.orDie)
      assert.strictEqual((yield* add(admin, "12:30", "14:00")).status, 201)
      assert.strictEqual(yield* entriesIn(tenant), 6)
    })
  )

  it.effect("of one user do not overlap when they are made at once", () =>
    Effect.gen(function* () {
      const { admin, service_id, tenant } = yield* desk
      const tickets = yield* Effect.forEach(Array(8).fill(tenant), (owner: TestTenant) => makeTicket(owner))
      const answers = yield* Effect.all(
        tickets.map((id, index) =>
          enter(`/api/v1/tickets/${id}/time-entries`, service_id)(admin, `10:0${index}`, "11:00")
        ),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(statuses(answers), [201, 409, 409, 409, 409, 409, 409, 409])
      assert.strictEqual(yield* entriesIn(tenant), 1)
    })
  )

  it.effect("are entered once, however often they are sent", () =>
    Effect.gen(function* () {
      const { admin, path, service_id, tenant } = yield* desk
      const entry = { service_id, start_time: at("10:00"), end_time: at("11:00") }
      const key = { "idempotency-key": "monday" }
      const first = yield* admin.post(path, entry, key)
      const again = yield* admin.post(path, entry, key)
      assert.deepStrictEqual([first.status, again.status], [201, 201])
      assert.deepStrictEqual(again.body, first.body)
      assert.strictEqual(again.headers.get("idempotency-replayed"), "true")
      assert.strictEqual((yield* admin.post(path, { ...entry, notes: "x" }, key)).status, 422)
      // Refused, it has written nothing, and the key is free.
      const clashing = { ...entry, start_time: at("10:30"), end_time: at("11:30") }
      assert.strictEqual((yield* admin.post(path, clashing, { "idempotency-key": "tuesday" })).status, 409)
      const later = { ...entry, start_time: at("11:00"), end_time: at("11:30") }
      assert.strictEqual((yield* admin.post(path, later, { "idempotency-key": "tuesday" })).status, 201)
      assert.strictEqual(yield* entriesIn(tenant), 2)
    })
  )
})

suite("time sheets", (it) => {
  it.effect("are made for the period that an entry's day is in", () =>
    Effect.gen(function* () {
      const { admin, path, service_id, tenant, user } = yield* desk
      const sql = yield* SqlClient.SqlClient
      const june = yield* makePeriod(tenant, "2024-06-01", "2024-07-01")
      const july = yield* makePeriod(tenant, "2024-07-01", "2024-08-01")
      const on = (start_time: string, end_time: string) =>
        Effect.map(admin.post(path, { service_id, start_time, end_time }), ({ body }) => body.data?.time_sheet_id)
      const first = yield* on("2024-07-02T06:30:00Z", "2024-07-02T07:00:00Z")
      assert.deepStrictEqual(yield* sheetsOf(tenant), [{ id: first, user_id: user.user_id, period_id: july }])
      assert.strictEqual(yield* on("2024-07-31T23:00:00Z", "2024-08-01T01:00:00Z"), first)
      // A period ends before its last day; in Los Angeles it is still June.
      yield* setUser(tenant, user.user_id, { timezone: "America/Los_Angeles" })
      const second = yield* on("2024-07-01T06:59:00Z", "2024-07-01T07:30:00Z")
      assert.strictEqual(yield* on("2024-07-01T07:30:00Z", "2024-07-01T07:45:00Z"), first)
      assert.deepStrictEqual(
        (yield* sheetsOf(tenant)).map(({ id, period_id }) => [id, period_id]),
        [
          [first, july],
          [second, june]
        ]
      )
      const told = yield* sql<{ readonly entity_id: string }>`SELECT entity_id FROM events
        WHERE tenant = ${tenant.tenant.tenant} AND event_type = 'TIME_SHEET_CREATED'
          AND entity_type = 'time_sheet' ORDER BY event_id`.pipe(Effect.orDie)
      assert.deepStrictEqual(
        told.map(({ entity_id }) => entity_id),
        [first, second]
      )
    })
  )

  it.effect("are needed once there are periods", () =>
    Effect.gen(function* () {
      const { admin, path, service_id, tenant } = yield* desk
      const add = enter(path, service_id)
      // Another tenant's periods are not ours.
      yield* makePeriod((yield* desk).tenant, "2026-03-01", "2026-04-01")
      assert.strictEqual((yield* add(admin, "08:00", "09:00")).body.data.time_sheet_id, null)
      yield* makePeriod(tenant, "2026-03-03", "2026-04-01")
      yield* makePeriod(tenant, "2026-02-01", "2026-03-02")
      const outside = yield* add(admin, "09:00", "10:00")
      assert.deepStrictEqual(
        [outside.status, outside.body.error.message, pathOf(outside)],
        [400, "No time period found for this date", ["start_time"]]
      )
      assert.strictEqual(yield* entriesIn(tenant), 1)
      assert.deepStrictEqual(yield* sheetsOf(tenant), [])
    })
  )

  it.effect("are one for each user and period, whoever is first", () =>
    Effect.gen(function* () {
      const { admin, path, service_id, tenant, user } = yield* desk
      const { client, user_id } = yield* person(tenant, "Technician")
      const other = `/api/v1/tickets/${yield* makeTicket(tenant)}/time-entries`
      yield* makePeriod(tenant, "2026-03-01", "2026-04-01")
      const answers = yield* Effect.all(
        ["10", "11", "12", "13"].flatMap((hour, index) =>
          [admin, client].map((who) =>
            enter(index % 2 === 0 ? path : other, service_id)(who, `${hour}:00`, `${hour}:30`)
          )
        ),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(statuses(answers), Array(8).fill(201))
      const sheets = yield* sheetsOf(tenant)
      assert.sameMembers(
        sheets.map((sheet) => sheet.user_id),
        [user.user_id, user_id]
      )
      for (const { body } of answers) {
        const own = sheets.find((sheet) => sheet.user_id === body.data.user_id)
        assert.strictEqual(body.data.time_sheet_id, own?.id)
      }
    })
  )

  it.effect("that are handed in take no more entries, nor do closed periods", () =>
    Effect.gen(function* () {
      const { admin, path, service_id, tenant } = yield* desk
      const sql = yield* SqlClient.SqlClient
      const add = enter(path, service_id)
      const period = yield* makePeriod(tenant, "2026-03-01", "2026-04-01")
      assert.strictEqual((yield* add(admin, "08:00", "09:00")).status, 201)
      const set = (approval_status: string) =>
        sql`UPDATE time_sheets SET approval_status = ${approval_status}
          WHERE tenant = ${tenant.tenant.tenant}`.pipe(Effect.orDie)
      for (const status of ["SUBMITTED", "APPROVED"]) {
        yield* set(status)
        const refused = yield* add(admin, "10:00", "11:00")
        assert.deepStrictEqual([refused.status, refused.body.error.code], [409, "CONFLICT"], status)
      }
      yield* set("CHANGES_REQUESTED")
      assert.strictEqual((yield* add(admin, "10:00", "11:00")).status, 201)
      yield* sql`UPDATE time_periods SET is_closed = true
        WHERE tenant = ${tenant.tenant.tenant} AND period_id = ${period}`.pipe(Effect.orDie)
      assert.strictEqual((yield* add(admin, "12:00", "13:00")).status, 409)
      assert.strictEqual(yield* entriesIn(tenant), 2)
    })
  )
})

suite("others' time entries", (it) => {
  const totals = ({ body: { data } }: Answer) => [
    [data.ownTotalMinutes, data.ownEntryCount],
    [data.othersTotalMinutes, data.othersEntryCount],
    [data.othersVisibleMinutes, data.othersVisibleCount],
    [data.othersHiddenMinutes, data.othersHiddenCount],
    data.totalMinutes
  ]
  const minutes = ({ body }: Answer) =>
    body.data.entries.map((entry: { billable_duration: number }) => entry.billable_duration)

  it.effect("are seen by those whom their user reports to, or who see all", () =>
    Effect.gen(function* () {
      const { admin, path, service_id, tenant } = yield* desk
      const add = enter(path, service_id)
      // The boss leads the lead, who leads somebody who enters nothing, who leads the worker; the peer is beside them.
      const boss = yield* person(tenant, "Manager")
      const lead = yield* person(tenant, "Manager")
      const worker = yield* person(tenant, "Dispatcher")
      const peer = yield* person(tenant, "Manager")
      const between = yield* makeUser(tenant, { reports_to: lead.user_id })
      yield* setUser(tenant, lead.user_id, { reports_to: boss.user_id })
      yield* setUser(tenant, worker.user_id, { reports_to: between })
      const of = (userId: string, start: string, end: string) =>
        Effect.gen(function* () {
          const as = yield* keyOf(tenant.tenant.tenant, userId)
          return yield* add(as, start, end)
        })
      assert.strictEqual((yield* of(boss.user_id, "08:00", "08:10")).status, 201)
      assert.strictEqual((yield* of(lead.user_id, "08:01", "08:21")).status, 201)
      assert.strictEqual((yield* of(peer.user_id, "08:02", "08:42")).status, 201)
      // A dispatcher enters no time; what the worker did before is still there.
      assert.strictEqual((yield* add(worker.client, "08:03", "09:23")).status, 403)
      const sql = yield* SqlClient.SqlClient
      yield* sql`INSERT INTO time_entries ${sql.insert({
        tenant: tenant.tenant.tenant,
        entry_id: newId(),
        user_id: worker.user_id,
        start_time: at("08:03"),
        end_time: at("09:23"),
        work_item_id: path.split("/")[4]!,
        work_item_type: "ticket",
        billable_duration: 80,
        notes: "Between us",
        work_date: "2026-03-02",
        work_timezone: "UTC"
      })}`.pipe(Effect.orDie)

      const seenBy = (client: Client) => client.get(path)
      const bySuperior = yield* seenBy(boss.client)
      assert.deepStrictEqual(minutes(bySuperior), [80, 20, 10])
      assert.deepStrictEqual(totals(bySuperior), [[10, 1], [140, 3], [100, 2], [40, 1], 150])
      assert.deepStrictEqual(
        bySuperior.body.data.entries.map((entry: { is_own: boolean }) => entry.is_own),
        [false, false, true]
      )
      const byLead = yield* seenBy(lead.client)
      assert.deepStrictEqual(minutes(byLead), [80, 20])
      assert.deepStrictEqual(totals(byLead), [[20, 1], [130, 3], [80, 1], [50, 2], 150])
      const byPeer = yield* seenBy(peer.client)
      assert.deepStrictEqual(minutes(byPeer), [40])
      assert.deepStrictEqual(totals(byPeer), [[40, 1], [110, 3], [0, 0], [110, 3], 150])
      const byWorker = yield* seenBy(worker.client)
      assert.deepStrictEqual(minutes(byWorker), [80])
      assert.deepStrictEqual(totals(byWorker), [[80, 1], [70, 3], [0, 0], [70, 3], 150])
      // An administrator holds timesheet:read_all.
      const byAdmin = yield* seenBy(admin)
      assert.deepStrictEqual(minutes(byAdmin), [80, 40, 20, 10])
      assert.deepStrictEqual(totals(byAdmin), [[0, 0], [150, 4], [150, 4], [0, 0], 150])
      // Of what is hidden, nothing but the totals is told.
      assert.notInclude(JSON.stringify(byPeer.body), "Between us")
      assert.notInclude(JSON.stringify(byPeer.body), worker.user_id)
    })
  )

  it.effect("are told apart even where people report in a circle", () =>
    Effect.gen(function* () {
      const { path, service_id, tenant } = yield* desk
      const add = enter(path, service_id)
      const [one, two, outside] = [
        yield* person(tenant, "Manager"),
        yield* person(tenant, "Manager"),
        yield* person(tenant, "Manager")
      ]
      yield* setUser(tenant, one.user_id, { reports_to: two.user_id })
      yield* setUser(tenant, two.user_id, { reports_to: one.user_id })
      yield* add(one.client, "10:00", "10:10")
      yield* add(two.client, "10:00", "10:20")
      assert.deepStrictEqual(totals(yield* one.client.get(path)), [[10, 1], [20, 1], [20, 1], [0, 0], 30])
      assert.deepStrictEqual(totals(yield* outside.client.get(path)), [[0, 0], [30, 2], [0, 0], [30, 2], 30])
    })
  )
})

suite("time on tickets", (it) => {
  it.effect("is told of, and keeps its ticket", () =>
    Effect.gen(function* () {
      const { admin, path, service_id, tenant, ticket, user } = yield* desk
      const sql = yield* SqlClient.SqlClient
      const { body } = yield* enter(path, service_id)(admin, "10:00", "11:00", { notes: "Between us" })
      const entry = body.data.entry_id
      const events = yield* sql`SELECT event_type, entity_type, entity_id, user_id, payload FROM events
        WHERE tenant = ${tenant.tenant.tenant} AND event_type LIKE '%TIME_ENTRY%' ORDER BY event_id`.pipe(Effect.orDie)
      assert.deepStrictEqual(events, [
        {
          event_type: "TIME_ENTRY_CREATED",
          entity_type: "time_entry",
          entity_id: entry,
          user_id: user.user_id,
          payload: {
            work_item_type: "ticket",
            work_item_id: ticket,
            time_sheet_id: null,
            service_id,
            work_date: "2026-03-02",
            billable_duration: 60
          }
        },
        {
          event_type: "TICKET_TIME_ENTRY_ADDED",
          entity_type: "ticket",
          entity_id: ticket,
          user_id: user.user_id,
          payload: { entry_id: entry }
        }
      ])
      // Refused, nothing is told.
      yield* enter(path, service_id)(admin, "10:00", "11:00")
      const [told] = yield* sql<{ readonly count: number }>`SELECT count(*) FROM events
        WHERE tenant = ${tenant.tenant.tenant} AND event_type LIKE '%TIME_ENTRY%'`.pipe(Effect.orDie)
      assert.strictEqual(told?.count, 2)
      const gone = yield* sql`DELETE FROM tickets WHERE tenant = ${tenant.tenant.tenant}
        AND ticket_id = ${ticket}`.pipe(Effect.flip)
      assert.include(JSON.stringify(gone.reason.cause), "time_entries_ticket_fkey")
    })
  )

  it.effect("needs the ticket, and the rights", () =>
    Effect.gen(function* () {
      const { admin, path, service_id, tenant } = yield* desk
      const missing = `/api/v1/tickets/${nobody}/time-entries`
      assert.strictEqual((yield* admin.get(missing)).status, 404)
      assert.strictEqual((yield* enter(missing, service_id)(admin, "10:00", "11:00")).status, 404)
      assert.strictEqual((yield* admin.get("/api/v1/tickets/abc/time-entries")).status, 400)
      const stranger = yield* desk
      assert.strictEqual((yield* stranger.admin.get(path)).status, 404)
      const theirs = yield* enter(path, stranger.service_id)(stranger.admin, "10:00", "11:00")
      assert.strictEqual(theirs.status, 404)
      const dispatcher = yield* tenant.as("Dispatcher")
      assert.strictEqual((yield* dispatcher.get(path)).status, 200)
      assert.strictEqual((yield* enter(path, service_id)(dispatcher, "10:00", "11:00")).status, 403)
      const outsider = yield* tenant.as("partner-admin")
      assert.strictEqual((yield* outsider.get(path)).status, 403)
      assert.strictEqual((yield* enter(path, service_id)(outsider, "10:00", "11:00")).status, 403)
      assert.strictEqual(yield* entriesIn(tenant), 0)
    })
  )
})

layer(TimeEntryService.layer.pipe(Layer.provideMerge(communityService)), { excludeTestServices: true })(
  "time on tickets that a caller may not read",
  (it) => {
    it.effect("is neither seen nor entered", () =>
      Effect.gen(function* () {
        const { service_id, tenant, ticket, user } = yield* desk
        const time = yield* TimeEntryService
        const readsOwn = Effect.provideService(Actor, {
          tenant: tenant.tenant.tenant,
          userId: user.user_id,
          userType: "internal",
          apiKeyId: undefined,
          permissions: new Set(["ticket:read", "timeentry:read", "timeentry:create"] as const),
          scopes: { "ticket:read": [{ template: "own" }] }
        })
        const hour = { service_id, start_time: at("10:00"), end_time: at("11:00") }
        assert.strictEqual((yield* time.ofTicket(ticket).pipe(readsOwn, Effect.flip))._tag, "Forbidden")
        assert.strictEqual((yield* time.addToTicket(ticket, hour).pipe(readsOwn, Effect.flip))._tag, "Forbidden")
        assert.strictEqual(yield* entriesIn(tenant), 0)
        const own = yield* makeTicket(tenant, { entered_by: user.user_id })
        yield* time.addToTicket(own, hour).pipe(readsOwn)
        assert.strictEqual((yield* time.ofTicket(own).pipe(readsOwn)).totalMinutes, 60)
      })
    )
  }
)
