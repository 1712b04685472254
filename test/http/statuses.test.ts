/** The statuses endpoints, over HTTP and PostgreSQL. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { makeTicket } from "../support/fixtures.ts"
import { type Answer, makeTenant, suite } from "../support/service.ts"

const path = "/api/v1/statuses"
const nobody = "00000000-0000-4000-8000-000000000000"

const names = (answer: Answer): ReadonlyArray<string> => answer.body.data.map(({ name }: { name: string }) => name)

/** A tenant, with an empty board. */
const board = Effect.gen(function* () {
  const tenant = yield* makeTenant
  const { body } = yield* tenant.admin.post("/api/v1/boards", { board_name: "Empty" })
  const board_id: string = body.data.board_id
  const make = (fields: Record<string, unknown>) =>
    tenant.admin.post(path, { status_type: "ticket", board_id, ...fields })
  const list = tenant.admin.get(`${path}?type=ticket&board_id=${board_id}`)
  return { ...tenant, board_id, make, list }
})

suite("statuses", (it) => {
  it.effect("come with every board of a new tenant, in their order", () =>
    Effect.gen(function* () {
      const { admin } = yield* makeTenant
      const boards = (yield* admin.get("/api/v1/boards")).body.data
      const listed = yield* admin.get(`${path}?type=ticket&board_id=${boards[0].board_id}`)
      assert.deepStrictEqual(names(listed), ["New", "In Progress", "Waiting for Client", "Resolved", "Closed"])
      assert.deepStrictEqual(listed.body.meta, {
        sort: "order_number",
        order: "asc",
        filters: { type: "ticket", board_id: boards[0].board_id }
      })
      assert.strictEqual((yield* admin.get(path)).body.pagination.total, 15)
      assert.deepStrictEqual(
        names(yield* admin.get(`${path}?board_id=${boards[0].board_id}&sort=name&order=desc&search=o`)),
        ["Waiting for Client", "Resolved", "In Progress", "Closed"]
      )
      assert.strictEqual((yield* admin.get(`${path}?sort=created_at&order=desc`)).status, 200)
      const alone = yield* admin.get(`${path}?type=ticket`)
      assert.deepStrictEqual([alone.status, alone.body.error.details[0].path], [400, ["board_id"]])
      assert.deepStrictEqual((yield* admin.get(`${path}?type=project`)).body.data, [])
    })
  )

  it.effect("are created, changed and deleted", () =>
    Effect.gen(function* () {
      const { admin, board_id, make, user } = yield* board
      const created = yield* make({ name: " Triage ", color: "#3b82f6", icon: "inbox", is_default: true })
      assert.strictEqual(created.status, 201)
      assert.deepInclude(created.body.data, {
        name: "Triage",
        status_type: "ticket",
        item_type: "ticket",
        board_id,
        order_number: 10,
        is_default: true,
        is_closed: false,
        color: "#3b82f6",
        icon: "inbox",
        created_by: user.user_id
      })
      const one = `${path}/${created.body.data.status_id}`
      assert.deepStrictEqual((yield* admin.get(one)).body.data, created.body.data)
      const changed = yield* admin.put(one, { name: "Inbox", is_closed: true, color: null, status_type: "project" })
      assert.deepStrictEqual(changed.body.data, {
        ...created.body.data,
        name: "Inbox",
        is_closed: true,
        color: null
      })
      assert.deepStrictEqual(changed.body.meta, { ignored: ["status_type"] })
      assert.deepStrictEqual((yield* admin.put(one, {})).body.data, changed.body.data)
      assert.strictEqual((yield* admin.delete(one)).status, 204)
      assert.strictEqual((yield* admin.delete(one)).body.error.message, "status not found")
      assert.strictEqual((yield* admin.get(one)).status, 404)
      assert.strictEqual((yield* admin.put(one, { name: "Gone" })).status, 404)
    })
  )

  it.effect("get the next free place, also when many are made at once", () =>
    Effect.gen(function* () {
      const { list, make } = yield* board
      yield* make({ name: "Last", order_number: 95 })
      const made = yield* Effect.all(
        Array.from({ length: 8 }, (_, index) => make({ name: `Status ${index}` })),
        { concurrency: 8 }
      )
      assert.deepStrictEqual(
        made.map(({ status }) => status),
        Array.from({ length: 8 }, () => 201)
      )
      const orders = (yield* list).body.data.map(({ order_number }: { order_number: number }) => order_number)
      assert.deepStrictEqual(orders, [95, 105, 115, 125, 135, 145, 155, 165, 175])
    })
  )

  it.effect("have one default a board, the last that was made it", () =>
    Effect.gen(function* () {
      const { admin, list, make } = yield* board
      yield* Effect.all(
        Array.from({ length: 5 }, (_, index) => make({ name: `Status ${index}`, is_default: true })),
        { concurrency: 5 }
      )
      const defaults = Effect.map(list, ({ body }) =>
        body.data.filter((status: { is_default: boolean }) => status.is_default)
      )
      assert.strictEqual((yield* defaults).length, 1)
      const other = (yield* list).body.data.find((status: { is_default: boolean }) => !status.is_default)
      assert.strictEqual((yield* admin.put(`${path}/${other.status_id}`, { is_default: true })).status, 200)
      assert.deepStrictEqual(
        (yield* defaults).map(({ status_id }: { status_id: string }) => status_id),
        [other.status_id]
      )
      const untouched = yield* admin.get(`${path}?is_default=true`)
      assert.strictEqual(untouched.body.pagination.total, 4)
    })
  )

  it.effect("are told apart by name and by place, on their board", () =>
    Effect.gen(function* () {
      const { admin, make } = yield* board
      yield* make({ name: "Triage", order_number: 5 })
      const second = yield* make({ name: "Second" })
      assert.strictEqual((yield* make({ name: "triage" })).body.error.message, "A status with this name already exists")
      const place = yield* make({ name: "Third", order_number: 5 })
      assert.deepStrictEqual([place.status, place.body.error.message], [409, "Another status has this order number"])
      const one = `${path}/${second.body.data.status_id}`
      assert.strictEqual((yield* admin.put(one, { name: "TRIAGE" })).status, 409)
      assert.strictEqual((yield* admin.put(one, { order_number: 5 })).status, 409)
      assert.strictEqual((yield* admin.post(path, { status_type: "project", name: "Triage" })).status, 201)
      assert.strictEqual((yield* admin.post(path, { status_type: "project", name: "Triage" })).status, 409)
      assert.strictEqual((yield* admin.post(path, { status_type: "project_task", name: "Triage" })).status, 201)
    })
  )

  it.effect("stay open or closed, and stay there, while tickets have them", () =>
    Effect.gen(function* () {
      const tenant = yield* board
      const { admin, board_id, make } = tenant
      const { status_id } = (yield* make({ name: "Triage" })).body.data
      const one = `${path}/${status_id}`
      yield* makeTicket(tenant, { board_id, status_id })
      const dependencies = [{ type: "ticket", count: 1, label: "tickets" }]
      const closing = yield* admin.put(one, { name: "Done", is_closed: true })
      assert.deepStrictEqual([closing.status, closing.body.error.details.dependencies], [409, dependencies])
      const deleting = yield* admin.delete(one)
      assert.deepStrictEqual([deleting.status, deleting.body.error.details.dependencies], [409, dependencies])
      assert.deepInclude((yield* admin.get(one)).body.data, { name: "Triage", is_closed: false })
      const renamed = yield* admin.put(one, { name: "First look", is_closed: false })
      assert.deepStrictEqual([renamed.status, renamed.body.data.name], [200, "First look"])
    })
  )

  it.effect("say what is wrong with a request", () =>
    Effect.gen(function* () {
      const { admin, board_id, make } = yield* board
      const wrong = Effect.fnUntraced(function* (answer: Effect.Effect<Answer>, field: string) {
        const { body, status } = yield* answer
        assert.deepStrictEqual([status, body.error.details?.[0].path], [400, [field]])
      })
      yield* wrong(make({}), "name")
      yield* wrong(make({ name: "x".repeat(256) }), "name")
      yield* wrong(make({ name: "A", color: "red" }), "color")
      yield* wrong(make({ name: "A", icon: "x".repeat(51) }), "icon")
      yield* wrong(make({ name: "A", order_number: -1 }), "order_number")
      yield* wrong(make({ name: "A", order_number: 2_147_483_647 }), "order_number")
      yield* wrong(make({ name: "A", status_type: "car" }), "status_type")
      yield* wrong(make({ name: "A", status_type: "project" }), "board_id")
      yield* wrong(make({ name: "A", board_id: null }), "board_id")
      yield* wrong(make({ name: "A", board_id: nobody }), "board_id")
      const stranger = yield* makeTenant
      yield* wrong(stranger.admin.post(path, { name: "A", status_type: "ticket", board_id }), "board_id")
      assert.strictEqual((yield* admin.get(`${path}/abc`)).body.error.message, "Invalid status ID format")
      assert.strictEqual((yield* admin.get(`${path}?type=car`)).status, 400)
    })
  )

  it.effect("are for those who may, and for their own tenant", () =>
    Effect.gen(function* () {
      const { admin, as, make } = yield* board
      const one = `${path}/${(yield* make({ name: "Triage" })).body.data.status_id}`
      const technician = yield* as("Technician")
      assert.strictEqual((yield* technician.get(one)).status, 200)
      assert.strictEqual((yield* technician.delete(one)).status, 403)
      const finance = yield* as("Finance")
      assert.strictEqual((yield* finance.post(path, { name: "A", status_type: "project" })).status, 403)
      const stranger = (yield* makeTenant).admin
      for (const answer of [
        yield* stranger.get(one),
        yield* stranger.put(one, { name: "Mine" }),
        yield* stranger.delete(one)
      ]) {
        assert.strictEqual(answer.status, 404)
      }
      assert.strictEqual((yield* admin.get(one)).body.data.name, "Triage")
    })
  )
})
