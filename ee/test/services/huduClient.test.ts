/** Asking Hudu, over HTTP: what each answer means, retries, and where no connection is made. */

import type { AddressInfo } from "node:net"
import { createServer } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Fiber, Layer, Redacted, References } from "effect"
import { TestClock } from "effect/testing"
import { Resolver } from "../../../src/services/GuardedHttpClient.ts"
import { settings } from "../../../test/support/service.ts"
import type { HuduFailure } from "../../domain/Hudu.ts"

import { HuduClient } from "../../services/HuduClient.ts"
import { type FakeAnswer, goodKey, makeFakeHudu } from "../support/fakeHudu.ts"

const insecure = { HUDU_ALLOW_INSECURE_URL: "true" }

const inspect = (baseUrl: string, key = goodKey, env: Record<string, string> = insecure) =>
  HuduClient.pipe(
    Effect.flatMap((client) => client.inspect({ baseUrl, apiKey: Redacted.make(key) })),
    Effect.provide(HuduClient.layer.pipe(Layer.provide(settings(env)), Layer.orDie)),
    Effect.provideService(References.MinimumLogLevel, "None")
  )

/** The failure, which is one line and without the key. */
const failureOf = <A, R>(effect: Effect.Effect<A, HuduFailure, R>) =>
  Effect.map(Effect.flip(effect), ({ kind, message }) => {
    assert.notInclude(message, "\n")
    assert.notInclude(message, goodKey)
    return { kind, message }
  })

/** A clock on which every wait is over at once, and noted; only a timeout, of 30 seconds, never comes. */
const clock = () => {
  const waits: Array<number> = []
  const now = () => waits.reduce((sum, wait) => sum + wait, 0)
  const nanos = () => BigInt(Math.round(now())) * 1_000_000n
  const service: Clock.Clock = {
    currentTimeMillisUnsafe: now,
    currentTimeMillis: Effect.sync(now),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: nanos,
    monotonicTimeNanos: Effect.sync(nanos),
    sleep: (duration) => {
      const millis = Duration.toMillis(duration)
      return millis === 30_000 ? Effect.never : Effect.sync(() => void waits.push(millis))
    }
  }
  return { waits, running: Effect.provideService(Clock.Clock, service) }
}

const assertWaits = (waits: ReadonlyArray<number>, expected: ReadonlyArray<number>) => {
  assert.strictEqual(waits.length, expected.length, `waited ${waits}`)
  for (const [index, base] of expected.entries()) {
    assert.isTrue((waits[index] ?? 0) >= base && (waits[index] ?? 0) <= base + 250, `waited ${waits}`)
  }
}

/** A port that nothing listens on any more. */
const closedPort = Effect.promise(async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
})

const resolvingTo = (address: string) =>
  Effect.provideService(Resolver, async () => [{ address, family: address.includes(":") ? 6 : 4 }])

