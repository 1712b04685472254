/** Assets by what is written on them. */
import { Schema } from "effect"
import { Asset } from "./Asset.ts"
import { Csv, JsonObject, Uuid } from "./Field.ts"

/** What text is looked for in. */
export const assetSearchFields = ["name", "asset_tag", "serial_number", "location", "client_name"] as const
export type AssetSearchField = (typeof assetSearchFields)[number]

const Texts = Csv(
  Schema.String.check(
    Schema.isMaxLength(255, { message: "Expected at most 255 characters" }),
    Schema.makeFilter((text) => !text.includes("\u0000"), { message: "Expected text without NUL characters" })
  )
)

export const AssetSearchQuery = {
  query: Schema.String.check(
    Schema.isPattern(/\S/u, { message: "Search query is required" }),
    Schema.isMaxLength(500, { message: "Expected at most 500 characters" }),
    Schema.makeFilter((text) => !text.includes("\u0000"), { message: "Expected text without NUL characters" })
  ).annotate({ description: "The text to look for, in whatever case" }),
  fields: Schema.optionalKey(Csv(Schema.Literals(assetSearchFields))).annotateKey({
    description: `Where to look: all of ${assetSearchFields.join(", ")}, unless this names some of them`
  }),
  asset_types: Schema.optionalKey(Texts),
  statuses: Schema.optionalKey(Texts),
  client_ids: Schema.optionalKey(Csv(Uuid)),
  include_extension_data: Schema.optionalKey(Schema.Boolean.annotate({ default: false })),
  limit: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 100 })).annotate({ default: 25 }))
}

export const FoundAsset = Schema.Struct({
  ...Asset.fields,
  extension_data: Schema.optionalKey(Schema.NullOr(JsonObject)).annotate({
    description: "Where it is asked for with `include_extension_data`"
  })
}).annotate({ identifier: "FoundAsset" })
