/** Who is calling: reads `x-api-key`, and `x-tenant-id` if it is sent. The first thing that happens to a request. */
import { Context, Effect, Layer, Redacted } from "effect"
import { HttpServerRequest, type HttpServerResponse } from "effect/http"
import { HttpApiMiddleware } from "effect/http-api"
import type { unhandled } from "effect/Types"
import { Actor } from "../../domain/Actor.ts"
import { Unauthorized } from "../../domain/Errors.ts"
import { ApiKeyService } from "../../services/ApiKeyService.ts"
import { factsOf } from "../RequestFacts.ts"

export class Authentication extends HttpApiMiddleware.Service<Authentication, { provides: Actor }>()(
  "psa/http/Authentication",
  { error: Unauthorized, requiredForClient: true }
) {}

type Answered = Effect.Effect<HttpServerResponse.HttpServerResponse, unhandled | Unauthorized>

export const AuthenticationLive = Layer.effect(
  Authentication,
  Effect.gen(function* () {
    const keys = yield* ApiKeyService
    return Authentication.of((response, { endpoint }) =>
      Effect.withFiber((fiber) => {
        const request = Context.getUnsafe(fiber.context, HttpServerRequest.HttpServerRequest)
        const facts = factsOf(request)
        facts.route = endpoint.path
        const key = request.headers["x-api-key"]
        if (key === undefined || key === "") return Effect.fail(Unauthorized.because("API key required"))
        return Effect.flatMap(keys.verify(Redacted.make(key)), (caller): Answered => {
          const hint = request.headers["x-tenant-id"]
          if (hint !== undefined && hint !== "" && hint.toLowerCase() !== caller.tenant) {
            return Effect.fail(Unauthorized.because("Invalid API key"))
          }
          facts.caller = caller
          return Effect.provideService(response, Actor, caller)
        })
      })
    )
  })
)
