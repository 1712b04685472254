/** What is measured: the requests of each case, and that both servers answer them alike. */
import { isDeepStrictEqual } from "node:util"
import type { Load } from "./load.ts"
import type { Seeded } from "./seed.ts"

type Requests = Load["requests"]

export const caseNames = ["open", "auth", "get", "list", "list-status", "create"] as const
export type CaseName = (typeof caseNames)[number]

export const titles: Readonly<Record<CaseName, string>> = {
  open: "nothing, without the gates",
  auth: "nothing, behind the gates",
  get: "one ticket by id",
  list: "list of 25",
  "list-status": "list of 25 by status",
  create: "create a ticket"
}

/** The requests of each case, sent in turns. */
export const requestsOf = (seeded: Seeded): Readonly<Record<CaseName, Requests>> => {
  const pick = <A>(values: ReadonlyArray<A>, index: number) => values[index % values.length]!
  const gets = (path: (index: number) => string): Requests =>
    seeded.keys.map((key, index) => ({ method: "GET", path: path(index), headers: { "x-api-key": key } }))
  return {
    open: gets(() => "/api/v1/bench/open"),
    auth: gets(() => "/api/v1/bench/guarded"),
    get: gets((index) => `/api/v1/tickets/${pick(seeded.tickets, index)}`),
    list: gets(() => "/api/v1/tickets"),
    "list-status": gets((index) => `/api/v1/tickets?status_id=${pick(seeded.statuses, index)}`),
    create: seeded.keys.map((key, index) => {
      const client = pick(seeded.clients, index)
      return {
        method: "POST",
        path: "/api/v1/tickets",
        headers: { "x-api-key": key, "content-type": "application/json" },
        body: JSON.stringify({
          title: `Printer ${index} is offline`,
          client_id: client.client_id,
          board_id: pick(seeded.boards, index),
          priority_id: pick(seeded.priorities, index),
          contact_name_id: client.contact_name_id,
          attributes: { description: "It worked yesterday. Since the update it does not." }
        })
      }
    })
  }
}

/** Differ from answer to answer, whoever answers. */
const generated = new Set(["ticket_id", "ticket_number", "entered_at", "updated_at"])
const spoken = ["content-type", "x-ratelimit-limit"]

interface Heard {
  readonly status: number
  readonly headers: Readonly<Record<string, string | null>>
  readonly body: unknown
}

const ask = async (url: string, { body, headers, method, path }: Requests[number]): Promise<Heard> => {
  const response = await fetch(url + path, { method, headers, ...(body === undefined ? {} : { body }) })
  if (response.headers.get("x-request-id") === null) throw new Error(`${url}${path} has no request id`)
  const text = await response.text()
  return {
    status: response.status,
    headers: Object.fromEntries(spoken.map((name) => [name, response.headers.get(name)?.split(";")[0] ?? null])),
    body: JSON.parse(text, (name, value) => (method === "POST" && generated.has(name) ? typeof value : value))
  }
}

/** Fails unless both answer the same, for one request of each case and a few beside. */
export const verifyAlike = async (ours: string, peer: string, seeded: Seeded) => {
  const cases = requestsOf(seeded)
  const headers = { "x-api-key": seeded.keys[0]!, origin: "https://portal.example" }
  const beside = [
    "?page=3&limit=2&sort=title&order=asc&unheard=of",
    "?is_closed=false",
    `?board_id=${seeded.boards[0]}&priority_id=${seeded.priorities[1]}`
  ].map((query) => ({ method: "GET" as const, path: `/api/v1/tickets${query}`, headers }))
  for (const request of [...Object.values(cases).flatMap((requests) => requests.slice(0, 3)), ...beside]) {
    const [first, second] = [await ask(ours, request), await ask(peer, request)]
    if (first.status >= 300 || !isDeepStrictEqual(first, second)) {
      throw new Error(
        `${request.method} ${request.path} is answered differently:\n` +
          `ours ${JSON.stringify(first)}\npeer ${JSON.stringify(second)}`
      )
    }
  }
}

/** Has every key verified once, so that all are in memory when measuring begins. */
export const warmKeys = async (url: string, seeded: Seeded) => {
  const requests = requestsOf(seeded).auth.values()
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      for (const request of requests) await ask(url, request)
    })
  )
}
