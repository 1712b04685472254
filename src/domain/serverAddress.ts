/** Where another system is, and the key for it, as people enter them. */
import { Redacted, Result } from "effect"
import { isPrivateHost } from "./publicAddress.ts"

/** What an address is of, and what it looks like. */
export interface ServerAddress {
  /** `Hudu` */
  readonly name: string
  /** `https://docs.example.com` */
  readonly example: string
  /** What the path of an address may end in that is not kept, besides a slash. */
  readonly ending: RegExp
  /** Plain HTTP, and hosts that are plainly ours, are fine. */
  readonly allowInsecure: boolean
}

/**
 * The address of a server as it is kept and called, or what is wrong with it in one line. HTTPS, and no host that is
 * plainly ours. Names that resolve to an address of ours are refused later, by the connection itself.
 */
export const readServerAddress = (
  text: string,
  { allowInsecure, ending, example, name }: ServerAddress
): Result.Result<string, string> => {
  const trimmed = text.trim()
  if (trimmed.length > 2048 || !URL.canParse(trimmed)) {
    return Result.fail(`The ${name} address is not a URL: expected one such as ${example}`)
  }
  const url = new URL(trimmed)
  if (url.protocol !== "https:" && !(allowInsecure && url.protocol === "http:")) {
    return Result.fail(`The ${name} address must start with https://`)
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    return Result.fail(`The ${name} address must have no user name, query or fragment`)
  }
  if (!allowInsecure && isPrivateHost(url.hostname)) return Result.fail(privateAddress(name, url.hostname))
  return Result.succeed(url.origin + trimPath(url.pathname, ending))
}

/** Said when a host is this machine or on a private network. */
export const privateAddress = (name: string, host: string) =>
  `The ${name} address ${host} is on this machine or a private network, which is not allowed`

/** Without the slashes at its end, and without what is not kept there. */
const trimPath = (path: string, ending: RegExp): string => {
  const shorter = path.replace(/\/$/, "").replace(ending, "")
  return shorter === path ? path : trimPath(shorter, ending)
}

/** The key without the blanks around it, if a header can carry it; else what is wrong with it. */
export const readServerKey = (name: string, key: Redacted.Redacted): Result.Result<Redacted.Redacted, string> => {
  const text = Redacted.value(key).trim()
  return /^[\x21-\x7e]{1,512}$/.test(text)
    ? Result.succeed(Redacted.make(text))
    : Result.fail(`The ${name} API key is empty, too long, or has characters that no key has`)
}

/** `text` without the key, should it be in there. */
export const withoutKey = (text: string, key: Redacted.Redacted): string =>
  text.replaceAll(Redacted.value(key), "[REDACTED]")
