/** Our service beside the peer, case by case. */
import { type CaseName, titles } from "./cases.ts"
import type { Load } from "./load.ts"
import { column, type Effort, inTurns, median, metrics, say } from "./measure.ts"
import type { Loader, Server } from "./processes.ts"

export interface Figure {
  readonly case: string
  readonly metric: string
  readonly ours: number
  readonly peer: number
  readonly ratio: number
}

/** Both in turns; each figure is the median of its rounds, and each ratio that of the rounds' ratios. */
const compare = async (
  name: CaseName,
  ours: Server,
  peer: Server,
  loader: Loader,
  requests: Load["requests"],
  effort: Effort
) => {
  const rounds = await inTurns([ours, requests], [peer, requests], loader, effort)
  return metrics.map(
    (metric): Figure => ({
      case: name,
      metric,
      ours: median(rounds.map(([ours]) => ours[metric])),
      peer: median(rounds.map(([, peer]) => peer[metric])),
      ratio: median(rounds.map(([ours, peer]) => ours[metric] / peer[metric]))
    })
  )
}

const digits: Partial<Readonly<Record<string, number>>> = { p50_ms: 2, p99_ms: 2, cpu_us_per_request: 1 }

const table = (name: CaseName, figures: ReadonlyArray<Figure>) => {
  say(titles[name])
  for (const { metric, ours, peer, ratio } of figures) {
    const precision = digits[metric] ?? 0
    say(`  ${metric.padEnd(24)}${column(ours, 10, precision)}${column(peer, 10, precision)}${column(ratio, 8, 2)}`)
  }
}

/** What authentication, permission and limit cost together: the endpoint that does nothing, with and without them. */
const gates = (figures: ReadonlyArray<Figure>): ReadonlyArray<Figure> => {
  const cpu = (name: CaseName) =>
    figures.find((figure) => figure.case === name && figure.metric === "cpu_us_per_request")
  const [auth, open] = [cpu("auth"), cpu("open")]
  if (auth === undefined || open === undefined) return []
  const [ours, peer] = [auth.ours - open.ours, auth.peer - open.peer]
  return [{ case: "gates", metric: "cpu_us_per_request", ours, peer, ratio: ours / peer }]
}

/** Measures the cases and prints the figures of each. */
export const compareAll = async (
  cases: ReadonlyArray<CaseName>,
  ours: Server,
  peer: Server,
  loader: Loader,
  requests: Readonly<Record<CaseName, Load["requests"]>>,
  effort: Effort
): Promise<ReadonlyArray<Figure>> => {
  const figures: Array<Figure> = []
  say(`\n${"".padEnd(26)}${"ours".padStart(10)}${"peer".padStart(10)}${"ratio".padStart(8)}`)
  for (const name of cases) {
    const found = await compare(name, ours, peer, loader, requests[name], effort)
    table(name, found)
    figures.push(...found)
  }
  const extra = gates(figures)
  for (const { ours, peer } of extra) {
    say(`authentication, permission and limit: ${column(ours, 0, 1)} us of CPU; the peer's ${column(peer, 0, 1)} us`)
  }
  return [...figures, ...extra]
}
