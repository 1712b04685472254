/** API keys: what one looks like, and what is shown of it. */
import { hash as digest, randomBytes } from "node:crypto"
import { crc32 } from "node:zlib"
import { Schema } from "effect"
import { AnyText, JsonObject, PathId, Timestamp, TimestampInput, Uuid } from "./Field.ts"

export const ApiKeyId = PathId("API key")

/** A key as it is listed: everything but the key itself. */
export const ApiKey = Schema.Struct({
  api_key_id: Uuid,
  user_id: Uuid,
  last_four: Schema.String.annotate({ description: "The key's last four characters, to tell keys apart" }),
  description: Schema.NullOr(Schema.String),
  active: Schema.Boolean,
  purpose: Schema.String,
  metadata: Schema.NullOr(JsonObject),
  usage_limit: Schema.NullOr(Schema.Int),
  usage_count: Schema.Int,
  created_at: Timestamp,
  last_used_at: Schema.NullOr(Timestamp),
  expires_at: Schema.NullOr(Timestamp),
  username: Schema.String,
  first_name: Schema.NullOr(Schema.String),
  last_name: Schema.NullOr(Schema.String)
}).annotate({ identifier: "ApiKey" })

/** A key just made: the only time that `api_key` is shown. */
export const NewlyCreatedApiKey = Schema.Struct({
  api_key_id: Uuid,
  api_key: Schema.String.annotate({ description: "The key itself. It is shown this once, and stored as a hash" }),
  user_id: Uuid,
  last_four: Schema.String,
  description: Schema.NullOr(Schema.String),
  created_at: Timestamp,
  expires_at: Schema.NullOr(Timestamp),
  purpose: Schema.String,
  metadata: Schema.NullOr(JsonObject),
  usage_limit: Schema.NullOr(Schema.Int),
  usage_count: Schema.Int
}).annotate({ identifier: "NewlyCreatedApiKey" })

export const NewApiKey = Schema.Struct({
  description: Schema.optionalKey(Schema.NullOr(AnyText(255))),
  expires_at: Schema.optionalKey(Schema.NullOr(TimestampInput)).annotate({
    description: "When the key stops working; never, if left out"
  })
}).annotate({ identifier: "NewApiKey" })

const prefix = "psa_"
const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

const base62 = (value: bigint, length: number) => {
  let text = ""
  for (let rest = value; text.length < length; rest /= 62n) text = alphabet.charAt(Number(rest % 62n)) + text
  return text
}

const checksum = (body: string) => base62(BigInt(crc32(body)), 6)

/** A new key: `psa_`, 256 random bits in 43 characters, and a checksum of 6. */
export const generate = (): string => {
  const body = base62(BigInt(`0x${randomBytes(32).toString("hex")}`), 43)
  return `${prefix}${body}${checksum(body)}`
}

/** Whether a text can be a key at all: a mistyped one fails its checksum. */
export const isWellFormed = (key: string): boolean =>
  key.length === 53 && key.startsWith(prefix) && checksum(key.slice(4, 47)) === key.slice(47)

/** What is stored of a key: SHA-256 in hexadecimal. 256 random bits need no slower hash. */
export const hash = (key: string): string => digest("sha256", key)

export const lastFour = (key: string): string => key.slice(-4)
