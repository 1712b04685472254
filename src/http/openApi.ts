/** The OpenAPI document, derived from the API's declaration. */
import { Context, Layer, Option } from "effect"
import { HttpApi, type HttpApiEndpoint, type HttpApiGroup, OpenApi } from "effect/http-api"
import * as SchemaAST from "effect/SchemaAST"
import { type Example, Requires, Sample } from "./endpoint.ts"
import { Authentication } from "./middleware/Authentication.ts"
import { Idempotency } from "./middleware/Idempotency.ts"
import { Versioned } from "./middleware/Versioned.ts"
import { type Echoed, echoing, exampleOf } from "./openApiExamples.ts"
import { isObject, type JsonSchema, type Naming, naming, plain, querySchemas, referenceOf } from "./openApiSchemas.ts"

type Components = Readonly<Record<string, JsonSchema>>

const documents = new WeakMap<object, OpenApi.OpenAPISpec>()

/** The document of an API: made once, and not to be changed. */
export const openApi = <Groups extends HttpApiGroup.Constraint>(
  api: HttpApi.HttpApi<"psa", Groups>
): OpenApi.OpenAPISpec => {
  const known = documents.get(api)
  if (known !== undefined) return known
  const document = OpenApi.fromApi(documented(api))
  documents.set(api, document)
  return document
}

/** The same API, for whoever derives its document: it comes out as it is here. */
export const documented = <Groups extends HttpApiGroup.Constraint>(api: HttpApi.HttpApi<"psa", Groups>) =>
  api.annotate(OpenApi.Transform, (derived) => refined(endpointsOf(api), derived as OpenApi.OpenAPISpec))

/** The document of the edition that is being served, made when it is first asked for. */
export class ApiDocument extends Context.Service<
  ApiDocument,
  {
    readonly document: () => OpenApi.OpenAPISpec
  }
>()("psa/http/ApiDocument") {
  static readonly layer = <Groups extends HttpApiGroup.Constraint>(api: HttpApi.HttpApi<"psa", Groups>) =>
    Layer.succeed(ApiDocument, { document: () => openApi(api) })
}

interface Response {
  readonly description: string
  readonly headers: Readonly<Record<string, { readonly $ref: string }>>
  readonly content: Readonly<Record<string, Media>>
}

interface Media {
  readonly schema: JsonSchema
  readonly example?: unknown
}

interface Document {
  readonly nameOf: Naming
  readonly schemas: Components
  /** Answers that many operations share, by name: filled on the way. */
  readonly responses: Record<string, Response>
}

const refined = (endpoints: Endpoints, derived: OpenApi.OpenAPISpec): Record<string, unknown> => {
  const { components, info, paths, tags } = derived
  const nameOf = naming(Object.keys(components.schemas))
  const schemas = Object.fromEntries(
    Object.entries(components.schemas).map(([name, schema]) => [nameOf(name), asSchema(plain(schema, nameOf))])
  )
  const document: Document = { nameOf, schemas, responses: {} }
  const refinedPaths = mapValues(paths, (item) =>
    mapValues(item, (operation) =>
      isOperation(operation) ? refinedOperation(operation, endpoints.get(operation.operationId), document) : operation
    )
  )
  return {
    openapi: derived.openapi,
    info: { ...info, description: `${info.description ?? ""}\n\n${conventions}`.trim(), license },
    servers: [{ url: "/", description: "The service that this document comes from" }],
    security: [{ apiKey: [] }],
    tags,
    paths: refinedPaths,
    components: {
      schemas: used(schemas, [refinedPaths, document.responses]),
      responses: document.responses,
      headers,
      securitySchemes: { apiKey: { type: "apiKey", in: "header", name: "x-api-key", description: keyDescription } }
    }
  }
}

const license = { name: "Proprietary", identifier: "LicenseRef-Proprietary" }

const keyDescription = "An API key. It acts for the user it was made for, in their tenant, with their permissions."

const conventions = `One thing comes as \`{ data }\`, a list as \`{ data, pagination, meta }\`, a failure as
\`{ error: { code, message, details? } }\`. A request is refused for its key (401), its rate (429), its permissions (403),
its form (400) and what it names (404), in this order. A query parameter or body field that an endpoint does not know is
ignored, and named in \`meta.ignored\`; with the header \`Prefer: handling=strict\` it is a 400. An empty query parameter is
an absent one. Every answer carries \`X-Request-Id\`: the caller's, if it sent one. Times are ISO 8601 in UTC, ids are
UUIDs, money is in the currency's smallest unit.`.replaceAll("\n", " ")

const asSchema = (schema: unknown): JsonSchema => (isObject(schema) ? schema : {})

const mapValues = <A, B>(record: Readonly<Record<string, A>>, f: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, f(value)]))

const isOperation = (value: unknown): value is OpenApi.OpenAPISpecOperation => isObject(value) && "operationId" in value

type Endpoints = ReadonlyMap<string, HttpApiEndpoint.Top>

