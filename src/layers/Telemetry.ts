/** Logs, traces and metrics: to the terminal, to whoever scrapes, and to an OTLP collector when there is one. */
import { createHash, timingSafeEqual } from "node:crypto"
import { Effect, Layer, Logger, Metric, Redacted, References } from "effect"
import { FetchHttpClient, HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import { Otlp, PrometheusMetrics } from "effect/observability"
import { SqlClient } from "effect/sql"
import { version } from "../domain/version.ts"
import { listening } from "./Listening.ts"
import { Settings } from "./Settings.ts"

/** Readable lines on a terminal, JSON elsewhere; on standard error, so that a command's output stays its own. */
export const Logging = Layer.unwrap(
  Effect.map(Settings, ({ logLevel }) =>
    Layer.mergeAll(
      Logger.layer([process.stderr.isTTY ? Logger.consolePretty() : Logger.withConsoleError(Logger.formatJson)]),
      Layer.succeed(References.LogToStderr, true),
      Layer.succeed(References.MinimumLogLevel, logLevel)
    )
  )
)

/** Exports over OTLP when `OTEL_EXPORTER_OTLP_ENDPOINT` is set; without it nothing is traced. */
export const Exporting = Layer.unwrap(
  Effect.map(Settings, ({ otlpEndpoint }) =>
    otlpEndpoint === undefined
      ? Layer.succeed(References.TracerEnabled, false)
      : Otlp.layerJson({
          baseUrl: otlpEndpoint.replace(/\/+$/, ""),
          resource: { serviceName: "psa", serviceVersion: version }
        }).pipe(Layer.provide(FetchHttpClient.layer))
  )
)

/** `/metrics` on `METRICS_PORT`, for Prometheus; behind `METRICS_TOKEN` as a bearer token, if there is one. */
export const MetricsServer = Layer.unwrap(
  Effect.gen(function* () {
    const { host, metricsPort, metricsToken } = yield* Settings
    if (metricsPort === undefined) return Layer.empty
    return HttpRouter.serve(HttpRouter.add("GET", "/metrics", yield* metrics(metricsToken)), {
      disableListenLog: true,
      disableLogger: true
    }).pipe(Layer.provide(listening(host, metricsPort)))
  })
)

/** Makes the answer to a scrape. */
export const metrics = (token: Redacted.Redacted | undefined) =>
  Effect.gen(function* () {
    const refresh = yield* connections
    const expected = token === undefined ? undefined : digest(`Bearer ${Redacted.value(token)}`)
    return Effect.gen(function* () {
      const { headers } = yield* HttpServerRequest.HttpServerRequest
      if (expected !== undefined && !timingSafeEqual(digest(headers["authorization"] ?? ""), expected)) {
        return HttpServerResponse.jsonUnsafe(
          { error: { code: "UNAUTHORIZED", message: "Expected the metrics token as a bearer token" } },
          { status: 401, headers: { "www-authenticate": "Bearer" } }
        )
      }
      yield* refresh
      return HttpServerResponse.text(yield* PrometheusMetrics.format(), { contentType: "text/plain; version=0.0.4" })
    })
  })

const digest = (text: string) => createHash("sha256").update(text).digest()

const poolSize = Metric.gauge("psa_db_pool_size", { description: "How many connections the pool may open" })
const open = Metric.gauge("psa_db_pool_connections_open", {
  description: "Connections of this process to the database"
})
const inUse = Metric.gauge("psa_db_pool_connections_in_use", {
  description: "Connections of this process that run a statement or hold a transaction, this scrape's aside"
})

/** Brings the gauges of the connection pool up to date. The database knows; while it does not answer, they stay. */
const connections = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const { databasePoolSize } = yield* Settings
  return sql<{ readonly open: number; readonly in_use: number }>`
    SELECT count(*)::int AS open, (count(*) FILTER (WHERE state <> 'idle' AND pid <> pg_backend_pid()))::int AS in_use
    FROM pg_stat_activity WHERE application_name = current_setting('application_name')`.pipe(
    Effect.flatMap(([counts]) =>
      Effect.all([
        Metric.update(poolSize, databasePoolSize),
        Metric.update(open, counts?.open ?? 0),
        Metric.update(inUse, counts?.in_use ?? 0)
      ])
    ),
    Effect.timeout("2 seconds"),
    Effect.catchCause((cause) => Effect.logWarning("Could not ask the database for its connections", cause))
  )
})
