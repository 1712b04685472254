/** Rate limits: one bucket a key, 120 at once, one more a second. */
import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { RateLimiter } from "effect/persistence"
import { TestClock } from "effect/testing"
import { operator } from "../../src/domain/Actor.ts"
import { community } from "../../src/layers/Edition.ts"
import { RateLimits } from "../../src/services/RateLimits.ts"
import { type Answer, makeTenant, serviceOf } from "../support/service.ts"

const limitsOf = ({ headers }: Answer) => ({
  limit: headers.get("x-ratelimit-limit"),
  remaining: Number(headers.get("x-ratelimit-remaining")),
  reset: headers.get("x-ratelimit-reset"),
  retryAfter: headers.get("retry-after")
})

const path = "/api/v1/boards"

layer(serviceOf(community, { RATE_LIMIT_ENFORCE: "true" }), { excludeTestServices: true })("enforced", (it) => {
  it.effect("lets 120 pass at once, and answers the next with 429", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const first = yield* tenant.admin.get(path)
      assert.strictEqual(first.status, 200)
      assert.deepStrictEqual(limitsOf(first), { limit: "120", remaining: 119, reset: null, retryAfter: null })

      // A token comes back each second, so a few more than 120 pass in the time this takes.
      let denied: Answer | undefined
      let passed = 1
      while (denied === undefined) {
        const answers = yield* Effect.all(
          Array.from({ length: 20 }, () => tenant.admin.get(path)),
          {
            concurrency: "unbounded"
          }
        )
        passed += answers.filter(({ status }) => status === 200).length
        denied = answers.find(({ status }) => status === 429)
        assert.isBelow(passed, 300)
      }
      assert.isAtLeast(passed, 120)
      assert.strictEqual(denied.body.error.code, "RATE_LIMITED")
      const { remaining, retry_after_ms } = denied.body.error.details
      assert.strictEqual(remaining, 0)
      assert.isAbove(retry_after_ms, 0)
      assert.isAtMost(retry_after_ms, 1000)
      const limits = limitsOf(denied)
      assert.deepStrictEqual([limits.limit, limits.remaining, limits.retryAfter], ["120", 0, "1"])
      assert.approximately(Date.parse(String(limits.reset)), Date.now(), 60_000)

      // Another key has a bucket of its own, of the same user's or not.
      const technician = yield* tenant.as("Technician")
      assert.strictEqual((yield* technician.get(path)).status, 200)
    })
  )

  it.effect("says on every answer with a key what is left", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const technician = yield* tenant.as("Technician")
      const answers = [
        yield* technician.get(path),
        yield* technician.get(`${path}?sort=nonsense`),
        yield* technician.delete(`${path}/00000000-0000-4000-8000-000000000000`),
        yield* technician.get(`${path}/00000000-0000-4000-8000-000000000000`)
      ]
      assert.deepStrictEqual(
        answers.map(({ status }) => status),
        [200, 400, 403, 404]
      )
      for (const answer of answers) {
        assert.strictEqual(limitsOf(answer).limit, "120")
        assert.isAbove(limitsOf(answer).remaining, 110)
      }
      assert.isBelow(limitsOf(answers[3]!).remaining, limitsOf(answers[0]!).remaining)
    })
  )
})

layer(serviceOf(community, { RATE_LIMIT_ENFORCE: "false" }), { excludeTestServices: true })("only observed", (it) => {
  it.effect("lets everybody pass, and still says what is left", () =>
    Effect.gen(function* () {
      const { admin } = yield* makeTenant
      const answers = yield* Effect.all(
        Array.from({ length: 260 }, () => admin.get(path)),
        { concurrency: 20 }
      )
      assert.isTrue(answers.every(({ status }) => status === 200))
      assert.isTrue(answers.some((answer) => limitsOf(answer).remaining === 0 && limitsOf(answer).retryAfter !== null))
    })
  )
})

describe("a bucket", () => {
  const caller = operator("01900000-0000-7000-8000-000000000001", "01900000-0000-7000-8000-000000000002")
  const inMemory = RateLimits.layer.pipe(Layer.provide(RateLimiter.layer), Layer.provide(RateLimiter.layerStoreMemory))

  it.effect("gets a token back each second, up to 120", () =>
    Effect.gen(function* () {
      const limits = yield* RateLimits
      const take = limits.take(caller)
      const takeUntilDenied = Effect.gen(function* () {
        let taken = 0
        while ((yield* take).denied === undefined) taken++
        return taken
      })
      assert.strictEqual(yield* takeUntilDenied, 120)
      const { denied } = yield* take
      assert.strictEqual(denied?.retryAfterMillis, 1000)
      yield* TestClock.adjust("999 millis")
      assert.strictEqual((yield* take).denied?.retryAfterMillis, 1)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* takeUntilDenied, 1)
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(yield* takeUntilDenied, 10)
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* takeUntilDenied, 120)
    }).pipe(Effect.provide(inMemory))
  )

  it.effect("is another's for another key", () =>
    Effect.gen(function* () {
      const limits = yield* RateLimits
      const other = { ...caller, apiKeyId: "01900000-0000-7000-8000-000000000003" }
      const taken = yield* Effect.all(Array.from({ length: 121 }, () => limits.take(caller)))
      assert.isDefined(taken.at(-1)?.denied)
      assert.strictEqual((yield* limits.take(other)).remaining, 119)
    }).pipe(Effect.provide(inMemory))
  )

  it.effect("holds nobody up while its store is down", () =>
    Effect.gen(function* () {
      const limits = yield* RateLimits
      const taken = yield* Effect.all(Array.from({ length: 200 }, () => limits.take(caller)))
      assert.isTrue(taken.every(({ denied, limit }) => denied === undefined && limit === 120))
    }).pipe(Effect.provide(RateLimits.layer.pipe(Layer.provide(RateLimiter.layer), Layer.provide(brokenStore))))
  )
})

const down = Effect.fail(
  new RateLimiter.RateLimiterError({
    reason: new RateLimiter.RateLimitStoreError({ message: "down" })
  })
)
const brokenStore = Layer.succeed(RateLimiter.RateLimiterStore, {
  fixedWindow: () => down,
  tokenBucket: () => down,
  adaptiveConsume: () => down,
  adaptiveFeedback: () => down
})
