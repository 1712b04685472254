/** Asking Tactical RMM, over HTTP: what each answer means, and that nothing is done twice. */
import { createServer } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, References } from "effect"
import type { RmmFailure } from "../../src/domain/Rmm.ts"
import { Resolver } from "../../src/services/GuardedHttpClient.ts"
import { type RmmCredentials, RmmPatience, type RmmProvider, RmmProviders } from "../../src/services/RmmProvider.ts"
import { RmmProvidersLive } from "../../src/services/rmm/providers.ts"
import {
  type FakeAnswer,
  type FakeTactical,
  linuxAgent,
  makeFakeTactical,
  newAgent,
  tacticalKey,
  windowsAgent
} from "../support/fakeTactical.ts"
import { settings } from "../support/service.ts"

const insecure = { RMM_ALLOW_INSECURE_URL: "true" }

const speaking = <A, E>(
  ask: (provider: RmmProvider, credentials: RmmCredentials) => Effect.Effect<A, E>,
  baseUrl: string,
  { env = insecure, patience = 10_000 }: { readonly env?: Record<string, string>; readonly patience?: number } = {}
) =>
  Effect.gen(function* () {
    const { tacticalrmm } = yield* RmmProviders
    return yield* ask(tacticalrmm!, { baseUrl, apiKey: Redacted.make(tacticalKey) })
  }).pipe(
    Effect.provide(RmmProvidersLive.pipe(Layer.provide(settings(env)), Layer.orDie)),
    Effect.provideService(RmmPatience, () => patience),
    Effect.provideService(References.MinimumLogLevel, "None")
  )

/** For servers that never answer, in milliseconds. */
const briefly = (give: unknown) => (give === "silence" ? { patience: 1500 } : {})

const check = (provider: RmmProvider, credentials: RmmCredentials) => provider.check(credentials)
const agent = (id: string) => (provider: RmmProvider, credentials: RmmCredentials) => provider.agent(credentials, id)
const reboot = (id: string) => (provider: RmmProvider, credentials: RmmCredentials) => provider.reboot(credentials, id)
const script =
  (
    scriptId: string,
    more: { readonly args?: ReadonlyArray<string>; readonly timeout?: number } = {},
    id = windowsAgent
  ) =>
  (provider: RmmProvider, credentials: RmmCredentials) =>
    provider.runScript(credentials, id, { scriptId, ...more })

/** The failure, which is one line and without the key. */
const failureOf = <A, R>(effect: Effect.Effect<A, RmmFailure, R>) =>
  Effect.map(Effect.flip(effect), ({ kind, maybeDone = false, message }) => {
    assert.notInclude(message, "\n")
    assert.notInclude(message, tacticalKey)
    assert.isBelow(message.length, 600)
    return { kind, message, maybeDone }
  })

/** Something that is done, on a server that may never answer. */
const acting = <A, E>(
  act: (provider: RmmProvider, credentials: RmmCredentials) => Effect.Effect<A, E>,
  tactical: FakeTactical,
  give: unknown
) => speaking(act, tactical.url, briefly(give))

const runOf = ({ calls }: FakeTactical) => {
  const run = calls.find(({ call }) => call.includes("/runscript/"))
  const body: unknown = JSON.parse(run?.body ?? "null")
  return body
}

/** A port that nothing listens on any more. */
const closedPort = Effect.promise(async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === "object" && address !== null ? address.port : 1
})

