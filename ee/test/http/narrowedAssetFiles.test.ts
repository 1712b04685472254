/** Many assets at once, for somebody who reads only some of them. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { newId } from "../../../src/services/ids.ts"
import { csvOf, recordsOf } from "../../../test/support/csv.ts"
import { send } from "../../../test/support/files.ts"
import { makeClient } from "../../../test/support/fixtures.ts"
import { makeTenant } from "../../../test/support/service.ts"
import { narrow, until } from "../support/narrowing.ts"
import { enterpriseSuite } from "../support/suite.ts"

const base = "/api/v1/assets"

enterpriseSuite("many assets, narrowed", (it) => {
  it.effect("are those that the caller may read", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const make = Effect.fnUntraced(function* (name: string) {
        const client_id = yield* makeClient(tenant)
        const body = { client_id, asset_type: "workstation", asset_tag: name, name, status: "active" }
        const { asset_id } = (yield* tenant.admin.post(base, body)).body.data
        return { asset_id: String(asset_id), client_id, asset_tag: name }
      })
      const [seen, hidden] = [yield* make("seen"), yield* make("hidden")]
      const reader = yield* tenant.as("Admin")
      const rule = {
        template_key: "selected_clients",
        config: { client_ids: [seen.client_id] },
        resource_type: "asset"
      }
      yield* narrow(tenant, reader, [rule])
      const { body } = yield* until(reader.get(`${base}/export`), (answer) => recordsOf(answer.body).length === 1)
      assert.strictEqual(recordsOf(body)[0]?.["name"], "seen")
      const json = yield* reader.get(`${base}/export?format=json&fields=name`)
      assert.deepStrictEqual(json.body, { data: [{ name: "seen" }] })

      const both = [seen.asset_id, hidden.asset_id]
      const status = yield* reader.put(`${base}/bulk-status`, { asset_ids: both, status: "gone" })
      assert.deepStrictEqual([status.status, status.body.error.code], [403, "FORBIDDEN"])
      const change = yield* reader.put(`${base}/bulk-update`, {
        assets: both.map((asset_id) => ({ asset_id, data: { name: "gone" } }))
      })
      assert.strictEqual(change.status, 403)
      const absent = yield* reader.put(`${base}/bulk-status`, { asset_ids: [...both, newId()], status: "gone" })
      assert.strictEqual(absent.status, 404)

      const rows = [seen, hidden].map((asset) => ({
        client_id: asset.client_id,
        asset_type: "workstation",
        asset_tag: asset.asset_tag,
        name: "from a file",
        status: "active"
      }))
      const file = csvOf(Object.keys(rows[0]!), rows)
      const refused = yield* send(reader, "POST", `${base}/import`, file, { "content-type": "text/csv" })
      assert.deepStrictEqual(
        [refused.status, refused.body.error.details.lines],
        [400, [{ line: 3, action: "error", errors: [{ path: [], message: "Permission denied: Cannot read asset" }] }]]
      )
      const names = (yield* tenant.admin.get(`${base}?sort=name`)).body.data.map(({ name }: { name: string }) => name)
      assert.deepStrictEqual(names.sort(), ["hidden", "seen"])

      // Whoever hands an asset out of their sight is shown that they did.
      const moved = yield* reader.put(`${base}/bulk-update`, {
        assets: [{ asset_id: seen.asset_id, data: { client_id: hidden.client_id } }]
      })
      assert.deepStrictEqual([moved.status, moved.body.data[0].client_id], [200, hidden.client_id])
      assert.strictEqual((yield* reader.get(`${base}/${seen.asset_id}`)).status, 403)
    })
  )
})
