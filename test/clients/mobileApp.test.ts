/** The mobile app's ticket screens work against the service, call by call. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { makeProduct } from "../support/fixtures.ts"
import { atDesk, Desk, nobody, refused, said, unknownKey } from "./desk.ts"
import { AppFailure } from "./mobileApp.ts"

interface Listed {
  readonly data: ReadonlyArray<{ readonly ticket_id: string }>
}

const ids = ({ data }: Listed) => data.map(({ ticket_id }) => ticket_id)
const told = ({ code, details, kind, message, status }: AppFailure) => ({ kind, status, code, message, details })

/** What the form for a new ticket has filled in. */
const form = Effect.gen(function* () {
  const { board_id, company, priorities, statuses } = yield* Desk
  return {
    title: "Laptop does not wake up",
    board_id,
    client_id: company,
    status_id: statuses["New"]!,
    priority_id: priorities["Medium"]!
  }
})

const ticket = Effect.fnUntraced(function* (fields: Readonly<Record<string, unknown>> = {}) {
  const { app } = yield* Desk
  const all = { ...(yield* form), ...fields }
  return (yield* said(() => app.createTicket(all))).ticket_id
})

/** Two tickets that differ in all that the list can be filtered by. */
const pair = Effect.gen(function* () {
  const { otherCompany, priorities, statuses, technician } = yield* Desk
  const one = yield* ticket({ assigned_to: technician.user_id })
  const other = yield* ticket({
    title: "Phone has no dial tone",
    client_id: otherCompany,
    status_id: statuses["Closed"],
    priority_id: priorities["Low"]
  })
  return { one, other }
})

