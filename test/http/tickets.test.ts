/** The tickets endpoints, over HTTP and PostgreSQL. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { makeClient, references } from "../support/fixtures.ts"
import { type Client, makeTenant, suite } from "../support/service.ts"

const nobody = "00000000-0000-4000-8000-000000000000"

/** A tenant with a client, and what its tickets can refer to. */
const desk = Effect.gen(function* () {
  const tenant = yield* makeTenant
  const id = tenant.tenant.tenant
  const client_id = yield* makeClient(tenant, { client_name: "Acme" })
  return { ...tenant, id, client_id, ...(yield* references(tenant)) }
})

const create = Effect.fnUntraced(function* (client: Client, body: Record<string, unknown>) {
  const answer = yield* client.post("/api/v1/tickets", body)
  assert.strictEqual(answer.status, 201, JSON.stringify(answer.body))
  return answer.body.data
})

const titles = (answer: { readonly body: { readonly data: ReadonlyArray<{ readonly title: string }> } }) =>
  answer.body.data.map(({ title }) => title)

suite("tickets", (it) => {
  it.effect("are numbered, and need no more than a title, a client and a board", () =>
    Effect.gen(function* () {
      const { admin, board_id, client_id, statuses, user } = yield* desk
      const first = yield* create(admin, { title: "Printer is offline", client_id, board_id })
      const second = yield* create(admin, {
        title: "Mail is slow",
        client_id,
        board_id,
        url: "https://acme.example/mail"
      })
      assert.deepStrictEqual([first.ticket_number, second.ticket_number], ["TIC1000", "TIC1001"])
      assert.deepStrictEqual(
        [first.status_id, first.source, first.ticket_origin, first.is_closed, first.entered_by],
        [statuses["New"], "api", "api", false, user.user_id]
      )
      assert.strictEqual(second.url, "https://acme.example/mail")
      const { body } = yield* admin.get(`/api/v1/tickets/${first.ticket_id}`)
      assert.deepInclude(body.data, {
        title: "Printer is offline",
        client_name: "Acme",
        status_name: "New",
        priority_name: "Medium",
        board_name: "Service Desk",
        description_html: "",
        tags: [],
        documents: []
      })
    })
  )

  it.effect("are numbered without gaps or doubles when many are made at once", () =>
    Effect.gen(function* () {
      const { admin, board_id, client_id } = yield* desk
      const made = yield* Effect.all(
        Array.from({ length: 20 }, (_, index) => create(admin, { title: `Ticket ${index}`, client_id, board_id })),
        { concurrency: "unbounded" }
      )
      const numbers = made.map(({ ticket_number }) => Number(ticket_number.slice(3))).sort((a, b) => a - b)
      assert.deepStrictEqual(
        numbers,
        Array.from({ length: 20 }, (_, index) => 1000 + index)
      )
      assert.strictEqual((yield* admin.get("/api/v1/tickets?limit=1")).body.pagination.total, 20)
    })
  )

  it.effect("are closed when they are created in a closed status", () =>
    Effect.gen(function* () {
      const { admin, board_id, client_id, statuses, user } = yield* desk
      const ticket = yield* create(admin, { title: "Done already", client_id, board_id, status_id: statuses["Closed"] })
      assert.deepStrictEqual(
        [ticket.is_closed, ticket.closed_by, ticket.closed_at],
        [true, user.user_id, ticket.entered_at]
      )
    })
  )

  it.effect("refuse references that are not there, or do not fit together", () =>
    Effect.gen(function* () {
      const tenant = yield* desk
      const { admin, board_id, client_id, id } = tenant
      const sql = yield* SqlClient.SqlClient
      const other = yield* makeClient(tenant)
      const contact = "11111111-1111-4111-8111-111111111111"
      yield* sql`INSERT INTO contacts (tenant, contact_name_id, full_name, email, client_id)
        VALUES (${id}, ${contact}, 'Kim', 'kim@other.example', ${other})`
      const [elsewhere] = yield* sql<{ status_id: string }>`SELECT status_id FROM statuses
        WHERE tenant = ${id} AND board_id <> ${board_id} LIMIT 1`
      const refused = Effect.fnUntraced(function* (fields: Record<string, unknown>) {
        const { body, status } = yield* admin.post("/api/v1/tickets", { title: "No", client_id, board_id, ...fields })
        return [status, body.error.code, body.error.details[0].path]
      })
      assert.deepStrictEqual(yield* refused({ client_id: nobody }), [400, "BAD_REQUEST", ["client_id"]])
      assert.deepStrictEqual(yield* refused({ priority_id: nobody }), [400, "BAD_REQUEST", ["priority_id"]])
      assert.deepStrictEqual(yield* refused({ assigned_to: nobody }), [400, "BAD_REQUEST", ["assigned_to"]])
      assert.deepStrictEqual(yield* refused({ status_id: elsewhere!.status_id }), [
        400,
        "VALIDATION_ERROR",
        ["status_id"]
      ])
      assert.deepStrictEqual(yield* refused({ contact_name_id: contact }), [
        400,
        "VALIDATION_ERROR",
        ["contact_name_id"]
      ])
      assert.deepStrictEqual(yield* refused({ location_id: nobody }), [400, "VALIDATION_ERROR", ["location_id"]])
      assert.deepStrictEqual(yield* refused({ title: "" }), [400, "VALIDATION_ERROR", ["title"]])
      assert.strictEqual((yield* admin.get("/api/v1/tickets")).body.pagination.total, 0)
    })
  )

  it.effect("are filtered, searched and sorted", () =>
    Effect.gen(function* () {
      const tenant = yield* desk
      const { admin, board_id, client_id, statuses, user } = tenant
      const other = yield* makeClient(tenant, { client_name: "Globex" })
      yield* create(admin, {
        title: "Alpha 100%",
        client_id,
        board_id,
        assigned_to: user.user_id,
        tags: ["VIP", "server"]
      })
      yield* create(admin, {
        title: "Beta",
        client_id: other,
        board_id,
        status_id: statuses["In Progress"],
        tags: ["server"]
      })
      yield* create(admin, { title: "Gamma", client_id, board_id, status_id: statuses["Closed"] })
      const find = (query: string) =>
        Effect.map(admin.get(`/api/v1/tickets?sort=title&order=asc&${query}`), (answer) => {
          assert.strictEqual(answer.status, 200, JSON.stringify(answer.body))
          assert.strictEqual(answer.body.pagination.total, answer.body.data.length, query)
          return titles(answer)
        })
      assert.deepStrictEqual(yield* find(""), ["Alpha 100%", "Beta", "Gamma"])
      assert.deepStrictEqual(yield* find("is_open=true"), ["Alpha 100%", "Beta"])
      assert.deepStrictEqual(yield* find("is_closed=false"), ["Alpha 100%", "Beta"])
      assert.deepStrictEqual(yield* find("is_open=false"), ["Gamma"])
      assert.deepStrictEqual(yield* find(`status_id=${statuses["In Progress"]}`), ["Beta"])
      assert.deepStrictEqual(yield* find(`status_ids=${statuses["In Progress"]},${statuses["Closed"]}`), [
        "Beta",
        "Gamma"
      ])
      assert.deepStrictEqual(yield* find(`status_ids=${statuses["In Progress"]}&status_ids=${statuses["Closed"]}`), [
        "Beta",
        "Gamma"
      ])
      assert.deepStrictEqual(yield* find("status_name=Closed"), ["Gamma"])
      assert.deepStrictEqual(yield* find(`board_id=${board_id}&is_open=true`), ["Alpha 100%", "Beta"])
      assert.deepStrictEqual(yield* find("client_name=Globex"), ["Beta"])
      assert.deepStrictEqual(yield* find("has_assignment=true"), ["Alpha 100%"])
      assert.deepStrictEqual(yield* find("has_assignment=false"), ["Beta", "Gamma"])
      assert.deepStrictEqual(yield* find("tags=vip"), ["Alpha 100%"])
      assert.deepStrictEqual(yield* find("tags=VIP,server"), ["Alpha 100%", "Beta"])
      assert.deepStrictEqual(yield* find("search=globex"), ["Beta"])
      assert.deepStrictEqual(yield* find("search=tic1002"), ["Gamma"])
      assert.deepStrictEqual(yield* find("title=0%25"), ["Alpha 100%"])
      assert.deepStrictEqual(yield* find("title=%25"), ["Alpha 100%"])
      assert.deepStrictEqual(yield* find("created_from=2100-01-01T00:00:00%2B02:00"), [])
      assert.deepStrictEqual(yield* find("client_id=&search="), ["Alpha 100%", "Beta", "Gamma"])
      const wrong = yield* admin.get("/api/v1/tickets?is_open=maybe&limit=101&status_id=abc&updated_from=soon")
      assert.strictEqual(wrong.body.error.message, "Query validation failed")
      assert.sameDeepMembers(
        wrong.body.error.details.map(({ path }: { path: unknown }) => path),
        [["is_open"], ["limit"], ["status_id"], ["updated_from"]]
      )
    })
  )

  it.effect("have only the fields that are asked for", () =>
    Effect.gen(function* () {
      const { admin, board_id, client_id } = yield* desk
      yield* create(admin, { title: "Tagged", client_id, board_id, tags: ["b", "a", "a"] })
      const always = [
        "ticket_id",
        "status_id",
        "entered_by",
        "assigned_to",
        "client_id",
        "board_id",
        "assigned_team_id"
      ]
      const [tags] = (yield* admin.get("/api/v1/tickets?fields=tags")).body.data
      assert.sameMembers(Object.keys(tags), [...always, "tags"])
      assert.deepStrictEqual(
        tags.tags.map(({ tag_text }: { tag_text: string }) => tag_text),
        ["a", "b"]
      )
      const [mobile] = (yield* admin.get("/api/v1/tickets?fields=mobile_list")).body.data
      assert.includeMembers(Object.keys(mobile), [
        "ticket_number",
        "title",
        "client_name",
        "status_is_closed",
        "closed_at"
      ])
      const unknown = yield* admin.get("/api/v1/tickets?fields=title,nope")
      assert.deepStrictEqual([unknown.status, unknown.body.error.message], [400, "Unknown fields requested: nope"])
    })
  )

  it.effect("change, close and reopen", () =>
    Effect.gen(function* () {
      const { admin, board_id, client_id, statuses, user } = yield* desk
      const { ticket_id } = yield* create(admin, {
        title: "Slow",
        client_id,
        board_id,
        attributes: { description: "a <b>" }
      })
      const path = `/api/v1/tickets/${ticket_id}`
      const changed = yield* admin.put(path, { title: "Slower", tags: ["x"], url: null })
      assert.strictEqual(changed.status, 200, JSON.stringify(changed.body))
      assert.deepInclude(changed.body.data, {
        title: "Slower",
        tags: ["x"],
        url: null,
        description_html: "<p>a &lt;b&gt;</p>"
      })
      const closed = yield* admin.put(`${path}/status`, { status_id: statuses["Closed"] })
      assert.deepInclude(closed.body.data, { is_closed: true, status_is_closed: true, closed_by: user.user_id })
      assert.isString(closed.body.data.closed_at)
      const again = yield* admin.put(`${path}/status`, { status_id: statuses["Resolved"] })
      assert.strictEqual(again.body.data.closed_at, closed.body.data.closed_at)
      const reopened = yield* admin.put(path, { status_id: statuses["New"] })
      assert.deepInclude(reopened.body.data, { is_closed: false, closed_at: null, closed_by: null })
      const assigned = yield* admin.put(`${path}/assignment`, { assigned_to: user.user_id })
      assert.strictEqual(assigned.body.data.assigned_to, user.user_id)
      assert.strictEqual((yield* admin.put(`${path}/assignment`, {})).body.data.assigned_to, user.user_id)
      assert.strictEqual((yield* admin.put(`${path}/assignment`, { assigned_to: null })).body.data.assigned_to, null)
      const sql = yield* SqlClient.SqlClient
      const told = yield* sql<{
        event_type: string
      }>`SELECT event_type FROM events WHERE entity_id = ${ticket_id} ORDER BY event_id`
      assert.includeMembers(
        told.map(({ event_type }) => event_type),
        ["TICKET_CREATED", "TICKET_UPDATED", "TICKET_CLOSED", "TICKET_ASSIGNED"]
      )
    })
  )

  it.effect("move between boards and clients with what belongs there", () =>
    Effect.gen(function* () {
      const tenant = yield* desk
      const { admin, board_id, client_id, id } = tenant
      const sql = yield* SqlClient.SqlClient
      const other = yield* makeClient(tenant)
      const contact = "22222222-2222-4222-8222-222222222222"
      yield* sql`INSERT INTO contacts (tenant, contact_name_id, full_name, email, client_id)
        VALUES (${id}, ${contact}, 'Kim', 'kim@acme.example', ${client_id})`
      const ticket = yield* create(admin, { title: "Move me", client_id, board_id, contact_name_id: contact })
      const path = `/api/v1/tickets/${ticket.ticket_id}`
      const [status] = yield* sql<{ status_id: string; board_id: string }>`SELECT status_id, board_id FROM statuses
        WHERE tenant = ${id} AND board_id <> ${board_id} AND is_default LIMIT 1`
      const alone = yield* admin.put(path, { board_id: status!.board_id })
      assert.deepStrictEqual([alone.status, alone.body.error.details[0].path], [400, ["status_id"]])
      const moved = yield* admin.put(path, {
        board_id: status!.board_id,
        status_id: status!.status_id,
        client_id: other
      })
      assert.deepInclude(moved.body.data, { board_id: status!.board_id, client_id: other, contact_name_id: null })
    })
  )

  it.effect("are counted exactly, whatever happens to them", () =>
    Effect.gen(function* () {
      const { admin, board_id, client_id, statuses } = yield* desk
      const made = yield* Effect.forEach([1, 2, 3, 4], (n) => create(admin, { title: `T${n}`, client_id, board_id }))
      yield* admin.put(`/api/v1/tickets/${made[0].ticket_id}/status`, { status_id: statuses["Closed"] })
      yield* admin.delete(`/api/v1/tickets/${made[1].ticket_id}`)
      const count = (query: string) =>
        Effect.map(admin.get(`/api/v1/tickets?limit=1${query}`), ({ body }) => body.pagination.total)
      assert.deepStrictEqual(
        yield* Effect.all([
          count(""),
          count("&is_open=true"),
          count("&is_closed=true"),
          count(`&status_id=${statuses["New"]}`)
        ]),
        [3, 2, 1, 2]
      )
    })
  )

  it.effect("are deleted when nothing depends on them", () =>
    Effect.gen(function* () {
      const { admin, board_id, client_id, id, user } = yield* desk
      const sql = yield* SqlClient.SqlClient
      const { ticket_id } = yield* create(admin, { title: "Linked", client_id, board_id })
      const asset = "33333333-3333-4333-8333-333333333333"
      yield* sql`INSERT INTO assets (tenant, asset_id, client_id, asset_tag, name, status)
        VALUES (${id}, ${asset}, ${client_id}, 'A-1', 'Server', 'active')`
      yield* sql`INSERT INTO asset_associations (tenant, asset_id, entity_id, entity_type, created_by)
        VALUES (${id}, ${asset}, ${ticket_id}, 'ticket', ${user.user_id})`
      const blocked = yield* admin.delete(`/api/v1/tickets/${ticket_id}`)
      assert.strictEqual(blocked.status, 409)
      assert.deepStrictEqual(blocked.body.error.details, {
        code: "DEPENDENCIES_EXIST",
        dependencies: [{ type: "asset_association", count: 1, label: "asset associations" }]
      })
      yield* sql`DELETE FROM asset_associations WHERE tenant = ${id} AND entity_id = ${ticket_id}`
      assert.strictEqual((yield* admin.delete(`/api/v1/tickets/${ticket_id}`)).status, 204)
      assert.strictEqual((yield* admin.get(`/api/v1/tickets/${ticket_id}`)).status, 404)
    })
  )

  it.effect("belong to their tenant", () =>
    Effect.gen(function* () {
      const ours = yield* desk
      const theirs = yield* desk
      const { ticket_id } = yield* create(theirs.admin, {
        title: "Theirs",
        client_id: theirs.client_id,
        board_id: theirs.board_id
      })
      const path = `/api/v1/tickets/${ticket_id}`
      assert.strictEqual((yield* ours.admin.get(path)).status, 404)
      assert.strictEqual((yield* ours.admin.put(path, { title: "Ours" })).status, 404)
      assert.strictEqual((yield* ours.admin.delete(path)).status, 404)
      const stolen = yield* ours.admin.post("/api/v1/tickets", {
        title: "x",
        client_id: theirs.client_id,
        board_id: ours.board_id
      })
      assert.strictEqual(stolen.status, 400)
      assert.strictEqual((yield* theirs.admin.get(path)).body.data.title, "Theirs")
    })
  )

  it.effect("list their statuses and priorities", () =>
    Effect.gen(function* () {
      const { admin, board_id } = yield* desk
      const { body } = yield* admin.get(`/api/v1/tickets/statuses?board_id=${board_id}`)
      assert.deepStrictEqual(
        body.data.map(({ name }: { name: string }) => name),
        ["New", "In Progress", "Waiting for Client", "Resolved", "Closed"]
      )
      const priorities = (yield* admin.get("/api/v1/tickets/priorities")).body.data
      assert.deepStrictEqual(
        priorities.map((row: { priority_name: string }) => row.priority_name),
        ["Critical", "High", "Low", "Medium"]
      )
      assert.strictEqual((yield* admin.get("/api/v1/tickets/statuses?board_id=x")).status, 400)
    })
  )
})
