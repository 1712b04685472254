/** What each edition serves. */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { community } from "../../../src/layers/Edition.ts"
import { communityService, makeTenant } from "../../../test/support/service.ts"
import { enterprise } from "../../layers/Enterprise.ts"
import { enterpriseSuite } from "../support/suite.ts"

const own = [
  "/api/integrations/hudu",
  "/api/provisioning/tenants",
  "/api/v1/authorization-bundles",
  "/api/v1/authorization-bundles/{id}",
  "/api/v1/authorization-bundles/{id}/assignments",
  "/api/v1/authorization-bundles/{id}/assignments/{assignmentId}"
]

layer(communityService, { excludeTestServices: true })("the Community Edition", (it) => {
  it.effect("has none of the Enterprise Edition's paths", () =>
    Effect.gen(function* () {
      const { admin } = yield* makeTenant
      for (const answer of [
        yield* admin.get(own[0] ?? ""),
        yield* admin.post(own[1] ?? "", {}),
        yield* admin.get(own[2] ?? "")
      ]) {
        assert.deepStrictEqual([answer.status, answer.body.error.code], [404, "NOT_FOUND"])
      }
    })
  )
})

enterpriseSuite("the Enterprise Edition", (it) => {
  it.effect("has the Community Edition's too", () =>
    Effect.gen(function* () {
      const { admin } = yield* makeTenant
      assert.strictEqual((yield* admin.get("/api/v1/boards")).status, 200)
      assert.strictEqual((yield* admin.get("/api/healthz")).status, 200)
      const page = yield* admin.get("/api/docs")
      assert.include(page.body, "/api/provisioning/tenants")
    })
  )

  it.effect("documents all of both", () =>
    Effect.sync(() => {
      const paths = Object.keys(enterprise.openApi().paths)
      assert.includeMembers(paths, [...Object.keys(community.openApi().paths), ...own])
      assert.strictEqual(paths.length, Object.keys(community.openApi().paths).length + own.length)
    })
  )
})
