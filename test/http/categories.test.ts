/** Categories of tickets and of services, over HTTP and PostgreSQL. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { maxLevels } from "../../src/domain/Category.ts"
import { newId } from "../../src/services/ids.ts"
import { makeClient, makeTicket, references } from "../support/fixtures.ts"
import { type Answer, type Client, makeTenant, suite, type TestTenant } from "../support/service.ts"

const root = "/api/v1/categories"
const unbounded = { concurrency: "unbounded" } as const

type Fields = Readonly<Record<string, unknown>>

const names = ({ body }: Answer): ReadonlyArray<string> =>
  body.data.map(({ category_name }: { category_name: string }) => category_name)

const statuses = (answers: ReadonlyArray<Answer>) => answers.map(({ status }) => status).sort()

const statusesInOrder = (answers: ReadonlyArray<Answer>) => answers.map(({ status }) => status)

const issue = ({ body, status }: Answer) => [status, body.error.code, body.error.details[0].path]

/** A tenant, and a way to make categories on its default board. */
const withBoard = Effect.gen(function* () {
  const tenant = yield* makeTenant
  const { board_id } = yield* references(tenant)
  return { ...tenant, board_id, make: makingOn(tenant.admin, board_id), addBoard: addingBoards(tenant.admin) }
})

const makingOn =
  (client: Client, board_id: string) =>
  (category_name: string, fields: Fields = {}) =>
    Effect.map(client.post(`${root}/ticket`, { category_name, board_id, ...fields }), ({ body, status }) => {
      assert.strictEqual(status, 201, JSON.stringify(body))
      return body.data
    })

const addingBoards = (client: Client) => (board_name: string) =>
  Effect.map(client.post("/api/v1/boards", { board_name }), ({ body }): string => body.data.board_id)

const eventsOf = Effect.fnUntraced(function* ({ tenant: { tenant } }: TestTenant, entityType: string) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql`SELECT event_type, entity_id, payload FROM events
    WHERE tenant = ${tenant} AND entity_type = ${entityType} ORDER BY event_id`
  return rows.map(({ entity_id, event_type, payload }) => [event_type, entity_id, payload])
})

interface Node {
  readonly category_name: string
  readonly children: ReadonlyArray<Node>
}

/** A tree as text: `A(B C) D`. */
const shape = (nodes: ReadonlyArray<Node>): string =>
  nodes
    .map(({ category_name, children }) => category_name + (children.length === 0 ? "" : `(${shape(children)})`))
    .join(" ")

const treeOf = (client: Client, board: string) =>
  Effect.map(client.get(`${root}/ticket/tree/${board}`), ({ body }) => shape(body.data.tree))

