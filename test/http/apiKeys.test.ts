/** The API keys endpoints, over HTTP and PostgreSQL. */
import { assert } from "@effect/vitest"
import { Effect, Schedule } from "effect"
import { SqlClient } from "effect/sql"
import { generate } from "../../src/domain/ApiKey.ts"
import { client, makeTenant, Service, suite } from "../support/service.ts"

const path = "/api/v1/api-keys"

const ids = (rows: ReadonlyArray<{ readonly api_key_id: string }>) => rows.map(({ api_key_id }) => api_key_id)

suite("API keys", (it) => {
  it.effect("are shown once, when they are made, and work", () =>
    Effect.gen(function* () {
      const { admin, user } = yield* makeTenant
      const { url } = yield* Service
      const expires_at = new Date(Date.now() + 86_400_000).toISOString()
      const created = yield* admin.post(path, { description: "Nightly export", expires_at })
      assert.strictEqual(created.status, 201)
      const { api_key, ...rest } = created.body.data
      assert.match(api_key, /^psa_[0-9A-Za-z]{49}$/)
      assert.deepInclude(rest, {
        user_id: user.user_id,
        last_four: api_key.slice(-4),
        description: "Nightly export",
        expires_at,
        purpose: "general",
        metadata: null,
        usage_limit: null,
        usage_count: 0
      })
      const holder = client(url, { "x-api-key": api_key })
      const listed = yield* holder.get(path)
      assert.strictEqual(listed.body.pagination.total, 2)
      assert.deepInclude(listed.body.data[0], { ...rest, active: true, last_used_at: null, username: user.username })
      const one = yield* holder.get(`${path}/${rest.api_key_id}`)
      assert.deepStrictEqual(one.body.data, listed.body.data[0])
      for (const answer of [listed, one]) {
        assert.notInclude(JSON.stringify(answer.body), api_key)
        assert.notProperty([answer.body.data].flat()[0], "api_key")
      }
    })
  )

  it.effect("stop working within a second once they are deactivated, and stay listed", () =>
    Effect.gen(function* () {
      const { admin } = yield* makeTenant
      const { url } = yield* Service
      const { api_key, api_key_id } = (yield* admin.post(path, {})).body.data
      const holder = client(url, { "x-api-key": api_key })
      assert.strictEqual((yield* holder.get(path)).status, 200)
      assert.strictEqual((yield* admin.delete(`${path}/${api_key_id}`)).status, 204)
      const start = Date.now()
      const last = yield* holder
        .get(path)
        .pipe(
          Effect.repeat({ until: ({ status }) => status === 401, schedule: Schedule.spaced("5 millis") }),
          Effect.timeout("10 seconds"),
          Effect.orDie
        )
      assert.isBelow(Date.now() - start, 1000)
      assert.deepStrictEqual(last.body, { error: { code: "UNAUTHORIZED", message: "Invalid API key" } })
      assert.strictEqual((yield* admin.get(`${path}/${api_key_id}`)).body.data.active, false)
      assert.deepStrictEqual(ids((yield* admin.get(`${path}?active=false`)).body.data), [api_key_id])
      assert.strictEqual((yield* admin.delete(`${path}/${api_key_id}`)).status, 204)
    })
  )

  it.effect("are everybody's own, and the tenant's for who may see them all", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const { admin } = tenant
      const technician = yield* tenant.as("Technician")
      const own = yield* technician.get(path)
      assert.strictEqual(own.body.pagination.total, 1)
      const [theirs] = ids(own.body.data)
      const [mine] = ids((yield* admin.get(path)).body.data)
      const all = yield* admin.get(`${path}?all=true&sort=created_at&order=asc`)
      assert.deepStrictEqual(ids(all.body.data), [mine, theirs])
      const filtered = yield* admin.get(`${path}?all=true&user_id=${own.body.data[0].user_id}`)
      assert.deepStrictEqual(ids(filtered.body.data), [theirs])
      const denied = yield* technician.get(`${path}?all=true`)
      assert.deepStrictEqual(
        [denied.status, denied.body.error.message],
        [403, "Permission denied: Cannot read api_key"]
      )
      assert.strictEqual((yield* technician.get(`${path}?all=false`)).body.pagination.total, 1)
      assert.strictEqual((yield* technician.get(`${path}/${mine}`)).status, 404)
      assert.strictEqual((yield* technician.delete(`${path}/${mine}`)).status, 404)
      assert.strictEqual((yield* admin.get(`${path}/${mine}`)).body.data.active, true)
      assert.strictEqual((yield* admin.get(`${path}/${theirs}`)).status, 200)
      const stranger = (yield* makeTenant).admin
      assert.strictEqual((yield* stranger.get(`${path}/${theirs}`)).status, 404)
      assert.strictEqual((yield* stranger.delete(`${path}/${theirs}`)).status, 404)
      assert.strictEqual((yield* admin.delete(`${path}/${theirs}`)).status, 204)
      assert.strictEqual((yield* admin.get(`${path}/${theirs}`)).body.data.active, false)
    })
  )

  it.effect("are needed, and must be right", () =>
    Effect.gen(function* () {
      const { admin, tenant } = yield* makeTenant
      const { url } = yield* Service
      const refused = Effect.fnUntraced(function* (headers: Record<string, string>, message: string) {
        const answer = yield* client(url, headers).get("/api/v1/boards")
        assert.strictEqual(answer.status, 401)
        assert.deepStrictEqual(answer.body, { error: { code: "UNAUTHORIZED", message } })
      })
      yield* refused({}, "API key required")
      yield* refused({ "x-api-key": "" }, "API key required")
      yield* refused({ "x-api-key": "nonsense" }, "Invalid API key")
      yield* refused({ "x-api-key": generate() }, "Invalid API key")
      const other = yield* makeTenant
      yield* refused({ ...admin.headers, "x-tenant-id": other.tenant.tenant }, "Invalid API key")
      yield* refused({ ...admin.headers, "x-tenant-id": "nonsense" }, "Invalid API key")
      for (const id of [tenant.tenant, tenant.tenant.toUpperCase(), ""]) {
        assert.strictEqual((yield* admin.get("/api/v1/boards", { "x-tenant-id": id })).status, 200)
      }
    })
  )

  it.effect("are refused once they have expired, and are inactive then", () =>
    Effect.gen(function* () {
      const { admin, tenant } = yield* makeTenant
      const { url } = yield* Service
      const sql = yield* SqlClient.SqlClient
      const { api_key, api_key_id } = (yield* admin.post(path, {})).body.data
      yield* sql`UPDATE api_keys SET expires_at = now() WHERE tenant = ${tenant.tenant} AND api_key_id = ${api_key_id}`
      assert.strictEqual((yield* client(url, { "x-api-key": api_key }).get(path)).status, 401)
      assert.strictEqual((yield* admin.get(`${path}/${api_key_id}`)).body.data.active, false)
    })
  )

  it.effect("say what is wrong with a request", () =>
    Effect.gen(function* () {
      const { admin } = yield* makeTenant
      for (const expires_at of ["2020-01-01T00:00:00Z", "tomorrow", "2020-02-31"]) {
        const answer = yield* admin.post(path, { expires_at })
        assert.deepStrictEqual([answer.status, answer.body.error.details[0].path], [400, ["expires_at"]])
      }
      assert.strictEqual((yield* admin.post(path, { description: "x".repeat(256) })).status, 400)
      assert.strictEqual((yield* admin.get(`${path}/abc`)).body.error.message, "Invalid API key ID format")
      assert.strictEqual((yield* admin.get(`${path}?all=perhaps`)).status, 400)
      assert.strictEqual((yield* admin.get(`${path}?sort=api_key`)).status, 400)
      assert.strictEqual((yield* admin.get(path)).body.pagination.total, 1)
      const other = yield* admin.post(path, { expires_at: "2999-01-01T00:00:00+02:00" })
      assert.strictEqual(other.body.data.expires_at, "2998-12-31T22:00:00.000Z")
    })
  )
})
