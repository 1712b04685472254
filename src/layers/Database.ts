/** The connection pool, to `DATABASE_URL` or to a PostgreSQL server of our own. */
import { hostname } from "node:os"
import { PgClient, PgTypes } from "@effect/sql-pg"
import { Effect, Layer, Redacted, Result } from "effect"
import { SqlClient } from "effect/sql"
import { Announcements } from "../services/Announcements.ts"
import * as EmbeddedPostgres from "./EmbeddedPostgres.ts"
import { gatheringSocket } from "./GatheringSocket.ts"
import { refuse, Settings } from "./Settings.ts"

/** The eight bytes of a big-endian signed integer; exact up to 2^53. */
const readInt64 = (bytes: Uint8Array, offset: number): number => {
  const high = (bytes[offset]! << 24) | (bytes[offset + 1]! << 16) | (bytes[offset + 2]! << 8) | bytes[offset + 3]!
  const low = (bytes[offset + 4]! << 24) | (bytes[offset + 5]! << 16) | (bytes[offset + 6]! << 8) | bytes[offset + 7]!
  return high * 4_294_967_296 + (low >>> 0)
}

/** PostgreSQL counts microseconds from 2000, JavaScript milliseconds from 1970. */
const epoch = Date.UTC(2000, 0, 1)

const millisecondsADay = 86_400_000

/** Of some days that were written, the text as far as its `T`: the timestamps of one answer are of few days, mostly. */
const dates = Array.from({ length: 1024 }, () => ({ day: Number.NaN, text: "" }))

const dateOf = (day: number): string => {
  const known = dates[day & 1023]!
  if (known.day !== day) {
    known.text = new Date(day * millisecondsADay).toISOString().slice(0, -13)
    known.day = day
  }
  return known.text
}

const twoDigits = Array.from({ length: 100 }, (_, number) => String(number).padStart(2, "0"))

/** Milliseconds since 1970 as ISO 8601 in UTC, in half the time that a `Date` takes. */
const isoTime = (millis: number): string => {
  const day = Math.floor(millis / millisecondsADay)
  const rest = millis - day * millisecondsADay
  const hours = Math.floor(rest / 3_600_000)
  const minutes = Math.floor((rest % 3_600_000) / 60_000)
  const seconds = Math.floor((rest % 60_000) / 1000)
  const thousandths = rest % 1000
  return `${dateOf(day)}${twoDigits[hours]}:${twoDigits[minutes]}:${twoDigits[seconds]}.${
    thousandths < 100 ? `0${twoDigits[thousandths]}` : thousandths
  }Z`
}

const readTimestamp = (bytes: Uint8Array, offset: number) =>
  Result.succeed(isoTime(Math.round(readInt64(bytes, offset) / 1000) + epoch))

const readBigint = (bytes: Uint8Array, offset: number) => Result.succeed(readInt64(bytes, offset))

/**
 * Values arrive as they go out on the wire: a timestamp as ISO 8601 UTC text with milliseconds, a bigint as a number.
 * So a row needs no second pass on its way from the database to the answer.
 */
export const wireTypes = () => {
  const registry = PgTypes.makeRegistry()
  const timestamp = (oid: number): PgTypes.Codec<string | Date> => ({
    encode: (value) => PgTypes.encode(typeof value === "string" ? new Date(value) : value, oid),
    decode: (bytes) => readTimestamp(bytes, 0),
    read: readTimestamp
  })
  registry.register(PgTypes.OID.timestamptz, timestamp(PgTypes.OID.timestamptz), {
    arrayOid: PgTypes.OID.timestamptzArray
  })
  registry.register(PgTypes.OID.timestamp, timestamp(PgTypes.OID.timestamp), { arrayOid: PgTypes.OID.timestampArray })
  registry.register(
    PgTypes.OID.int8,
    {
      encode: (value: number | bigint) => PgTypes.encode(BigInt(value), PgTypes.OID.int8),
      decode: (bytes) => readBigint(bytes, 0),
      read: readBigint
    },
    { arrayOid: PgTypes.OID.int8Array }
  )
  return registry
}

const poolOptions = (poolSize: number): PgClient.PgPoolConfig => ({
  // The process's own, by which it finds its connections again.
  applicationName: `psa ${hostname().slice(0, 40)} ${process.pid}`,
  types: wireTypes(),
  maxConnections: poolSize,
  minConnections: 1,
  // Statements of many requests share a connection, pipelined; transactions and listeners take one for themselves.
  multiplex: true,
  multiplexConcurrency: 16,
  preparedStatementCacheSize: 500,
  idleTimeout: "10 minutes",
  startupParameters: {
    timezone: "UTC",
    // Our joins stand in the order they are to be made in: looking for a better one takes longer than the query.
    join_collapse_limit: "1",
    jit: "off"
  }
})

/** A pool on a server of our own. */
export const layerSocket = (socket: EmbeddedPostgres.Socket, poolSize: number, database = "postgres") =>
  connections(poolSize, {
    stream: () => gatheringSocket().connect(EmbeddedPostgres.socketPath(socket)),
    path: EmbeddedPostgres.socketPath(socket),
    username: EmbeddedPostgres.user,
    database
  })

/** A pool on the server that a URL names. */
export const layerUrl = (url: Redacted.Redacted, poolSize: number) =>
  connections(poolSize, { url, stream: () => connectTo(Redacted.value(url)), connectTimeout: "5 seconds" })

/** The connection that the driver would make to a URL: by a Unix socket where the host is a directory. */
const connectTo = (url: string) => {
  const { hostname, port, searchParams } = new URL(url)
  const host = searchParams.get("host") ?? decodeURIComponent(hostname.replace(/^\[(.*)\]$/, "$1"))
  const at = Number(searchParams.get("port") ?? (port === "" ? 5432 : port))
  if (host.startsWith("/")) return gatheringSocket().connect(`${host}/.s.PGSQL.${at}`)
  return gatheringSocket()
    .setNoDelay(true)
    .setKeepAlive(true)
    .connect(at, host === "" ? "localhost" : host)
}

const connections = (poolSize: number, where: PgClient.PgClientConfig) =>
  Layer.merge(PgClient.layer({ ...poolOptions(poolSize), ...where }), Announcements.layer(where))

/** The database of the settings. `share` joins a service that already runs on the same data instead of refusing. */
export const layer = (options: { readonly share: boolean }) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const settings = yield* Settings
      if (settings.databaseUrl !== undefined) return layerUrl(settings.databaseUrl, settings.databasePoolSize)
      const socket = yield* (options.share ? EmbeddedPostgres.join : EmbeddedPostgres.start)(settings.dataDir)
      return layerSocket(socket, settings.databasePoolSize)
    })
  ).pipe(
    Layer.tap((context) =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* sql`SELECT 1`
      }).pipe(Effect.provideContext(context))
    ),
    Layer.catchTag("SqlError", (error) =>
      refuse<PgClient.PgClient | SqlClient.SqlClient | Announcements>(
        `The database cannot be reached: ${innermost(error.reason)}`
      )
    )
  )

/** What the driver says in the end, without the layers around it. */
const innermost = (failure: { readonly message?: string; readonly cause?: unknown }): string =>
  failure.cause instanceof Error
    ? innermost(failure.cause)
    : (failure.message ?? "unknown reason").replaceAll("\n", " ")
