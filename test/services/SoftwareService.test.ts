/** What an inventory costs, and what is counted of assets that a caller may not read. */
import { assert, layer } from "@effect/vitest"
import { Effect, Exit, Layer } from "effect"
import { Actor, operator } from "../../src/domain/Actor.ts"
import { SoftwareService } from "../../src/services/SoftwareService.ts"
import { makeAsset, makeClient } from "../support/fixtures.ts"
import { communityService, makeTenant } from "../support/service.ts"
import { counted } from "../support/statements.ts"

const suite = layer(SoftwareService.layer.pipe(Layer.provideMerge(communityService)), { excludeTestServices: true })

const entries = (count: number, version: string) =>
  Array.from({ length: count }, (_, at) => ({ name: `Package ${at}`, version, is_managed: version === "2" }))

suite("software", (it) => {
  it.effect("is taken in with a handful of statements, however much it is", () =>
    Effect.gen(function* () {
      const software = yield* SoftwareService
      const costs: Array<number> = []
      for (const count of [2, 400]) {
        const tenant = yield* makeTenant
        const caller = operator(tenant.tenant.tenant, tenant.user.user_id)
        const asset = yield* makeAsset(tenant)
        for (const version of ["1", "2"]) {
          const taking = software.replace(asset, entries(count, version)).pipe(Effect.provideService(Actor, caller))
          const { exit, statements } = yield* counted(taking)
          assert.isTrue(Exit.isSuccess(exit))
          costs.push(statements)
        }
      }
      assert.deepStrictEqual(costs.slice(0, 2), costs.slice(2))
      assert.isAtMost(Math.max(...costs), 10)
    })
  )

  it.effect("is counted on the assets that the caller may read", () =>
    Effect.gen(function* () {
      const software = yield* SoftwareService
      const tenant = yield* makeTenant
      const [mine, others] = [yield* makeClient(tenant), yield* makeClient(tenant)]
      const [seen, hidden] = [
        yield* makeAsset(tenant, { client_id: mine }),
        yield* makeAsset(tenant, { client_id: others })
      ]
      const caller = operator(tenant.tenant.tenant, tenant.user.user_id)
      const whole = Effect.provideService(Actor, caller)
      const narrowed = Effect.provideService(Actor, {
        ...caller,
        scopes: { "asset:read": [{ template: "selected_clients" as const, client_ids: [mine] }] }
      })
      yield* whole(software.replace(seen, [{ name: "Shared", version: "1" }, { name: "Seen" }]))
      yield* whole(software.replace(hidden, [{ name: "Shared", version: "2" }, { name: "Hidden" }]))
      assert.strictEqual((yield* whole(software.search({}))).total, 3)
      const { rows, total } = yield* narrowed(software.search({ sort: "name", order: "asc" }))
      assert.deepStrictEqual(
        [total, rows.map(({ install_count, name }) => [name, install_count])],
        [
          2,
          [
            ["Seen", 1],
            ["Shared", 1]
          ]
        ]
      )
      assert.deepStrictEqual(rows[1]?.versions, [{ version: "1", count: 1 }])
      assert.deepStrictEqual(
        rows[1]?.assets.map(({ asset_id }) => asset_id),
        [seen]
      )
      assert.strictEqual((yield* narrowed(software.search({ client_id: others }))).total, 0)
      for (const refused of [
        Effect.asVoid(software.ofAsset(hidden, {})),
        Effect.asVoid(software.replace(hidden, []))
      ]) {
        assert.strictEqual((yield* Effect.flip(narrowed(refused)))._tag, "Forbidden")
      }
      assert.strictEqual((yield* narrowed(software.ofAsset(seen, {}))).found.total, 2)
      assert.strictEqual((yield* whole(software.ofAsset(hidden, {}))).found.total, 2, "Nothing has changed")
    })
  )
})