atDesk("the mobile app's form for a new ticket", (it) => {
  it.effect("GET /clients?limit=50&search= offers clients", () =>
    Effect.gen(function* () {
      const { app, company } = yield* Desk
      const { data, pagination } = yield* said(() => app.clients(""))
      const fabrikam = data.find(({ client_id }) => client_id === company)
      assert.deepInclude(fabrikam, {
        client_name: "Fabrikam",
        email: "office@fabrikam.example",
        phone_no: "+1 555 0100",
        is_inactive: false,
        logoUrl: null
      })
      assert.deepInclude(pagination, { page: 1, limit: 50, total: data.length, hasNext: false })
    })
  )

  it.effect("GET /clients?limit=50&search finds a client", () =>
    Effect.gen(function* () {
      const { app, company } = yield* Desk
      const { data } = yield* said(() => app.clients("FABRI"))
      assert.deepStrictEqual(
        data.map(({ client_id }) => client_id),
        [company]
      )
    })
  )

  it.effect("GET /clients/{id}/locations offers its places", () =>
    Effect.gen(function* () {
      const { app, company, location, otherCompany } = yield* Desk
      const [found, ...others] = yield* said(() => app.locations(company))
      assert.deepStrictEqual(others, [])
      assert.deepInclude(found, {
        location_id: location,
        location_name: "Head office",
        city: "Springfield",
        address_line1: null,
        phone: "+1 555 0100",
        email: "office@fabrikam.example",
        is_default: true
      })
      assert.deepStrictEqual(yield* said(() => app.locations(otherCompany)), [])
    })
  )

  it.effect("GET /boards?limit=100&sort=name&order=asc offers boards", () =>
    Effect.gen(function* () {
      const { admin, app, board_id, technician } = yield* Desk
      yield* admin.put(`/api/v1/boards/${board_id}`, { default_assigned_to: technician.user_id })
      const { data } = yield* said(() => app.boards())
      yield* admin.put(`/api/v1/boards/${board_id}`, { default_assigned_to: null })
      assert.deepStrictEqual(
        data.map(({ board_name, default_assigned_to, is_default }) => [board_name, is_default, default_assigned_to]),
        [
          ["Alerts", false, null],
          ["Projects", false, null],
          ["Service Desk", true, technician.user_id]
        ]
      )
    })
  )

  it.effect("GET /tickets/statuses?board_id offers the board's statuses", () =>
    Effect.gen(function* () {
      const { app, board_id, statuses } = yield* Desk
      const offered = yield* said(() => app.statuses(board_id))
      assert.deepStrictEqual(offered[0], { status_id: statuses["New"]!, board_id, name: "New", is_closed: false })
      assert.deepStrictEqual(
        offered.map(({ is_closed, name }) => [name, is_closed]),
        [
          ["New", false],
          ["In Progress", false],
          ["Waiting for Client", false],
          ["Resolved", true],
          ["Closed", true]
        ]
      )
    })
  )

  it.effect("GET /tickets/statuses offers those of all boards", () =>
    Effect.gen(function* () {
      const { app, boards } = yield* Desk
      const offered = yield* said(() => app.statuses())
      assert.strictEqual(offered.length, 15)
      assert.sameMembers([...new Set(offered.map(({ board_id }) => board_id))], Object.values(boards))
    })
  )

  it.effect("GET /tickets/priorities offers priorities", () =>
    Effect.gen(function* () {
      const { app, priorities } = yield* Desk
      const offered = yield* said(() => app.ticketPriorities())
      assert.deepStrictEqual(
        offered,
        ["Critical", "High", "Low", "Medium"].map((name) => ({ priority_id: priorities[name]!, priority_name: name }))
      )
    })
  )

  for (const [type, names] of [
    ["ticket", ["Critical", "High", "Medium", "Low"]],
    ["project_task", []]
  ] as const) {
    it.effect(`GET /priorities?item_type=${type}&limit=100 offers priorities with their colors`, () =>
      Effect.gen(function* () {
        const { app } = yield* Desk
        const { data } = yield* said(() => app.priorities(type))
        assert.deepStrictEqual(
          data.map(({ priority_name }) => priority_name),
          [...names]
        )
        for (const { color } of data) assert.match(color, /^#[0-9A-F]{6}$/)
      })
    )
  }

  it.effect("GET /categories/ticket?limit=100 offers categories", () =>
    Effect.gen(function* () {
      const { app, category, subcategory } = yield* Desk
      const { data, pagination } = yield* said(() => app.categories())
      assert.deepStrictEqual(data, [
        { category_id: category, category_name: "Network", parent_category: null },
        { category_id: subcategory, category_name: "VPN", parent_category: category }
      ])
      assert.deepInclude(pagination, { page: 1, limit: 100, total: 2, hasNext: false })
    })
  )

  it.effect("POST /tickets with what is required", () =>
    Effect.gen(function* () {
      const { app, technician } = yield* Desk
      const fields = yield* form
      const made = yield* said(() => app.createTicket(fields))
      assert.deepInclude(made, { ...fields, entered_by: technician.user_id, assigned_to: null, attributes: null })
      assert.match(made.ticket_number, /^TIC\d+$/)
    })
  )

  it.effect("POST /tickets with everything", () =>
    Effect.gen(function* () {
      const { app, category, contact, location, technician } = yield* Desk
      const fields = {
        ...(yield* form),
        location_id: location,
        contact_name_id: contact,
        category_id: category,
        assigned_to: technician.user_id,
        attributes: {
          description: "Since the update",
          due_date: "2026-12-01T08:00:00.000Z",
          watcher_user_ids: [technician.user_id]
        }
      }
      const made = yield* said(() => app.createTicket(fields))
      assert.deepInclude(made, fields)
    })
  )

  it.effect("POST /tickets without a title: validation, with details", () =>
    Effect.gen(function* () {
      const { app } = yield* Desk
      const fields = { ...(yield* form), title: "" }
      const failure = yield* refused(AppFailure, () => app.createTicket(fields))
      assert.deepInclude(told(failure), { kind: "validation", status: 400, code: "VALIDATION_ERROR" })
      assert.deepNestedInclude(told(failure), { "details[0].path": ["title"] })
    })
  )

  it.effect("POST /tickets/from-asset", () =>
    Effect.gen(function* () {
      const { app, asset, category, contact } = yield* Desk
      const fields = {
        ...(yield* form),
        title: "Laptop's fan is loud",
        asset_id: yield* asset("Laptop"),
        description: "It <hums>",
        contact_name_id: contact,
        category_id: category
      }
      const made = yield* said(() => app.createFromAsset(fields))
      const shown = yield* said(() => app.ticket(made.ticket_id))
      assert.deepInclude(shown, {
        ticket_number: made.ticket_number,
        title: "Laptop's fan is loud",
        contact_name: "Casey Contact",
        description_html: "<p>It &lt;hums&gt;</p>"
      })
      const linked = yield* said(() => app.assets(made.ticket_id))
      assert.deepStrictEqual(
        linked.map(({ asset_id, relationship_type }) => [asset_id, relationship_type]),
        [[fields.asset_id, "affected"]]
      )
    })
  )

  it.effect("POST /tickets/from-asset of an asset that is not there: 404", () =>
    Effect.gen(function* () {
      const { app } = yield* Desk
      const fields = { ...(yield* form), asset_id: nobody }
      const failure = yield* refused(AppFailure, () => app.createFromAsset(fields))
      assert.deepInclude(told(failure), { kind: "http", status: 404, code: "NOT_FOUND", message: "Asset not found" })
    })
  )
})

atDesk("the mobile app's list of tickets", (it) => {
  it.effect("GET /tickets?fields=mobile_list&sort=updated_at&order=desc", () =>
    Effect.gen(function* () {
      const { app, contact, node, statuses, technician } = yield* Desk
      const { one, other } = yield* pair
      yield* said(() => node.update(one, { contact_name_id: contact, tags: ["vip", "laptop"] }))
      const { data, pagination } = yield* said(() => app.tickets())
      assert.deepStrictEqual(ids({ data: data.slice(0, 2) }), [one, other])
      assert.deepInclude(data[0], {
        title: "Laptop does not wake up",
        status_id: statuses["New"]!,
        status_name: "New",
        status_is_closed: false,
        priority_name: "Medium",
        assigned_to_name: technician.name,
        client_name: "Fabrikam",
        contact_name: "Casey Contact",
        closed_at: null
      })
      assert.deepStrictEqual(
        data[0]!.tags.map(({ tag_text }) => tag_text),
        ["laptop", "vip"]
      )
      assert.deepInclude(data[1], { status_name: "Closed", status_is_closed: true, assigned_to_name: null, tags: [] })
      assert.isNotNull(data[1]!.closed_at)
      assert.deepInclude(pagination, { page: 1, limit: 20, total: data.length, hasNext: false })
    })
  )

  it.effect("GET /tickets?page&limit, on while there is a next page", () =>
    Effect.gen(function* () {
      const { app } = yield* Desk
      for (let made = 0; made < 3; made++) yield* ticket()
      const { data: all } = yield* said(() => app.tickets({ limit: 100 }))
      const walked: Array<string> = []
      for (let page = 1, hasNext = true; hasNext; page++) {
        const { data, pagination } = yield* said(() => app.tickets({ page, limit: 2 }))
        assert.deepInclude(pagination, { page, total: all.length })
        walked.push(...ids({ data }))
        hasNext = pagination.hasNext
      }
      assert.deepStrictEqual(walked, ids({ data: all }))
    })
  )

  it.effect("GET /tickets?search= is the whole list", () =>
    Effect.gen(function* () {
      const { app } = yield* Desk
      yield* pair
      const all = yield* said(() => app.tickets())
      assert.isNotEmpty(all.data)
      const empty = { search: "", client_id: "", status_ids: "", priority_name: "" }
      assert.deepStrictEqual(yield* said(() => app.tickets(empty)), all)
    })
  )

  for (const [text, of] of [
    ["WAKE up", "title"],
    ["", "number"],
    ["abrika", "client"]
  ] as const) {
    it.effect(`GET /tickets?search by ${of}`, () =>
      Effect.gen(function* () {
        const { app } = yield* Desk
        const { one, other } = yield* pair
        const { ticket_number } = yield* said(() => app.ticket(one))
        const found = ids(yield* said(() => app.tickets({ search: text === "" ? ticket_number : text, limit: 100 })))
        assert.include(found, one)
        assert.notInclude(found, other)
      })
    )
  }

  const filters: ReadonlyArray<
    readonly [query: string, value: (desk: Desk["Service"]) => unknown, finds: "one" | "other"]
  > = [
    ["is_open", () => true, "one"],
    ["is_closed", () => true, "other"],
    ["client_id", ({ company }) => company, "one"],
    ["assigned_to", ({ technician }) => technician.user_id, "one"],
    ["has_assignment", () => true, "one"],
    ["has_assignment", () => false, "other"],
    ["priority_name", () => "Low", "other"],
    ["status_ids", ({ statuses }) => `${statuses["Resolved"]},${statuses["Closed"]}`, "other"]
  ]
  for (const [name, value, finds] of filters) {
    const isFalse = name === "has_assignment" && finds === "other"
    it.effect(`GET /tickets?${name}${isFalse ? "=false" : ""}`, () =>
      Effect.gen(function* () {
        const desk = yield* Desk
        const both = yield* pair
        const { data, pagination } = yield* said(() => desk.app.tickets({ limit: 100, [name]: value(desk) }))
        assert.include(ids({ data }), both[finds])
        assert.notInclude(ids({ data }), both[finds === "one" ? "other" : "one"])
        assert.strictEqual(pagination.total, data.length)
      })
    )
  }

  it.effect("GET /tickets?updated_from", () =>
    Effect.gen(function* () {
      const { app } = yield* Desk
      const { one, other } = yield* pair
      const { updated_at } = yield* said(() => app.ticket(other))
      assert.deepStrictEqual(ids(yield* said(() => app.tickets({ updated_from: updated_at }))), [other])
      yield* said(() => app.updateTicket(one, { title: "Laptop sleeps" }))
      assert.deepStrictEqual(ids(yield* said(() => app.tickets({ updated_from: updated_at }))), [one, other])
    })
  )

  it.effect("GET /tickets/stats", () =>
    Effect.gen(function* () {
      const { admin, app } = yield* Desk
      const before = yield* said(() => app.stats())
      const { one } = yield* pair
      yield* admin.put(`/api/v1/tickets/${one}`, { due_date: "2020-01-01T00:00:00.000Z" })
      assert.deepStrictEqual(yield* said(() => app.stats()), {
        total_tickets: before.total_tickets + 2,
        open_tickets: before.open_tickets + 1,
        closed_tickets: before.closed_tickets + 1,
        overdue_tickets: before.overdue_tickets + 1,
        unassigned_tickets: before.unassigned_tickets + 1
      })
    })
  )
})

atDesk("the mobile app's ticket", (it) => {
  it.effect("GET /tickets/{id}", () =>
    Effect.gen(function* () {
      const { admin, app, contact, location, priorities, technician } = yield* Desk
      const attributes = {
        description: "Since the <update>",
        due_date: "2026-12-01T08:00:00.000Z",
        watcher_user_ids: [technician.user_id]
      }
      const id = yield* ticket({
        attributes,
        contact_name_id: contact,
        location_id: location,
        assigned_to: technician.user_id
      })
      yield* admin.put(`/api/v1/tickets/${id}`, { tags: ["vip", "laptop"], due_date: "2026-12-01T08:00:00.000Z" })
      const shown = yield* said(() => app.ticket(id))
      assert.deepInclude(shown, {
        ticket_id: id,
        title: "Laptop does not wake up",
        status_name: "New",
        status_is_closed: false,
        priority_id: priorities["Medium"]!,
        priority_name: "Medium",
        assigned_to: technician.user_id,
        assigned_to_name: technician.name,
        client_name: "Fabrikam",
        client_email: "office@fabrikam.example",
        client_phone: "+1 555 0100",
        contact_name: "Casey Contact",
        contact_email: "casey@fabrikam.example",
        contact_phone: "+1 555 0101",
        location_id: location,
        location_name: "Head office",
        due_date: "2026-12-01T08:00:00.000Z",
        closed_at: null,
        description_html: "<p>Since the &lt;update&gt;</p>"
      })
      assert.deepStrictEqual(shown.attributes, attributes)
      assert.deepStrictEqual(shown.tags, ["laptop", "vip"])
    })
  )

  it.effect("GET /tickets/{id} that is not there: 404", () =>
    Effect.gen(function* () {
      const { app } = yield* Desk
      const failure = yield* refused(AppFailure, () => app.ticket(nobody))
      assert.deepInclude(told(failure), { kind: "http", status: 404, code: "NOT_FOUND", message: "ticket not found" })
    })
  )

  it.effect("PUT /tickets/{id} priority_id", () =>
    Effect.gen(function* () {
      const { app, priorities } = yield* Desk
      const id = yield* ticket()
      const changed = yield* said(() => app.updateTicket(id, { priority_id: priorities["Critical"] }))
      assert.deepInclude(changed, { priority_id: priorities["Critical"]!, priority_name: "Critical" })
    })
  )

  it.effect("PUT /tickets/{id} title", () =>
    Effect.gen(function* () {
      const { app } = yield* Desk
      const id = yield* ticket()
      const changed = yield* said(() => app.updateTicket(id, { title: "Laptop sleeps" }))
      assert.strictEqual(changed.title, "Laptop sleeps")
      assert.deepStrictEqual(yield* said(() => app.ticket(id)), changed)
    })
  )

  it.effect("PUT /tickets/{id} attributes", () =>
    Effect.gen(function* () {
      const { app, technician } = yield* Desk
      const id = yield* ticket({ attributes: { description: "Old" } })
      const attributes = { description: "New", watcher_user_ids: [technician.user_id] }
      const changed = yield* said(() => app.updateTicket(id, { attributes }))
      assert.deepStrictEqual([changed.attributes, changed.description_html], [attributes, "<p>New</p>"])
    })
  )

  it.effect("PUT /tickets/{id} attributes as null", () =>
    Effect.gen(function* () {
      const { app } = yield* Desk
      const id = yield* ticket({ attributes: { description: "Old" } })
      const changed = yield* said(() => app.updateTicket(id, { attributes: null }))
      assert.isNull(changed.attributes)
      assert.notInclude(changed.description_html, "Old")
    })
  )

  it.effect("PUT /tickets/{id} contact_name_id", () =>
    Effect.gen(function* () {
      const { app, contact } = yield* Desk
      const id = yield* ticket()
      const changed = yield* said(() => app.updateTicket(id, { contact_name_id: contact }))
      assert.deepInclude(changed, { contact_name: "Casey Contact", contact_email: "casey@fabrikam.example" })
    })
  )

  it.effect("PUT /tickets/{id} contact_name_id as null", () =>
    Effect.gen(function* () {
      const { app, contact } = yield* Desk
      const id = yield* ticket({ contact_name_id: contact })
      const changed = yield* said(() => app.updateTicket(id, { contact_name_id: null }))
      assert.deepInclude(changed, { contact_name: null, contact_email: null, contact_phone: null })
    })
  )

  for (const [contacts, internals] of [
    [false, false],
    [true, false],
    [true, true]
  ] as const) {
    const flags = { suppressContactNotifications: contacts, suppressInternalNotifications: internals }
    it.effect(`PUT /tickets/{id} with notifications suppressed: ${contacts}, ${internals}`, () =>
      Effect.gen(function* () {
        const { app } = yield* Desk
        const id = yield* ticket()
        const changed = yield* said(() => app.updateTicket(id, { title: "In silence", ...flags }))
        assert.strictEqual(changed.title, "In silence")
      })
    )
  }

  it.effect("PUT /tickets/{id} with notifications suppressed for colleagues only: validation, with details", () =>
    Effect.gen(function* () {
      const { app, statuses, technician } = yield* Desk
      const id = yield* ticket()
      const flags = { suppressContactNotifications: false, suppressInternalNotifications: true }
      for (const call of [
        () => app.updateTicket(id, { title: "In silence", ...flags }),
        () => app.setStatus(id, { status_id: statuses["Closed"], ...flags }),
        () => app.assign(id, { assigned_to: technician.user_id, ...flags })
      ]) {
        const failure = yield* refused(AppFailure, call)
        assert.deepInclude(told(failure), { kind: "validation", status: 400, code: "VALIDATION_ERROR" })
        assert.deepNestedInclude(told(failure), { "details[0].path": ["suppressInternalNotifications"] })
      }
    })
  )

  it.effect("PUT /tickets/{id}/status", () =>
    Effect.gen(function* () {
      const { app, statuses } = yield* Desk
      const id = yield* ticket()
      const flags = { suppressContactNotifications: true, suppressInternalNotifications: false }
      const closed = yield* said(() => app.setStatus(id, { status_id: statuses["Closed"], ...flags }))
      assert.deepInclude(closed, { status_id: statuses["Closed"]!, status_name: "Closed", status_is_closed: true })
      assert.isNotNull(closed.closed_at)
      const open = yield* said(() => app.setStatus(id, { status_id: statuses["New"] }))
      assert.deepInclude(open, { status_name: "New", status_is_closed: false, closed_at: null })
    })
  )

  it.effect("PUT /tickets/{id}/status against the board's rules: validation, with details", () =>
    Effect.gen(function* () {
      const { admin, app, otherBoard, otherStatuses } = yield* Desk
      const rules = { is_enabled: true, require_resolution_comment: true }
      yield* admin.put(`/api/v1/boards/${otherBoard}/close-rules`, rules)
      const id = yield* ticket({ board_id: otherBoard, status_id: otherStatuses["New"] })
      const close = () => app.setStatus(id, { status_id: otherStatuses["Closed"] })
      const failure = yield* refused(AppFailure, close)
      assert.deepInclude(told(failure), {
        kind: "validation",
        status: 400,
        message: "Ticket close rules not satisfied"
      })
      assert.deepNestedInclude(told(failure), {
        "details[0].path": ["status_id"],
        "details[0].rule": "resolution_comment"
      })
      yield* said(() => app.comment(id, { comment_text: "Replaced", is_internal: false, is_resolution: true }))
      assert.isTrue((yield* said(close)).status_is_closed)
    })
  )

  it.effect("PUT /tickets/{id}/assignment", () =>
    Effect.gen(function* () {
      const { app, technician } = yield* Desk
      const id = yield* ticket()
      const flags = { suppressContactNotifications: true, suppressInternalNotifications: true }
      const mine = yield* said(() => app.assign(id, { assigned_to: technician.user_id, ...flags }))
      assert.deepInclude(mine, { assigned_to: technician.user_id, assigned_to_name: technician.name })
      const nobodys = yield* said(() => app.assign(id, { assigned_to: null }))
      assert.deepInclude(nobodys, { assigned_to: null, assigned_to_name: null })
    })
  )
})

atDesk("the mobile app's comments", (it) => {
  it.effect("POST /tickets/{id}/comments", () =>
    Effect.gen(function* () {
      const { app, technician } = yield* Desk
      const id = yield* ticket()
      const added = yield* said(() =>
        app.comment(id, {
          comment_text: "Ordered a **battery**",
          is_internal: false,
          is_resolution: true,
          suppressContactNotifications: true,
          suppressInternalNotifications: false
        })
      )
      assert.deepInclude(added, {
        comment_text: "Ordered a **battery**",
        is_internal: false,
        is_resolution: true,
        created_by: technician.user_id,
        created_by_name: technician.name,
        kind: "comment",
        event_type: null,
        event_text: null,
        parent_comment_id: null,
        deleted_at: null,
        reactions: []
      })
      assert.include(added.comment_html, "battery")
    })
  )

  it.effect("POST /tickets/{id}/comments in reply", () =>
    Effect.gen(function* () {
      const { app } = yield* Desk
      const id = yield* ticket()
      const first = yield* said(() => app.comment(id, { comment_text: "Which model?", is_internal: true }))
      const reply = yield* said(() =>
        app.comment(id, { comment_text: "The old one", is_internal: true, parent_comment_id: first.comment_id })
      )
      assert.deepInclude(reply, {
        parent_comment_id: first.comment_id,
        thread_id: first.thread_id,
        is_internal: true
      })
    })
  )

  it.effect("POST /tickets/{id}/comments with too much: validation, with a message", () =>
    Effect.gen(function* () {
      const { app } = yield* Desk
      const id = yield* ticket()
      const failure = yield* refused(AppFailure, () => app.comment(id, { comment_text: "x".repeat(5001) }))
      assert.deepInclude(told(failure), { kind: "validation", status: 400, code: "VALIDATION_ERROR" })
      assert.match(failure.message, /too long/i)
      assert.deepNestedInclude(told(failure), { "details[0].path": ["comment_text"] })
    })
  )

  it.effect("GET /tickets/{id}/comments", () =>
    Effect.gen(function* () {
      const { app } = yield* Desk
      const id = yield* ticket()
      const first = yield* said(() => app.comment(id, { comment_text: "First", is_internal: false }))
      const second = yield* said(() => app.comment(id, { comment_text: "Second", is_internal: true }))
      assert.deepStrictEqual(yield* said(() => app.comments(id)), [first, second])
    })
  )

  it.effect("GET /tickets/{id}/comments of more than one screen", () =>
    Effect.gen(function* () {
      const { app } = yield* Desk
      const id = yield* ticket()
      const texts = Array.from({ length: 60 }, (_, at) => `Comment ${at}`)
      for (const comment_text of texts) yield* said(() => app.comment(id, { comment_text }))
      assert.deepStrictEqual(
        (yield* said(() => app.comments(id))).map(({ comment_text }) => comment_text),
        texts
      )
    })
  )

  it.effect("PUT /tickets/{id}/comments/{commentId}", () =>
    Effect.gen(function* () {
      const { app } = yield* Desk
      const id = yield* ticket()
      const { comment_id } = yield* said(() => app.comment(id, { comment_text: "Frist" }))
      const edited = yield* said(() => app.editComment(id, comment_id, "First"))
      assert.deepInclude(edited, { comment_id, comment_text: "First" })
      assert.deepStrictEqual(yield* said(() => app.comments(id)), [edited])
    })
  )

  it.effect("PUT /tickets/{id}/comments/{commentId} of somebody else: validation", () =>
    Effect.gen(function* () {
      const { app, node } = yield* Desk
      const id = yield* ticket()
      const { comment_id } = yield* said(() => node.comment(id, { comment_text: "Mine" }))
      const failure = yield* refused(AppFailure, () => app.editComment(id, comment_id, "Yours"))
      assert.deepInclude(told(failure), { kind: "validation", status: 400 })
    })
  )

  it.effect("POST /tickets/{id}/comments/{commentId}/reactions", () =>
    Effect.gen(function* () {
      const { app, node, technician } = yield* Desk
      const id = yield* ticket()
      const { comment_id } = yield* said(() => node.comment(id, { comment_text: "Fixed" }))
      assert.deepStrictEqual(yield* said(() => app.react(id, comment_id, "🎉")), { added: true })
      const [comment] = yield* said(() => app.comments(id))
      assert.deepStrictEqual(comment!.reactions, [
        { emoji: "🎉", count: 1, userIds: [technician.user_id], currentUserReacted: true }
      ])
      assert.deepStrictEqual(comment!.reaction_user_names, { [technician.user_id]: technician.name })
      const [seenByOther] = (yield* said(() => node.comments(id))).data
      assert.isFalse(seenByOther!.reactions[0]!.currentUserReacted)
      assert.deepStrictEqual(yield* said(() => app.react(id, comment_id, "🎉")), { added: false })
      assert.deepStrictEqual((yield* said(() => app.comments(id)))[0]!.reactions, [])
    })
  )

  it.effect("POST /tickets/{id}/comments/{commentId}/reactions to no comment: 404", () =>
    Effect.gen(function* () {
      const { app } = yield* Desk
      const id = yield* ticket()
      const failure = yield* refused(AppFailure, () => app.react(id, nobody, "🎉"))
      assert.deepInclude(told(failure), { kind: "http", status: 404, code: "NOT_FOUND" })
    })
  )
})

atDesk("the mobile app's documents", (it) => {
  const photo = () =>
    new File([new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 0, 1, 2, 3])], "IMG 0042.jpg", { type: "image/jpeg" })

  it.effect("POST /tickets/{id}/documents", () =>
    Effect.gen(function* () {
      const { app, technician } = yield* Desk
      const id = yield* ticket()
      assert.deepInclude(yield* said(() => app.upload(id, photo())), {
        document_name: "IMG 0042.jpg",
        mime_type: "image/jpeg",
        file_size: 8,
        created_by_full_name: technician.name
      })
    })
  )

  it.effect("POST /tickets/{id}/documents of a type that is not wanted: validation, with details", () =>
    Effect.gen(function* () {
      const { app } = yield* Desk
      const id = yield* ticket()
      const program = new File(["MZ"], "setup.exe", { type: "application/x-msdownload" })
      const failure = yield* refused(AppFailure, () => app.upload(id, program))
      assert.deepInclude(told(failure), { kind: "validation", status: 400, code: "VALIDATION_ERROR" })
      assert.deepNestedInclude(told(failure), { "details[0].path": ["file"] })
    })
  )

  it.effect("POST /tickets/{id}/documents without a file: validation, with details", () =>
    Effect.gen(function* () {
      const { app } = yield* Desk
      const id = yield* ticket()
      const failure = yield* refused(AppFailure, () =>
        app.call("POST", `/api/v1/tickets/${id}/documents`, { body: new FormData() })
      )
      assert.deepInclude(told(failure), { kind: "validation", status: 400, code: "VALIDATION_ERROR" })
      assert.deepNestedInclude(told(failure), { "details[0].path": ["file"] })
    })
  )

  it.effect("GET /tickets/{id}/documents", () =>
    Effect.gen(function* () {
      const { app, node } = yield* Desk
      const id = yield* ticket()
      assert.deepStrictEqual(yield* said(() => app.documents(id)), [])
      const older = yield* said(() => app.upload(id, photo()))
      const newer = yield* said(() => app.upload(id, new File(["Log"], "log.txt", { type: "text/plain" })))
      const listed = yield* said(() => app.documents(id))
      assert.deepStrictEqual(listed, [newer, older])
      for (const { type_icon, type_name } of listed) assert.isNotNull(type_name ?? type_icon)
      assert.deepStrictEqual((yield* said(() => node.get(id))).documents, listed)
    })
  )

  it.effect("DELETE /tickets/{id}/documents/{documentId}", () =>
    Effect.gen(function* () {
      const { app } = yield* Desk
      const id = yield* ticket()
      const { document_id } = yield* said(() => app.upload(id, photo()))
      yield* said(() => app.deleteDocument(id, document_id))
      assert.deepStrictEqual(yield* said(() => app.documents(id)), [])
      const failure = yield* refused(AppFailure, () => app.deleteDocument(id, document_id))
      assert.deepInclude(told(failure), { kind: "http", status: 404, code: "NOT_FOUND" })
    })
  )
})

