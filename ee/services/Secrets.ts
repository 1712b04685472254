/** Secrets of a tenant's integrations, encrypted at rest with AES-256-GCM under `SECRETS_KEY`. */
import { Context, Data, Effect, Layer, Redacted } from "effect"
import { Aead, SecureRandom } from "effect/crypto"
import { SqlClient } from "effect/sql"
import { unfailing } from "../../src/services/constraints.ts"
import { Settings } from "../../src/services/Settings.ts"

/** Why a secret can be neither kept nor read: one line, for the operator. */
export class SecretsFailure extends Data.TaggedError("SecretsFailure")<{ readonly message: string }> {}

export class Secrets extends Context.Service<
  Secrets,
  {
    /** Fails, with the reason, when there is no usable `SECRETS_KEY`. */
    readonly usable: Effect.Effect<void, SecretsFailure>
    /** Keeps a secret, in place of the one of the same name. */
    readonly set: (tenant: string, name: string, value: Redacted.Redacted) => Effect.Effect<void, SecretsFailure>
    /** The secret, or undefined where there is none. */
    readonly get: (tenant: string, name: string) => Effect.Effect<Redacted.Redacted | undefined, SecretsFailure>
    readonly remove: (tenant: string, name: string) => Effect.Effect<void>
  }
>()("psa/ee/Secrets") {
  static readonly layer = Layer.effect(
    Secrets,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const aead = yield* Aead.Aead
      const { secretsKey } = yield* Settings
      const key = yield* Effect.cached(readKey(secretsKey))

      const set = Effect.fn("Secrets.set")(function* (tenant: string, name: string, value: Redacted.Redacted) {
        const nonce = SecureRandom.randomBytesUnsafe(Aead.aes256Gcm.nonceLength)
        const plaintext = new TextEncoder().encode(Redacted.value(value))
        const ciphertext = yield* aead
          .encrypt(yield* key, plaintext, { nonce, aad: belongsTo(tenant, name) })
          .pipe(Effect.catchTag("CryptoError", Effect.die))
        yield* sql`INSERT INTO tenant_secrets (tenant, name, nonce, ciphertext)
          VALUES (${tenant}, ${name}, ${nonce}, ${ciphertext})
          ON CONFLICT (tenant, name) DO UPDATE
            SET nonce = excluded.nonce, ciphertext = excluded.ciphertext, updated_at = now()`.pipe(unfailing)
      })

      const get = Effect.fn("Secrets.get")(function* (tenant: string, name: string) {
        const [row] = yield* sql<Row>`SELECT nonce, ciphertext FROM tenant_secrets
          WHERE tenant = ${tenant} AND name = ${name}`.pipe(unfailing)
        if (row === undefined) return undefined
        const plaintext = yield* aead
          .decrypt(yield* key, row.ciphertext, { nonce: row.nonce, aad: belongsTo(tenant, name) })
          .pipe(Effect.catchTag("CryptoError", () => new SecretsFailure({ message: undecipherable(name) })))
        return Redacted.make(new TextDecoder().decode(plaintext))
      })

      const remove = Effect.fn("Secrets.remove")(function* (tenant: string, name: string) {
        yield* sql`DELETE FROM tenant_secrets WHERE tenant = ${tenant} AND name = ${name}`
      }, unfailing)

      return Secrets.of({ usable: Effect.asVoid(key), set, get, remove })
    })
  ).pipe(Layer.provide(Aead.layerWebCrypto), Layer.provide(SecureRandom.layerWebCrypto))
}

interface Row {
  readonly nonce: Uint8Array
  readonly ciphertext: Uint8Array
}

const undecipherable = (name: string) =>
  `The stored ${name} cannot be decrypted: SECRETS_KEY is not the one it was encrypted with`

/** What is authenticated with a value: a row copied to another tenant or name does not decrypt. */
const belongsTo = (tenant: string, name: string) => new TextEncoder().encode(`${tenant.toLowerCase()}/${name}`)

const readKey = (setting: Redacted.Redacted | undefined) =>
  Effect.gen(function* () {
    if (setting === undefined) {
      return yield* new SecretsFailure({
        message:
          "SECRETS_KEY is not set: integration secrets are encrypted with it (32 bytes, as base64 or hexadecimal)"
      })
    }
    const text = Redacted.value(setting).trim()
    const encoding = /^[0-9a-f]{64}$/i.test(text) ? "hex" : /^[\w+/-]{43}=?$/.test(text) ? "base64" : undefined
    if (encoding === undefined) {
      return yield* new SecretsFailure({ message: "SECRETS_KEY must be 32 bytes, as base64 or hexadecimal" })
    }
    return yield* Effect.orDie(Aead.key(Aead.aes256Gcm, Buffer.from(text, encoding)))
  })
