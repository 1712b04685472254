/**
 * What the installed edition declares, endpoint by endpoint: the derived tests are made from it, so that an endpoint is
 * tested from the moment it is there. With `ee/` that is the Enterprise Edition, which has all of Community's.
 */
import { existsSync } from "node:fs"
import { Context, Option, type Schema } from "effect"
import { HttpApi, type HttpApiEndpoint, type HttpApiGroup, OpenApi } from "effect/http-api"
import type { Permission } from "../../src/domain/Permission.ts"
import { CommunityApi } from "../../src/http/Api.ts"
import { type Example, Requires, Sample } from "../../src/http/endpoint.ts"
import { openApi } from "../../src/http/openApi.ts"
import { isObject, type JsonSchema, referenceOf } from "../../src/http/openApiSchemas.ts"
import { community, type Edition } from "../../src/layers/Edition.ts"

export interface Parameter {
  readonly name: string
  readonly required: boolean
  readonly schema: JsonSchema
}

/** A part of a path that differs: its name, and the segment before it, which says what kind of thing it names. */
export interface PathParameter extends Parameter {
  readonly kind: string
}

export interface Endpoint {
  /** `boards.list`. */
  readonly id: string
  readonly method: string
  /** `/api/v1/boards/:id`. */
  readonly path: string
  readonly declaration: HttpApiEndpoint.Top
  /** Needs a key. */
  readonly guarded: boolean
  readonly requires: ReadonlyArray<Permission>
  readonly example: Example
  readonly params: ReadonlyArray<PathParameter>
  readonly query: ReadonlyArray<Parameter>
  /** The JSON body it reads, if it reads one. */
  readonly body: JsonSchema | undefined
  readonly successes: ReadonlyMap<number, ReadonlyArray<Schema.Top>>
  readonly errors: ReadonlyMap<number, ReadonlyArray<Schema.Top>>
  /** The statuses that its OpenAPI entry lists. */
  readonly documented: ReadonlySet<number>
  readonly operation: Readonly<Record<string, unknown>>
}

/** Is it a list, with pages and orders? */
export const isList = ({ query }: Endpoint) =>
  ["page", "limit", "sort", "order"].every((name) => query.some((parameter) => parameter.name === name))

type Operations = Readonly<Record<string, Readonly<Record<string, unknown>>>>

const records = (value: unknown): ReadonlyArray<Record<string, unknown>> =>
  Array.isArray(value) ? value.filter(isObject) : []
const within = (value: unknown, ...path: ReadonlyArray<string>): unknown =>
  path.reduce((inner: unknown, name) => (isObject(inner) ? inner[name] : undefined), value)

const parametersOf = (operation: Readonly<Record<string, unknown>>, where: string): ReadonlyArray<Parameter> =>
  records(operation["parameters"])
    .filter((parameter) => parameter["in"] === where)
    .map(({ name, required, schema }) => ({
      name: String(name),
      required: required === true,
      schema: isObject(schema) ? schema : {}
    }))

/** Every endpoint of an API. */
export const endpointsOf = <Groups extends HttpApiGroup.Constraint>(
  api: HttpApi.HttpApi<"psa", Groups>
): ReadonlyArray<Endpoint> => {
  const document = openApi(api)
  const paths: Readonly<Record<string, unknown>> = document.paths
  const operations: Operations = Object.fromEntries(
    Object.values(paths)
      .flatMap((item) => (isObject(item) ? Object.values(item) : []))
      .filter(isObject)
      .map((operation) => [String(operation["operationId"]), operation])
  )
  const endpoints: Array<Endpoint> = []
  HttpApi.reflect(api, {
    onGroup: () => {},
    onEndpoint: ({ endpoint, errors, group, successes }) => {
      const name = `${group.identifier}.${endpoint.identifier}`
      const id = Context.getOrElse(endpoint.annotations, OpenApi.Identifier, () => name)
      const operation = operations[id]
      if (operation === undefined) throw new Error(`${id} is not in the OpenAPI document`)
      const segments = endpoint.path.split("/")
      const body = within(operation, "requestBody", "content", "application/json", "schema")
      const responses = operation["responses"]
      endpoints.push({
        id,
        method: endpoint.method,
        path: endpoint.path,
        declaration: endpoint,
        guarded: records(operation["security"]).length > 0,
        requires: Option.getOrElse(Context.getOption(endpoint.annotations, Requires), () => []),
        example: Option.getOrElse(Context.getOption(endpoint.annotations, Sample), () => ({})),
        params: parametersOf(operation, "path").map((parameter) => ({
          ...parameter,
          kind: segments[segments.indexOf(`:${parameter.name}`) - 1] ?? ""
        })),
        query: parametersOf(operation, "query"),
        body: isObject(body) ? body : undefined,
        successes,
        errors,
        documented: new Set(isObject(responses) ? Object.keys(responses).map(Number) : []),
        operation
      })
    }
  })
  return endpoints
}

interface Installed {
  readonly edition: Edition
  readonly endpoints: ReadonlyArray<Endpoint>
  /** Those that need a key. */
  readonly guarded: ReadonlyArray<Endpoint>
  /** The components that the schemas refer to. */
  readonly schemas: Readonly<Record<string, JsonSchema>>
}

const install = <Groups extends HttpApiGroup.Constraint>(
  edition: Edition,
  api: HttpApi.HttpApi<"psa", Groups>
): Installed => {
  const endpoints = endpointsOf(api)
  return {
    edition,
    endpoints,
    guarded: endpoints.filter(({ guarded }) => guarded),
    schemas: openApi(api).components.schemas
  }
}

const load = async (): Promise<Installed> => {
  const path = (relative: string) => new URL(relative, import.meta.url)
  if (!existsSync(path("../../ee/layers/Enterprise.ts"))) return install(community, CommunityApi)
  const layers: { readonly enterprise: Edition } = await import(path("../../ee/layers/Enterprise.ts").href)
  const http: { readonly EnterpriseApi: typeof CommunityApi } = await import(path("../../ee/http/Api.ts").href)
  return install(layers.enterprise, http.EnterpriseApi)
}

/** The richest edition that is installed. */
export const installed = await load()

/** What a schema is, past any reference. */
export const resolved = (schema: unknown): JsonSchema => {
  const reference = referenceOf(schema)
  if (reference !== undefined) return resolved(installed.schemas[reference])
  return isObject(schema) ? schema : {}
}

/** `GET /api/v1/boards/:id`. */
export const nameOf = ({ method, path }: Endpoint) => `${method} ${path}`
