/**
 * Handlers return plain data in the shape that goes out, checked against the endpoint's schema by the compiler and, for
 * every answer, by the tests. Walking each answer through its schema again, at run time, costs three times what writing
 * the JSON does, so `answers` writes it as it is.
 */
import { Effect, Schema } from "effect"
import { type HttpServerRequest, HttpServerResponse } from "effect/http"
import type { HttpApiEndpoint } from "effect/http-api"
import { entityTag } from "../services/versions.ts"
import { cut } from "./fieldRanges.ts"
import { Versioned } from "./middleware/Versioned.ts"
import { factsOf, type RequestFacts } from "./RequestFacts.ts"

interface Request {
  readonly request: HttpServerRequest.HttpServerRequest
  readonly endpoint: HttpApiEndpoint.Top
}
type Handler = (request: Request) => Effect.Effect<unknown, unknown, unknown>

/** Wraps the handlers of a group: `handlers.handleAll(answers({ list: ..., get: ... }))`. */
export const answers = <Handlers extends object>(handlers: Handlers): Handlers => {
  const wrapped = Object.entries(handlers).map(([name, handler]) => [name, answering(handler)])
  return Object.fromEntries(wrapped)
}

const answering =
  (handler: Handler): Handler =>
  (request) => {
    const status = statusOf(request.endpoint)
    const facts = factsOf(request.request)
    // Endpoints that need no key have met nobody yet who knows.
    facts.route ??= request.endpoint.path
    const isVersioned = request.endpoint.middlewares.has(Versioned)
    return Effect.map(handler(request), (body) => {
      if (body === undefined) return HttpServerResponse.empty({ status })
      if (HttpServerResponse.isHttpServerResponse(body)) return body
      if (isVersioned) facts.headers["etag"] = tagOf(body)
      const json = JSON.stringify(
        facts.ignored.length === 0 && facts.ranges.length === 0 ? body : withNotes(body, facts)
      )
      facts.answer = HttpServerResponse.text(json, { status, headers: facts.headers, contentType: "application/json" })
      return facts.answer
    })
  }

/** The tag of the row in an answer. */
const tagOf = (body: unknown) => entityTag((body as Envelope).data.updated_at)

/** What every endpoint that is `Versioned` answers. */
interface Envelope {
  readonly data: { readonly updated_at: string }
}

const declaredStatus = (schema: Schema.Top): number | undefined =>
  Schema.resolveAnnotationsKey(schema)?.httpApiStatus ?? Schema.resolveAnnotations(schema)?.httpApiStatus
const statuses = new WeakMap<HttpApiEndpoint.Top, number>()
const statusOf = (endpoint: HttpApiEndpoint.Top): number => {
  const known = statuses.get(endpoint)
  if (known !== undefined) return known
  const [success] = endpoint.success
  const status = success === undefined ? 204 : (declaredStatus(success) ?? 200)
  statuses.set(endpoint, status)
  return status
}

/** The answer with what there is to tell about it: what of the request was ignored, and what of the data was cut. */
const withNotes = (body: unknown, { ignored, ranges }: RequestFacts) => {
  if (typeof body !== "object" || body === null || !("data" in body)) return body
  const meta = "meta" in body && typeof body.meta === "object" ? body.meta : {}
  const noted = ignored.length === 0 ? meta : { ...meta, ignored }
  if (ranges.length === 0) return { ...body, meta: noted }
  const { data, truncated } = cut(body.data, ranges)
  return { ...body, data, meta: { ...noted, truncated_fields: truncated } }
}
