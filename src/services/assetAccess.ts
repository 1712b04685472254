/** Which assets a caller may read. Every service that touches an asset asks here. */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql"
import type { SqlError } from "effect/sql/SqlError"
import type { Fragment } from "effect/sql/Statement"
import type { Caller } from "../domain/Actor.ts"
import { Forbidden, NotFound } from "../domain/Errors.ts"
import type { ScopeRule } from "../domain/Scope.ts"

/** The conditions that leave, of the assets in the table with this alias, those that the caller may read. */
export const readableAssets = (sql: SqlClient.SqlClient, caller: Caller, alias = "a"): ReadonlyArray<Fragment> =>
  (caller.scopes?.["asset:read"] ?? []).map((rule) => sql`(${condition(sql, caller, rule, sql.literal(alias))})`)

const condition = (
  sql: SqlClient.SqlClient,
  { tenant, userId }: Caller,
  rule: ScopeRule,
  asset: Fragment
): Fragment => {
  switch (rule.template) {
    case "same_client":
      return sql`${asset}.client_id IN (SELECT n.client_id FROM users u
        JOIN contacts n ON n.tenant = u.tenant AND n.contact_name_id = u.contact_id
        WHERE u.tenant = ${tenant} AND u.user_id = ${userId}::uuid)`
    case "client_portfolio":
      return sql`${asset}.client_id IN (SELECT client_id FROM clients
        WHERE tenant = ${tenant} AND account_manager_id = ${userId}::uuid)`
    case "selected_clients":
      return sql`${asset}.client_id = ANY(${rule.client_ids}::uuid[])`
    // Assets are nobody's own, are assigned to nobody and lie on no board: what these rules ask for, no asset has.
    case "own":
    case "assigned":
    case "managed":
    case "own_or_assigned":
    case "own_or_managed":
    case "same_team":
    case "selected_boards":
      return sql`false`
  }
}

/** Whether the caller may read the asset of this row: true for all where nothing is narrowed. */
export const isReadableAsset = (sql: SqlClient.SqlClient, caller: Caller, alias = "a"): Fragment => {
  const conditions = readableAssets(sql, caller, alias)
  return conditions.length === 0 ? sql`true` : sql`coalesce(${sql.and(conditions)}, false)`
}

type Refused = NotFound | Forbidden

/** Fails unless the asset is there and the caller may read it. */
export const requireAsset = (
  sql: SqlClient.SqlClient,
  caller: Caller,
  assetId: string
): Effect.Effect<void, Refused | SqlError> =>
  Effect.flatMap(
    sql<Seen>`SELECT ${isReadableAsset(sql, caller)} AS readable FROM assets a
      WHERE a.tenant = ${caller.tenant} AND a.asset_id = ${assetId}`,
    ([asset]) => admitAsset(asset)
  )

/** Like `requireAsset`, and nobody else changes or deletes the asset until this transaction ends. */
export const lockAsset = (
  sql: SqlClient.SqlClient,
  caller: Caller,
  assetId: string
): Effect.Effect<void, Refused | SqlError> =>
  Effect.andThen(
    // Locked first and judged then, so that what others did while this waited is seen.
    sql`SELECT 1 FROM assets WHERE tenant = ${caller.tenant} AND asset_id = ${assetId} FOR NO KEY UPDATE`,
    requireAsset(sql, caller, assetId)
  )

interface Seen {
  readonly readable: boolean
}

/** Lets pass what was found and may be read. */
export const admitAsset = <Row extends Seen>(asset: Row | undefined): Effect.Effect<Row, Refused> => {
  if (asset === undefined) return Effect.fail(NotFound.of("Asset"))
  return asset.readable ? Effect.succeed(asset) : Effect.fail(Forbidden.to("read", "asset"))
}
