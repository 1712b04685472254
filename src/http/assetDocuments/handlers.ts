import { Effect } from "effect"
import type { HttpServerRequest } from "effect/http"
import { NewAssociation } from "../../domain/AssetDocument.ts"
import { AssetDocumentService } from "../../services/AssetDocumentService.ts"
import { DocumentService } from "../../services/DocumentService.ts"
import { requirePermission } from "../../services/permits.ts"
import { CommunityApi } from "../Api.ts"
import { answers } from "../answers.ts"
import { documentUploads } from "../documentUploads.ts"
import { downloadDocument } from "../downloads.ts"
import { one } from "../envelope.ts"
import { group } from "../group.ts"
import { isMultipart, readJson } from "../middleware/Validation.ts"

interface Adding {
  readonly params: { readonly id: string }
  readonly request: HttpServerRequest.HttpServerRequest
}

export const AssetDocumentsHandlers = group(
  CommunityApi,
  "assetDocuments",
  Effect.fn(function* (handlers) {
    const documents = yield* DocumentService
    const ofAssets = yield* AssetDocumentService
    const uploads = yield* documentUploads

    const associate = Effect.fnUntraced(function* (request: HttpServerRequest.HttpServerRequest, id: string) {
      // What may not be done is refused before what is sent is looked at.
      yield* requirePermission("document:read")
      const association = yield* readJson(request, NewAssociation)
      return yield* uploads.once(request, [JSON.stringify(association)], ofAssets.associate(id, association))
    })

    const raw = answers({
      add: ({ params: { id }, request }: Adding) =>
        Effect.map(
          isMultipart(request)
            ? uploads.upload(request, { type: "asset", id }, (document) => ofAssets.attach(id, document))
            : associate(request, id),
          one
        )
    })

    return handlers.handleRaw("add", raw.add).handleAll(
      answers({
        list: ({ params }) => Effect.map(ofAssets.list(params.id), one),
        download: ({ params, request }) =>
          Effect.flatMap(documents.open("asset", params.id, params.documentId), downloadDocument(request)),
        delete: ({ params }) => documents.detach("asset", params.id, params.documentId),
        dissociate: ({ params }) => ofAssets.dissociate(params.associationId)
      })
    )
  })
)
