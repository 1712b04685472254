/** Logs, traces and metrics: to the terminal, to whoever scrapes, and to an OTLP collector when there is one. */
import { createServer } from "node:http"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Effect, Layer, Logger, Redacted, References } from "effect"
import { FetchHttpClient, HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import { Otlp, PrometheusMetrics } from "effect/observability"
import { version } from "../domain/version.ts"
import { Settings } from "./Settings.ts"

/** Readable lines on a terminal, JSON elsewhere; on standard error, so that a command's output stays its own. */
export const Logging = Layer.unwrap(
  Effect.map(Settings, ({ logLevel }) =>
    Layer.mergeAll(
      Logger.layer([process.stderr.isTTY ? Logger.consolePretty() : Logger.consoleJson]),
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
      : Otlp.layerJson({ baseUrl: otlpEndpoint, resource: { serviceName: "psa", serviceVersion: version } }).pipe(
          Layer.provide(FetchHttpClient.layer)
        )
  )
)

/** `/metrics` on `METRICS_PORT`, for Prometheus; behind `METRICS_TOKEN` as a bearer token, if there is one. */
export const MetricsServer = Layer.unwrap(
  Effect.map(Settings, ({ host, metricsPort, metricsToken }) => {
    if (metricsPort === undefined) return Layer.empty
    return HttpRouter.serve(HttpRouter.add("GET", "/metrics", metrics(metricsToken)), {
      disableListenLog: true,
      disableLogger: true
    }).pipe(Layer.provide(NodeHttpServer.layer(createServer, { host, port: metricsPort })))
  })
)

/** The answer to a scrape. */
export const metrics = (token: Redacted.Redacted | undefined) =>
  Effect.gen(function* () {
    const { headers } = yield* HttpServerRequest.HttpServerRequest
    if (token !== undefined && headers["authorization"] !== `Bearer ${Redacted.value(token)}`) {
      return HttpServerResponse.jsonUnsafe(
        { error: { code: "UNAUTHORIZED", message: "Expected the metrics token as a bearer token" } },
        { status: 401 }
      )
    }
    return HttpServerResponse.text(yield* PrometheusMetrics.format(), { contentType: "text/plain; version=0.0.4" })
  })
