/** How what hangs together with an asset is read: its relationships, or everything that they lead to. */
import type { SqlClient } from "effect/sql"
import type { Fragment } from "effect/sql/Statement"
import type { Caller } from "../domain/Actor.ts"
import {
  type AssetRelationship,
  type Direction,
  maxRelated,
  parentLikeTypes,
  type RelatedAsset,
  type RelationshipsQuery
} from "../domain/AssetRelationship.ts"
import { isReadableAsset } from "./assetAccess.ts"
import { readableTickets } from "./ticketAccess.ts"
import { wireTime } from "./wireTime.ts"

type Sql = SqlClient.SqlClient

/** The open tickets of the asset in the table with this alias that the caller may read: how many. */
export const openTickets = (sql: Sql, caller: Caller, alias: string): Fragment =>
  sql`(SELECT count(*)::int FROM asset_associations l
    JOIN tickets t ON t.tenant = l.tenant AND t.ticket_id = l.entity_id
    WHERE ${sql.and([
      sql`l.tenant = ${caller.tenant} AND l.asset_id = ${sql.literal(alias)}.asset_id AND l.entity_type = 'ticket'`,
      sql`NOT t.is_closed`,
      ...readableTickets(sql, caller)
    ])})`

/**
 * The relationships that are followed from the asset in `r`, with the asset that each leads to. `OFFSET 0` here and below
 * keeps the order of these steps, each by an index: whoever planned them as joins would need to know how many there are.
 */
const edges = (sql: Sql, tenant: string, direction: Direction, types: ReadonlyArray<string> | undefined): Fragment => {
  const followed = types === undefined ? sql`` : sql` AND lower(x.relationship_type) = ANY(${types}::text[])`
  const down = sql`SELECT x.relationship_id, x.created_at, x.child_asset_id AS next, 'child' AS direction
    FROM asset_relationships x WHERE x.tenant = ${tenant} AND x.parent_asset_id = r.asset_id${followed}`
  const up = sql`SELECT x.relationship_id, x.created_at, x.parent_asset_id AS next, 'parent' AS direction
    FROM asset_relationships x WHERE x.tenant = ${tenant} AND x.child_asset_id = r.asset_id${followed}`
  if (direction === "both") return sql`${down} UNION ALL ${up} OFFSET 0`
  return direction === "down" ? sql`${down} OFFSET 0` : sql`${up} OFFSET 0`
}

/** The asset that a relationship `x` leads to, if the caller may read it. */
const next = (sql: Sql, caller: Caller): Fragment =>
  sql`(SELECT FROM assets o WHERE o.tenant = ${caller.tenant} AND o.asset_id = x.next
    AND ${isReadableAsset(sql, caller, "o")} OFFSET 0) AS o`

const lowered = (types: ReadonlyArray<string> | undefined) => types?.map((type) => type.toLowerCase())

/** One row more than is shown tells that there is more. */
const limit = String(maxRelated + 1)

/** The asset's relationships, the oldest first. */
const direct = (sql: Sql, caller: Caller, { direction = "both", relationship_type }: RelationshipsQuery): Fragment =>
  sql`found AS (
    SELECT x.next AS asset_id, x.relationship_id, x.direction, 1 AS depth, ARRAY[r.asset_id, x.next] AS path
    FROM start r CROSS JOIN LATERAL (${edges(sql, caller.tenant, direction, lowered(relationship_type))}) x
    CROSS JOIN LATERAL ${next(sql, caller)}
    WHERE r.readable
    ORDER BY x.created_at, x.relationship_id LIMIT ${sql.literal(limit)}
  )`

/**
 * Every asset that the caller may read and gets to by way of such, once, at its least depth. Of each depth an asset is kept
 * once and so many assets at most, so that it takes as long as there are relationships, and not as long as there are paths.
 */
