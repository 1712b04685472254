/** What the API says of itself, over HTTP. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { Yaml } from "effect/encoding"
import { internalPermissions } from "../../src/domain/Permission.ts"
import { makeTenant, suite } from "../support/service.ts"

suite("meta", (it) => {
  it.effect("gives the document of what is served, in JSON and the same in YAML", () =>
    Effect.gen(function* () {
      const { admin } = yield* makeTenant
      const json = yield* admin.get("/api/v1/meta/openapi")
      assert.strictEqual(json.status, 200)
      assert.match(json.headers.get("content-type") ?? "", /^application\/json/)
      assert.strictEqual(json.headers.get("cache-control"), "public, max-age=300")
      assert.strictEqual(json.headers.get("x-ratelimit-limit"), "120")
      assert.match(json.body.openapi, /^3\.1/)
      assert.deepStrictEqual(json.body.paths["/api/v1/clients/{id}"].delete["x-required-permissions"], [
        "client:delete"
      ])
      assert.deepStrictEqual((yield* admin.get("/api/v1/meta/openapi?format=json")).body, json.body)
      const yaml = yield* admin.get("/api/v1/meta/openapi?format=yaml")
      assert.match(yaml.headers.get("content-type") ?? "", /^application\/x-yaml/)
      assert.strictEqual(yaml.headers.get("cache-control"), "public, max-age=300")
      assert.deepStrictEqual(Yaml.parse(yaml.body), json.body)
      assert.strictEqual((yield* admin.get("/api/v1/meta/openapi?format=xml")).status, 400)
    })
  )

  it.effect("says which permission each endpoint needs, and which role grants it", () =>
    Effect.gen(function* () {
      const { admin } = yield* makeTenant
      const { body, status } = yield* admin.get("/api/v1/meta/permissions")
      assert.strictEqual(status, 200)
      const { categories, permissions, roles, totalPermissions } = body.data
      assert.strictEqual(permissions.length, totalPermissions)
      assert.includeMembers(
        permissions.map(({ permission }: { permission: string }) => permission),
        [...internalPermissions, "time_management:read", "tenant:create"]
      )
      assert.includeMembers(categories, ["client", "ticket", "metadata"])
      assert.deepInclude(permissions, {
        permission: "client:create",
        description: "Create client",
        category: "client",
        endpoints: ["POST /api/v1/clients"]
      })
      const metadata = permissions.find(({ permission }: { permission: string }) => permission === "metadata:read")
      assert.includeMembers(metadata.endpoints, ["GET /api/v1/meta/openapi", "GET /api/v1/meta/permissions"])
      const technician = roles.find(({ role_name }: { role_name: string }) => role_name === "Technician")
      assert.include(technician.permissions, "ticket:create")
      assert.notInclude(technician.permissions, "metadata:read")
    })
  )

  it.effect("is for those who may", () =>
    Effect.gen(function* () {
      const { as } = yield* makeTenant
      const technician = yield* as("Technician")
      for (const path of ["openapi", "openapi?format=yaml", "permissions"]) {
        const denied = yield* technician.get(`/api/v1/meta/${path}`)
        assert.deepStrictEqual(
          [denied.status, denied.body.error.message],
          [403, "Permission denied: Cannot read metadata"]
        )
      }
    })
  )
})
