/** What of the assets is written into a file, and how. */
import { Schema, Struct } from "effect"
import { Asset } from "./Asset.ts"
import { Csv, JsonObject, noNul, Uuid } from "./Field.ts"

/** What a row of the file can have, in its usual order. */
export const exportFields = [...Struct.keys(Asset.fields), "extension_data" as const]
export type ExportField = (typeof exportFields)[number]

/** Where a field of `extension_data` has its column. */
export const extensionColumn = (key: string) => `extension_data.${key}`

const Texts = Csv(Schema.String.check(Schema.isMaxLength(255, { message: "Expected at most 255 characters" }), noNul))

export const AssetExportQuery = {
  format: Schema.optionalKey(Schema.String.annotate({ default: "csv" })).annotateKey({
    description: "`json`, or `csv`: anything else is that, too"
  }),
  asset_types: Schema.optionalKey(Texts).annotateKey({ description: "Of any of these types" }),
  statuses: Schema.optionalKey(Texts).annotateKey({ description: "With any of these statuses" }),
  client_ids: Schema.optionalKey(Csv(Uuid)).annotateKey({ description: "Of any of these clients" }),
  fields: Schema.optionalKey(Csv(Schema.Literals(exportFields))).annotateKey({
    description: "What to write of each asset, in this order: all of it, unless this names some"
  })
}

/** An asset in a JSON file: the fields that were asked for. */
export const ExportedAsset = Schema.Struct({ ...Asset.fields, extension_data: Schema.NullOr(JsonObject) })
  .mapFields(Struct.map(Schema.optionalKey))
  .annotate({ identifier: "ExportedAsset" })
