/** The connection to Hudu: made and ended as the command line does it, shown over HTTP. */
import { assert } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { TenantService } from "../../../src/services/TenantService.ts"
import { client, makeTenant, Service, settings } from "../../../test/support/service.ts"
import { HuduConnection } from "../../services/HuduConnection.ts"
import { TenantSecrets } from "../../services/TenantSecrets.ts"
import { goodKey, makeFakeHudu } from "../support/fakeHudu.ts"
import { enterpriseSuite, huduServices, makeHuduTenant, secretsKey } from "../support/suite.ts"

const path = "/api/integrations/hudu"
const key = Redacted.make(goodKey)

const notConnected = {
  status: "not_connected",
  baseUrl: null,
  connectedAt: null,
  lastSyncedAt: null,
  passwordAccess: false
}

/** The rows of a tenant, as text. */
const stored = Effect.fnUntraced(function* (tenant: string) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<{ readonly text: string }>`
    SELECT to_jsonb(h)::text AS text FROM hudu_integrations h WHERE tenant = ${tenant}
    UNION ALL SELECT to_jsonb(s)::text || encode(s.ciphertext, 'escape') FROM tenant_secrets s WHERE tenant = ${tenant}`
  return rows.map(({ text }) => text)
})

const settingsOf = Effect.fnUntraced(function* (tenant: string) {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ readonly settings: Record<string, unknown> }>`
    SELECT settings FROM hudu_integrations WHERE tenant = ${tenant}`
  return row?.settings
})

/** The same services with another environment, on the same database. */
const withEnvironment = (env: Record<string, string>) =>
  Effect.provide(huduServices.pipe(Layer.provide(settings(env))), { local: true })

