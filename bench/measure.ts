/** How a server is measured under load, and how figures are put together and shown. */
import type { Load } from "./load.ts"
import type { Loader, Server } from "./processes.ts"

export const metrics = ["requests_per_second", "p50_ms", "p99_ms", "cpu_us_per_request", "rss_mib"] as const
export type Round = Readonly<Record<(typeof metrics)[number], number>>

/** How long and by how many connections at once. */
export interface Effort {
  readonly rounds: number
  readonly seconds: number
  readonly connections: number
}

/** Sends the requests in turns for `seconds`. Fails if any of them does. */
export const measure = async (
  server: Server,
  loader: Loader,
  requests: Load["requests"],
  { connections, seconds }: Omit<Effort, "rounds">
): Promise<Round> => {
  const before = await server.usage()
  const result = await loader.run({ url: server.url, connections, seconds, requests })
  const after = await server.usage()
  if (result.failed > 0) throw new Error(`${result.failed} requests to ${server.url} failed`)
  return {
    requests_per_second: result.perSecond,
    p50_ms: result.p50,
    p99_ms: result.p99,
    cpu_us_per_request: (after.cpu - before.cpu) / result.answered,
    rss_mib: after.rss / 2 ** 20
  }
}

/** Measures two servers in turns, each once before it counts; the rounds of both, side by side. */
export const inTurns = async (
  first: readonly [Server, Load["requests"]],
  second: readonly [Server, Load["requests"]],
  loader: Loader,
  effort: Effort
): Promise<ReadonlyArray<readonly [first: Round, second: Round]>> => {
  const once = ([server, requests]: typeof first) => measure(server, loader, requests, effort)
  await once(first)
  await once(second)
  const rounds: Array<readonly [Round, Round]> = []
  for (let round = 0; round < effort.rounds; round++) rounds.push([await once(first), await once(second)])
  return rounds
}

export const median = (values: ReadonlyArray<number>) => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle) - 1] ?? 0)) / 2
}

export const say = (line = "") => process.stdout.write(`${line}\n`)
export const column = (value: number, width: number, digits = 0) => value.toFixed(digits).padStart(width)
