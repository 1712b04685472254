/** Hudu, the documentation platform: what a connection to it is, and what can go wrong with one. */
import { Data, Redacted, Result, Schema } from "effect"
import { Timestamp } from "../../src/domain/Field.ts"
import { isPrivateHost } from "./publicAddress.ts"

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

const invalid = (message: string) => Result.fail(new HuduFailure({ kind: "validation", message }))

/** Without the blanks around it, and without the slashes, `/api` or `/api/v1` at its end. */
const trimPath = (path: string): string => {
  const shorter = path.replace(/\/(api(\/v1)?)?$/, "")
  return shorter === path ? path : trimPath(shorter)
}

/**
 * The address of a Hudu server as it is kept and called. HTTPS, and no host that is plainly ours; `allowInsecure` lifts
 * both. Names that resolve to an address of ours are refused later, by the connection itself.
 */
export const readBaseUrl = (text: string, allowInsecure: boolean): Result.Result<string, HuduFailure> => {
  const trimmed = text.trim()
  if (trimmed.length > 2048 || !URL.canParse(trimmed)) {
    return invalid("The Hudu address is not a URL: expected one such as https://docs.example.com")
  }
  const url = new URL(trimmed)
  if (url.protocol !== "https:" && !(allowInsecure && url.protocol === "http:")) {
    return invalid("The Hudu address must start with https://")
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    return invalid("The Hudu address must have no user name, query or fragment")
  }
  if (!allowInsecure && isPrivateHost(url.hostname)) return invalid(privateAddress(url.hostname))
  return Result.succeed(url.origin + trimPath(url.pathname))
}

/** Said when a host is this machine or on a private network. */
export const privateAddress = (host: string) =>
  `The Hudu address ${host} is on this machine or a private network, which is not allowed`

/** The key without the blanks around it, if a header can carry it. */
export const readApiKey = (key: Redacted.Redacted): Result.Result<Redacted.Redacted, HuduFailure> => {
  const text = Redacted.value(key).trim()
  return /^[\x21-\x7e]{1,512}$/.test(text)
    ? Result.succeed(Redacted.make(text))
    : invalid("The Hudu API key is empty, too long, or has characters that no key has")
}

/** `text` without the key, should it be in there. */
export const withoutKey = (text: string, key: Redacted.Redacted): string =>
  text.replaceAll(Redacted.value(key), "[REDACTED]")

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
