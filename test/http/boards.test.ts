/** The boards endpoints, over HTTP and PostgreSQL. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { newId } from "../../src/services/ids.ts"
import { makeTicket } from "../support/fixtures.ts"
import { type Answer, makeTenant, suite } from "../support/service.ts"

const names = (answer: Answer): ReadonlyArray<string> =>
  answer.body.data.map(({ board_name }: { board_name: string }) => board_name)

suite("boards", (it) => {
  it.effect("come with every new tenant, in display order", () =>
    Effect.gen(function* () {
      const { admin } = yield* makeTenant
      const { body, status } = yield* admin.get("/api/v1/boards")
      assert.strictEqual(status, 200)
      assert.deepStrictEqual(
        body.data.map((board: { board_name: string }) => board.board_name),
        ["Service Desk", "Projects", "Alerts"]
      )
      assert.deepStrictEqual(body.pagination, {
        page: 1,
        limit: 25,
        total: 3,
        totalPages: 1,
        hasNext: false,
        hasPrev: false
      })
      assert.deepStrictEqual(body.meta, { sort: "display_order", order: "asc", filters: {} })
    })
  )

  it.effect("are created, changed and deleted", () =>
    Effect.gen(function* () {
      const { admin, tenant } = yield* makeTenant
      const created = yield* admin.post("/api/v1/boards", { board_name: "Security", nonsense: 1 })
      assert.strictEqual(created.status, 201)
      assert.strictEqual(created.body.data.tenant, tenant.tenant)
      assert.deepStrictEqual(created.body.meta, { ignored: ["nonsense"] })
      const path = `/api/v1/boards/${created.body.data.board_id}`
      assert.strictEqual((yield* admin.get(path)).body.data.board_name, "Security")
      const updated = yield* admin.put(path, { description: "Incidents", is_default: true })
      assert.strictEqual(updated.body.data.description, "Incidents")
      const defaults = (yield* admin.get("/api/v1/boards")).body.data.filter(
        (board: { is_default: boolean }) => board.is_default
      )
      assert.deepStrictEqual(
        defaults.map((board: { board_name: string }) => board.board_name),
        ["Security"]
      )
      assert.strictEqual((yield* admin.delete(path)).status, 204)
      assert.strictEqual((yield* admin.delete(path)).status, 404)
      assert.strictEqual((yield* admin.get(path)).status, 404)
    })
  )

  it.effect("say what is wrong with a request", () =>
    Effect.gen(function* () {
      const { admin } = yield* makeTenant
      const taken = yield* admin.post("/api/v1/boards", { board_name: "projects" })
      assert.deepStrictEqual([taken.status, taken.body.error.code], [409, "CONFLICT"])
      const empty = yield* admin.post("/api/v1/boards", {})
      assert.deepStrictEqual([empty.status, empty.body.error.code], [400, "VALIDATION_ERROR"])
      assert.deepStrictEqual(empty.body.error.details[0].path, ["board_name"])
      assert.strictEqual((yield* admin.post("/api/v1/boards", "{nope")).status, 400)
      assert.strictEqual((yield* admin.post("/api/v1/boards", "x", { "content-type": "text/plain" })).status, 415)
      const bad = yield* admin.get("/api/v1/boards/abc")
      assert.deepStrictEqual(bad.body, { error: { code: "VALIDATION_ERROR", message: "Invalid board ID format" } })
      assert.strictEqual((yield* admin.get("/api/v1/boards?sort=nope")).status, 400)
      const strict = yield* admin.get("/api/v1/boards?colour=red", { prefer: "handling=strict" })
      assert.deepStrictEqual([strict.status, strict.body.error.details[0].path], [400, ["colour"]])
    })
  )

  it.effect("are for those who may", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const technician = yield* tenant.as("Technician")
      assert.strictEqual((yield* technician.get("/api/v1/boards")).status, 200)
      const denied = yield* technician.delete("/api/v1/boards/abc")
      assert.deepStrictEqual(
        [denied.status, denied.body.error.message],
        [403, "Permission denied: Cannot delete ticket"]
      )
      assert.strictEqual(denied.headers.get("x-ratelimit-limit"), "120")
    })
  )

  it.effect("are listed while they are active, and otherwise when they are asked for", () =>
    Effect.gen(function* () {
      const { admin } = yield* makeTenant
      const projects = (yield* admin.get("/api/v1/boards?search=project")).body.data[0]
      yield* admin.put(`/api/v1/boards/${projects.board_id}`, { is_inactive: true })
      const found = (query: string) => Effect.map(admin.get(`/api/v1/boards?${query}`), names)
      assert.deepStrictEqual(yield* found(""), ["Service Desk", "Alerts"])
      assert.deepStrictEqual(yield* found("include_inactive=true"), ["Service Desk", "Projects", "Alerts"])
      assert.deepStrictEqual(yield* found("is_inactive=true"), ["Projects"])
      assert.deepStrictEqual(yield* found("is_active=false"), ["Projects"])
      assert.deepStrictEqual(yield* found("is_active=true"), ["Service Desk", "Alerts"])
      assert.deepStrictEqual(yield* found("sort=name&order=desc"), ["Service Desk", "Alerts"])
    })
  )

  it.effect("are deleted with their statuses, unless something is still on them", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const { admin } = tenant
      const id = tenant.tenant.tenant
      const sql = yield* SqlClient.SqlClient
      const { board_id } = (yield* admin.get("/api/v1/boards")).body.data[0]
      const one = `/api/v1/boards/${board_id}`
      yield* makeTicket(tenant)
      yield* sql`INSERT INTO categories ${sql.insert({ tenant: id, category_id: newId(), category_name: "Mail", board_id })}`
      const refused = yield* admin.delete(one)
      assert.strictEqual(refused.status, 409)
      assert.deepStrictEqual(refused.body.error.details.dependencies, [
        { type: "ticket", count: 1, label: "tickets" },
        { type: "category", count: 1, label: "categories" }
      ])
      yield* sql`DELETE FROM tickets WHERE tenant = ${id}`
      yield* sql`DELETE FROM categories WHERE tenant = ${id}`
      assert.strictEqual((yield* admin.delete(one)).status, 204)
      assert.deepStrictEqual((yield* admin.get(`/api/v1/statuses?board_id=${board_id}`)).body.data, [])
    })
  )

  it.effect("leave a trace of what was done, and none of what was refused", () =>
    Effect.gen(function* () {
      const { admin, tenant } = yield* makeTenant
      const sql = yield* SqlClient.SqlClient
      const { board_id } = (yield* admin.post("/api/v1/boards", { board_name: "Security" })).body.data
      yield* admin.post("/api/v1/boards", { board_name: "Security" })
      yield* admin.put(`/api/v1/boards/${board_id}`, { description: "Incidents" })
      yield* admin.put(`/api/v1/boards/${board_id}`, { default_assigned_to: tenant.tenant })
      yield* admin.delete(`/api/v1/boards/${board_id}`)
      const events =
        yield* sql`SELECT event_type, entity_id FROM events WHERE tenant = ${tenant.tenant} ORDER BY event_id`
      assert.deepStrictEqual(
        events.map(({ entity_id, event_type }) => [event_type, entity_id]),
        [
          ["BOARD_CREATED", board_id],
          ["BOARD_UPDATED", board_id],
          ["BOARD_DELETED", board_id]
        ]
      )
    })
  )
})
