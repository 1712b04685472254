/**
 * Reads what came in before the schemas do. Empty query values are absent ones, the names that existing clients use for
 * a page's size are one, a body is of the right type and length, and what nobody asked for is noted, or refused when the
 * caller prefers strictness. What then does not fit its schema is a 400 with one entry per issue.
 */
import { ByteSize, Context, Effect, Layer } from "effect"
import { Headers, HttpIncomingMessage, HttpServerError, HttpServerRequest } from "effect/http"
import { type HttpApiEndpoint, HttpApiError, HttpApiMiddleware } from "effect/http-api"
import * as SchemaAST from "effect/SchemaAST"
import * as SchemaIssue from "effect/SchemaIssue"
import type { unhandled } from "effect/Types"
import { PayloadTooLarge, UnsupportedMediaType, ValidationFailed } from "../../domain/Errors.ts"
import { factsOf, shareFacts } from "../RequestFacts.ts"

export class Validation extends HttpApiMiddleware.Service<Validation>()("psa/http/Validation", {
  error: [ValidationFailed, PayloadTooLarge, UnsupportedMediaType]
}) {}

/** The longest JSON body, in bytes. */
export const maxBodyBytes = 1024 * 1024

export const ValidationLive = Layer.succeed(Validation, (response, { endpoint }) => {
  const accepts = accepted(endpoint)
  const explained = Effect.catch(
    response,
    (failure): Effect.Effect<never, unhandled | ValidationFailed> =>
      HttpApiError.HttpApiSchemaError.is(failure) ? explain(failure) : Effect.fail(failure)
  )
  return Effect.withFiber((fiber) => {
    const request = Context.getUnsafe(fiber.context, HttpServerRequest.HttpServerRequest)
    const sent = Context.getUnsafe(fiber.context, HttpServerRequest.ParsedSearchParams)
    const { ignored, query } = readQuery(sent, accepts)
    const proceed = (alsoIgnored: ReadonlyArray<string>) => {
      const all = [...ignored, ...alsoIgnored]
      if (all.length > 0 && isStrict(request)) return Effect.fail(ValidationFailed.issues(all.map(unknownName)))
      factsOf(request).ignored = all
      return query === sent ? explained : Effect.provideService(explained, HttpServerRequest.ParsedSearchParams, query)
    }
    if (accepts.body === undefined) return proceed([])
    const reader = asJson(request)
    const read = Effect.flatMap(readBody(reader, accepts.body, request.headers["content-type"]), proceed)
    if (reader === request) return read
    shareFacts(request, reader)
    return Effect.provideService(read, HttpServerRequest.HttpServerRequest, reader)
  })
})

/** What an endpoint knows of its query and its JSON body. */
interface Accepts {
  readonly query: ReadonlySet<string>
  /** Query names whose value is a list: repeated, they add up. */
  readonly lists: ReadonlySet<string>
  /** The names in the body: all, if it is free JSON; absent, if the endpoint reads no body. */
  readonly body: ReadonlySet<string> | "any" | undefined
}

const known = new WeakMap<HttpApiEndpoint.Top, Accepts>()

const accepted = (endpoint: HttpApiEndpoint.Top): Accepts => {
  const cached = known.get(endpoint)
  if (cached !== undefined) return cached
  const query = propertiesOf(endpoint.query?.ast)
  const [payload] = endpoint.payload.values()
  const body = payload?.encoding._tag === "Json" ? propertiesOf(payload.schemas[0].ast) : undefined
  const accepts: Accepts = {
    query: new Set(query.map(({ name }) => String(name))),
    lists: new Set(
      query.filter(({ type }) => SchemaAST.resolveAt<boolean>("csv")(type)).map(({ name }) => String(name))
    ),
    body: body === undefined ? undefined : body.length === 0 ? "any" : new Set(body.map(({ name }) => String(name)))
  }
  known.set(endpoint, accepts)
  return accepts
}

const propertiesOf = (ast: SchemaAST.AST | undefined): ReadonlyArray<SchemaAST.PropertySignature> =>
  ast !== undefined && SchemaAST.isObjects(ast) ? ast.propertySignatures : []

