/** Asks a Tactical RMM server, and tells from its answers what went wrong. */
import { Effect, Redacted, Schema } from "effect"
import { HttpClient, type HttpClientError, HttpClientRequest } from "effect/http"
import { RmmFailure, type RmmFailureKind } from "../../domain/Rmm.ts"
import { privateAddress, withoutKey } from "../../domain/serverAddress.ts"
import { isJsonObject } from "../../domain/TacticalAgent.ts"
import { unreached } from "../GuardedHttpClient.ts"
import { type RmmCredentials, RmmPatience } from "../RmmProvider.ts"

export const label = "Tactical RMM"

export interface Question {
  readonly method: "GET" | "POST"
  /** Ends in a slash: without it the server redirects, and loses the body. */
  readonly path: `/${string}/` | `/${string}/?${string}`
  readonly body?: Schema.Json
  /** How long the server waits for the agent before it answers, in milliseconds. */
  readonly serverWaits?: number
  /** What the key's role must allow, in the server's words. */
  readonly right: string
  /** What a 404 says is not there. */
  readonly missing: "agent_missing" | "script_missing"
  /** Does it do something that is not to be done twice? */
  readonly acts?: boolean
}

/** Asks once, never again. */
export type Ask = (credentials: RmmCredentials, question: Question) => Effect.Effect<Schema.Json, RmmFailure>

export const makeAsk = Effect.gen(function* () {
  const http = yield* HttpClient.HttpClient
  const patience = yield* RmmPatience

  const ask: Ask = (credentials, question) => {
    const millis = patience(question.serverWaits ?? 0)
    return http.execute(requestOf(credentials, question)).pipe(
      Effect.flatMap((response) => Effect.map(response.text, (text) => ({ status: response.status, text }))),
      Effect.catchTag("HttpClientError", (error) => Effect.fail(notReached(credentials, question, error))),
      Effect.timeoutOrElse({
        duration: millis,
        orElse: () => Effect.fail(failure(question, "timeout", `${hostOf(credentials)} ${late(millis)}`, true))
      }),
      Effect.flatMap((answer) => read(credentials, question, answer)),
      // The server has no use for our trace ids.
      Effect.provideService(HttpClient.TracerPropagationEnabled, false)
    )
  }
  return ask
})

const hostOf = ({ baseUrl }: RmmCredentials) => new URL(baseUrl).host

const late = (millis: number) => `did not answer within ${Math.ceil(millis / 1000)} seconds`

const requestOf = ({ apiKey, baseUrl }: RmmCredentials, { body, method, path }: Question) => {
  const request = HttpClientRequest.make(method)(`${baseUrl}${path}`, {
    headers: { "x-api-key": Redacted.value(apiKey), accept: "application/json" }
  })
  // Also without a body: what is posted is taken for JSON only if it says so.
  return body === undefined
    ? HttpClientRequest.setHeader(request, "content-type", "application/json")
    : HttpClientRequest.bodyJsonUnsafe(request, body)
}

/** `mayHaveArrived`: of what acts, nobody knows then whether it was done. */
const failure = ({ acts = false }: Question, kind: RmmFailureKind, message: string, mayHaveArrived = false) =>
  new RmmFailure({ kind, message, ...(acts && mayHaveArrived ? { maybeDone: true } : {}) })

const notReached = (credentials: RmmCredentials, question: Question, error: HttpClientError.HttpClientError) => {
  const { reason, refused, unsent } = unreached(error)
  if (refused !== undefined) return failure(question, "invalid", privateAddress(label, refused))
  return failure(question, "unreachable", `${hostOf(credentials)} cannot be reached: ${reason}`, !unsent)
}

interface Answer {
  readonly status: number
  readonly text: string
}

const parse = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Json))

const read = (
  credentials: RmmCredentials,
  question: Question,
  { status, text }: Answer
): Effect.Effect<Schema.Json, RmmFailure> => {
  const parsed = parse(text)
  const json = parsed._tag === "Some" ? parsed.value : undefined
  if (status >= 200 && status < 300 && json !== undefined) return Effect.succeed(json)
  const said = withoutKey(shortly(words(json)), credentials.apiKey)
  return Effect.fail(refusal(hostOf(credentials), question, status, json === undefined, said))
}

/** What an answer that refuses something says: a mere text, or the `detail` of an object. */
const words = (json: Schema.Json | undefined): string => {
  if (typeof json === "string") return json
  if (isJsonObject(json) && typeof json["detail"] === "string") return json["detail"]
  return json === undefined ? "" : JSON.stringify(json)
}

/** One line that is not too long. */
const shortly = (text: string) => text.replace(/\s+/g, " ").trim().slice(0, 300)

const inBrackets = (said: string) => (said === "" ? "" : ` (${said})`)

const refusal = (host: string, question: Question, status: number, isPage: boolean, said: string): RmmFailure => {
  const because = (kind: RmmFailureKind, message: string, mayHaveArrived = false) =>
    failure(question, kind, message, mayHaveArrived)
  const server = `${label} at ${host}`
  if (status >= 500) return because("server_error", `${server} has failed (${status})`, true)
  if (status >= 300 && status < 400) {
    return because("unexpected", `${host} redirects to another address (${status}): is the address right?`)
  }
  if (status === 401) return because("refused", `${server} does not accept the API key${inBrackets(said)}`)
  if (status === 403) {
    const role = `its role needs ${question.right}, for this agent`
    return because("forbidden", `${server} does not allow this to the API key: ${role}`)
  }
  if (status === 404 && !isPage) return because(question.missing, missing(question.missing, said))
  if (isPage) return because("unexpected", `${host} does not answer as ${label} does (${status}): is this its API?`)
  if (status === 400) return refused(server, question, said)
  if (status === 429) return because("server_error", `${server} has had too many requests`)
  return because("unexpected", `${server} answered with status ${status}${inBrackets(said)}`)
}

const missing = (what: Question["missing"], said: string) => {
  // Where an agent and a script are named, it says which of them is not there, or nothing at all.
  const agent = what === "agent_missing" || /agent/i.test(said)
  return agent ? `${label} has no such agent` : `${label} has no such script`
}

/** Said with status 400, whose text is all there is to go by. */
const refused = (server: string, question: Question, said: string): RmmFailure => {
  if (/^unable to contact the agent$/i.test(said)) return failure(question, "agent_offline", offline)
  if (said === "natsdown") return brokerDown(question)
  if (said === "timeout") return failure(question, "timeout", `The agent did not answer ${server} in time`, true)
  return failure(question, "rejected", `${server} refused: ${said === "" ? "it does not say why" : said}`)
}

export const offline = "The agent is offline: nothing was done"

export const brokerDown = (question: Question) =>
  failure(question, "server_error", `${label} does not reach its agents at the moment: nothing was done`)

export const notAsExpected = (credentials: RmmCredentials, question: Question) =>
  failure(question, "unexpected", `${hostOf(credentials)} does not answer as ${label} does`, true)
