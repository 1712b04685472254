/** A process of its own that sends requests, so that what it uses is nobody else's. */
import autocannon from "autocannon"

export interface Load {
  readonly url: string
  readonly connections: number
  readonly seconds: number
  readonly requests: ReadonlyArray<{
    readonly method: "GET" | "POST"
    readonly path: string
    readonly headers: Readonly<Record<string, string>>
    readonly body?: string
  }>
}

export interface LoadResult {
  readonly answered: number
  readonly failed: number
  readonly perSecond: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
}

process.on("message", async ({ connections, requests, seconds, url }: Load) => {
  const result = await autocannon({
    url,
    connections,
    duration: seconds,
    requests: requests.map((request) => ({ ...request }))
  })
  process.send?.({
    answered: result.requests.total,
    failed: result.non2xx + result.errors + result.timeouts,
    perSecond: result.requests.total / result.duration,
    p50: result.latency.p50,
    p99: result.latency.p99
  } satisfies LoadResult)
})
process.on("disconnect", () => process.exit(0))
process.send?.({})