atDesk("the mobile app's checklist", (it) => {
  it.effect("POST /tickets/{id}/checklist", () =>
    Effect.gen(function* () {
      const { app } = yield* Desk
      const id = yield* ticket()
      const added = yield* said(() => app.addItem(id, "Back up the disk", false))
      assert.deepInclude(added, {
        ticket_id: id,
        item_name: "Back up the disk",
        description: null,
        is_required: false,
        assigned_to: null,
        completed: false,
        completed_by: null,
        completed_at: null,
        completed_by_name: null,
        source: "manual",
        template_id: null
      })
      assert.isTrue((yield* said(() => app.addItem(id, "Wipe it", true))).is_required)
    })
  )

  it.effect("GET /tickets/{id}/checklist", () =>
    Effect.gen(function* () {
      const { app } = yield* Desk
      const id = yield* ticket()
      assert.deepStrictEqual(yield* said(() => app.checklist(id)), [])
      const first = yield* said(() => app.addItem(id, "Back up the disk", true))
      const second = yield* said(() => app.addItem(id, "Wipe it", true))
      assert.isBelow(first.order_number, second.order_number)
      assert.deepStrictEqual(yield* said(() => app.checklist(id)), [first, second])
    })
  )

  it.effect("PATCH /tickets/{id}/checklist/{itemId}", () =>
    Effect.gen(function* () {
      const { app, technician } = yield* Desk
      const id = yield* ticket()
      const { checklist_item_id } = yield* said(() => app.addItem(id, "Back up the disk", true))
      const done = yield* said(() => app.tick(id, checklist_item_id, true))
      assert.deepInclude(done, {
        completed: true,
        completed_by: technician.user_id,
        completed_by_name: technician.name
      })
      assert.isNotNull(done.completed_at)
      assert.deepStrictEqual(yield* said(() => app.checklist(id)), [done])
      const undone = yield* said(() => app.tick(id, checklist_item_id, false))
      assert.deepInclude(undone, {
        completed: false,
        completed_by: null,
        completed_at: null,
        completed_by_name: null
      })
    })
  )

  it.effect("PATCH /tickets/{id}/checklist/{itemId} of another ticket: 404", () =>
    Effect.gen(function* () {
      const { app } = yield* Desk
      const [id, other] = [yield* ticket(), yield* ticket()]
      const { checklist_item_id } = yield* said(() => app.addItem(id, "Back up the disk", true))
      const failure = yield* refused(AppFailure, () => app.tick(other, checklist_item_id, true))
      assert.deepInclude(told(failure), { kind: "http", status: 404, code: "NOT_FOUND" })
    })
  )
})