/** Names that existing clients send for something we know by another. */
const aliases: Readonly<Record<string, string>> = { pageSize: "limit", page_size: "limit", search_term: "search" }

const readQuery = (sent: Readonly<Record<string, string | ReadonlyArray<string>>>, accepts: Accepts) => {
  const query: Record<string, string> = {}
  const ignored: Array<string> = []
  let isPlain = true
  for (const [name, value] of Object.entries(sent)) {
    const alias = aliases[name]
    const known = accepts.query.has(name) ? name : alias !== undefined && accepts.query.has(alias) ? alias : undefined
    isPlain &&= known === name && typeof value === "string" && value !== ""
    if (known === undefined) {
      ignored.push(name)
      continue
    }
    const text = typeof value === "string" ? value : accepts.lists.has(known) ? value.join(",") : (value.at(-1) ?? "")
    if (text !== "" && (known === name || query[known] === undefined)) query[known] = text
  }
  return { query: isPlain ? sent : query, ignored }
}

/**
 * The request as one that brings JSON, so that the router reads its body whatever it is called: `readBody` has judged
 * the type by then. One that brings nothing may call it what it likes.
 */
const asJson = (request: HttpServerRequest.HttpServerRequest) =>
  (request.headers["content-type"] ?? "application/json") === "application/json"
    ? request
    : request.modify({ headers: Headers.set(request.headers, "content-type", "application/json") })

/** The names in the body that the endpoint does not know. `type` is what the caller says the body is. */
const readBody = (
  request: HttpServerRequest.HttpServerRequest,
  body: ReadonlySet<string> | "any",
  type: string | undefined
): Effect.Effect<ReadonlyArray<string>, PayloadTooLarge | UnsupportedMediaType> => {
  if (Number(request.headers["content-length"] ?? 0) > maxBodyBytes) return tooLarge
  return request.text.pipe(
    Effect.provideService(HttpIncomingMessage.MaxBodySize, ByteSize.bytes(maxBodyBytes)),
    Effect.catchIf(HttpServerError.isHttpServerError, () => tooLarge),
    Effect.flatMap((text) => {
      if (text !== "" && type !== undefined && !/^application\/([\w.+-]*\+)?json\b/i.test(type)) {
        return new UnsupportedMediaType({ error: { message: `Expected application/json, got ${type}` } })
      }
      return Effect.succeed(body === "any" ? [] : unknownNames(text, body))
    })
  )
}

const tooLarge = Effect.suspend(
  () => new PayloadTooLarge({ error: { message: `Expected a body of at most ${maxBodyBytes} bytes` } })
)

const unknownNames = (text: string, names: ReadonlySet<string>): ReadonlyArray<string> => {
  try {
    const body: unknown = JSON.parse(text)
    if (typeof body !== "object" || body === null || Array.isArray(body)) return []
    return Object.keys(body).filter((name) => !names.has(name))
  } catch {
    // The schema says what is wrong with it.
    return []
  }
}

const isStrict = (request: HttpServerRequest.HttpServerRequest) =>
  /\bhandling\s*=\s*"?strict\b/i.test(request.headers["prefer"] ?? "")

const unknownName = (name: string) => ({ path: [name], message: "Unknown to this endpoint" })

const format = SchemaIssue.makeFormatterStandardSchemaV1()

const explain = (failure: HttpApiError.HttpApiSchemaError): Effect.Effect<never, ValidationFailed> => {
  if (failure.kind === "Body" || failure.kind === "ResponseHeaders") return Effect.die(failure)
  const issues = format(failure.cause.issue).issues.map(({ message, path }) => ({
    path: (path ?? []).map((segment) => (typeof segment === "object" ? segment.key : segment)),
    message
  }))
  if (failure.kind === "Params") return ValidationFailed.because(issues[0]?.message ?? "Invalid path")
  return ValidationFailed.issues(issues, failure.kind === "Query" ? "Query validation failed" : "Validation failed")
}
