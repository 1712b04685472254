/** `psa rmm`, as an operator types it. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, layer } from "@effect/vitest"
import { Cause, ConfigProvider, Effect, Exit, Layer, References } from "effect"
import { Command } from "effect/cli"
import { SqlClient } from "effect/sql"
import { TestConsole } from "effect/testing"
import { RmmCommandServices, rmmCommand } from "../../src/commands/rmm.ts"
import { newId } from "../../src/services/ids.ts"
import { StartupError } from "../../src/services/Settings.ts"
import { TenantService } from "../../src/services/TenantService.ts"
import { makeFakeTactical, tacticalKey } from "../support/fakeTactical.ts"
import { rmmEnv } from "../support/rmm.ts"
import { database, settings } from "../support/service.ts"

const suite = layer(
  Layer.merge(database, TenantService.layer.pipe(Layer.provide(database))).pipe(
    Layer.provideMerge(Layer.succeed(References.MinimumLogLevel, "Error"))
  ),
  { excludeTestServices: true }
)

/** Runs `psa rmm ...`: what it prints, and the line it fails with, if it fails. */
const rmm = (args: ReadonlyArray<string>, env: Record<string, string> = {}) =>
  Effect.gen(function* () {
    const exit = yield* Effect.exit(Command.runWith(rmmCommand, { version: "1" })(args))
    const failure = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
    const output = (yield* TestConsole.logLines).join("\n")
    const complaint =
      failure === undefined ? undefined : failure instanceof StartupError ? failure.message : String(failure)
    assert.notInclude(`${output}${complaint}`, tacticalKey)
    return { output, complaint }
  }).pipe(
    Effect.provide(
      [
        NodeServices.layer,
        TestConsole.layer,
        RmmCommandServices.pipe(Layer.provide(settings({ ...rmmEnv, ...env }))),
        ConfigProvider.layer(ConfigProvider.fromEnv({ env }))
      ],
      { local: true }
    ),
    Effect.provideService(References.MinimumLogLevel, "None")
  )

const makeTenant = Effect.gen(function* () {
  const name = `operated-${newId()}`
  const { tenant } = yield* (yield* TenantService)
    .create({ client_name: name, email: `admin@${name}.example` })
    .pipe(Effect.orDie)
  return { id: tenant.tenant, name, of: ["--tenant", name, "--provider", "tacticalrmm"] }
})

const stored = Effect.fnUntraced(function* (tenant: string) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<{ row: string }>`SELECT rmm_connections::text AS row FROM rmm_connections
    WHERE tenant = ${tenant}`
  return rows.map(({ row }) => row)
})