atDesk("the mobile app's assets of a ticket", (it) => {
  it.effect("POST /tickets/{id}/assets", () =>
    Effect.gen(function* () {
      const { app, asset } = yield* Desk
      const id = yield* ticket()
      const asset_id = yield* asset("Laptop")
      const linked = yield* said(() => app.linkAsset(id, asset_id))
      assert.deepInclude(linked, { asset_id, relationship_type: "affected" })
    })
  )

  it.effect("POST /tickets/{id}/assets with relationship_type and notes", () =>
    Effect.gen(function* () {
      const { app, asset } = yield* Desk
      const id = yield* ticket()
      const asset_id = yield* asset("Docking station")
      const more = { relationship_type: "related", notes: "On the same desk" }
      const linked = yield* said(() => app.linkAsset(id, asset_id, more))
      assert.deepInclude(linked, { asset_id, relationship_type: "related" })
      assert.strictEqual((yield* said(() => app.assets(id)))[0]!.relationship_type, "related")
    })
  )

  it.effect("POST /tickets/{id}/assets twice: 409", () =>
    Effect.gen(function* () {
      const { app, asset } = yield* Desk
      const id = yield* ticket()
      const asset_id = yield* asset("Laptop")
      yield* said(() => app.linkAsset(id, asset_id))
      const failure = yield* refused(AppFailure, () => app.linkAsset(id, asset_id))
      assert.deepInclude(told(failure), {
        kind: "http",
        status: 409,
        code: "CONFLICT",
        message: "Asset is already linked to this ticket"
      })
    })
  )

  it.effect("GET /tickets/{id}/assets", () =>
    Effect.gen(function* () {
      const { app, asset } = yield* Desk
      const id = yield* ticket()
      assert.deepStrictEqual(yield* said(() => app.assets(id)), [])
      const asset_id = yield* asset("Laptop")
      yield* said(() => app.linkAsset(id, asset_id))
      const newer = yield* asset("Docking station")
      yield* said(() => app.linkAsset(id, newer))
      const listed = yield* said(() => app.assets(id))
      assert.deepStrictEqual(
        listed.map(({ asset_id }) => asset_id),
        [newer, asset_id]
      )
      assert.deepInclude(listed[1], {
        name: "Laptop",
        status: "active",
        asset_type: "workstation",
        serial_number: null,
        client_name: "Fabrikam",
        relationship_type: "affected"
      })
    })
  )

  it.effect("GET /tickets/{id}/assets of many: all, as nobody turns pages here", () =>
    Effect.gen(function* () {
      const { app, asset } = yield* Desk
      const id = yield* ticket()
      for (let at = 0; at < 30; at++) {
        const asset_id = yield* asset(`Sensor ${at}`)
        yield* said(() => app.linkAsset(id, asset_id))
      }
      assert.strictEqual((yield* said(() => app.assets(id))).length, 30)
    })
  )
})

