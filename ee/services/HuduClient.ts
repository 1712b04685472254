/** Asks a Hudu server. */
import { Clock, Context, Effect, Layer, Random, Redacted, Result, Schema } from "effect"
import { HttpClient, type HttpClientError, HttpClientRequest, type HttpClientResponse } from "effect/http"
import { privateAddress, withoutKey } from "../../src/domain/serverAddress.ts"
import { guardedHttpClient, unreached } from "../../src/services/GuardedHttpClient.ts"
import { type HuduCredentials, type HuduErrorKind, HuduFailure, readRetryAfter, retryDelay } from "../domain/Hudu.ts"

export class HuduClient extends Context.Service<
  HuduClient,
  {
    /** Succeeds when the address is a Hudu that takes the key, and says whether the key may read passwords. */
    readonly inspect: (credentials: HuduCredentials) => Effect.Effect<{ readonly passwordAccess: boolean }, HuduFailure>
  }
>()("psa/ee/HuduClient") {
  static readonly layer = Layer.effect(
    HuduClient,
    Effect.gen(function* () {
      const http = yield* HttpClient.HttpClient

      const ask = (credentials: HuduCredentials, path: string) =>
        http
          .execute(
            HttpClientRequest.get(`${credentials.baseUrl}/api/v1${path}`, {
              headers: { "x-api-key": Redacted.value(credentials.apiKey), accept: "application/json" }
            })
          )
          .pipe(
            Effect.flatMap((response) => Effect.map(response.text, (text) => ({ response, text }))),
            Effect.catchTag("HttpClientError", (error) => Effect.fail(unreachable(hostOf(credentials), error))),
            Effect.timeoutOrElse({ duration: "30 seconds", orElse: () => Effect.fail(late(hostOf(credentials))) }),
            Effect.flatMap((answer) => read(credentials, answer)),
            // Hudu has no use for our trace ids.
            Effect.provideService(HttpClient.TracerPropagationEnabled, false)
          )

      const get = (credentials: HuduCredentials, path: string, attempt = 1): Effect.Effect<Schema.Json, HuduFailure> =>
        Effect.catchIf(ask(credentials, path), isWorthRetrying, (failure) =>
          attempt === attempts
            ? Effect.fail(failure)
            : Effect.flatMap(Random.next, (jitter) =>
                Effect.sleep(retryDelay(attempt, failure.retryAfterMillis, jitter))
              ).pipe(Effect.andThen(get(credentials, path, attempt + 1)))
        )

      const companies = Effect.fnUntraced(function* (credentials: HuduCredentials) {
        const body = yield* get(credentials, "/companies?page=1")
        if (Result.isFailure(readCompanies(body))) return yield* notHudu(hostOf(credentials))
      })

      const passwordAccess = (credentials: HuduCredentials) =>
        get(credentials, "/asset_passwords?page=1").pipe(
          Effect.as(true),
          Effect.catchTag("HuduFailure", ({ kind, message }) =>
            kind === "no_password_access"
              ? Effect.succeed(false)
              : Effect.as(
                  Effect.logWarning(
                    `Whether the Hudu key may read passwords is not known: ${withoutKey(message, credentials.apiKey)}`
                  ),
                  false
                )
          )
        )

      const inspect = Effect.fn("HuduClient.inspect")(function* (credentials: HuduCredentials) {
        yield* companies(credentials)
        return { passwordAccess: yield* passwordAccess(credentials) }
      })

      return HuduClient.of({ inspect })
    })
  ).pipe(Layer.provide(guardedHttpClient(({ huduAllowInsecureUrl }) => huduAllowInsecureUrl)))
}

const attempts = 4

const isWorthRetrying = ({ kind }: HuduFailure) => kind === "rate_limited" || kind === "server_error"

const readCompanies = Schema.decodeUnknownResult(
  Schema.Struct({ companies: Schema.Array(Schema.Struct({ id: Schema.Int, name: Schema.String })) })
)

const hostOf = ({ baseUrl }: HuduCredentials) => new URL(baseUrl).host

const notHudu = (host: string) =>
  new HuduFailure({ kind: "not_found", message: `${host} does not answer as Hudu does: is the address right?` })

const late = (host: string) =>
  new HuduFailure({ kind: "network_error", message: `${host} did not answer within 30 seconds` })

const unreachable = (host: string, error: HttpClientError.HttpClientError) => {
  const { reason, refused } = unreached(error)
  return refused === undefined
    ? new HuduFailure({ kind: "network_error", message: `${host} cannot be reached: ${reason}` })
    : new HuduFailure({ kind: "validation", message: privateAddress("Hudu", refused) })
}

interface Answer {
  readonly response: HttpClientResponse.HttpClientResponse
  readonly text: string
}

const read = (credentials: HuduCredentials, { response, text }: Answer): Effect.Effect<Schema.Json, HuduFailure> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => {
    const host = hostOf(credentials)
    const { headers, status } = response
    if (status === 200) return Effect.mapError(parse(text), () => notHudu(host))
    const retryAfterMillis = readRetryAfter(headers["retry-after"], now)
    const [kind, message] = refusal(status, host)
    return new HuduFailure({ kind, message, ...(retryAfterMillis === undefined ? {} : { retryAfterMillis }) })
  })

const parse = Schema.decodeUnknownEffect(Schema.fromJsonString(Schema.Json))

const refusal = (status: number, host: string): readonly [HuduErrorKind, string] => {
  if (status === 401) return ["invalid_key", `Hudu at ${host} does not accept the API key`]
  if (status === 403) return ["no_password_access", `Hudu at ${host} does not allow this to the API key (403)`]
  if (status === 404) return ["not_found", `There is no Hudu API at ${host} (404): is the address right?`]
  if (status === 422) return ["validation", `Hudu at ${host} could not read the request (422)`]
  if (status === 429) return ["rate_limited", `Hudu at ${host} has had too many requests: try again later`]
  if (status >= 500) return ["server_error", `Hudu at ${host} has failed (${status}): try again later`]
  if (status >= 300 && status < 400) {
    return ["unknown", `${host} redirects to another address: enter the address that it redirects to`]
  }
  return ["unknown", `${host} answered with status ${status}, which Hudu does not`]
}
