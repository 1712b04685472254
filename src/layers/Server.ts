/** Serves an edition's API over HTTP. */
import { Effect, Layer } from "effect"
import { type HttpMethod, HttpMiddleware, HttpRouter, HttpServerRequest } from "effect/http"
import { HttpApi, HttpApiBuilder, type HttpApiGroup, HttpApiScalar } from "effect/http-api"
import { type KnownMethods, requestLog } from "../http/middleware/RequestLog.ts"
import { documented } from "../http/openApi.ts"
import { listening } from "./Listening.ts"
import { Settings } from "./Settings.ts"
import { metrics } from "./Telemetry.ts"

/** The API's routes, its documentation, and what is around every request. */
export const routes = <Groups extends HttpApiGroup.Constraint>(api: HttpApi.HttpApi<"psa", Groups>) =>
  Layer.mergeAll(HttpApiBuilder.layer(api), docs(api), requestLog(methodsOf(api)), cors, scraping)

/** `/metrics` beside the API, where there is a token to keep it by and no port of its own. */
const scraping = HttpRouter.use(
  Effect.fnUntraced(function* (router) {
    const { metricsPort, metricsToken } = yield* Settings
    if (metricsPort === undefined && metricsToken !== undefined) {
      yield* router.add("GET", "/metrics", yield* metrics(metricsToken))
    }
  })
)

/** The page for people at `/api/docs`. It is put together when it is first asked for. */
const docs = <Groups extends HttpApiGroup.Constraint>(api: HttpApi.HttpApi<"psa", Groups>) =>
  HttpRouter.use(
    Effect.fnUntraced(function* (router) {
      const page = yield* Effect.cached(
        HttpRouter.toHttpEffect(HttpApiScalar.layer(documented(api), { path: "/api/docs" }))
      )
      yield* router.add("GET", "/api/docs", Effect.scoped(Effect.flatten(page)))
    })
  )

/** What browsers may do, for requests that come from one: the others say nothing of an origin, and are left alone. */
const cors = Layer.unwrap(
  Effect.map(Settings, ({ corsOrigins }) => {
    const answerBrowsers = HttpMiddleware.cors({
      allowedOrigins: corsOrigins,
      allowedMethods: ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
      allowedHeaders: [
        "Content-Type",
        "X-API-Key",
        "X-Tenant-ID",
        "X-Request-ID",
        "Idempotency-Key",
        "If-Match",
        "If-None-Match",
        "If-Range",
        "Range",
        "Prefer"
      ],
      exposedHeaders: [
        "X-Request-ID",
        "X-RateLimit-Limit",
        "X-RateLimit-Remaining",
        "X-RateLimit-Reset",
        "Retry-After",
        "Accept-Ranges",
        "Content-Disposition",
        "Content-Range",
        "ETag"
      ],
      maxAge: 86_400
    })
    return HttpRouter.middleware(
      (app) => {
        const answered = answerBrowsers(app)
        return Effect.flatMap(HttpServerRequest.HttpServerRequest, ({ headers, method }) =>
          headers["origin"] === undefined && method !== "OPTIONS" ? app : answered
        )
      },
      { global: true }
    )
  })
)

/** Which methods each path of the API knows. */
const methodsOf = <Groups extends HttpApiGroup.Constraint>(api: HttpApi.HttpApi<"psa", Groups>): KnownMethods => {
  const patterns: Array<Pattern> = []
  HttpApi.reflect(api, {
    onGroup: () => {},
    onEndpoint: ({ endpoint }) => {
      const pattern = endpoint.path.replace(/\/$/, "").replace(/:\w+/g, "[^/]+")
      patterns.push({
        pattern: new RegExp(`^${pattern}/?$`),
        isExact: !/:\w/.test(endpoint.path),
        method: endpoint.method
      })
    }
  })
  const methods = (some: ReadonlyArray<Pattern>) => (path: string) => [
    ...new Set(some.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method))
  ]
  return { any: methods(patterns), exact: methods(patterns.filter(({ isExact }) => isExact)) }
}

interface Pattern {
  readonly pattern: RegExp
  readonly isExact: boolean
  readonly method: HttpMethod.HttpMethod
}

/** Listens on the configured address. Stopping waits for the requests that are in flight. */
export const HttpServerLive = Layer.unwrap(Effect.map(Settings, ({ host, port }) => listening(host, port)))
