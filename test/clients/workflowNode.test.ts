/** A workflow tool's node works against the service, call by call. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { makeTicket } from "../support/fixtures.ts"
import { makeTenant } from "../support/service.ts"
import { atDesk, Desk, nobody, refused, said, unknownKey } from "./desk.ts"
import { NodeFailure } from "./workflowNode.ts"

interface Found {
  readonly data: ReadonlyArray<{ readonly ticket_id: string }>
}

const ids = ({ data }: Found) => data.map(({ ticket_id }) => ticket_id)
const labels = (choices: ReadonlyArray<{ readonly name: string }>) => choices.map(({ name }) => name)
const told = ({ code, details, message, status }: NodeFailure) => ({ status, code, message, details })

/** What a ticket needs. */
const needed = Effect.gen(function* () {
  const { board_id, company, priorities, statuses } = yield* Desk
  return {
    title: "VPN drops every hour",
    client_id: company,
    board_id,
    status_id: statuses["New"]!,
    priority_id: priorities["High"]!
  }
})

const ticket = Effect.fnUntraced(function* (fields: Readonly<Record<string, unknown>> = {}) {
  const { node } = yield* Desk
  const all = { ...(yield* needed), ...fields }
  return yield* said(() => node.create(all))
})

/** Two tickets that differ in all that the list can be filtered by. */
const pair = Effect.gen(function* () {
  const { otherBoard, otherCompany, otherStatuses, priorities, technician } = yield* Desk
  const one = yield* ticket({ assigned_to: technician.user_id })
  const other = yield* ticket({
    title: "Printer is jammed",
    client_id: otherCompany,
    board_id: otherBoard,
    status_id: otherStatuses["Closed"],
    priority_id: priorities["Low"]
  })
  return { one, other }
})

atDesk("a workflow node offers, in its drop-downs,", (it) => {
  it.effect("GET /clients?page=1&limit=100", () =>
    Effect.gen(function* () {
      const { company, node } = yield* Desk
      const choices = yield* said(() => node.clientChoices())
      assert.includeMembers(labels(choices), ["Fabrikam", "Northwind"])
      assert.deepInclude(choices, { name: "Fabrikam", value: company })
    })
  )

  it.effect("GET /clients?page=1&limit=100&search", () =>
    Effect.gen(function* () {
      const { node } = yield* Desk
      assert.deepStrictEqual(labels(yield* said(() => node.clientChoices("fabri"))), ["Fabrikam"])
      assert.deepStrictEqual(yield* said(() => node.clientChoices("nothing like it")), [])
    })
  )

  it.effect("GET /boards?page=1&limit=100", () =>
    Effect.gen(function* () {
      const { board_id, node } = yield* Desk
      const choices = yield* said(() => node.boardChoices())
      assert.deepStrictEqual(labels(choices), ["Service Desk", "Projects", "Alerts"])
      assert.strictEqual(choices[0]!.value, board_id)
    })
  )

  it.effect("GET /boards?page=1&limit=100&search", () =>
    Effect.gen(function* () {
      const { node } = yield* Desk
      assert.deepStrictEqual(labels(yield* said(() => node.boardChoices("alert"))), ["Alerts"])
    })
  )

  it.effect("GET /statuses?page=1&limit=100&type=ticket&board_id", () =>
    Effect.gen(function* () {
      const { board_id, node, statuses } = yield* Desk
      const choices = yield* said(() => node.statusChoices(board_id))
      assert.deepStrictEqual(labels(choices), ["New", "In Progress", "Waiting for Client", "Resolved", "Closed"])
      assert.strictEqual(choices[0]!.value, statuses["New"])
    })
  )

  it.effect("GET /statuses?page=1&limit=100&type=ticket&board_id&search", () =>
    Effect.gen(function* () {
      const { board_id, node } = yield* Desk
      assert.deepStrictEqual(labels(yield* said(() => node.statusChoices(board_id, "progress"))), ["In Progress"])
    })
  )

  it.effect("GET /priorities?page=1&limit=100", () =>
    Effect.gen(function* () {
      const { node, priorities } = yield* Desk
      const choices = yield* said(() => node.priorityChoices())
      assert.deepStrictEqual(labels(choices), ["Critical", "High", "Medium", "Low"])
      assert.strictEqual(choices[1]!.value, priorities["High"])
    })
  )

  it.effect("GET /priorities?page=1&limit=100&search", () =>
    Effect.gen(function* () {
      const { node } = yield* Desk
      assert.deepStrictEqual(labels(yield* said(() => node.priorityChoices("crit"))), ["Critical"])
    })
  )

  it.effect("nothing where it may not look", () =>
    Effect.gen(function* () {
      const { nodeOf } = yield* Desk
      assert.deepStrictEqual(yield* said(() => nodeOf(unknownKey).clientChoices()), [])
    })
  )
})

