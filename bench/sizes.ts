/** Our service alone, with few rows and with many: what a request takes must not grow with the tenant. */
import { column, type Effort, inTurns, median, say } from "./measure.ts"
import type { Loader, Server } from "./processes.ts"
import { ask, type Requests, warmKeys } from "./requests.ts"

/** A kind of request. */
export interface SizeCase {
  readonly name: string
  readonly title: string
  /** How much longer it may take with the many rows than with the few, by its p50. */
  readonly most?: number
  /** Sent in turns. */
  readonly requests: Requests
  /** Whether request number `index` is answered with what the database was filled with. */
  readonly isRight: (answer: Answer, index: number) => boolean
}

export interface Answer {
  readonly rows: ReadonlyArray<Readonly<Record<string, unknown>>>
  /** How many there are in all, of a list. */
  readonly total: number | undefined
}

/** A server, how many rows its database has, and what it is asked. */
export interface Sized {
  readonly size: number
  readonly server: Server
  readonly keys: ReadonlyArray<string>
  readonly cases: ReadonlyArray<SizeCase>
}

export interface SizeFigure {
  readonly case: string
  readonly metric: "p50_ms" | "p99_ms"
  /** How many rows the smaller and the larger database have. */
  readonly sizes: readonly [small: number, large: number]
  readonly small: number
  readonly large: number
  readonly ratio: number
}

const answerTo = async (url: string, request: Requests[number]): Promise<Answer> => {
  const { body, status } = await ask(url, request)
  if (status !== 200) throw new Error(`${url}${request.path} is a ${status}`)
  const { data, pagination } = body as {
    readonly data: Answer["rows"] | Answer["rows"][number]
    readonly pagination?: { readonly total: number }
  }
  return { rows: [data].flat(), total: pagination?.total }
}

/** Fails unless the first answers of each case are right. */
const verify = async ({ cases, server, size }: Sized) => {
  for (const { isRight, requests, title } of cases) {
    for (const [index, request] of requests.slice(0, 20).entries()) {
      const answer = await answerTo(server.url, request)
      if (isRight(answer, index)) continue
      throw new Error(`${title} of ${size}: ${request.path} has ${answer.rows.length} rows of ${answer.total}`)
    }
  }
}

/** Measures both in turns and prints one table of them; each ratio is the median of the rounds' ratios. */
export const compareSizes = async (
  things: string,
  small: Sized,
  large: Sized,
  loader: Loader,
  effort: Effort
): Promise<ReadonlyArray<SizeFigure>> => {
  for (const sized of [small, large]) {
    await warmKeys(sized.server.url, sized.keys)
    await verify(sized)
  }
  const figures: Array<SizeFigure> = []
  const head = [small.size, large.size].map((size) => size.toLocaleString("en").padStart(12)).join("")
  say(`\n${`milliseconds; ${things}:`.padEnd(46)}${head}${"ratio".padStart(8)}${"at most".padStart(9)}`)
  for (const [index, { most, name, requests, title }] of small.cases.entries()) {
    const others = large.cases[index]!.requests
    const rounds = await inTurns([small.server, requests], [large.server, others], loader, effort)
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
      say(metric === "p50_ms" ? row(figure, title, most) : row(figure, ""))
    }
  }
  return figures
}

const row = ({ large, metric, ratio, small }: SizeFigure, title: string, limit?: number) =>
  `${title.padEnd(38)}${metric.padEnd(8)}${column(small, 12, 2)}${column(large, 12, 2)}${column(ratio, 8, 2)}` +
  (limit === undefined ? "" : column(limit, 9, 1))
