/** Secrets of a tenant's integrations, by name, sealed. */
import { Context, Effect, Layer, type Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { unfailing } from "../../src/services/constraints.ts"
import { type Sealed, Secrets, type SecretsFailure } from "../../src/services/Secrets.ts"

export class TenantSecrets extends Context.Service<
  TenantSecrets,
  {
    /** Fails, with the reason, when there is no usable `SECRETS_KEY`. */
    readonly usable: Effect.Effect<void, SecretsFailure>
    /** Keeps a secret, in place of the one of the same name. */
    readonly set: (tenant: string, name: string, value: Redacted.Redacted) => Effect.Effect<void, SecretsFailure>
    /** The secret, or undefined where there is none. */
    readonly get: (tenant: string, name: string) => Effect.Effect<Redacted.Redacted | undefined, SecretsFailure>
    readonly remove: (tenant: string, name: string) => Effect.Effect<void>
  }
>()("psa/ee/TenantSecrets") {
  static readonly layer = Layer.effect(
    TenantSecrets,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { open, seal, usable } = yield* Secrets

      const set = Effect.fn("TenantSecrets.set")(function* (tenant: string, name: string, value: Redacted.Redacted) {
        const { ciphertext, nonce } = yield* seal(tenant, name, value)
        yield* sql`INSERT INTO tenant_secrets (tenant, name, nonce, ciphertext)
          VALUES (${tenant}, ${name}, ${nonce}, ${ciphertext})
          ON CONFLICT (tenant, name) DO UPDATE
            SET nonce = excluded.nonce, ciphertext = excluded.ciphertext, updated_at = now()`.pipe(unfailing)
      })

      const get = Effect.fn("TenantSecrets.get")(function* (tenant: string, name: string) {
        const [row] = yield* sql<Sealed>`SELECT nonce, ciphertext FROM tenant_secrets
          WHERE tenant = ${tenant} AND name = ${name}`.pipe(unfailing)
        return row === undefined ? undefined : yield* open(tenant, name, row)
      })

      const remove = Effect.fn("TenantSecrets.remove")(function* (tenant: string, name: string) {
        yield* sql`DELETE FROM tenant_secrets WHERE tenant = ${tenant} AND name = ${name}`
      }, unfailing)

      return TenantSecrets.of({ usable, set, get, remove })
    })
  ).pipe(Layer.provide(Secrets.layer))
}
