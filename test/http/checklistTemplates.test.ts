/** Templates of checklists, and the tickets that get them, over HTTP and PostgreSQL. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { newId } from "../../src/services/ids.ts"
import { makeClient, makeTicket, references } from "../support/fixtures.ts"
import { type Client, makeTenant, suite, type TestTenant } from "../support/service.ts"

const nobody = "00000000-0000-4000-8000-000000000000"
const path = "/api/v1/checklist-templates"
const none = { board_id: null, category_id: null, subcategory_id: null, priority_id: null }

/** A category of the tenant's default board, or of another; its id. */
const makeCategory = Effect.fnUntraced(function* (
  owner: TestTenant,
  values: { readonly parent_category?: string; readonly board_id?: string } = {}
) {
  const sql = yield* SqlClient.SqlClient
  const { board_id } = yield* references(owner)
  const category_id = newId()
  yield* sql`INSERT INTO categories
    ${sql.insert({ tenant: owner.tenant.tenant, category_id, category_name: `Category ${category_id}`, board_id, ...values })}`
  return category_id
}, Effect.orDie)

const named = (items: ReadonlyArray<{ readonly item_name: string }>) => items.map(({ item_name }) => item_name)

const checklistOf = (client: Client, ticket: string) =>
  Effect.map(client.get(`/api/v1/tickets/${ticket}/checklist`), ({ body }) => body.data)

