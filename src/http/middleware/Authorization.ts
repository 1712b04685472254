/** Lets only callers pass who hold every permission that the endpoint requires. */
import { Context, Effect, Layer, Option } from "effect"
import { HttpApiMiddleware } from "effect/http-api"
import { Actor } from "../../domain/Actor.ts"
import { Forbidden } from "../../domain/Errors.ts"
import { type Permission, resourceAndAction } from "../../domain/Permission.ts"
import { Requires } from "../endpoint.ts"

export class Authorization extends HttpApiMiddleware.Service<Authorization, { requires: Actor }>()(
  "psa/http/Authorization",
  { error: Forbidden }
) {}

export const AuthorizationLive = Layer.succeed(Authorization, (response, { endpoint }) => {
  const needed = Option.getOrElse(Context.getOption(endpoint.annotations, Requires), () => [])
  const check = Effect.flatMap(Actor, ({ permissions }) => {
    const missing = needed.find((permission) => !permissions.has(permission))
    return missing === undefined ? Effect.void : Effect.fail(denied(missing))
  })
  return needed.length === 0 ? response : Effect.andThen(check, response)
})

const denied = (permission: Permission) => {
  const [resource, action] = resourceAndAction(permission)
  return Forbidden.because(`Permission denied: Cannot ${action} ${resource}`)
}
