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
import { isPrivateHost, isPublicAddress } from "../domain/publicAddress.ts"
import { Settings } from "./Settings.ts"

interface Address {
  readonly address: string
  readonly family: number
}

/** Resolves a name to all its addresses, as the operating system does. */
export const Resolver = Context.Reference<(hostname: string) => Promise<ReadonlyArray<Address>>>("psa/Resolver", {
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

/** Provides `HttpClient`. Where the settings lift the guard, `isAnywhere`, it connects anywhere. */
export const guardedHttpClient = (isAnywhere: (settings: typeof Settings.Service) => boolean) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const anywhere = isAnywhere(yield* Settings)
      const resolve = yield* Resolver
      const client = NodeHttpClient.layerUndiciOptions({
        connect: { lookup: guardedLookup(resolve, anywhere) },
        allowH2: false,
        maxResponseSize
      })
      return anywhere
        ? client
        : Layer.effect(HttpClient.HttpClient, Effect.map(HttpClient.HttpClient, guardLiterals)).pipe(
            Layer.provide(client)
          )
    })
  )

/** What is known of connections that fail, by the code of the error. */
const reasons: Readonly<Record<string, string>> = {
  ENOTFOUND: "there is no such name",
  EAI_AGAIN: "its name cannot be resolved at the moment",
  ECONNREFUSED: "it refuses the connection",
  ECONNRESET: "it closed the connection",
  UND_ERR_SOCKET: "it closed the connection",
  UND_ERR_CONNECT_TIMEOUT: "it does not answer",
  ETIMEDOUT: "it does not answer",
  EHOSTUNREACH: "there is no way to it",
  ENETUNREACH: "there is no way to it",
  CERT_HAS_EXPIRED: "its certificate has expired",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is self-signed",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate is self-signed",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate cannot be verified",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name",
  UND_ERR_RES_EXCEEDED_MAX_SIZE: "its answer is too long"
}

/** What came of asking somebody who was not reached, or not to the end. */
export interface Unreached {
  /** The name that was not connected to, as it has no address on the public internet. */
  readonly refused?: string
  /** Goes on from "it cannot be reached: ". */
  readonly reason: string
  /** Whether nothing of the request can have arrived. */
  readonly unsent: boolean
}

/** Failures that come before anything of the request is sent. */
const beforeSending = /^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|UND_ERR_CONNECT_TIMEOUT|EHOSTUNREACH|ENETUNREACH|.*CERT.*)$/

/** Why somebody could not be reached. */
export const unreached = ({ reason }: HttpClientError.HttpClientError): Unreached => {
  const cause: unknown = reason.cause
  if (cause instanceof AddressRefused) {
    return { refused: cause.hostname, reason: "it is not on the public internet", unsent: true }
  }
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "no reason given"
  return { reason: reasons[code] ?? code, unsent: beforeSending.test(code) }
}