atDesk("a workflow node lists", (it) => {
  it.effect("GET /clients?page&limit&search", () =>
    Effect.gen(function* () {
      const { company, node } = yield* Desk
      const { data, pagination } = yield* said(() => node.clients({ page: 1, limit: 1, search: "fabrikam" }))
      assert.deepStrictEqual(data, [{ client_id: company, client_name: "Fabrikam" }])
      assert.deepStrictEqual(pagination, { page: 1, limit: 1, total: 1, totalPages: 1, hasNext: false, hasPrev: false })
    })
  )

  it.effect("GET /boards?page&limit&search", () =>
    Effect.gen(function* () {
      const { node } = yield* Desk
      const { data, pagination } = yield* said(() => node.boards({ page: 2, limit: 2 }))
      assert.deepStrictEqual(
        data.map(({ board_name }) => board_name),
        ["Alerts"]
      )
      assert.deepStrictEqual(pagination, { page: 2, limit: 2, total: 3, totalPages: 2, hasNext: false, hasPrev: true })
      assert.strictEqual((yield* said(() => node.boards({ search: "desk" }))).pagination.total, 1)
    })
  )

  it.effect("GET /priorities?page&limit&search", () =>
    Effect.gen(function* () {
      const { node } = yield* Desk
      const { data, pagination } = yield* said(() => node.priorities({ page: 1, limit: 3 }))
      assert.deepStrictEqual([data.length, pagination.total, pagination.hasNext], [3, 4, true])
      const { data: found } = yield* said(() => node.priorities({ search: "LOW" }))
      assert.deepStrictEqual(
        found.map(({ priority_name }) => priority_name),
        ["Low"]
      )
    })
  )

  it.effect("GET /statuses?type=ticket&board_id&page&limit&search", () =>
    Effect.gen(function* () {
      const { board_id, node } = yield* Desk
      const query = { type: "ticket", board_id, page: 1, limit: 2, search: "" }
      const { data, pagination } = yield* said(() => node.statuses(query))
      assert.deepStrictEqual(
        data.map(({ name }) => name),
        ["New", "In Progress"]
      )
      assert.deepStrictEqual([pagination.total, pagination.totalPages, pagination.hasNext], [5, 3, true])
    })
  )

  for (const type of ["project", "project_task", "interaction"]) {
    it.effect(`GET /statuses?type=${type}`, () =>
      Effect.gen(function* () {
        const { admin, node } = yield* Desk
        const { body } = yield* admin.post("/api/v1/statuses", { name: `Done with ${type}`, status_type: type })
        const { data } = yield* said(() => node.statuses({ type }))
        assert.deepStrictEqual(data, [{ status_id: body.data.status_id, name: `Done with ${type}` }])
      })
    )
  }

  it.effect("GET /statuses?type=ticket, which needs a board", () =>
    Effect.gen(function* () {
      const { node } = yield* Desk
      const failure = yield* refused(NodeFailure, () => node.statuses({ type: "ticket" }))
      assert.deepInclude(told(failure), { status: 400, code: "VALIDATION_ERROR" })
      assert.deepNestedInclude(told(failure), { "details[0].path": ["board_id"] })
    })
  )
})

