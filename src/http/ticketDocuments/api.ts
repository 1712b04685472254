import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { Document, DocumentId } from "../../domain/Document.ts"
import { BadGateway, Conflict, Forbidden, KeyReused, NotFound, RangeNotSatisfiable } from "../../domain/Errors.ts"
import { TicketId } from "../../domain/Ticket.ts"
import { Download, Upload } from "../documentSchemas.ts"
import { about } from "../endpoint.ts"
import { One } from "../envelope.ts"

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
        requires: ["ticket:read"]
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
        requires: ["ticket:update"]
      })
    ),
    HttpApiEndpoint.get("download", "/:documentId", {
      params: { id: TicketId, documentId: DocumentId },
      success: Download,
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