enterpriseSuite("the connection to Hudu", (it) => {
  it.effect("is shown to those who may see settings", () =>
    Effect.gen(function* () {
      const { admin, as, id } = yield* makeHuduTenant
      assert.deepStrictEqual((yield* admin.get(path)).body, { success: true, data: notConnected })
      const hudu = yield* makeFakeHudu
      const connection = yield* HuduConnection
      const status = yield* connection.connect(id, { baseUrl: `${hudu.url}/api/v1/`, apiKey: key })
      const shown = yield* admin.get(path)
      assert.deepStrictEqual([shown.status, shown.body], [200, { success: true, data: status }])
      assert.deepStrictEqual(
        { ...status, connectedAt: null },
        { ...notConnected, status: "connected", baseUrl: hudu.url, passwordAccess: true }
      )
      assert.isTrue(Math.abs(Date.parse(status.connectedAt ?? "") - Date.now()) < 60_000)
      assert.notInclude(JSON.stringify(shown.body), goodKey)
      const denied = yield* (yield* as("Technician")).get(path)
      assert.deepStrictEqual(
        [denied.status, denied.body],
        [403, { error: { code: "FORBIDDEN", message: "Permission denied: Cannot read system_settings" } }]
      )
    })
  )

  it.effect("is behind a key and a feature", () =>
    Effect.gen(function* () {
      const { admin, tenant } = yield* makeTenant
      const off = yield* admin.get(path)
      assert.deepStrictEqual([off.status, off.body.error.code], [403, "FORBIDDEN"])
      assert.include(off.body.error.message, "The feature hudu is not enabled for this tenant")
      assert.include(off.body.error.message, `psa feature enable --tenant ${tenant.tenant} --feature hudu`)
      const tenants = yield* TenantService
      yield* tenants.setFeature(tenant.tenant, "hudu", true)
      assert.strictEqual((yield* admin.get(path)).status, 200)
      yield* tenants.setFeature(tenant.tenant, "hudu", false)
      assert.strictEqual((yield* admin.get(path)).status, 403)
      const stranger = yield* client((yield* Service).url).get(path)
      assert.deepStrictEqual([stranger.status, stranger.body.error.code], [401, "UNAUTHORIZED"])
      assert.strictEqual((yield* admin.post(path, {})).status, 405)
    })
  )

  it.effect("is one tenant's only", () =>
    Effect.gen(function* () {
      const hudu = yield* makeFakeHudu
      const [one, other] = [yield* makeHuduTenant, yield* makeHuduTenant]
      const connection = yield* HuduConnection
      yield* connection.connect(one.id, { baseUrl: hudu.url, apiKey: key })
      assert.deepStrictEqual((yield* other.admin.get(path)).body.data, notConnected)
      assert.isFalse(yield* connection.disconnect(other.id))
      assert.strictEqual((yield* one.admin.get(path)).body.data.status, "connected")
    })
  )

  it.effect("is not made with a key that Hudu does not accept, nor to something else", () =>
    Effect.gen(function* () {
      const { id } = yield* makeHuduTenant
      const hudu = yield* makeFakeHudu
      const connection = yield* HuduConnection
      const wrong = yield* Effect.flip(connection.connect(id, { baseUrl: hudu.url, apiKey: Redacted.make("wrong") }))
      assert.match(wrong.message, /does not accept the API key/)
      const page = yield* Effect.flip(connection.connect(id, { baseUrl: `${hudu.url}/wiki`, apiKey: key }))
      assert.match(page.message, /no Hudu API/)
      const none = yield* Effect.flip(connection.connect(id, { baseUrl: hudu.url }))
      assert.match(none.message, /An API key is needed/)
      assert.deepStrictEqual(yield* stored(id), [])
    })
  )

  it.effect("leaves the earlier one as it was when it cannot be made anew", () =>
    Effect.gen(function* () {
      const { admin, id } = yield* makeHuduTenant
      const hudu = yield* makeFakeHudu
      const connection = yield* HuduConnection
      yield* connection.connect(id, { baseUrl: hudu.url, apiKey: key })
      const before = [(yield* admin.get(path)).body, yield* stored(id)]
      yield* Effect.flip(connection.connect(id, { baseUrl: hudu.url, apiKey: Redacted.make("wrong") }))
      assert.deepStrictEqual([(yield* admin.get(path)).body, yield* stored(id)], before)
    })
  )

  it.effect("keeps the key encrypted", () =>
    Effect.gen(function* () {
      const { id } = yield* makeHuduTenant
      const hudu = yield* makeFakeHudu
      const connection = yield* HuduConnection
      yield* connection.connect(id, { baseUrl: hudu.url, apiKey: key })
      const [row, secret, ...others] = yield* stored(id)
      assert.deepStrictEqual(others, [])
      assert.include(row, hudu.url)
      assert.include(secret, "hudu_api_key")
      const encodings = (["utf8", "hex", "base64"] as const).map((encoding) => Buffer.from(goodKey).toString(encoding))
      for (const text of [row, secret]) for (const plain of encodings) assert.notInclude(text, plain)
      // Each time anew: the same key twice does not look the same.
      yield* connection.connect(id, { baseUrl: hudu.url, apiKey: key })
      assert.notStrictEqual((yield* stored(id))[1], secret)
    })
  )

  it.effect("does not read a key that was moved from another tenant", () =>
    Effect.gen(function* () {
      const [one, other] = [yield* makeHuduTenant, yield* makeHuduTenant]
      const secrets = yield* TenantSecrets
      const sql = yield* SqlClient.SqlClient
      yield* secrets.set(one.id, "hudu_api_key", key)
      yield* sql`INSERT INTO tenant_secrets (tenant, name, nonce, ciphertext)
        SELECT ${other.id}::uuid, name, nonce, ciphertext FROM tenant_secrets WHERE tenant = ${one.id}`
      yield* sql`INSERT INTO tenant_secrets (tenant, name, nonce, ciphertext)
        SELECT tenant, 'another', nonce, ciphertext FROM tenant_secrets WHERE tenant = ${one.id}`
      const read = yield* secrets.get(one.id, "hudu_api_key")
      assert.strictEqual(read && Redacted.value(read), goodKey)
      assert.strictEqual((yield* Effect.flip(secrets.get(other.id, "hudu_api_key")))._tag, "SecretsFailure")
      assert.strictEqual((yield* Effect.flip(secrets.get(one.id, "another")))._tag, "SecretsFailure")
    })
  )

  it.effect("needs a SECRETS_KEY, and the same one later", () =>
    Effect.gen(function* () {
      const { id } = yield* makeHuduTenant
      const hudu = yield* makeFakeHudu
      const connect = (apiKey?: Redacted.Redacted) =>
        Effect.flatMap(HuduConnection, (connection) => connection.connect(id, { baseUrl: hudu.url, apiKey }))
      const insecure = { HUDU_ALLOW_INSECURE_URL: "true" }
      const without = yield* Effect.flip(connect(key).pipe(withEnvironment(insecure)))
      assert.match(without.message, /^SECRETS_KEY is not set/)
      for (const bad of ["short", secretsKey.slice(2), `${secretsKey}00`]) {
        const unfit = yield* Effect.flip(connect(key).pipe(withEnvironment({ ...insecure, SECRETS_KEY: bad })))
        assert.match(unfit.message, /^SECRETS_KEY must be 32 bytes/)
        assert.notInclude(unfit.message, bad)
      }
      assert.deepStrictEqual(hudu.requests, [])
      yield* connect(key)
      const base64 = Buffer.from(secretsKey, "hex").toString("base64")
      yield* connect().pipe(withEnvironment({ ...insecure, SECRETS_KEY: base64 }))
      const other = { ...insecure, SECRETS_KEY: secretsKey.replace("00", "ff") }
      const wrong = yield* Effect.flip(connect().pipe(withEnvironment(other)))
      assert.match(wrong.message, /cannot be decrypted: SECRETS_KEY is not the one/)
      // A new key needs nothing of the old.
      yield* connect(key).pipe(withEnvironment(other))
      const connection = yield* HuduConnection
      assert.isTrue(yield* connection.disconnect(id))
    })
  )

  it.effect("keeps everything else when it is made anew or ended", () =>
    Effect.gen(function* () {
      const { admin, id } = yield* makeHuduTenant
      const hudu = yield* makeFakeHudu
      const connection = yield* HuduConnection
      const sql = yield* SqlClient.SqlClient
      yield* connection.connect(id, { baseUrl: hudu.url, apiKey: key })
      const kept = { asset_layout_type_map: { 3: "server" }, autoSync: { enabled: true, cadence: "daily" } }
      yield* sql`UPDATE hudu_integrations SET settings = settings || ${JSON.stringify(kept)}::jsonb,
        last_synced_at = '2026-03-01T09:30:00Z' WHERE tenant = ${id}`
      hudu.passwords = false
      yield* connection.connect(id, { baseUrl: `${hudu.url}/`, apiKey: Redacted.make(" ") })
      assert.deepStrictEqual(yield* settingsOf(id), { ...kept, password_access: false })
      assert.strictEqual((yield* admin.get(path)).body.data.lastSyncedAt, "2026-03-01T09:30:00.000Z")
      assert.isTrue(yield* connection.disconnect(id))
      assert.deepStrictEqual((yield* admin.get(path)).body.data, { ...notConnected, baseUrl: hudu.url })
      assert.strictEqual((yield* stored(id)).length, 1)
      assert.isFalse(yield* connection.disconnect(id))
      const gone = yield* Effect.flip(connection.connect(id, { baseUrl: hudu.url }))
      assert.match(gone.message, /An API key is needed/)
      yield* connection.connect(id, { baseUrl: hudu.url, apiKey: key })
      assert.deepStrictEqual(yield* settingsOf(id), { ...kept, password_access: false })
    })
  )

  it.effect("never sends the stored key to another address", () =>
    Effect.gen(function* () {
      const { id } = yield* makeHuduTenant
      const [hudu, other] = [yield* makeFakeHudu, yield* makeFakeHudu]
      const connection = yield* HuduConnection
      yield* connection.connect(id, { baseUrl: hudu.url, apiKey: key })
      const refused = yield* Effect.flip(connection.connect(id, { baseUrl: other.url }))
      assert.match(refused.message, /the stored one is for http/)
      const tried = yield* connection.test(id, { baseUrl: other.url })
      assert.deepStrictEqual([tried.connected, tried.errorKind], [false, "validation"])
      assert.deepStrictEqual(other.requests, [])
    })
  )

  it.effect("is tried without anything being stored", () =>
    Effect.gen(function* () {
      const { id } = yield* makeHuduTenant
      const hudu = yield* makeFakeHudu
      const connection = yield* HuduConnection
      const before = yield* connection.test(id, {})
      assert.deepStrictEqual(before, {
        connected: false,
        passwordAccess: false,
        errorKind: "validation",
        error: "The tenant is not connected to a Hudu: its address is needed"
      })
      assert.deepStrictEqual(yield* connection.test(id, { baseUrl: hudu.url, apiKey: key }), {
        connected: true,
        passwordAccess: true
      })
      assert.deepStrictEqual(yield* stored(id), [])
      yield* connection.connect(id, { baseUrl: hudu.url, apiKey: key })
      const rows = yield* stored(id)
      hudu.passwords = false
      assert.deepStrictEqual(yield* connection.test(id, {}), { connected: true, passwordAccess: false })
      const wrong = yield* connection.test(id, { apiKey: Redacted.make("wrong") })
      assert.deepStrictEqual([wrong.connected, wrong.errorKind], [false, "invalid_key"])
      assert.deepStrictEqual(yield* stored(id), rows)
    })
  )

  it.effect("may be made twice at once: address and key are of the same one", () =>
    Effect.gen(function* () {
      const { id } = yield* makeHuduTenant
      const [one, two] = [yield* makeFakeHudu, yield* makeFakeHudu]
      const connection = yield* HuduConnection
      yield* Effect.all(
        [one, two, one, two].map(({ url }) => connection.connect(id, { baseUrl: url, apiKey: key })),
        { concurrency: "unbounded" }
      )
      assert.strictEqual((yield* stored(id)).length, 2)
      assert.isTrue((yield* connection.test(id, {})).connected)
    })
  )

  it.effect("is only to HTTPS on the public internet, unless it is for development", () =>
    Effect.gen(function* () {
      const { id } = yield* makeHuduTenant
      const hudu = yield* makeFakeHudu
      const connect = Effect.flatMap(HuduConnection, (connection) =>
        connection.connect(id, { baseUrl: hudu.url, apiKey: key })
      )
      const refused = yield* Effect.flip(connect.pipe(withEnvironment({ SECRETS_KEY: secretsKey })))
      assert.match(refused.message, /must start with https/)
      assert.deepStrictEqual(hudu.requests, [])
    })
  )
})
