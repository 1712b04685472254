/**
 * Around everything else: gives each request its id, turns whatever is left over into the error envelope, and writes one
 * log line and the metrics.
 */
import { Cause, Context, Effect, Metric, References } from "effect"
import { type HttpMethod, HttpRouter, HttpServerError, HttpServerRequest, HttpServerResponse } from "effect/http"
import { newId } from "../../services/ids.ts"
import { factsOf, type RequestFacts } from "../RequestFacts.ts"

const requests = Metric.counter("psa_http_requests", { description: "Requests, by route, method and status" })
const durations = Metric.histogram("psa_http_request_duration_seconds", {
  description: "How long requests took, by route, in seconds",
  boundaries: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]
})

/** Which methods an API knows a path with. */
export interface KnownMethods {
  /** The path as it is, or with ids in it. */
  readonly any: (path: string) => ReadonlyArray<HttpMethod.HttpMethod>
  /** The path as it is: one with an id in it may match it, too. */
  readonly exact: (path: string) => ReadonlyArray<HttpMethod.HttpMethod>
}

/** `methods` is for paths that are there, but not with the request's method. */
export const requestLog = (methods: KnownMethods) =>
  HttpRouter.middleware(
    (app) =>
      Effect.withFiber((fiber) => {
        const request = Context.getUnsafe(fiber.context, HttpServerRequest.HttpServerRequest)
        const started = performance.now()
        const facts = factsOf(request)
        const requestId = requestIdOf(request)
        facts.headers["x-request-id"] = requestId
        const finish = (response: HttpServerResponse.HttpServerResponse) => {
          const seconds = (performance.now() - started) / 1000
          count(request.method, facts.route ?? "(none)", response.status, seconds)
          const answer = Effect.succeed(
            response === facts.answer ? response : HttpServerResponse.setHeaders(response, facts.headers)
          )
          return isLogged(fiber.getRef(References.MinimumLogLevel))
            ? Effect.andThen(logLine(request, facts, requestId, response.status, seconds), answer)
            : answer
        }
        return Effect.matchCauseEffect(app, {
          onSuccess: (response) => finish(facts.isMalformedPath ? misnamed(response, request, methods) : response),
          onFailure: (cause) => Effect.flatMap(leftover(cause, request, requestId, methods.any), finish)
        })
      }),
    { global: true }
  )

const isLogged = (minimum: string) =>
  minimum === "All" || minimum === "Trace" || minimum === "Debug" || minimum === "Info"

const logLine = (
  request: HttpServerRequest.HttpServerRequest,
  facts: RequestFacts,
  requestId: string,
  status: number,
  seconds: number
) =>
  Effect.logInfo("request").pipe(
    Effect.annotateLogs({
      method: request.method,
      route: facts.route ?? "(none)",
      status,
      duration_ms: Math.round(seconds * 1e5) / 100,
      request_id: requestId,
      ...(facts.caller === undefined ? {} : { tenant: facts.caller.tenant, api_key_id: facts.caller.apiKeyId })
    })
  )

/** The caller's own id for the request, if it sent a sane one. */
const requestIdOf = (request: HttpServerRequest.HttpServerRequest): string => {
  const sent = request.headers["x-request-id"]
  return sent !== undefined && /^[\w.:-]{1,128}$/.test(sent) ? sent : newId()
}

interface Series {
  readonly requests: Metric.Metric<number, unknown>
  readonly durations: Metric.Metric<number, unknown>
}
/** By route, method and status. */
const series = new Map<string, Map<string, Map<number, Series>>>()

const inner = <Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value => {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}

const count = (method: string, route: string, status: number, seconds: number) => {
  const ofRoute = inner(series, route, () => new Map<string, Map<number, Series>>())
  const ofMethod = inner(ofRoute, method, () => new Map<number, Series>())
  const known = inner(ofMethod, status, () => ({
    requests: Metric.withAttributes(requests, { method, route, status: String(status) }),
    durations: Metric.withAttributes(durations, { method, route })
  }))
  known.requests.updateUnsafe(1, Context.empty())
  known.durations.updateUnsafe(seconds, Context.empty())
}

/** What no endpoint answered: no such path or method, or a defect. */
const leftover = <E>(
  cause: Cause.Cause<E>,
  request: HttpServerRequest.HttpServerRequest,
  requestId: string,
  methods: (path: string) => ReadonlyArray<HttpMethod.HttpMethod>
): Effect.Effect<HttpServerResponse.HttpServerResponse, E> => {
  if (Cause.hasInterruptsOnly(cause)) return Effect.failCause(cause)
  const failure = Cause.squash(cause)
  if (HttpServerError.isHttpServerError(failure) && failure.reason._tag === "RouteNotFound") {
    return Effect.succeed(unknownRoute(request, methods(pathOf(request))))
  }
  const logged = Effect.annotateLogs(Effect.logError("defect", cause), { request_id: requestId })
  return Effect.as(logged, envelope(500, "INTERNAL_ERROR", "An unexpected error occurred"))
}

const pathOf = (request: HttpServerRequest.HttpServerRequest) => request.url.split("?")[0] ?? "/"

/** What stands where an id belongs may be the name of something that other methods know: then it is the method that is wrong. */
const misnamed = (
  response: HttpServerResponse.HttpServerResponse,
  request: HttpServerRequest.HttpServerRequest,
  methods: KnownMethods
) => {
  const allowed = methods.exact(pathOf(request))
  return allowed.length === 0 ? response : unknownMethod(request, allowed)
}

const unknownRoute = (request: HttpServerRequest.HttpServerRequest, allowed: ReadonlyArray<string>) => {
  if (allowed.length === 0) return envelope(404, "NOT_FOUND", `There is nothing at ${pathOf(request)}`)
  // The router knows path and method, and yet could not read the path.
  if (allowed.includes(request.method)) return envelope(400, "VALIDATION_ERROR", "Expected a path in UTF-8")
  return unknownMethod(request, allowed)
}

const unknownMethod = (request: HttpServerRequest.HttpServerRequest, allowed: ReadonlyArray<string>) =>
  HttpServerResponse.setHeader(
    envelope(405, "METHOD_NOT_ALLOWED", `Expected ${allowed.join(", ")}, got ${request.method}`),
    "allow",
    allowed.join(", ")
  )

const envelope = (status: number, code: string, message: string) =>
  HttpServerResponse.jsonUnsafe({ error: { code, message } }, { status })
