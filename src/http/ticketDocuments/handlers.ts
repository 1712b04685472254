import { Effect } from "effect"
import type { HttpServerRequest } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import type { Document } from "../../domain/Document.ts"
import { DocumentService } from "../../services/DocumentService.ts"
import { fingerprint, IdempotencyKeys } from "../../services/IdempotencyKeys.ts"
import { Settings } from "../../services/Settings.ts"
import { CommunityApi } from "../Api.ts"
import { answers } from "../answers.ts"
import { download } from "../downloads.ts"
import { one } from "../envelope.ts"
import { isKey, notAKey } from "../middleware/Idempotency.ts"
import { factsOf } from "../RequestFacts.ts"
import { acceptsUpload, receiveUpload } from "../uploads.ts"

interface Uploading {
  readonly params: { readonly id: string }
  readonly request: HttpServerRequest.HttpServerRequest
}

export const TicketDocumentsHandlers = HttpApiBuilder.group(
  CommunityApi,
  "ticketDocuments",
  Effect.fn(function* (handlers) {
    const documents = yield* DocumentService
    const keys = yield* IdempotencyKeys
    const { maxUploadBytes: maxBytes } = yield* Settings

    const upload = Effect.fnUntraced(function* ({ params: { id }, request }: Uploading) {
      const key = request.headers["idempotency-key"]
      if (key !== undefined && key !== "" && !isKey(key)) return yield* notAKey
      yield* acceptsUpload(request)
      // Nobody sends a long file for nothing.
      yield* documents.check("ticket", id)
      const { content, name, type } = yield* receiveUpload(request, { maxBytes, receive: documents.receive })
      const file = yield* documents.keep(content)
      const attach = documents.attach("ticket", id, { name, type, file })
      if (key === undefined || key === "") return one(yield* attach)
      const asked = fingerprint(request.method, request.url, content.sha256, name, type)
      const { body, replayed } = yield* keys.once(key, asked, Effect.map(attach, kept))
      if (replayed) factsOf(request).headers["idempotency-replayed"] = "true"
      return one(unkept(body))
      // What came in is gone before there is an answer, unless it was kept.
    }, Effect.scoped)

    return handlers.handleRaw("upload", answers({ upload }).upload).handleAll(
      answers({
        list: ({ params }) => Effect.map(documents.list("ticket", params.id), one),
        download: ({ params, request }) =>
          Effect.flatMap(documents.open("ticket", params.id, params.documentId), ({ document, read, sha256 }) =>
            download(request, {
              name: document.document_name,
              type: document.mime_type,
              size: document.file_size,
              sha256,
              read
            })
          ),
        delete: ({ params }) => Effect.as(documents.detach("ticket", params.id, params.documentId), one(null))
      })
    )
  })
)

/** The document, as it is kept for who asks for it to be made again. */
const kept = (document: typeof Document.Type) => ({ status: 201, body: JSON.stringify(document) })

/** What was kept is what `kept` has made. */
const unkept = (body: string | null) => JSON.parse(body ?? "") as typeof Document.Type
