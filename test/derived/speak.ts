/** Sends requests to declared endpoints, and holds every answer against what is declared. */
import { afterAll, assert, layer } from "@effect/vitest"
import { Effect, Exit, Schema } from "effect"
import { HttpApiSchema } from "effect/http-api"
import { SqlClient } from "effect/sql"
import type { Permission } from "../../src/domain/Permission.ts"
import { exampleOf } from "../../src/http/openApiExamples.ts"
import { newId } from "../../src/services/ids.ts"
import { TenantService } from "../../src/services/TenantService.ts"
import { type Answer, type Client, keyOf, makeTenant, serviceOf, type TestTenant } from "../support/service.ts"
import { type Endpoint, installed } from "./declared.ts"
import { features } from "./registry.ts"

/** A group of tests over the richest edition that is installed. */
export const suite = layer(serviceOf(installed.edition), { excludeTestServices: true })

let checks = 0

/** Says at the end how much was checked. */
export const reportChecks = (what: string) =>
  afterAll(() => {
    process.stdout.write(`${what}: ${checks} derived checks on ${installed.endpoints.length} endpoints\n`)
  })

/** One thing that must hold; counted. */
export const check = (holds: boolean, message: () => string) => {
  checks++
  if (!holds) assert.fail(message())
}

export const equal = (actual: unknown, expected: unknown, what: string) => {
  checks++
  assert.deepStrictEqual(actual, expected, what)
}

export interface Sending {
  /** Values for the path's parameters in their order, encoded. */
  readonly path?: ReadonlyArray<string>
  /** With its question mark. */
  readonly query?: string
  readonly body?: unknown
  readonly headers?: Record<string, string>
}

/** The path with its parameters filled in. */
export const urlOf = ({ params, path }: Endpoint, values: ReadonlyArray<string> = [], query = "") =>
  params.reduce((url, { name }, index) => url.replace(`:${name}`, values[index] ?? ""), path) + query

/** The query that an endpoint cannot do without, with its question mark; empty, if it needs none. */
export const neededQuery = ({ query }: Endpoint) => {
  const needed = query
    .filter(({ required }) => required)
    .map(({ name, schema }): [string, string] => [name, String(exampleOf(schema, installed.schemas, name))])
  return needed.length === 0 ? "" : `?${new URLSearchParams(needed)}`
}

/** Sends a request to an endpoint, and checks that its answer is one that it declares. */
export const send = Effect.fnUntraced(function* (client: Client, endpoint: Endpoint, sending: Sending = {}) {
  const url = urlOf(endpoint, sending.path, sending.query)
  const answer = yield* client.send(endpoint.method, url, sending.body, sending.headers)
  const sent = () => `${endpoint.method} ${url} ${describe(sending.body)} -> ${answer.status} ${describe(answer.body)}`
  checkAnswer(endpoint, answer, sent)
  return answer
})

const describe = (value: unknown) => (value === undefined ? "" : JSON.stringify(value).slice(0, 600))

/** Never a 5xx; a documented status; a body that fits the schema declared for it, with nothing undeclared in it. */
export const checkAnswer = (endpoint: Endpoint, answer: Answer, sent: () => string) => {
  const { body, headers, status } = answer
  check(status < 500, () => `A server error: ${sent()}`)
  check(headers.get("x-request-id") !== null, () => `No X-Request-Id: ${sent()}`)
  if (endpoint.guarded && status !== 401) {
    check(headers.get("x-ratelimit-limit") !== null, () => `No rate limit headers: ${sent()}`)
  }
  if (status >= 400) check(isFailure(body), () => `Not the error envelope: ${sent()}`)
  check(endpoint.documented.has(status), () => `An undocumented status: ${sent()}`)
  const declared = (status < 400 ? endpoint.successes : endpoint.errors).get(status) ?? []
  const problems = declared.map((schema) => problemOf(schema, answer))
  check(
    problems.some((problem) => problem === undefined),
    () => `Not as declared: ${sent()}\n${problems.join("\n")}`
  )
}

const isFailure = (body: unknown) =>
  typeof body === "object" &&
  body !== null &&
  "error" in body &&
  typeof body.error === "object" &&
  body.error !== null &&
  "code" in body.error &&
  typeof body.error.code === "string" &&
  "message" in body.error &&
  typeof body.error.message === "string"

type Decode = (body: unknown) => Exit.Exit<unknown, Schema.SchemaError>
const decoders = new WeakMap<Schema.Top, Decode>()

const decoderOf = (schema: Schema.Top): Decode => {
  const known = decoders.get(schema)
  if (known !== undefined) return known
  // Schemas of an API need no services, which their most general type cannot say.
  const codec = Schema.toCodecJson(schema as Schema.Top & { readonly DecodingServices: never })
  const decode = Schema.decodeUnknownExit(codec, { onExcessProperty: "error", errors: "all" })
  decoders.set(schema, decode)
  return decode
}

/** What keeps an answer from fitting a schema, if anything does. */
const problemOf = (schema: Schema.Top, { body, headers }: Answer): string | undefined => {
  if (HttpApiSchema.isNoContent(schema.ast)) return body === "" ? undefined : "Expected no body"
  if (headers.get("content-type")?.includes("json") !== true) return undefined
  const exit = decoderOf(schema)(body)
  return Exit.isSuccess(exit) ? undefined : String(exit.cause)
}

/** A body that the endpoint documents as an example, if it reads one. */
export const exampleBody = ({ body, operation }: Endpoint): unknown => {
  if (body === undefined) return undefined
  const { requestBody } = operation as {
    readonly requestBody?: { readonly content: Readonly<Record<string, { readonly example?: unknown }>> }
  }
  return requestBody?.content["application/json"]?.example ?? {}
}

/** A new tenant that nothing is switched off for. */
export const freshTenant = Effect.gen(function* () {
  const tenants = yield* TenantService
  const tenant = yield* makeTenant
  for (const feature of features) yield* tenants.setFeature(tenant.tenant.tenant, feature, true)
  return tenant
})

/** Speaks as somebody who holds every permission of the tenant but `missing`. */
export const allBut = Effect.fnUntraced(function* (tenant: TestTenant, missing?: Permission) {
  const sql = yield* SqlClient.SqlClient
  const tenants = yield* TenantService
  const owner = tenant.tenant.tenant
  const role = {
    tenant: owner,
    role_id: newId(),
    role_name: `All but ${missing ?? "nothing"}`,
    msp: true,
    client: false
  }
  yield* sql`INSERT INTO roles ${sql.insert(role)}`.pipe(Effect.orDie)
  yield* sql`INSERT INTO role_permissions (tenant, role_id, permission_id)
    SELECT tenant, ${role.role_id}::uuid, permission_id FROM permissions
    WHERE tenant = ${owner} AND msp AND resource || ':' || action <> ${missing ?? ""}`.pipe(Effect.orDie)
  const user = yield* tenants
    .createUser(owner, { email: `${role.role_id}@example.com`, roles: [role.role_name] })
    .pipe(Effect.orDie)
  return yield* keyOf(owner, user.user_id)
})