describe("a Tactical RMM", () => {
  it.live("is asked with its own header, and nothing else that names us", () =>
    Effect.gen(function* () {
      const tactical = yield* makeFakeTactical
      yield* speaking(check, tactical.url)
      assert.deepStrictEqual(tactical.asked(), ["GET /agents/?detail=false"])
      const headers = tactical.calls[0]?.headers
      assert.strictEqual(headers?.["x-api-key"], tacticalKey)
      assert.isUndefined(headers?.["authorization"])
      assert.isUndefined(headers?.["traceparent"])
    })
  )

  const detail = (text: string) => ({ detail: text })
  const page = "<!doctype html><title>Tactical RMM</title>"
  const answers: ReadonlyArray<readonly [string, FakeAnswer, string, RegExp]> = [
    [
      "a bad key",
      { status: 401, body: detail("Invalid token.") },
      "refused",
      /not accept the API key \(Invalid token\.\)/
    ],
    ["an expired key", { status: 401, body: detail("The token has expired.") }, "refused", /The token has expired/],
    ["a missing right", { status: 403, body: detail("You do not ...") }, "forbidden", /needs can_list_agents/],
    ["a web page", { status: 200, body: page }, "unexpected", /does not answer as Tactical RMM does/],
    ["some other JSON", { status: 200, body: { agents: [] } }, "unexpected", /does not answer as Tactical RMM does/],
    ["nothing", { status: 200, body: " " }, "unexpected", /does not answer as Tactical RMM does/],
    ["another address", { status: 301, headers: { location: "/agents/" } }, "unexpected", /redirects to another/],
    ["no such page", { status: 404, body: page }, "unexpected", /\(404\): is this its API\?/],
    ["its own error", { status: 500, body: page }, "server_error", /has failed \(500\)/],
    ["a proxy's error", { status: 504, body: page }, "server_error", /has failed \(504\)/],
    ["too many requests", { status: 429, body: detail("Throttled.") }, "server_error", /too many requests/],
    ["no to something", { status: 400, body: '"monitoring type does not exist"' }, "rejected", /monitoring type/],
    ["no to a field", { status: 400, body: { site: ["Unknown."] } }, "rejected", /\{"site":\["Unknown\."\]\}/],
    ["something unheard of", { status: 418, body: tacticalKey }, "unexpected", /\(418\)/],
    ["the key", { status: 400, body: JSON.stringify(`${tacticalKey}\n`.repeat(40)) }, "rejected", /\[REDACTED\]/]
  ]
  it.live.each(answers)("that answers %s", ([, give, kind, message]) =>
    Effect.gen(function* () {
      const tactical = yield* makeFakeTactical
      tactical.next.push({ to: /./, give })
      const failure = yield* failureOf(speaking(check, tactical.url))
      assert.strictEqual(failure.kind, kind)
      assert.match(failure.message, message)
      assert.strictEqual(tactical.calls.length, 1)
    })
  )

  it.live("that does not answer is not waited for", () =>
    Effect.gen(function* () {
      const tactical = yield* makeFakeTactical
      tactical.next.push({ to: /./, give: "silence" })
      const failure = yield* failureOf(speaking(agent(windowsAgent), tactical.url, briefly("silence")))
      assert.strictEqual(failure.kind, "timeout")
      assert.match(failure.message, /did not answer within 2 seconds/)
    })
  )

  it.live("that hangs up, or is not there, is not reached", () =>
    Effect.gen(function* () {
      const tactical = yield* makeFakeTactical
      tactical.next.push({ to: /./, give: "hangup" })
      assert.match((yield* failureOf(speaking(check, tactical.url))).message, /cannot be reached: it closed the conn/)
      const failure = yield* failureOf(speaking(reboot(windowsAgent), `http://127.0.0.1:${yield* closedPort}`))
      assert.deepStrictEqual([failure.kind, failure.maybeDone], ["unreachable", false])
      assert.match(failure.message, /it refuses the connection/)
    })
  )

  it.live("on a private network is not asked, unless it may be", () =>
    Effect.gen(function* () {
      const tactical = yield* makeFakeTactical
      const { port } = new URL(tactical.url)
      const named = speaking(check, `https://api.example.com:${port}`, { env: {} }).pipe(
        Effect.provideService(Resolver, async () => [{ address: "127.0.0.1", family: 4 }])
      )
      for (const asked of [named, speaking(check, tactical.url, { env: {} })]) {
        const failure = yield* failureOf(asked)
        assert.strictEqual(failure.kind, "invalid")
        assert.match(failure.message, /^The Tactical RMM address .* is on this machine or a private network/)
      }
      assert.deepStrictEqual(tactical.calls, [])
    })
  )
})

