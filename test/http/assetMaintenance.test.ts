/** Maintenance of assets, over HTTP and PostgreSQL. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { newId } from "../../src/services/ids.ts"
import { makeClient, makeUser } from "../support/fixtures.ts"
import { type Client, makeTenant, suite, type TestTenant } from "../support/service.ts"

const base = "/api/v1/assets"
const all = `${base}/maintenance`
const nobody = "00000000-0000-4000-8000-000000000000"
const hour = 3_600_000
const day = 24 * hour

/** Days from now, as a timestamp. */
const days = (count: number) => new Date(Date.now() + count * day).toISOString()

type Body = Record<string, unknown>

const makeAsset = Effect.fnUntraced(function* ({ tenant: { tenant } }: TestTenant, client_id: string, name: string) {
  const sql = yield* SqlClient.SqlClient
  const asset_id = newId()
  const row = { tenant, asset_id, client_id, asset_tag: `TAG ${name}`, name, status: "active" }
  yield* sql`INSERT INTO assets ${sql.insert(row)}`
  return asset_id
}, Effect.orDie)

/** A tenant with two assets of a client, and ways to schedule and record maintenance. */
const workshop = Effect.gen(function* () {
  const tenant = yield* makeTenant
  const client_id = yield* makeClient(tenant, { client_name: "Acme" })
  const asset = yield* makeAsset(tenant, client_id, "Server")
  const other = yield* makeAsset(tenant, client_id, "Printer")
  const ok = Effect.fnUntraced(function* (path: string, body: Body) {
    const answer = yield* tenant.admin.post(path, body)
    assert.strictEqual(answer.status, 201, JSON.stringify(answer.body))
    return answer.body.data
  })
  const schedule = (body: Body = {}, of = asset) =>
    ok(`${base}/${of}/maintenance`, { maintenance_type: "preventive", frequency: "monthly", ...body })
  const record = (body: Body = {}, of = asset) =>
    ok(`${base}/${of}/maintenance/record`, { maintenance_type: "preventive", ...body })
  const get = (id: string) => Effect.map(tenant.admin.get(`${all}/${id}`), ({ body }) => body.data)
  return { ...tenant, id: tenant.tenant.tenant, whole: tenant, client_id, asset, other, schedule, record, get }
})

/** The first detail of a refusal: its status, where it is and what it says. */
const refusal = Effect.fnUntraced(function* (client: Client, method: string, path: string, body?: Body) {
  const answer = yield* client.send(method, path, body)
  return [answer.status, answer.body.error?.details?.[0]?.path?.[0] ?? answer.body.error?.message]
})

const events = Effect.fnUntraced(function* (asset: string) {
  const sql = yield* SqlClient.SqlClient
  return yield* sql<{ readonly type: string; readonly payload: Body; readonly user_id: string }>`
    SELECT event_type AS type, payload, user_id FROM events
    WHERE entity_type = 'asset' AND entity_id = ${asset} ORDER BY event_id`
})