atDesk("the mobile app's materials", (it) => {
  it.effect("POST /tickets/{id}/materials", () =>
    Effect.gen(function* () {
      const { app, product } = yield* Desk
      const id = yield* ticket()
      const fields = { service_id: product, quantity: 2, rate: 1550, currency_code: "USD", description: "Blue ones" }
      assert.deepInclude(yield* said(() => app.addMaterial(id, fields)), {
        ...fields,
        service_name: "Patch cable",
        sku: "PC-1",
        is_billed: false
      })
    })
  )

  it.effect("POST /tickets/{id}/materials without description, of a product without sku", () =>
    Effect.gen(function* () {
      const { app, owner } = yield* Desk
      const id = yield* ticket()
      const service_id = yield* makeProduct(owner, { service_name: "Battery" })
      const added = yield* said(() =>
        app.addMaterial(id, { service_id, quantity: 1, rate: 0, currency_code: "eur", unit_id: null })
      )
      assert.deepInclude(added, { service_id, currency_code: "EUR", rate: 0, description: null, sku: null })
    })
  )

  it.effect("POST /tickets/{id}/materials of no product: validation, with details", () =>
    Effect.gen(function* () {
      const { app } = yield* Desk
      const id = yield* ticket()
      const fields = { service_id: nobody, quantity: 1, rate: 100, currency_code: "USD" }
      const failure = yield* refused(AppFailure, () => app.addMaterial(id, fields))
      assert.deepInclude(told(failure), { kind: "validation", status: 400 })
      assert.deepNestedInclude(told(failure), { "details[0].path": ["service_id"] })
    })
  )

  it.effect("GET /tickets/{id}/materials", () =>
    Effect.gen(function* () {
      const { app, product } = yield* Desk
      const id = yield* ticket()
      assert.deepStrictEqual(yield* said(() => app.materials(id)), [])
      const fields = { service_id: product, quantity: 1, rate: 1550, currency_code: "USD" }
      const older = yield* said(() => app.addMaterial(id, fields))
      const newer = yield* said(() => app.addMaterial(id, { ...fields, quantity: 3 }))
      assert.deepStrictEqual(yield* said(() => app.materials(id)), [newer, older])
    })
  )
})