/** Every endpoint, by the id of its operation. */
const endpointsOf = <Groups extends HttpApiGroup.Constraint>(api: HttpApi.HttpApi<"psa", Groups>): Endpoints => {
  const endpoints = new Map<string, HttpApiEndpoint.Top>()
  HttpApi.reflect(api, {
    onGroup: () => {},
    onEndpoint: ({ endpoint, group }) => {
      const id = group.topLevel ? endpoint.identifier : `${group.identifier}.${endpoint.identifier}`
      endpoints.set(
        Context.getOrElse(endpoint.annotations, OpenApi.Identifier, () => id),
        endpoint
      )
    }
  })
  return endpoints
}

const refinedOperation = (
  operation: OpenApi.OpenAPISpecOperation,
  endpoint: HttpApiEndpoint.Top | undefined,
  document: Document
): Record<string, unknown> => {
  if (endpoint === undefined) return { ...operation }
  const { parameters, requestBody, responses, ...rest } = operation
  const guarded = endpoint.middlewares.has(Authentication)
  const requires = Option.getOrElse(Context.getOption(endpoint.annotations, Requires), () => [])
  const sample: Example = Option.getOrElse(Context.getOption(endpoint.annotations, Sample), () => ({}))
  const body = requestBody === undefined ? undefined : withExample(requestBody.content, sample.request, document)
  const request = body?.["application/json"]?.example
  const answers = Object.entries(responses).filter(([status]) => canHappen(Number(status), endpoint, requires.length))
  const queries = parameters.some((parameter) => parameter.in === "query") ? querySchemas(endpoint) : {}
  return {
    ...rest,
    "x-required-permissions": requires,
    security: guarded ? [{ apiKey: [] }] : [],
    parameters: [
      ...parameters.map((parameter) => refinedParameter(parameter, queries, document)),
      ...requestHeaders(endpoint)
    ],
    ...(body === undefined
      ? {}
      : { requestBody: { ...requestBody, content: body, required: endpoint.method !== "DELETE" } }),
    responses: Object.fromEntries([
      ...answers.map(([status, response]) =>
        Number(status) < 400
          ? [
              status,
              success(status, response, { endpoint, guarded, request, queries, sample: sample.response }, document)
            ]
          : [status, failure(status, response, guarded, document)]
      ),
      ...(guarded ? [] : [["431", { description: statuses["431"] }]])
    ])
  }
}

/** The gates before every endpoint declare what they may answer; not all of it can come from each. */
const canHappen = (status: number, endpoint: HttpApiEndpoint.Top, required: number): boolean => {
  if (status === 412) return endpoint.method !== "GET"
  if (status === 413 || status === 415) return endpoint.payload.size > 0
  if (status === 403) return required > 0 || [...endpoint.error].some((error) => statusOf(error.ast) === 403)
  return true
}

const statusOf = (ast: SchemaAST.AST) => SchemaAST.resolve(ast)?.["httpApiStatus"]

const refinedParameter = (
  parameter: OpenApi.OpenAPISpecParameter,
  queries: Readonly<Record<string, JsonSchema>>,
  { nameOf }: Document
): Record<string, unknown> => {
  const { description, ...schema } = queries[parameter.name] ?? asSchema(plain(parameter.schema, nameOf))
  const explanation = description ?? parameterDescriptions[parameter.name]
  return {
    name: parameter.name,
    in: parameter.in,
    required: parameter.required,
    ...(explanation === undefined ? {} : { description: explanation }),
    ...(schema["type"] === "array" ? { style: "form", explode: false } : {}),
    schema
  }
}

/** The headers that an endpoint's middleware reads. */
const requestHeaders = ({ method, middlewares }: HttpApiEndpoint.Top) => [
  ...(middlewares.has(Idempotency)
    ? [
        {
          name: "Idempotency-Key",
          in: "header",
          required: false,
          description:
            "Any text of your own, of 1 to 255 characters. The request is done once for each; sent again within 24 hours, it gets the first answer",
          schema: { type: "string", minLength: 1, maxLength: 255 }
        }
      ]
    : []),
  ...(middlewares.has(Versioned) && method !== "GET"
    ? [
        {
          name: "If-Match",
          in: "header",
          required: false,
          description: "The `ETag` that was read: if it has changed since, nothing is done, and the answer is 412",
          schema: { type: "string" }
        }
      ]
    : [])
]

/** The headers that an endpoint's middleware adds to its answers. */
const answerHeaders = ({ middlewares }: HttpApiEndpoint.Top, status: string) => ({
  ...(middlewares.has(Versioned) && status !== "204" ? { ETag: { $ref: "#/components/headers/ETag" } } : {}),
  ...(middlewares.has(Idempotency)
    ? { "Idempotency-Replayed": { $ref: "#/components/headers/Idempotency-Replayed" } }
    : {})
})