suite("maintenance schedules", (it) => {
  it.effect("are made, read, changed and deleted", () =>
    Effect.gen(function* () {
      const { admin, asset, client_id, get, id, schedule, user, whole } = yield* workshop
      const worker = yield* makeUser(whole, { first_name: "Ada", last_name: "Lovelace" })
      const made = yield* schedule({
        schedule_name: " Fans ",
        description: "Clean them",
        frequency: "quarterly",
        frequency_interval: 2,
        start_date: "2026-01-31T09:00:00+01:00",
        end_date: "2030-01-01T00:00:00Z",
        assigned_to: worker,
        schedule_config: { floor: 2 }
      })
      const expected = {
        tenant: id,
        schedule_id: made.schedule_id,
        asset_id: asset,
        schedule_name: "Fans",
        description: "Clean them",
        maintenance_type: "preventive",
        frequency: "quarterly",
        frequency_interval: 2,
        schedule_config: { floor: 2 },
        start_date: "2026-01-31T08:00:00.000Z",
        end_date: "2030-01-01T00:00:00.000Z",
        timezone: null,
        last_maintenance: null,
        next_maintenance: "2026-07-31T08:00:00.000Z",
        is_active: true,
        assigned_to: worker,
        created_by: user.user_id,
        created_at: made.created_at,
        updated_at: made.updated_at,
        created_by_name: made.created_by_name,
        assigned_to_name: "Ada Lovelace",
        asset_name: "Server",
        asset_tag: "TAG Server",
        client_id,
        client_name: "Acme"
      }
      assert.deepStrictEqual(made, expected)
      assert.isString(made.created_by_name)
      assert.deepStrictEqual(yield* get(made.schedule_id), made)
      const changed = yield* admin.put(`${all}/${made.schedule_id}`, {
        schedule_name: "Filters",
        notes: "Wash them",
        schedule_type: "inspection",
        assigned_to: null,
        end_date: null,
        schedule_config: {}
      })
      assert.deepStrictEqual(changed.body.data, {
        ...expected,
        schedule_name: "Filters",
        description: "Wash them",
        maintenance_type: "inspection",
        assigned_to: null,
        assigned_to_name: null,
        end_date: null,
        schedule_config: {},
        updated_at: changed.body.data.updated_at
      })
      const detail = (yield* admin.get(`${base}/${asset}`)).body.data.maintenance_schedules
      const { asset_name, asset_tag, client_id: _, client_name, ...own } = changed.body.data
      assert.deepStrictEqual(detail, [own])
      assert.deepStrictEqual((yield* admin.get(`${base}/${asset}/maintenance`)).body, { data: [changed.body.data] })
      assert.strictEqual((yield* admin.delete(`${all}/${made.schedule_id}`)).status, 204)
      assert.strictEqual((yield* admin.get(`${all}/${made.schedule_id}`)).status, 404)
      assert.deepStrictEqual((yield* admin.get(`${base}/${asset}/maintenance`)).body.data, [])
      const told = yield* events(asset)
      assert.deepStrictEqual(
        told.map(({ type, user_id }) => [type, user_id]),
        ["SCHEDULED", "CHANGED", "REMOVED"].map((what) => [`ASSET_MAINTENANCE_${what}`, user.user_id])
      )
      assert.deepStrictEqual(told[0]!.payload, {
        schedule_id: made.schedule_id,
        schedule_name: "Fans",
        maintenance_type: "preventive",
        changes: { schedule_id: { old: null, new: made.schedule_id } }
      })
      assert.deepStrictEqual(told[1]!.payload["changes"], {
        schedule_name: { old: "Fans", new: "Filters" },
        description: { old: "Clean them", new: "Wash them" },
        maintenance_type: { old: "preventive", new: "inspection" },
        assigned_to: { old: worker, new: null },
        end_date: { old: "2030-01-01T00:00:00.000Z", new: null },
        schedule_config: { old: { floor: 2 }, new: {} }
      })
      assert.deepStrictEqual(told[2]!.payload["changes"], { schedule_id: { old: made.schedule_id, new: null } })
    })
  )

  it.effect("go by either set of names, and have defaults", () =>
    Effect.gen(function* () {
      const { admin, asset } = yield* workshop
      const path = `${base}/${asset}/maintenance`
      const before = Date.now()
      const { body, status } = yield* admin.post(path, {
        schedule_type: "calibration",
        frequency: "custom",
        notes: "By hand"
      })
      assert.strictEqual(status, 201)
      assert.deepInclude(body.data, {
        schedule_name: "Calibration maintenance",
        maintenance_type: "calibration",
        description: "By hand",
        frequency_interval: 1,
        schedule_config: {},
        start_date: null,
        end_date: null,
        is_active: true,
        assigned_to: null
      })
      assert.strictEqual(Date.parse(body.data.next_maintenance) - Date.parse(body.data.created_at), day)
      assert.isTrue(Math.abs(Date.parse(body.data.created_at) - before) < 60_000)
      const both = { schedule_type: "calibration", maintenance_type: "inspection", notes: "No", description: "Yes" }
      const named = yield* admin.post(path, { ...both, frequency: "daily", is_active: false })
      assert.deepInclude(named.body.data, { maintenance_type: "inspection", description: "Yes", is_active: false })
    })
  )

  it.effect("are due by the calendar of their time zone, or their tenant's", () =>
    Effect.gen(function* () {
      const { get, id, record, schedule } = yield* workshop
      const sql = yield* SqlClient.SqlClient
      yield* sql`UPDATE tenants SET timezone = 'America/New_York' WHERE tenant = ${id}`
      const next = (body: Body) => Effect.map(schedule(body), ({ next_maintenance }) => next_maintenance)
      // Clocks go forward on March 8 in New York, on March 29 in Berlin, and never in UTC.
      const start_date = "2026-03-01T15:00:00Z"
      assert.strictEqual(yield* next({ start_date }), "2026-04-01T14:00:00.000Z")
      assert.strictEqual(yield* next({ start_date, timezone: "Europe/Berlin" }), "2026-04-01T14:00:00.000Z")
      assert.strictEqual(yield* next({ start_date, timezone: "UTC" }), "2026-04-01T15:00:00.000Z")
      assert.strictEqual(yield* next({ start_date, frequency: "weekly" }), "2026-03-08T14:00:00.000Z")
      assert.strictEqual(
        yield* next({ start_date, frequency: "weekly", timezone: "Europe/Berlin" }),
        "2026-03-08T15:00:00.000Z"
      )
      // A mere date is a day of the time zone.
      const whole = yield* schedule({ start_date: "2026-01-31", end_date: "2026-02-28" })
      assert.deepInclude(whole, {
        start_date: "2026-01-31T05:00:00.000Z",
        end_date: "2026-03-01T04:59:59.999Z",
        next_maintenance: "2026-02-28T05:00:00.000Z"
      })
      const monthly = yield* schedule({ start_date: "2026-01-31", frequency: "monthly" })
      const due: Array<string> = []
      for (const performed_at of ["2026-02-28T16:00:00Z", "2026-03-31T16:00:00Z", "2026-04-30T16:00:00Z"]) {
        yield* record({ schedule_id: monthly.schedule_id, performed_at })
        due.push((yield* get(monthly.schedule_id)).next_maintenance)
      }
      assert.deepStrictEqual(due, ["2026-03-31T04:00:00.000Z", "2026-04-30T04:00:00.000Z", "2026-05-31T04:00:00.000Z"])
    })
  )

  it.effect("are due anew when it is changed how often, from when, or where", () =>
    Effect.gen(function* () {
      const { admin, record, schedule } = yield* workshop
      const { schedule_id } = yield* schedule({ start_date: "2026-01-31T09:00:00Z" })
      const next = (body: Body) =>
        Effect.map(admin.put(`${all}/${schedule_id}`, body), (answer) => answer.body.data.next_maintenance)
      assert.strictEqual(yield* next({}), "2026-02-28T09:00:00.000Z")
      assert.strictEqual(yield* next({ schedule_name: "Other" }), "2026-02-28T09:00:00.000Z")
      assert.strictEqual(yield* next({ frequency_interval: 2 }), "2026-03-31T09:00:00.000Z")
      assert.strictEqual(yield* next({ frequency: "weekly" }), "2026-02-14T09:00:00.000Z")
      assert.strictEqual(yield* next({ start_date: "2026-01-01T08:00:00Z" }), "2026-01-15T08:00:00.000Z")
      yield* record({ schedule_id, performed_at: "2026-03-20T22:00:00Z" })
      assert.strictEqual(yield* next({ frequency_interval: 1 }), "2026-03-27T08:00:00.000Z")
      assert.strictEqual(yield* next({ timezone: "Asia/Tokyo" }), "2026-03-28T08:00:00.000Z")
      assert.strictEqual(yield* next({ timezone: null }), "2026-03-27T08:00:00.000Z")
      // What was done since counts more than an earlier start.
      assert.strictEqual(yield* next({ start_date: "2026-02-01T10:00:00Z" }), "2026-03-27T10:00:00.000Z")
      assert.strictEqual(yield* next({ start_date: "2026-06-01T10:00:00Z" }), "2026-06-08T10:00:00.000Z")
      assert.strictEqual(yield* next({ start_date: null }), "2026-03-27T22:00:00.000Z")
    })
  )

  it.effect("end", () =>
    Effect.gen(function* () {
      const { admin, asset, get, record, schedule } = yield* workshop
      const path = `${base}/${asset}/maintenance`
      const monthly = { maintenance_type: "preventive", frequency: "monthly", start_date: "2026-01-01T09:00:00Z" }
      for (const end_date of ["2026-01-01T09:00:00Z", "2025-06-01", "2026-01-31T23:00:00Z"]) {
        assert.deepStrictEqual(
          yield* refusal(admin, "POST", path, { ...monthly, end_date }),
          [400, "end_date"],
          end_date
        )
      }
      const { schedule_id } = yield* schedule({ ...monthly, end_date: "2026-03-01T09:00:00Z" })
      yield* record({ schedule_id, performed_at: "2026-02-01T09:00:00Z" })
      assert.deepInclude(yield* get(schedule_id), { is_active: true, next_maintenance: "2026-03-01T09:00:00.000Z" })
      yield* record({ schedule_id, performed_at: "2026-03-01T09:00:00Z" })
      const ended = { is_active: false, next_maintenance: "2026-03-01T09:00:00.000Z" }
      assert.deepInclude(yield* get(schedule_id), { ...ended, last_maintenance: "2026-03-01T09:00:00.000Z" })
      const one = `${all}/${schedule_id}`
      assert.deepStrictEqual(yield* refusal(admin, "PUT", one, { is_active: true }), [400, "is_active"])
      assert.deepStrictEqual(yield* refusal(admin, "PUT", one, { end_date: "2025-01-01" }), [400, "end_date"])
      assert.deepInclude(yield* get(schedule_id), ended)
      // What was done after the end does not begin it again, and what is done by an inactive schedule counts.
      yield* record({ schedule_id, performed_at: "2026-03-05T09:00:00Z" })
      assert.deepInclude(yield* get(schedule_id), { ...ended, last_maintenance: "2026-03-05T09:00:00.000Z" })
      const longer = yield* admin.put(one, { end_date: "2026-12-31", is_active: true })
      assert.deepInclude(longer.body.data, { is_active: true, next_maintenance: "2026-04-05T09:00:00.000Z" })
      const shorter = yield* admin.put(one, { end_date: "2026-04-01" })
      assert.deepInclude(shorter.body.data, { is_active: false, next_maintenance: "2026-04-05T09:00:00.000Z" })
    })
  )

  it.effect("are refused with what is wrong", () =>
    Effect.gen(function* () {
      const { admin, asset, schedule, whole } = yield* workshop
      const path = `${base}/${asset}/maintenance`
      const fine = { maintenance_type: "preventive", frequency: "daily" }
      const inactive = yield* makeUser(whole, { is_inactive: true })
      const contact = yield* makeUser(whole, { user_type: "client" })
      const { schedule_id } = yield* schedule()
      const one = `${all}/${schedule_id}`
      const wrong: ReadonlyArray<readonly [Body, unknown]> = [
        [{ maintenance_type: "magic" }, "maintenance_type"],
        [{ schedule_type: "magic" }, "schedule_type"],
        [{ frequency: "hourly" }, "frequency"],
        [{ frequency_interval: 0 }, "frequency_interval"],
        [{ frequency_interval: 1.5 }, "frequency_interval"],
        [{ frequency_interval: 3651 }, "frequency_interval"],
        [{ start_date: "2026-02-30" }, "start_date"],
        [{ start_date: "1969-12-31" }, "start_date"],
        [{ end_date: "3000-01-01T00:00:00Z" }, "end_date"],
        [{ timezone: "Mars/Olympus" }, "timezone"],
        [{ timezone: "+02:00" }, "timezone"],
        [{ schedule_name: " " }, "schedule_name"],
        [{ schedule_config: [] }, "schedule_config"],
        [{ assigned_to: "me" }, "assigned_to"]
      ]
      for (const [body, field] of wrong) {
        assert.deepStrictEqual(
          yield* refusal(admin, "POST", path, { ...fine, ...body }),
          [400, field],
          JSON.stringify(body)
        )
        assert.deepStrictEqual(yield* refusal(admin, "PUT", one, body), [400, field], JSON.stringify(body))
      }
      for (const assigned_to of [nobody, inactive, contact]) {
        const missing = [404, "Assigned user not found"]
        assert.deepStrictEqual(yield* refusal(admin, "POST", path, { ...fine, assigned_to }), missing)
        assert.deepStrictEqual(yield* refusal(admin, "PUT", one, { assigned_to }), missing)
      }
      assert.deepStrictEqual(yield* refusal(admin, "POST", path, { frequency: "daily" }), [400, "maintenance_type"])
      assert.deepStrictEqual(yield* refusal(admin, "POST", path, { maintenance_type: "preventive" }), [
        400,
        "frequency"
      ])
      for (const [method, at] of [
        ["GET", `${base}/${nobody}/maintenance`],
        ["POST", `${base}/${nobody}/maintenance`]
      ] as const) {
        assert.deepStrictEqual(yield* refusal(admin, method, at, method === "POST" ? fine : undefined), [
          404,
          "Asset not found"
        ])
      }
      for (const method of ["GET", "PUT", "DELETE"]) {
        const body = method === "PUT" ? {} : undefined
        assert.deepStrictEqual(yield* refusal(admin, method, `${all}/${nobody}`, body), [
          404,
          "Maintenance schedule not found"
        ])
        assert.strictEqual((yield* admin.send(method, `${all}/abc`, body)).status, 400)
      }
    })
  )

  it.effect("stay assigned to somebody who has left, until that is changed", () =>
    Effect.gen(function* () {
      const { admin, schedule, whole } = yield* workshop
      const sql = yield* SqlClient.SqlClient
      const worker = yield* makeUser(whole)
      const { schedule_id } = yield* schedule({ assigned_to: worker })
      yield* sql`UPDATE users SET is_inactive = true WHERE user_id = ${worker}`
      const kept = yield* admin.put(`${all}/${schedule_id}`, {
        assigned_to: worker.toUpperCase(),
        description: "Still"
      })
      assert.deepInclude(kept.body.data, { assigned_to: worker, description: "Still" })
    })
  )

  it.effect("are changed only as they were read", () =>
    Effect.gen(function* () {
      const { admin, schedule } = yield* workshop
      const { schedule_id } = yield* schedule()
      const one = `${all}/${schedule_id}`
      const tag = (yield* admin.get(one)).headers.get("etag")!
      const changed = yield* admin.put(one, { description: "First" }, { "if-match": tag })
      assert.strictEqual(changed.status, 200)
      assert.strictEqual((yield* admin.put(one, { description: "Second" }, { "if-match": tag })).status, 412)
      assert.strictEqual((yield* admin.delete(one, undefined, { "if-match": tag })).status, 412)
      const fresh = changed.headers.get("etag")!
      assert.notStrictEqual(fresh, tag)
      assert.strictEqual((yield* admin.delete(one, undefined, { "if-match": fresh })).status, 204)
    })
  )
})

