/** The RMMs that this service can ask. */
import { Effect, Layer } from "effect"
import { guardedHttpClient } from "../GuardedHttpClient.ts"
import { RmmProviders } from "../RmmProvider.ts"
import { makeTacticalRmm } from "./TacticalRmm.ts"

export const RmmProvidersLive = Layer.effect(
  RmmProviders,
  Effect.map(makeTacticalRmm, (tacticalrmm) => ({ tacticalrmm }))
).pipe(Layer.provide(guardedHttpClient(({ rmmAllowInsecureUrl }) => rmmAllowInsecureUrl)))
