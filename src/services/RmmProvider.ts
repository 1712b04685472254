/** What every RMM is asked by: one implementation of `RmmProvider` each, found by the provider's name. */
import { Context, type Effect, type Redacted, type Result } from "effect"
import type { Issue } from "../domain/Errors.ts"
import type { RemoteControlType, RmmAgent, RmmFailure, RmmProviderName } from "../domain/Rmm.ts"

/** What a request to an RMM needs: the address as `readAddress` gives it, and the key. */
export interface RmmCredentials {
  readonly baseUrl: string
  readonly apiKey: Redacted.Redacted
}

/** A script and how it is to be run; what is left out is as the RMM says of the script. */
export interface ScriptRequest {
  readonly scriptId: string
  readonly args?: ReadonlyArray<string>
  /** In seconds. */
  readonly timeout?: number
}

/** A script that was run. */
export interface ScriptRun {
  readonly output: string
  /** Where the RMM tells. */
  readonly exitCode?: number
  /** It was stopped, as it took too long. */
  readonly timedOut: boolean
}

export interface RmmProvider {
  /** `Tactical RMM` */
  readonly label: string
  /** The address of a server as it is kept and called. */
  readonly readAddress: (text: string, allowInsecure: boolean) => Result.Result<string, RmmFailure>
  /** Succeeds when the address is such an RMM, which takes the key. */
  readonly check: (credentials: RmmCredentials) => Effect.Effect<void, RmmFailure>
  /** The agent as the RMM knows it now. */
  readonly agent: (credentials: RmmCredentials, deviceId: string) => Effect.Effect<typeof RmmAgent.Type, RmmFailure>
  /** Restarts the machine; it is on its way down when this succeeds. Never tried twice. */
  readonly reboot: (credentials: RmmCredentials, deviceId: string) => Effect.Effect<void, RmmFailure>
  /** What is wrong with a script that somebody wants to run, before anything is asked. */
  readonly issuesOf: (script: ScriptRequest) => ReadonlyArray<Issue>
  /** Runs a script to its end. Never tried twice. */
  readonly runScript: (
    credentials: RmmCredentials,
    deviceId: string,
    script: ScriptRequest
  ) => Effect.Effect<ScriptRun, RmmFailure>
  /** The address of a session on the machine, logged in already. */
  readonly remoteControl: (
    credentials: RmmCredentials,
    deviceId: string,
    type: RemoteControlType
  ) => Effect.Effect<string, RmmFailure>
}

/** The RMMs that can be asked. */
export class RmmProviders extends Context.Service<RmmProviders, { readonly [Name in RmmProviderName]?: RmmProvider }>()(
  "psa/RmmProviders"
) {}

/** How long an answer is waited for, in milliseconds, when the server itself waits that long for an agent. */
export const RmmPatience = Context.Reference<(serverWaits: number) => number>("psa/RmmPatience", {
  defaultValue: () => (serverWaits) => serverWaits + 10_000
})
