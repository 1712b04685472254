/**
 * The handlers of a group of endpoints, as `HttpApiBuilder.group`, which merges all services that it is built with into
 * the context of each request: a quarter of the time of one that does nothing. Handlers hold what they need from when they
 * are built, so only the group's middleware is left to be merged. One that asked for a service when it is called would not
 * find it.
 */
import { Context, Effect, Layer, Scope } from "effect"
import { HttpApiBuilder, type HttpApiGroup } from "effect/http-api"

export const group: typeof HttpApiBuilder.group = (api, name, build) => {
  const keys = middlewaresOf(api.groups, name)
  const lean = Effect.contextWith((services: Context.Context<never>) => {
    const built = HttpApiBuilder.group(api, name, (handlers) => {
      const made: unknown = build(handlers)
      return (Effect.isEffect(made) ? Effect.provideContext(made, services) : made) as ReturnType<typeof build>
    })
    return Effect.updateContext(Layer.build(built), Context.pick(Scope.Scope, Layer.CurrentMemoMap, ...keys))
  })
  return Layer.effectContext(lean) as ReturnType<typeof HttpApiBuilder.group>
}

const middlewaresOf = (groups: object, name: string) =>
  Object.values<HttpApiGroup.Top>({ ...groups })
    .filter(({ identifier }) => identifier === name)
    .flatMap(({ endpoints }) => Object.values(endpoints).flatMap(({ middlewares }) => [...middlewares]))
