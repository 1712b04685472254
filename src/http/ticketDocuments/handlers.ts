import { Effect } from "effect"
import type { HttpServerRequest } from "effect/http"
import { DocumentService } from "../../services/DocumentService.ts"
import { CommunityApi } from "../Api.ts"
import { answers } from "../answers.ts"
import { documentUploads } from "../documentUploads.ts"
import { downloadDocument } from "../downloads.ts"
import { one } from "../envelope.ts"
import { group } from "../group.ts"

interface Uploading {
  readonly params: { readonly id: string }
  readonly request: HttpServerRequest.HttpServerRequest
}

export const TicketDocumentsHandlers = group(
  CommunityApi,
  "ticketDocuments",
  Effect.fn(function* (handlers) {
    const documents = yield* DocumentService
    const uploads = yield* documentUploads
    const raw = answers({
      upload: ({ params: { id }, request }: Uploading) =>
        Effect.map(
          uploads.upload(request, { type: "ticket", id }, (document) => documents.attach("ticket", id, document)),
          one
        )
    })
    return handlers.handleRaw("upload", raw.upload).handleAll(
      answers({
        list: ({ params }) => Effect.map(documents.list("ticket", params.id), one),
        download: ({ params, request }) =>
          Effect.flatMap(documents.open("ticket", params.id, params.documentId), downloadDocument(request)),
        delete: ({ params }) => Effect.as(documents.detach("ticket", params.id, params.documentId), one(null))
      })
    )
  })
)
