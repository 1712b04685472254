/**
 * `npm run bench`: our service against a peer that does the same work with Fastify and postgres.js, in turns, on an
 * embedded PostgreSQL with the tickets of one tenant. The figure that counts on a machine that does other things too is
 * the processor time that the server's own process takes for a request.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { Effect, Exit, Scope } from "effect"
import { layerSocket } from "../src/layers/Database.ts"
import * as EmbeddedPostgres from "../src/layers/EmbeddedPostgres.ts"
import { detailColumns, detailJoins, ticketColumns, ticketJoins } from "../src/services/ticketRows.ts"
import { type CaseName, caseNames, requestsOf, titles, verifyAlike, warmKeys } from "./cases.ts"
import type { Load } from "./load.ts"
import type { ServerConfig } from "./measured.ts"
import { type Loader, type Server, startLoader, startServer } from "./processes.ts"
import { read } from "./profile.ts"
import { seed } from "./seed.ts"

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "3" },
    tickets: { type: "string", default: "50000" },
    connections: { type: "string", default: "32" },
    pool: { type: "string", default: "10" },
    only: { type: "string", multiple: true },
    json: { type: "string" },
    profile: { type: "string" },
    side: { type: "string", default: "ours" }
  }
})

const isCase = (name: string): name is CaseName => caseNames.some((known) => known === name)
const asCase = (name: string): CaseName => {
  if (isCase(name)) return name
  throw new Error(`Expected a case (${caseNames.join(", ")}), got ${name}`)
}
const chosen = options.only?.map(asCase) ?? caseNames
const seconds = Number(options.seconds)
const connections = Number(options.connections)

const metrics = ["requests_per_second", "p50_ms", "p99_ms", "cpu_us_per_request", "rss_mib"] as const
type Round = Readonly<Record<(typeof metrics)[number], number>>

const measure = async (server: Server, loader: Loader, requests: Load["requests"], seconds: number): Promise<Round> => {
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

const median = (values: ReadonlyArray<number>) => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle) - 1] ?? 0)) / 2
}

interface Figure {
  readonly case: string
  readonly metric: string
  readonly ours: number
  readonly peer: number
  readonly ratio: number
}

/** Both in turns; each figure is the median of its rounds, and each ratio that of the rounds' ratios. */
const compare = async (name: CaseName, ours: Server, peer: Server, loader: Loader, requests: Load["requests"]) => {
  await measure(ours, loader, requests, seconds)
  await measure(peer, loader, requests, seconds)
  const rounds: Array<readonly [ours: Round, peer: Round]> = []
  for (let round = 0; round < Number(options.rounds); round++) {
    rounds.push([await measure(ours, loader, requests, seconds), await measure(peer, loader, requests, seconds)])
  }
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

const say = (line = "") => process.stdout.write(`${line}\n`)
const column = (value: number, width: number, digits = 0) => value.toFixed(digits).padStart(width)

const table = (name: CaseName, figures: ReadonlyArray<Figure>) => {
  say(titles[name])
  for (const { metric, ours, peer, ratio } of figures) {
    const digits = metric === "cpu_us_per_request" ? 1 : 0
    say(`  ${metric.padEnd(24)}${column(ours, 10, digits)}${column(peer, 10, digits)}${column(ratio, 8, 2)}`)
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

const profile = async (name: CaseName, server: Server, loader: Loader, requests: Load["requests"]) => {
  await measure(server, loader, requests, seconds)
  const plain = await measure(server, loader, requests, seconds)
  const file = join(tmpdir(), `${options.side}-${name}.cpuprofile`)
  await server.profile(file, () => loader.run({ url: server.url, connections, seconds: seconds * 2, requests }))
  const { functions, packages } = read(file)
  // A profile tells time, in which others had the processor too: what it tells is shares.
  const share = plain.cpu_us_per_request / packages.reduce((sum, { self }) => sum + self, 0)
  say(`\n${titles[name]}, ${options.side}: ${column(plain.cpu_us_per_request, 0, 1)} us of CPU a request; profiled:`)
  const rows = (hot: typeof functions) => {
    for (const { name, self, total } of hot) {
      say(`${column(self * share, 9, 2)}${column(total * share, 9, 2)}  ${name}`)
    }
  }
  say("  self us total us  function")
  rows(functions.slice(0, 60))
  say("  self us           package")
  for (const { name, self } of packages) say(`${column(self * share, 9, 2)}           ${name}`)
  say(`The whole profile: ${file}`)
}

const dataDir = mkdtempSync(join(tmpdir(), "psa-bench-"))
const scope = Effect.runSync(Scope.make())
const started: Array<{ readonly stop: () => Promise<void> }> = []
const keep = <A extends { readonly stop: () => Promise<void> }>(process: A) => {
  started.push(process)
  return process
}

try {
  const socket = await Effect.runPromise(EmbeddedPostgres.start(dataDir).pipe(Scope.provide(scope)))
  const from = performance.now()
  const seeded = await Effect.runPromise(seed(Number(options.tickets)).pipe(Effect.provide(layerSocket(socket, 2))))
  say(`${options.tickets} tickets in ${column((performance.now() - from) / 1000, 0, 1)} s`)

  const config: ServerConfig = {
    socketDirectory: socket.directory,
    socketPort: socket.port,
    database: "postgres",
    poolSize: Number(options.pool),
    sql: { ticketColumns: ticketColumns.text, ticketJoins, detailColumns: detailColumns.text, detailJoins }
  }
  const loader = keep(await startLoader())
  const requests = requestsOf(seeded)

  if (options.profile !== undefined) {
    const name = asCase(options.profile)
    const server = keep(await startServer(options.side === "peer" ? "peer" : "ours", config))
    await warmKeys(server.url, seeded)
    await profile(name, server, loader, requests[name])
  } else {
    const ours = keep(await startServer("ours", config))
    const peer = keep(await startServer("peer", config))
    await verifyAlike(ours.url, peer.url, seeded)
    for (const { url } of [ours, peer]) await warmKeys(url, seeded)
    const figures: Array<Figure> = []
    say(`\n${"".padEnd(26)}${"ours".padStart(10)}${"peer".padStart(10)}${"ratio".padStart(8)}`)
    for (const name of chosen) {
      const found = await compare(name, ours, peer, loader, requests[name])
      table(name, found)
      figures.push(...found)
    }
    const extra = gates(figures)
    for (const { ours, peer } of extra) {
      say(`authentication, permission and limit: ${column(ours, 0, 1)} us of CPU; the peer's ${column(peer, 0, 1)} us`)
    }
    if (options.json !== undefined) writeFileSync(options.json, JSON.stringify([...figures, ...extra], null, 2))
  }
} finally {
  for (const process of started.toReversed()) await process.stop()
  await Effect.runPromise(Scope.close(scope, Exit.void))
  rmSync(dataDir, { recursive: true, force: true })
}