const reachable = (sql: Sql, caller: Caller, depth: number, query: RelationshipsQuery): Fragment => {
  const { direction = "down", relationship_type } = query
  const types = lowered(relationship_type) ?? (direction === "both" ? undefined : parentLikeTypes)
  return sql`reached AS (
      SELECT asset_id, NULL::uuid AS relationship_id, NULL::text AS direction, 0 AS depth, ARRAY[asset_id] AS path
      FROM start WHERE readable
      UNION ALL
      SELECT * FROM (
        SELECT DISTINCT ON (x.next) x.next, x.relationship_id, x.direction, r.depth + 1, r.path || x.next
        FROM reached r CROSS JOIN LATERAL (${edges(sql, caller.tenant, direction, types)}) x
        CROSS JOIN LATERAL ${next(sql, caller)}
        WHERE r.depth < ${depth} AND x.next <> r.path[1]
        ORDER BY x.next, x.created_at, x.relationship_id LIMIT ${sql.literal(limit)}
      ) AS further
    ), found AS (
      SELECT DISTINCT ON (asset_id) * FROM reached WHERE depth > 0 ORDER BY asset_id, depth
    )`
}

interface Found {
  readonly readable: boolean
  readonly truncated: boolean
  readonly rows: ReadonlyArray<typeof RelatedAsset.Type>
}

/** The statement that reads what an asset hangs together with. */
export const relatedAssets = (sql: Sql, caller: Caller, assetId: string, query: RelationshipsQuery) => {
  const found = query.depth === undefined ? direct(sql, caller, query) : reachable(sql, caller, query.depth, query)
  const order =
    query.depth === undefined
      ? "x.created_at, x.parent_asset_id, x.child_asset_id, x.relationship_id"
      : "f.depth, o.name, o.asset_id"
  return sql<Found>`
    WITH RECURSIVE start AS (
      SELECT a.asset_id, ${isReadableAsset(sql, caller)} AS readable FROM assets a
      WHERE a.tenant = ${caller.tenant} AND a.asset_id = ${assetId}
    ), ${found}
    SELECT readable, (SELECT count(*) > ${sql.literal(String(maxRelated))} FROM found) AS truncated,
      coalesce((SELECT json_agg(s) FROM (
        SELECT ${sql.literal(relationshipColumns("f.direction", wireTime))}, c.client_id, c.client_name,
          ${openTickets(sql, caller, "o")} AS open_tickets_count, f.depth, f.path
        FROM found f
        CROSS JOIN LATERAL (SELECT * FROM asset_relationships x
          WHERE x.tenant = ${caller.tenant} AND x.relationship_id = f.relationship_id OFFSET 0) AS x
        CROSS JOIN LATERAL (SELECT * FROM assets o
          WHERE o.tenant = ${caller.tenant} AND o.asset_id = f.asset_id OFFSET 0) AS o
        CROSS JOIN LATERAL (SELECT * FROM clients c
          WHERE c.tenant = ${caller.tenant} AND c.client_id = o.client_id OFFSET 0) AS c
        ORDER BY ${sql.literal(order)} LIMIT ${sql.literal(String(maxRelated))}
      ) s), '[]'::json) AS rows
    FROM start`
}

/** A relationship `x`, seen from one of its assets; `o` is the other. */
const relationshipColumns = (direction: string, time: (column: string) => string) =>
  `x.tenant, x.relationship_id, x.parent_asset_id, x.child_asset_id, x.relationship_type,
    ${time("x.created_at")} AS created_at, ${time("x.updated_at")} AS updated_at, o.asset_id AS related_asset_id,
    ${direction} AS direction, o.asset_tag, o.name AS related_asset_name, o.asset_type, o.status`

/** One relationship, seen from an asset that is one of its two. */
export const relationshipOf = (sql: Sql, tenant: string, assetId: string, relationshipId: string) =>
  sql<typeof AssetRelationship.Type>`
    SELECT ${sql.literal(relationshipColumns("CASE WHEN o.asset_id = x.child_asset_id THEN 'child' ELSE 'parent' END", (column) => column))}
    FROM asset_relationships x
    JOIN assets o ON o.tenant = x.tenant AND o.asset_id IN (x.parent_asset_id, x.child_asset_id)
    WHERE x.tenant = ${tenant} AND x.relationship_id = ${relationshipId} AND o.asset_id <> ${assetId}`