atDesk("a workflow node makes", (it) => {
  it.effect("POST /tickets with what is required", () =>
    Effect.gen(function* () {
      const { owner, tenant } = yield* Desk
      const fields = yield* needed
      const made = yield* ticket()
      assert.deepInclude(made, { ...fields, tenant, entered_by: owner.user.user_id, is_closed: false, closed_at: null })
      assert.match(made.ticket_number, /^TIC\d+$/)
      assert.deepInclude(made, { source: "api", ticket_origin: "api", attributes: null, url: null, assigned_to: null })
      assert.notProperty(made, "tags")
    })
  )

  it.effect("POST /tickets with everything", () =>
    Effect.gen(function* () {
      const { category, contact, location, node, subcategory, technician } = yield* Desk
      const more = {
        location_id: location,
        contact_name_id: contact,
        category_id: category,
        subcategory_id: subcategory,
        assigned_to: technician.user_id,
        url: "https://status.example/incidents/7",
        attributes: { description: "Since <Monday>", source_system: { id: 7, labels: ["a", "b"] } },
        tags: ["vpn", "Urgent"]
      }
      const made = yield* ticket(more)
      assert.deepInclude(made, more)
      const { documents, ...got } = yield* said(() => node.get(made.ticket_id))
      const { tags: _, ...kept } = more
      assert.deepInclude(got, kept)
    })
  )

  it.effect("POST /tickets with parameters that were left empty", () =>
    Effect.gen(function* () {
      const made = yield* ticket({ url: "", contact_name_id: "", tags: [], category_id: null })
      assert.deepInclude(made, { url: null, contact_name_id: null, category_id: null })
    })
  )

  it.effect("POST /tickets without a title: 400 with details", () =>
    Effect.gen(function* () {
      const { node } = yield* Desk
      const { title: _, ...fields } = yield* needed
      const failure = yield* refused(NodeFailure, () => node.create({ ...fields, priority_id: "soon" }))
      assert.deepInclude(told(failure), { status: 400, code: "VALIDATION_ERROR", message: "Validation failed" })
      const issues = failure.details as ReadonlyArray<{ readonly path: unknown; readonly message: unknown }>
      assert.sameDeepMembers(
        issues.map(({ path }) => path),
        [["title"], ["priority_id"]]
      )
      for (const { message } of issues) assert.isString(message)
    })
  )

  it.effect("POST /tickets with a status of another board: 400 with details", () =>
    Effect.gen(function* () {
      const { node, otherStatuses } = yield* Desk
      const fields = { ...(yield* needed), status_id: otherStatuses["New"]! }
      const failure = yield* refused(NodeFailure, () => node.create(fields))
      assert.strictEqual(failure.status, 400)
      assert.deepNestedInclude(told(failure), { "details[0].path": ["status_id"] })
    })
  )

  it.effect("POST /tickets with a client that is not there: 400 with details", () =>
    Effect.gen(function* () {
      const { node } = yield* Desk
      const fields = { ...(yield* needed), client_id: nobody }
      const failure = yield* refused(NodeFailure, () => node.create(fields))
      assert.deepInclude(told(failure), { status: 400, code: "BAD_REQUEST", message: "Invalid reference" })
      assert.deepNestedInclude(told(failure), { "details[0].path": ["client_id"] })
    })
  )
})

atDesk("a workflow node reads", (it) => {
  it.effect("GET /tickets/{id}", () =>
    Effect.gen(function* () {
      const { contact, node, technician } = yield* Desk
      const attributes = { description: "Only <some> users" }
      const made = yield* ticket({ contact_name_id: contact, assigned_to: technician.user_id, attributes })
      const { tags: _, ...columns } = made
      const got = yield* said(() => node.get(made.ticket_id))
      assert.deepInclude(got, columns)
      assert.deepInclude(got, {
        client_name: "Fabrikam",
        status_name: "New",
        status_is_closed: false,
        priority_name: "High",
        category_name: null,
        contact_name: "Casey Contact",
        contact_email: "casey@fabrikam.example",
        contact_phone: "+1 555 0101",
        location_name: "Head office",
        client_email: "office@fabrikam.example",
        client_phone: "+1 555 0100",
        assigned_to_name: "Terry Desk",
        documents: []
      })
      assert.strictEqual(got.description_html, "<p>Only &lt;some&gt; users</p>")
    })
  )

  it.effect("GET /tickets/{id} in upper case", () =>
    Effect.gen(function* () {
      const { node } = yield* Desk
      const { ticket_id } = yield* ticket()
      assert.strictEqual((yield* said(() => node.get(ticket_id.toUpperCase()))).ticket_id, ticket_id)
    })
  )

  it.effect("GET /tickets/{id} that is not there: 404", () =>
    Effect.gen(function* () {
      const { node } = yield* Desk
      const failure = yield* refused(NodeFailure, () => node.get(nobody))
      assert.deepInclude(told(failure), { status: 404, code: "NOT_FOUND", message: "ticket not found" })
    })
  )

  it.effect("GET /tickets/{id} of another tenant: 404", () =>
    Effect.gen(function* () {
      const { node } = yield* Desk
      const foreign = yield* makeTicket(yield* makeTenant)
      const failure = yield* refused(NodeFailure, () => node.get(foreign))
      assert.deepInclude(told(failure), { status: 404, code: "NOT_FOUND" })
    })
  )
})

