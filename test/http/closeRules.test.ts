/** What boards ask of tickets before they are closed, over HTTP and PostgreSQL. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { newId } from "../../src/services/ids.ts"
import { makeTicket, makeUser, references } from "../support/fixtures.ts"
import { type Answer, makeTenant, suite, type TestTenant } from "../support/service.ts"

const nobody = "00000000-0000-4000-8000-000000000000"

const none = {
  is_enabled: false,
  require_resolution_comment: false,
  require_time_entry: false,
  require_checklist_complete: false,
  require_no_open_children: false,
  required_fields: []
}

/** A tenant with its default board, the path of its rules, and a category on it. */
const desk = Effect.gen(function* () {
  const tenant = yield* makeTenant
  const sql = yield* SqlClient.SqlClient
  const refs = yield* references(tenant)
  const category_id = newId()
  yield* sql`INSERT INTO categories ${sql.insert({
    tenant: tenant.tenant.tenant,
    category_id,
    category_name: "Mail",
    board_id: refs.board_id
  })}`
  const rules = `/api/v1/boards/${refs.board_id}/close-rules`
  return { ...tenant, ...refs, id: tenant.tenant.tenant, sql, category_id, rules }
})

const ticketPath = (id: string) => `/api/v1/tickets/${id}`

/** Sets a ticket's status, as the administrator. */
const setStatus = ({ admin }: TestTenant, ticket: string, status_id: string | undefined, more: object = {}) =>
  admin.put(`${ticketPath(ticket)}/status`, { status_id, ...more })

/** The rules that a refusal names; nothing, if it is none. */
const broken = ({ body, status }: Answer): ReadonlyArray<string> | undefined => {
  if (status === 200) return undefined
  assert.deepStrictEqual(
    [status, body.error.code, body.error.message],
    [400, "VALIDATION_ERROR", "Ticket close rules not satisfied"]
  )
  return body.error.details.map(({ message, path, rule }: Record<string, unknown>) => {
    assert.deepStrictEqual(path, ["status_id"])
    assert.isString(message)
    return rule
  })
}

const addItem = Effect.fnUntraced(function* (tenant: string, ticket_id: string, isRequired: boolean, order: number) {
  const sql = yield* SqlClient.SqlClient
  const checklist_item_id = newId()
  yield* sql`INSERT INTO ticket_checklist_items ${sql.insert({
    tenant,
    checklist_item_id,
    ticket_id,
    item_name: `Step ${order}`,
    order_number: order,
    is_required: isRequired
  })}`
  return checklist_item_id
})

/** Time on a ticket that began an hour ago, and ended or still goes on. */
const addTime = Effect.fnUntraced(function* (tenant: string, ticket: string, user: string, hasEnded: boolean) {
  const sql = yield* SqlClient.SqlClient
  yield* sql`INSERT INTO time_entries (tenant, entry_id, user_id, start_time, end_time, work_item_id, work_item_type,
      work_date, work_timezone)
    VALUES (${tenant}, ${newId()}, ${user}, now() - interval '1 hour', CASE WHEN ${hasEnded}::boolean THEN now() END,
      ${ticket}, 'ticket', current_date, 'UTC')`
})

/** A board of its own, with an open default status and perhaps a closed one. */
const makeBoard = Effect.fnUntraced(function* ({ admin }: TestTenant, name: string, ...closed: ReadonlyArray<string>) {
  const { board_id } = (yield* admin.post("/api/v1/boards", { board_name: name })).body.data
  const status = (fields: object) =>
    Effect.map(
      admin.post("/api/v1/statuses", { status_type: "ticket", board_id, ...fields }),
      ({ body }): string => body.data.status_id
    )
  const open = yield* status({ name: "Open", is_default: true })
  const ends: Array<string> = []
  for (const end of closed) ends.push(yield* status({ name: end, is_closed: true }))
  return { board_id: String(board_id), open, closed: ends[0] }
})

