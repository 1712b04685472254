/**
 * Reads what came in before the schemas do. Empty query values are absent ones, the names that existing clients use for
 * a page's size are one, a body is of the right type and length, and what nobody asked for is noted, or refused when the
 * caller prefers strictness. What then does not fit its schema is a 400 with one entry per issue.
 */
import { ByteSize, Context, Effect, Layer, Schema } from "effect"
import { Headers, HttpIncomingMessage, HttpServerError, HttpServerRequest } from "effect/http"
import { type HttpApiEndpoint, HttpApiError, HttpApiMiddleware } from "effect/http-api"
import * as SchemaAST from "effect/SchemaAST"
import * as SchemaIssue from "effect/SchemaIssue"
import type { unhandled } from "effect/Types"
import { PayloadTooLarge, UnsupportedMediaType, ValidationFailed } from "../../domain/Errors.ts"
import { StrictBody } from "../endpoint.ts"
import { type FieldRange, readRange, selectorOf } from "../fieldRanges.ts"
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
    const { ignored, query, ranges } = readQuery(sent, accepts)
    const proceed = (alsoIgnored: ReadonlyArray<string>) => {
      const all = [...ignored, ...alsoIgnored]
      const refused = isStrict(request) ? all : accepts.isStrict ? alsoIgnored : []
      if (refused.length > 0) return Effect.fail(ValidationFailed.issues(refused.map(unknownName)))
      const facts = factsOf(request)
      facts.ignored = all
      const read =
        query === sent ? explained : Effect.provideService(explained, HttpServerRequest.ParsedSearchParams, query)
      if (ranges.length === 0) return read
      return Effect.flatMap(readRanges(ranges), (parts) => {
        facts.ranges = parts
        return read
      })
    }
    // What the parts of a form are is for whoever reads them.
    if (accepts.body === undefined || (accepts.files && isMultipart(request))) return proceed([])
    const reader = asJson(request)
    const read = Effect.flatMap(readBody(reader, accepts.body, request.headers["content-type"]), proceed)
    const seen = endpoint.method === "DELETE" ? orEmpty(reader) : reader
    if (seen === request) return read
    shareFacts(request, seen)
    return Effect.provideService(read, HttpServerRequest.HttpServerRequest, seen)
  })
})

/** What an endpoint knows of its query and its JSON body. */
interface Accepts {
  readonly query: ReadonlySet<string>
  /** Query names whose value is a list: repeated, they add up. */
  readonly lists: ReadonlySet<string>
  /** The names in the body: all, if it is free JSON; absent, if the endpoint reads no JSON. */
  readonly body: ReadonlySet<string> | "any" | undefined
  /** Takes files too, in a multipart body. */
  readonly files: boolean
  /** Refuses names in the body that it does not know. */
  readonly isStrict: boolean
}

const known = new WeakMap<HttpApiEndpoint.Top, Accepts>()

const accepted = (endpoint: HttpApiEndpoint.Top): Accepts => {
  const cached = known.get(endpoint)
  if (cached !== undefined) return cached
  const query = propertiesOf(endpoint.query?.ast)
  const payloads = [...endpoint.payload.values()]
  const json = payloads.find(({ encoding }) => encoding._tag === "Json")
  const body = json === undefined ? undefined : propertiesOf(json.schemas[0].ast)
  const accepts: Accepts = {
    query: new Set(query.map(({ name }) => String(name))),
    lists: new Set(
      query.filter(({ type }) => SchemaAST.resolveAt<boolean>("csv")(type)).map(({ name }) => String(name))
    ),
    body: body === undefined ? undefined : body.length === 0 ? "any" : new Set(body.map(({ name }) => String(name))),
    files: payloads.some(({ encoding }) => encoding._tag === "Multipart"),
    isStrict: Context.getOrElse(endpoint.annotations, StrictBody, () => false)
  }
  known.set(endpoint, accepts)
  return accepts
}

const propertiesOf = (ast: SchemaAST.AST | undefined): ReadonlyArray<SchemaAST.PropertySignature> =>
  ast !== undefined && SchemaAST.isObjects(ast) ? ast.propertySignatures : []

/** Names that existing clients send for something we know by another. */
const aliases: Readonly<Record<string, string>> = {
  pageSize: "limit",
  page_size: "limit",
  search_term: "search",
  sort_by: "sort",
  sort_order: "order"
}

