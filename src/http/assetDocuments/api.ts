import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { AssetId } from "../../domain/Asset.ts"
import { AssetDocument, AssociationId, NewAssociation } from "../../domain/AssetDocument.ts"
import { DocumentId } from "../../domain/Document.ts"
import { BadGateway, Conflict, Forbidden, KeyReused, NotFound, RangeNotSatisfiable } from "../../domain/Errors.ts"
import { Download, Upload } from "../documentSchemas.ts"
import { about } from "../endpoint.ts"
import { One } from "../envelope.ts"

export class AssetDocumentsApi extends HttpApiGroup.make("assetDocuments")
  .add(
    HttpApiEndpoint.get("list", "/:id/documents", {
      params: { id: AssetId },
      success: One(Schema.Array(AssetDocument)),
      error: [NotFound, Forbidden]
    }).annotateMerge(
      about({
        summary: "List an asset's documents",
        description: "The documents that belong to an asset, its notes among them, those that changed last first.",
        requires: ["asset:read"]
      })
    ),
    HttpApiEndpoint.post("add", "/:id/documents", {
      params: { id: AssetId },
      payload: [NewAssociation, Upload],
      success: One(AssetDocument).pipe(HttpApiSchema.status(201)),
      error: [NotFound, Forbidden, Conflict, KeyReused, BadGateway]
    }).annotateMerge(
      about({
        summary: "Give an asset a document",
        description:
          "A multipart body uploads a file, its part `file`, of up to 25 MiB unless the service is set up for another " +
          "length. Its media type is the part's, or else follows from the name. Programs and scripts that Windows or a " +
          "browser would run are a 400. A JSON body names a document that is there already, which then belongs to the asset " +
          "too: for that the caller also needs `document:read`, and a second time is a 409. With an `Idempotency-Key`, the " +
          "same request sent again gets the first answer.",
        requires: ["asset:update"]
      })
    ),
    HttpApiEndpoint.get("download", "/:id/documents/:documentId", {
      params: { id: AssetId, documentId: DocumentId },
      success: Download,
      error: [NotFound, Forbidden, RangeNotSatisfiable, BadGateway]
    }).annotateMerge(
      about({
        summary: "Download an asset's document",
        description:
          "The file as an attachment, of the media type that it was uploaded with. Its `ETag` is its SHA-256; `Range` with " +
          "one range of bytes, `If-Range` and `If-None-Match` are honoured. Notes have no file: a 404.",
        requires: ["asset:read"]
      })
    ),
    HttpApiEndpoint.delete("delete", "/:id/documents/:documentId", {
      params: { id: AssetId, documentId: DocumentId },
      success: HttpApiSchema.NoContent,
      error: [NotFound, Forbidden]
    }).annotateMerge(
      about({
        summary: "Delete an asset's document",
        description: "Takes the document from the asset, and deletes it if it belongs to nothing else.",
        requires: ["asset:update"]
      })
    ),
    HttpApiEndpoint.delete("dissociate", "/documents/:associationId", {
      params: { associationId: AssociationId },
      success: HttpApiSchema.NoContent,
      error: [NotFound, Forbidden]
    }).annotateMerge(
      about({
        summary: "Take a document from its asset",
        description:
          "The same by the id of the association, which has to be one of an asset: the document is deleted if it belongs to " +
          "nothing else.",
        requires: ["asset:update"]
      })
    )
  )
  .prefix("/api/v1/assets")
  .annotateMerge(
    OpenApi.annotations({
      title: "Documents of an asset",
      description: "Files that belong to an asset. One document can belong to several things."
    })
  ) {}
