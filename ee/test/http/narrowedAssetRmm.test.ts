/** Remote management of assets, for somebody who reads only some of the assets. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { makeAsset, makeClient } from "../../../test/support/fixtures.ts"
import { makeTenant } from "../../../test/support/service.ts"
import { narrow } from "../support/narrowing.ts"
import { enterpriseSuite } from "../support/suite.ts"

enterpriseSuite("the RMM of assets that are narrowed", (it) => {
  it.effect("is neither read nor told anything", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const [mine, others] = [yield* makeClient(tenant), yield* makeClient(tenant)]
      const [seen, hidden] = [
        yield* makeAsset(tenant, { client_id: mine }),
        yield* makeAsset(tenant, { client_id: others })
      ]
      const operator = yield* tenant.as("Admin")
      const rule = { template_key: "selected_clients", config: { client_ids: [mine] }, resource_type: "asset" }
      yield* narrow(tenant, operator, [rule])
      const job = "jobs/3f2c8a52-9a4e-4c8e-8f58-0c1f4a7be001"
      for (const [method, path, status] of [
        ["GET", "", 200],
        ["GET", "/jobs", 200],
        ["GET", `/${job}`, 404],
        ["POST", "/refresh", 409],
        ["POST", "/reboot", 409],
        ["POST", "/script", 409],
        ["GET", "/remote-control", 409]
      ] as const) {
        const body = path === "/script" ? { script_id: 12 } : undefined
        const asked = (asset: string) => operator.send(method, `/api/v1/assets/${asset}/rmm${path}`, body)
        assert.strictEqual((yield* asked(seen)).status, status, path)
        const refused = yield* asked(hidden)
        assert.deepStrictEqual(
          [refused.status, refused.body.error?.message],
          [403, "Permission denied: Cannot read asset"],
          path
        )
      }
    })
  )
})