atDesk("a workflow node finds, of the tickets of its list,", (it) => {
  it.effect("GET /tickets?page=1&limit=25&sort=entered_at&order=desc", () =>
    Effect.gen(function* () {
      const { node } = yield* Desk
      const { one, other } = yield* pair
      const { data, pagination } = yield* said(() => node.list())
      assert.deepStrictEqual(ids({ data: data.slice(0, 2) }), [other.ticket_id, one.ticket_id])
      const { tags: _, ...columns } = one
      assert.deepInclude(data[1], columns)
      assert.deepInclude(data[1], {
        client_name: "Fabrikam",
        status_name: "New",
        status_is_closed: false,
        priority_name: "High",
        board_name: "Service Desk",
        assigned_to_name: "Terry Desk",
        contact_name: null,
        category_name: null,
        subcategory_name: null
      })
      assert.deepInclude(pagination, { page: 1, limit: 25, total: data.length, hasPrev: false, hasNext: false })
    })
  )

  it.effect("GET /tickets?page&limit, page by page", () =>
    Effect.gen(function* () {
      const { node } = yield* Desk
      for (let made = 0; made < 3; made++) yield* ticket()
      const { data: all } = yield* said(() => node.list({ limit: 100 }))
      const totalPages = Math.ceil(all.length / 2)
      const walked: Array<string> = []
      for (let page = 1; page <= totalPages; page++) {
        const { data, pagination } = yield* said(() => node.list({ page, limit: 2 }))
        walked.push(...ids({ data }))
        const next = { hasNext: page < totalPages, hasPrev: page > 1 }
        assert.deepStrictEqual(pagination, { page, limit: 2, total: all.length, totalPages, ...next })
      }
      assert.deepStrictEqual(walked, ids({ data: all }))
      const past = yield* said(() => node.list({ page: 99, limit: 2 }))
      assert.deepStrictEqual(past.data, [])
      assert.deepInclude(past.pagination, { page: 99, total: all.length, hasNext: false, hasPrev: true })
    })
  )

  it.effect("GET /tickets?limit=101: 400 with details", () =>
    Effect.gen(function* () {
      const { node } = yield* Desk
      const failure = yield* refused(NodeFailure, () => node.list({ limit: 101 }))
      assert.deepInclude(told(failure), { status: 400, code: "VALIDATION_ERROR", message: "Query validation failed" })
      assert.deepNestedInclude(told(failure), { "details[0].path": ["limit"] })
    })
  )

  type Pair = Effect.Success<typeof pair>
  const filters: ReadonlyArray<readonly [name: string, value: (pair: Pair) => unknown, finds: keyof Pair]> = [
    ["title", () => "vpn DROPS", "one"],
    ["ticket_number", ({ one }) => one.ticket_number, "one"],
    ["client_id", ({ one }) => one.client_id, "one"],
    ["board_id", ({ one }) => one.board_id, "one"],
    ["status_id", ({ one }) => one.status_id, "one"],
    ["priority_id", ({ one }) => one.priority_id, "one"],
    ["assigned_to", ({ one }) => one.assigned_to, "one"],
    ["is_open", () => true, "one"],
    ["is_open", () => false, "other"],
    ["is_closed", () => true, "other"],
    ["is_closed", () => false, "one"]
  ]
  for (const [name, value, finds] of filters) {
    const example = value({ one: {}, other: {} } as Pair)
    it.effect(`GET /tickets?${name}${typeof example === "boolean" ? `=${example}` : ""}`, () =>
      Effect.gen(function* () {
        const { node } = yield* Desk
        const both = yield* pair
        const [wanted, unwanted] = finds === "one" ? [both.one, both.other] : [both.other, both.one]
        const { data, pagination } = yield* said(() => node.list({ limit: 100, [name]: value(both) }))
        assert.include(ids({ data }), wanted.ticket_id)
        assert.notInclude(ids({ data }), unwanted.ticket_id)
        assert.strictEqual(pagination.total, data.length)
        if (typeof value(both) === "boolean") {
          const closed = finds === "other"
          assert.isTrue(data.every((row) => row.is_closed === closed && row.status_is_closed === closed))
        }
      })
    )
  }

  it.effect("GET /tickets with all filters at once", () =>
    Effect.gen(function* () {
      const { node } = yield* Desk
      const both = yield* pair
      const all = filters.filter(([name, , finds]) => finds === "one" && name !== "is_open")
      const query = Object.fromEntries(all.map(([name, value]) => [name, value(both)]))
      const { data, pagination } = yield* said(() => node.list(query))
      assert.deepStrictEqual([ids({ data }), pagination.total], [[both.one.ticket_id], 1])
    })
  )

  it.effect("GET /tickets with filters that were left empty", () =>
    Effect.gen(function* () {
      const { node } = yield* Desk
      const empty = { title: "", client_id: "", board_id: "", assigned_to: null }
      assert.deepStrictEqual(yield* said(() => node.list(empty)), yield* said(() => node.list()))
    })
  )

  for (const [sort, order, first] of [
    ["entered_at", "asc", "one"],
    ["entered_at", "desc", "other"],
    ["updated_at", "asc", "other"],
    ["updated_at", "desc", "one"],
    ["title", "asc", "other"],
    ["title", "desc", "one"],
    ["ticket_number", "asc", "one"],
    ["client_name", "asc", "one"],
    ["status_name", "asc", "other"],
    ["priority_name", "desc", "other"]
  ] as const) {
    it.effect(`GET /tickets?sort=${sort}&order=${order}`, () =>
      Effect.gen(function* () {
        const { node } = yield* Desk
        const { one, other } = yield* pair
        yield* said(() => node.update(one.ticket_id, { title: `${one.title} again` }))
        const found = ids(yield* said(() => node.list({ sort, order, limit: 100 })))
        const [before, after] = first === "one" ? [one, other] : [other, one]
        assert.isAtLeast(found.indexOf(before.ticket_id), 0)
        assert.isBelow(found.indexOf(before.ticket_id), found.indexOf(after.ticket_id))
      })
    )
  }

  it.effect("GET /tickets?sort of something else: 400", () =>
    Effect.gen(function* () {
      const { node } = yield* Desk
      const failure = yield* refused(NodeFailure, () => node.list({ sort: "colour" }))
      assert.deepInclude(told(failure), { status: 400, code: "VALIDATION_ERROR" })
    })
  )
})

