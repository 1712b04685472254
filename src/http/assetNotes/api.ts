import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { AssetId } from "../../domain/Asset.ts"
import { AssetNotes, AssetNotesInput, DeletedAssetNotes, SavedAssetNotes } from "../../domain/AssetNotes.ts"
import { Forbidden, NotFound } from "../../domain/Errors.ts"
import { about } from "../endpoint.ts"
import { One } from "../envelope.ts"
import { Versioned } from "../middleware/Versioned.ts"

const Saved = Schema.Struct({ ...One(SavedAssetNotes).fields, message: Schema.String })

export class AssetNotesApi extends HttpApiGroup.make("assetNotes")
  .add(
    HttpApiEndpoint.get("get", "/", {
      params: { id: AssetId },
      success: One(AssetNotes),
      error: [NotFound, Forbidden]
    })
      .middleware(Versioned)
      .annotateMerge(
        about({
          summary: "Get an asset's notes",
          description:
            "The notes as they were saved, and as Markdown and HTML where they are blocks or text. Without notes, all of it " +
            "is null.",
          requires: ["asset:read"]
        })
      ),
    HttpApiEndpoint.put("save", "/", {
      params: { id: AssetId },
      payload: AssetNotesInput,
      success: Saved,
      error: [NotFound, Forbidden]
    })
      .middleware(Versioned)
      .annotateMerge(
        about({
          summary: "Save an asset's notes",
          description:
            "Replaces the notes as a whole; with `If-Match`, only the version that it names. The first time, a document " +
            "called after the asset is made for them, which is one of the asset's documents.",
          requires: ["asset:update"]
        })
      ),
    HttpApiEndpoint.delete("delete", "/", {
      params: { id: AssetId },
      query: {
        delete_document: Schema.optionalKey(Schema.Boolean).annotateKey({
          description: "Deletes the document of the notes, too, unless it belongs to something else as well"
        })
      },
      success: One(DeletedAssetNotes),
      error: [NotFound, Forbidden]
    })
      .middleware(Versioned)
      .annotateMerge(
        about({
          summary: "Delete an asset's notes",
          description:
            "The asset has no notes then; their document stays one of its documents, unless `delete_document` is true. " +
            "That there are none already is no failure.",
          requires: ["asset:update"]
        })
      )
  )
  .prefix("/api/v1/assets/:id/notes")
  .annotateMerge(
    OpenApi.annotations({
      title: "Notes of an asset",
      description: "What there is to know of an asset, written in blocks."
    })
  ) {}