describe("an agent", () => {
  it.live("is read as it is now", () =>
    Effect.gen(function* () {
      const tactical = yield* makeFakeTactical
      const { uptime_seconds, ...read } = yield* speaking(agent(windowsAgent), tactical.url)
      assert.isAbove(uptime_seconds ?? 0, 0)
      assert.deepStrictEqual(read, {
        agent_status: "online",
        last_check_in: "2026-06-01T12:00:00.123Z",
        current_user: "kim",
        lan_ip: "192.168.1.17",
        wan_ip: "203.0.113.9",
        cpu_utilization_percent: null,
        memory_utilization_percent: null,
        memory_used_gb: null,
        memory_total_gb: 16,
        storage: [
          { name: "C:", total_gb: 465.1, free_gb: 165.1, utilization_percent: 64 },
          { name: "D:", total_gb: 1843.2, free_gb: 1536, utilization_percent: 16 }
        ]
      })
      assert.deepStrictEqual(tactical.asked(), [`GET /agents/${windowsAgent}/`])
    })
  )

  it.live("may say little, or nothing that is of use", () =>
    Effect.gen(function* () {
      const tactical = yield* makeFakeTactical
      const linux = yield* speaking(agent(linuxAgent), tactical.url)
      assert.deepStrictEqual(
        [linux.agent_status, linux.current_user, linux.lan_ip, linux.wan_ip, linux.uptime_seconds],
        ["overdue", null, null, "198.51.100.4", null]
      )
      assert.deepStrictEqual(linux.storage, [
        { name: "/dev/sda1", total_gb: 0.5, free_gb: null, utilization_percent: null }
      ])
      const fresh = yield* speaking(agent(newAgent), tactical.url)
      assert.deepStrictEqual(
        [fresh.agent_status, fresh.last_check_in, fresh.memory_total_gb, fresh.storage],
        ["offline", null, null, []]
      )
    })
  )

  it.live("that is not there is said to be missing, whatever its id", () =>
    Effect.gen(function* () {
      const tactical = yield* makeFakeTactical
      const missing = yield* failureOf(speaking(agent("x".repeat(40)), tactical.url))
      assert.deepStrictEqual(missing, {
        kind: "agent_missing",
        message: "Tactical RMM has no such agent",
        maybeDone: false
      })
      tactical.next.push({ to: /./, give: { status: 404, body: { detail: "Not found." } } })
      assert.strictEqual((yield* failureOf(speaking(agent(windowsAgent), tactical.url))).kind, "agent_missing")
      const asked = tactical.calls.length
      // Ids that would lead elsewhere are not asked for at all.
      for (const id of ["17", "..", `../${"x".repeat(40)}`, `${"x".repeat(40)}/reboot`]) {
        assert.strictEqual((yield* failureOf(speaking(agent(id), tactical.url))).kind, "agent_missing")
        assert.strictEqual((yield* failureOf(speaking(reboot(id), tactical.url))).kind, "agent_missing")
      }
      assert.strictEqual(tactical.calls.length, asked)
    })
  )

  it.live("with a strange id is asked for under just that", () =>
    Effect.gen(function* () {
      const tactical = yield* makeFakeTactical
      const id = `${"x".repeat(30)}?detail=#%2e`
      yield* failureOf(speaking(agent(id), tactical.url))
      assert.deepStrictEqual(tactical.asked(), [`GET /agents/${encodeURIComponent(id)}/`])
    })
  )
})

describe("a reboot", () => {
  it.live("is asked for once, after a ping", () =>
    Effect.gen(function* () {
      const tactical = yield* makeFakeTactical
      yield* speaking(reboot(windowsAgent), tactical.url)
      assert.deepStrictEqual(tactical.asked(), [
        `GET /agents/${windowsAgent}/ping/`,
        `POST /agents/${windowsAgent}/reboot/`
      ])
    })
  )

  it.live("is not asked for of an agent that is offline", () =>
    Effect.gen(function* () {
      const tactical = yield* makeFakeTactical
      for (const id of [linuxAgent, newAgent]) {
        const failure = yield* failureOf(speaking(reboot(id), tactical.url))
        assert.deepStrictEqual([failure.kind, failure.maybeDone], ["agent_offline", false])
      }
      assert.deepStrictEqual(tactical.asked(/^POST/), [])
    })
  )

  it.live("goes on without a ping that tells nothing, and stops at one that does", () =>
    Effect.gen(function* () {
      const tactical = yield* makeFakeTactical
      tactical.next.push({ to: /ping/, give: { status: 403, body: { detail: "You do not have permission" } } })
      yield* speaking(reboot(windowsAgent), tactical.url)
      tactical.next.push({ to: /ping/, give: { status: 500, body: "<html>" } })
      assert.strictEqual((yield* failureOf(speaking(reboot(windowsAgent), tactical.url))).kind, "server_error")
      assert.strictEqual(tactical.asked(/reboot/).length, 1)
    })
  )

  const endings: ReadonlyArray<readonly [string, FakeAnswer | "silence" | "hangup", string, boolean]> = [
    ["an agent that went offline", { status: 400, body: '"Unable to contact the agent"' }, "agent_offline", false],
    ["a broker that is down", { status: 200, body: '"natsdown"' }, "server_error", false],
    ["a right that is missing", { status: 403, body: { detail: "You do not" } }, "forbidden", false],
    ["a lost slash", { status: 301, headers: { location: "/" } }, "unexpected", false],
    ["a text that is not ok", { status: 200, body: '"perhaps"' }, "unexpected", true],
    ["a proxy that gave up", { status: 504, body: "<html>" }, "server_error", true],
    ["silence", "silence", "timeout", true],
    ["a connection that broke", "hangup", "unreachable", true]
  ]
  it.live.each(endings)("that ends in %s is not tried again", ([, give, kind, maybeDone]) =>
    Effect.gen(function* () {
      const tactical = yield* makeFakeTactical
      tactical.next.push({ to: /reboot/, give })
      const failure = yield* failureOf(acting(reboot(windowsAgent), tactical, give))
      assert.deepStrictEqual([failure.kind, failure.maybeDone], [kind, maybeDone])
      assert.strictEqual(tactical.asked(/reboot/).length, 1)
    })
  )
})