atDesk("a workflow node searches", (it) => {
  it.effect("GET /tickets/search?query&limit=25", () =>
    Effect.gen(function* () {
      const { node } = yield* Desk
      const older = yield* ticket({ title: "Scanner offline" })
      const newer = yield* ticket({ title: "Second SCANNER offline" })
      const { data } = yield* said(() => node.search({ query: "scanner OFF" }))
      assert.deepStrictEqual(ids({ data }), [newer.ticket_id, older.ticket_id])
      assert.deepInclude(data[1], { title: "Scanner offline", client_name: "Fabrikam", status_is_closed: false })
      const byNumber = yield* said(() => node.search({ query: older.ticket_number }))
      assert.include(ids(byNumber), older.ticket_id)
    })
  )

  it.effect("GET /tickets/search?limit", () =>
    Effect.gen(function* () {
      const { node } = yield* Desk
      yield* ticket({ title: "Plotter paper" })
      const { ticket_id } = yield* ticket({ title: "Plotter ink" })
      assert.deepStrictEqual(ids(yield* said(() => node.search({ query: "plotter", limit: 1 }))), [ticket_id])
    })
  )

  it.effect("GET /tickets/search?include_closed", () =>
    Effect.gen(function* () {
      const { node, statuses } = yield* Desk
      const { ticket_id } = yield* ticket({ title: "Beamer lamp", status_id: statuses["Closed"] })
      const find = (include_closed?: boolean) => said(() => node.search({ query: "beamer", include_closed }))
      assert.deepStrictEqual(ids(yield* find()), [])
      assert.deepStrictEqual(ids(yield* find(false)), [])
      assert.deepStrictEqual(ids(yield* find(true)), [ticket_id])
    })
  )

  it.effect("GET /tickets/search?fields", () =>
    Effect.gen(function* () {
      const { contact, node } = yield* Desk
      const { ticket_id } = yield* ticket({ title: "Headset crackles", contact_name_id: contact })
      const find = (query: string, fields: string) =>
        Effect.map(
          said(() => node.search({ query, fields })),
          ids
        )
      assert.include(yield* find("casey", "contact_name"), ticket_id)
      assert.include(yield* find("fabrikam", "title,client_name"), ticket_id)
      assert.deepStrictEqual(yield* find("headset", "ticket_number,client_name,contact_name"), [])
      assert.deepStrictEqual(yield* find("headset", "title"), [ticket_id])
    })
  )

  for (const name of ["status_ids", "priority_ids", "client_ids", "assigned_to_ids"] as const) {
    it.effect(`GET /tickets/search?${name}`, () =>
      Effect.gen(function* () {
        const { node, otherCompany, owner, priorities, statuses, technician } = yield* Desk
        const title = `Docking station, by ${name}`
        const one = yield* ticket({ title, assigned_to: technician.user_id })
        const other = yield* ticket({
          title,
          client_id: otherCompany,
          status_id: statuses["In Progress"],
          priority_id: priorities["Low"],
          assigned_to: owner.user.user_id
        })
        const column = name.replace(/(_id)?s$/, (end) => (end === "_ids" && name === "assigned_to_ids" ? "" : "_id"))
        const values = [one, other].map((row) => String(Object.entries(row).find(([key]) => key === column)?.[1]))
        const find = (value: string) =>
          Effect.map(
            said(() => node.search({ query: title, [name]: value })),
            ids
          )
        assert.deepStrictEqual(yield* find(values[0]!), [one.ticket_id])
        assert.deepStrictEqual(yield* find(values.join(",")), [other.ticket_id, one.ticket_id])
      })
    )
  }

  it.effect("GET /tickets/search without a query: 400 with details", () =>
    Effect.gen(function* () {
      const { node } = yield* Desk
      const failure = yield* refused(NodeFailure, () => node.search({ query: "" }))
      assert.deepInclude(told(failure), { status: 400, code: "VALIDATION_ERROR" })
      assert.deepNestedInclude(told(failure), { "details[0].path": ["query"] })
    })
  )
})

