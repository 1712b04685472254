/** Making tenants over HTTP. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { Actor } from "../../../src/domain/Actor.ts"
import { ApiKeyService } from "../../../src/services/ApiKeyService.ts"
import { client, makeTenant, Service } from "../../../test/support/service.ts"
import { enterpriseSuite } from "../support/suite.ts"

const path = "/api/provisioning/tenants"

let counter = 0
const newTenant = () => {
  const name = `Partner's tenant ${process.pid} ${++counter}`
  return { client_name: name, email: `Owner${process.pid}.${counter}@New.example` }
}

/** Speaks for who may make tenants. */
const makePartner = Effect.gen(function* () {
  const tenant = yield* makeTenant
  return { ...tenant, partner: yield* tenant.as("partner-admin") }
})

/** How many rows of a table a tenant has. */
const count = Effect.fnUntraced(function* (table: string, tenant: string) {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ readonly count: number }>`SELECT count(*)::int AS count FROM ${sql(table)}
    WHERE tenant = ${tenant}`
  return row?.count
})

enterpriseSuite("provisioning", (it) => {
  it.effect("makes a tenant that works", () =>
    Effect.gen(function* () {
      const { partner, tenant: own } = yield* makePartner
      const input = { ...newTenant(), phone_number: "+1 555 0100", industry: "IT", plan: "pro", tax_id_number: "DE1" }
      const created = yield* partner.post(path, { ...input, password: "Zx9!vbq-2Lm" })
      assert.strictEqual(created.status, 201)
      const { data, ...beside } = created.body
      assert.deepStrictEqual(beside, data)
      const { created_at, tenant, updated_at, ...fields } = data
      assert.deepStrictEqual(fields, { ...input, email: input.email.toLowerCase(), product_code: "psa" })
      assert.strictEqual(created_at, updated_at)
      for (const table of ["roles", "permissions", "boards", "statuses", "priorities"]) {
        assert.strictEqual(yield* count(table, tenant), yield* count(table, own.tenant), table)
      }

      const sql = yield* SqlClient.SqlClient
      const [user] = yield* sql<{ readonly user_id: string }>`SELECT user_id FROM users
        WHERE tenant = ${tenant} AND email = ${input.email.toLowerCase()}`
      const keys = yield* ApiKeyService
      const owner = { tenant, userId: user?.user_id ?? "", userType: "internal" as const, apiKeyId: undefined }
      const { api_key } = yield* keys
        .create({})
        .pipe(Effect.provideService(Actor, { ...owner, permissions: new Set<never>() }))
      const admin = client((yield* Service).url, { "x-api-key": api_key })
      const boards = yield* admin.get("/api/v1/boards")
      assert.deepStrictEqual([boards.status, boards.body.pagination.total], [200, 3])
      assert.strictEqual((yield* admin.post("/api/v1/boards", { board_name: "Night shift" })).status, 201)
    })
  )

  it.effect("tells in the caller's tenant who made which", () =>
    Effect.gen(function* () {
      const { partner, tenant } = yield* makePartner
      const created = yield* partner.post(path, newTenant())
      yield* partner.post(path, { ...newTenant(), email: created.body.email })
      const sql = yield* SqlClient.SqlClient
      const events = yield* sql<{ readonly entity_id: string; readonly email: string }>`
        SELECT e.entity_id, u.email FROM events e JOIN users u ON u.tenant = e.tenant AND u.user_id = e.user_id
        WHERE e.tenant = ${tenant.tenant} AND e.event_type = 'TENANT_CREATED'`
      assert.deepStrictEqual(
        events.map(({ entity_id }) => entity_id),
        [created.body.tenant]
      )
    })
  )

  it.effect("knows each name and email address once, in whatever case", () =>
    Effect.gen(function* () {
      const { partner } = yield* makePartner
      const [one, two] = [newTenant(), newTenant()]
      assert.strictEqual((yield* partner.post(path, one)).status, 201)
      for (const taken of [
        { ...two, email: one.email.toUpperCase() },
        { ...two, client_name: one.client_name.toUpperCase() }
      ]) {
        const refused = yield* partner.post(path, taken)
        assert.deepStrictEqual([refused.status, refused.body.error.code], [409, "CONFLICT"])
        assert.match(refused.body.error.message, /already exists/)
      }
      assert.strictEqual((yield* partner.post(path, two)).status, 201)
    })
  )

  it.effect("makes one of several that are asked for at once", () =>
    Effect.gen(function* () {
      const { partner, tenant } = yield* makePartner
      const input = newTenant()
      const answers = yield* Effect.all(
        Array.from({ length: 4 }, () => partner.post(path, input)),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(answers.map(({ status }) => status).sort(), [201, 409, 409, 409])
      const sql = yield* SqlClient.SqlClient
      const rows = yield* sql`SELECT tenant FROM tenants WHERE client_name = ${input.client_name}`
      assert.strictEqual(rows.length, 1)
      assert.strictEqual(yield* count("events", tenant.tenant), 1)
    })
  )

  it.effect("says what is wrong with a tenant, and makes nothing of it", () =>
    Effect.gen(function* () {
      const { partner } = yield* makePartner
      const sound = newTenant()
      const wrong: ReadonlyArray<readonly [string, unknown]> = [
        ["client_name", { email: sound.email }],
        ["client_name", { ...sound, client_name: " " }],
        ["email", { client_name: sound.client_name }],
        ["email", { ...sound, email: "nobody" }],
        ["product_code", { ...sound, product_code: "other" }],
        ["phone_number", { ...sound, phone_number: 5 }],
        ["password", { ...sound, password: "short" }]
      ]
      for (const [field, body] of wrong) {
        const refused = yield* partner.post(path, body)
        assert.deepStrictEqual([refused.status, refused.body.error.code], [400, "VALIDATION_ERROR"], field)
        assert.strictEqual(refused.body.error.details[0].path[0], field)
      }
      assert.strictEqual((yield* partner.post(path, "{nope")).status, 400)
      assert.strictEqual((yield* partner.post(path, sound)).status, 201)
    })
  )

  it.effect("is for partners only", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      for (const role of ["Admin", "Manager"]) {
        const denied = yield* (yield* tenant.as(role)).post(path, newTenant())
        assert.deepStrictEqual(
          [denied.status, denied.body.error],
          [403, { code: "FORBIDDEN", message: "Permission denied: Cannot create tenant" }]
        )
      }
      const stranger = yield* client((yield* Service).url).post(path, newTenant())
      assert.deepStrictEqual([stranger.status, stranger.body.error.code], [401, "UNAUTHORIZED"])
      const partner = yield* tenant.as("partner-admin")
      assert.strictEqual((yield* partner.post(path, newTenant())).status, 201)
      assert.strictEqual((yield* partner.get("/api/v1/boards")).status, 403)
    })
  )
})
