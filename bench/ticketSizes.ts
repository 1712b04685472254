/** What is asked of few tickets and of many. */
import { type RequestName, requestsOf, titles } from "./cases.ts"
import type { Server } from "./processes.ts"
import { cursorsAfter } from "./requests.ts"
import type { SizeCase } from "./sizes.ts"
import type { SeededTickets } from "./ticketSeed.ts"

/** Lists, pages from the middle and searches of a server that has so many tickets. */
export const ticketCases = async (
  { url }: Server,
  seeded: SeededTickets,
  size: number
): Promise<ReadonlyArray<SizeCase>> => {
  const requests = requestsOf(seeded, await cursorsAfter(url, "/api/v1/tickets", seeded.keys, size / 2))
  const made = (
    name: RequestName,
    isRight: SizeCase["isRight"],
    limits: { readonly most?: number } = { most: 1.5 }
  ) => ({
    name,
    title: titles[name],
    requests: requests[name],
    isRight,
    ...limits
  })
  return [
    made("list", ({ rows, total }) => rows.length === 25 && total === size),
    made("list-cursor", ({ rows, total }) => rows.length === 25 && total === size),
    made(
      "list-status",
      ({ rows, total = 0 }) => rows.length === Math.min(25, total) && total < size,
      // The more tickets, the farther apart are those of a status.
      {}
    ),
    made("search-number", ({ rows }) => rows.length === 1),
    made("search-word", ({ rows }) => rows.length === 3),
    made("list-search", ({ rows, total }) => rows.length === 6 && total === 6)
  ]
}
