/** Which assets a query finds, and how many there are of them. */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql"
import type { SqlError } from "effect/sql/SqlError"
import type { Fragment } from "effect/sql/Statement"
import type { Caller } from "../domain/Actor.ts"
import type { AssetSearchField } from "../domain/AssetSearch.ts"
import type * as List from "../domain/List.ts"
import { readableAssets } from "./assetAccess.ts"
import { AssetList, CountedAssetList } from "./assetRows.ts"
import { conditions, containing, numberContains } from "./list.ts"
import { refersToNamed } from "./namedReferences.ts"

export type AssetQuery = List.Query & { readonly client_id?: string; readonly client_name?: string }

/** The ids of the clients that have the text in their name, so that no join stands before an index. */
const clientsNamed = (sql: SqlClient.SqlClient, tenant: string, text: string) =>
  sql`ANY(ARRAY(SELECT client_id FROM clients WHERE tenant = ${tenant} AND client_name ILIKE ${containing(text)}))`

/** The assets whose client has the text in its name. */
const byClientName = (sql: SqlClient.SqlClient, tenant: string, text: string): Fragment =>
  sql`a.client_id = ${clientsNamed(sql, tenant, text)}`

/** The same, planned by how many clients have it: for those who want the first few of what is found. */
const byClientNamePlanned = (sql: SqlClient.SqlClient, tenant: string, text: string) =>
  refersToNamed(sql, tenant, { column: "a.client_id", table: "clients", id: "client_id", name: "client_name" }, text)

const alternative = (
  sql: SqlClient.SqlClient,
  text: string,
  field: AssetSearchField,
  clientHasIt: Fragment
): Fragment => {
  switch (field) {
    case "client_name":
      return clientHasIt
    case "asset_tag":
    case "serial_number":
      return numberContains(sql, sql.literal(`a.${field}`), text)
    case "name":
    case "location":
      return sql`${sql.literal(`a.${field}`)} ILIKE ${containing(text)}`
  }
}

/** The assets that have the text in any of the fields. Each alternative has an index of its own. */
export const assetSearch = (
  sql: SqlClient.SqlClient,
  tenant: string,
  text: string,
  fields: ReadonlyArray<AssetSearchField>
): Effect.Effect<Fragment, SqlError> =>
  Effect.map(
    fields.includes("client_name") ? byClientNamePlanned(sql, tenant, text) : Effect.succeed(sql`false`),
    (clientHasIt) => sql.or(fields.map((field) => alternative(sql, text, field, clientHasIt)))
  )

const searched = ["name", "asset_tag", "serial_number", "client_name"] as const

/** What finds a client's name, if the query looks for one: in `client_name`, and in `search`. */
interface ByClientName {
  readonly client_name?: Fragment
  readonly search?: Fragment
}

const conditionsOf = (
  sql: SqlClient.SqlClient,
  caller: Caller,
  query: AssetQuery,
  byName: ByClientName
): ReadonlyArray<Fragment> => {
  const { search } = query
  return [
    sql`a.tenant = ${caller.tenant}`,
    ...readableAssets(sql, caller),
    ...conditions(sql, AssetList, query),
    ...(byName.client_name === undefined ? [] : [byName.client_name]),
    ...(search === undefined
      ? []
      : [sql.or(searched.map((field) => alternative(sql, search, field, byName.search ?? sql`false`)))])
  ]
}

/** The assets that the caller may read and the query's filters and `search` find: for those who go through all of them. */
export const assetConditions = (
  sql: SqlClient.SqlClient,
  caller: Caller,
  query: AssetQuery
): ReadonlyArray<Fragment> => {
  const named = (text: string | undefined, name: keyof ByClientName) =>
    text === undefined ? {} : { [name]: byClientName(sql, caller.tenant, text) }
  return conditionsOf(sql, caller, query, {
    ...named(query.client_name, "client_name"),
    ...named(query.search, "search")
  })
}

/** The same for those who show a page of them: how it is found depends on how rare the texts are. */
export const pagedAssetConditions = (
  sql: SqlClient.SqlClient,
  caller: Caller,
  query: AssetQuery
): Effect.Effect<ReadonlyArray<Fragment>, SqlError> => {
  const named = (text: string | undefined, name: keyof ByClientName) =>
    text === undefined
      ? Effect.succeed<ByClientName>({})
      : Effect.map(byClientNamePlanned(sql, caller.tenant, text), (found): ByClientName => ({ [name]: found }))
  return Effect.zipWith(named(query.client_name, "client_name"), named(query.search, "search"), (client_name, search) =>
    conditionsOf(sql, caller, query, { ...client_name, ...search })
  )
}

/** How many assets a query finds, if running totals answer all its filters: `isCounted`. */
export const countedAssets = (sql: SqlClient.SqlClient, tenant: string, query: AssetQuery): Fragment =>
  sql`SELECT coalesce(sum(n.amount), 0)::int FROM asset_counts n WHERE ${sql.and([
    sql`n.tenant = ${tenant}`,
    ...conditions(sql, CountedAssetList, query),
    ...(query.client_name === undefined ? [] : [sql`n.client_id = ${clientsNamed(sql, tenant, query.client_name)}`]),
    ...(query.client_name === undefined && query.client_id === undefined ? [sql`n.client_id IS NULL`] : [])
  ])}`
