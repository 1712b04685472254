/** How assets are read: the rows of lists, and the one asset with everything that belongs to it. */
import type { SqlClient } from "effect/sql"
import { type AssetDetail, assetFields } from "../domain/Asset.ts"
import { personName } from "./personName.ts"
import { wireTime } from "./wireTime.ts"

/** An asset's columns with its client's name, from `assetTables`. */
export const assetColumns = Object.keys(assetFields)
  .map((name) => (name === "client_name" ? "c.client_name" : `a.${name}`))
  .join(", ")

/** Every asset has its client; the outer join lets counts that do not ask for the client leave it out. */
export const assetTables = "assets a LEFT JOIN clients c ON c.tenant = a.tenant AND c.client_id = a.client_id"

export const warrantyStatus = `CASE
  WHEN a.warranty_end_date IS NULL THEN 'no_warranty'
  WHEN a.warranty_end_date < now() THEN 'expired'
  WHEN a.warranty_end_date < now() + interval '30 days' THEN 'expiring_soon'
  ELSE 'active' END`

/** The rows of a query, as one JSON array. */
const array = (query: string) => `coalesce((SELECT json_agg(r) FROM (${query}) r), '[]'::json)`

/** Timestamp columns of a row that becomes JSON. */
const times = (alias: string, ...columns: ReadonlyArray<string>) =>
  columns.map((column) => `${wireTime(`${alias}.${column}`)} AS ${column}`).join(", ")

const relationships = array(`
  SELECT r.tenant, r.parent_asset_id, r.child_asset_id, r.relationship_type, ${times("r", "created_at", "updated_at")},
    o.asset_id AS related_asset_id, CASE WHEN r.parent_asset_id = a.asset_id THEN 'child' ELSE 'parent' END AS direction,
    o.asset_tag, o.name AS related_asset_name, o.asset_type, o.status
  FROM (
    SELECT tenant, child_asset_id AS other_id, parent_asset_id, child_asset_id, relationship_type, created_at, updated_at
    FROM asset_relationships WHERE tenant = a.tenant AND parent_asset_id = a.asset_id
    UNION ALL
    SELECT tenant, parent_asset_id, parent_asset_id, child_asset_id, relationship_type, created_at, updated_at
    FROM asset_relationships WHERE tenant = a.tenant AND child_asset_id = a.asset_id
  ) r JOIN assets o ON o.tenant = r.tenant AND o.asset_id = r.other_id
  ORDER BY r.created_at, r.parent_asset_id, r.child_asset_id`)

const documents = array(`
  SELECT da.tenant, da.association_id, da.document_id, da.entity_id, da.entity_type, ${times("da", "created_at")},
    d.document_name AS original_filename, d.file_size, d.mime_type, ${wireTime("d.updated_at")} AS uploaded_at
  FROM document_associations da JOIN documents d ON d.tenant = da.tenant AND d.document_id = da.document_id
  WHERE da.tenant = a.tenant AND da.entity_type = 'asset' AND da.entity_id = a.asset_id
  ORDER BY da.created_at, da.association_id`)

const schedules = array(`
  SELECT s.tenant, s.schedule_id, s.asset_id, s.schedule_name, s.description, s.maintenance_type, s.frequency,
    s.frequency_interval, s.schedule_config, s.is_active, s.created_by,
    ${times("s", "last_maintenance", "next_maintenance", "created_at", "updated_at")},
    ${personName("u")} AS created_by_name
  FROM asset_maintenance_schedules s JOIN users u ON u.tenant = s.tenant AND u.user_id = s.created_by
  WHERE s.tenant = a.tenant AND s.asset_id = a.asset_id
  ORDER BY s.next_maintenance, s.schedule_id`)

const detailColumns = `${assetColumns}, ${warrantyStatus} AS warranty_status,
  json_build_object('client_id', c.client_id, 'client_name', c.client_name, 'billing_email', c.billing_email) AS client,
  a.extension_data, ${relationships} AS relationships, ${documents} AS documents, ${schedules} AS maintenance_schedules`

/** The statement that reads one asset in full. */
export const assetDetail = (sql: SqlClient.SqlClient, tenant: string, id: string) =>
  sql<typeof AssetDetail.Type>`SELECT ${sql.literal(detailColumns)} FROM ${sql.literal(assetTables)}
    WHERE a.tenant = ${tenant} AND a.asset_id = ${id}`
