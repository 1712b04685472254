/** Checklists of tickets, over HTTP and PostgreSQL. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { Actor } from "../../src/domain/Actor.ts"
import { ChecklistService } from "../../src/services/ChecklistService.ts"
import { makeTicket, makeUser } from "../support/fixtures.ts"
import { makeTenant, suite } from "../support/service.ts"

const nobody = "00000000-0000-4000-8000-000000000000"

const desk = Effect.gen(function* () {
  const tenant = yield* makeTenant
  const ticket = yield* makeTicket(tenant)
  return { ...tenant, ticket, path: `/api/v1/tickets/${ticket}/checklist` }
})

interface Item {
  readonly item_name: string
  readonly order_number: number
}

const brief = (items: ReadonlyArray<Item>) => items.map(({ item_name, order_number }) => [order_number, item_name])

/** What happened to the items of a ticket. */
const told = Effect.fnUntraced(function* (ticket: string) {
  const sql = yield* SqlClient.SqlClient
  const events = yield* sql<{
    readonly event_type: string
    readonly user_id: string
    readonly payload: { readonly item: { readonly id: string; readonly name: string }; readonly changes?: unknown }
  }>`SELECT event_type, user_id, payload FROM events WHERE entity_type = 'ticket' AND entity_id = ${ticket}
    AND event_type LIKE 'TICKET_CHECKLIST%' ORDER BY event_id`
  return events.map(({ event_type, payload }) => [
    event_type.replace("TICKET_CHECKLIST_ITEM_", ""),
    payload.item.name,
    payload.changes
  ])
})

