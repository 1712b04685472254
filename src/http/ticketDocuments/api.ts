import { Schema } from "effect"
import { Multipart } from "effect/http"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { Document, DocumentId } from "../../domain/Document.ts"
import { BadGateway, Conflict, Forbidden, KeyReused, NotFound, RangeNotSatisfiable } from "../../domain/Errors.ts"
import { TicketId } from "../../domain/Ticket.ts"
import { about } from "../endpoint.ts"
import { One } from "../envelope.ts"

/** The body of an upload. It is read as it comes; this is what it is documented as. */
const Upload = Schema.Struct({
  file: Multipart.SingleFileSchema.annotate({ description: "The file, with its name and media type" })
}).pipe(HttpApiSchema.asMultipartStream())

/** What a download is documented as. It is written as it is read, and of its own media type. */
const bytes = Schema.Uint8Array.pipe(HttpApiSchema.asUint8Array({ contentType: "application/octet-stream" }))

const manual = {
  tenant: "0198c5f2-7b1e-7c3a-9d4f-2a6b8c0d1e2f",
  document_id: "0198c5f2-8a10-7d51-8c2e-5f0a1b2c3d4e",
  document_name: "Printer manual.pdf",
  type_name: "application/pdf",
  type_icon: "file-pdf",
  mime_type: "application/pdf",
  file_size: 482133,
  file_id: "0198c5f2-89ff-7e02-b3c4-9d8e7f6a5b4c",
  created_by: "0198c5f2-7c00-7a11-a1b2-c3d4e5f60718",
  created_by_full_name: "Dana Dispatcher",
  created_at: "2026-03-02T09:30:00.000Z",
  updated_at: "2026-03-02T09:30:00.000Z",
  association_id: "0198c5f2-8a11-7b22-9f3a-6e5d4c3b2a19",
  association_created_at: "2026-03-02T09:30:00.000Z"
}

export class TicketDocumentsApi extends HttpApiGroup.make("ticketDocuments")
  .add(
    HttpApiEndpoint.get("list", "/", {
      params: { id: TicketId },
      success: One(Schema.Array(Document)),
      error: [NotFound, Forbidden]
    }).annotateMerge(
      about({
        summary: "List a ticket's documents",
        description: "The files that belong to a ticket, those that changed last first.",
        requires: ["ticket:read"],
        example: { response: { data: [manual] } }
      })
    ),
    HttpApiEndpoint.post("upload", "/", {
      params: { id: TicketId },
      payload: Upload,
      success: One(Document).pipe(HttpApiSchema.status(201)),
      error: [NotFound, Forbidden, Conflict, KeyReused, BadGateway]
    }).annotateMerge(
      about({
        summary: "Upload a document to a ticket",
        description:
          "A multipart body with the file as its part `file`, of up to 25 MiB unless the service is set up for another " +
          "length. Its media type is the part's, or else follows from the name. Programs and scripts that Windows or a " +
          "browser would run are a 400. With an `Idempotency-Key`, the same file sent again is one document.",
        requires: ["ticket:update"],
        example: { response: { data: manual } }
      })
    ),
    HttpApiEndpoint.get("download", "/:documentId", {
      params: { id: TicketId, documentId: DocumentId },
      success: [
        bytes.annotate({ description: "The file" }),
        bytes.pipe(HttpApiSchema.status(206)).annotate({ description: "The part that `Range` asks for" }),
        HttpApiSchema.Empty(304).annotate({ description: "The file is the one that `If-None-Match` names" })
      ],
      error: [NotFound, Forbidden, RangeNotSatisfiable, BadGateway]
    }).annotateMerge(
      about({
        summary: "Download a ticket's document",
        description:
          "The file as an attachment, of the media type that it was uploaded with. Its `ETag` is its SHA-256; `Range` with " +
          "one range of bytes, `If-Range` and `If-None-Match` are honoured.",
        requires: ["ticket:read"]
      })
    ),
    HttpApiEndpoint.delete("delete", "/:documentId", {
      params: { id: TicketId, documentId: DocumentId },
      success: One(Schema.Null),
      error: [NotFound, Forbidden]
    }).annotateMerge(
      about({
        summary: "Delete a ticket's document",
        description: "Takes the document from the ticket, and deletes it if it belongs to nothing else.",
        requires: ["ticket:update"]
      })
    )
  )
  .prefix("/api/v1/tickets/:id/documents")
  .annotateMerge(
    OpenApi.annotations({
      title: "Documents of a ticket",
      description: "Files that belong to a ticket."
    })
  ) {}