describe("Hudu", () => {
  it.live("is asked for its companies, and whether the key reads passwords", () =>
    Effect.gen(function* () {
      const hudu = yield* makeFakeHudu
      assert.deepStrictEqual(yield* inspect(hudu.url), { passwordAccess: true })
      assert.deepStrictEqual(hudu.requests, ["GET /api/v1/companies?page=1", "GET /api/v1/asset_passwords?page=1"])
    })
  )

  it.live("that forbids passwords is connected all the same", () =>
    Effect.gen(function* () {
      const hudu = yield* makeFakeHudu
      hudu.passwords = false
      assert.deepStrictEqual(yield* inspect(hudu.url), { passwordAccess: false })
    })
  )

  it.live("that fails to say whether the key reads passwords counts as forbidding it", () =>
    Effect.gen(function* () {
      const hudu = yield* makeFakeHudu
      hudu.next.push({ status: 200, body: { companies: [] } }, { status: 404 })
      assert.deepStrictEqual(yield* inspect(hudu.url), { passwordAccess: false })
      assert.strictEqual(hudu.requests.length, 2)
    })
  )

  const answers: ReadonlyArray<readonly [string, FakeAnswer, string, RegExp]> = [
    ["no such key", { status: 401 }, "invalid_key", /does not accept the API key/],
    ["not for this key", { status: 403 }, "no_password_access", /does not allow this to the API key/],
    ["no such path", { status: 404, body: "<html>" }, "not_found", /no Hudu API/],
    ["cannot read this", { status: 422 }, "validation", /could not read the request/],
    ["a web page", { status: 200, body: "<html>Welcome</html>" }, "not_found", /does not answer as Hudu does/],
    ["some other JSON", { status: 200, body: { items: [] } }, "not_found", /does not answer as Hudu does/],
    ["companies of another kind", { status: 200, body: { companies: [1] } }, "not_found", /does not answer as Hudu/],
    ["something unheard of", { status: 418, body: goodKey }, "unknown", /status 418/]
  ]
  it.live.each(answers)("that answers %s", ([, given, kind, message]) =>
    Effect.gen(function* () {
      const hudu = yield* makeFakeHudu
      hudu.next.push(given)
      const failure = yield* failureOf(inspect(hudu.url))
      assert.strictEqual(failure.kind, kind)
      assert.match(failure.message, message)
      assert.strictEqual(hudu.requests.length, 1)
    })
  )

  it.live("does not accept a wrong key", () =>
    Effect.gen(function* () {
      const hudu = yield* makeFakeHudu
      assert.strictEqual((yield* failureOf(inspect(hudu.url, "wrong"))).kind, "invalid_key")
    })
  )

  it.live("is not followed to another address", () =>
    Effect.gen(function* () {
      const [hudu, other] = [yield* makeFakeHudu, yield* makeFakeHudu]
      hudu.next.push({ status: 302, headers: { location: `${other.url}/api/v1/companies?page=1` } })
      assert.match((yield* failureOf(inspect(hudu.url))).message, /redirects to another address/)
      assert.deepStrictEqual(other.requests, [])
    })
  )
})

describe("a Hudu that is busy or has failed", () => {
  it.live("is asked again when it says", () =>
    Effect.gen(function* () {
      const hudu = yield* makeFakeHudu
      const { running, waits } = clock()
      hudu.next.push({ status: 429, headers: { "retry-after": "7" } })
      assert.deepStrictEqual(yield* running(inspect(hudu.url)), { passwordAccess: true })
      assertWaits(waits, [7000])
      assert.strictEqual(hudu.requests.length, 3)
    })
  )

  it.live("is asked again, later each time", () =>
    Effect.gen(function* () {
      const hudu = yield* makeFakeHudu
      const { running, waits } = clock()
      hudu.next.push({ status: 500 }, { status: 503 }, { status: 429 })
      assert.deepStrictEqual(yield* running(inspect(hudu.url)), { passwordAccess: true })
      assertWaits(waits, [1000, 2000, 4000])
    })
  )

  it.live("is asked four times, and no more", () =>
    Effect.gen(function* () {
      const hudu = yield* makeFakeHudu
      const { running, waits } = clock()
      const down: FakeAnswer = { status: 502, body: "Bad gateway" }
      hudu.next.push(down, down, down, down)
      const failure = yield* running(failureOf(inspect(hudu.url)))
      assert.strictEqual(failure.kind, "server_error")
      assert.match(failure.message, /has failed \(502\)/)
      assertWaits(waits, [1000, 2000, 4000])
      assert.strictEqual(hudu.requests.length, 4)
    })
  )

  it.live("is not waited for longer than a minute", () =>
    Effect.gen(function* () {
      const hudu = yield* makeFakeHudu
      const { running, waits } = clock()
      hudu.next.push({ status: 429, headers: { "retry-after": "31536000" } })
      yield* running(inspect(hudu.url))
      assert.deepStrictEqual(waits, [60_000])
    })
  )
})

