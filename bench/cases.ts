/** What is measured: the requests of each case, and that both servers answer them alike. */
import { isDeepStrictEqual } from "node:util"
import { ask, gets, pick, posts, type Requests } from "./requests.ts"
import type { SeededTickets } from "./ticketSeed.ts"

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

/** The requests of each case, sent in turns. `cursors` begin pages of the list of tickets. */
export const requestsOf = (
  seeded: SeededTickets,
  cursors: ReadonlyArray<string>
): Readonly<Record<RequestName, Requests>> => {
  const { boards, clients, keys, numbers, priorities, statuses, tickets, words } = seeded
  return {
    open: gets(keys, () => "/api/v1/bench/open"),
    auth: gets(keys, () => "/api/v1/bench/guarded"),
    get: gets(keys, (index) => `/api/v1/tickets/${pick(tickets, index)}`),
    list: gets(keys, () => "/api/v1/tickets"),
    "list-status": gets(keys, (index) => `/api/v1/tickets?status_id=${pick(statuses, index)}`),
    "list-cursor": gets(keys, (index) => `/api/v1/tickets?limit=25&cursor=${pick(cursors, index)}`),
    "list-search": gets(keys, (index) => `/api/v1/tickets?search=${pick(words, index)}`),
    "search-number": gets(keys, (index) => `/api/v1/tickets/search?query=${pick(numbers, index)}`),
    "search-word": gets(keys, (index) => `/api/v1/tickets/search?query=${pick(words, index)}`),
    stats: gets(keys, () => "/api/v1/tickets/stats"),
    comment: posts(
      keys,
      (index) => `/api/v1/tickets/${pick(tickets, index)}/comments`,
      (index) => ({
        comment_text: `Restarted the print spooler. It is the ${index}th time.`,
        is_internal: index % 2 === 1
      })
    ),
    create: posts(
      keys,
      () => "/api/v1/tickets",
      (index) => {
        const client = pick(clients, index)
        return {
          title: `Printer ${index} is offline`,
          client_id: client.client_id,
          board_id: pick(boards, index),
          priority_id: pick(priorities, index),
          contact_name_id: client.contact_name_id,
          attributes: { description: "It worked yesterday. Since the update it does not." }
        }
      }
    )
  }
}

/** Fails unless both answer the same, for one request of each case and a few beside. */
export const verifyAlike = async (
  ours: string,
  peer: string,
  seeded: SeededTickets,
  cursors: ReadonlyArray<string>
) => {
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