suite("ticket categories", (it) => {
  it.effect("are created, read, changed and deleted, each with its place in the tree", () =>
    Effect.gen(function* () {
      const { admin, board_id, tenant, user } = yield* withBoard
      const created = yield* admin.post(`${root}/ticket`, { category_name: "  Hardware ", board_id, colour: "red" })
      assert.strictEqual(created.status, 201)
      const { category_id, created_at, ...hardware } = created.body.data
      assert.deepStrictEqual(hardware, {
        tenant: tenant.tenant,
        category_name: "Hardware",
        parent_category: null,
        board_id,
        display_order: 1,
        is_from_itil_standard: false,
        created_by: user.user_id,
        depth: 0,
        path: "Hardware",
        children_count: 0
      })
      assert.match(created_at, /^\d{4}-\d\d-\d\dT.*Z$/)
      assert.deepStrictEqual(created.body.meta, { ignored: ["colour"] })

      const child = yield* admin.post(`${root}/ticket`, {
        category_name: "Printers",
        board_id: board_id.toUpperCase(),
        parent_category: category_id.toUpperCase()
      })
      assert.deepInclude(child.body.data, {
        parent_category: category_id,
        display_order: 2,
        depth: 1,
        path: "Hardware > Printers"
      })
      const one = `${root}/ticket/${category_id}`
      assert.deepInclude((yield* admin.get(one)).body.data, { category_id, children_count: 1, depth: 0 })

      const renamed = yield* admin.put(one, { category_name: "Devices" })
      assert.deepInclude(renamed.body.data, { category_name: "Devices", path: "Devices", board_id, children_count: 1 })
      const below = `${root}/ticket/${child.body.data.category_id}`
      assert.strictEqual((yield* admin.get(below)).body.data.path, "Devices > Printers")
      assert.deepStrictEqual((yield* admin.put(one, {})).body.data, renamed.body.data)
      assert.strictEqual((yield* admin.delete(below)).status, 204)
      assert.strictEqual((yield* admin.delete(one)).status, 204)
      assert.deepStrictEqual(
        [(yield* admin.get(one)).status, (yield* admin.put(one, {})).status, (yield* admin.delete(one)).status],
        [404, 404, 404]
      )
    })
  )

  it.effect("have a name that no other of their board has, in whatever case, also when two come at once", () =>
    Effect.gen(function* () {
      const { addBoard, admin, board_id, make } = yield* withBoard
      const mail = yield* make("Mail")
      const again = yield* admin.post(`${root}/ticket`, {
        category_name: "MAIL",
        board_id,
        parent_category: mail.category_id
      })
      assert.deepStrictEqual([again.status, again.body.error.code], [409, "CONFLICT"])
      const other = yield* addBoard("Security")
      yield* makingOn(admin, other)("mail")
      const web = yield* make("Web")
      assert.strictEqual((yield* admin.put(`${root}/ticket/${web.category_id}`, { category_name: "mail" })).status, 409)
      assert.strictEqual(
        (yield* admin.put(`${root}/ticket/${mail.category_id}`, { category_name: "MAIL" })).status,
        200
      )
      const taken = yield* admin.put(`${root}/ticket/${mail.category_id}`, { board_id: other })
      assert.deepStrictEqual([taken.status, taken.body.error.code], [409, "CONFLICT"])
      const made = yield* Effect.all(
        ["VPN", "vpn", "Vpn", "vPN"].map((category_name) => admin.post(`${root}/ticket`, { category_name, board_id })),
        unbounded
      )
      assert.deepStrictEqual(statuses(made), [201, 409, 409, 409])
    })
  )

  it.effect("say what is wrong with a request", () =>
    Effect.gen(function* () {
      const { addBoard, admin, board_id, make } = yield* withBoard
      const post = (body: Fields) => admin.post(`${root}/ticket`, body)
      assert.deepStrictEqual(issue(yield* post({ board_id })), [400, "VALIDATION_ERROR", ["category_name"]])
      assert.deepStrictEqual(issue(yield* post({ category_name: "  ", board_id })), [
        400,
        "VALIDATION_ERROR",
        ["category_name"]
      ])
      assert.strictEqual((yield* post({ category_name: "x".repeat(256), board_id })).status, 400)
      assert.deepStrictEqual(issue(yield* post({ category_name: "Mail" })), [400, "VALIDATION_ERROR", ["board_id"]])
      assert.deepStrictEqual(issue(yield* post({ category_name: "Mail", board_id: newId() })), [
        400,
        "BAD_REQUEST",
        ["board_id"]
      ])
      const orphan = yield* post({ category_name: "Mail", board_id, parent_category: newId() })
      assert.deepStrictEqual([orphan.status, orphan.body.error.message], [404, "parent category not found"])
      const elsewhere = yield* makingOn(admin, yield* addBoard("Security"))("Phishing")
      const parent_category = elsewhere.category_id
      const strayed = yield* post({ category_name: "Mail", board_id, parent_category })
      assert.deepStrictEqual(issue(strayed), [400, "VALIDATION_ERROR", ["parent_category"]])
      const mail = yield* make("Mail")
      const moved = yield* admin.put(`${root}/ticket/${mail.category_id}`, { parent_category })
      assert.deepStrictEqual(issue(moved), [400, "VALIDATION_ERROR", ["parent_category"]])
      const bad = yield* admin.get(`${root}/ticket/abc`)
      assert.deepStrictEqual(bad.body.error, { code: "VALIDATION_ERROR", message: "Invalid category ID format" })
    })
  )

  it.effect("are never within themselves, also when two are moved at once", () =>
    Effect.gen(function* () {
      const { admin, board_id, make } = yield* withBoard
      const a = (yield* make("A")).category_id
      const b = (yield* make("B", { parent_category: a })).category_id
      const c = (yield* make("C", { parent_category: b })).category_id
      for (const parent_category of [a, b, c, c.toUpperCase()]) {
        const put = yield* admin.put(`${root}/ticket/${a}`, { parent_category })
        assert.deepStrictEqual(issue(put), [400, "VALIDATION_ERROR", ["parent_category"]])
        assert.match(put.body.error.details[0].message, /circular/)
        const moved = yield* admin.post(`${root}/ticket/move`, { category_id: a, new_parent_id: parent_category })
        assert.deepStrictEqual(issue(moved), [400, "VALIDATION_ERROR", ["new_parent_id"]])
      }
      assert.strictEqual(yield* treeOf(admin, board_id), "A(B(C))")
      for (let round = 0; round < 3; round++) {
        const x = (yield* make(`X${round}`)).category_id
        const y = (yield* make(`Y${round}`)).category_id
        const both = yield* Effect.all(
          [
            admin.put(`${root}/ticket/${x}`, { parent_category: y }),
            admin.post(`${root}/ticket/move`, { category_id: y, new_parent_id: x })
          ],
          unbounded
        )
        assert.deepStrictEqual(statuses(both), [200, 400])
      }
    })
  )

  it.effect("go as deep as what reads them", () =>
    Effect.gen(function* () {
      const { admin, board_id, make } = yield* withBoard
      const chain: Array<string> = []
      for (let level = 1; level <= maxLevels; level++) {
        chain.push((yield* make(`Level ${level}`, { parent_category: chain.at(-1) ?? null })).category_id)
      }
      const deeper = yield* admin.post(`${root}/ticket`, {
        category_name: "Too deep",
        board_id,
        parent_category: chain.at(-1)
      })
      assert.deepStrictEqual(issue(deeper), [400, "VALIDATION_ERROR", ["parent_category"]])
      const top = yield* make("Top")
      const pushed = yield* admin.post(`${root}/ticket/move`, { category_id: chain[0], new_parent_id: top.category_id })
      assert.deepStrictEqual(issue(pushed), [400, "VALIDATION_ERROR", ["new_parent_id"]])
      const rest = { category_id: chain[1], new_parent_id: top.category_id }
      assert.deepInclude((yield* admin.post(`${root}/ticket/move`, rest)).body.data, {
        depth: 1,
        path: "Top > Level 2"
      })
      const last = (yield* admin.get(`${root}/ticket/${chain.at(-1)}`)).body.data
      assert.strictEqual(last.depth, maxLevels - 1)
      assert.match(last.path, /^Top > Level 2 > .* > Level 20$/)
    })
  )

  it.effect("are listed by name, and by what they are filtered and ordered by", () =>
    Effect.gen(function* () {
      const { addBoard, admin, board_id, make } = yield* withBoard
      const mail = yield* make("Mail")
      yield* make("Calendar", { parent_category: mail.category_id })
      const outlook = yield* make("Outlook", { parent_category: mail.category_id })
      yield* make("Add-ins", { parent_category: outlook.category_id })
      const other = yield* addBoard("Security")
      yield* makingOn(admin, other)("Phishing mail")
      const found = (query: string) => Effect.map(admin.get(`${root}/ticket?${query}`), names)

      const all = yield* admin.get(`${root}/ticket`)
      assert.deepStrictEqual(names(all), ["Add-ins", "Calendar", "Mail", "Outlook", "Phishing mail"])
      assert.notProperty(all.body.data[0], "path")
      assert.deepStrictEqual(all.body.meta, { sort: "category_name", order: "asc", filters: {} })
      assert.deepStrictEqual(yield* found(`board_id=${other}`), ["Phishing mail"])
      assert.deepStrictEqual(yield* found(`parent_category=${mail.category_id}`), ["Calendar", "Outlook"])
      assert.deepStrictEqual(yield* found("search=MAIL"), ["Mail", "Phishing mail"])
      assert.deepStrictEqual(yield* found("search_term=mail"), ["Mail", "Phishing mail"])
      assert.deepStrictEqual(yield* found("search=%25"), [])
      assert.deepStrictEqual(yield* found("category_name=look"), ["Outlook"])
      assert.deepStrictEqual(yield* found("is_parent=true"), ["Mail", "Outlook"])
      assert.deepStrictEqual(yield* found("is_parent=false&is_child=true"), ["Add-ins", "Calendar"])
      assert.deepStrictEqual(yield* found("is_child=false"), ["Mail", "Phishing mail"])
      assert.deepStrictEqual(yield* found("depth=1"), ["Calendar", "Outlook"])
      assert.deepStrictEqual(yield* found("active=false"), [])
      assert.lengthOf(yield* found("active=true"), 5)
      assert.deepStrictEqual(yield* found(`board_id=${board_id}&sort=display_order&order=desc`), [
        "Add-ins",
        "Outlook",
        "Calendar",
        "Mail"
      ])
      assert.deepStrictEqual(yield* found(`board_id=${board_id}&sort_by=category_name&sort_order=desc&limit=2`), [
        "Outlook",
        "Mail"
      ])
      assert.strictEqual((yield* admin.get(`${root}/ticket?sort_by=nonsense`)).status, 400)
      const whole = yield* admin.get(`${root}/ticket?include_hierarchy=true&depth=2`)
      assert.deepInclude(whole.body.data[0], { path: "Mail > Outlook > Add-ins", depth: 2, children_count: 0 })
    })
  )

  it.effect("are read in pages, or by skipping rows", () =>
    Effect.gen(function* () {
      const { admin, make } = yield* withBoard
      for (const name of ["A", "B", "C", "D", "E"]) yield* make(name)
      const skipping = (query: string) => admin.get(`${root}/ticket?${query}`)
      const second = yield* skipping("limit=2&page=2")
      assert.deepStrictEqual(names(second), ["C", "D"])
      const { nextCursor: _, ...pagination } = second.body.pagination
      assert.deepStrictEqual(pagination, { page: 2, limit: 2, total: 5, totalPages: 3, hasNext: true, hasPrev: true })
      const skipped = yield* skipping("limit=2&offset=2")
      assert.deepStrictEqual([skipped.body.data, skipped.body.pagination], [second.body.data, second.body.pagination])
      assert.deepStrictEqual(skipped.body.meta.filters, {})
      const odd = yield* skipping("limit=2&offset=3&page=1")
      assert.deepStrictEqual(
        [names(odd), odd.body.pagination.hasNext, odd.body.pagination.hasPrev],
        [["D", "E"], false, true]
      )
      assert.deepStrictEqual(names(yield* skipping("limit=2&offset=0")), ["A", "B"])
      const past = yield* skipping("limit=2&offset=9")
      assert.deepStrictEqual([past.body.data, past.body.pagination.total, past.body.pagination.hasNext], [[], 5, false])
      assert.strictEqual((yield* skipping("offset=-1")).status, 400)
      const first = yield* skipping("limit=2&offset=1")
      const next = yield* skipping(`limit=2&cursor=${first.body.pagination.nextCursor}`)
      assert.deepStrictEqual([...names(first), ...names(next)], ["B", "C", "D", "E"])
      const both = yield* skipping(`cursor=${first.body.pagination.nextCursor}&offset=1`)
      assert.deepStrictEqual(issue(both), [400, "VALIDATION_ERROR", ["offset"]])
    })
  )

  it.effect("are seen as trees, of one board or of all", () =>
    Effect.gen(function* () {
      const { addBoard, admin, board_id, make } = yield* withBoard
      assert.deepStrictEqual((yield* admin.get(`${root}/ticket/tree/${board_id}`)).body.data, {
        tree: [],
        total_categories: 0
      })
      const mail = yield* make("Mail")
      const web = yield* make("Web")
      const outlook = yield* make("Outlook", { parent_category: mail.category_id })
      const other = yield* addBoard("Security")
      const phishing = yield* makingOn(admin, other)("Phishing")
      const one = yield* admin.get(`${root}/ticket/tree/${board_id}`)
      const node = { category_id: outlook.category_id, category_name: "Outlook", board_id, children: [] }
      assert.deepStrictEqual(one.body.data, {
        tree: [
          {
            category_id: mail.category_id,
            category_name: "Mail",
            parent_category: null,
            board_id,
            depth: 0,
            path: "Mail",
            order: 1,
            children: [{ ...node, parent_category: mail.category_id, depth: 1, path: "Mail > Outlook", order: 3 }]
          },
          {
            category_id: web.category_id,
            category_name: "Web",
            parent_category: null,
            board_id,
            depth: 0,
            path: "Web",
            order: 2,
            children: []
          }
        ],
        total_categories: 2
      })
      const all = (yield* admin.get(`${root}/ticket/tree`)).body.data
      assert.deepStrictEqual(
        [shape(all.tree).split(" ").sort(), all.total_categories],
        [["Mail(Outlook)", "Phishing", "Web"], 3]
      )
      assert.strictEqual(all.tree.find((top: Fields) => top["category_id"] === phishing.category_id).board_id, other)
      const unknown = yield* admin.get(`${root}/ticket/tree/${newId()}`)
      assert.deepStrictEqual([unknown.status, unknown.body.error.message], [404, "board not found"])
      assert.strictEqual((yield* admin.get(`${root}/ticket/tree/abc`)).status, 400)
    })
  )

  it.effect("are moved to where they are to be among their siblings", () =>
    Effect.gen(function* () {
      const { addBoard, admin, board_id, make } = yield* withBoard
      const ids: Record<string, string> = {}
      for (const name of ["A", "B", "C", "D"]) ids[name] = (yield* make(name)).category_id
      const move = (name: string, fields: Fields = {}) =>
        admin.post(`${root}/ticket/move`, { category_id: ids[name], ...fields })
      const after = (name: string, fields: Fields = {}) =>
        Effect.gen(function* () {
          const moved = yield* move(name, fields)
          assert.deepStrictEqual([moved.status, moved.body.data.category_name], [200, name])
          return yield* treeOf(admin, board_id)
        })
      assert.strictEqual(yield* after("D", { position: 0 }), "D A B C")
      assert.strictEqual(yield* after("D", { position: 2 }), "A B D C")
      assert.strictEqual(yield* after("A", { position: 99 }), "B D C A")
      assert.strictEqual(yield* after("B"), "B D C A")
      assert.strictEqual(yield* after("D", { new_parent_id: ids["A"] }), "B C A(D)")
      assert.strictEqual(yield* after("C", { new_parent_id: ids["A"], position: 0 }), "B A(C D)")
      assert.strictEqual(yield* after("B", { new_parent_id: ids["A"], position: 1 }), "A(C B D)")
      assert.strictEqual(yield* after("A", { new_parent_id: null, position: 0 }), "A(C B D)")
      assert.strictEqual(yield* after("B"), "A(C D) B")
      yield* make("E", { parent_category: ids["A"] })
      assert.strictEqual(yield* treeOf(admin, board_id), "A(C D E) B")
      assert.strictEqual((yield* move("B", { position: -1 })).status, 400)
      const nobody = yield* admin.post(`${root}/ticket/move`, { category_id: newId() })
      assert.deepStrictEqual([nobody.status, nobody.body.error.message], [404, "category not found"])
      const nowhere = yield* move("B", { new_parent_id: newId() })
      assert.deepStrictEqual([nowhere.status, nowhere.body.error.message], [404, "parent category not found"])
      const stranger = yield* makingOn(admin, yield* addBoard("Security"))("Phishing")
      assert.deepStrictEqual(issue(yield* move("B", { new_parent_id: stranger.category_id })), [
        400,
        "VALIDATION_ERROR",
        ["new_parent_id"]
      ])
      const places = yield* Effect.all(
        ["A", "B", "A", "B"].map((name) => move(name, { position: 0 })),
        unbounded
      )
      assert.deepStrictEqual(statuses(places), [200, 200, 200, 200])
    })
  )

  it.effect("change boards with all below them, as long as no ticket has any of them", () =>
    Effect.gen(function* () {
      const tenant = yield* withBoard
      const { addBoard, admin, board_id, make } = tenant
      const other = yield* addBoard("Security")
      const top = yield* make("Top")
      const mail = yield* make("Mail", { parent_category: top.category_id })
      const outlook = yield* make("Outlook", { parent_category: mail.category_id })
      const ticket = yield* makeTicket(tenant, { category_id: mail.category_id, subcategory_id: outlook.category_id })
      const go = (id: string, fields: Fields = {}) => admin.put(`${root}/ticket/${id}`, { board_id: other, ...fields })
      const refused = yield* go(mail.category_id)
      assert.deepStrictEqual(
        [refused.status, refused.body.error.details],
        [409, { code: "DEPENDENCIES_EXIST", dependencies: [{ type: "ticket", count: 1, label: "tickets" }] }]
      )
      assert.strictEqual((yield* go(outlook.category_id)).status, 409)
      assert.strictEqual((yield* admin.delete(`/api/v1/tickets/${ticket}`)).status, 204)
      const stays = yield* go(mail.category_id, { parent_category: top.category_id })
      assert.deepStrictEqual(issue(stays), [400, "VALIDATION_ERROR", ["parent_category"]])
      assert.deepStrictEqual(issue(yield* go(mail.category_id, { board_id: newId() })), [
        400,
        "BAD_REQUEST",
        ["board_id"]
      ])
      assert.deepInclude((yield* go(mail.category_id)).body.data, { board_id: other, parent_category: null, depth: 0 })
      assert.deepStrictEqual([yield* treeOf(admin, board_id), yield* treeOf(admin, other)], ["Top", "Mail(Outlook)"])
      const into = yield* go(top.category_id, { parent_category: mail.category_id, category_name: "Rest" })
      assert.deepInclude(into.body.data, { board_id: other, path: "Mail > Rest" })
      assert.strictEqual(yield* treeOf(admin, other), "Mail(Outlook Rest)")
    })
  )

  it.effect("keep to their board's tickets, also when one is given to a ticket as it leaves the board or goes", () =>
    Effect.gen(function* () {
      const tenant = yield* withBoard
      const { addBoard, admin, board_id, make } = tenant
      const other = yield* addBoard("Security")
      const client_id = yield* makeClient(tenant)
      const { priority_id, statuses: known } = yield* references(tenant)
      const sql = yield* SqlClient.SqlClient
      for (let round = 0; round < 8; round++) {
        const { category_id } = yield* make(`Mail ${round}`)
        const ticket = { title: "No mail", client_id, board_id, priority_id, status_id: known["New"], category_id }
        const leaving = round % 2 === 0
        const answers = yield* Effect.all(
          [
            admin.post("/api/v1/tickets", ticket),
            leaving
              ? admin.put(`${root}/ticket/${category_id}`, { board_id: other })
              : admin.delete(`${root}/ticket/${category_id}`),
            admin.post("/api/v1/tickets", { ...ticket, category_id: null, subcategory_id: category_id })
          ],
          unbounded
        )
        for (const { body, status } of answers) assert.include([200, 201, 204, 400, 409], status, JSON.stringify(body))
        // Either the ticket has it, or it is elsewhere.
        const [first, change, second] = statusesInOrder(answers)
        if (first === 201 || second === 201) assert.strictEqual(change, 409)
        else assert.include([200, 204], change)
      }
      const strayed = yield* sql`SELECT t.ticket_id FROM tickets t
        JOIN categories c ON c.tenant = t.tenant AND c.category_id = t.category_id
        WHERE t.tenant = ${tenant.tenant.tenant} AND c.board_id <> t.board_id`
      assert.deepStrictEqual(strayed, [])
      const ticket = yield* makeTicket(tenant)
      const stranger = yield* makingOn(admin, other)("Phishing")
      for (const column of ["category_id", "subcategory_id"]) {
        const refused = yield* Effect.flip(sql`UPDATE tickets SET ${sql(column)} = ${stranger.category_id}
          WHERE tenant = ${tenant.tenant.tenant} AND ticket_id = ${ticket}`)
        assert.strictEqual(refused._tag, "SqlError")
      }
    })
  )

  it.effect("are not deleted while something needs them, and the answer says what", () =>
    Effect.gen(function* () {
      const tenant = yield* withBoard
      const { admin, make } = tenant
      const mail = yield* make("Mail")
      const outlook = yield* make("Outlook", { parent_category: mail.category_id })
      yield* makeTicket(tenant, { category_id: mail.category_id, subcategory_id: outlook.category_id })
      yield* makeTicket(tenant, { category_id: mail.category_id })
      const refused = yield* admin.delete(`${root}/ticket/${mail.category_id}`)
      assert.strictEqual(refused.status, 409)
      assert.deepStrictEqual(refused.body.error.details.dependencies, [
        { type: "subcategory", count: 1, label: "subcategories" },
        { type: "ticket", count: 2, label: "tickets" }
      ])
      assert.match(refused.body.error.message, /: 1 subcategory, 2 tickets\.$/)
      const below = yield* admin.delete(`${root}/ticket/${outlook.category_id}`)
      assert.deepStrictEqual(below.body.error.details.dependencies, [
        { type: "ticket_subcategory", count: 1, label: "subcategory tickets" }
      ])
      const spare = yield* make("Spare")
      const sql = yield* SqlClient.SqlClient
      const raced = yield* Effect.all(
        [admin.delete(`${root}/ticket/${spare.category_id}`), admin.delete(`${root}/ticket/${spare.category_id}`)],
        unbounded
      )
      assert.deepStrictEqual(statuses(raced), [204, 404])
      assert.lengthOf(yield* sql`SELECT FROM categories WHERE tenant = ${tenant.tenant.tenant}`, 2)
    })
  )

  it.effect("leave a trace of what was done, and none of what was refused", () =>
    Effect.gen(function* () {
      const tenant = yield* withBoard
      const { admin, board_id, make } = tenant
      const { category_id } = yield* make("Mail")
      const one = `${root}/ticket/${category_id}`
      yield* admin.post(`${root}/ticket`, { category_name: "mail", board_id })
      yield* admin.put(one, { category_name: "Post", parent_category: null })
      yield* admin.put(one, { category_name: "Post" })
      yield* admin.put(one, { parent_category: category_id })
      yield* admin.post(`${root}/ticket/move`, { category_id, position: 0 })
      yield* admin.delete(one)
      assert.deepStrictEqual(yield* eventsOf(tenant, "category"), [
        ["CATEGORY_CREATED", category_id, { category_name: "Mail", board_id }],
        ["CATEGORY_UPDATED", category_id, { changes: { category_name: { old: "Mail", new: "Post" } } }],
        ["CATEGORY_DELETED", category_id, { category_name: "Post" }]
      ])
    })
  )

  it.effect("are for those who may, and of the own tenant", () =>
    Effect.gen(function* () {
      const { as, board_id, make } = yield* withBoard
      const { category_id } = yield* make("Mail")
      const technician = yield* as("Technician")
      assert.strictEqual((yield* technician.get(`${root}/ticket?limit=100`)).status, 200)
      const denied = yield* technician.post(`${root}/ticket`, { category_name: "Web", board_id })
      assert.deepStrictEqual(
        [denied.status, denied.body.error.message],
        [403, "Permission denied: Cannot create ticket_settings"]
      )
      const other = yield* withBoard
      const theirs = (fields: Fields) => other.admin.post(`${root}/ticket`, { category_name: "Web", ...fields })
      assert.strictEqual((yield* theirs({ board_id })).status, 400)
      assert.strictEqual((yield* theirs({ board_id: other.board_id, parent_category: category_id })).status, 404)
      assert.strictEqual((yield* other.admin.post(`${root}/ticket/move`, { category_id })).status, 404)
      const mine = yield* other.make("Web")
      const into = { category_id: mine.category_id, new_parent_id: category_id }
      assert.strictEqual((yield* other.admin.post(`${root}/ticket/move`, into)).status, 404)
      assert.strictEqual((yield* other.admin.put(`${root}/ticket/${mine.category_id}`, { board_id })).status, 400)
      const deleted = yield* other.admin.post(`${root}/bulk/delete`, {
        category_ids: [category_id],
        category_type: "ticket"
      })
      assert.deepInclude(deleted.body.data, { success: 0, failed: 1 })
      assert.deepStrictEqual(names(yield* other.admin.get(`${root}/ticket`)), ["Web"])
    })
  )
})

