/** Maintenance, for somebody who reads only some of the assets. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { newId } from "../../../src/services/ids.ts"
import { makeClient } from "../../../test/support/fixtures.ts"
import { makeTenant } from "../../../test/support/service.ts"
import { narrow, until } from "../support/narrowing.ts"
import { enterpriseSuite } from "../support/suite.ts"

const base = "/api/v1/assets"

enterpriseSuite("maintenance that is narrowed", (it) => {
  it.effect("is that of the assets that the caller may read", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const sql = yield* SqlClient.SqlClient
      const make = Effect.fnUntraced(function* (name: string) {
        const client_id = yield* makeClient(tenant)
        const asset_id = newId()
        const asset = { asset_id, client_id, asset_tag: name, name, status: "active" }
        yield* sql`INSERT INTO assets ${sql.insert({ tenant: tenant.tenant.tenant, ...asset })}`
        const body = { maintenance_type: "preventive", frequency: "daily", schedule_name: name }
        const { schedule_id } = (yield* tenant.admin.post(`${base}/${asset_id}/maintenance`, body)).body.data
        yield* tenant.admin.post(`${base}/${asset_id}/maintenance/record`, { schedule_id })
        return { client_id, asset_id, schedule_id }
      })
      const [seen, hidden] = [yield* make("seen"), yield* make("hidden")]
      const reader = yield* tenant.as("Admin")
      const rule = {
        template_key: "selected_clients",
        config: { client_ids: [seen.client_id] },
        resource_type: "asset"
      }
      yield* narrow(tenant, reader, [rule])
      const { body } = yield* until(reader.get(`${base}/maintenance`), (answer) => answer.body.pagination.total === 1)
      assert.strictEqual(body.data[0].schedule_id, seen.schedule_id)
      const figures = { total_schedules: 1, total_completed: 1, by_type: { preventive: 1 } }
      assert.deepInclude((yield* reader.get(`${base}/maintenance/stats`)).body.data, figures)
      const work = { maintenance_type: "preventive", frequency: "daily" }
      for (const [method, path, sent] of [
        ["GET", `maintenance/${hidden.schedule_id}`, undefined],
        ["PUT", `maintenance/${hidden.schedule_id}`, { description: "Mine" }],
        ["DELETE", `maintenance/${hidden.schedule_id}`, undefined],
        ["GET", `${hidden.asset_id}/maintenance`, undefined],
        ["POST", `${hidden.asset_id}/maintenance`, work],
        ["POST", `${hidden.asset_id}/maintenance/record`, work]
      ] as const) {
        const answer = yield* reader.send(method, `${base}/${path}`, sent)
        const refused = [403, "Permission denied: Cannot read asset"]
        assert.deepStrictEqual([answer.status, answer.body.error?.message], refused, `${method} ${path}`)
      }
      // A schedule that may not be read is another asset's, whatever it is.
      const wrong = { ...work, schedule_id: hidden.schedule_id }
      assert.strictEqual((yield* reader.post(`${base}/${seen.asset_id}/maintenance/record`, wrong)).status, 400)
      assert.strictEqual((yield* reader.get(`${base}/maintenance/${seen.schedule_id}`)).status, 200)
    })
  )
})