suite("psa rmm", (it) => {
  it.effect("connects, tests and disconnects", () =>
    Effect.gen(function* () {
      const tactical = yield* makeFakeTactical
      const { id, of } = yield* makeTenant
      const connected = yield* rmm(["connect", ...of, "--base-url", `${tactical.url}/api/`, "--api-key", tacticalKey])
      const said = `tacticalrmm at ${tactical.url} is connected.`
      assert.deepStrictEqual(connected, { output: said, complaint: undefined })
      assert.strictEqual((yield* rmm(["test", ...of])).output, said)
      const byId = ["--tenant", id, "--provider", "tacticalrmm"]
      assert.strictEqual((yield* rmm(["disconnect", ...byId])).output, "Disconnected; the stored key is deleted.")
      assert.strictEqual((yield* rmm(["disconnect", ...of])).output, "There was no connection.")
      assert.strictEqual((yield* rmm(["test", ...of])).complaint, "This tenant is not connected to Tactical RMM")
    })
  )

  it.effect("takes the key from the environment, or the stored one for the same address", () =>
    Effect.gen(function* () {
      const [tactical, other] = [yield* makeFakeTactical, yield* makeFakeTactical]
      const { of } = yield* makeTenant
      const connect = (url: string, env?: Record<string, string>) =>
        rmm(["connect", "--json", ...of, "--base-url", url], env)
      assert.match((yield* connect(tactical.url)).complaint ?? "", /^An API key is needed: none is stored/)
      const { output } = yield* connect(tactical.url, { PSA_RMM_API_KEY: tacticalKey })
      const { connected_at, last_checked_at, ...connection } = JSON.parse(output)
      assert.match(`${connected_at} ${last_checked_at}`, /^20\S*Z 20\S*Z$/)
      assert.deepStrictEqual(connection, {
        provider: "tacticalrmm",
        base_url: tactical.url,
        status: "connected",
        last_error: null
      })
      assert.strictEqual(JSON.parse((yield* connect(tactical.url)).output).status, "connected")
      const elsewhere = yield* connect(other.url)
      assert.strictEqual(elsewhere.complaint, `An API key is needed: the stored one is for ${tactical.url}`)
      assert.deepStrictEqual(other.calls, [])
      assert.deepStrictEqual(JSON.parse((yield* rmm(["disconnect", "--json", ...of])).output), { disconnected: true })
    })
  )

  it.effect("keeps the key encrypted, and until it is disconnected", () =>
    Effect.gen(function* () {
      const tactical = yield* makeFakeTactical
      const { id, of } = yield* makeTenant
      const connect = rmm(["connect", ...of, "--base-url", tactical.url, "--api-key", ` ${tacticalKey} `])
      yield* connect
      const [row = ""] = yield* stored(id)
      for (const encoding of ["utf8", "hex", "base64"] as const) {
        assert.notInclude(row, Buffer.from(tacticalKey).toString(encoding))
      }
      yield* connect
      assert.notStrictEqual((yield* stored(id))[0], row, "Each time anew")
      yield* rmm(["disconnect", ...of])
      const sql = yield* SqlClient.SqlClient
      assert.deepStrictEqual(
        yield* sql`SELECT base_url, status, key_nonce, key_ciphertext FROM rmm_connections WHERE tenant = ${id}`,
        [{ base_url: tactical.url, status: "disconnected", key_nonce: null, key_ciphertext: null }]
      )
    })
  )

  it.effect("needs a SECRETS_KEY before it asks anybody, and the same one later", () =>
    Effect.gen(function* () {
      const tactical = yield* makeFakeTactical
      const { of } = yield* makeTenant
      const connect = ["connect", ...of, "--base-url", tactical.url, "--api-key", tacticalKey]
      const unfit = yield* rmm(connect, { SECRETS_KEY: "short" })
      assert.match(unfit.complaint ?? "", /^SECRETS_KEY must be 32 bytes/)
      assert.deepStrictEqual(tactical.calls, [])
      yield* rmm(connect)
      const other = yield* rmm(["test", ...of], { SECRETS_KEY: rmmEnv.SECRETS_KEY.replace("00", "ff") })
      assert.match(other.complaint ?? "", /cannot be decrypted: SECRETS_KEY is not the one/)
    })
  )

  it.effect("notes that the RMM does not answer any more, and that it does", () =>
    Effect.gen(function* () {
      const tactical = yield* makeFakeTactical
      const { id, of } = yield* makeTenant
      yield* rmm(["connect", ...of, "--base-url", tactical.url, "--api-key", tacticalKey])
      tactical.next.push({ to: /./, give: { status: 500, body: "<html>" } })
      const { complaint } = yield* rmm(["test", ...of])
      assert.match(complaint ?? "", /has failed \(500\)/)
      const sql = yield* SqlClient.SqlClient
      const state = sql`SELECT status, last_error FROM rmm_connections WHERE tenant = ${id}`
      assert.deepStrictEqual(yield* state, [{ status: "failing", last_error: complaint }])
      yield* rmm(["test", ...of])
      assert.deepStrictEqual(yield* state, [{ status: "connected", last_error: null }])
    })
  )

  it.effect("says in one line what is wrong, and changes nothing", () =>
    Effect.gen(function* () {
      const tactical = yield* makeFakeTactical
      const { id, of } = yield* makeTenant
      const connect = (url: string, key = tacticalKey, env: Record<string, string> = {}) =>
        rmm(["connect", ...of, "--base-url", url, "--api-key", key], env)
      const strict = { RMM_ALLOW_INSECURE_URL: "false" }
      const cases: ReadonlyArray<readonly [ReturnType<typeof rmm>, RegExp]> = [
        [rmm(["test", "--tenant", "nobody", "--provider", "tacticalrmm"]), /^Tenant nobody not found$/],
        [connect("https://exa mple.com"), /^The Tactical RMM address is not a URL/],
        [connect(tactical.url, "two words"), /^The Tactical RMM API key is empty, too long, or has characters/],
        [connect(tactical.url, "WRONG"), /does not accept the API key \(Invalid token\.\)$/],
        [connect(`${tactical.url}/web`), /does not answer as Tactical RMM does \(404\)/],
        [connect("http://localhost:1"), /cannot be reached: it refuses the connection$/],
        [connect(tactical.url, tacticalKey, strict), /must start with https:/],
        [connect("https://localhost", tacticalKey, strict), /on this machine or a private network/]
      ]
      for (const [running, line] of cases) {
        const { complaint = "", output } = yield* running
        assert.match(complaint, line)
        assert.notInclude(complaint, "\n")
        assert.strictEqual(output, "")
      }
      assert.deepStrictEqual(yield* stored(id), [])
    })
  )
})
