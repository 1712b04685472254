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

const run = ({ connections, requests, seconds, url }: Load) =>
  new Promise<LoadResult>((resolve, reject) => {
    const times: Array<number> = []
    const percentile = (part: number) => times[Math.floor(times.length * part)] ?? 0
    let clients = 0
    const running = autocannon(
      {
        url,
        connections,
        duration: seconds,
        // Each connection begins elsewhere, so that they do not all ask for the same at the same time.
        setupClient: (client) => {
          const from = Math.floor((clients++ * requests.length) / connections)
          const turned = [...requests.slice(from), ...requests.slice(0, from)]
          client.setRequests(turned.map((request) => ({ ...request })))
        }
      },
      (error, result) => {
        if (error !== null) return reject(error)
        times.sort((a, b) => a - b)
        resolve({
          answered: result.requests.total,
          failed: result.non2xx + result.errors + result.timeouts,
          perSecond: result.requests.total / result.duration,
          p50: percentile(0.5),
          p99: percentile(0.99)
        })
      }
    )
    // What it makes of the times itself are whole milliseconds.
    running.on("response", (_client, _status, _bytes, milliseconds) => times.push(milliseconds))
  })

process.on("message", async (load: Load) => process.send?.(await run(load)))
process.on("disconnect", () => process.exit(0))
process.send?.({})
