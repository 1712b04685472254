/** The whole service over a database of the test file's own, listening on a port of its own. */
import { randomUUID } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { layer } from "@effect/vitest"
import { ConfigProvider, Context, Effect, Layer, References } from "effect"
import { HttpRouter, HttpServer } from "effect/http"
import { SqlClient } from "effect/sql"
import { inject } from "vitest"
import { Actor } from "../../src/domain/Actor.ts"
import type { Permission } from "../../src/domain/Permission.ts"
import { ContentStoreLive } from "../../src/layers/Content.ts"
import { layerSocket } from "../../src/layers/Database.ts"
import { community, type Edition } from "../../src/layers/Edition.ts"
import { RateLimiterLive } from "../../src/layers/RateLimitStore.ts"
import { Settings } from "../../src/layers/Settings.ts"
import { ApiKeyService } from "../../src/services/ApiKeyService.ts"
import { type CreatedTenant, TenantService } from "../../src/services/TenantService.ts"
import { template } from "./cluster.ts"

/** A new database, migrated; it goes with the run's cluster. */
export const database = Layer.unwrap(
  Effect.gen(function* () {
    const socket = inject("postgres")
    const name = `test_${randomUUID().replaceAll("-", "")}`
    yield* Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* sql.unsafe(`CREATE DATABASE ${name} TEMPLATE ${template}`)
    }).pipe(Effect.provide(layerSocket(socket, 1)))
    return layerSocket(socket, 4, name)
  })
)

/** Settings as the environment `env` makes them. */
export const settings = (env: Record<string, string> = {}) =>
  Settings.layer.pipe(Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env }))))

/** Settings with a data directory of their own, which goes with them. */
const ownSettings = (env: Record<string, string>) =>
  Layer.unwrap(
    Effect.map(
      Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "psa-test-"))),
        (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
      ),
      (directory) => settings({ DATA_DIR: directory, ...env })
    )
  )

/** Where the service under test listens. */
export class Service extends Context.Service<Service, { readonly url: string }>()("test/Service") {}

/** The edition over HTTP. Rate limits only observe, unless `env` says otherwise: tests are in a hurry. */
export const serviceOf = (edition: Edition, env: Record<string, string> = {}) => {
  const server = HttpRouter.serve(edition.routes, {
    disableListenLog: true,
    disableLogger: true,
    routerConfig: { ignoreTrailingSlash: true, maxParamLength: 500 }
  })
  const url = Layer.effect(
    Service,
    Effect.map(HttpServer.HttpServer, ({ address }) => ({
      url: HttpServer.formatAddress(address).replace("0.0.0.0", "127.0.0.1")
    }))
  )
  return Layer.mergeAll(server, url).pipe(
    // The same one that the service has: a layer is made once.
    Layer.provideMerge(ContentStoreLive),
    Layer.provide(NodeHttpServer.layer(createServer, { host: "127.0.0.1", port: 0 })),
    Layer.provide(RateLimiterLive),
    Layer.provideMerge(Layer.mergeAll(TenantService.layer, ApiKeyService.layer)),
    Layer.provide(edition.access),
    Layer.provideMerge(ownSettings({ RATE_LIMIT_ENFORCE: "false", ...env })),
    Layer.provideMerge(database),
    Layer.provideMerge(Layer.succeed(References.MinimumLogLevel, "Warn"))
  )
}

export const communityService = serviceOf(community)

/** A tenant with an administrator, and helpers to speak as somebody in it. */
export interface TestTenant extends CreatedTenant {
  /** Speaks with the administrator's key. */
  readonly admin: Client
  /** A new user with these roles, and a client that speaks as them. */
  readonly as: (
    ...roles: ReadonlyArray<string>
  ) => Effect.Effect<Client, never, TenantService | ApiKeyService | Service>
}

let counter = 0

/** A tenant of its own for the test. */
export const makeTenant = Effect.gen(function* () {
  const tenants = yield* TenantService
  const name = `tenant-${process.pid}-${++counter}`
  const created = yield* tenants.create({ client_name: name, email: `admin@${name}.example` }).pipe(Effect.orDie)
  const tenant = created.tenant.tenant
  const as = (...roles: ReadonlyArray<string>) =>
    Effect.gen(function* () {
      const tenants = yield* TenantService
      const user = yield* tenants
        .createUser(tenant, { email: `user${++counter}@${name}.example`, roles })
        .pipe(Effect.orDie)
      return yield* keyOf(tenant, user.user_id)
    })
  return { ...created, as, admin: yield* keyOf(tenant, created.user.user_id) } satisfies TestTenant
})

/** A client with a new key of a user. */
export const keyOf = Effect.fnUntraced(function* (tenant: string, userId: string) {
  const keys = yield* ApiKeyService
  const { url } = yield* Service
  const { api_key } = yield* keys.create({}).pipe(
    Effect.provideService(Actor, {
      tenant,
      userId,
      userType: "internal",
      apiKeyId: undefined,
      permissions: new Set<Permission>()
    }),
    Effect.orDie
  )
  return client(url, { "x-api-key": api_key })
})

/** An answer: what a client sees of it. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever the answer holds
  readonly body: any
}

export interface Client {
  readonly headers: Readonly<Record<string, string>>
  readonly send: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>
  ) => Effect.Effect<Answer>
  readonly get: (path: string, headers?: Record<string, string>) => Effect.Effect<Answer>
  readonly post: (path: string, body?: unknown, headers?: Record<string, string>) => Effect.Effect<Answer>
  readonly put: (path: string, body?: unknown, headers?: Record<string, string>) => Effect.Effect<Answer>
  readonly delete: (path: string, body?: unknown, headers?: Record<string, string>) => Effect.Effect<Answer>
}

/** Speaks plain HTTP, as any client would. `undefined` sends no body, a string goes as it is, anything else as JSON. */
export const client = (url: string, headers: Readonly<Record<string, string>> = {}): Client => {
  const send =
    (method: string) =>
    (path: string, body?: unknown, more: Record<string, string> = {}) =>
      Effect.promise(async (): Promise<Answer> => {
        const response = await fetch(url + path, {
          method,
          headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers, ...more },
          ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) })
        })
        const text = await response.text()
        const json = response.headers.get("content-type")?.includes("json") === true && text !== ""
        return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text }
      })
  return {
    headers,
    send: (method, path, body, more) => send(method)(path, body, more),
    get: (path, more) => send("GET")(path, undefined, more),
    post: send("POST"),
    put: send("PUT"),
    delete: send("DELETE")
  }
}

/** A group of tests over the Community Edition, in real time: `suite("boards", (it) => { it.effect(...) })`. */
export const suite = layer(communityService, { excludeTestServices: true })
