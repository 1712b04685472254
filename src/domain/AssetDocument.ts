/** A document of an asset: the file, and how it belongs to the asset. */
import { Schema } from "effect"
import { Document } from "./Document.ts"
import { AnyText, PathId, Timestamp, Uuid } from "./Field.ts"

export const AssociationId = PathId("association")

const { created_at, ...documentFields } = Document.fields

export const AssetDocument = Schema.Struct({
  ...documentFields,
  entity_id: Uuid.annotate({ description: "The asset" }),
  entity_type: Schema.Literal("asset"),
  notes: Schema.NullOr(Schema.String).annotate({ description: "What the document is there for" }),
  created_at: Timestamp.annotate({ description: "Since when it belongs to the asset" }),
  document_created_at: created_at,
  original_filename: Schema.String,
  uploaded_at: Timestamp.annotate({ description: "When the document last changed" })
}).annotate({ identifier: "AssetDocument" })

/** A document that is there already, to belong to an asset too. */
export const NewAssociation = Schema.Struct({
  document_id: Uuid,
  notes: Schema.optionalKey(Schema.NullOr(AnyText(10_000)))
}).annotate({ identifier: "NewAssetDocumentAssociation" })
