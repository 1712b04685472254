import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Actor } from "../domain/Actor.ts"
import { type AssetSearchField, assetSearchFields, FoundAsset } from "../domain/AssetSearch.ts"
import { defaultLimit } from "../domain/List.ts"
import { readableAssets } from "./assetAccess.ts"
import { assetColumnsOfRow, assetTables, warrantyStatus } from "./assetRows.ts"
import { assetSearch } from "./assetSearch.ts"
import { type Columns, columnsOf } from "./columns.ts"
import { unfailing } from "./constraints.ts"

export interface AssetSearch {
  readonly query: string
  readonly fields?: ReadonlyArray<AssetSearchField>
  readonly asset_types?: ReadonlyArray<string>
  readonly statuses?: ReadonlyArray<string>
  readonly client_ids?: ReadonlyArray<string>
  readonly include_extension_data?: boolean
  /** At most so many: 25, unless said otherwise. */
  readonly limit?: number
}

type Found = typeof FoundAsset.Type

export class AssetSearchService extends Context.Service<
  AssetSearchService,
  {
    /** The assets that have the text in any of the fields, the newest first. */
    readonly search: (search: AssetSearch) => Effect.Effect<ReadonlyArray<Found>, never, Actor>
  }
>()("psa/AssetSearchService") {
  static readonly layer = Layer.effect(
    AssetSearchService,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const withExtension = columnsOf(FoundAsset, "a", {
        client_name: "c.client_name",
        warranty_status: warrantyStatus
      })

      const anyOf = (column: string, type: string, values: ReadonlyArray<string> | undefined) =>
        values === undefined || values.length === 0
          ? []
          : [sql`${sql.literal(`a.${column}`)} = ANY(${values}${sql.literal(`::${type}[]`)})`]

      const search = Effect.fn("AssetSearchService.search")(function* (search: AssetSearch) {
        const actor = yield* Actor
        const { fields = [], limit = defaultLimit } = search
        const columns: Columns<Found> = search.include_extension_data === true ? withExtension : assetColumnsOfRow
        const where = sql.and([
          sql`a.tenant = ${actor.tenant}`,
          ...readableAssets(sql, actor),
          yield* assetSearch(sql, actor.tenant, search.query, fields.length === 0 ? assetSearchFields : fields),
          ...anyOf("asset_type", "text", search.asset_types),
          ...anyOf("status", "text", search.statuses),
          ...anyOf("client_id", "uuid", search.client_ids)
        ])
        // Planned anew each time: how rare the text is decides which index is the better one.
        const found = yield* sql`SELECT ${sql.literal(columns.text)} FROM ${sql.literal(assetTables)}
          WHERE ${where} ORDER BY a.created_at DESC, a.asset_id DESC LIMIT ${sql.literal(String(limit))}`
          .valuesUnprepared
        return found.map(columns.read)
      }, unfailing)

      return AssetSearchService.of({ search })
    })
  )
}