suite("ticket checklists", (it) => {
  it.effect("grow at the end, and are listed in order", () =>
    Effect.gen(function* () {
      const { admin, path, ticket } = yield* desk
      assert.deepStrictEqual((yield* admin.get(path)).body, { data: [] })
      const added = yield* admin.post(path, { item_name: "  Call back ", description: "By noon", is_required: false })
      assert.strictEqual(added.status, 201, JSON.stringify(added.body))
      const { checklist_item_id, created_at, updated_at, ...rest } = added.body.data
      assert.strictEqual(created_at, updated_at)
      assert.deepStrictEqual(rest, {
        ticket_id: ticket,
        item_name: "Call back",
        description: "By noon",
        order_number: 1,
        assigned_to: null,
        is_required: false,
        completed: false,
        completed_by: null,
        completed_at: null,
        completed_by_name: null,
        source: "manual",
        template_id: null
      })
      const plain = yield* admin.post(path, { item_name: "Write it down", description: null })
      assert.deepInclude(plain.body.data, { order_number: 2, is_required: true, description: null })
      const listed = (yield* admin.get(path)).body.data
      assert.deepStrictEqual(listed, [added.body.data, plain.body.data])
      assert.strictEqual(listed[0].checklist_item_id, checklist_item_id)
    })
  )

  it.effect("give each item a place of its own, however many are added at once", () =>
    Effect.gen(function* () {
      const { admin, path } = yield* desk
      const names = Array.from({ length: 8 }, (_, index) => `Item ${index}`)
      const answers = yield* Effect.all(
        names.map((item_name) => admin.post(path, { item_name })),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(
        answers.map(({ status }) => status),
        names.map(() => 201)
      )
      const listed: ReadonlyArray<Item> = (yield* admin.get(path)).body.data
      assert.deepStrictEqual(
        listed.map(({ order_number }) => order_number),
        [1, 2, 3, 4, 5, 6, 7, 8]
      )
    })
  )

  it.effect("note who completed an item, and forget it when it is reopened", () =>
    Effect.gen(function* () {
      const { admin, as, path, ticket, user } = yield* desk
      const { checklist_item_id } = (yield* admin.post(path, { item_name: "Reboot" })).body.data
      const own = `${path}/${checklist_item_id}`
      const patch = (completed: unknown) => admin.send("PATCH", own, { completed })
      const done = yield* patch(true)
      assert.strictEqual(done.status, 200, JSON.stringify(done.body))
      assert.deepInclude(done.body.data, { completed: true, completed_by: user.user_id })
      assert.isNotNull(done.body.data.completed_at)
      assert.strictEqual(done.body.data.completed_by_name, user.username)
      // Whoever completes what is completed changes nothing.
      const technician = yield* as("Technician")
      assert.deepStrictEqual((yield* technician.send("PATCH", own, { completed: true })).body, done.body)
      const open = yield* patch(false)
      assert.deepInclude(open.body.data, {
        completed: false,
        completed_by: null,
        completed_at: null,
        completed_by_name: null
      })
      assert.strictEqual((yield* patch(false)).status, 200)
      assert.strictEqual((yield* patch("yes")).status, 400)
      assert.deepStrictEqual(yield* told(ticket), [
        ["ADDED", "Reboot", undefined],
        ["COMPLETED", "Reboot", { completed: { old: false, new: true } }],
        ["REOPENED", "Reboot", { completed: { old: true, new: false } }]
      ])
    })
  )

  it.effect("complete an item once, whoever is first", () =>
    Effect.gen(function* () {
      const { admin, path, ticket } = yield* desk
      const { checklist_item_id } = (yield* admin.post(path, { item_name: "Reboot" })).body.data
      const answers = yield* Effect.all(
        [1, 2, 3, 4].map(() => admin.send("PATCH", `${path}/${checklist_item_id}`, { completed: true })),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(new Set(answers.map(({ body }) => body.data.completed_at)).size, 1)
      assert.deepStrictEqual(
        (yield* told(ticket)).map(([what]) => what),
        ["ADDED", "COMPLETED"]
      )
    })
  )

  it.effect("have items that are changed, given to somebody, moved and removed", () =>
    Effect.gen(function* () {
      const tenant = yield* desk
      const { admin, path, ticket } = tenant
      const first = (yield* admin.post(path, { item_name: "First" })).body.data
      yield* admin.post(path, { item_name: "Second" })
      const own = `${path}/${first.checklist_item_id}`
      const assignee = yield* makeUser(tenant)
      const moved = yield* admin.put(own, {
        item_name: "Last",
        description: "After all others",
        is_required: false,
        assigned_to: assignee.toUpperCase(),
        order_number: 7,
        nonsense: 1
      })
      assert.deepStrictEqual([moved.status, moved.body.meta], [200, { ignored: ["nonsense"] }])
      assert.deepInclude(moved.body.data, {
        item_name: "Last",
        description: "After all others",
        is_required: false,
        assigned_to: assignee,
        order_number: 7,
        completed: false
      })
      assert.deepStrictEqual(brief((yield* admin.get(path)).body.data), [
        [2, "Second"],
        [7, "Last"]
      ])
      assert.strictEqual((yield* admin.post(path, { item_name: "Third" })).body.data.order_number, 8)
      // What is as it was is no change.
      assert.deepStrictEqual(
        (yield* admin.put(own, { item_name: "Last", assigned_to: assignee.toUpperCase() })).body.data,
        moved.body.data
      )
      assert.deepStrictEqual((yield* admin.put(own, {})).body.data, moved.body.data)
      assert.strictEqual((yield* admin.put(own, { assigned_to: null })).body.data.assigned_to, null)
      assert.strictEqual((yield* admin.delete(own)).status, 204)
      assert.strictEqual((yield* admin.delete(own)).status, 404)
      assert.deepStrictEqual(brief((yield* admin.get(path)).body.data), [
        [2, "Second"],
        [8, "Third"]
      ])
      assert.deepStrictEqual(yield* told(ticket), [
        ["ADDED", "First", undefined],
        ["ADDED", "Second", undefined],
        [
          "CHANGED",
          "Last",
          {
            item_name: { old: "First", new: "Last" },
            description: { old: null, new: "After all others" },
            is_required: { old: true, new: false },
            assigned_to: { old: null, new: assignee },
            order_number: { old: 1, new: 7 }
          }
        ],
        ["ADDED", "Third", undefined],
        ["CHANGED", "Last", { assigned_to: { old: assignee, new: null } }],
        ["REMOVED", "Last", undefined]
      ])
    })
  )

  it.effect("are given to active colleagues only", () =>
    Effect.gen(function* () {
      const tenant = yield* desk
      const { admin, path } = tenant
      const stranger = yield* makeTenant
      const { checklist_item_id } = (yield* admin.post(path, { item_name: "Reboot" })).body.data
      for (const assigned_to of [
        nobody,
        stranger.user.user_id,
        yield* makeUser(tenant, { is_inactive: true }),
        yield* makeUser(tenant, { user_type: "client" })
      ]) {
        const { body, status } = yield* admin.put(`${path}/${checklist_item_id}`, { assigned_to, item_name: "Other" })
        assert.deepStrictEqual(
          [status, body.error.details],
          [400, [{ path: ["assigned_to"], message: "Active user not found" }]]
        )
      }
      assert.deepInclude((yield* admin.get(path)).body.data[0], { item_name: "Reboot", assigned_to: null })
    })
  )

  it.effect("refuse what they do not know, and what is no item", () =>
    Effect.gen(function* () {
      const { admin, path } = yield* desk
      const { checklist_item_id } = (yield* admin.post(path, { item_name: "Reboot" })).body.data
      const own = `${path}/${checklist_item_id}`
      const unknown = yield* admin.post(path, { item_name: "x", completed: true, order_number: 3 })
      assert.deepStrictEqual(
        [unknown.status, unknown.body.error],
        [
          400,
          {
            code: "VALIDATION_ERROR",
            message: "Validation failed",
            details: [
              { path: ["completed"], message: "Unknown to this endpoint" },
              { path: ["order_number"], message: "Unknown to this endpoint" }
            ]
          }
        ]
      )
      const patched = yield* admin.send("PATCH", own, { completed: true, item_name: "x" })
      assert.deepStrictEqual([patched.status, patched.body.error.details[0].path], [400, ["item_name"]])
      // The body alone is strict.
      const query = yield* admin.send("PATCH", `${own}?colour=red`, { completed: false })
      assert.deepStrictEqual([query.status, query.body.meta], [200, { ignored: ["colour"] }])
      for (const body of [{}, { item_name: " " }, { item_name: 1 }, { item_name: "x", is_required: null }]) {
        assert.strictEqual((yield* admin.post(path, body)).status, 400, JSON.stringify(body))
      }
      assert.strictEqual((yield* admin.put(own, { item_name: "" })).status, 400)
      assert.strictEqual((yield* admin.put(own, { order_number: -1 })).status, 400)
      const malformed = yield* admin.send("PATCH", `${path}/abc`, { completed: true })
      assert.deepStrictEqual(
        [malformed.status, malformed.body.error.message],
        [400, "Invalid checklist item ID format"]
      )
      assert.strictEqual((yield* admin.get(path)).body.data.length, 1)
    })
  )

  it.effect("are their ticket's, and their tenant's", () =>
    Effect.gen(function* () {
      const tenant = yield* desk
      const { admin, as, path } = tenant
      const other = `/api/v1/tickets/${yield* makeTicket(tenant)}/checklist`
      const { checklist_item_id } = (yield* admin.post(path, { item_name: "Reboot" })).body.data
      const stranger = yield* makeTenant
      const statuses = (who: typeof admin, list: string, item = checklist_item_id) =>
        Effect.map(
          Effect.all([
            who.send("PATCH", `${list}/${item}`, { completed: true }),
            who.put(`${list}/${item}`, { item_name: "Mine" }),
            who.delete(`${list}/${item}`)
          ]),
          (answers) => answers.map(({ status }) => status)
        )
      assert.deepStrictEqual(yield* statuses(admin, other), [404, 404, 404])
      assert.deepStrictEqual(yield* statuses(admin, path, nobody), [404, 404, 404])
      assert.deepStrictEqual(yield* statuses(admin, `/api/v1/tickets/${nobody}/checklist`), [404, 404, 404])
      assert.deepStrictEqual(yield* statuses(stranger.admin, path), [404, 404, 404])
      assert.strictEqual((yield* stranger.admin.get(path)).status, 404)
      assert.strictEqual((yield* stranger.admin.post(path, { item_name: "x" })).status, 404)
      const outsider = yield* as("partner-admin")
      assert.strictEqual((yield* outsider.get(path)).status, 403)
      assert.deepStrictEqual(yield* statuses(outsider, path), [403, 403, 403])
      assert.deepStrictEqual(brief((yield* admin.get(path)).body.data), [[1, "Reboot"]])
    })
  )

  it.effect("are for those who may read the ticket", () =>
    Effect.gen(function* () {
      const { tenant, ticket, user } = yield* desk
      const narrowed = {
        tenant: tenant.tenant,
        userId: user.user_id,
        userType: "internal" as const,
        apiKeyId: undefined,
        permissions: new Set(["ticket:read", "ticket:update"] as const),
        scopes: { "ticket:read": [{ template: "own" }] as const }
      }
      const [reading, adding] = yield* Effect.gen(function* () {
        const checklists = yield* ChecklistService
        return yield* Effect.all([
          Effect.flip(checklists.list(ticket)),
          Effect.flip(checklists.add(ticket, { item_name: "x" }))
        ])
      }).pipe(Effect.provide(ChecklistService.layer), Effect.provideService(Actor, narrowed))
      assert.deepStrictEqual([reading._tag, adding._tag], ["Forbidden", "Forbidden"])
    })
  )

  it.effect("get an item once for each key that a request is sent again with", () =>
    Effect.gen(function* () {
      const { admin, path } = yield* desk
      const send = admin.post(path, { item_name: "Once" }, { "idempotency-key": "checklist-1" })
      const first = yield* send
      const again = yield* send
      assert.deepStrictEqual(again.body, first.body)
      assert.strictEqual(again.headers.get("idempotency-replayed"), "true")
      assert.strictEqual((yield* admin.get(path)).body.data.length, 1)
    })
  )

  it.effect("go with their ticket, and lose an assignee who is deleted", () =>
    Effect.gen(function* () {
      const tenant = yield* desk
      const { admin, path, ticket } = tenant
      const sql = yield* SqlClient.SqlClient
      const assigned_to = yield* makeUser(tenant)
      const { checklist_item_id } = (yield* admin.post(path, { item_name: "Reboot" })).body.data
      yield* admin.put(`${path}/${checklist_item_id}`, { assigned_to })
      yield* sql`DELETE FROM users WHERE tenant = ${tenant.tenant.tenant} AND user_id = ${assigned_to}`
      assert.strictEqual((yield* admin.get(path)).body.data[0].assigned_to, null)
      assert.strictEqual((yield* admin.delete(`/api/v1/tickets/${ticket}`)).status, 204)
      const left = yield* sql`SELECT 1 FROM ticket_checklist_items WHERE ticket_id = ${ticket}`
      assert.strictEqual(left.length, 0)
    })
  )
})