atDesk("a workflow node changes", (it) => {
  const changes: ReadonlyArray<readonly [name: string, value: (desk: Desk["Service"]) => unknown]> = [
    ["title", () => "VPN drops every minute"],
    ["client_id", ({ otherCompany }) => otherCompany],
    ["status_id", ({ statuses }) => statuses["In Progress"]],
    ["priority_id", ({ priorities }) => priorities["Critical"]],
    ["location_id", ({ location }) => location],
    ["contact_name_id", ({ contact }) => contact],
    ["category_id", ({ category }) => category],
    ["assigned_to", ({ technician }) => technician.user_id],
    ["url", () => "https://status.example/incidents/8"],
    ["attributes", () => ({ description: "Worse", ticket: { id: 1 } })],
    ["tags", () => ["backup", "vpn"]]
  ]
  for (const [name, value] of changes) {
    it.effect(`PUT /tickets/{id} ${name}`, () =>
      Effect.gen(function* () {
        const desk = yield* Desk
        const { tags: _, ...made } = yield* ticket()
        const changed = yield* said(() => desk.node.update(made.ticket_id, { [name]: value(desk) }))
        const expected = {
          ...made,
          [name]: value(desk),
          updated_at: changed.updated_at,
          updated_by: changed.updated_by
        }
        assert.deepInclude(changed, expected)
        assert.strictEqual(changed.updated_by, desk.owner.user.user_id)
        assert.isAbove(Date.parse(changed.updated_at), Date.parse(made.updated_at))
      })
    )
  }

  it.effect("PUT /tickets/{id} board_id with status_id", () =>
    Effect.gen(function* () {
      const { node, otherBoard, otherStatuses } = yield* Desk
      const { ticket_id } = yield* ticket()
      const moved = { board_id: otherBoard, status_id: otherStatuses["New"]! }
      assert.deepInclude(yield* said(() => node.update(ticket_id, moved)), moved)
      assert.strictEqual((yield* said(() => node.get(ticket_id))).board_id, otherBoard)
    })
  )

  it.effect("PUT /tickets/{id} board_id alone: 400 with details", () =>
    Effect.gen(function* () {
      const { node, otherBoard } = yield* Desk
      const { ticket_id } = yield* ticket()
      const failure = yield* refused(NodeFailure, () => node.update(ticket_id, { board_id: otherBoard }))
      assert.strictEqual(failure.status, 400)
      assert.deepNestedInclude(told(failure), { "details[0].path": ["status_id"] })
    })
  )

  it.effect("PUT /tickets/{id} category_id with subcategory_id", () =>
    Effect.gen(function* () {
      const { category, node, subcategory } = yield* Desk
      const { ticket_id } = yield* ticket()
      const fields = { category_id: category, subcategory_id: subcategory }
      assert.deepInclude(yield* said(() => node.update(ticket_id, fields)), fields)
    })
  )

  it.effect("PUT /tickets/{id} with nothing that was left empty", () =>
    Effect.gen(function* () {
      const { contact, node } = yield* Desk
      const { ticket_id } = yield* ticket({ contact_name_id: contact, tags: ["vpn"] })
      const changed = yield* said(() => node.update(ticket_id, { title: "Renamed", contact_name_id: "", tags: [] }))
      assert.deepInclude(changed, { title: "Renamed", contact_name_id: contact, tags: ["vpn"] })
    })
  )

  it.effect("PUT /tickets/{id} that is not there: 404", () =>
    Effect.gen(function* () {
      const { node } = yield* Desk
      const failure = yield* refused(NodeFailure, () => node.update(nobody, { title: "Renamed" }))
      assert.deepInclude(told(failure), { status: 404, code: "NOT_FOUND" })
    })
  )

  it.effect("PUT /tickets/{id}/status", () =>
    Effect.gen(function* () {
      const { node, owner, statuses } = yield* Desk
      const { ticket_id } = yield* ticket()
      const closed = yield* said(() => node.setStatus(ticket_id, statuses["Closed"]!))
      assert.deepInclude(closed, {
        status_id: statuses["Closed"]!,
        is_closed: true,
        closed_by: owner.user.user_id
      })
      assert.isNotNull(closed.closed_at)
      const reopened = yield* said(() => node.setStatus(ticket_id, statuses["In Progress"]!))
      assert.deepInclude(reopened, { is_closed: false, closed_at: null, closed_by: null })
    })
  )

  it.effect("PUT /tickets/{id}/assignment", () =>
    Effect.gen(function* () {
      const { node, technician } = yield* Desk
      const { ticket_id } = yield* ticket()
      const assigned = yield* said(() => node.assign(ticket_id, technician.user_id))
      assert.strictEqual(assigned.assigned_to, technician.user_id)
      assert.strictEqual((yield* said(() => node.get(ticket_id))).assigned_to_name, technician.name)
    })
  )

  it.effect("PUT /tickets/{id}/assignment to nobody", () =>
    Effect.gen(function* () {
      const { node, technician } = yield* Desk
      const { ticket_id } = yield* ticket({ assigned_to: technician.user_id })
      assert.isNull((yield* said(() => node.assign(ticket_id, null))).assigned_to)
      assert.isNull((yield* said(() => node.get(ticket_id))).assigned_to_name)
    })
  )
})

