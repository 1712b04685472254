/** A small Hudu server: it knows one key, and answers otherwise as a test tells it to. */
import { createServer, type IncomingMessage } from "node:http"
import type { AddressInfo } from "node:net"
import { Effect } from "effect"

export const goodKey = "hudu-key-of-the-tests-3f9c"

export interface FakeAnswer {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface FakeHudu {
  readonly url: string
  /** Method, path and query of every request. */
  readonly requests: Array<string>
  /** Answers that come first, one a request; `"silence"` is none at all. */
  readonly next: Array<FakeAnswer | "silence">
  /** Whether the key may read passwords. */
  passwords: boolean
  /** Runs when a request arrives. */
  onRequest: () => void
}

const companies = [{ id: 1, name: "Northwind", id_in_integration: null, url: "https://docs.example.com/c/1" }]

const answer = (hudu: FakeHudu, request: IncomingMessage): FakeAnswer | "silence" => {
  const next = hudu.next.shift()
  if (next !== undefined) return next
  if (request.headers["x-api-key"] !== goodKey) return { status: 401, body: { error: "Unauthorized" } }
  if (request.url === "/api/v1/companies?page=1") return { status: 200, body: { companies } }
  if (request.url !== "/api/v1/asset_passwords?page=1") return { status: 404, body: { error: "Not found" } }
  return hudu.passwords ? { status: 200, body: { asset_passwords: [] } } : { status: 403, body: { error: "Forbidden" } }
}

/** Starts one, until the scope closes. */
export const makeFakeHudu = Effect.acquireRelease(
  Effect.promise(async () => {
    const hudu: FakeHudu = { url: "", requests: [], next: [], passwords: true, onRequest: () => {} }
    const server = createServer((request, response) => {
      hudu.requests.push(`${request.method} ${request.url}`)
      hudu.onRequest()
      const given = answer(hudu, request)
      if (given === "silence") return
      const text = typeof given.body === "string" ? given.body : JSON.stringify(given.body ?? {})
      response.writeHead(given.status, { "content-type": "application/json", ...given.headers }).end(text)
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const { port } = server.address() as AddressInfo
    return { hudu: Object.assign(hudu, { url: `http://127.0.0.1:${port}` }), server }
  }),
  ({ server }) =>
    Effect.promise(async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    })
).pipe(Effect.map(({ hudu }) => hudu))
