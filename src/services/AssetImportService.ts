import { Context, Effect, Layer, Semaphore, Stream } from "effect"
import { SqlClient } from "effect/sql"
import { Actor, type Caller } from "../domain/Actor.ts"
import {
  type ImportHeader,
  type ImportLine,
  type ImportSummary,
  maxExplainedLines,
  maxImportLines,
  readHeader
} from "../domain/AssetImport.ts"
import type { TypeDefinition } from "../domain/assetExtension.ts"
import { planLine } from "../domain/assetImportLine.ts"
import { Conflict, type Issue, PayloadTooLarge, ValidationFailed } from "../domain/Errors.ts"
import { changesOf } from "./assetEvents.ts"
import { keepResults, type LineResult, tellResults, writeResults } from "./assetImportResults.ts"
import { type FoundLine, findNamed, holdFound, keepLines, linesAfter, makeTables } from "./assetImportTables.ts"
import { holdTypes, typesOf } from "./assetWriting.ts"
import { refusing } from "./constraints.ts"
import { type CsvProblem, type CsvRecord, csvRecords } from "./csvRecords.ts"
import { newId } from "./ids.ts"
import { Settings } from "./Settings.ts"

/** How many lines are worked on at once. */
const batchSize = 1000

/** How much is told of what is wrong with a line. */
const maxIssuesOfLine = 20
const maxMessageLength = 500

type Summary = typeof ImportSummary.Type

export interface ImportOptions {
  /** Only says what would be done. */
  readonly isDryRun: boolean
  /** Refuses columns that nothing would be read from. */
  readonly isStrict: boolean
}

export interface Imported {
  readonly summary: Summary
  /** What became of each line, as JSON objects with commas between them, in UTF-8. */
  readonly lines: ReadonlyArray<Uint8Array>
  /** Columns that nothing was read from. */
  readonly ignored: ReadonlyArray<string>
}

export class AssetImportService extends Context.Service<
  AssetImportService,
  {
    /**
     * Makes and changes assets as the lines of a CSV file say: all of them, or none. A file that was imported already
     * changes nothing. 400 with the faulty lines; 413 for too many.
     */
    readonly run: (
      file: Stream.Stream<Uint8Array>,
      options: ImportOptions
    ) => Effect.Effect<Imported, ValidationFailed | PayloadTooLarge | Conflict, Actor>
  }
>()("psa/AssetImportService") {
  static readonly layer = Layer.effect(
    AssetImportService,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { databasePoolSize } = yield* Settings
      // Each holds a connection, also while it waits for another import of the tenant: most are for everybody else.
      const some = yield* Semaphore.make(Math.max(1, Math.floor(databasePoolSize / 4)))

      /** Keeps all lines of the file. */
      const spool = Effect.fnUntraced(function* (
        tenant: string,
        file: Stream.Stream<Uint8Array>,
        types: Iterable<TypeDefinition>
      ) {
        let header: ImportHeader | undefined
        let lines = 0
        const keep = Effect.fnUntraced(function* (records: ReadonlyArray<CsvRecord>) {
          const [first, ...others] = records
          const known = header ?? (yield* soundHeader(first?.cells ?? [], types))
          const kept = header === undefined ? others : records
          header = known
          lines += kept.length
          if (lines > maxImportLines) return yield* tooManyLines
          if (kept.length > 0) yield* keepLines(sql, tenant, known, kept)
        })
        yield* csvRecords(file).pipe(
          Stream.catchTag("CsvProblem", (problem) => Stream.fail(notCsv(problem))),
          Stream.grouped(batchSize),
          Stream.runForEach(keep)
        )
        return header ?? (yield* noHeader)
      })

      /** One import at a time of the tenant's, and nobody else changes what it is about. */
      const hold = Effect.fnUntraced(function* (tenant: string, types: ReadonlyMap<string, TypeDefinition>) {
        yield* sql`SELECT pg_advisory_xact_lock(hashtextextended(${`asset import ${tenant}`}, 0))`
        yield* holdTypes(sql, tenant, [...types.keys()])
      })

      /** What all lines come to; of the faulty ones, the first. */
      const judge = Effect.fnUntraced(function* (caller: Caller, header: ImportHeader, isDryRun: boolean) {
        const types = yield* typesOf(sql, caller.tenant)
        const summary = { lines: 0, create: 0, update: 0, unchanged: 0, errors: 0 }
        const faulty: Array<typeof ImportLine.Type> = []
        let found = yield* linesAfter(sql, caller, 0, batchSize)
        while (found.length > 0) {
          const results = found.map((line) => {
            const result = resultOf(line, header, types, isDryRun)
            summary.lines++
            summary[counterOf[result.action]]++
            if (result.action !== "error") return result
            if (faulty.length >= maxExplainedLines) return { line: line.line, action: result.action, asset_id: null }
            const errors = (result.errors ?? []).slice(0, maxIssuesOfLine).map(brief)
            faulty.push({ line: line.line, action: result.action, errors })
            return { ...result, errors }
          })
          yield* keepResults(sql, caller.tenant, results)
          found = yield* linesAfter(sql, caller, found.at(-1)!.line, batchSize)
        }
        return { summary, faulty }
      })

      const run = Effect.fn("AssetImportService.run")(
        function* (file: Stream.Stream<Uint8Array>, { isDryRun, isStrict }: ImportOptions) {
          const caller = yield* Actor
          const { tenant } = caller
          yield* makeTables(sql)
          const types = yield* typesOf(sql, tenant)
          const header = yield* spool(tenant, file, types.values())
          if (isStrict && header.ignored.length > 0) return yield* unread(header.ignored)
          if (!isDryRun) yield* hold(tenant, types)
          yield* findNamed(sql, tenant)
          if (!isDryRun) yield* holdFound(sql, tenant)
          const { faulty, summary } = yield* judge(caller, header, isDryRun)
          if (!isDryRun && summary.errors > 0) return yield* refused(faulty, summary)
          if (!isDryRun) yield* writeResults(sql, caller)
          return { summary, lines: yield* tellResults(sql, tenant), ignored: header.ignored }
        },
        sql.withTransaction,
        refusals,
        Semaphore.withPermit(some)
      )

      return AssetImportService.of({ run })
    })
  )
}