suite("service categories", (it) => {
  const path = `${root}/service`

  it.effect("are created, read, changed and deleted", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const { admin, user } = tenant
      const created = yield* admin.post(path, { category_name: " Managed services ", description: " By the month " })
      assert.strictEqual(created.status, 201)
      const { category_id, created_at, updated_at, ...rest } = created.body.data
      assert.deepStrictEqual(rest, {
        tenant: tenant.tenant.tenant,
        category_name: "Managed services",
        description: "By the month",
        is_active: true,
        display_order: 1,
        created_by: user.user_id,
        updated_by: user.user_id
      })
      const one = `${path}/${category_id}`
      assert.deepStrictEqual((yield* admin.get(one)).body.data, created.body.data)
      const updated = yield* admin.put(one, { description: null, is_active: false })
      assert.deepInclude(updated.body.data, { description: null, is_active: false, created_at })
      assert.isTrue(updated.body.data.updated_at > updated_at)
      assert.deepStrictEqual((yield* admin.put(one, { is_active: false })).body.data, updated.body.data)
      const second = yield* admin.post(path, { category_name: "Projects", is_active: false })
      assert.deepInclude(second.body.data, { display_order: 2, is_active: false })
      assert.strictEqual((yield* admin.delete(one)).status, 204)
      assert.deepStrictEqual(
        [(yield* admin.get(one)).status, (yield* admin.put(one, {})).status, (yield* admin.delete(one)).status],
        [404, 404, 404]
      )
      assert.deepStrictEqual(
        (yield* eventsOf(tenant, "service_category")).map(([type, id]) => [type, id]),
        [
          ["CATEGORY_CREATED", category_id],
          ["CATEGORY_UPDATED", category_id],
          ["CATEGORY_CREATED", second.body.data.category_id],
          ["CATEGORY_DELETED", category_id]
        ]
      )
    })
  )

  it.effect("say what is wrong with a request", () =>
    Effect.gen(function* () {
      const { admin } = yield* makeTenant
      const web = (yield* admin.post(path, { category_name: "Web" })).body.data
      yield* admin.post(path, { category_name: "Mail" })
      assert.strictEqual((yield* admin.post(path, { category_name: "MAIL" })).status, 409)
      assert.strictEqual((yield* admin.put(`${path}/${web.category_id}`, { category_name: "mail" })).status, 409)
      assert.deepStrictEqual(issue(yield* admin.post(path, {})), [400, "VALIDATION_ERROR", ["category_name"]])
      const long = yield* admin.post(path, { category_name: "Long", description: "x".repeat(1001) })
      assert.deepStrictEqual(issue(long), [400, "VALIDATION_ERROR", ["description"]])
      const made = yield* Effect.all(
        ["VPN", "vpn", "Vpn"].map((category_name) => admin.post(path, { category_name })),
        unbounded
      )
      assert.deepStrictEqual(statuses(made), [201, 409, 409])
    })
  )

  it.effect("are listed by name, active or not", () =>
    Effect.gen(function* () {
      const { admin } = yield* makeTenant
      yield* admin.post(path, { category_name: "Projects", description: "Sold once", is_active: false })
      yield* admin.post(path, { category_name: "Managed", description: "By the month" })
      yield* admin.post(path, { category_name: "Licences", description: "By the month, too" })
      const found = (query: string) => Effect.map(admin.get(`${path}?${query}`), names)
      assert.deepStrictEqual(yield* found(""), ["Licences", "Managed", "Projects"])
      assert.deepStrictEqual(yield* found("active=true"), ["Licences", "Managed"])
      assert.deepStrictEqual(yield* found("is_active=false"), ["Projects"])
      assert.deepStrictEqual(yield* found("search=month"), ["Licences", "Managed"])
      assert.deepStrictEqual(yield* found("sort_by=display_order&sort_order=desc&limit=2&offset=1"), [
        "Managed",
        "Projects"
      ])
    })
  )

  it.effect("are not deleted while services or products have them", () =>
    Effect.gen(function* () {
      const { admin, tenant } = yield* makeTenant
      const { category_id } = (yield* admin.post(path, { category_name: "Managed" })).body.data
      yield* addService(tenant.tenant, category_id)
      const refused = yield* admin.delete(`${path}/${category_id}`)
      assert.deepStrictEqual(
        [refused.status, refused.body.error.details.dependencies],
        [409, [{ type: "service", count: 1, label: "services" }]]
      )
      const several = yield* admin.post(`${root}/bulk/delete`, {
        category_ids: [category_id],
        category_type: "service"
      })
      assert.deepStrictEqual(several.body.data.errors, [{ category_id, message: "The category has 1 service" }])
    })
  )

  it.effect("are for those who may, and of the own tenant", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const finance = yield* tenant.as("Finance")
      const { category_id } = (yield* finance.post(path, { category_name: "Managed" })).body.data
      const technician = yield* tenant.as("Technician")
      const denied = yield* technician.get(path)
      assert.deepStrictEqual(
        [denied.status, denied.body.error.message],
        [403, "Permission denied: Cannot read billing_settings"]
      )
      const other = yield* makeTenant
      assert.strictEqual((yield* other.admin.get(`${path}/${category_id}`)).status, 404)
      assert.strictEqual((yield* other.admin.post(path, { category_name: "Managed" })).status, 201)
    })
  )
})