/** What the parameters that all lists share are for. */
const parameterDescriptions: Readonly<Record<string, string>> = {
  page: "Which page, from 1",
  limit: "How many a page; `pageSize` and `page_size` are taken for it",
  sort: "What the list is ordered by; `sort_by` is taken for it",
  order: "Up or down; `sort_order` is taken for it",
  search: "Only what contains this text, in whatever case",
  cursor: "Where to go on: `pagination.nextCursor` of the page before, instead of `page`"
}

const withExample = (
  content: OpenApi.OpenApiSpecContent,
  sample: unknown,
  { nameOf, schemas }: Document,
  echoed: Echoed = {}
): Record<string, Media> =>
  Object.fromEntries(
    Object.entries(content).map(([type, media]): [string, Media] => {
      const schema = asSchema(plain(media.schema, nameOf))
      if (type !== "application/json") return [type, { schema }]
      const example = sample ?? echoing(exampleOf(schema, schemas), echoed)
      return [type, example === undefined ? { schema } : { schema, example }]
    })
  )

const success = (
  status: string,
  { content, description, headers: own }: OpenApi.OpenApiSpecResponse,
  about: { readonly endpoint: HttpApiEndpoint.Top; readonly guarded: boolean; readonly sample: unknown } & Echoed,
  document: Document
) => ({
  description: /^(Success|<No Content>)$/.test(description) ? (statuses[status] ?? "Done") : description,
  headers: { ...headersOf(status, about.guarded), ...answerHeaders(about.endpoint, status), ...own },
  ...(content === undefined ? {} : { content: withExample(content, about.sample, document, about) })
})

/** A failure is the same on every endpoint that declares it, so it is said once. */
const failure = (
  status: string,
  { content = {}, description }: OpenApi.OpenApiSpecResponse,
  guarded: boolean,
  { nameOf, responses, schemas }: Document
): Response | { readonly $ref: string } => {
  const schema = asSchema(plain(content["application/json"]?.schema, nameOf))
  const names = [schema, ...(Array.isArray(schema["anyOf"]) ? schema["anyOf"] : [])].flatMap(
    (one) => referenceOf(one) ?? []
  )
  const explained = statuses[status] ?? description
  const example = failureExample(exampleOf(schema, schemas), explained)
  const response = {
    description: explained,
    headers: headersOf(status, guarded),
    content: { "application/json": { schema, example } }
  }
  if (!guarded || names.length === 0) return response
  const name = names.sort().join("Or")
  responses[name] ??= response
  return { $ref: `#/components/responses/${name}` }
}

const failureExample = (example: unknown, message: string): unknown => {
  if (!isObject(example) || !isObject(example["error"])) return example
  const { code } = example["error"]
  const details = code === "VALIDATION_ERROR" ? { details: [{ path: ["name"], message: "Missing key" }] } : {}
  return { ...example, error: { code, message, ...details } }
}

const statuses: Readonly<Record<string, string>> = {
  200: "Done",
  201: "Created",
  202: "Accepted, to be done later",
  204: "Done, and nothing to tell",
  400: "The request does not fit: `details` says what, and where",
  401: "No API key, or one that is not valid (any more)",
  403: "The caller's roles do not allow this",
  404: "There is no such thing in the caller's tenant",
  409: "Not in the state that things are in",
  412: "It has changed since the version that `If-Match` names",
  413: "The body is too long",
  415: "The body is of a type that is not read here",
  422: "The `Idempotency-Key` was used for another request",
  429: "Too many requests: `Retry-After` says when to come back",
  431: "The request's headers are too long",
  503: "Not able to do this now"
}

const header = (description: string, schema: JsonSchema) => ({ description, schema })

const headers = {
  "X-Request-Id": header("The request's id, in our log too: the caller's own, if it sent one", { type: "string" }),
  "X-RateLimit-Limit": header("How many requests the key may make at once", { type: "integer" }),
  "X-RateLimit-Remaining": header("How many are left; they come back at one a second", { type: "integer" }),
  "X-RateLimit-Reset": header("When the next request may be made", { type: "string", format: "date-time" }),
  "Retry-After": header("How many seconds to wait", { type: "integer" }),
  ETag: header("The version of what is answered, for `If-Match`", { type: "string" }),
  "Idempotency-Replayed": header("`true`, if this is the first answer to the same request again", { type: "string" })
}

/** The headers that an answer carries. Who has no valid key has no rate limit either. */
const headersOf = (status: string, guarded: boolean) => {
  const names: Array<keyof typeof headers> = ["X-Request-Id"]
  if (guarded && status !== "401") names.push("X-RateLimit-Limit", "X-RateLimit-Remaining")
  if (status === "429") names.push("X-RateLimit-Reset", "Retry-After")
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]))
}

/** The schemas that something refers to, directly or by way of another. */
const used = (schemas: Components, roots: unknown): Components => {
  const found = new Set<string>()
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return
    const name = referenceOf(value)
    if (name !== undefined && !found.has(name)) {
      found.add(name)
      visit(schemas[name])
    }
    for (const inner of Object.values(value)) visit(inner)
  }
  visit(roots)
  return Object.fromEntries(Object.entries(schemas).filter(([name]) => found.has(name)))
}
