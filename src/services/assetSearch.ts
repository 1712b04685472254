/** Which assets a query finds, and how many there are of them. */
import type { SqlClient } from "effect/sql"
import type { Fragment } from "effect/sql/Statement"
import type { Caller } from "../domain/Actor.ts"
import type { AssetSearchField } from "../domain/AssetSearch.ts"
import type * as List from "../domain/List.ts"
import { readableAssets } from "./assetAccess.ts"
import { AssetList, CountedAssetList } from "./assetRows.ts"
import { conditions, containing } from "./list.ts"

export type AssetQuery = List.Query & { readonly client_id?: string; readonly client_name?: string }

/** The ids of the clients that have the text in their name: looked up first, so that no join stands before an index. */
const clientsNamed = (sql: SqlClient.SqlClient, tenant: string, text: string) =>
  sql`ANY(ARRAY(SELECT client_id FROM clients WHERE tenant = ${tenant} AND client_name ILIKE ${containing(text)}))`

/** The assets that have the text in any of the fields. Each alternative has an index of its own. */
export const assetSearch = (
  sql: SqlClient.SqlClient,
  tenant: string,
  text: string,
  fields: ReadonlyArray<AssetSearchField>
): Fragment =>
  sql.or(
    fields.map((field) =>
      field === "client_name"
        ? sql`a.client_id = ${clientsNamed(sql, tenant, text)}`
        : sql`${sql.literal(`a.${field}`)} ILIKE ${containing(text)}`
    )
  )

/** The assets that the caller may read and the query's filters and `search` find. */
export const assetConditions = (
  sql: SqlClient.SqlClient,
  caller: Caller,
  query: AssetQuery
): ReadonlyArray<Fragment> => [
  sql`a.tenant = ${caller.tenant}`,
  ...readableAssets(sql, caller),
  ...conditions(sql, AssetList, query),
  ...(query.client_name === undefined
    ? []
    : [sql`a.client_id = ${clientsNamed(sql, caller.tenant, query.client_name)}`]),
  ...(query.search === undefined
    ? []
    : [assetSearch(sql, caller.tenant, query.search, ["name", "asset_tag", "serial_number", "client_name"])])
]

/** How many assets a query finds, if running totals answer all its filters: `isCounted`. */
export const countedAssets = (sql: SqlClient.SqlClient, tenant: string, query: AssetQuery): Fragment =>
  sql`SELECT coalesce(sum(n.amount), 0)::int FROM asset_counts n WHERE ${sql.and([
    sql`n.tenant = ${tenant}`,
    ...conditions(sql, CountedAssetList, query),
    ...(query.client_name === undefined ? [] : [sql`n.client_id = ${clientsNamed(sql, tenant, query.client_name)}`]),
    ...(query.client_name === undefined && query.client_id === undefined ? [sql`n.client_id IS NULL`] : [])
  ])}`
