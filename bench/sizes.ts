/** Our service alone, with few tickets and with many: what a request takes must not grow with the tenant. */
import { ask, cursorsAfter, type RequestName, requestsOf, titles, warmKeys } from "./cases.ts"
import { column, type Effort, inTurns, median, say } from "./measure.ts"
import type { Loader, Server } from "./processes.ts"
import type { Seeded } from "./seed.ts"

/** A server, and what its database was filled with. */
export interface Sized {
  readonly size: number
  readonly seeded: Seeded
  readonly server: Server
}

export interface SizeFigure {
  readonly case: string
  readonly metric: "p50_ms" | "p99_ms"
  /** How many tickets the smaller and the larger database have. */
  readonly sizes: readonly [small: number, large: number]
  readonly small: number
  readonly large: number
  readonly ratio: number
}

const cases = ["list", "list-cursor", "list-status", "search-number", "search-word", "list-search"] as const

/** How much longer a request may take with the many tickets than with the few, by its p50. */
const most: Partial<Readonly<Record<RequestName, number>>> = {
  list: 1.5,
  "list-cursor": 1.5,
  "search-number": 1.5,
  "search-word": 1.5,
  "list-search": 1.5
}

interface Body {
  readonly data: ReadonlyArray<unknown>
  readonly pagination?: { readonly total: number }
}

/** Fails unless each answer has the rows that it must have, and a list knows how many there are in all. */
const verify = async ({ server, size }: Sized, requests: ReturnType<typeof requestsOf>) => {
  const expected: Readonly<Record<(typeof cases)[number], (rows: number, total: number | undefined) => boolean>> = {
    list: (rows, total) => rows === 25 && total === size,
    "list-cursor": (rows, total) => rows === 25 && total === size,
    "list-status": (rows, total) => rows > 0 && total !== undefined && total >= rows && total < size,
    "search-number": (rows) => rows === 1,
    "search-word": (rows) => rows === 3,
    "list-search": (rows, total) => rows === 6 && total === 6
  }
  for (const name of cases) {
    const { data, pagination } = (await ask(server.url, requests[name][0]!)).body as Body
    if (expected[name](data.length, pagination?.total)) continue
    throw new Error(`${titles[name]} of ${size} has ${data.length} rows of ${pagination?.total}`)
  }
}

/** Measures both in turns and prints one table of them; each ratio is the median of the rounds' ratios. */
export const compareSizes = async (
  small: Sized,
  large: Sized,
  loader: Loader,
  effort: Effort
): Promise<ReadonlyArray<SizeFigure>> => {
  const ready = async (sized: Sized) => {
    const cursors = await cursorsAfter(sized.server.url, sized.seeded, sized.size / 2)
    const requests = requestsOf(sized.seeded, cursors)
    await warmKeys(sized.server.url, requests.auth)
    await verify(sized, requests)
    return { ...sized, requests }
  }
  const [few, many] = [await ready(small), await ready(large)]
  const figures: Array<SizeFigure> = []
  const head = [small.size, large.size].map((size) => size.toLocaleString("en").padStart(12)).join("")
  say(`\n${`milliseconds; tickets:`.padEnd(46)}${head}${"ratio".padStart(8)}${"at most".padStart(9)}`)
  for (const name of cases) {
    const rounds = await inTurns([few.server, few.requests[name]], [many.server, many.requests[name]], loader, effort)
    for (const metric of ["p50_ms", "p99_ms"] as const) {
      const figure: SizeFigure = {
        case: name,
        metric,
        sizes: [small.size, large.size],
        small: median(rounds.map(([few]) => few[metric])),
        large: median(rounds.map(([, many]) => many[metric])),
        ratio: median(rounds.map(([few, many]) => many[metric] / few[metric]))
      }
      figures.push(figure)
      say(row(figure, metric === "p50_ms" ? titles[name] : "", metric === "p50_ms" ? most[name] : undefined))
    }
  }
  return figures
}

const row = ({ large, metric, ratio, small }: SizeFigure, title: string, limit: number | undefined) =>
  `${title.padEnd(38)}${metric.padEnd(8)}${column(small, 12, 2)}${column(large, 12, 2)}${column(ratio, 8, 2)}` +
  (limit === undefined ? "" : column(limit, 9, 1))
