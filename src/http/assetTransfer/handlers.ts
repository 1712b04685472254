import { createReadStream } from "node:fs"
import * as NodeStream from "@effect/platform-node/NodeStream"
import { Effect, Stream } from "effect"
import { type HttpServerRequest, HttpServerResponse } from "effect/http"
import { maxImportBytes } from "../../domain/AssetImport.ts"
import { type AssetExport, AssetExportService, type Written } from "../../services/AssetExportService.ts"
import { AssetImportService, type Imported } from "../../services/AssetImportService.ts"
import { DocumentService } from "../../services/DocumentService.ts"
import { CommunityApi } from "../Api.ts"
import { answers } from "../answers.ts"
import { acceptsCsv, receiveCsv } from "../csvBody.ts"
import { group } from "../group.ts"
import { isStrict } from "../middleware/Validation.ts"
import { factsOf } from "../RequestFacts.ts"

interface Exporting {
  readonly query: AssetExport & { readonly format?: string }
  readonly request: HttpServerRequest.HttpServerRequest
}

interface Importing {
  readonly query: { readonly dry_run?: boolean }
  readonly request: HttpServerRequest.HttpServerRequest
}

export const AssetTransferHandlers = group(
  CommunityApi,
  "assetTransfer",
  Effect.fn(function* (handlers) {
    const exports = yield* AssetExportService
    const imports = yield* AssetImportService
    const { receive } = yield* DocumentService

    const exported = ({ query: { format, ...query }, request }: Exporting) =>
      format?.toLowerCase() === "json"
        ? Effect.map(exports.json(query), (objects) => answer(request, "application/json", enveloped(request, objects)))
        : Effect.map(exports.csv(query), (lines) => answer(request, "text/csv; charset=utf-8", lines, attached))

    const imported = Effect.fnUntraced(function* ({ query: { dry_run = false }, request }: Importing) {
      yield* acceptsCsv(request)
      // Only what is here as a whole is worked on: nobody holds a connection to the database by sending slowly.
      const { path } = yield* receiveCsv(request, { maxBytes: maxImportBytes, receive })
      const report = yield* imports.run(fileAt(path), { isDryRun: dry_run, isStrict: isStrict(request) })
      return reported(request, report)
    }, Effect.scoped)

    return handlers.handleRaw("import", answers({ imported }).imported).handleAll(answers({ export: exported }))
  })
)

const attached = { "content-disposition": "attachment; filename=assets.csv", "x-content-type-options": "nosniff" }

const answer = (
  { method }: HttpServerRequest.HttpServerRequest,
  contentType: string,
  content: Written,
  headers: Readonly<Record<string, string>> = {}
) =>
  HttpServerResponse.stream(method === "HEAD" ? Stream.empty : content, {
    contentType,
    headers: { ...headers, "cache-control": "no-store" }
  })

const encoder = new TextEncoder()

/** What of the request was ignored, as the end of an answer whose `data` has been written. */
const noted = (ignored: ReadonlyArray<string>) => (ignored.length === 0 ? "" : `,"meta":${JSON.stringify({ ignored })}`)

/** Objects with commas between them as `data`. */
const enveloped = (request: HttpServerRequest.HttpServerRequest, objects: Written) =>
  Stream.concat(
    Stream.concat(Stream.make(encoder.encode('{"data":[')), objects),
    Stream.make(encoder.encode(`]${noted(factsOf(request).ignored)}}`))
  )

const reported = (request: HttpServerRequest.HttpServerRequest, { ignored, lines, summary }: Imported) => {
  const all = [...factsOf(request).ignored, ...ignored]
  const end = `],"summary":${JSON.stringify(summary)}}${noted(all)}}`
  const pieces = [encoder.encode('{"data":{"lines":['), ...lines, encoder.encode(end)]
  const contentLength = pieces.reduce((sum, piece) => sum + piece.length, 0)
  return HttpServerResponse.stream(Stream.fromIterable(pieces), { contentType: "application/json", contentLength })
}

/** A file that is there, as it was received. */
const fileAt = (path: string) =>
  Stream.orDie(NodeStream.fromReadable<Uint8Array>({ evaluate: () => createReadStream(path) }))
