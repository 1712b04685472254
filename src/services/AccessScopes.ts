/**
 * What narrows what a caller may read. It is asked when a key is verified anew, and its answer is kept with the caller, so
 * whatever it depends on must announce its changes on the channel `access`.
 */
import { Context, Effect, Layer } from "effect"
import type { Caller, Scopes } from "../domain/Actor.ts"

/** Who is calling, by their ids. */
export type CallerIds = Pick<Caller, "tenant" | "userId" | "apiKeyId">

export class AccessScopes extends Context.Service<
  AccessScopes,
  {
    /** The rules for what the caller may read; nothing where all of it. */
    readonly of: (caller: CallerIds) => Effect.Effect<Scopes | undefined>
  }
>()("psa/AccessScopes") {
  /** Whoever may read, reads all of it. */
  static readonly unnarrowed = Layer.succeed(AccessScopes, { of: () => Effect.undefined })
}
