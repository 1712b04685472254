/** `psa hudu`, as an operator types it. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert } from "@effect/vitest"
import { Cause, ConfigProvider, Effect, Exit, References } from "effect"
import { Command } from "effect/cli"
import { SqlClient } from "effect/sql"
import { TestConsole } from "effect/testing"
import { StartupError } from "../../../src/services/Settings.ts"
import { makeTenant } from "../../../test/support/service.ts"
import { huduCommand } from "../../commands/hudu.ts"
import { goodKey, makeFakeHudu } from "../support/fakeHudu.ts"
import { enterpriseSuite } from "../support/suite.ts"

/** Runs `psa hudu ...`: what it prints, and the line it fails with, if it fails. */
const hudu = (args: ReadonlyArray<string>, env: Record<string, string> = {}) =>
  Effect.gen(function* () {
    const exit = yield* Effect.exit(Command.runWith(huduCommand, { version: "1" })(args))
    const failure = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
    const output = (yield* TestConsole.logLines).join("\n")
    const complaint =
      failure === undefined ? undefined : failure instanceof StartupError ? failure.message : String(failure)
    assert.notInclude(`${output}${complaint}`, goodKey)
    return { output, complaint }
  }).pipe(
    Effect.provide([NodeServices.layer, TestConsole.layer, ConfigProvider.layer(ConfigProvider.fromEnv({ env }))], {
      local: true
    }),
    Effect.provideService(References.MinimumLogLevel, "None")
  )

enterpriseSuite("psa hudu", (it) => {
  it.effect("connects, tests and disconnects", () =>
    Effect.gen(function* () {
      const server = yield* makeFakeHudu
      const { tenant } = yield* makeTenant
      const name = ["--tenant", tenant.client_name]
      const connected = yield* hudu(["connect", ...name, "--base-url", server.url, "--api-key", goodKey])
      assert.deepStrictEqual(connected, {
        output: `Connected to ${server.url}; the key may read passwords.`,
        complaint: undefined
      })
      assert.strictEqual((yield* hudu(["test", ...name])).output, "Hudu answers; the key may read passwords.")
      const disconnected = yield* hudu(["disconnect", "--tenant", tenant.tenant])
      assert.strictEqual(disconnected.output, "Disconnected; the stored key is deleted.")
      assert.strictEqual((yield* hudu(["disconnect", ...name])).output, "There was no connection.")
      assert.match((yield* hudu(["test", ...name])).complaint ?? "", /^The tenant is not connected to a Hudu/)
    })
  )

  it.effect("speaks JSON", () =>
    Effect.gen(function* () {
      const server = yield* makeFakeHudu
      server.passwords = false
      const { tenant } = yield* makeTenant
      const name = ["--json", "--tenant", tenant.client_name]
      const connected = yield* hudu(["connect", ...name, "--base-url", `${server.url}/api`], { HUDU_API_KEY: goodKey })
      const { connectedAt, ...status } = JSON.parse(connected.output)
      assert.match(connectedAt, /^20.*Z$/)
      assert.deepStrictEqual(status, {
        status: "connected",
        baseUrl: server.url,
        lastSyncedAt: null,
        passwordAccess: false
      })
      assert.deepStrictEqual(JSON.parse((yield* hudu(["test", ...name])).output), {
        connected: true,
        passwordAccess: false
      })
      const failed = yield* hudu(["test", ...name, "--api-key", "wrong"])
      const error = `Hudu at ${new URL(server.url).host} does not accept the API key`
      assert.deepStrictEqual(JSON.parse(failed.output), {
        connected: false,
        passwordAccess: false,
        errorKind: "invalid_key",
        error
      })
      assert.strictEqual(failed.complaint, error)
      assert.deepStrictEqual(JSON.parse((yield* hudu(["disconnect", ...name])).output), { disconnected: true })
    })
  )

  it.effect("says in one line what is wrong", () =>
    Effect.gen(function* () {
      const server = yield* makeFakeHudu
      const { tenant } = yield* makeTenant
      const name = ["--tenant", tenant.client_name]
      const connect = (...args: ReadonlyArray<string>) => hudu(["connect", ...name, ...args])
      const cases: ReadonlyArray<readonly [ReturnType<typeof hudu>, RegExp]> = [
        [hudu(["connect", "--tenant", "nobody", "--base-url", server.url]), /^Tenant nobody not found$/],
        [connect("--base-url", "docs"), /^The Hudu address is not a URL/],
        [connect("--base-url", server.url), /^An API key is needed: none is stored/],
        [connect("--base-url", server.url, "--api-key", "wrong"), /does not accept the API key$/],
        [connect("--base-url", `${server.url}/wiki`, "--api-key", goodKey), /^There is no Hudu API at/],
        [connect("--base-url", "http://localhost:1", "--api-key", goodKey), /cannot be reached: it refuses/],
        [hudu(["disconnect", "--tenant", "nobody"]), /^Tenant nobody not found$/]
      ]
      for (const [running, line] of cases) {
        const { complaint = "", output } = yield* running
        assert.match(complaint, line)
        assert.notInclude(complaint, "\n")
        assert.strictEqual(output, "")
      }
      const sql = yield* SqlClient.SqlClient
      assert.deepStrictEqual(yield* sql`SELECT 1 FROM tenant_secrets WHERE tenant = ${tenant.tenant}`, [])
    })
  )
})