suite("checklist templates", (it) => {
  it.effect("are created, read, changed and deleted", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const { admin, user } = tenant
      const { board_id, priority_id } = yield* references(tenant)
      const created = yield* admin.post(path, {
        template_name: " New workstation ",
        description: "From the box",
        items: [{ item_name: "Label it", is_required: false, order_number: 9 }, { item_name: " Update " }],
        rules: [{ board_id }, { priority_id, is_enabled: false }],
        nonsense: 1
      })
      assert.strictEqual(created.status, 201, JSON.stringify(created.body))
      assert.deepStrictEqual(created.body.meta, { ignored: ["nonsense"] })
      const { created_at, rules, template_id, updated_at, ...rest } = created.body.data
      assert.strictEqual(created_at, updated_at)
      assert.deepStrictEqual(rest, {
        template_name: "New workstation",
        description: "From the box",
        is_active: true,
        items: [
          { item_name: "Update", description: null, is_required: true, order_number: 2 },
          { item_name: "Label it", description: null, is_required: false, order_number: 9 }
        ],
        created_by: user.user_id
      })
      assert.deepStrictEqual(rules, [
        { rule_id: rules[0].rule_id, ...none, board_id, is_enabled: true },
        { rule_id: rules[1].rule_id, ...none, priority_id, is_enabled: false }
      ])
      const one = `${path}/${template_id}`
      assert.deepStrictEqual((yield* admin.get(one)).body.data, created.body.data)
      const listed = yield* admin.get(path)
      assert.deepStrictEqual([listed.body.data, listed.body.pagination.total], [[created.body.data], 1])
      // What comes back as it was read is no change.
      assert.deepStrictEqual((yield* admin.put(one, created.body.data)).body.data, created.body.data)
      const changed = yield* admin.put(one, { is_active: false, items: [{ item_name: "Unpack" }] })
      assert.deepInclude(changed.body.data, {
        template_name: "New workstation",
        is_active: false,
        items: [{ item_name: "Unpack", description: null, is_required: true, order_number: 1 }],
        rules
      })
      assert.deepStrictEqual((yield* admin.put(one, { rules: [], description: null })).body.data.rules, [])
      assert.strictEqual((yield* admin.delete(one)).status, 204)
      assert.strictEqual((yield* admin.delete(one)).status, 404)
      assert.strictEqual((yield* admin.get(one)).status, 404)
      const sql = yield* SqlClient.SqlClient
      const events = yield* sql<{ readonly event_type: string; readonly payload: { readonly changes?: object } }>`
        SELECT event_type, payload FROM events WHERE entity_type = 'checklist_template' AND entity_id = ${template_id}
        ORDER BY event_id`
      assert.deepStrictEqual(
        events.map(({ event_type, payload }) => [event_type, Object.keys(payload.changes ?? {}).sort()]),
        [
          ["CHECKLIST_TEMPLATE_CREATED", []],
          ["CHECKLIST_TEMPLATE_UPDATED", ["is_active", "items"]],
          ["CHECKLIST_TEMPLATE_UPDATED", ["description", "rules"]],
          ["CHECKLIST_TEMPLATE_DELETED", []]
        ]
      )
    })
  )

  it.effect("are listed by name, found, and told apart by whether they are active", () =>
    Effect.gen(function* () {
      const { admin } = yield* makeTenant
      for (const [template_name, is_active] of [
        ["Server", true],
        ["Laptop", false],
        ["Printer", true]
      ] as const) {
        yield* admin.post(path, { template_name, is_active })
      }
      const found = (query: string) =>
        Effect.map(admin.get(path + query), ({ body }) =>
          body.data.map((template: { template_name: string }) => template.template_name)
        )
      assert.deepStrictEqual(yield* found(""), ["Laptop", "Printer", "Server"])
      assert.deepStrictEqual(yield* found("?is_active=false"), ["Laptop"])
      assert.deepStrictEqual(yield* found("?search=INT"), ["Printer"])
      assert.deepStrictEqual(yield* found("?sort=created_at&order=desc&limit=2"), ["Printer", "Laptop"])
    })
  )

  it.effect("say what is wrong with a request, and keep nothing of it", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const { admin } = tenant
      const stranger = yield* makeTenant
      const { board_id } = yield* references(tenant)
      const theirs = yield* references(stranger)
      const [other] = (yield* admin.get("/api/v1/boards?search=project")).body.data
      const category_id = yield* makeCategory(tenant)
      const elsewhere = yield* makeCategory(tenant, { board_id: other.board_id })
      const child = yield* makeCategory(tenant, { parent_category: category_id })
      const { template_id } = (yield* admin.post(path, { template_name: "Server", rules: [{ board_id }] })).body.data
      const before = (yield* admin.get(`${path}/${template_id}`)).body.data
      const taken = yield* admin.post(path, { template_name: "SERVER" })
      assert.deepStrictEqual([taken.status, taken.body.error.code], [409, "CONFLICT"])
      const refused = Effect.fnUntraced(function* (...rules: ReadonlyArray<object>) {
        const { body, status } = yield* admin.put(`${path}/${template_id}`, {
          template_name: "Other",
          items: [],
          rules
        })
        const details: ReadonlyArray<{ path: ReadonlyArray<unknown>; message: string }> = body.error.details
        return [status, body.error.code, ...details.map(({ message, path }) => [path.slice(1).join("."), message])]
      })
      assert.deepStrictEqual(
        yield* refused(
          { board_id },
          { board_id: theirs.board_id, category_id: nobody },
          { priority_id: theirs.priority_id, subcategory_id: nobody }
        ),
        [
          400,
          "BAD_REQUEST",
          ["1.board_id", "Board not found"],
          ["1.category_id", "Category not found"],
          ["2.subcategory_id", "Category not found"],
          ["2.priority_id", "Priority not found"]
        ]
      )
      assert.deepStrictEqual(
        yield* refused({ board_id, category_id: elsewhere }, { category_id: elsewhere, subcategory_id: child }),
        [
          400,
          "VALIDATION_ERROR",
          ["0.category_id", "The category belongs to another board"],
          ["1.subcategory_id", "Its parent is not the selected category"]
        ]
      )
      assert.deepStrictEqual(yield* refused({ board_id: other.board_id, subcategory_id: child }), [
        400,
        "VALIDATION_ERROR",
        ["0.subcategory_id", "The category belongs to another board"]
      ])
      for (const body of [
        {},
        { template_name: " " },
        { template_name: "x", items: [{ item_name: "" }] },
        { template_name: "x", items: [{ item_name: "x", order_number: -1 }] },
        { template_name: "x", rules: [{ board_id: "abc" }] },
        { template_name: "x", items: Array.from({ length: 201 }, () => ({ item_name: "x" })) }
      ]) {
        assert.strictEqual((yield* admin.post(path, body)).status, 400, JSON.stringify(body).slice(0, 80))
      }
      const unknown = yield* admin.post(path, { template_name: "Laptop", rules: [{ board_id: nobody }] })
      assert.deepStrictEqual(unknown.body.error.details[0].path, ["rules", 0, "board_id"])
      assert.deepStrictEqual((yield* admin.get(path)).body.data, [before])
    })
  )

  it.effect("are for those who may change settings, in their own tenant", () =>
    Effect.gen(function* () {
      const { admin, as } = yield* makeTenant
      const stranger = yield* makeTenant
      const { template_id } = (yield* admin.post(path, { template_name: "Server" })).body.data
      const one = `${path}/${template_id}`
      assert.strictEqual((yield* stranger.admin.get(one)).status, 404)
      assert.strictEqual((yield* stranger.admin.put(one, { template_name: "Mine" })).status, 404)
      assert.strictEqual((yield* stranger.admin.delete(one)).status, 404)
      assert.deepStrictEqual((yield* stranger.admin.get(path)).body.data, [])
      // Another tenant's name is free.
      assert.strictEqual((yield* stranger.admin.post(path, { template_name: "Server" })).status, 201)
      const outsider = yield* as("partner-admin")
      const denied = yield* outsider.post(path, { template_name: "x" })
      assert.deepStrictEqual(
        [denied.status, denied.body.error.message],
        [403, "Permission denied: Cannot create ticket_settings"]
      )
      assert.strictEqual((yield* outsider.delete(one)).status, 403)
    })
  )

  it.effect("are changed one after the other, and as a whole", () =>
    Effect.gen(function* () {
      const { admin } = yield* makeTenant
      const { template_id } = (yield* admin.post(path, { template_name: "Server" })).body.data
      const lists = ["a", "b", "c", "d"].map((letter) => [1, 2, 3].map((number) => `${letter}${number}`))
      yield* Effect.all(
        lists.map((names) =>
          admin.put(`${path}/${template_id}`, { items: names.map((item_name) => ({ item_name })), rules: [{}] })
        ),
        { concurrency: "unbounded" }
      )
      const { items, rules } = (yield* admin.get(`${path}/${template_id}`)).body.data
      assert.deepInclude(lists, named(items))
      assert.strictEqual(rules.length, 1)
    })
  )

  it.effect("are applied to new tickets that one of their enabled rules fits, once each", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const { admin } = tenant
      const { board_id, priority_id } = yield* references(tenant)
      const category_id = yield* makeCategory(tenant)
      const subcategory_id = yield* makeCategory(tenant, { parent_category: category_id })
      const make = (template_name: string, rules: ReadonlyArray<object>, more: object = {}) =>
        admin.post(path, {
          template_name,
          rules,
          items: [
            { item_name: `${template_name} 2`, order_number: 2 },
            { item_name: `${template_name} 1`, order_number: 1 }
          ],
          ...more
        })
      const { template_id } = (yield* make("Every", [{}, { board_id }])).body.data
      yield* make("Category", [{ category_id: subcategory_id }, { board_id, category_id, priority_id }])
      yield* make("Subcategory", [{ category_id, subcategory_id }])
      yield* make("Disabled", [{ is_enabled: false }])
      yield* make("Inactive", [{}], { is_active: false })
      yield* make("No rules", [])
      const client_id = yield* makeClient(tenant)
      const create = (more: object) =>
        Effect.flatMap(
          admin.post("/api/v1/tickets", { title: "Printer", client_id, board_id, priority_id, ...more }),
          ({ body, status }) => {
            assert.strictEqual(status, 201, JSON.stringify(body))
            return checklistOf(admin, body.data.ticket_id)
          }
        )
      const plain = yield* create({})
      assert.deepStrictEqual(named(plain), ["Every 1", "Every 2"])
      assert.deepInclude(plain[0], { source: "template", template_id, order_number: 1, completed: false })
      assert.deepStrictEqual(named(yield* create({ category_id })), ["Every 1", "Every 2", "Category 1", "Category 2"])
      const whole = yield* create({ category_id, subcategory_id })
      assert.deepStrictEqual(named(whole), [
        "Every 1",
        "Every 2",
        "Category 1",
        "Category 2",
        "Subcategory 1",
        "Subcategory 2"
      ])
      assert.deepStrictEqual(
        whole.map(({ order_number }: { order_number: number }) => order_number),
        [1, 2, 3, 4, 5, 6]
      )
      // UUIDv7, like every id.
      assert.match(whole[0].checklist_item_id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab]/)
      assert.approximately(
        Number.parseInt(whole[0].checklist_item_id.slice(0, 13).replace("-", ""), 16),
        Date.now(),
        60_000
      )
    })
  )

  it.effect("reach the tickets of their tenant only, however these are made", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const stranger = yield* makeTenant
      yield* tenant.admin.post(path, { template_name: "Every", items: [{ item_name: "Look" }], rules: [{}] })
      const ticket = yield* makeTicket(tenant)
      const theirs = yield* makeTicket(stranger)
      assert.deepStrictEqual(named(yield* checklistOf(tenant.admin, ticket)), ["Look"])
      assert.deepStrictEqual(yield* checklistOf(stranger.admin, theirs), [])
      // Many tickets in one statement have a checklist each.
      const sql = yield* SqlClient.SqlClient
      yield* sql`INSERT INTO tickets (tenant, ticket_id, ticket_number, title, board_id, status_id, priority_id, client_id)
        SELECT tenant, gen_random_uuid(), 'MANY' || n, title, board_id, status_id, priority_id, client_id
        FROM tickets, generate_series(1, 20) n WHERE tenant = ${tenant.tenant.tenant}`
      const items = yield* sql`SELECT order_number FROM ticket_checklist_items WHERE tenant = ${tenant.tenant.tenant}`
      assert.deepStrictEqual(
        items.map(({ order_number }) => order_number),
        Array.from({ length: 21 }, () => 1)
      )
    })
  )

  it.effect("go on with their tickets' items when they are changed or deleted", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const { admin } = tenant
      const { body } = yield* admin.post(path, { template_name: "Every", items: [{ item_name: "Look" }], rules: [{}] })
      const ticket = yield* makeTicket(tenant)
      yield* admin.put(`${path}/${body.data.template_id}`, { items: [{ item_name: "Listen" }] })
      assert.deepStrictEqual(named(yield* checklistOf(admin, yield* makeTicket(tenant))), ["Listen"])
      assert.strictEqual((yield* admin.delete(`${path}/${body.data.template_id}`)).status, 204)
      const [item] = yield* checklistOf(admin, ticket)
      assert.deepInclude(item, { item_name: "Look", source: "template", template_id: null })
      assert.deepStrictEqual(yield* checklistOf(admin, yield* makeTicket(tenant)), [])
    })
  )

  it.effect("come and go while tickets are made, and no ticket fails for it", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const { admin } = tenant
      const { board_id, priority_id } = yield* references(tenant)
      const client_id = yield* makeClient(tenant)
      const comeAndGo = (name: string) =>
        Effect.gen(function* () {
          for (let round = 0; round < 6; round++) {
            const template = {
              template_name: name,
              items: [{ item_name: "a" }, { item_name: "b" }],
              rules: [{ board_id }]
            }
            const { body } = yield* admin.post(path, template)
            yield* admin.delete(`${path}/${body.data.template_id}`)
          }
          return []
        })
      const tickets = Array.from({ length: 40 }, (_, index) =>
        admin.post("/api/v1/tickets", { title: `Ticket ${index}`, client_id, board_id, priority_id })
      )
      const [answers] = yield* Effect.all(
        [Effect.all(tickets, { concurrency: 6 }), comeAndGo("One"), comeAndGo("Two")],
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual([...new Set(answers.map(({ status }) => status))], [201])
      for (const { body } of answers) {
        // All of a template's items, or none.
        const { length } = yield* checklistOf(admin, body.data.ticket_id)
        assert.strictEqual(length % 2, 0)
      }
    })
  )

  it.effect("lose the rules that ask for what is gone", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const { admin } = tenant
      const board = (yield* admin.post("/api/v1/boards", { board_name: "Short-lived" })).body.data.board_id
      const rules = [{ board_id: board }]
      const { template_id } = (yield* admin.post(path, { template_name: "Server", rules })).body.data
      assert.strictEqual((yield* admin.delete(`/api/v1/boards/${board}`)).status, 204)
      assert.deepStrictEqual((yield* admin.get(`${path}/${template_id}`)).body.data.rules, [])
    })
  )

  it.effect("are applied by hand, at the end of a ticket's checklist", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const { admin, as } = tenant
      const ticket = yield* makeTicket(tenant)
      const list = `/api/v1/tickets/${ticket}/checklist`
      const { template_id } = (yield* admin.post(path, {
        template_name: "Server",
        items: [
          { item_name: "Rack it", description: "Two people" },
          { item_name: "Label it", is_required: false }
        ]
      })).body.data
      yield* admin.post(list, { item_name: "Call back" })
      const technician = yield* as("Technician")
      const applied = yield* technician.post(`${list}/apply-template`, { template_id })
      assert.strictEqual(applied.status, 201, JSON.stringify(applied.body))
      assert.deepStrictEqual(applied.body.data, (yield* admin.get(list)).body.data)
      assert.deepStrictEqual(named(applied.body.data), ["Call back", "Rack it", "Label it"])
      assert.deepInclude(applied.body.data[1], {
        description: "Two people",
        is_required: true,
        order_number: 2,
        source: "template",
        template_id
      })
      assert.deepInclude(applied.body.data[2], { is_required: false, order_number: 3 })
      const again = yield* Effect.all(
        [1, 2].map(() => admin.post(`${list}/apply-template`, { template_id })),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(again.map(({ body }) => body.data.length).sort(), [5, 7])
      const orders = (yield* admin.get(list)).body.data.map(
        ({ order_number }: { order_number: number }) => order_number
      )
      assert.deepStrictEqual(orders, [1, 2, 3, 4, 5, 6, 7])
      const sql = yield* SqlClient.SqlClient
      const events = yield* sql<{
        readonly payload: { readonly item: { readonly name: string }; template_id?: string }
      }>`
        SELECT payload FROM events WHERE entity_id = ${ticket} AND event_type = 'TICKET_CHECKLIST_ITEM_ADDED'
        ORDER BY event_id LIMIT 3`
      assert.deepStrictEqual(
        events.map(({ payload }) => [payload.item.name, payload.template_id]),
        [
          ["Call back", undefined],
          ["Rack it", template_id],
          ["Label it", template_id]
        ]
      )
    })
  )

  it.effect("are not applied where they are not there, or not active", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const { admin } = tenant
      const stranger = yield* makeTenant
      const ticket = yield* makeTicket(tenant)
      const apply = `/api/v1/tickets/${ticket}/checklist/apply-template`
      const items = [{ item_name: "Rack it" }]
      const theirs = (yield* stranger.admin.post(path, { template_name: "Server", items })).body.data.template_id
      const off = (yield* admin.post(path, { template_name: "Server", items, is_active: false })).body.data.template_id
      for (const template_id of [nobody, theirs]) {
        const { body, status } = yield* admin.post(apply, { template_id })
        assert.deepStrictEqual(
          [status, body.error.details],
          [400, [{ path: ["template_id"], message: "Checklist template not found" }]]
        )
      }
      assert.strictEqual((yield* admin.post(apply, { template_id: off })).status, 409)
      assert.strictEqual((yield* admin.post(apply, {})).status, 400)
      assert.strictEqual((yield* stranger.admin.post(apply, { template_id: theirs })).status, 404)
      assert.deepStrictEqual(yield* checklistOf(admin, ticket), [])
    })
  )
})
