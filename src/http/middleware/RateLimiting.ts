/** Takes a token from the caller's bucket, and says on every answer what is left. */
import { Context, Effect, Layer } from "effect"
import { HttpServerRequest, type HttpServerResponse } from "effect/http"
import { HttpApiMiddleware } from "effect/http-api"
import type { unhandled } from "effect/Types"
import { Actor } from "../../domain/Actor.ts"
import { RateLimited } from "../../domain/Errors.ts"
import { RateLimits, rateLimited } from "../../services/RateLimits.ts"
import { Settings } from "../../services/Settings.ts"
import { factsOf } from "../RequestFacts.ts"

export class RateLimiting extends HttpApiMiddleware.Service<RateLimiting, { requires: Actor }>()(
  "psa/http/RateLimiting",
  { error: RateLimited }
) {}

type Answered = Effect.Effect<HttpServerResponse.HttpServerResponse, unhandled | RateLimited>

export const RateLimitingLive = Layer.effect(
  RateLimiting,
  Effect.gen(function* () {
    const limits = yield* RateLimits
    const { rateLimitEnforce } = yield* Settings
    return RateLimiting.of((response) =>
      Effect.withFiber((fiber) => {
        const caller = Context.getUnsafe(fiber.context, Actor)
        const { headers } = factsOf(Context.getUnsafe(fiber.context, HttpServerRequest.HttpServerRequest))
        return Effect.flatMap(limits.take(caller), ({ denied, limit, remaining }): Answered => {
          headers["x-ratelimit-limit"] = String(limit)
          headers["x-ratelimit-remaining"] = String(remaining)
          if (denied === undefined) return response
          headers["x-ratelimit-reset"] = denied.resetAt
          headers["retry-after"] = String(Math.max(1, Math.ceil(denied.retryAfterMillis / 1000)))
          if (rateLimitEnforce) return Effect.fail(rateLimited(denied))
          return Effect.andThen(Effect.logInfo("Rate limit exceeded; observing only"), response)
        })
      })
    )
  })
)
