import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { AssetExportQuery, ExportedAsset } from "../../domain/AssetExport.ts"
import { ImportReport } from "../../domain/AssetImport.ts"
import { Conflict, PayloadTooLarge, UnsupportedMediaType, ValidationFailed } from "../../domain/Errors.ts"
import * as List from "../../domain/List.ts"
import { AssetList } from "../../services/assetRows.ts"
import { about } from "../endpoint.ts"
import { One } from "../envelope.ts"

/** What files of assets are documented as. They are read as they come, and written as they are read. */
const csv = Schema.String.pipe(HttpApiSchema.asText({ contentType: "text/csv" }))

export class AssetTransferApi extends HttpApiGroup.make("assetTransfer")
  .add(
    HttpApiEndpoint.get("export", "/export", {
      query: { ...List.filterQuery(AssetList), ...AssetExportQuery },
      success: [One(Schema.Array(ExportedAsset)), csv.annotate({ description: "A header, and a line for each asset" })]
    }).annotateMerge(
      about({
        summary: "Export assets",
        description:
          "All assets that the filters find, as they are at one moment, in the order of their ids: as CSV (RFC 4180, UTF-8), " +
          "unless `format` is `json`. Extension data have a column `extension_data.<field>` for each field of the types of " +
          "the assets. A cell that a spreadsheet would take for a formula, as it begins with `=`, `+`, `-`, `@`, a tab or a " +
          "carriage return, has an apostrophe before it, which the import takes away again.",
        requires: ["asset:read"]
      })
    ),
    HttpApiEndpoint.post("import", "/import", {
      query: {
        dry_run: Schema.optionalKey(Schema.Boolean.annotate({ default: false })).annotateKey({
          description: "Only say what would be done"
        })
      },
      payload: csv,
      success: One(ImportReport),
      error: [ValidationFailed, Conflict, PayloadTooLarge, UnsupportedMediaType]
    }).annotateMerge(
      about({
        summary: "Import assets",
        description:
          "Makes and changes assets as the lines of a CSV file (RFC 4180, UTF-8, up to 25 MiB and 200000 lines) say: all of " +
          "them, or none. Its header names the fields, and `extension_data.<field>` for extension data; the columns of an " +
          "export that others write are ignored. `client_id` or `client_name` says whose an asset is, `location_id` or " +
          "`location_name` where it is; a name must be of one only. An asset is known by its `asset_id`; without that, within " +
          "its client, by its serial number; without that, by its tag: it is changed if it is there, and made if not. An " +
          "empty cell takes away what is there, and a column that the file does not have stays as it is. So the same file " +
          "again changes nothing, and there is no need of an `Idempotency-Key`. If there is anything wrong, nothing is " +
          "written, and the 400 has the faulty lines in `details.lines`; with `dry_run`, all lines are told.",
        requires: ["asset:create", "asset:update"]
      })
    )
  )
  .prefix("/api/v1/assets")
  .annotateMerge(
    OpenApi.annotations({
      title: "Files of assets",
      description: "Assets as files, both ways."
    })
  ) {}