/** A service of a category. */
const addService = Effect.fnUntraced(function* (tenant: string, category_id: string) {
  const sql = yield* SqlClient.SqlClient
  const type = { tenant, id: newId(), name: `Type ${newId()}` }
  yield* sql`INSERT INTO service_types ${sql.insert(type)}`
  yield* sql`INSERT INTO service_catalog ${sql.insert({
    tenant,
    service_id: newId(),
    service_name: "Backup",
    custom_service_type_id: type.id,
    billing_method: "fixed",
    unit_of_measure: "month",
    category_id
  })}`
})

suite("categories of either kind", (it) => {
  const remove = (client: Client, fields: Fields) =>
    client.post(`${root}/bulk/delete`, { category_type: "ticket", ...fields })

  it.effect("are searched, the best fitting first", () =>
    Effect.gen(function* () {
      const { addBoard, admin, make } = yield* withBoard
      yield* make("Hotmail")
      yield* make("Mail servers")
      yield* make("mail")
      yield* make("Web")
      const other = yield* addBoard("Security")
      yield* makingOn(admin, other)("Phishing mail")
      const search = (query: string) => admin.get(`${root}/search?${query}`)
      const found = yield* search("search_term=MAIL")
      assert.deepStrictEqual(
        found.body.data.map((row: Fields) => [row["category_name"], row["relevance_score"]]),
        [
          ["mail", 1],
          ["Mail servers", 0.75],
          ["Hotmail", 0.5],
          ["Phishing mail", 0.5]
        ]
      )
      assert.deepStrictEqual(found.body.pagination, {
        page: 1,
        limit: 25,
        total: 4,
        totalPages: 1,
        hasNext: false,
        hasPrev: false
      })
      assert.deepStrictEqual(found.body.meta, {
        sort: "relevance_score",
        order: "desc",
        filters: { search_term: "MAIL" }
      })
      const second = yield* search("search_term=mail&limit=2&offset=2")
      assert.deepStrictEqual([names(second), second.body.pagination.page], [["Hotmail", "Phishing mail"], 2])
      assert.deepStrictEqual((yield* search("search_term=mail&limit=2&page=2")).body.pagination, second.body.pagination)
      const odd = yield* search("search_term=mail&limit=2&offset=1")
      assert.deepStrictEqual(names(odd), ["Mail servers", "Hotmail"])
      assert.deepInclude(odd.body.pagination, { page: 1, total: 4, hasNext: true, hasPrev: true })
      const past = yield* search("search_term=mail&offset=40")
      assert.deepStrictEqual([past.body.data, past.body.pagination.total, past.body.pagination.hasNext], [[], 4, false])
      assert.deepStrictEqual(names(yield* search(`search_term=mail&board_id=${other}`)), ["Phishing mail"])
      assert.deepStrictEqual(names(yield* search("search_term=%25")), [])
      assert.deepStrictEqual(issue(yield* search("")), [400, "VALIDATION_ERROR", ["search_term"]])
      assert.deepStrictEqual(issue(yield* search("search_term=%20")), [400, "VALIDATION_ERROR", ["search_term"]])
      assert.deepStrictEqual(issue(yield* search("search_term=a&category_type=asset")), [
        400,
        "VALIDATION_ERROR",
        ["category_type"]
      ])
    })
  )

  it.effect("are searched of services by their descriptions, too, and inactive ones if they are asked for", () =>
    Effect.gen(function* () {
      const { admin, board_id, make } = yield* withBoard
      yield* make("Backup of mail")
      yield* admin.post(`${root}/service`, { category_name: "Backup" })
      yield* admin.post(`${root}/service`, { category_name: "Storage", description: "For backups" })
      yield* admin.post(`${root}/service`, { category_name: "Tapes of backups", is_active: false })
      const search = (query: string) => admin.get(`${root}/search?search_term=backup&category_type=service${query}`)
      const found = yield* search("")
      assert.deepStrictEqual(
        found.body.data.map((row: Fields) => [row["category_name"], row["relevance_score"], row["is_active"]]),
        [
          ["Backup", 1, true],
          ["Storage", 0.25, true]
        ]
      )
      assert.deepStrictEqual(names(yield* search("&include_inactive=true")), ["Backup", "Tapes of backups", "Storage"])
      assert.deepStrictEqual(issue(yield* search(`&board_id=${board_id}`)), [400, "VALIDATION_ERROR", ["board_id"]])
    })
  )

  it.effect("are told in figures", () =>
    Effect.gen(function* () {
      const tenant = yield* withBoard
      const { addBoard, admin, make } = tenant
      const mail = yield* make("Mail")
      const outlook = yield* make("Outlook", { parent_category: mail.category_id })
      const addIns = yield* make("Add-ins", { parent_category: outlook.category_id })
      const other = yield* addBoard("Security")
      const phishing = yield* makingOn(admin, other)("Phishing")
      yield* makeTicket(tenant, { category_id: mail.category_id, subcategory_id: outlook.category_id })
      yield* makeTicket(tenant, { category_id: mail.category_id })
      yield* makeTicket(tenant)
      const { analytics, generated_at } = (yield* admin.get(`${root}/analytics`)).body.data
      const used = (category: { category_id: string; category_name: string }, usage_count: string) => ({
        category_id: category.category_id,
        category_name: category.category_name,
        usage_count
      })
      assert.deepStrictEqual(analytics, {
        total_categories: 4,
        active_categories: 4,
        categories_with_children: 2,
        average_depth: 0.75,
        max_depth: 2,
        usage_stats: [used(mail, "2"), used(outlook, "1"), used(addIns, "0"), used(phishing, "0")]
      })
      assert.isBelow(Math.abs(Date.parse(generated_at) - Date.now()), 60_000)
      const one = (yield* admin.get(`${root}/analytics?category_type=ticket&board_id=${other}`)).body.data.analytics
      assert.deepStrictEqual([one.total_categories, one.usage_stats], [1, [used(phishing, "0")]])

      const service = (yield* admin.post(`${root}/service`, { category_name: "Managed" })).body.data
      const idle = (yield* admin.post(`${root}/service`, { category_name: "Idle", is_active: false })).body.data
      yield* addService(tenant.tenant.tenant, service.category_id)
      const services = (yield* admin.get(`${root}/analytics?category_type=service`)).body.data.analytics
      assert.deepStrictEqual(services, {
        total_categories: 2,
        active_categories: 1,
        categories_with_children: 0,
        average_depth: 0,
        max_depth: 0,
        usage_stats: [used(service, "1"), used(idle, "0")]
      })
    })
  )

  it.effect("are deleted several at once: what can go goes, and what stays is told", () =>
    Effect.gen(function* () {
      const tenant = yield* withBoard
      const { admin, board_id, make } = tenant
      const mail = (yield* make("Mail")).category_id
      const outlook = (yield* make("Outlook", { parent_category: mail })).category_id
      const web = (yield* make("Web")).category_id
      const used = (yield* make("Used")).category_id
      yield* makeTicket(tenant, { category_id: used })
      const unknown = newId()
      const first = yield* remove(admin, { category_ids: [mail, web.toUpperCase(), used, unknown, web] })
      assert.strictEqual(first.status, 200)
      assert.deepStrictEqual(first.body.data, {
        message: "Bulk delete completed: 1 deleted, 3 failed",
        success: 1,
        failed: 3,
        errors: [
          { category_id: mail, message: "The category has 1 subcategory" },
          { category_id: used, message: "The category has 1 ticket" },
          { category_id: unknown, message: "Category not found" }
        ]
      })
      assert.strictEqual(yield* treeOf(admin, board_id), "Mail(Outlook) Used")
      const forced = yield* remove(admin, { category_ids: [mail, used], force: true })
      assert.deepInclude(forced.body.data, { success: 1, failed: 1 })
      assert.strictEqual(yield* treeOf(admin, board_id), "Used")
      const gone = (yield* eventsOf(tenant, "category")).filter(([type]) => type === "CATEGORY_DELETED")
      assert.sameMembers(
        gone.map(([, id]) => id),
        [web, mail, outlook]
      )
    })
  )

  it.effect("are deleted of the kind that is asked for", () =>
    Effect.gen(function* () {
      const { admin, make } = yield* withBoard
      const mail = (yield* make("Mail")).category_id
      const managed = (yield* admin.post(`${root}/service`, { category_name: "Managed" })).body.data.category_id
      const of = (category_type: string) => remove(admin, { category_ids: [mail, managed], category_type })
      assert.deepStrictEqual((yield* of("service")).body.data.errors, [
        { category_id: mail, message: "Category not found" }
      ])
      assert.strictEqual((yield* admin.get(`${root}/ticket/${mail}`)).status, 200)
      assert.strictEqual((yield* admin.get(`${root}/service/${managed}`)).status, 404)
      assert.deepInclude((yield* of("ticket")).body.data, { success: 1, failed: 1 })
      const at = (fields: Fields) => Effect.map(remove(admin, fields), issue)
      assert.deepStrictEqual(yield* at({ category_ids: [] }), [400, "VALIDATION_ERROR", ["category_ids"]])
      assert.deepStrictEqual(yield* at({ category_ids: ["x"] }), [400, "VALIDATION_ERROR", ["category_ids", 0]])
      assert.strictEqual((yield* remove(admin, { category_ids: Array.from({ length: 51 }, newId) })).status, 400)
      assert.deepStrictEqual(yield* at({ category_ids: [mail], category_type: "asset" }), [
        400,
        "VALIDATION_ERROR",
        ["category_type"]
      ])
    })
  )

  it.effect("are for those who may do it with that kind", () =>
    Effect.gen(function* () {
      const { admin, as, make } = yield* withBoard
      const mail = (yield* make("Mail")).category_id
      yield* admin.post(`${root}/service`, { category_name: "Mail" })
      const [technician, finance] = yield* Effect.all([as("Technician"), as("Finance")])
      const reading = (client: Client, type: string) =>
        Effect.all([
          client.get(`${root}/search?search_term=mail&category_type=${type}`),
          client.get(`${root}/analytics?category_type=${type}`)
        ])
      assert.deepStrictEqual(statuses(yield* reading(technician, "ticket")), [200, 200])
      assert.deepStrictEqual(statuses(yield* reading(technician, "service")), [403, 403])
      assert.deepStrictEqual(statuses(yield* reading(finance, "service")), [200, 200])
      assert.deepStrictEqual(statuses(yield* reading(finance, "ticket")), [403, 403])
      const denied = yield* remove(technician, { category_ids: [mail] })
      assert.deepStrictEqual(
        [denied.status, denied.body.error.message],
        [403, "Permission denied: Cannot delete ticket_settings"]
      )
      assert.strictEqual((yield* remove(finance, { category_ids: [mail] })).status, 403)
      assert.strictEqual((yield* remove(finance, { category_ids: [mail], category_type: "service" })).status, 200)
      const other = yield* makeTenant
      assert.deepStrictEqual((yield* other.admin.get(`${root}/search?search_term=mail`)).body.data, [])
    })
  )
})
