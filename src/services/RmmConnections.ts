/** Connects a tenant to its RMM, tries the connection, ends it, and asks over it. */
import { Context, Effect, Layer, Redacted, Result } from "effect"
import { SqlClient } from "effect/sql"
import { askableProviders, RmmFailure, type RmmProviderName } from "../domain/Rmm.ts"
import { readServerKey } from "../domain/serverAddress.ts"
import { unfailing } from "./constraints.ts"
import { type RmmCredentials, type RmmProvider, RmmProviders } from "./RmmProvider.ts"
import { type Sealed, Secrets, type SecretsFailure } from "./Secrets.ts"
import { Settings } from "./Settings.ts"

/** A connection, without its key. */
export interface RmmConnection {
  readonly provider: RmmProviderName
  readonly base_url: string
  readonly status: "connected" | "failing" | "disconnected"
  /** Why it is failing: the key is not accepted any more, or the server not reached. */
  readonly last_error: string | null
  readonly connected_at: string
  readonly last_checked_at: string
}

/** Where an RMM is, and the key for it; without a key, the stored one is used again, for the same address only. */
export interface RmmAddress {
  readonly baseUrl: string
  readonly apiKey?: Redacted.Redacted | undefined
}

type Asking<A> = (provider: RmmProvider, credentials: RmmCredentials) => Effect.Effect<A, RmmFailure>

export class RmmConnections extends Context.Service<
  RmmConnections,
  {
    /** Stores the address and the key, the key encrypted, once the RMM has accepted them. */
    readonly connect: (
      tenant: string,
      provider: RmmProviderName,
      input: RmmAddress
    ) => Effect.Effect<RmmConnection, RmmFailure | SecretsFailure>
    /** Asks the RMM with what is stored, and notes whether it answers. */
    readonly test: (
      tenant: string,
      provider: RmmProviderName
    ) => Effect.Effect<RmmConnection, RmmFailure | SecretsFailure>
    /** Deletes the key; the address is kept. False if there was no connection. */
    readonly disconnect: (tenant: string, provider: RmmProviderName) => Effect.Effect<boolean>
    /** Asks the tenant's RMM, and notes where it turns out that it does not take the key any more. */
    readonly asking: <A>(
      tenant: string,
      provider: RmmProviderName,
      ask: Asking<A>
    ) => Effect.Effect<A, RmmFailure | SecretsFailure>
  }