atDesk("the mobile app's time on a ticket", (it) => {
  const nothing = {
    entries: [],
    ownTotalMinutes: 0,
    ownEntryCount: 0,
    othersTotalMinutes: 0,
    othersEntryCount: 0,
    othersVisibleMinutes: 0,
    othersVisibleCount: 0,
    othersHiddenMinutes: 0,
    othersHiddenCount: 0,
    totalMinutes: 0
  }

  it.effect("GET /tickets/{id}/time-entries without any", () =>
    Effect.gen(function* () {
      const { app } = yield* Desk
      const id = yield* ticket()
      assert.deepStrictEqual(yield* said(() => app.time(id)), nothing)
    })
  )

  it.effect("GET /tickets/{id}/time-entries of oneself and of others", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { admin, appOf, owner, person, tenant } = yield* Desk
      const id = yield* ticket()
      const manager = yield* person("Max", "Manager")
      const app = appOf({ accessToken: manager.key })
      const service_id = yield* makeProduct(owner, { service_name: "Remote support", item_kind: "service" })
      const colleague = yield* person("Robin", "Technician")
      const report = yield* person("Sam", "Technician")
      yield* sql`UPDATE users SET reports_to = ${manager.user_id}::uuid
        WHERE tenant = ${tenant} AND user_id = ${report.user_id}`
      const work = Effect.fnUntraced(function* (key: string, start: string, end: string) {
        const times = { start_time: `2026-03-02T${start}:00.000Z`, end_time: `2026-03-02T${end}:00.000Z` }
        const fields = { ...times, service_id, notes: "At the desk" }
        const { body, status } = yield* admin.post(`/api/v1/tickets/${id}/time-entries`, fields, { "x-api-key": key })
        assert.strictEqual(status, 201, JSON.stringify(body))
      })
      yield* work(manager.key, "09:00", "09:30")
      yield* work(report.key, "10:00", "10:15")
      yield* work(colleague.key, "11:00", "12:00")
      const { entries, ...totals } = yield* said(() => app.time(id))
      assert.deepStrictEqual(totals, {
        ownTotalMinutes: 30,
        ownEntryCount: 1,
        othersTotalMinutes: 75,
        othersEntryCount: 2,
        othersVisibleMinutes: 15,
        othersVisibleCount: 1,
        othersHiddenMinutes: 60,
        othersHiddenCount: 1,
        totalMinutes: 105
      })
      assert.deepStrictEqual(
        entries.map(({ is_own, user_id }) => [user_id, is_own]),
        [
          [report.user_id, false],
          [manager.user_id, true]
        ]
      )
      const { entry_id: _, ...own } = entries[1]!
      assert.deepStrictEqual(own, {
        user_id: manager.user_id,
        user_name: manager.name,
        start_time: "2026-03-02T09:00:00.000Z",
        end_time: "2026-03-02T09:30:00.000Z",
        work_date: "2026-03-02",
        billable_duration: 30,
        notes: "At the desk",
        approval_status: "DRAFT",
        service_id,
        service_name: "Remote support",
        is_own: true
      })
    })
  )
})

