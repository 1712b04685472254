/** Who is calling: reads `x-api-key`, and `x-tenant-id` if it is sent. The first thing that happens to a request. */
import { Effect, Layer, Redacted } from "effect"
import { HttpServerRequest } from "effect/http"
import { HttpApiMiddleware, HttpApiSecurity } from "effect/http-api"
import { Actor } from "../../domain/Actor.ts"
import { Unauthorized } from "../../domain/Errors.ts"
import { ApiKeyService } from "../../services/ApiKeyService.ts"
import { RequestFacts } from "../RequestFacts.ts"

export class Authentication extends HttpApiMiddleware.Service<Authentication, { provides: Actor }>()(
  "psa/http/Authentication",
  {
    error: Unauthorized,
    security: { apiKey: HttpApiSecurity.apiKey({ key: "x-api-key", in: "header" }) },
    requiredForClient: true
  }
) {}

export const AuthenticationLive = Layer.effect(
  Authentication,
  Effect.gen(function* () {
    const keys = yield* ApiKeyService
    return Authentication.of({
      apiKey: Effect.fnUntraced(function* (response, { credential, endpoint }) {
        const facts = yield* RequestFacts
        facts.route = endpoint.path
        if (Redacted.value(credential) === "") return yield* Unauthorized.because("API key required")
        const caller = yield* keys.verify(credential)
        const { headers } = yield* HttpServerRequest.HttpServerRequest
        const hint = headers["x-tenant-id"]
        if (hint !== undefined && hint !== "" && hint.toLowerCase() !== caller.tenant) {
          return yield* Unauthorized.because("Invalid API key")
        }
        facts.caller = caller
        return yield* Effect.provideService(response, Actor, caller)
      })
    })
  })
)