suite("maintenance that was done", (it) => {
  it.effect("is recorded, and moves its schedule on", () =>
    Effect.gen(function* () {
      const { admin, asset, get, id, record, schedule, user } = yield* workshop
      const { schedule_id } = yield* schedule({ start_date: "2026-01-15T09:00:00Z" })
      const done = yield* record({
        schedule_id,
        description: "  Cleaned the fans ",
        performed_at: "2026-02-20T15:00:00+02:00",
        duration_hours: 1.25,
        cost: 40.5,
        notes: "Dusty",
        parts_used: ["fan", "tape"],
        maintenance_data: { temperature: 31, cost: 1 }
      })
      assert.deepStrictEqual(done, {
        tenant: id,
        history_id: done.history_id,
        schedule_id,
        asset_id: asset,
        maintenance_type: "preventive",
        description: "Cleaned the fans",
        maintenance_data: {
          temperature: 31,
          duration_hours: 1.25,
          cost: 40.5,
          notes: "Dusty",
          parts_used: ["fan", "tape"]
        },
        performed_at: "2026-02-20T13:00:00.000Z",
        performed_by: user.user_id,
        created_at: done.created_at,
        performed_by_user_name: done.performed_by_user_name
      })
      assert.deepInclude(yield* get(schedule_id), {
        last_maintenance: "2026-02-20T13:00:00.000Z",
        next_maintenance: "2026-03-20T09:00:00.000Z"
      })
      const [row] = (yield* admin.get(`${base}/${asset}/history?kind=maintenance`)).body.data
      assert.deepInclude(row, {
        history_id: done.history_id,
        description: "Cleaned the fans",
        performed_by: user.user_id
      })
      const told = (yield* events(asset)).at(-1)!
      assert.deepStrictEqual(
        [told.type, told.payload],
        [
          "ASSET_MAINTENANCE_RECORDED",
          {
            history_id: done.history_id,
            schedule_id,
            maintenance_type: "preventive",
            description: "Cleaned the fans",
            performed_at: "2026-02-20T13:00:00.000Z",
            changes: {
              last_maintenance: { old: null, new: "2026-02-20T13:00:00.000Z" },
              next_maintenance: { old: "2026-02-15T09:00:00.000Z", new: "2026-03-20T09:00:00.000Z" }
            }
          }
        ]
      )
      // What comes to light later of earlier work is recorded, and changes nothing.
      yield* record({ schedule_id, performed_at: "2026-02-01T09:00:00Z" })
      assert.deepInclude(yield* get(schedule_id), { last_maintenance: "2026-02-20T13:00:00.000Z" })
      assert.deepStrictEqual((yield* events(asset)).at(-1)!.payload["changes"], {})
    })
  )

  it.effect("needs little said", () =>
    Effect.gen(function* () {
      const { admin, asset, get, schedule } = yield* workshop
      const path = `${base}/${asset}/maintenance/record`
      const { schedule_id } = yield* schedule({ maintenance_type: "inspection", frequency: "yearly" })
      const of = (body: Body) => Effect.map(admin.post(path, body), (answer) => answer.body.data)
      const bare = yield* of({ schedule_id })
      assert.deepInclude(bare, {
        maintenance_type: "inspection",
        description: "inspection maintenance performed",
        maintenance_data: {}
      })
      assert.isTrue(Math.abs(Date.parse(bare.performed_at) - Date.now()) < 60_000)
      assert.strictEqual((yield* get(schedule_id)).last_maintenance, bare.performed_at)
      const unscheduled = yield* of({ maintenance_type: "corrective", notes: " Fixed it ", duration_hours: null })
      assert.deepInclude(unscheduled, {
        schedule_id: null,
        description: "Fixed it",
        maintenance_data: { notes: " Fixed it " }
      })
      assert.deepStrictEqual(yield* refusal(admin, "POST", path, {}), [400, "maintenance_type"])
    })
  )

  it.effect("is refused with what is wrong, and leaves nothing", () =>
    Effect.gen(function* () {
      const { admin, asset, get, other, schedule } = yield* workshop
      const { whole: elsewhere } = yield* workshop
      const path = `${base}/${asset}/maintenance/record`
      const made = yield* schedule({}, other)
      const own = yield* schedule()
      const type = { maintenance_type: "preventive" }
      const wrong: ReadonlyArray<readonly [Body, number, unknown]> = [
        [{ schedule_id: made.schedule_id }, 400, "schedule_id"],
        [{ schedule_id: nobody }, 404, "Maintenance schedule not found"],
        [{ schedule_id: "one" }, 400, "schedule_id"],
        [{ performed_by: nobody }, 404, "Maintenance performer not found"],
        [
          { performed_by: elsewhere.user.user_id, schedule_id: own.schedule_id },
          404,
          "Maintenance performer not found"
        ],
        [{ maintenance_type: "magic" }, 400, "maintenance_type"],
        [{ description: " " }, 400, "description"],
        [{ duration_hours: -1 }, 400, "duration_hours"],
        [{ cost: "1" }, 400, "cost"],
        [{ performed_at: "yesterday" }, 400, "performed_at"],
        [{ parts_used: "tape" }, 400, "parts_used"],
        [{ maintenance_data: { a: "\u0000" } }, 400, "maintenance_data"]
      ]
      for (const [body, status, what] of wrong) {
        const answer = yield* refusal(admin, "POST", path, { ...type, ...body })
        assert.deepStrictEqual(answer, [status, what], JSON.stringify(body))
      }
      const missing = yield* refusal(admin, "POST", `${base}/${nobody}/maintenance/record`, type)
      assert.deepStrictEqual(missing, [404, "Asset not found"])
      assert.deepStrictEqual(yield* get(own.schedule_id), own)
      const history = yield* admin.get(`${base}/${asset}/history?kind=maintenance`)
      assert.deepStrictEqual(history.body.data, [])
    })
  )

  it.effect("at once counts twice, and the later decides when it is due", () =>
    Effect.gen(function* () {
      const { admin, asset, get, record, schedule } = yield* workshop
      const { schedule_id } = yield* schedule({ frequency: "weekly", start_date: "2026-01-05T09:00:00Z" })
      const times = ["05", "03", "09", "07", "01"].map((date) => `2026-02-${date}T10:00:00Z`)
      yield* Effect.all(
        times.map((performed_at) => record({ schedule_id, performed_at })),
        { concurrency: "unbounded" }
      )
      assert.deepInclude(yield* get(schedule_id), {
        last_maintenance: "2026-02-09T10:00:00.000Z",
        next_maintenance: "2026-02-16T09:00:00.000Z"
      })
      const history = yield* admin.get(`${base}/${asset}/history?kind=maintenance`)
      assert.strictEqual(history.body.pagination.total, 5)
    })
  )

  it.effect("is recorded once for each Idempotency-Key", () =>
    Effect.gen(function* () {
      const { admin, asset, schedule } = yield* workshop
      const { schedule_id } = yield* schedule()
      const path = `${base}/${asset}/maintenance/record`
      const send = admin.post(path, { schedule_id }, { "idempotency-key": "once" })
      const first = yield* send
      const again = yield* send
      assert.deepStrictEqual([again.status, again.body], [201, first.body])
      assert.strictEqual((yield* admin.get(`${base}/${asset}/history?kind=maintenance`)).body.pagination.total, 1)
      const twice = admin.post(
        `${base}/${asset}/maintenance`,
        { maintenance_type: "preventive", frequency: "daily" },
        { "idempotency-key": "another" }
      )
      assert.strictEqual((yield* twice).body.data.schedule_id, (yield* twice).body.data.schedule_id)
    })
  )

  it.effect("stays when its schedule goes, and goes with its asset", () =>
    Effect.gen(function* () {
      const { admin, asset, id, record, schedule } = yield* workshop
      const sql = yield* SqlClient.SqlClient
      const gone = yield* schedule()
      const kept = yield* schedule()
      const done = yield* record({ schedule_id: gone.schedule_id })
      yield* record({ schedule_id: kept.schedule_id })
      assert.strictEqual((yield* admin.delete(`${all}/${gone.schedule_id}`)).status, 204)
      const rows = (yield* admin.get(`${base}/${asset}/history?kind=maintenance`)).body.data
      const schedules = new Map(rows.map((row: Body) => [row["history_id"], row["schedule_id"]]))
      assert.strictEqual(rows.length, 2)
      assert.isNull(schedules.get(done.history_id))
      assert.strictEqual((yield* admin.delete(`${base}/${asset}`)).status, 204)
      const left = yield* sql`SELECT (SELECT count(*) FROM asset_maintenance_history WHERE tenant = ${id})
        + (SELECT count(*) FROM asset_maintenance_schedules WHERE tenant = ${id}) AS rows`
      assert.deepStrictEqual(left, [{ rows: 0 }])
    })
  )
})

