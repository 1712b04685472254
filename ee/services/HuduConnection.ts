/** Connects a tenant to its Hudu, tries the connection, and ends it. */
import { Context, Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { unfailing } from "../../src/services/constraints.ts"
import { newId } from "../../src/services/ids.ts"
import type { SecretsFailure } from "../../src/services/Secrets.ts"
import { Settings } from "../../src/services/Settings.ts"
import {
  type HuduCredentials,
  type HuduErrorKind,
  HuduFailure,
  readApiKey,
  readBaseUrl,
  type HuduStatus as Status
} from "../domain/Hudu.ts"
import { HuduClient } from "./HuduClient.ts"
import { HuduStatus } from "./HuduStatus.ts"
import { TenantSecrets } from "./TenantSecrets.ts"

/** Where Hudu is, and the key for it. What is left out is what is stored. */
export interface HuduInput {
  readonly baseUrl?: string | undefined
  readonly apiKey?: Redacted.Redacted | undefined
}

/** What came of trying a connection. */
export interface HuduTest {
  readonly connected: boolean
  readonly passwordAccess: boolean
  readonly errorKind?: HuduErrorKind
  readonly error?: string
}

export class HuduConnection extends Context.Service<
  HuduConnection,
  {
    /**
     * Stores the address and the key, the key encrypted, once Hudu has accepted them. Without a key, the stored one is
     * used again, for the address it was stored for only.
     */
    readonly connect: (
      tenant: string,
      input: HuduInput & { readonly baseUrl: string }
    ) => Effect.Effect<typeof Status.Type, HuduFailure | SecretsFailure>
    /** Asks Hudu, with what is given or stored, and stores nothing. */
    readonly test: (tenant: string, input: HuduInput) => Effect.Effect<HuduTest, SecretsFailure>
    /** Deletes the key, and keeps all else for the day the tenant connects again. False if there was no connection. */
    readonly disconnect: (tenant: string) => Effect.Effect<boolean>
  }
>()("psa/ee/HuduConnection") {
  static readonly layer = Layer.effect(
    HuduConnection,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const hudu = yield* HuduClient
      const secrets = yield* TenantSecrets
      const status = yield* HuduStatus
      const { huduAllowInsecureUrl } = yield* Settings

      /** The address of the connection, while there is one. */
      const connectedTo = Effect.fnUntraced(function* (tenant: string) {
        const [row] = yield* sql<{ readonly base_url: string | null }>`SELECT base_url FROM hudu_integrations
          WHERE tenant = ${tenant} AND is_active`.pipe(unfailing)
        return row?.base_url ?? undefined
      })

      const storedKey = Effect.fnUntraced(function* (tenant: string, baseUrl: string) {
        const stored = yield* connectedTo(tenant)
        const apiKey = stored === baseUrl ? yield* secrets.get(tenant, apiKeyName) : undefined
        return apiKey ?? (yield* keyNeeded(baseUrl, stored))
      })

      const credentialsOf = Effect.fnUntraced(function* (tenant: string, input: HuduInput) {
        const address = input.baseUrl ?? (yield* connectedTo(tenant)) ?? (yield* notConnected)
        const baseUrl = yield* Effect.fromResult(readBaseUrl(address, huduAllowInsecureUrl))
        const apiKey = isBlank(input.apiKey)
          ? yield* storedKey(tenant, baseUrl)
          : yield* Effect.fromResult(readApiKey(input.apiKey))
        return { baseUrl, apiKey } satisfies HuduCredentials
      })

      /** Both at once, or neither; the row is locked first, so that two connects cannot mix address and key. */
      const store = Effect.fnUntraced(
        function* (tenant: string, { apiKey, baseUrl }: HuduCredentials, passwordAccess: boolean) {
          yield* sql`INSERT INTO hudu_integrations (tenant, integration_id, base_url, is_active, connected_at, settings)
            VALUES (${tenant}, ${newId()}, ${baseUrl}, true, now(),
              ${JSON.stringify({ password_access: passwordAccess })}::jsonb)
            ON CONFLICT (tenant) DO UPDATE SET base_url = excluded.base_url, is_active = true,
              connected_at = excluded.connected_at, settings = hudu_integrations.settings || excluded.settings,
              updated_at = now()`
          yield* secrets.set(tenant, apiKeyName, apiKey)
        },
        sql.withTransaction,
        unfailing
      )

      const connect = Effect.fn("HuduConnection.connect")(function* (tenant: string, input: HuduInput) {
        yield* secrets.usable
        const credentials = yield* credentialsOf(tenant, input)
        const { passwordAccess } = yield* hudu.inspect(credentials)
        yield* store(tenant, credentials, passwordAccess)
        return yield* status.ofTenant(tenant)
      })

      const test = Effect.fn("HuduConnection.test")(
        function* (tenant: string, input: HuduInput) {
          const credentials = yield* credentialsOf(tenant, input)
          const { passwordAccess } = yield* hudu.inspect(credentials)
          const result: HuduTest = { connected: true, passwordAccess }
          return result
        },
        Effect.catchTag("HuduFailure", ({ kind, message }) =>
          Effect.succeed<HuduTest>({ connected: false, passwordAccess: false, errorKind: kind, error: message })
        )
      )

      const disconnect = Effect.fn("HuduConnection.disconnect")(
        function* (tenant: string) {
          const ended = yield* sql`UPDATE hudu_integrations SET is_active = false, updated_at = now()
            WHERE tenant = ${tenant} AND is_active RETURNING integration_id`
          yield* secrets.remove(tenant, apiKeyName)
          return ended.length > 0
        },
        sql.withTransaction,
        unfailing
      )

      return HuduConnection.of({ connect, test, disconnect })
    })
  )
}

/** The name the key is kept by. */
const apiKeyName = "hudu_api_key"

const isBlank = (key: Redacted.Redacted | undefined): key is undefined =>
  key === undefined || Redacted.value(key).trim() === ""

const invalid = (message: string) => new HuduFailure({ kind: "validation", message })

const notConnected = Effect.suspend(() => invalid("The tenant is not connected to a Hudu: its address is needed"))

const keyNeeded = (baseUrl: string, stored: string | undefined) =>
  invalid(
    stored === undefined || stored === baseUrl
      ? "An API key is needed: none is stored for this tenant"
      : `An API key is needed: the stored one is for ${stored}`
  )
