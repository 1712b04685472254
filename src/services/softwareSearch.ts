/**
 * How many assets have which software. Of all assets together, running totals know; of those of a client, or of those that
 * the caller may read, the installations are counted.
 */
import type { SqlClient } from "effect/sql"
import type { Fragment } from "effect/sql/Statement"
import type { Caller } from "../domain/Actor.ts"
import * as List from "../domain/List.ts"
import {
  type SoftwareFound,
  shownAssets,
  shownVersions,
  softwareCategories,
  softwareLimit,
  softwareTypes
} from "../domain/Software.ts"
import { readableAssets } from "./assetAccess.ts"
import { select } from "./columns.ts"
import { wireTime } from "./wireTime.ts"

const isClient = List.id("a.client_id")

export const SoftwareSearchList = List.make({
  filters: {
    category: List.oneOf("c.category", softwareCategories),
    software_type: List.oneOf("c.software_type", softwareTypes),
    is_managed: List.flag("c.is_managed"),
    is_security_relevant: List.flag("c.is_security_relevant"),
    // Which installations are counted, instead of which software is found.
    client_id: { ...isClient, column: "" }
  },
  sorts: {
    install_count: List.byNumber("n.install_count"),
    name: "c.normalized_name",
    publisher: List.orNull(List.byText("c.publisher"))
  },
  defaultSort: "install_count",
  defaultOrder: "desc",
  defaultLimit: softwareLimit,
  id: "c.software_id",
  search: ["c.name", "c.publisher"]
})

export type SoftwareSearchQuery = List.Query & { readonly client_id?: string }

type Found = typeof SoftwareFound.Type
type Software = Omit<Found, "version_count" | "versions" | "assets">

export const softwareColumns = select<Software>([
  ["software_id", "c.software_id"],
  ["name", "c.name"],
  ["publisher", "c.publisher"],
  ["category", "c.category"],
  ["software_type", "c.software_type"],
  ["is_managed", "c.is_managed"],
  ["is_security_relevant", "c.is_security_relevant"],
  ["install_count", "n.install_count"]
])

/** Whether all the tenant's assets count. */
const countsAll = (caller: Caller, { client_id }: SoftwareSearchQuery) =>
  client_id === undefined && caller.scopes === undefined

/** The installations `s` on the assets `a` that count. */
const installations = (sql: SqlClient.SqlClient, caller: Caller, { client_id }: SoftwareSearchQuery) =>
  sql`assets a JOIN asset_software s ON s.tenant = a.tenant AND s.asset_id = a.asset_id AND s.is_current
    WHERE ${sql.and([
      sql`a.tenant = ${caller.tenant}`,
      ...readableAssets(sql, caller),
      ...(client_id === undefined ? [] : [sql`a.client_id = ${client_id}::uuid`])
    ])}`

/** The catalog's software with how many assets have it, where any has. */
export const countedSoftware = (sql: SqlClient.SqlClient, caller: Caller, query: SoftwareSearchQuery): Fragment => {
  const counts = countsAll(caller, query)
    ? sql`SELECT t.software_id, sum(t.amount)::int AS install_count FROM software_counts t
        WHERE t.tenant = ${caller.tenant} AND t.is_total GROUP BY t.software_id HAVING sum(t.amount) > 0`
    : sql`SELECT s.software_id, count(*)::int AS install_count FROM ${installations(sql, caller, query)}
        GROUP BY s.software_id`
  return sql`(${counts}) n JOIN software_catalog c ON c.tenant = ${caller.tenant} AND c.software_id = n.software_id`
}

const shownAsset = `a.asset_id, a.name AS asset_name, a.asset_type, a.client_id, k.client_name, s.version,
  ${wireTime("s.install_date")} AS install_date`

const clientOfAsset = "JOIN clients k ON k.tenant = a.tenant AND k.client_id = a.client_id"

export type Details = Pick<Found, "software_id" | "version_count" | "versions" | "assets">

/** The versions of these pieces of software, and some of the assets that have them: one row a piece, in one statement. */
export const softwareDetails = (
  sql: SqlClient.SqlClient,
  caller: Caller,
  query: SoftwareSearchQuery,
  ids: ReadonlyArray<string>
) => {
  const { tenant } = caller
  const limit = sql.literal(String(shownAssets))
  const { assets, chosen, versions } = countsAll(caller, query)
    ? {
        chosen: sql``,
        versions: sql`SELECT t.software_id, t.version, sum(t.amount)::int AS count FROM software_counts t
          WHERE t.tenant = ${tenant} AND NOT t.is_total AND t.software_id = ANY(${ids}::uuid[])
          GROUP BY t.software_id, t.version HAVING sum(t.amount) > 0`,
        assets: sql`SELECT ${sql.literal(shownAsset)} FROM asset_software s
          JOIN assets a ON a.tenant = s.tenant AND a.asset_id = s.asset_id ${sql.literal(clientOfAsset)}
          WHERE s.tenant = ${tenant} AND s.software_id = i.software_id AND s.is_current
          ORDER BY s.asset_id DESC LIMIT ${limit}`
      }
    : {
        chosen: sql`chosen AS MATERIALIZED (
          SELECT s.*, row_number() OVER (PARTITION BY s.software_id ORDER BY s.asset_id DESC) AS place
          FROM ${installations(sql, caller, query)} AND s.software_id = ANY(${ids}::uuid[])
        ), `,
        versions: sql`SELECT s.software_id, coalesce(s.version, '') AS version, count(*)::int AS count FROM chosen s
          WHERE s.tenant = ${tenant} GROUP BY s.software_id, s.version`,
        assets: sql`SELECT ${sql.literal(shownAsset)} FROM chosen s
          JOIN assets a ON a.tenant = s.tenant AND a.asset_id = s.asset_id ${sql.literal(clientOfAsset)}
          WHERE s.tenant = ${tenant} AND s.software_id = i.software_id AND s.place <= ${limit}
          ORDER BY s.asset_id DESC`
      }
  return sql<Details>`WITH ${chosen}versions AS (${versions}), ranked AS (
      SELECT v.*, row_number() OVER (PARTITION BY v.software_id ORDER BY v.count DESC, v.version DESC) AS place,
        count(*) OVER (PARTITION BY v.software_id) AS amount FROM versions v
    )
    SELECT i.software_id, v.*, coalesce((SELECT json_agg(x) FROM (${assets}) x), '[]'::json) AS assets
    FROM unnest(${ids}::uuid[]) AS i (software_id)
    CROSS JOIN LATERAL (
      SELECT coalesce(max(r.amount), 0)::int AS version_count, coalesce(json_agg(
          json_build_object('version', nullif(r.version, ''), 'count', r.count) ORDER BY r.place
        ) FILTER (WHERE r.place <= ${sql.literal(String(shownVersions))}), '[]'::json) AS versions
      FROM ranked r WHERE r.software_id = i.software_id
    ) v`
}
