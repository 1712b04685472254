/**
 * `npm run bench`: our service against a peer that does the same work with Fastify and postgres.js, in turns, on an
 * embedded PostgreSQL with the tickets of one tenant. The figure that counts on a machine that does other things too is
 * the processor time that the server's own process takes for a request.
 *
 * `npm run bench -- --sizes`: our service alone, with 10,000 tickets and with 1,000,000, in turns.
 *
 * `npm run bench -- --assets`: the same with assets, and then how fast the many are exported, beside COPY.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { Effect, Exit, type Layer, Scope } from "effect"
import { SqlClient } from "effect/sql"
import { layerSocket } from "../src/layers/Database.ts"
import * as EmbeddedPostgres from "../src/layers/EmbeddedPostgres.ts"
import { detailColumns, detailJoins, ticketColumns, ticketJoins } from "../src/services/ticketRows.ts"
import { compareExports } from "./assetExport.ts"
import { seedAssets } from "./assetSeed.ts"
import { assetCases } from "./assetSizes.ts"
import { type CaseName, caseNames, requestsOf, verifyAlike } from "./cases.ts"
import { compareAll } from "./compare.ts"
import { column, say } from "./measure.ts"
import type { ServerConfig } from "./measured.ts"
import { bundleServers, type Server, startLoader, startServer } from "./processes.ts"
import { profile } from "./profile.ts"
import { cursorsAfter, warmKeys } from "./requests.ts"
import type { Provider } from "./seed.ts"
import { compareSizes, type SizeCase } from "./sizes.ts"
import { seedTickets } from "./ticketSeed.ts"
import { ticketCases } from "./ticketSizes.ts"

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "3" },
    tickets: { type: "string", default: "50000" },
    connections: { type: "string" },
    pool: { type: "string", default: "10" },
    only: { type: "string", multiple: true },
    sizes: { type: "boolean", default: false },
    assets: { type: "boolean", default: false },
    small: { type: "string", default: "10000" },
    large: { type: "string", default: "1000000" },
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
const effort = {
  rounds: Number(options.rounds),
  seconds: Number(options.seconds),
  // Few where it is latency that counts, and enough to keep a server busy where it is what a request takes.
  connections: Number(options.connections ?? (options.sizes || options.assets ? 4 : 32))
}

const dataDir = mkdtempSync(join(tmpdir(), "psa-bench-"))
const scope = Effect.runSync(Scope.make())
const started: Array<{ readonly stop: () => Promise<void> }> = []
const keep = <A extends { readonly stop: () => Promise<void> }>(process: A) => {
  started.push(process)
  return process
}
const write = (figures: unknown) => {
  if (options.json !== undefined) writeFileSync(options.json, JSON.stringify(figures, null, 2))
}

type Database = Layer.Success<ReturnType<typeof layerSocket>>

/** Fills a database with so many of these. */
const fill = async <A>(
  socket: EmbeddedPostgres.Socket,
  database: string,
  what: string,
  work: Effect.Effect<A, unknown, Database>
) => {
  const from = performance.now()
  const seeded = await Effect.runPromise(work.pipe(Effect.provide(layerSocket(socket, 2, database))))
  say(`${what} in ${column((performance.now() - from) / 1000, 0, 1)} s`)
  return seeded
}

const configOf = ({ directory, port }: EmbeddedPostgres.Socket, database: string): ServerConfig => ({
  socketDirectory: directory,
  socketPort: port,
  database,
  poolSize: Number(options.pool),
  sql: { ticketColumns: ticketColumns.text, ticketJoins, detailColumns: detailColumns.text, detailJoins }
})

/** What there are few of and many of: how they are made, and what is asked of them. */
interface Things<Seeded extends Provider> {
  readonly name: string
  readonly seed: (size: number) => Effect.Effect<Seeded, unknown, Database>
  readonly cases: (server: Server, seeded: Seeded, size: number) => Promise<ReadonlyArray<SizeCase>>
}

/** A server of our own over a database of its own with so many of the things. */
const sized = async <Seeded extends Provider>(
  socket: EmbeddedPostgres.Socket,
  { cases, name, seed }: Things<Seeded>,
  size: number
) => {
  const database = `${name}_${size}`
  const create = Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe(`CREATE DATABASE ${database}`))
  await Effect.runPromise(create.pipe(Effect.provide(layerSocket(socket, 1))))
  const seeded = await fill(socket, database, `${size} ${name}`, seed(size))
  const server = keep(await startServer("ours", configOf(socket, database)))
  return { size, seeded, database, server, keys: seeded.keys, cases: await cases(server, seeded, size) }
}

const runSizes = async <Seeded extends Provider>(socket: EmbeddedPostgres.Socket, things: Things<Seeded>) => {
  const small = await sized(socket, things, Number(options.small))
  const large = await sized(socket, things, Number(options.large))
  const loader = keep(await startLoader())
  return { large, figures: await compareSizes(things.name, small, large, loader, effort) }
}

const runTickets = async (socket: EmbeddedPostgres.Socket) => {
  const { figures } = await runSizes(socket, { name: "tickets", seed: seedTickets, cases: ticketCases })
  write(figures)
}

const runAssets = async (socket: EmbeddedPostgres.Socket) => {
  const { figures, large } = await runSizes(socket, { name: "assets", seed: seedAssets, cases: assetCases })
  const { database, seeded, server, size } = large
  const exports = await compareExports(server, configOf(socket, database), seeded, size, effort.rounds)
  write([...figures, ...exports])
}

const runCases = async (socket: EmbeddedPostgres.Socket) => {
  const tickets = Number(options.tickets)
  const seeded = await fill(socket, "postgres", `${tickets} tickets`, seedTickets(tickets))
  const config = configOf(socket, "postgres")
  const from = options.profile === undefined ? "bundle" : "sources"
  const ours = keep(await startServer("ours", config, from))
  const peer = keep(await startServer("peer", config, from))
  const loader = keep(await startLoader())
  const cursors = await cursorsAfter(ours.url, "/api/v1/tickets", seeded.keys, tickets / 2)
  const requests = requestsOf(seeded, cursors)
  if (options.profile !== undefined) {
    const name = asCase(options.profile)
    const side = options.side === "peer" ? "peer" : "ours"
    const server = side === "peer" ? peer : ours
    await warmKeys(server.url, seeded.keys)
    return profile({ name, side, server, loader, requests: requests[name], effort })
  }
  await verifyAlike(ours.url, peer.url, seeded, cursors)
  for (const { url } of [ours, peer]) await warmKeys(url, seeded.keys)
  write(await compareAll(chosen, ours, peer, loader, requests, effort))
}

try {
  await bundleServers()
  const socket = await Effect.runPromise(EmbeddedPostgres.start(dataDir).pipe(Scope.provide(scope)))
  await (options.assets ? runAssets(socket) : options.sizes ? runTickets(socket) : runCases(socket))
} finally {
  for (const process of started.toReversed()) await process.stop()
  await Effect.runPromise(Scope.close(scope, Exit.void))
  rmSync(dataDir, { recursive: true, force: true })
}