suite("maintenance of all assets", (it) => {
  /** Schedules of each urgency, on the assets of two clients. */
  const plan = Effect.gen(function* () {
    const shop = yield* workshop
    const second = yield* makeClient(shop.whole, { client_name: "Zenith" })
    const switchboard = yield* makeAsset(shop.whole, second, "Switch")
    const worker = yield* makeUser(shop.whole)
    const sql = yield* SqlClient.SqlClient
    const due = Effect.fnUntraced(function* (name: string, at: string, body: Body = {}, of?: string) {
      const { schedule_id } = yield* shop.schedule({ schedule_name: name, ...body }, of)
      yield* sql`UPDATE asset_maintenance_schedules SET next_maintenance = ${at} WHERE schedule_id = ${schedule_id}`
    })
    yield* due("late", days(-10), { maintenance_type: "inspection", assigned_to: worker })
    yield* due("just late", days(-0.01), { frequency: "weekly" }, shop.other)
    yield* due("soon", days(5), {}, switchboard)
    yield* due("later", days(20), { assigned_to: worker, description: "With the ladder" })
    yield* due("far", days(300))
    yield* due("paused", days(-20), { is_active: false })
    const names = (query: string) =>
      Effect.map(shop.admin.get(`${all}?${query}`), ({ body, status }) => {
        assert.strictEqual(status, 200, JSON.stringify(body))
        return body.data.map((row: { schedule_name: string }) => row.schedule_name)
      })
    return { ...shop, names, second, switchboard, worker }
  })

  it.effect("is listed by how urgent it is", () =>
    Effect.gen(function* () {
      const { admin, asset, client_id, names, other, second, worker } = yield* plan
      const every = ["paused", "late", "just late", "soon", "later", "far"]
      assert.deepStrictEqual(yield* names(""), every)
      assert.deepStrictEqual(yield* names("state=all"), every)
      assert.deepStrictEqual(yield* names("state=overdue"), ["late", "just late"])
      assert.deepStrictEqual(yield* names("state=due"), ["late", "just late"])
      assert.deepStrictEqual(yield* names("state=upcoming"), ["soon", "later", "far"])
      assert.deepStrictEqual(yield* names("is_active=false"), ["paused"])
      assert.deepStrictEqual(yield* names("state=overdue&is_active=false"), [])
      assert.deepStrictEqual(yield* names(`client_id=${second}`), ["soon"])
      assert.deepStrictEqual(yield* names(`client_id=${client_id}&state=upcoming`), ["later", "far"])
      assert.deepStrictEqual(yield* names(`asset_id=${other}`), ["just late"])
      assert.deepStrictEqual(yield* names(`assigned_to=${worker}`), ["late", "later"])
      assert.deepStrictEqual(yield* names("maintenance_type=inspection"), ["late"])
      assert.deepStrictEqual(yield* names("frequency=weekly"), ["just late"])
      assert.deepStrictEqual(yield* names(`due_from=${days(1)}&due_to=${days(30)}`), ["soon", "later"])
      assert.deepStrictEqual(yield* names("search=ladder"), ["later"])
      assert.deepStrictEqual(yield* names("search=printer"), ["just late"])
      assert.deepStrictEqual(yield* names("sort=next_maintenance&order=desc"), every.toReversed())
      assert.strictEqual((yield* names("sort=client_name&order=desc"))[0], "soon")
      assert.strictEqual((yield* names("sort=asset_name"))[0], "just late")
      const { body } = yield* admin.get(`${all}?state=overdue&limit=1`)
      assert.deepInclude(body.pagination, { total: 2, totalPages: 2, hasNext: true })
      assert.deepInclude(body.data[0], { asset_id: asset, asset_name: "Server", client_id, client_name: "Acme" })
      const rest = yield* names(`state=overdue&limit=1&cursor=${encodeURIComponent(body.pagination.nextCursor)}`)
      assert.deepStrictEqual(rest, ["just late"])
      assert.strictEqual((yield* admin.get(`${all}?state=never`)).status, 400)
    })
  )

  it.effect("is due until the end of the day, in the tenant's time zone", () =>
    Effect.gen(function* () {
      const { admin, id, schedule } = yield* workshop
      const sql = yield* SqlClient.SqlClient
      const now = new Date()
      const { schedule_id } = yield* schedule()
      yield* sql`UPDATE asset_maintenance_schedules SET next_maintenance = ${new Date(now.getTime() + 2 * hour).toISOString()}
        WHERE schedule_id = ${schedule_id}`
      /** How many are due where it is this hour of the day now. */
      const dueAt = Effect.fnUntraced(function* (local: number) {
        const ahead = local - now.getUTCHours()
        const offset = ahead > 14 ? ahead - 24 : ahead
        // These names count westwards.
        yield* sql`UPDATE tenants SET timezone = ${`Etc/GMT${offset > 0 ? "-" : "+"}${Math.abs(offset)}`} WHERE tenant = ${id}`
        const listed = (yield* admin.get(`${all}?state=due`)).body.pagination.total
        assert.strictEqual((yield* admin.get(`${all}/stats`)).body.data.due, listed)
        return listed
      })
      assert.deepStrictEqual([yield* dueAt(12), yield* dueAt(22)], [1, 0])
    })
  )

  it.effect("is counted", () =>
    Effect.gen(function* () {
      const { admin, asset, id, other, record, second, switchboard } = yield* plan
      const sql = yield* SqlClient.SqlClient
      yield* record({ duration_hours: 1.5, cost: 10.25 })
      yield* record({ duration_hours: 2, cost: 20 }, other)
      yield* record({ performed_at: "2020-01-01T00:00:00Z", maintenance_data: { duration_hours: "long", cost: -5 } })
      yield* record({ performed_at: days(40), cost: 1 }, switchboard)
      const stats = (query = "") => Effect.map(admin.get(`${all}/stats${query}`), ({ body }) => body.data)
      assert.deepStrictEqual(yield* stats(), {
        total_schedules: 6,
        active_schedules: 5,
        inactive_schedules: 1,
        overdue: 2,
        due: 2,
        upcoming: 3,
        upcoming_7_days: 1,
        upcoming_30_days: 2,
        total_completed: 4,
        completed_this_month: 2,
        by_type: { inspection: 1, preventive: 5 },
        by_frequency: { monthly: 5, weekly: 1 },
        average_duration_hours: 1.75,
        total_duration_hours: 3.5,
        total_cost: 31.25
      })
      assert.deepInclude(yield* stats(`?client_id=${second}`), {
        total_schedules: 1,
        overdue: 0,
        upcoming_7_days: 1,
        total_completed: 1,
        completed_this_month: 0,
        average_duration_hours: null,
        total_duration_hours: 0,
        total_cost: 1
      })
      assert.deepInclude(yield* stats(`?asset_id=${asset}`), { total_schedules: 4, total_completed: 2 })
      assert.deepInclude(yield* stats(`?asset_id=${nobody}`), { total_schedules: 0, by_type: {}, total_cost: 0 })
      // A zone that is not known is UTC.
      yield* sql`UPDATE tenants SET timezone = 'Nowhere/AtAll' WHERE tenant = ${id}`
      assert.deepInclude(yield* stats(), { completed_this_month: 2 })
    })
  )

  it.effect("is nobody else's", () =>
    Effect.gen(function* () {
      const ours = yield* plan
      const theirs = yield* workshop
      const made = yield* theirs.schedule()
      assert.notInclude(yield* ours.names(""), made.schedule_name)
      assert.deepStrictEqual(yield* refusal(ours.admin, "GET", `${all}/${made.schedule_id}`), [
        404,
        "Maintenance schedule not found"
      ])
      const record = { schedule_id: made.schedule_id, maintenance_type: "preventive" }
      assert.deepStrictEqual(yield* refusal(ours.admin, "POST", `${base}/${ours.asset}/maintenance/record`, record), [
        404,
        "Maintenance schedule not found"
      ])
      const assigned = { maintenance_type: "preventive", frequency: "daily", assigned_to: theirs.user.user_id }
      assert.deepStrictEqual(yield* refusal(ours.admin, "POST", `${base}/${ours.asset}/maintenance`, assigned), [
        404,
        "Assigned user not found"
      ])
      assert.strictEqual((yield* theirs.get(made.schedule_id)).last_maintenance, null)
    })
  )

  it.effect("needs the rights that its assets need", () =>
    Effect.gen(function* () {
      const { as, asset, schedule } = yield* workshop
      const { schedule_id } = yield* schedule()
      const none = yield* as()
      const technician = yield* as("Technician")
      const body = { maintenance_type: "preventive", frequency: "daily" }
      for (const [method, path] of [
        ["GET", all],
        ["GET", `${all}/stats`],
        ["GET", `${all}/${schedule_id}`],
        ["PUT", `${all}/${schedule_id}`],
        ["DELETE", `${all}/${schedule_id}`],
        ["GET", `${base}/${asset}/maintenance`],
        ["POST", `${base}/${asset}/maintenance`],
        ["POST", `${base}/${asset}/maintenance/record`]
      ] as const) {
        const sent = method === "GET" || method === "DELETE" ? undefined : body
        assert.strictEqual((yield* none.send(method, path, sent)).status, 403, `${method} ${path}`)
        if (method !== "DELETE")
          assert.isBelow((yield* technician.send(method, path, sent)).status, 300, `${method} ${path}`)
      }
    })
  )
})
