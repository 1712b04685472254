/** The priorities endpoints, over HTTP and PostgreSQL. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { newId } from "../../src/services/ids.ts"
import { type Answer, makeTenant, suite } from "../support/service.ts"

const path = "/api/v1/priorities"

const names = (answer: Answer): ReadonlyArray<string> =>
  answer.body.data.map(({ priority_name }: { priority_name: string }) => priority_name)

suite("priorities", (it) => {
  it.effect("come with every new tenant, the most urgent first", () =>
    Effect.gen(function* () {
      const { admin, tenant } = yield* makeTenant
      const listed = yield* admin.get(path)
      assert.deepStrictEqual(names(listed), ["Critical", "High", "Medium", "Low"])
      assert.deepInclude(listed.body.data[0], { tenant: tenant.tenant, color: "#EF4444", item_type: "ticket" })
      assert.deepStrictEqual(listed.body.meta, { sort: "order_number", order: "asc", filters: {} })
      const one = yield* admin.get(`${path}/${listed.body.data[2].priority_id}`)
      assert.deepStrictEqual(one.body.data, listed.body.data[2])
    })
  )

  it.effect("are filtered, searched, sorted and paged", () =>
    Effect.gen(function* () {
      const { admin, tenant } = yield* makeTenant
      const sql = yield* SqlClient.SqlClient
      const task = { tenant: tenant.tenant, item_type: "project_task", order_number: 10 }
      yield* sql`INSERT INTO priorities ${sql.insert([
        { ...task, priority_id: newId(), priority_name: "Urgent" },
        { ...task, priority_id: newId(), priority_name: "At once" }
      ])}`
      assert.deepStrictEqual(names(yield* admin.get(`${path}?item_type=project_task&limit=100`)), ["At once", "Urgent"])
      assert.deepStrictEqual(names(yield* admin.get(`${path}?item_type=ticket&search=I`)), [
        "Critical",
        "High",
        "Medium"
      ])
      assert.deepStrictEqual(names(yield* admin.get(`${path}?item_type=ticket&sort=name&order=desc`)), [
        "Medium",
        "Low",
        "High",
        "Critical"
      ])
      assert.strictEqual((yield* admin.get(`${path}?sort=created_at&order=desc`)).status, 200)
      const page = yield* admin.get(`${path}?limit=4&page=2`)
      assert.deepStrictEqual(names(page), ["Medium", "Low"])
      assert.strictEqual(page.body.pagination.total, 6)
    })
  )

  it.effect("say what is wrong with a request", () =>
    Effect.gen(function* () {
      const { admin } = yield* makeTenant
      const stranger = yield* makeTenant
      const { priority_id } = (yield* stranger.admin.get(path)).body.data[0]
      const foreign = yield* admin.get(`${path}/${priority_id}`)
      assert.deepStrictEqual([foreign.status, foreign.body.error.message], [404, "priority not found"])
      assert.strictEqual((yield* admin.get(`${path}/abc`)).body.error.message, "Invalid priority ID format")
      assert.strictEqual((yield* admin.get(`${path}?item_type=car`)).status, 400)
      assert.strictEqual((yield* admin.post(path, { priority_name: "Mine" })).status, 405)
      const outsider = yield* stranger.as()
      assert.strictEqual((yield* outsider.get(path)).status, 403)
    })
  )
})