atDesk("a workflow node comments", (it) => {
  it.effect("POST /tickets/{id}/comments", () =>
    Effect.gen(function* () {
      const { node, owner } = yield* Desk
      const { ticket_id } = yield* ticket()
      const comment_text = "Restarted the **gateway** & <waited>"
      const added = yield* said(() => node.comment(ticket_id, { comment_text }))
      assert.deepInclude(added, {
        ticket_id,
        comment_text,
        note: comment_text,
        is_internal: false,
        is_resolution: false,
        created_by: owner.user.user_id
      })
      assert.include(added.comment_html, "&lt;waited&gt;")
    })
  )

  it.effect("POST /tickets/{id}/comments is_internal", () =>
    Effect.gen(function* () {
      const { node } = yield* Desk
      const { ticket_id } = yield* ticket()
      const say = (is_internal: boolean) => said(() => node.comment(ticket_id, { comment_text: "Noted", is_internal }))
      assert.isTrue((yield* say(true)).is_internal)
      assert.isFalse((yield* say(false)).is_internal)
    })
  )

  it.effect("POST /tickets/{id}/comments without a text: 400 with details", () =>
    Effect.gen(function* () {
      const { node } = yield* Desk
      const { ticket_id } = yield* ticket()
      const failure = yield* refused(NodeFailure, () => node.comment(ticket_id, { comment_text: "" }))
      assert.deepInclude(told(failure), { status: 400, code: "VALIDATION_ERROR" })
      assert.deepNestedInclude(told(failure), { "details[0].path": ["comment_text"] })
    })
  )

  it.effect("GET /tickets/{id}/comments?limit=50&offset=0&order=asc", () =>
    Effect.gen(function* () {
      const { node } = yield* Desk
      const { ticket_id } = yield* ticket()
      assert.deepStrictEqual((yield* said(() => node.comments(ticket_id))).data, [])
      const added = []
      for (const comment_text of ["First", "Second", "Third"]) {
        added.push(yield* said(() => node.comment(ticket_id, { comment_text })))
      }
      const { data } = yield* said(() => node.comments(ticket_id))
      assert.deepStrictEqual(data, added)
    })
  )

  it.effect("GET /tickets/{id}/comments?limit&offset&order=desc", () =>
    Effect.gen(function* () {
      const { node } = yield* Desk
      const { ticket_id } = yield* ticket()
      for (const comment_text of ["First", "Second", "Third"]) {
        yield* said(() => node.comment(ticket_id, { comment_text }))
      }
      const { data } = yield* said(() => node.comments(ticket_id, { limit: 1, offset: 1, order: "desc" }))
      assert.deepStrictEqual(
        data.map(({ comment_text }) => comment_text),
        ["Second"]
      )
    })
  )

  it.effect("GET /tickets/{id}/comments of a ticket that is not there: 404", () =>
    Effect.gen(function* () {
      const { node } = yield* Desk
      const failure = yield* refused(NodeFailure, () => node.comments(nobody))
      assert.deepInclude(told(failure), { status: 404, code: "NOT_FOUND", message: "ticket not found" })
    })
  )
})