describe("a script", () => {
  it.live("runs as the server says of it, and its exit code is found", () =>
    Effect.gen(function* () {
      const tactical = yield* makeFakeTactical
      tactical.history.push({ id: 99, script: 12, retcode: 7, output: "long ago" })
      const run = yield* speaking(script("12"), tactical.url)
      assert.deepStrictEqual(run, { output: "3 files deleted\r\n", exitCode: 0, timedOut: false })
      assert.deepStrictEqual(runOf(tactical), {
        script: 12,
        output: "wait",
        args: ["-Quiet"],
        env_vars: ["LEVEL=2"],
        run_as_user: true,
        timeout: 45
      })
      assert.strictEqual(tactical.asked(/runscript/).length, 1)
    })
  )

  it.live("runs with other arguments and another time limit", () =>
    Effect.gen(function* () {
      const tactical = yield* makeFakeTactical
      yield* speaking(script("12", { args: ["-Verbose", "a b"], timeout: 7 }), tactical.url)
      const body = runOf(tactical)
      assert.include(body, { timeout: 7, run_as_user: true })
      assert.deepInclude(body, { args: ["-Verbose", "a b"] })
    })
  )

  it.live("runs with a key that may do no more than that", () =>
    Effect.gen(function* () {
      const tactical = yield* makeFakeTactical
      const forbidden = { status: 403, body: { detail: "You do not have permission to perform this action." } }
      for (const to of [/ping/, /scripts/, /history/]) tactical.next.push({ to, give: forbidden })
      assert.deepStrictEqual(yield* speaking(script("13"), tactical.url), { output: "hello\n", timedOut: false })
      assert.deepStrictEqual(runOf(tactical), {
        script: 13,
        output: "wait",
        args: [],
        env_vars: [],
        run_as_user: false,
        timeout: 90
      })
    })
  )

  it.live("has the exit code that is its own, or none", () =>
    Effect.gen(function* () {
      const tactical = yield* makeFakeTactical
      tactical.outputs.set(13, { output: "no luck", retcode: 3 })
      assert.strictEqual((yield* speaking(script("13"), tactical.url)).exitCode, 3)
      // Somebody else runs it, too: nobody knows which run is whose.
      tactical.next.push({ to: /history/, give: { status: 200, body: [] } })
      assert.isUndefined((yield* speaking(script("13"), tactical.url)).exitCode)
    })
  )

  it.live("does not run on a machine that it is not for", () =>
    Effect.gen(function* () {
      const tactical = yield* makeFakeTactical
      tactical.agents.set(linuxAgent, { ...tactical.agents.get(linuxAgent), agent_id: linuxAgent, status: "online" })
      const failure = yield* failureOf(speaking(script("12", {}, linuxAgent), tactical.url))
      assert.deepStrictEqual(failure, {
        kind: "unsupported",
        message: "Clear temporary files is for windows, and the agent runs linux: nothing was done",
        maybeDone: false
      })
      assert.deepStrictEqual(tactical.asked(/^POST/), [])
    })
  )

  it.live("that is not there is said to be missing, and so is its agent", () =>
    Effect.gen(function* () {
      const tactical = yield* makeFakeTactical
      assert.strictEqual(
        (yield* failureOf(speaking(script("14"), tactical.url))).message,
        "Tactical RMM has no such script"
      )
      tactical.next.push({ to: /runscript/, give: { status: 404, body: { detail: "No Agent matches" } } })
      assert.strictEqual(
        (yield* failureOf(speaking(script("13"), tactical.url))).message,
        "Tactical RMM has no such agent"
      )
      assert.strictEqual((yield* failureOf(speaking(script("abc"), tactical.url))).kind, "script_missing")
    })
  )

  const endings: ReadonlyArray<readonly [string, FakeAnswer | "silence", string, boolean]> = [
    ["timeout, which is no output", { status: 200, body: '"timeout"' }, "timeout", true],
    ["natsdown, which is no output", { status: 200, body: '"natsdown"' }, "server_error", false],
    ["a feature that is off", { status: 400, body: '"This feature is disabled."' }, "rejected", false],
    ["a web page", { status: 502, body: "<html>" }, "server_error", true],
    ["silence", "silence", "timeout", true]
  ]
  it.live.each(endings)("that ends in %s", ([, give, kind, maybeDone]) =>
    Effect.gen(function* () {
      const tactical = yield* makeFakeTactical
      tactical.next.push({ to: /runscript/, give })
      const failure = yield* failureOf(acting(script("13"), tactical, give))
      assert.deepStrictEqual([failure.kind, failure.maybeDone], [kind, maybeDone])
      assert.strictEqual(tactical.asked(/runscript/).length, 1)
    })
  )

  it.live("may write what looks like a failure, and may be stopped", () =>
    Effect.gen(function* () {
      const tactical = yield* makeFakeTactical
      tactical.outputs.set(13, { output: "a timeout\n", retcode: 0 })
      assert.deepStrictEqual(yield* speaking(script("13"), tactical.url), {
        output: "a timeout\n",
        exitCode: 0,
        timedOut: false
      })
      tactical.outputs.set(13, { output: "half\nScript timed out after 90 seconds", retcode: 98 })
      assert.isTrue((yield* speaking(script("13"), tactical.url)).timedOut)
    })
  )
})