atDesk("the mobile app is told", (it) => {
  it.effect("that its token is no longer good: 401", () =>
    Effect.gen(function* () {
      const { appOf } = yield* Desk
      const failure = yield* refused(AppFailure, () => appOf({ accessToken: unknownKey }).tickets())
      assert.deepInclude(told(failure), { kind: "auth", status: 401, code: "UNAUTHORIZED", message: "Invalid API key" })
    })
  )

  it.effect("that its token is of another tenant: 401", () =>
    Effect.gen(function* () {
      const { appOf } = yield* Desk
      const failure = yield* refused(AppFailure, () => appOf({ tenantId: nobody }).tickets())
      assert.deepInclude(told(failure), { kind: "auth", status: 401, code: "UNAUTHORIZED" })
    })
  )

  const hidden: ReadonlyArray<
    readonly [name: string, message: string, call: (app: Desk["Service"]["app"], id: string) => Promise<unknown>]
  > = [
    ["tickets", "read ticket", (app) => app.tickets()],
    ["a ticket, there or not,", "read ticket", (app) => app.ticket(nobody)],
    ["figures", "read ticket", (app) => app.stats()],
    ["a new ticket", "create ticket", (app) => app.createTicket({})],
    ["a change", "update ticket", (app, id) => app.updateTicket(id, { title: "Mine" })],
    ["comments", "read ticket", (app, id) => app.comments(id)],
    ["documents", "read ticket", (app, id) => app.documents(id)],
    ["a checklist", "read ticket", (app, id) => app.checklist(id)],
    ["assets", "read asset", (app, id) => app.assets(id)],
    ["materials", "read ticket", (app, id) => app.materials(id)],
    ["time", "read ticket", (app, id) => app.time(id)],
    ["boards", "read ticket", (app) => app.boards()],
    ["categories", "read ticket_settings", (app) => app.categories()]
  ]
  for (const [name, action, call] of hidden) {
    it.effect(`to hide ${name} from who may not see it: 403`, () =>
      Effect.gen(function* () {
        const { appOf, person } = yield* Desk
        const id = yield* ticket()
        const { key } = yield* person("Noel")
        const failure = yield* refused(AppFailure, () => call(appOf({ accessToken: key }), id))
        assert.deepInclude(told(failure), { kind: "permission", status: 403, code: "FORBIDDEN" })
        assert.strictEqual(failure.message, `Permission denied: Cannot ${action}`)
      })
    )
  }

  it.effect("to hide categories, but not tickets, from a dispatcher: 403", () =>
    Effect.gen(function* () {
      const { appOf, person } = yield* Desk
      const app = appOf({ accessToken: (yield* person("Dana", "Dispatcher")).key })
      yield* said(() => app.tickets())
      const failure = yield* refused(AppFailure, () => app.categories())
      assert.deepInclude(told(failure), { kind: "permission", status: 403 })
    })
  )
})

