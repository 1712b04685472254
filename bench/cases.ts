/** What is measured: the requests of each case, and that both servers answer them alike. */
import { isDeepStrictEqual } from "node:util"
import type { Load } from "./load.ts"
import type { Seeded } from "./seed.ts"

type Requests = Load["requests"]

export const caseNames = [
  "open",
  "auth",
  "get",
  "list",
  "list-status",
  "list-cursor",
  "search-number",
  "search-word",
  "stats",
  "comment",
  "create"
] as const
export type CaseName = (typeof caseNames)[number]

export const titles = {
  open: "nothing, without the gates",
  auth: "nothing, behind the gates",
  get: "one ticket by id",
  list: "list of 25",
  "list-status": "list of 25 by status",
  "list-cursor": "list of 25 by cursor, in the middle",
  "list-search": "list by a rare word, with its total",
  "search-number": "search by number",
  "search-word": "search by a rare word",
  stats: "figures of all tickets",
  comment: "comment on a ticket",
  create: "create a ticket"
}

export type RequestName = keyof typeof titles

const pick = <A>(values: ReadonlyArray<A>, index: number) => values[index % values.length]!

/** The requests of each case, sent in turns. `cursors` begin pages of the list of tickets. */
export const requestsOf = (seeded: Seeded, cursors: ReadonlyArray<string>): Readonly<Record<RequestName, Requests>> => {
  const gets = (path: (index: number) => string): Requests =>
    seeded.keys.map((key, index) => ({ method: "GET", path: path(index), headers: { "x-api-key": key } }))
  const posts = (path: (index: number) => string, body: (index: number) => object): Requests =>
    seeded.keys.map((key, index) => ({
      method: "POST",
      path: path(index),
      headers: { "x-api-key": key, "content-type": "application/json" },
      body: JSON.stringify(body(index))
    }))
  return {
    open: gets(() => "/api/v1/bench/open"),
    auth: gets(() => "/api/v1/bench/guarded"),
    get: gets((index) => `/api/v1/tickets/${pick(seeded.tickets, index)}`),
    list: gets(() => "/api/v1/tickets"),
    "list-status": gets((index) => `/api/v1/tickets?status_id=${pick(seeded.statuses, index)}`),
    "list-cursor": gets((index) => `/api/v1/tickets?limit=25&cursor=${pick(cursors, index)}`),
    "list-search": gets((index) => `/api/v1/tickets?search=${pick(seeded.words, index)}`),
    "search-number": gets((index) => `/api/v1/tickets/search?query=${pick(seeded.numbers, index)}`),
    "search-word": gets((index) => `/api/v1/tickets/search?query=${pick(seeded.words, index)}`),
    stats: gets(() => "/api/v1/tickets/stats"),
    comment: posts(
      (index) => `/api/v1/tickets/${pick(seeded.tickets, index)}/comments`,
      (index) => ({
        comment_text: `Restarted the print spooler. It is the ${index}th time.`,
        is_internal: index % 2 === 1
      })
    ),
    create: posts(
      () => "/api/v1/tickets",
      (index) => {
        const client = pick(seeded.clients, index)
        return {
          title: `Printer ${index} is offline`,
          client_id: client.client_id,
          board_id: pick(seeded.boards, index),
          priority_id: pick(seeded.priorities, index),
          contact_name_id: client.contact_name_id,
          attributes: { description: "It worked yesterday. Since the update it does not." }
        }
      }
    )
  }
}

/** Cursors of pages of 25 that follow each other from after this row, read from a server. */
export const cursorsAfter = async (url: string, { keys }: Seeded, row: number): Promise<ReadonlyArray<string>> => {
  const cursors: Array<string> = []
  let page = `page=${Math.max(1, Math.floor(row / 25))}`
  while (cursors.length < 20) {
    const path = `/api/v1/tickets?limit=25&${page}`
    const { body } = await ask(url, { method: "GET", path, headers: { "x-api-key": keys[0]! } })
    const cursor = (body as { readonly pagination: { readonly nextCursor?: string } }).pagination.nextCursor
    if (cursor === undefined) throw new Error(`${url}${path} has no next page`)
    cursors.push(cursor)
    page = `cursor=${cursor}`
  }
  return cursors
}

/** Differ from answer to answer, whoever answers. */
const generated = new Set([
  "ticket_id",
  "ticket_number",
  "entered_at",
  "updated_at",
  "comment_id",
  "thread_id",
  "created_at"
])
const spoken = ["content-type", "x-ratelimit-limit", "etag"]

export interface Heard {
  readonly status: number
  readonly headers: Readonly<Record<string, string | null>>
  readonly body: unknown
}

/** What a server answers to a request; what it generates, only as what it is. */
export const ask = async (url: string, { body, headers, method, path }: Requests[number]): Promise<Heard> => {
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
export const verifyAlike = async (ours: string, peer: string, seeded: Seeded, cursors: ReadonlyArray<string>) => {
  const cases = requestsOf(seeded, cursors)
  const headers = { "x-api-key": seeded.keys[0]!, origin: "https://portal.example" }
  const beside = [
    "?page=3&limit=2&sort=title&order=asc&unheard=of",
    "?page=1000000",
    "?is_closed=false",
    "?sort=due_date&limit=3",
    `?board_id=${seeded.boards[0]}&priority_id=${seeded.priorities[1]}`,
    "?search=dental&limit=5",
    "/search?query=printer&fields=title,client_name&include_closed=true&limit=3",
    `/stats?board_id=${seeded.boards[1]}`
  ].map((query) => ({ method: "GET" as const, path: `/api/v1/tickets${query}`, headers }))
  const first = Object.values(cases).flatMap((requests) => requests.slice(0, 3))
  for (const request of [...first, ...beside]) {
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
export const warmKeys = async (url: string, requests: Requests) => {
  const next = requests.values()
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      for (const request of next) await ask(url, request)
    })
  )
}
