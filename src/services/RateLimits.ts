/** One token bucket a key: 120 at once, refilled at one a second. */
import { Clock, Context, Duration, Effect, Layer, Metric } from "effect"
import { RateLimiter } from "effect/persistence"
import type { Caller } from "../domain/Actor.ts"
import { RateLimited } from "../domain/Errors.ts"

export const burst = 120
/** From empty to full: 60 tokens a minute. */
const refill = Duration.seconds(120)

export interface Allowance {
  readonly limit: number
  /** Tokens left; -1 when the store cannot say. */
  readonly remaining: number
  /** Present when the bucket is empty. */
  readonly denied: { readonly retryAfterMillis: number; readonly resetAt: string } | undefined
}

const denials = Metric.counter("psa_rate_limit_denials", { description: "Requests that found their bucket empty" })

export class RateLimits extends Context.Service<
  RateLimits,
  {
    /** Takes a token from the caller's bucket, and says what is left. Never fails: without a store, all may pass. */
    readonly take: (caller: Caller) => Effect.Effect<Allowance>
  }
>()("psa/RateLimits") {
  static readonly layer = Layer.effect(
    RateLimits,
    Effect.gen(function* () {
      const limiter = yield* RateLimiter.RateLimiter
      const down = yield* onceAMinute("The rate limit store cannot be reached: every request may pass")
      return RateLimits.of({
        take: (caller) =>
          limiter
            .consume({
              algorithm: "token-bucket",
              onExceeded: "fail",
              key: `${caller.tenant}:${caller.apiKeyId}`,
              limit: burst,
              window: refill
            })
            .pipe(
              Effect.map(({ remaining }): Allowance => ({ limit: burst, remaining, denied: undefined })),
              Effect.catch(({ reason }) =>
                reason._tag === "RateLimitExceeded"
                  ? Effect.andThen(Metric.update(denials, 1), deny(Duration.toMillis(reason.retryAfter)))
                  : Effect.as(down(reason), { limit: burst, remaining: -1, denied: undefined })
              )
            )
      })
    })
  )
}

const deny = (millis: number): Effect.Effect<Allowance> =>
  Effect.map(Clock.currentTimeMillis, (now) => {
    const retryAfterMillis = Math.max(1, Math.ceil(millis))
    const resetAt = new Date(now + retryAfterMillis).toISOString()
    return { limit: burst, remaining: 0, denied: { retryAfterMillis, resetAt } }
  })

/** A warning that is logged at most once a minute. */
const onceAMinute = (message: string) =>
  Effect.sync(() => {
    let last = Number.NEGATIVE_INFINITY
    return (cause: unknown) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        if (now - last < 60_000) return Effect.void
        last = now
        return Effect.logWarning(message, cause)
      })
  })

export const rateLimited = (denied: NonNullable<Allowance["denied"]>) =>
  new RateLimited({
    error: { message: "Too many requests", details: { retry_after_ms: denied.retryAfterMillis, remaining: 0 } }
  })
