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

/** Fails unless both answer with as many rows, and the lists know how many there are. */
const verify = async (sized: ReadonlyArray<Sized & { readonly requests: ReturnType<typeof requestsOf> }>) => {
  for (const name of cases) {
    const bodies = await Promise.all(
      sized.map(async ({ requests, server }) => (await ask(server.url, requests[name][0]!)).body as Body)
    )
    const [first, second] = bodies
    const totals = bodies.map(({ data, pagination }) => pagination?.total ?? data.length)
    const isWhole =
      name !== "list" && name !== "list-cursor" ? true : totals.every((total, at) => total === sized[at]?.size)
    if (first === undefined || first.data.length === 0 || first.data.length !== second?.data.length || !isWhole) {
      throw new Error(`${titles[name]} is answered differently: ${JSON.stringify(bodies).slice(0, 1000)}`)
    }
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
    return { ...sized, requests }
  }
  const [few, many] = [await ready(small), await ready(large)]
  await verify([few, many])
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
