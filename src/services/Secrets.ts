/** Secrets of integrations, encrypted at rest with AES-256-GCM under `SECRETS_KEY`. Whoever has one keeps it sealed. */
import { Context, Data, Effect, Layer, Redacted } from "effect"
import { Aead, SecureRandom } from "effect/crypto"
import { Settings } from "./Settings.ts"

/** Why a secret can be neither kept nor read: one line, for the operator. */
export class SecretsFailure extends Data.TaggedError("SecretsFailure")<{ readonly message: string }> {}

/** A secret as it is stored. */
export interface Sealed {
  readonly nonce: Uint8Array
  readonly ciphertext: Uint8Array
}

export class Secrets extends Context.Service<
  Secrets,
  {
    /** Fails, with the reason, when there is no usable `SECRETS_KEY`. */
    readonly usable: Effect.Effect<void, SecretsFailure>
    /** Encrypts a tenant's secret of this name, each time anew. */
    readonly seal: (tenant: string, name: string, value: Redacted.Redacted) => Effect.Effect<Sealed, SecretsFailure>
    /** Decrypts what was sealed for the same tenant and name: what was copied from another does not open. */
    readonly open: (tenant: string, name: string, sealed: Sealed) => Effect.Effect<Redacted.Redacted, SecretsFailure>
  }
>()("psa/Secrets") {
  static readonly layer = Layer.effect(
    Secrets,
    Effect.gen(function* () {
      const aead = yield* Aead.Aead
      const { secretsKey } = yield* Settings
      const key = yield* Effect.cached(readKey(secretsKey))

      const seal = Effect.fn("Secrets.seal")(function* (tenant: string, name: string, value: Redacted.Redacted) {
        const nonce = SecureRandom.randomBytesUnsafe(Aead.aes256Gcm.nonceLength)
        const plaintext = new TextEncoder().encode(Redacted.value(value))
        const ciphertext = yield* aead
          .encrypt(yield* key, plaintext, { nonce, aad: belongsTo(tenant, name) })
          .pipe(Effect.catchTag("CryptoError", Effect.die))
        return { nonce, ciphertext }
      })

      const open = Effect.fn("Secrets.open")(function* (tenant: string, name: string, { ciphertext, nonce }: Sealed) {
        const plaintext = yield* aead
          .decrypt(yield* key, ciphertext, { nonce, aad: belongsTo(tenant, name) })
          .pipe(Effect.catchTag("CryptoError", () => new SecretsFailure({ message: undecipherable(name) })))
        return Redacted.make(new TextDecoder().decode(plaintext))
      })

      return Secrets.of({ usable: Effect.asVoid(key), seal, open })
    })
  ).pipe(Layer.provide(Aead.layerWebCrypto), Layer.provide(SecureRandom.layerWebCrypto))
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