const readQuery = (sent: Readonly<Record<string, string | ReadonlyArray<string>>>, accepts: Accepts) => {
  const query: Record<string, string> = {}
  const ignored: Array<string> = []
  const ranges: Array<AskedRange> = []
  let isPlain = true
  for (const [name, value] of Object.entries(sent)) {
    const alias = aliases[name]
    const known = accepts.query.has(name) ? name : alias !== undefined && accepts.query.has(alias) ? alias : undefined
    isPlain &&= known === name && typeof value === "string" && value !== ""
    if (known === undefined) {
      const selector = accepts.query.has("range") ? selectorOf(name) : undefined
      if (selector === undefined) ignored.push(name)
      else ranges.push({ name, selector, range: String(typeof value === "string" ? value : value.at(-1)) })
      continue
    }
    const text = typeof value === "string" ? value : accepts.lists.has(known) ? value.join(",") : (value.at(-1) ?? "")
    if (text !== "" && (known === name || query[known] === undefined)) query[known] = text
  }
  const { field, range } = query
  if (accepts.query.has("range") && field !== undefined && range !== undefined) {
    ranges.push({ name: "range", selector: field, range })
  }
  return { query: isPlain ? sent : query, ignored, ranges }
}

/** Which part of a text a parameter asks for. */
interface AskedRange {
  readonly name: string
  readonly selector: string
  readonly range: string
}

/** The parts of texts that are asked for; fails for what is no range. */
const readRanges = (asked: ReadonlyArray<AskedRange>): Effect.Effect<ReadonlyArray<FieldRange>, ValidationFailed> => {
  const read = asked.map(({ range, selector }) => readRange(selector, range))
  const wrong = asked.filter((_, index) => read[index] === undefined)
  if (wrong.length === 0) return Effect.succeed(read.filter((range) => range !== undefined))
  const message = "Expected bytes as start-end, such as 0-999"
  return Effect.fail(
    ValidationFailed.issues(
      wrong.map(({ name }) => ({ path: [name], message })),
      "Query validation failed"
    )
  )
}

/**
 * The request as one that brings JSON, so that the router reads its body whatever it is called: `readBody` has judged
 * the type by then. One that brings nothing may call it what it likes.
 */
const asJson = (request: HttpServerRequest.HttpServerRequest) =>
  (request.headers["content-type"] ?? "application/json") === "application/json"
    ? request
    : request.modify({ headers: Headers.set(request.headers, "content-type", "application/json") })

/** A request to delete may come without a body, which says as much as an empty object. */
const orEmpty = (request: HttpServerRequest.HttpServerRequest): HttpServerRequest.HttpServerRequest => {
  const text = Effect.map(request.text, (sent) => (sent === "" ? "{}" : sent))
  return new Proxy(request, { get: (target, name) => (name === "text" ? text : Reflect.get(target, name)) })
}

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

/** Does the request say that it brings the parts of a form? */
export const isMultipart = ({ headers }: HttpServerRequest.HttpServerRequest) =>
  /^multipart\/form-data\b/i.test(headers["content-type"] ?? "")

/** The JSON that a request brings, for a handler that reads its body itself; 400 if it does not fit. */
export const readJson = <S extends Schema.Constraint & { readonly DecodingServices: never }>(
  request: HttpServerRequest.HttpServerRequest,
  schema: S
): Effect.Effect<S["Type"], ValidationFailed> =>
  request.text.pipe(
    Effect.orDie,
    Effect.map(parseJson),
    Effect.flatMap(Schema.decodeUnknownEffect(schema, { errors: "all" })),
    Effect.catchTag("SchemaError", ({ issue }) => ValidationFailed.issues(issuesOf(issue)))
  )

/** What a text is as JSON; undefined, which fits nothing, if it is none. */
const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export const isStrict = (request: HttpServerRequest.HttpServerRequest) =>
  /\bhandling\s*=\s*"?strict\b/i.test(request.headers["prefer"] ?? "")

export const unknownName = (name: string) => ({ path: [name], message: "Unknown to this endpoint" })

const format = SchemaIssue.makeFormatterStandardSchemaV1()

const explain = (failure: HttpApiError.HttpApiSchemaError): Effect.Effect<never, ValidationFailed> => {
  if (failure.kind === "Body" || failure.kind === "ResponseHeaders") return Effect.die(failure)
  const issues = issuesOf(failure.cause.issue)
  if (failure.kind === "Params") return malformedPath(issues[0]?.message ?? "Invalid path")
  return ValidationFailed.issues(issues, failure.kind === "Query" ? "Query validation failed" : "Validation failed")
}

const issuesOf = (issue: SchemaIssue.Issue) =>
  format(issue).issues.map(({ message, path }) => ({
    path: (path ?? []).map((segment) => (typeof segment === "object" ? segment.key : segment)),
    message
  }))

const malformedPath = (message: string): Effect.Effect<never, ValidationFailed> =>
  Effect.withFiber((fiber) => {
    factsOf(Context.getUnsafe(fiber.context, HttpServerRequest.HttpServerRequest)).isMalformedPath = true
    return Effect.fail(ValidationFailed.because(message))
  })
