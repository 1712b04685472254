/** The boards endpoints, over HTTP and PostgreSQL. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { newId } from "../../src/services/ids.ts"
import { makeClient, makeTeam, makeTicket, makeUser, references } from "../support/fixtures.ts"
import { type Answer, makeTenant, suite } from "../support/service.ts"

const nobody = "00000000-0000-4000-8000-000000000000"

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

  it.effect("are ordered by name like everything that has one, whatever its column is called", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      for (const client_name of ["Beta", "Alpha", "Gamma"]) yield* makeClient(tenant, { client_name })
      for (const [things, column] of Object.entries({
        boards: "board_name",
        statuses: "name",
        priorities: "priority_name",
        clients: "client_name"
      })) {
        const sorted = (sort: string) => tenant.admin.get(`/api/v1/${things}?sort=${sort}&order=asc`)
        const byName = (yield* sorted("name")).body.data
        assert.isAbove(byName.length, 2)
        assert.deepStrictEqual(byName, (yield* sorted(column)).body.data)
        const texts = byName.map((thing: Record<string, string>) => thing[column])
        assert.deepStrictEqual(texts, texts.toSorted())
      }
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

  it.effect("have one default, the last that was made it, and tell of both that changed", () =>
    Effect.gen(function* () {
      const { admin, tenant } = yield* makeTenant
      const sql = yield* SqlClient.SqlClient
      const boards = (yield* admin.get("/api/v1/boards")).body.data
      const former = boards.find(({ is_default }: { is_default: boolean }) => is_default).board_id
      const next = boards.find(({ is_default }: { is_default: boolean }) => !is_default).board_id
      yield* admin.put(`/api/v1/boards/${next}`, { is_default: true })
      yield* admin.put(`/api/v1/boards/${next}`, { is_default: true })
      const changes = sql`SELECT entity_id, payload->'changes' AS changes FROM events
        WHERE tenant = ${tenant.tenant} AND event_type = 'BOARD_UPDATED' ORDER BY event_id`
      assert.deepStrictEqual(yield* changes, [
        { entity_id: former, changes: { is_default: { old: true, new: false } } },
        { entity_id: next, changes: { is_default: { old: false, new: true } } }
      ])
      const ids: ReadonlyArray<string> = boards.map(({ board_id }: { board_id: string }) => board_id)
      const defaults = Effect.map(admin.get("/api/v1/boards?limit=100"), ({ body }) =>
        body.data.filter((board: { is_default: boolean }) => board.is_default)
      )
      const made = yield* Effect.all(
        [
          ...ids.map((id) => admin.put(`/api/v1/boards/${id}`, { is_default: true, description: "Ours" })),
          ...["A", "B", "C"].map((board_name) => admin.post("/api/v1/boards", { board_name, is_default: true }))
        ],
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(
        made.map(({ status }) => status),
        [200, 200, 200, 201, 201, 201]
      )
      assert.strictEqual((yield* defaults).length, 1)
      const refused = yield* admin.post("/api/v1/boards", { board_name: "projects", is_default: true })
      assert.strictEqual(refused.status, 409)
      assert.strictEqual((yield* defaults).length, 1)
    })
  )

  it.effect("give new tickets what they have by default", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const { admin, user } = tenant
      const sql = yield* SqlClient.SqlClient
      const client_id = yield* makeClient(tenant)
      const { priority_id } = yield* references(tenant)
      const lead = yield* makeUser(tenant)
      const member = yield* makeUser(tenant)
      const team = yield* makeTeam(tenant, [lead, member])
      const agent = yield* makeUser(tenant)
      const { board_id } = (yield* admin.post("/api/v1/boards", {
        board_name: "Security",
        default_priority_id: priority_id,
        default_assigned_to: agent,
        default_assigned_team_id: team
      })).body.data
      const one = `/api/v1/boards/${board_id}`
      assert.deepInclude((yield* admin.get(one)).body.data, {
        default_priority_id: priority_id,
        default_assigned_to: agent,
        default_assigned_team_id: team
      })
      const status = (name: string, is_default: boolean) =>
        admin.post("/api/v1/statuses", { name, status_type: "ticket", board_id, is_default })
      yield* status("First", true)
      const { status_id } = (yield* status("Second", true)).body.data

      const make = Effect.fnUntraced(function* (more: object = {}) {
        const made = yield* admin.post("/api/v1/tickets", { title: "Phishing", client_id, board_id, ...more })
        assert.strictEqual(made.status, 201, JSON.stringify(made.body))
        const { ticket_id } = made.body.data
        return (yield* admin.get(`/api/v1/tickets/${ticket_id}`)).body.data
      })
      const all = { status_id, priority_id, assigned_to: agent, assigned_team_id: team }
      const first = yield* make()
      assert.deepInclude(first, all)
      const onIt = (ticket: string) => admin.get(`/api/v1/tickets/${ticket}/agents`)
      const agents = (yield* onIt(first.ticket_id)).body.data.additional_agents
      assert.sameDeepMembers(
        agents.map(({ role, user_id }: Record<string, string>) => [user_id, role]),
        [
          [lead, "team_member"],
          [member, "team_member"]
        ]
      )
      assert.deepInclude(yield* make({ assigned_to: user.user_id }), { ...all, assigned_to: user.user_id })
      assert.deepInclude(yield* make({ assigned_to: null }), { ...all, assigned_to: null })

      // Who is not active any more is passed over: for the team's manager, or nobody.
      const dismiss = (id: string) =>
        sql`UPDATE users SET is_inactive = true WHERE tenant = ${tenant.tenant.tenant} AND user_id = ${id}`
      yield* dismiss(agent)
      const passed = yield* make({ tags: ["urgent"] })
      assert.deepInclude(passed, { ...all, assigned_to: lead, tags: ["urgent"] })
      assert.deepStrictEqual(
        (yield* onIt(passed.ticket_id)).body.data.additional_agents.map(({ user_id }: { user_id: string }) => user_id),
        [member]
      )
      yield* dismiss(lead)
      assert.deepInclude(yield* make(), { ...all, assigned_to: null })
      const kept = yield* admin.put(one, { description: "Incidents", default_assigned_to: agent })
      assert.deepStrictEqual([kept.status, kept.body.data.default_assigned_to], [200, agent])

      yield* admin.put(one, {
        default_assigned_to: user.user_id,
        default_assigned_team_id: null,
        default_priority_id: null
      })
      assert.deepInclude(yield* make({ priority_id }), { ...all, assigned_to: user.user_id, assigned_team_id: null })
    })
  )

  it.effect("say which default is missing, when a ticket needs it", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const { admin } = tenant
      const client_id = yield* makeClient(tenant)
      const { board_id } = (yield* admin.post("/api/v1/boards", { board_name: "Bare" })).body.data
      const { body, status } = yield* admin.post("/api/v1/tickets", { title: "Phishing", client_id, board_id })
      assert.deepStrictEqual(
        [status, body.error],
        [
          400,
          {
            code: "VALIDATION_ERROR",
            message: "Validation failed",
            details: [
              { path: ["status_id"], message: "Expected a status: the board has no default one" },
              { path: ["priority_id"], message: "Expected a priority: the board has no default one" }
            ]
          }
        ]
      )
    })
  )

  it.effect("have only defaults that there are, for tickets, in the tenant", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const { admin } = tenant
      const id = tenant.tenant.tenant
      const sql = yield* SqlClient.SqlClient
      const stranger = yield* makeTenant
      const theirs = yield* references(stranger)
      const inactive = yield* makeUser(tenant, { is_inactive: true })
      const portal = yield* makeUser(tenant, { user_type: "client" })
      const ofTasks = newId()
      yield* sql`INSERT INTO priorities ${sql.insert({
        tenant: id,
        priority_id: ofTasks,
        priority_name: "Soon",
        item_type: "project_task"
      })}`
      const { board_id } = (yield* admin.get("/api/v1/boards")).body.data[1]
      const before = (yield* admin.get(`/api/v1/boards/${board_id}`)).body.data
      for (const [field, values] of Object.entries({
        default_assigned_to: [nobody, inactive, portal, stranger.user.user_id],
        default_assigned_team_id: [nobody, yield* makeTeam(stranger)],
        default_priority_id: [nobody, ofTasks, theirs.priority_id]
      })) {
        for (const value of values) {
          for (const answer of [
            yield* admin.post("/api/v1/boards", { board_name: "New", [field]: value }),
            yield* admin.put(`/api/v1/boards/${board_id}`, { description: "Changed", [field]: value })
          ]) {
            assert.deepStrictEqual(
              [answer.status, answer.body.error.code, answer.body.error.details[0].path],
              [400, "BAD_REQUEST", [field]]
            )
          }
        }
      }
      const several = yield* admin.post("/api/v1/boards", {
        board_name: "New",
        default_assigned_to: nobody,
        default_assigned_team_id: nobody,
        default_priority_id: nobody
      })
      assert.strictEqual(several.body.error.details.length, 3)
      assert.strictEqual(
        (yield* admin.post("/api/v1/boards", { board_name: "New", default_priority_id: 7 })).status,
        400
      )
      assert.deepStrictEqual((yield* admin.get(`/api/v1/boards/${board_id}`)).body.data, before)
      assert.deepStrictEqual((yield* admin.get("/api/v1/boards?search=New")).body.data, [])

      // A board outlives its team.
      const team = yield* makeTeam(tenant)
      yield* admin.put(`/api/v1/boards/${board_id}`, { default_assigned_team_id: team })
      yield* sql`DELETE FROM teams WHERE tenant = ${id} AND team_id = ${team}`
      assert.deepStrictEqual((yield* admin.get(`/api/v1/boards/${board_id}`)).body.data, before)
    })
  )
})
