/** How many assets our service exports a second, beside how many PostgreSQL itself gives away with COPY. */
import { get } from "node:http"
import type { Readable } from "node:stream"
import { finished } from "node:stream/promises"
import postgres from "postgres"
import { user } from "../src/layers/EmbeddedPostgres.ts"
import { exportColumns, fieldsOfExport } from "../src/services/assetCsv.ts"
import { assetTables } from "../src/services/assetRows.ts"
import { column, median, say } from "./measure.ts"
import type { ServerConfig } from "./measured.ts"
import type { Server } from "./processes.ts"
import type { Provider } from "./seed.ts"

export interface ExportFigure {
  readonly case: `export-${(typeof formats)[number]["name"]}`
  /** How many assets are exported. */
  readonly size: number
  readonly ours_rows_per_second: number
  readonly copy_rows_per_second: number
  readonly ratio: number
  /** Of the server's process: before, and at most meanwhile. */
  readonly rss_before_mib: number
  readonly rss_peak_mib: number
}

/** Neither has a line end inside a row, so rows are counted by these: a file of CSV has its header, JSON none at its end. */
const formats = [
  { name: "csv", title: "export as CSV", linesBeside: 1 },
  { name: "json", title: "export as JSON", linesBeside: -1 }
] as const

/** The least part of the speed of COPY. */
const least = 0.3

/** The connection of the measuring process, and the statement that it copies: the same that an export reads. */
const copying = ({ database, socketDirectory, socketPort }: ServerConfig, tenant: string) => {
  const sql = postgres({
    path: `${socketDirectory}/.s.PGSQL.${socketPort}`,
    database,
    username: user,
    max: 1,
    connection: { TimeZone: "UTC", join_collapse_limit: 1 }
  })
  const select = `SELECT ${exportColumns(fieldsOfExport(undefined))} FROM ${assetTables}
    WHERE a.tenant = '${tenant}' ORDER BY a.asset_id`
  return { copy: () => sql.unsafe(`COPY (${select}) TO STDOUT`).readable(), stop: () => sql.end() }
}

const download = (url: string, format: string, key: string) =>
  new Promise<Readable>((resolve, reject) => {
    get(`${url}/api/v1/assets/export?format=${format}`, { headers: { "x-api-key": key } }, (response) => {
      if (response.statusCode === 200) resolve(response)
      else reject(new Error(`The export as ${format} is a ${response.statusCode}`))
    }).once("error", reject)
  })

const lineEnd = "\n".charCodeAt(0)

/** Reads to the end, and counts the lines. */
const countLines = async (stream: Readable) => {
  let lines = 0
  stream.on("data", (chunk: Buffer) => {
    for (let at = chunk.indexOf(lineEnd); at >= 0; at = chunk.indexOf(lineEnd, at + 1)) lines++
  })
  await finished(stream)
  return lines
}

/** How many rows a second come; fails if one is missing. */
const rowsPerSecond = async (open: () => Promise<Readable>, size: number, linesBeside: number) => {
  const from = performance.now()
  const rows = (await countLines(await open())) - linesBeside
  if (rows !== size) throw new Error(`${rows} rows came instead of ${size}`)
  return (rows / (performance.now() - from)) * 1000
}

/** What `work` comes to, and how much memory the server had before it and had most while it ran, in MiB. */
const withMemory = async <A>(server: Server, work: () => Promise<A>) => {
  await server.usage()
  const before = await server.usage()
  const result = await work()
  const peak = await server.usage()
  return { result, before: before.rss / 2 ** 20, peak: peak.rss / 2 ** 20 }
}

/** Measures both in turns, each once before it counts, and prints a table; each ratio is the median of the rounds'. */
export const compareExports = async (
  server: Server,
  config: ServerConfig,
  { keys, tenant }: Provider,
  size: number,
  rounds: number
): Promise<ReadonlyArray<ExportFigure>> => {
  const { copy, stop } = copying(config, tenant)
  const once = async ({ linesBeside, name }: (typeof formats)[number]) => {
    const open = () => download(server.url, name, keys[0]!)
    const { before, peak, result } = await withMemory(server, () => rowsPerSecond(open, size, linesBeside))
    return { before, peak, ours: result, copy: await rowsPerSecond(copy, size, 0) }
  }
  const figures: Array<ExportFigure> = []
  say(
    `\n${`rows a second; ${size.toLocaleString("en")} assets`.padEnd(38)}${"ours".padStart(10)}${"COPY".padStart(10)}` +
      `${"ratio".padStart(8)}${"at least".padStart(10)}${"MiB before".padStart(12)}${"at most".padStart(9)}`
  )
  for (const format of formats) {
    await once(format)
    const found: Array<Awaited<ReturnType<typeof once>>> = []
    for (let round = 0; round < rounds; round++) found.push(await once(format))
    const figure: ExportFigure = {
      case: `export-${format.name}`,
      size,
      ours_rows_per_second: median(found.map(({ ours }) => ours)),
      copy_rows_per_second: median(found.map(({ copy }) => copy)),
      ratio: median(found.map(({ copy, ours }) => ours / copy)),
      rss_before_mib: Math.min(...found.map(({ before }) => before)),
      rss_peak_mib: Math.max(...found.map(({ peak }) => peak))
    }
    figures.push(figure)
    say(row(figure, format.title))
  }
  await stop()
  return figures
}

const row = (figure: ExportFigure, title: string) =>
  `${title.padEnd(38)}${column(figure.ours_rows_per_second, 10)}${column(figure.copy_rows_per_second, 10)}` +
  `${column(figure.ratio, 8, 2)}${column(least, 10, 1)}` +
  `${column(figure.rss_before_mib, 12)}${column(figure.rss_peak_mib, 9)}`
