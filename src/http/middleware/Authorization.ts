/** Lets only callers pass who hold every permission that the endpoint requires. */
import { Context, Effect, Layer, Option } from "effect"
import type { HttpServerResponse } from "effect/http"
import { HttpApiMiddleware } from "effect/http-api"
import type { unhandled } from "effect/Types"
import { Actor } from "../../domain/Actor.ts"
import { Forbidden } from "../../domain/Errors.ts"
import { type Permission, resourceAndAction } from "../../domain/Permission.ts"
import { Requires } from "../endpoint.ts"

export class Authorization extends HttpApiMiddleware.Service<Authorization, { requires: Actor }>()(
  "psa/http/Authorization",
  { error: Forbidden }
) {}

type Answered = Effect.Effect<HttpServerResponse.HttpServerResponse, unhandled | Forbidden>

export const AuthorizationLive = Layer.succeed(Authorization, (response, { endpoint }) => {
  const needed = Option.getOrElse(Context.getOption(endpoint.annotations, Requires), () => [])
  if (needed.length === 0) return response
  return Effect.withFiber((fiber): Answered => {
    const { permissions } = Context.getUnsafe(fiber.context, Actor)
    const missing = needed.find((permission) => !permissions.has(permission))
    return missing === undefined ? response : Effect.fail(denied(missing))
  })
})

const denied = (permission: Permission) => {
  const [resource, action] = resourceAndAction(permission)
  return Forbidden.to(action, resource)
}