>()("psa/RmmConnections") {
  static readonly layer = Layer.effect(
    RmmConnections,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const secrets = yield* Secrets
      const providers = yield* RmmProviders
      const { rmmAllowInsecureUrl } = yield* Settings

      const providerOf = (name: RmmProviderName) => {
        const provider = providers[name]
        return provider === undefined ? Effect.fail(noProvider(name)) : Effect.succeed(provider)
      }

      /** The connection, while there is one. */
      const stored = Effect.fnUntraced(function* (tenant: string, provider: RmmProviderName) {
        const [row] = yield* sql<Stored>`SELECT base_url, status, key_nonce AS nonce, key_ciphertext AS ciphertext
          FROM rmm_connections WHERE tenant = ${tenant} AND provider = ${provider} AND status <> 'disconnected'`.pipe(
          unfailing
        )
        return row
      })

      const openKey = (tenant: string, provider: RmmProviderName, sealed: Sealed) =>
        secrets.open(tenant, keyName(provider), sealed)

      /** The key that was entered, or the one that is stored for the same address. */
      const keyFor = Effect.fnUntraced(function* (
        tenant: string,
        provider: RmmProviderName,
        baseUrl: string,
        entered: Redacted.Redacted | undefined
      ) {
        const label = (yield* providerOf(provider)).label
        if (entered !== undefined && Redacted.value(entered).trim() !== "") {
          return yield* Effect.fromResult(Result.mapError(readServerKey(label, entered), invalid))
        }
        const row = yield* stored(tenant, provider)
        if (row === undefined) return yield* invalid("An API key is needed: none is stored for this tenant")
        if (row.base_url !== baseUrl) {
          return yield* invalid(`An API key is needed: the stored one is for ${row.base_url}`)
        }
        return yield* openKey(tenant, provider, row)
      })

      const connect = Effect.fn("RmmConnections.connect")(function* (
        tenant: string,
        name: RmmProviderName,
        input: RmmAddress
      ) {
        yield* secrets.usable
        const provider = yield* providerOf(name)
        const baseUrl = yield* Effect.fromResult(provider.readAddress(input.baseUrl, rmmAllowInsecureUrl))
        const apiKey = yield* keyFor(tenant, name, baseUrl, input.apiKey)
        yield* provider.check({ baseUrl, apiKey })
        const { ciphertext, nonce } = yield* secrets.seal(tenant, keyName(name), apiKey)
        const [row] = yield* sql<RmmConnection>`
          INSERT INTO rmm_connections (tenant, provider, base_url, key_nonce, key_ciphertext, status)
          VALUES (${tenant}, ${name}, ${baseUrl}, ${nonce}, ${ciphertext}, 'connected')
          ON CONFLICT (tenant, provider) DO UPDATE SET base_url = excluded.base_url, key_nonce = excluded.key_nonce,
            key_ciphertext = excluded.key_ciphertext, status = 'connected', last_error = NULL, connected_at = now(),
            last_checked_at = now(), updated_at = now()
          RETURNING ${sql.literal(shown)}`.pipe(unfailing)
        return row!
      })

      /** Notes how the connection is, unless it has been ended or made anew meanwhile. */
      const note = (tenant: string, provider: RmmProviderName, row: Stored, failure: RmmFailure | undefined) =>
        sql<RmmConnection>`UPDATE rmm_connections SET last_checked_at = now(), updated_at = now(),
            status = ${failure === undefined ? "connected" : "failing"}, last_error = ${failure?.message ?? null}
          WHERE tenant = ${tenant} AND provider = ${provider} AND key_nonce = ${row.nonce}
          RETURNING ${sql.literal(shown)}`.pipe(unfailing)

      const asking = Effect.fn("RmmConnections.asking")(function* <A>(
        tenant: string,
        name: RmmProviderName,
        ask: Asking<A>
      ) {
        const provider = yield* providerOf(name)
        const row = yield* stored(tenant, name)
        if (row === undefined) return yield* notConnected(provider)
        const apiKey = yield* openKey(tenant, name, row)
        const answer = yield* ask(provider, { baseUrl: row.base_url, apiKey }).pipe(
          Effect.tapError((failure) =>
            failure.kind === "refused" && row.status === "connected" ? note(tenant, name, row, failure) : Effect.void
          )
        )
        if (row.status === "failing") yield* note(tenant, name, row, undefined)
        return answer
      })

      const test = Effect.fn("RmmConnections.test")(function* (tenant: string, name: RmmProviderName) {
        const provider = yield* providerOf(name)
        const row = yield* stored(tenant, name)
        if (row === undefined) return yield* notConnected(provider)
        const apiKey = yield* openKey(tenant, name, row)
        yield* provider
          .check({ baseUrl: row.base_url, apiKey })
          .pipe(Effect.tapError((failure) => note(tenant, name, row, failure)))
        const [noted] = yield* note(tenant, name, row, undefined)
        return noted ?? (yield* notConnected(provider))
      })

      const disconnect = Effect.fn("RmmConnections.disconnect")(function* (tenant: string, provider: RmmProviderName) {
        const ended = yield* sql`UPDATE rmm_connections SET status = 'disconnected', last_error = NULL,
            key_nonce = NULL, key_ciphertext = NULL, updated_at = now()
          WHERE tenant = ${tenant} AND provider = ${provider} AND status <> 'disconnected' RETURNING provider`
        return ended.length > 0
      }, unfailing)

      return RmmConnections.of({ connect, test, disconnect, asking })
    })
  )
}

interface Stored extends Sealed {
  readonly base_url: string
  readonly status: RmmConnection["status"]
}

const shown = "provider, base_url, status, last_error, connected_at, last_checked_at"

/** The name that the key is sealed by. */
const keyName = (provider: RmmProviderName) => `${provider}_api_key`

const invalid = (message: string) => new RmmFailure({ kind: "invalid", message })

/** The RMM that an asset is tied to is none that can be asked. */
export const noProvider = (name: RmmProviderName) =>
  new RmmFailure({
    kind: "unsupported",
    message: `This service cannot ask ${name}: expected ${askableProviders.join(", ")}`
  })

export const notConnected = ({ label }: RmmProvider) =>
  new RmmFailure({ kind: "not_connected", message: `This tenant is not connected to ${label}` })