const counterOf = { create: "create", update: "update", skip: "unchanged", error: "errors" } as const

const resultOf = (
  { asset_id, cells, facts, line }: FoundLine,
  header: ImportHeader,
  types: ReadonlyMap<string, TypeDefinition>,
  isDryRun: boolean
): LineResult => {
  const { asset, issues } = planLine(header, cells, facts, types)
  if (asset === undefined) return { line, action: "error", asset_id: null, errors: issues }
  if (asset_id === null || facts.current === undefined) {
    if (isDryRun) return { line, action: "create", asset_id: null }
    const { asset_tag, client_id, name } = asset
    const payload = { client_id, name, asset_tag, changes: changesOf({}, asset) }
    return { line, action: "create", asset_id: newId(), asset, payload }
  }
  const changes = changesOf(facts.current, asset)
  if (Object.keys(changes).length === 0) return { line, action: "skip", asset_id }
  return isDryRun
    ? { line, action: "update", asset_id }
    : { line, action: "update", asset_id, asset, payload: { changes } }
}

const brief = ({ message, path }: Issue) => ({
  path: path.map(String),
  message: message.length > maxMessageLength ? `${message.slice(0, maxMessageLength).toWellFormed()}…` : message
})

const soundHeader = (cells: ReadonlyArray<string>, types: Iterable<TypeDefinition>) => {
  const { header, issues } = readHeader(cells, types)
  if (issues.length === 0) return Effect.succeed(header)
  const names = issues.map(({ path }) => String(path[1])).slice(0, maxIssuesOfLine)
  return ValidationFailed.issues(issues, `The header has columns that cannot be read: ${names.join(", ")}`)
}

const noHeader = ValidationFailed.at("header", "Expected the names of columns in the first line")

const unread = (columns: ReadonlyArray<string>) =>
  ValidationFailed.issues(columns.map((column) => ({ path: ["header", column], message: "Nothing is read from it" })))

const notCsv = ({ line, message }: CsvProblem) =>
  ValidationFailed.issues([{ path: ["lines", line], message }], `Line ${line}: ${message}`)

const tooManyLines = new PayloadTooLarge({ error: { message: `Expected at most ${maxImportLines} lines` } })

const refused = (lines: ReadonlyArray<typeof ImportLine.Type>, summary: Summary) =>
  new ValidationFailed({
    error: {
      message: `Nothing was imported: there is something wrong with ${summary.errors} of ${summary.lines} lines`,
      details: { lines, summary }
    }
  })

const gone = () => Conflict.because("Something that the file names has been deleted meanwhile: import it again")

const refusals = refusing<Conflict>({
  assets_client_fkey: gone,
  assets_location_fkey: gone,
  assets_type_fkey: gone
})