suite("close rules", (it) => {
  it.effect("ask for nothing until somebody says so, and are enabled", () =>
    Effect.gen(function* () {
      const tenant = yield* desk
      const { admin, board_id, rules, statuses } = tenant
      const first = yield* admin.get(rules)
      assert.deepStrictEqual([first.status, first.body], [200, { data: { board_id, ...none } }])
      const ticket = yield* makeTicket(tenant)
      const disabled = yield* admin.put(rules, { require_time_entry: true, required_fields: ["assigned_to"] })
      assert.deepStrictEqual(disabled.body.data, {
        board_id,
        ...none,
        require_time_entry: true,
        required_fields: ["assigned_to"]
      })
      assert.strictEqual(broken(yield* setStatus(tenant, ticket, statuses["Closed"])), undefined)
      yield* setStatus(tenant, ticket, statuses["New"])
      yield* admin.put(rules, { is_enabled: true })
      assert.deepStrictEqual(broken(yield* setStatus(tenant, ticket, statuses["Closed"])), [
        "time_entry",
        "required_fields"
      ])
    })
  )

  it.effect("are changed one by one, also by many at once, and tell of it", () =>
    Effect.gen(function* () {
      const { admin, board_id, id, rules, sql, user } = yield* desk
      const changes = [
        { is_enabled: true },
        { require_resolution_comment: true },
        { require_time_entry: true },
        { require_checklist_complete: true },
        { require_no_open_children: true },
        { required_fields: ["assigned_to", "category_id", "assigned_to"] }
      ]
      const answers = yield* Effect.all(
        changes.map((change) => admin.put(rules, change)),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(
        answers.map(({ status }) => status),
        changes.map(() => 200)
      )
      const all = {
        board_id,
        is_enabled: true,
        require_resolution_comment: true,
        require_time_entry: true,
        require_checklist_complete: true,
        require_no_open_children: true,
        required_fields: ["category_id", "assigned_to"]
      }
      assert.deepStrictEqual((yield* admin.get(rules)).body.data, all)
      const events = sql<{ readonly user_id: string; readonly payload: unknown }>`SELECT user_id, payload FROM events
        WHERE tenant = ${id} AND event_type = 'BOARD_UPDATED' AND entity_type = 'board' AND entity_id = ${board_id}
        ORDER BY event_id`
      assert.strictEqual((yield* events).length, changes.length)
      assert.deepStrictEqual((yield* admin.put(rules, {})).body.data, all)
      yield* admin.put(rules, { is_enabled: true, required_fields: ["assigned_to", "category_id"] })
      assert.strictEqual((yield* events).length, changes.length)
      const last = yield* admin.put(rules, { is_enabled: false, required_fields: [] })
      assert.deepStrictEqual(last.body.data, { ...all, is_enabled: false, required_fields: [] })
      assert.deepStrictEqual((yield* events).at(-1), {
        user_id: user.user_id,
        payload: {
          changes: {
            close_rules: {
              is_enabled: { old: true, new: false },
              required_fields: { old: ["category_id", "assigned_to"], new: [] }
            }
          }
        }
      })
    })
  )

  it.effect("hold a ticket until it satisfies each of them", () =>
    Effect.gen(function* () {
      const tenant = yield* desk
      const { admin, category_id, id, rules, sql, statuses, user } = tenant
      yield* admin.put(rules, {
        is_enabled: true,
        require_resolution_comment: true,
        require_time_entry: true,
        require_checklist_complete: true,
        require_no_open_children: true,
        required_fields: ["category_id", "subcategory_id", "priority_id", "assigned_to"]
      })
      const ticket = yield* makeTicket(tenant)
      const child = yield* makeTicket(tenant)
      yield* admin.post(`${ticketPath(ticket)}/bundle`, { child_ticket_ids: [child], mode: "link_only" })
      const items = [yield* addItem(id, ticket, true, 1), yield* addItem(id, ticket, true, 2)]
      yield* addItem(id, ticket, false, 3)
      // What belongs to another ticket is nothing to this one.
      yield* admin.post(`${ticketPath(child)}/comments`, { comment_text: "Done", is_resolution: true })
      yield* addTime(id, child, user.user_id, true)
      yield* addItem(id, child, true, 1)

      const close = setStatus(tenant, ticket, statuses["Closed"])
      const refused = yield* close
      assert.deepStrictEqual(
        refused.body.error.details.map(({ message: _, path: __, ...rule }: Record<string, unknown>) => rule),
        [
          { rule: "resolution_comment" },
          { rule: "time_entry" },
          { rule: "checklist_incomplete", incomplete_count: 2 },
          { rule: "open_children", open_children_count: 1 },
          { rule: "required_fields", missing_fields: ["category_id", "subcategory_id", "assigned_to"] }
        ]
      )
      const before = (yield* admin.get(ticketPath(ticket))).body.data
      assert.deepInclude(before, { status_id: statuses["New"], is_closed: false, closed_at: null })

      yield* admin.post(`${ticketPath(ticket)}/comments`, { comment_text: "Restarted it" })
      const said = yield* admin.post(`${ticketPath(ticket)}/comments`, { comment_text: "Done", is_resolution: true })
      assert.strictEqual(broken(yield* close)?.[0], "time_entry")
      yield* sql`UPDATE comments SET deleted_at = now()
        WHERE tenant = ${id} AND comment_id = ${said.body.data.comment_id}`
      assert.strictEqual(broken(yield* close)?.[0], "resolution_comment")
      yield* admin.post(`${ticketPath(ticket)}/comments`, { comment_text: "Fixed", metadata: { closes_ticket: true } })
      assert.strictEqual(broken(yield* close)?.[0], "time_entry")

      yield* addTime(id, ticket, yield* makeUser(tenant), false)
      assert.strictEqual(broken(yield* close)?.[0], "time_entry")
      yield* addTime(id, ticket, yield* makeUser(tenant), true)
      assert.strictEqual(broken(yield* close)?.[0], "checklist_incomplete")

      yield* sql`UPDATE ticket_checklist_items SET completed = true, completed_at = now()
        WHERE tenant = ${id} AND checklist_item_id = ANY(${items}::uuid[])`
      assert.deepStrictEqual(broken(yield* close), ["open_children", "required_fields"])

      // The child is closed where nothing is asked of it.
      yield* sql`UPDATE tickets SET status_id = ${statuses["Closed"]}, is_closed = true, closed_at = now()
        WHERE tenant = ${id} AND ticket_id = ${child}`
      assert.deepStrictEqual(broken(yield* close), ["required_fields"])

      yield* admin.put(ticketPath(ticket), { category_id, assigned_to: user.user_id })
      const missing = yield* close
      assert.deepStrictEqual(missing.body.error.details[0].missing_fields, ["subcategory_id"])
      yield* admin.put(rules, { required_fields: ["category_id", "priority_id", "assigned_to"] })
      const closed = yield* close
      assert.deepInclude(closed.body.data, { is_closed: true, status_id: statuses["Closed"], closed_by: user.user_id })
      const audits = yield* sql`SELECT 1 FROM audit_logs WHERE tenant = ${id}`
      assert.strictEqual(audits.length, 0)
    })
  )

  it.effect("are about the ticket as it will be, on the board where it will be", () =>
    Effect.gen(function* () {
      const tenant = yield* desk
      const { admin, category_id, id, rules, sql, statuses } = tenant
      yield* admin.put(rules, { is_enabled: true, required_fields: ["category_id"] })
      const ticket = yield* makeTicket(tenant)
      const change = (body: object) => admin.put(ticketPath(ticket), body)
      const status_id = statuses["Closed"]
      assert.deepStrictEqual(broken(yield* change({ status_id })), ["required_fields"])
      assert.strictEqual(broken(yield* change({ status_id, category_id })), undefined)
      yield* setStatus(tenant, ticket, statuses["New"])
      assert.deepStrictEqual(broken(yield* change({ status_id, category_id: null })), ["required_fields"])
      assert.strictEqual((yield* admin.get(ticketPath(ticket))).body.data.category_id, category_id)

      // Another board has no use for this one's category, and rules of its own.
      const projects = yield* makeBoard(tenant, "Moves", "Done")
      const move = { board_id: projects.board_id, status_id: projects.closed }
      yield* admin.put(`/api/v1/boards/${projects.board_id}/close-rules`, {
        is_enabled: true,
        required_fields: ["category_id", "assigned_to"]
      })
      const refused = yield* change(move)
      assert.deepStrictEqual(broken(refused), ["required_fields"])
      assert.deepStrictEqual(refused.body.error.details[0].missing_fields, ["category_id", "assigned_to"])
      yield* admin.put(`/api/v1/boards/${projects.board_id}/close-rules`, { is_enabled: false })
      yield* sql`UPDATE tickets SET category_id = NULL WHERE tenant = ${id} AND ticket_id = ${ticket}`
      const moved = yield* change(move)
      assert.deepInclude(moved.body.data, { board_id: projects.board_id, is_closed: true })
    })
  )

  it.effect("are for closing, and for nothing else", () =>
    Effect.gen(function* () {
      const tenant = yield* desk
      const { admin, rules, statuses } = tenant
      const ticket = yield* makeTicket(tenant)
      yield* setStatus(tenant, ticket, statuses["Closed"])
      yield* admin.put(rules, { is_enabled: true, require_time_entry: true })
      const passes = (answer: Answer) => assert.strictEqual(broken(answer), undefined)
      passes(yield* setStatus(tenant, ticket, statuses["Resolved"]))
      passes(yield* admin.put(ticketPath(ticket), { title: "Still closed" }))
      passes(yield* setStatus(tenant, ticket, statuses["New"]))
      passes(yield* setStatus(tenant, ticket, statuses["In Progress"]))
      passes(yield* admin.put(ticketPath(ticket), { title: "Open again", assigned_to: null }))
      assert.deepStrictEqual(broken(yield* setStatus(tenant, ticket, statuses["Resolved"])), ["time_entry"])
    })
  )

  it.effect("are overridden by those who may, on record", () =>
    Effect.gen(function* () {
      const tenant = yield* desk
      const { admin, id, rules, sql, statuses, user } = tenant
      yield* admin.put(rules, {
        is_enabled: true,
        require_time_entry: true,
        require_checklist_complete: true,
        required_fields: ["assigned_to"]
      })
      const ticket = yield* makeTicket(tenant)
      yield* addItem(id, ticket, true, 1)
      const audits = sql`SELECT operation, table_name, record_id, user_id, changed_data, details FROM audit_logs
        WHERE tenant = ${id} ORDER BY audit_id`
      const technician = yield* tenant.as("Technician")
      const override = { override_close_rules: true, override_close_rules_reason: "The client left" }
      const all = ["time_entry", "checklist_incomplete", "required_fields"]
      const status_id = statuses["Closed"]
      const path = ticketPath(ticket)
      assert.deepStrictEqual(broken(yield* technician.put(`${path}/status`, { status_id, ...override })), all)
      assert.deepStrictEqual(broken(yield* technician.put(path, { status_id, ...override })), all)
      const unwilling = { status_id, override_close_rules: false, override_close_rules_reason: "None" }
      assert.deepStrictEqual(broken(yield* admin.put(path, unwilling)), all)
      assert.deepStrictEqual(yield* audits, [])

      const closed = yield* admin.put(`${path}/status`, { status_id, ...override })
      assert.deepInclude(closed.body.data, { is_closed: true, closed_by: user.user_id })
      assert.isUndefined(closed.body.meta)
      const first = {
        operation: "TICKET_CLOSE_RULES_OVERRIDDEN",
        table_name: "tickets",
        record_id: ticket,
        user_id: user.user_id,
        changed_data: {
          rules: [
            { rule: "time_entry" },
            { rule: "checklist_incomplete", incomplete_count: 1 },
            { rule: "required_fields", missing_fields: ["assigned_to"] }
          ]
        },
        details: { reason: "The client left" }
      }
      assert.deepStrictEqual(yield* audits, [first])

      // Nothing is overridden where nothing is broken, or nothing is closed.
      yield* admin.put(path, { status_id: statuses["Resolved"], ...override })
      yield* admin.put(path, { status_id: statuses["New"], ...override })
      yield* admin.put(rules, { is_enabled: false })
      yield* admin.put(path, { status_id, ...override })
      yield* admin.put(path, { status_id: statuses["New"] })
      yield* admin.put(rules, {
        is_enabled: true,
        require_time_entry: false,
        require_checklist_complete: false,
        required_fields: ["priority_id"]
      })
      yield* admin.put(path, { status_id, ...override })
      assert.deepStrictEqual(yield* audits, [first])

      yield* admin.put(path, { status_id: statuses["New"] })
      yield* admin.put(rules, { required_fields: ["assigned_to"] })
      yield* admin.put(path, { status_id, override_close_rules: true, override_close_rules_reason: null })
      assert.deepStrictEqual((yield* audits).slice(1), [
        {
          ...first,
          changed_data: { rules: [{ rule: "required_fields", missing_fields: ["assigned_to"] }] },
          details: { reason: null }
        }
      ])
    })
  )

  it.effect("are overridden once when two close a ticket at once, and not at all when the change fails", () =>
    Effect.gen(function* () {
      const tenant = yield* desk
      const { admin, id, rules, sql, statuses } = tenant
      yield* admin.put(rules, { is_enabled: true, require_time_entry: true })
      const ticket = yield* makeTicket(tenant)
      const audits = sql`SELECT 1 FROM audit_logs WHERE tenant = ${id}`
      yield* sql`ALTER TABLE tickets ADD CONSTRAINT never_closed CHECK (NOT is_closed OR tenant <> '${sql.literal(id)}')`
      const failed = yield* setStatus(tenant, ticket, statuses["Closed"], { override_close_rules: true })
      assert.strictEqual(failed.status, 500)
      assert.strictEqual((yield* audits).length, 0)
      yield* sql`ALTER TABLE tickets DROP CONSTRAINT never_closed`
      const answers = yield* Effect.all(
        ["Closed", "Resolved", "Closed", "Resolved"].map((name) =>
          setStatus(tenant, ticket, statuses[name], { override_close_rules: true })
        ),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(
        answers.map(({ status }) => status),
        [200, 200, 200, 200]
      )
      assert.strictEqual((yield* audits).length, 1)
    })
  )

  it.effect("count the children of a bundle that stay open", () =>
    Effect.gen(function* () {
      const tenant = yield* desk
      const { admin, rules, statuses } = tenant
      yield* admin.put(rules, { is_enabled: true, require_no_open_children: true })
      const stuck = yield* makeBoard(tenant, "Never done")
      const [master, near, far] = [
        yield* makeTicket(tenant),
        yield* makeTicket(tenant),
        yield* makeTicket(tenant, { board_id: stuck.board_id, status_id: stuck.open })
      ]
      const bundle = `${ticketPath(master)}/bundle`
      const closing = { status_id: statuses["Closed"] }
      const close = (ticket: string) => admin.put(ticketPath(ticket), closing)
      yield* admin.post(bundle, { child_ticket_ids: [near, far], mode: "link_only" })
      const linked = yield* close(master)
      assert.deepStrictEqual(broken(linked), ["open_children"])
      assert.strictEqual(linked.body.error.details[0].open_children_count, 2)

      // The near one goes with its master; there is no closed status where the far one is.
      yield* admin.put(`${bundle}/settings`, { mode: "sync_updates" })
      const synced = yield* close(master)
      assert.deepStrictEqual(broken(synced), ["open_children"])
      assert.strictEqual(synced.body.error.details[0].open_children_count, 1)
      assert.isFalse((yield* admin.get(ticketPath(near))).body.data.is_closed)

      yield* admin.delete(`${bundle}/children/${far}`)
      assert.strictEqual(broken(yield* close(master)), undefined)
      assert.isTrue((yield* admin.get(ticketPath(near))).body.data.is_closed)
    })
  )

  it.effect("are not asked of the children that are closed with their master", () =>
    Effect.gen(function* () {
      const tenant = yield* desk
      const { admin, id, sql, statuses } = tenant
      const other = yield* makeBoard(tenant, "Strict", "Closed")
      yield* admin.put(`/api/v1/boards/${other.board_id}/close-rules`, {
        is_enabled: true,
        require_time_entry: true,
        required_fields: ["assigned_to"]
      })
      const master = yield* makeTicket(tenant)
      const child = yield* makeTicket(tenant, { board_id: other.board_id, status_id: other.open })
      assert.deepStrictEqual(broken(yield* setStatus(tenant, child, other.closed)), ["time_entry", "required_fields"])
      yield* admin.post(`${ticketPath(master)}/bundle`, { child_ticket_ids: [child] })
      assert.strictEqual(broken(yield* setStatus(tenant, master, statuses["Closed"])), undefined)
      const closed = (yield* admin.get(ticketPath(child))).body.data
      assert.deepInclude(closed, { is_closed: true, status_id: other.closed })
      assert.strictEqual((yield* sql`SELECT 1 FROM audit_logs WHERE tenant = ${id}`).length, 0)
    })
  )

  it.effect("say what is wrong with a request, and are for those who may", () =>
    Effect.gen(function* () {
      const tenant = yield* desk
      const { admin, board_id, rules, statuses } = tenant
      const wrong = Effect.fnUntraced(function* (answer: Effect.Effect<Answer>, ...path: ReadonlyArray<unknown>) {
        const { body, status } = yield* answer
        assert.deepStrictEqual([status, body.error.details?.[0].path], [400, path])
      })
      yield* wrong(admin.put(rules, { is_enabled: "yes" }), "is_enabled")
      yield* wrong(admin.put(rules, { require_time_entry: null }), "require_time_entry")
      yield* wrong(admin.put(rules, { required_fields: "category_id" }), "required_fields")
      yield* wrong(admin.put(rules, { required_fields: ["category_id", "title"] }), "required_fields", 1)
      const ticket = yield* makeTicket(tenant)
      const change = (more: object) => setStatus(tenant, ticket, statuses["New"], more)
      yield* wrong(change({ override_close_rules: 1 }), "override_close_rules")
      yield* wrong(change({ override_close_rules_reason: "x".repeat(1001) }), "override_close_rules_reason")
      assert.strictEqual((yield* change({ override_close_rules_reason: "x".repeat(1000) })).status, 200)
      const unknown = yield* admin.get(`/api/v1/boards/${nobody}/close-rules`)
      assert.deepStrictEqual([unknown.status, unknown.body.error.message], [404, "board not found"])
      assert.strictEqual((yield* admin.put(`/api/v1/boards/${nobody}/close-rules`, {})).status, 404)

      const technician = yield* tenant.as("Technician")
      assert.strictEqual((yield* technician.put(rules, { require_time_entry: true })).status, 200)
      const stranger = (yield* makeTenant).admin
      assert.strictEqual((yield* stranger.get(rules)).status, 404)
      assert.strictEqual((yield* stranger.put(rules, { is_enabled: true })).status, 404)
      assert.deepStrictEqual((yield* admin.get(rules)).body.data, { board_id, ...none, require_time_entry: true })
    })
  )

  it.effect("go with their board", () =>
    Effect.gen(function* () {
      const tenant = yield* desk
      const { admin, id, sql } = tenant
      const { board_id } = yield* makeBoard(tenant, "Passing")
      yield* admin.put(`/api/v1/boards/${board_id}/close-rules`, { is_enabled: true })
      const stored = sql`SELECT 1 FROM board_close_rules WHERE tenant = ${id} AND board_id = ${board_id}`
      assert.strictEqual((yield* stored).length, 1)
      assert.strictEqual((yield* admin.delete(`/api/v1/boards/${board_id}`)).status, 204)
      assert.strictEqual((yield* stored).length, 0)
    })
  )
})
