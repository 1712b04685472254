/** How documents of assets are read: as rows, and as the JSON that is part of an asset. */
import { AssetDocument } from "../domain/AssetDocument.ts"
import { columnsOf } from "./columns.ts"
import { personName } from "./personName.ts"
import { wireTime } from "./wireTime.ts"

/** Where each field is, if it is no column of the document `d`: in its association `x`, or in who uploaded it, `u`. */
const expressions = {
  created_by_full_name: personName("u"),
  association_id: "x.association_id",
  association_created_at: "x.created_at",
  entity_id: "x.entity_id",
  entity_type: "x.entity_type",
  notes: "x.notes",
  created_at: "x.created_at",
  document_created_at: "d.created_at",
  original_filename: "d.document_name",
  uploaded_at: "d.updated_at"
}

const tables = `document_associations x
  JOIN documents d ON d.tenant = x.tenant AND d.document_id = x.document_id
  LEFT JOIN users u ON u.tenant = d.tenant AND u.user_id = d.created_by
  WHERE x.tenant = a.tenant AND x.entity_type = 'asset' AND x.entity_id = a.asset_id`

/** The documents of the asset `a`, as rows. */
export const assetDocuments = `SELECT ${columnsOf(AssetDocument, "d", expressions).text} FROM ${tables}`

const times = new Set(["created_at", "updated_at", "uploaded_at", "association_created_at", "document_created_at"])

const fields = Object.keys(AssetDocument.fields).map((name) => {
  const expression = Object.entries(expressions).find(([field]) => field === name)?.[1] ?? `d.${name}`
  return `'${name}', ${times.has(name) ? wireTime(expression) : expression}`
})

/** The documents of the asset `a`, those that changed last first, as one JSON array. */
export const assetDocumentsJson = `coalesce((SELECT json_agg(json_build_object(${fields.join(", ")})
  ORDER BY d.updated_at DESC, d.document_id DESC) FROM ${tables}), '[]'::json)`
