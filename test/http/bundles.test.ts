/** Bundles and what they do, over HTTP and PostgreSQL. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { makeTicket, references } from "../support/fixtures.ts"
import { makeTenant, suite } from "../support/service.ts"

const nobody = "00000000-0000-4000-8000-000000000000"

/** A tenant with four tickets. */
const desk = Effect.gen(function* () {
  const tenant = yield* makeTenant
  const tickets = yield* Effect.forEach([1, 2, 3, 4], () => makeTicket(tenant))
  const [master = "", a = "", b = "", c = ""] = tickets
  const bundle = (id: string) => `/api/v1/tickets/${id}/bundle`
  const ticket = (id: string) => Effect.map(tenant.admin.get(`/api/v1/tickets/${id}`), ({ body }) => body.data)
  const roles = Effect.map(
    Effect.forEach(tickets, (id) => tenant.admin.get(bundle(id))),
    (answers) => answers.map(({ body }) => body.data.role)
  )
  return { ...tenant, id: tenant.tenant.tenant, master, a, b, c, bundle, ticket, roles, ...(yield* references(tenant)) }
})

suite("bundles", (it) => {
  it.effect("have a master and children, and end with the last child", () =>
    Effect.gen(function* () {
      const { a, admin, b, bundle, c, master, roles } = yield* desk
      const alone = (yield* admin.get(bundle(master))).body.data
      assert.deepInclude(alone, { role: "standalone", master_ticket_id: master, children: [], settings: null })
      const created = yield* admin.post(bundle(master), { child_ticket_ids: [a, a, master, b] })
      assert.deepStrictEqual(
        [created.status, created.body.data],
        [201, { masterTicketId: master, childTicketIds: [a, b], mode: "sync_updates" }]
      )
      const seen = (yield* admin.get(bundle(a))).body.data
      assert.deepStrictEqual(seen.settings, { mode: "sync_updates", reopen_on_child_reply: false })
      assert.deepStrictEqual(Object.keys(seen.master).sort(), [
        "client_id",
        "status_id",
        "ticket_id",
        "ticket_number",
        "title"
      ])
      assert.deepStrictEqual(
        seen.children.map(({ ticket_id }: { ticket_id: string }) => ticket_id),
        [a, b]
      )
      assert.deepStrictEqual(yield* roles, ["master", "child", "child", "standalone"])
      const added = yield* admin.post(`${bundle(master)}/children`, { child_ticket_ids: [c] })
      assert.deepStrictEqual([added.status, added.body.data], [200, { masterTicketId: master, childTicketIds: [c] }])
      const through = yield* admin.delete(`${bundle(a)}/children/${b}`)
      assert.strictEqual(through.status, 400)
      assert.strictEqual((yield* admin.delete(`${bundle(master)}/children/${a}`)).body.data.remainingChildren, 2)
      yield* admin.delete(`${bundle(master)}/children/${b}`)
      const last = yield* admin.delete(`${bundle(master)}/children/${c}`)
      assert.deepStrictEqual(last.body.data, { masterTicketId: master, childTicketId: c, remainingChildren: 0 })
      assert.strictEqual((yield* admin.put(`${bundle(master)}/settings`, { mode: "link_only" })).status, 404)
      assert.deepStrictEqual(yield* roles, ["standalone", "standalone", "standalone", "standalone"])
    })
  )

  it.effect("refuse what cannot be bundled, and write nothing then", () =>
    Effect.gen(function* () {
      const { a, admin, b, bundle, c, master, roles } = yield* desk
      const post = (id: string, ids: unknown, path = "") =>
        Effect.map(admin.post(bundle(id) + path, { child_ticket_ids: ids }), ({ body, status }) => [
          status,
          body.error?.message
        ])
      assert.deepStrictEqual(yield* post(master, [master]), [
        400,
        "Select at least one child ticket different from the master."
      ])
      assert.strictEqual((yield* post(master, []))[0], 400)
      assert.strictEqual((yield* post(master, ["abc"]))[0], 400)
      assert.deepStrictEqual(yield* post(master, [a, nobody]), [404, `Child ticket not found: ${nobody}`])
      assert.deepStrictEqual(yield* post(nobody, [a]), [404, "Master ticket not found."])
      assert.deepStrictEqual(yield* roles, ["standalone", "standalone", "standalone", "standalone"])
      yield* post(master, [a])
      assert.match(String((yield* post(b, [a]))[1]), /already bundled: TEST/)
      assert.strictEqual((yield* post(master, [a]))[0], 409)
      assert.deepStrictEqual(yield* post(a, [b]), [400, "Cannot select a child ticket as the master."])
      assert.match(String((yield* post(b, [master]))[1]), /is already a bundle master and cannot be added as children/)
      assert.deepStrictEqual(yield* post(a, [b], "/children"), [400, "Cannot add children to a bundled child ticket."])
      assert.strictEqual((yield* admin.delete(bundle(a))).status, 400)
      assert.strictEqual(
        (yield* admin.delete(`${bundle(master)}/children/${c}`)).body.error.message,
        "Ticket is not bundled"
      )
      assert.strictEqual((yield* admin.get(bundle("abc"))).status, 400)
      assert.strictEqual((yield* admin.delete(`${bundle(master)}/children/abc`)).status, 400)
      assert.deepStrictEqual((yield* admin.delete(bundle(b))).body.data, { masterTicketId: b, childTicketIds: [] })
    })
  )

  it.effect("with sync_updates pass on status, assignee and priority, and lock them on the children", () =>
    Effect.gen(function* () {
      const { a, admin, b, board_id, bundle, id, master, statuses, ticket, user } = yield* desk
      const sql = yield* SqlClient.SqlClient
      const [elsewhere] = yield* sql<{ board_id: string; status_id: string }>`SELECT board_id, status_id FROM statuses
        WHERE tenant = ${id} AND board_id <> ${board_id} AND name = 'New' LIMIT 1`
      yield* sql`UPDATE statuses SET name = 'Finished' WHERE tenant = ${id} AND board_id = ${elsewhere!.board_id} AND name = 'Closed'`
      yield* sql`UPDATE tickets SET board_id = ${elsewhere!.board_id}, status_id = ${elsewhere!.status_id}
        WHERE tenant = ${id} AND ticket_id = ${b}`
      yield* admin.post(bundle(master), { child_ticket_ids: [a, b] })
      yield* admin.put(`/api/v1/tickets/${master}`, { status_id: statuses["In Progress"], assigned_to: user.user_id })
      assert.deepInclude(yield* ticket(a), {
        status_id: statuses["In Progress"],
        assigned_to: user.user_id,
        is_closed: false
      })
      assert.deepInclude(yield* ticket(b), {
        status_name: "In Progress",
        board_id: elsewhere!.board_id,
        assigned_to: user.user_id
      })
      yield* admin.put(`/api/v1/tickets/${master}/status`, { status_id: statuses["Closed"] })
      assert.deepInclude(yield* ticket(a), { status_name: "Closed", is_closed: true, closed_by: user.user_id })
      assert.deepInclude(yield* ticket(b), { is_closed: true, status_is_closed: true, closed_by: user.user_id })
      yield* admin.put(`/api/v1/tickets/${master}/status`, { status_id: statuses["New"] })
      assert.deepInclude(yield* ticket(b), { status_name: "New", is_closed: false, closed_at: null })
      const locked = yield* admin.put(`/api/v1/tickets/${a}/status`, { status_id: statuses["Closed"] })
      assert.deepStrictEqual(
        [locked.status, locked.body.error.details],
        [409, { code: "BUNDLED_FIELDS_LOCKED", fields: ["status_id"], master_ticket_id: master }]
      )
      assert.strictEqual((yield* admin.put(`/api/v1/tickets/${a}/assignment`, { assigned_to: null })).status, 409)
      assert.strictEqual((yield* admin.put(`/api/v1/tickets/${a}`, { title: "Own title" })).status, 200)
      assert.strictEqual((yield* ticket(master)).title === "Own title", false)
    })
  )

  it.effect("with link_only do none of it", () =>
    Effect.gen(function* () {
      const { a, admin, bundle, master, statuses, ticket } = yield* desk
      yield* admin.post(bundle(master), { child_ticket_ids: [a], mode: "link_only" })
      yield* admin.put(`/api/v1/tickets/${master}/status`, { status_id: statuses["Closed"] })
      assert.deepInclude(yield* ticket(a), { status_name: "New", is_closed: false })
      yield* admin.post(`/api/v1/tickets/${master}/comments`, { comment_text: "Only here" })
      assert.deepStrictEqual((yield* admin.get(`/api/v1/tickets/${a}/comments`)).body.data, [])
      assert.strictEqual(
        (yield* admin.put(`/api/v1/tickets/${a}/status`, { status_id: statuses["Closed"] })).status,
        200
      )
      const settings = yield* admin.put(`${bundle(master)}/settings`, { mode: "sync_updates" })
      assert.deepStrictEqual(settings.body.data, {
        master_ticket_id: master,
        mode: "sync_updates",
        reopen_on_child_reply: false
      })
      assert.strictEqual((yield* admin.put(`/api/v1/tickets/${a}/status`, { status_id: statuses["New"] })).status, 409)
      assert.strictEqual((yield* admin.put(`${bundle(master)}/settings`, {})).status, 400)
    })
  )

  it.effect("copy the master's public comments to the children once", () =>
    Effect.gen(function* () {
      const { a, admin, b, bundle, master } = yield* desk
      yield* admin.post(bundle(master), { child_ticket_ids: [a, b] })
      const said = yield* admin.post(`/api/v1/tickets/${master}/comments`, {
        comment_text: "We are on it",
        is_resolution: true
      })
      yield* admin.post(`/api/v1/tickets/${master}/comments`, { comment_text: "Among us", is_internal: true })
      const copies = (yield* admin.get(`/api/v1/tickets/${a}/comments`)).body.data
      assert.strictEqual(copies.length, 1)
      assert.deepInclude(copies[0], {
        comment_text: "We are on it",
        is_system_generated: true,
        author_type: "unknown",
        user_id: null,
        is_resolution: true
      })
      assert.strictEqual((yield* admin.get(`/api/v1/tickets/${b}/comments`)).body.data.length, 1)
      const path = `/api/v1/tickets/${a}/comments/${copies[0].comment_id}`
      assert.strictEqual((yield* admin.put(path, { comment_text: "Changed" })).status, 400)
      yield* admin.put(`/api/v1/tickets/${master}/comments/${said.body.data.comment_id}`, {
        comment_text: "We fixed it"
      })
      assert.strictEqual((yield* admin.get(`/api/v1/tickets/${a}/comments`)).body.data[0].comment_text, "We fixed it")
    })
  )

  it.effect("reopen a closed master on a child's public reply, if so set", () =>
    Effect.gen(function* () {
      const { a, admin, b, bundle, master, statuses, ticket } = yield* desk
      yield* admin.post(bundle(master), { child_ticket_ids: [a, b] })
      yield* admin.put(`/api/v1/tickets/${master}/status`, { status_id: statuses["Closed"] })
      yield* admin.post(`/api/v1/tickets/${a}/comments`, { comment_text: "Still broken" })
      assert.strictEqual((yield* ticket(master)).is_closed, true)
      yield* admin.put(`${bundle(master)}/settings`, { reopen_on_child_reply: true })
      yield* admin.post(`/api/v1/tickets/${a}/comments`, { comment_text: "Among us", is_internal: true })
      assert.strictEqual((yield* ticket(master)).is_closed, true)
      yield* admin.post(`/api/v1/tickets/${a}/comments`, { comment_text: "Still broken!" })
      assert.deepInclude(yield* ticket(master), {
        is_closed: false,
        status_name: "New",
        closed_at: null,
        closed_by: null
      })
      assert.deepInclude(yield* ticket(b), { is_closed: false, status_name: "New" })
    })
  )

  it.effect("promote a child", () =>
    Effect.gen(function* () {
      const { a, admin, b, bundle, c, master } = yield* desk
      yield* admin.post(bundle(master), { child_ticket_ids: [a, b], mode: "link_only" })
      const promote = (from: string, to: unknown) =>
        Effect.map(admin.post(`${bundle(from)}/promote`, { new_master_ticket_id: to }), ({ body, status }) => [
          status,
          body.data ?? body.error.message
        ])
      assert.deepStrictEqual(yield* promote(master, master), [
        400,
        "New master ticket must be different from the current master."
      ])
      assert.deepStrictEqual(yield* promote(master, c), [
        400,
        "New master ticket must be a child of the current master"
      ])
      assert.deepStrictEqual(yield* promote(master, nobody), [404, "New master ticket not found"])
      assert.deepStrictEqual(yield* promote(a, b), [400, "Old master ticket is not a master"])
      assert.deepStrictEqual(yield* promote(master, a), [200, { oldMasterTicketId: master, newMasterTicketId: a }])
      const seen = (yield* admin.get(bundle(a))).body.data
      assert.deepStrictEqual([seen.role, seen.settings.mode], ["master", "link_only"])
      assert.sameMembers(
        seen.children.map(({ ticket_id }: { ticket_id: string }) => ticket_id),
        [master, b]
      )
    })
  )

  it.effect("stay sound when one of their tickets is deleted", () =>
    Effect.gen(function* () {
      const { a, admin, b, bundle, c, master } = yield* desk
      const sql = yield* SqlClient.SqlClient
      yield* admin.post(bundle(master), { child_ticket_ids: [a, b] })
      assert.strictEqual((yield* admin.delete(`/api/v1/tickets/${a}`)).status, 204)
      assert.strictEqual((yield* admin.get(bundle(master))).body.data.children.length, 1)
      assert.strictEqual((yield* admin.delete(`/api/v1/tickets/${b}`)).status, 204)
      assert.deepInclude((yield* admin.get(bundle(master))).body.data, { role: "standalone", settings: null })
      yield* admin.post(bundle(master), { child_ticket_ids: [c] })
      assert.strictEqual((yield* admin.delete(`/api/v1/tickets/${master}`)).status, 204)
      assert.deepInclude((yield* admin.get(bundle(c))).body.data, {
        role: "standalone",
        master_ticket_id: c,
        settings: null
      })
      const left = yield* sql`SELECT 1 FROM ticket_bundle_settings WHERE master_ticket_id IN (${master}, ${c})`
      assert.strictEqual(left.length, 0)
    })
  )

  it.effect("hold when two requests want the same child at once", () =>
    Effect.gen(function* () {
      const { a, admin, b, bundle, c } = yield* desk
      for (let round = 0; round < 5; round++) {
        const answers = yield* Effect.all(
          [admin.post(bundle(a), { child_ticket_ids: [c] }), admin.post(bundle(b), { child_ticket_ids: [c] })],
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(answers.map(({ status }) => status).sort(), [201, 409])
        const { master_ticket_id } = (yield* admin.get(bundle(c))).body.data
        assert.strictEqual((yield* admin.delete(bundle(master_ticket_id))).status, 200)
      }
    })
  )

  it.effect("hold when two tickets bundle each other at once", () =>
    Effect.gen(function* () {
      const { a, admin, b, bundle } = yield* desk
      for (let round = 0; round < 5; round++) {
        const answers = yield* Effect.all(
          [admin.post(bundle(a), { child_ticket_ids: [b] }), admin.post(bundle(b), { child_ticket_ids: [a] })],
          { concurrency: "unbounded" }
        )
        const statuses = answers.map(({ status }) => status).sort()
        assert.strictEqual(statuses[0], 201)
        assert.include([400, 409], statuses[1])
        const { master_ticket_id } = (yield* admin.get(bundle(a))).body.data
        assert.deepStrictEqual((yield* admin.delete(bundle(master_ticket_id))).body.data.childTicketIds.length, 1)
      }
    })
  )

  it.effect("hold while their tickets change from all sides", () =>
    Effect.gen(function* () {
      const { a, admin, b, bundle, c, id, master, statuses } = yield* desk
      const sql = yield* SqlClient.SqlClient
      const both = [statuses["Closed"], statuses["In Progress"]]
      const storm = Array.from({ length: 12 }, (_, n) => [
        admin.post(bundle(n % 2 === 0 ? master : b), { child_ticket_ids: [a, c] }),
        admin.put(`/api/v1/tickets/${master}/status`, { status_id: both[n % 2] }),
        admin.put(`/api/v1/tickets/${a}/status`, { status_id: both[(n + 1) % 2] }),
        admin.post(`/api/v1/tickets/${n % 3 === 0 ? master : c}/comments`, { comment_text: `Round ${n}` }),
        admin.post(`${bundle(master)}/promote`, { new_master_ticket_id: a }),
        admin.delete(bundle(n % 2 === 0 ? b : a))
      ]).flat()
      const answers = yield* Effect.all(storm, { concurrency: "unbounded" })
      assert.deepStrictEqual(
        answers.filter(({ status }) => status >= 500),
        []
      )
      const unsound = yield* sql`SELECT t.ticket_id FROM tickets t
        LEFT JOIN tickets m ON m.tenant = t.tenant AND m.ticket_id = t.master_ticket_id
        LEFT JOIN ticket_bundle_settings s ON s.tenant = t.tenant AND s.master_ticket_id = t.master_ticket_id
        WHERE t.tenant = ${id} AND t.master_ticket_id IS NOT NULL AND (m.master_ticket_id IS NOT NULL OR s.tenant IS NULL)`
      assert.deepStrictEqual(unsound, [])
      const idle =
        yield* sql`SELECT s.master_ticket_id FROM ticket_bundle_settings s WHERE s.tenant = ${id} AND NOT EXISTS
        (SELECT FROM tickets t WHERE t.tenant = s.tenant AND t.master_ticket_id = s.master_ticket_id)`
      assert.deepStrictEqual(idle, [])
    })
  )

  it.effect("belong to their tenant, and to those who may change tickets", () =>
    Effect.gen(function* () {
      const ours = yield* desk
      const theirs = yield* desk
      assert.strictEqual(
        (yield* ours.admin.post(ours.bundle(ours.master), { child_ticket_ids: [theirs.a] })).status,
        404
      )
      assert.strictEqual((yield* ours.admin.get(ours.bundle(theirs.master))).status, 404)
      const finance = yield* ours.as("partner-admin")
      assert.strictEqual((yield* finance.get(ours.bundle(ours.master))).status, 403)
      assert.strictEqual((yield* finance.post(ours.bundle(ours.master), {})).status, 403)
    })
  )
})
