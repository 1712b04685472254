/** What the service tells of itself: logs, metrics and traces. */
import { once } from "node:events"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { afterAll, assert, describe, it, layer } from "@effect/vitest"
import { Effect } from "effect"
import { community } from "../../src/layers/Edition.ts"
import { dataDirectory, keyIn, removeAll, serve } from "../support/process.ts"
import { client, makeTenant, Service, serviceOf } from "../support/service.ts"

afterAll(removeAll)

const listen = async (server: Server) => {
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return (server.address() as AddressInfo).port
}

const freePort = async () => {
  const server = createServer()
  const port = await listen(server)
  server.close()
  await once(server, "close")
  return port
}

/** An OTLP collector, as far as this service knows one. */
const makeCollector = async () => {
  const received: Array<{ readonly path: string; readonly body: string }> = []
  const server = createServer((request, response) => {
    let body = ""
    request.setEncoding("utf8").on("data", (text) => {
      body += text
    })
    request.on("end", () => {
      received.push({ path: request.url ?? "", body })
      response.writeHead(200, { "content-type": "application/json" }).end("{}")
    })
  })
  const port = await listen(server)
  return { url: `http://127.0.0.1:${port}`, received, close: () => server.close() }
}

describe("the running service", { timeout: 60_000 }, () => {
  it("logs JSON, counts for Prometheus and exports to OTLP", async () => {
    const collector = await makeCollector()
    const metricsPort = await freePort()
    const service = await serve({
      DATA_DIR: dataDirectory(),
      METRICS_PORT: String(metricsPort),
      METRICS_TOKEN: "scrape",
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url
    })
    const headers = { "x-api-key": keyIn(service.output.stdout) }
    const get = (path: string, id = "") =>
      fetch(service.url + path, { headers: { ...headers, ...(id === "" ? {} : { "x-request-id": id }) } })
    const statuses = await Promise.all(
      Array.from({ length: 150 }, async () => {
        const response = await get("/api/v1/boards")
        await response.text()
        return response.status
      })
    )
    assert.include(statuses, 429)
    await (await get("/api/v1/nothing", "my-request")).text()

    const scrape = (token: string) =>
      fetch(`http://127.0.0.1:${metricsPort}/metrics`, { headers: { authorization: `Bearer ${token}` } })
    assert.strictEqual((await scrape("wrong")).status, 401)
    // The service's own port does not tell.
    assert.strictEqual((await get("/metrics")).status, 404)
    const metrics = await (await scrape("scrape")).text()
    const value = (name: string, ...labels: ReadonlyArray<string>) => {
      const line = metrics
        .split("\n")
        .find((line) => line.startsWith(name) && labels.every((label) => line.includes(label)))
      return Number(line?.split(" ").at(-1))
    }
    const passed = statuses.filter((status) => status === 200).length
    const board = `route="/api/v1/boards"`
    assert.strictEqual(value("psa_http_requests", board, `method="GET"`, `status="200"`), passed)
    assert.strictEqual(value("psa_http_requests", board, `status="429"`), statuses.length - passed)
    assert.strictEqual(value("psa_http_request_duration_seconds_count", board), statuses.length)
    assert.strictEqual(value("psa_http_request_duration_seconds_bucket", board, `le="+Inf"`), statuses.length)
    assert.strictEqual(value("psa_rate_limit_denials"), statuses.length - passed)
    assert.strictEqual(value("psa_db_pool_size"), 10)
    assert.isAtLeast(value("psa_db_pool_connections_open"), 1)
    assert.isAtLeast(value("psa_db_pool_connections_in_use"), 0)

    const { code, stderr, stdout } = await service.stop()
    assert.strictEqual(code, 0)
    assert.notInclude(stdout, "duration_ms")
    const lines = stderr
      .trim()
      .split("\n")
      .map((line): { message: unknown; annotations: Record<string, unknown> } => JSON.parse(line))
    const unknown = lines.find(({ annotations }) => annotations["request_id"] === "my-request")
    assert.deepInclude(unknown?.annotations, { method: "GET", status: 404 })
    const known = lines.find(({ annotations }) => annotations["route"] === "/api/v1/boards")
    assert.isString(known?.annotations["tenant"])
    assert.isNumber(known?.annotations["duration_ms"])
    assert.notInclude(stderr, headers["x-api-key"])

    collector.close()
    const traces = collector.received.filter(({ path }) => path === "/v1/traces").map(({ body }) => body)
    assert.isTrue(traces.some((body) => body.includes("BoardService.list")))
    assert.isTrue(traces.some((body) => body.includes(`"psa"`)))
    assert.isFalse(traces.some((body) => body.includes(headers["x-api-key"])))
  })
})

layer(serviceOf(community, { METRICS_TOKEN: "scrape" }), { excludeTestServices: true })("with a token only", (it) => {
  it.effect("the metrics are on the service's own port, behind it", () =>
    Effect.gen(function* () {
      const { admin } = yield* makeTenant
      yield* admin.get("/api/v1/boards")
      const { url } = yield* Service
      assert.strictEqual((yield* client(url).get("/metrics")).status, 401)
      const scraped = yield* client(url, { authorization: "Bearer scrape" }).get("/metrics")
      assert.strictEqual(scraped.status, 200)
      assert.match(scraped.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/)
      assert.include(scraped.body, `route="/api/v1/boards"`)
    })
  )
})

layer(serviceOf(community), { excludeTestServices: true })("with neither port nor token", (it) => {
  it.effect("there are no metrics to see", () =>
    Effect.gen(function* () {
      const { url } = yield* Service
      assert.strictEqual((yield* client(url).get("/metrics")).status, 404)
    })
  )
})
