/**
 * An HTTP client for addresses that people enter: it connects only to the public internet. The name is resolved, and
 * the address checked, by the connection itself, so a name cannot be re-bound between the check and the connection. It
 * follows no redirects, and reads no more than a few megabytes.
 */
import { lookup } from "node:dns/promises"
import type { LookupFunction } from "node:net"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Context, Effect, Layer } from "effect"
import { HttpClient, HttpClientError, type HttpClientRequest } from "effect/http"
import { Settings } from "../../src/services/Settings.ts"
import { isPrivateHost, isPublicAddress } from "../domain/publicAddress.ts"

interface Address {
  readonly address: string
  readonly family: number
}

/** Resolves a name to all its addresses, as the operating system does. */
export const Resolver = Context.Reference<(hostname: string) => Promise<ReadonlyArray<Address>>>("psa/ee/Resolver", {
  defaultValue: () => (hostname) => lookup(hostname, { all: true })
})

/** The connection was not made, for the name has no address on the public internet. */
export class AddressRefused extends Error {
  readonly hostname: string
  constructor(hostname: string) {
    super(`${hostname} is not on the public internet`)
    this.hostname = hostname
  }
}

/** The most that is read of an answer, in bytes. */
const maxResponseSize = 8 * 1024 * 1024

const guardedLookup =
  (resolve: (hostname: string) => Promise<ReadonlyArray<Address>>, anywhere: boolean): LookupFunction =>
  (hostname, { all }, callback) => {
    resolve(hostname).then(
      (found) => {
        const allowed = anywhere ? [...found] : found.filter(({ address }) => isPublicAddress(address))
        const [first] = allowed
        if (first === undefined) callback(new AddressRefused(hostname), [])
        else if (all === true) callback(null, allowed)
        else callback(null, first.address, first.family)
      },
      (cause) => callback(cause, [])
    )
  }

/** An address in the URL itself is not looked up, so it is checked here. */
const guardLiterals = HttpClient.mapRequestEffect((request: HttpClientRequest.HttpClientRequest) => {
  const { hostname } = new URL(request.url)
  if (!isPrivateHost(hostname)) return Effect.succeed(request)
  const cause = new AddressRefused(hostname)
  return Effect.fail(
    new HttpClientError.HttpClientError({ reason: new HttpClientError.TransportError({ request, cause }) })
  )
})

/** Provides `HttpClient`. `HUDU_ALLOW_INSECURE_URL` lets it connect anywhere. */
export const GuardedHttpClient = Layer.unwrap(
  Effect.gen(function* () {
    const { huduAllowInsecureUrl } = yield* Settings
    const resolve = yield* Resolver
    const client = NodeHttpClient.layerUndiciOptions({
      connect: { lookup: guardedLookup(resolve, huduAllowInsecureUrl) },
      allowH2: false,
      maxResponseSize
    })
    return huduAllowInsecureUrl
      ? client
      : Layer.effect(HttpClient.HttpClient, Effect.map(HttpClient.HttpClient, guardLiterals)).pipe(
          Layer.provide(client)
        )
  })
)