describe("remote control", () => {
  it.live("is a session of the kind that is asked for", () =>
    Effect.gen(function* () {
      const tactical = yield* makeFakeTactical
      const modes = { splashtop: 11, vnc: 11, rdp: 11, control: 11, shell: 12, terminal: 12, file: 13 } as const
      for (const type of ["splashtop", "vnc", "rdp", "control", "shell", "terminal", "file"] as const) {
        const url = yield* speaking(
          (provider, given) => provider.remoteControl(given, windowsAgent, type),
          tactical.url
        )
        assert.strictEqual(new URL(url).searchParams.get("viewmode"), String(modes[type]))
      }
    })
  )

  it.live("is refused where there is none, of that kind or at all", () =>
    Effect.gen(function* () {
      const tactical = yield* makeFakeTactical
      const kindOf = (id: string, type: "teamviewer" | "control") =>
        Effect.map(
          failureOf(speaking((provider, given) => provider.remoteControl(given, id, type), tactical.url)),
          ({ kind }) => kind
        )
      assert.strictEqual(yield* kindOf(windowsAgent, "teamviewer"), "unsupported")
      assert.strictEqual(yield* kindOf(linuxAgent, "control"), "agent_offline")
      assert.strictEqual(yield* kindOf("x".repeat(40), "control"), "agent_missing")
      tactical.next.push({
        to: /mesh/,
        give: { status: 200, body: { status: "online", control: "javascript:alert(1)" } }
      })
      assert.strictEqual(yield* kindOf(windowsAgent, "control"), "unexpected")
      tactical.next.push({ to: /mesh/, give: { status: 500, body: "<html>" } })
      assert.strictEqual(yield* kindOf(windowsAgent, "control"), "server_error")
    })
  )
})

describe("its address", () => {
  it.live.each([
    ["api.example.com", "https://api.example.com"],
    ["  https://api.example.com// ", "https://api.example.com"],
    ["https://API.example.com/api/", "https://api.example.com"],
    ["https://example.com:8443/rmm/api", "https://example.com:8443/rmm"]
  ])("%j is kept as %j", ([text, kept]) =>
    Effect.gen(function* () {
      const read = yield* speaking((provider) => Effect.fromResult(provider.readAddress(text ?? "", false)), "")
      assert.strictEqual(read, kept)
    })
  )

  it.live.each([[""], ["http://api.example.com"], ["ftp://api.example.com"], ["localhost"], ["10.0.0.5"], ["a b"]])(
    "%j is none",
    ([text]) =>
      Effect.gen(function* () {
        const failure = yield* failureOf(
          speaking((provider) => Effect.fromResult(provider.readAddress(text ?? "", false)), "")
        )
        assert.strictEqual(failure.kind, "invalid")
      })
  )
})
