/** Takes a token from the caller's bucket, and says on every answer what is left. */
import { Effect, Layer } from "effect"
import { HttpEffect, HttpServerResponse } from "effect/http"
import { HttpApiMiddleware } from "effect/http-api"
import { Actor } from "../../domain/Actor.ts"
import { RateLimited } from "../../domain/Errors.ts"
import { RateLimits, rateLimited } from "../../services/RateLimits.ts"
import { Settings } from "../../services/Settings.ts"

export class RateLimiting extends HttpApiMiddleware.Service<RateLimiting, { requires: Actor }>()(
  "psa/http/RateLimiting",
  { error: RateLimited }
) {}

export const RateLimitingLive = Layer.effect(
  RateLimiting,
  Effect.gen(function* () {
    const limits = yield* RateLimits
    const { rateLimitEnforce } = yield* Settings
    return RateLimiting.of(
      Effect.fnUntraced(function* (response) {
        const { denied, limit, remaining } = yield* limits.take(yield* Actor)
        const headers: Record<string, string> = {
          "x-ratelimit-limit": String(limit),
          "x-ratelimit-remaining": String(remaining)
        }
        if (denied !== undefined) {
          headers["x-ratelimit-reset"] = denied.resetAt
          headers["retry-after"] = String(Math.max(1, Math.ceil(denied.retryAfterMillis / 1000)))
        }
        HttpEffect.appendPreResponseHandlerUnsafe(yield* Effect.context(), (_, answer) =>
          Effect.succeed(HttpServerResponse.setHeaders(answer, headers))
        )
        if (denied === undefined) return yield* response
        if (rateLimitEnforce) return yield* rateLimited(denied)
        yield* Effect.logInfo("Rate limit exceeded; observing only")
        return yield* response
      })
    )
  })
)