atDesk("the mobile app's transport", (it) => {
  it.effect("sends the token twice, once as a bearer", () =>
    Effect.gen(function* () {
      const { appOf } = yield* Desk
      const id = yield* ticket()
      assert.strictEqual((yield* said(() => appOf({ bearer: true }).ticket(id))).ticket_id, id)
      const renamed = yield* said(() => appOf({ bearer: true }).updateTicket(id, { title: "Twice" }))
      assert.strictEqual(renamed.title, "Twice")
    })
  )

  it.effect("refreshes a token once, and says the same again", () =>
    Effect.gen(function* () {
      const { appOf, technician } = yield* Desk
      let refreshes = 0
      const refresh = async () => {
        refreshes++
        return technician.key
      }
      const app = appOf({ accessToken: unknownKey, refresh })
      const fields = yield* form
      const made = yield* said(() => app.createTicket(fields))
      const file = new File(["Log"], "log.txt", { type: "text/plain" })
      const other = appOf({ accessToken: unknownKey, refresh })
      const document = yield* said(() => other.upload(made.ticket_id, file))
      assert.strictEqual(refreshes, 2)
      assert.deepStrictEqual(yield* said(() => app.documents(made.ticket_id)), [document])
      const unlucky = appOf({ accessToken: unknownKey, refresh: async () => unknownKey })
      assert.strictEqual((yield* refused(AppFailure, () => unlucky.tickets())).kind, "auth")
    })
  )

  it.effect("asks again where a GET was lost, and finds what it would have", () =>
    Effect.gen(function* () {
      const { app, appOf } = yield* Desk
      const id = yield* ticket()
      let attempts = 0
      const send = async (url: string, init: RequestInit) => {
        const response = await fetch(url, init)
        attempts++
        if (attempts === 1) throw new TypeError("The connection is gone")
        return attempts === 2 ? new Response("Bad gateway", { status: 502 }) : response
      }
      const shown = yield* said(() => appOf({ send, retryMs: 1 }).ticket(id))
      assert.deepStrictEqual([attempts, shown], [3, yield* said(() => app.ticket(id))])
    })
  )

  it.effect("never says twice what it cannot know was heard", () =>
    Effect.gen(function* () {
      const { app, appOf } = yield* Desk
      const id = yield* ticket()
      const send = async (url: string, init: RequestInit): Promise<Response> => {
        await fetch(url, init)
        throw new TypeError("The connection is gone")
      }
      const failure = yield* refused(AppFailure, () =>
        appOf({ send, retryMs: 1 }).comment(id, { comment_text: "Said once" })
      )
      assert.strictEqual(failure.kind, "network")
      assert.strictEqual((yield* said(() => app.comments(id))).length, 1)
    })
  )

  it.effect("asks once where two screens ask the same", () =>
    Effect.gen(function* () {
      const { appOf } = yield* Desk
      let requests = 0
      const send = (url: string, init: RequestInit) => {
        requests++
        return fetch(url, init)
      }
      const app = appOf({ send })
      const [first, second] = yield* said(() => Promise.all([app.stats(), app.stats()]))
      assert.deepStrictEqual([requests, second], [1, first])
    })
  )
})
