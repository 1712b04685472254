/** Hudu, the documentation platform: what a connection to it is, and what can go wrong with one. */
import { Data, type Redacted, Result, Schema } from "effect"
import { Timestamp } from "../../src/domain/Field.ts"
import { readServerAddress, readServerKey } from "../../src/domain/serverAddress.ts"

/** What is shown of a tenant's connection: never a secret. */
export const HuduStatus = Schema.Struct({
  status: Schema.Literals(["connected", "not_connected"]),
  baseUrl: Schema.NullOr(Schema.String).annotate({
    description: "Where the tenant's Hudu is; the last known address when it is not connected"
  }),
  connectedAt: Schema.NullOr(Timestamp),
  lastSyncedAt: Schema.NullOr(Timestamp).annotate({ description: "When the list of companies was last read" }),
  passwordAccess: Schema.Boolean.annotate({ description: "Whether the stored key may read passwords in Hudu" })
}).annotate({ identifier: "HuduStatus" })

/** The feature of a tenant that the integration is behind. */
export const huduFeature = "hudu"

/** What an operator types to enable it. */
export const enableHudu = (tenant: string) => `psa feature enable --tenant ${tenant} --feature ${huduFeature}`

export type HuduErrorKind =
  | "invalid_key"
  | "no_password_access"
  | "not_found"
  | "validation"
  | "rate_limited"
  | "server_error"
  | "network_error"
  | "unknown"

/** Why Hudu could not be asked, or what it answered: `message` is one line, without any secret. */
export class HuduFailure extends Data.TaggedError("HuduFailure")<{
  readonly kind: HuduErrorKind
  readonly message: string
  /** How long Hudu asks to wait, in milliseconds. */
  readonly retryAfterMillis?: number
}> {}

/** What a request to Hudu needs: the address from `readBaseUrl`, and the key. */
export interface HuduCredentials {
  readonly baseUrl: string
  readonly apiKey: Redacted.Redacted
}

const invalid = (message: string) => new HuduFailure({ kind: "validation", message })

/** The address of a Hudu server as it is kept and called; see `readServerAddress`. */
export const readBaseUrl = (text: string, allowInsecure: boolean): Result.Result<string, HuduFailure> =>
  Result.mapError(
    readServerAddress(text, {
      name: "Hudu",
      example: "https://docs.example.com",
      ending: /\/api(\/v1)?$/,
      allowInsecure
    }),
    invalid
  )

/** The key without the blanks around it, if a header can carry it. */
export const readApiKey = (key: Redacted.Redacted): Result.Result<Redacted.Redacted, HuduFailure> =>
  Result.mapError(readServerKey("Hudu", key), invalid)

const longestWait = 60_000

/**
 * How long to wait after the attempt number `attempt` (from 1), in milliseconds: what Hudu asks for, or 1 s, 2 s, 4 s;
 * with up to 250 ms added at random (`jitter` is from 0 to 1), and at most a minute.
 */
export const retryDelay = (attempt: number, retryAfterMillis: number | undefined, jitter: number): number =>
  Math.min(longestWait, (retryAfterMillis ?? 1000 * 2 ** (attempt - 1)) + jitter * 250)

/** A `Retry-After` header, in seconds or as a date, in milliseconds from `now`. */
export const readRetryAfter = (header: string | undefined, now: number): number | undefined => {
  if (header === undefined) return undefined
  if (/^\s*\d{1,9}\s*$/.test(header)) return Number(header) * 1000
  const date = Date.parse(header)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
