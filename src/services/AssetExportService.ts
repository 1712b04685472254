import { Context, Effect, Layer, Queue, Semaphore, Stream } from "effect"
import { SqlClient } from "effect/sql"
import type { SqlError } from "effect/sql/SqlError"
import type { Fragment } from "effect/sql/Statement"
import { Actor, type Caller } from "../domain/Actor.ts"
import type { ExportField } from "../domain/AssetExport.ts"
import { csvHeader, csvLine, type ExportRow, exportColumns, fieldsOfExport } from "./assetCsv.ts"
import { assetTables } from "./assetRows.ts"
import { type AssetQuery, assetConditions } from "./assetSearch.ts"
import { typesOf } from "./assetWriting.ts"
import { unfailing } from "./constraints.ts"
import { Settings } from "./Settings.ts"

/** Which assets, and what of them. */
export type AssetExport = AssetQuery & {
  readonly asset_types?: ReadonlyArray<string>
  readonly statuses?: ReadonlyArray<string>
  readonly client_ids?: ReadonlyArray<string>
  readonly fields?: ReadonlyArray<ExportField>
}

/** Text in UTF-8, as it comes. Whoever stops reading it stops the query. */
export type Written = Stream.Stream<Uint8Array>

export class AssetExportService extends Context.Service<
  AssetExportService,
  {
    /** The assets that the caller may read as CSV with a header, all as they are at one moment, in the order of their ids. */
    readonly csv: (query: AssetExport) => Effect.Effect<Written, never, Actor>
    /** The same as JSON objects with commas between them. */
    readonly json: (query: AssetExport) => Effect.Effect<Written, never, Actor>
  }
>()("psa/AssetExportService") {
  static readonly layer = Layer.effect(
    AssetExportService,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { databasePoolSize } = yield* Settings
      // Each holds a connection for as long as it is read: the other half is for everybody else.
      const some = yield* Semaphore.make(Math.max(1, Math.floor(databasePoolSize / 2)))

      /** What `work` writes, in one transaction that sees one state of the database. */
      const written = (work: (write: Write) => Work): Written =>
        Stream.callback<Uint8Array>(
          (queue) =>
            work((text) => Effect.timeoutOrElse(Queue.offer(queue, encoder.encode(text)), stalled)).pipe(
              sql.withTransaction,
              Effect.provideService(SqlClient.BeginTransaction, snapshot),
              Semaphore.withPermit(some),
              unfailing,
              Effect.andThen(Queue.end(queue))
            ),
          { bufferSize: 4, strategy: "suspend" }
        )

      const conditionsOf = (caller: Caller, query: AssetExport): Fragment => {
        const { asset_types, client_ids, statuses } = query
        return sql.and([
          ...assetConditions(sql, caller, query),
          ...(asset_types === undefined ? [] : [sql`a.asset_type = ANY(${asset_types}::text[])`]),
          ...(statuses === undefined ? [] : [sql`a.status = ANY(${statuses}::text[])`]),
          ...(client_ids === undefined ? [] : [sql`a.client_id = ANY(${client_ids}::uuid[])`])
        ])
      }

      /** The types that there are assets of, among those that are asked for. */
      const typesIn = Effect.fnUntraced(function* (tenant: string, where: Fragment) {
        const types = yield* typesOf(
          sql,
          tenant,
          sql`EXISTS (SELECT FROM ${sql.literal(assetTables)} WHERE a.asset_type = t.slug AND ${where})`
        )
        return [...types.values()]
      })

      /** The columns of each asset, some assets at a time. */
      const each = (
        where: Fragment,
        columns: string,
        take: (rows: ReadonlyArray<ExportRow>) => Effect.Effect<unknown>
      ) =>
        Stream.runForEachArray(
          sql<ExportRow>`SELECT ${sql.literal(columns)} FROM ${sql.literal(assetTables)} WHERE ${where}
            ORDER BY a.asset_id`.stream,
          take
        )

      const csv = Effect.fn("AssetExportService.csv")(function* (query: AssetExport) {
        const caller = yield* Actor
        const where = conditionsOf(caller, query)
        const fields = fieldsOfExport(query.fields)
        return written((write) =>
          Effect.gen(function* () {
            const types = fields.includes("extension_data") ? yield* typesIn(caller.tenant, where) : []
            yield* write(`${csvHeader(fields, types)}\r\n`)
            const columns = exportColumns(types.length === 0 ? fields : fieldsOfExport([...fields, "asset_type"]))
            const line = csvLine(fields, types)
            yield* each(where, columns, (rows) => write(`${rows.map(line).join("\r\n")}\r\n`))
          })
        )
      })

      const json = Effect.fn("AssetExportService.json")(function* (query: AssetExport) {
        const caller = yield* Actor
        const where = conditionsOf(caller, query)
        const columns = exportColumns(fieldsOfExport(query.fields))
        return written((write) => {
          let separator = ""
          return each(where, columns, (rows) => {
            const text = separator + rows.map((row) => JSON.stringify(row)).join(",\n")
            separator = ",\n"
            return write(text)
          })
        })
      })

      return AssetExportService.of({ csv, json })
    })
  )
}

type Write = (text: string) => Effect.Effect<unknown>
type Work = Effect.Effect<void, SqlError>

const encoder = new TextEncoder()

const snapshot = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

/** Who does not read for so long keeps the connection no longer. */
const stalled = {
  duration: "2 minutes",
  orElse: () => Effect.die(new Error("An export was not read for two minutes"))
} as const