describe("a Hudu that cannot be reached", () => {
  it.live("is asked once", () =>
    Effect.gen(function* () {
      const { running, waits } = clock()
      const failure = yield* running(failureOf(inspect(`http://127.0.0.1:${yield* closedPort}`)))
      assert.strictEqual(failure.kind, "network_error")
      assert.match(failure.message, /cannot be reached: it refuses the connection/)
      assert.deepStrictEqual(waits, [])
    })
  )

  it.live("may have no such name", () =>
    Effect.gen(function* () {
      const failing = Effect.provideService(Resolver, () =>
        Promise.reject(Object.assign(new Error("getaddrinfo"), { code: "ENOTFOUND" }))
      )
      const failure = yield* failureOf(inspect("https://docs.example.com").pipe(failing))
      assert.deepStrictEqual(failure, {
        kind: "network_error",
        message: "docs.example.com cannot be reached: there is no such name"
      })
    })
  )

  it.effect("has thirty seconds to answer", () =>
    Effect.gen(function* () {
      const hudu = yield* makeFakeHudu
      hudu.next.push("silence")
      const arrived = new Promise<void>((resolve) => {
        hudu.onRequest = resolve
      })
      const asking = yield* Effect.forkChild(failureOf(inspect(hudu.url)))
      yield* Effect.promise(() => arrived)
      yield* TestClock.adjust("29 seconds")
      assert.isUndefined(asking.pollUnsafe())
      yield* TestClock.adjust("1 second")
      const failure = yield* Fiber.join(asking)
      assert.strictEqual(failure.kind, "network_error")
      assert.match(failure.message, /did not answer within 30 seconds/)
      assert.strictEqual(hudu.requests.length, 1)
    })
  )
})

describe("a name that leads to us", () => {
  it.live.each(["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "::ffff:127.0.0.1", "fd00::1", "fe80::1%eth0"])(
    "is refused by the connection: %s",
    (address) =>
      Effect.gen(function* () {
        const hudu = yield* makeFakeHudu
        const { port } = new URL(hudu.url)
        const failure = yield* failureOf(
          inspect(`https://docs.example.com:${port}`, goodKey, {}).pipe(resolvingTo(address))
        )
        assert.deepStrictEqual(failure, {
          kind: "validation",
          message: "The Hudu address docs.example.com is on this machine or a private network, which is not allowed"
        })
        assert.deepStrictEqual(hudu.requests, [])
      })
  )

  it.live.each(["localhost", "127.0.0.1", "[::1]"])("is refused before it is looked up: %s", (host) =>
    Effect.gen(function* () {
      const hudu = yield* makeFakeHudu
      const { port } = new URL(hudu.url)
      for (const scheme of ["http", "https"]) {
        const failure = yield* failureOf(inspect(`${scheme}://${host}:${port}`, goodKey, {}))
        assert.strictEqual(failure.kind, "validation")
      }
      assert.deepStrictEqual(hudu.requests, [])
    })
  )

  it.live("is what the connection uses in development, and nothing else", () =>
    Effect.gen(function* () {
      const hudu = yield* makeFakeHudu
      const { port } = new URL(hudu.url)
      const asked = inspect(`http://docs.example.com:${port}`).pipe(resolvingTo("127.0.0.1"))
      assert.deepStrictEqual(yield* asked, { passwordAccess: true })
    })
  )

  it.live("is looked up once, by the connection: there is no second answer to connect to", () =>
    Effect.gen(function* () {
      const hudu = yield* makeFakeHudu
      const { port } = new URL(hudu.url)
      let asked = 0
      const rebinding = Effect.provideService(Resolver, async () => {
        asked++
        return [{ address: asked === 1 ? "127.0.0.1" : "93.184.216.34", family: 4 }]
      })
      const failure = yield* failureOf(inspect(`https://docs.example.com:${port}`, goodKey, {}).pipe(rebinding))
      assert.strictEqual(failure.kind, "validation")
      assert.strictEqual(asked, 1)
      assert.deepStrictEqual(hudu.requests, [])
    })
  )
})
