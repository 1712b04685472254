/** What those may see of categories whose reading of tickets is narrowed. */
import { assert, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Actor, type Caller } from "../../src/domain/Actor.ts"
import { CategoryService } from "../../src/services/CategoryService.ts"
import { newId } from "../../src/services/ids.ts"
import { makeTicket, references } from "../support/fixtures.ts"
import { communityService, makeTenant } from "../support/service.ts"

const suite = layer(CategoryService.layer.pipe(Layer.provideMerge(communityService)), { excludeTestServices: true })

suite("the figures of ticket categories", (it) => {
  it.effect("count the tickets that the caller may read", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const { board_id } = yield* references(tenant)
      const sql = yield* SqlClient.SqlClient
      const id = tenant.tenant.tenant
      const category_id = newId()
      yield* sql`INSERT INTO categories ${sql.insert({ tenant: id, category_id, category_name: "Mail", board_id })}`
      yield* makeTicket(tenant, { category_id, assigned_to: tenant.user.user_id })
      yield* makeTicket(tenant, { category_id })
      const caller: Caller = {
        tenant: id,
        userId: tenant.user.user_id,
        userType: "internal",
        apiKeyId: undefined,
        permissions: new Set(["ticket_settings:read"])
      }
      const categories = yield* CategoryService
      const used = (scopes?: Caller["scopes"]) =>
        categories.analytics({}).pipe(
          Effect.map(({ analytics }) => analytics.usage_stats.map(({ usage_count }) => usage_count)),
          Effect.provideService(Actor, scopes === undefined ? caller : { ...caller, scopes })
        )
      assert.deepStrictEqual(yield* used(), ["2"])
      assert.deepStrictEqual(yield* used({ "ticket:read": [{ template: "assigned" }] }), ["1"])
      assert.deepStrictEqual(yield* used({ "ticket:read": [{ template: "own" }] }), ["0"])
    })
  )
})