atDesk("a workflow node deletes", (it) => {
  it.effect("DELETE /tickets/{id}", () =>
    Effect.gen(function* () {
      const { node } = yield* Desk
      const { ticket_id } = yield* ticket({ tags: ["vpn"] })
      yield* said(() => node.comment(ticket_id, { comment_text: "Never mind" }))
      const output = yield* said(() => node.delete(ticket_id))
      assert.deepStrictEqual(output, { success: true, id: ticket_id, deleted: true })
      assert.strictEqual((yield* refused(NodeFailure, () => node.get(ticket_id))).status, 404)
      assert.strictEqual((yield* refused(NodeFailure, () => node.delete(ticket_id))).status, 404)
    })
  )

  it.effect("DELETE /tickets/{id} that an asset is linked to: 409 with details", () =>
    Effect.gen(function* () {
      const { admin, asset, node } = yield* Desk
      const { ticket_id } = yield* ticket()
      yield* admin.post(`/api/v1/tickets/${ticket_id}/assets`, { asset_id: yield* asset("Gateway") })
      const failure = yield* refused(NodeFailure, () => node.delete(ticket_id))
      assert.deepStrictEqual(told(failure), {
        status: 409,
        code: "CONFLICT",
        message: "This ticket has associated records that must be removed or reassigned first: 1 asset association.",
        details: {
          code: "DEPENDENCIES_EXIST",
          dependencies: [{ type: "asset_association", count: 1, label: "asset associations" }]
        }
      })
    })
  )
})

atDesk("a workflow node is told", (it) => {
  it.effect("401 for a key that nobody has", () =>
    Effect.gen(function* () {
      const { nodeOf } = yield* Desk
      const failure = yield* refused(NodeFailure, () => nodeOf(unknownKey).list())
      const expected = { status: 401, code: "UNAUTHORIZED", message: "Invalid API key", details: undefined }
      assert.deepStrictEqual(told(failure), expected)
    })
  )

  it.effect("401 for no key, whose text is in the envelope too", () =>
    Effect.gen(function* () {
      const { nodeOf } = yield* Desk
      const failure = yield* refused(NodeFailure, () => nodeOf("").get(nobody))
      assert.deepInclude(told(failure), { status: 401, code: "UNAUTHORIZED", message: "API key required" })
    })
  )

  it.effect("403 for what the key's owner may not do", () =>
    Effect.gen(function* () {
      const { nodeOf, technician } = yield* Desk
      const { ticket_id } = yield* ticket()
      const failure = yield* refused(NodeFailure, () => nodeOf(technician.key).delete(ticket_id))
      assert.deepInclude(told(failure), {
        status: 403,
        code: "FORBIDDEN",
        message: "Permission denied: Cannot delete ticket"
      })
    })
  )
})
