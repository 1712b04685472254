/** How assets are read: the rows of lists, and the one asset with everything that belongs to it. */
import { Schema } from "effect"
import type { SqlClient } from "effect/sql"
import type { Caller } from "../domain/Actor.ts"
import { Asset, type AssetDetail, assetFields } from "../domain/Asset.ts"
import * as List from "../domain/List.ts"
import { isReadableAsset } from "./assetAccess.ts"
import { assetDocumentsJson } from "./assetDocumentRows.ts"
import { columnsOf } from "./columns.ts"
import { personName } from "./personName.ts"
import { wireTime } from "./wireTime.ts"

/** An asset's columns with its client's name, from `assetTables`. */
export const assetColumns = Object.keys(assetFields)
  .map((name) => (name === "client_name" ? "c.client_name" : `a.${name}`))
  .join(", ")

/** Every asset has its client; the outer join lets a page be found without it. */
export const assetTables = "assets a LEFT JOIN clients c ON c.tenant = a.tenant AND c.client_id = a.client_id"

/** The clients first, and their assets in their order: no asset is read that is not shown. */
const assetsByClient = "clients c JOIN assets a ON a.tenant = c.tenant AND a.client_id = c.client_id"

/** What a page of the list is read from. */
export const assetTablesFor = ({ sort }: List.Query) => (sort === "client_name" ? assetsByClient : assetTables)

export const warrantyStatus = `CASE
  WHEN a.warranty_end_date IS NULL THEN 'no_warranty'
  WHEN a.warranty_end_date < now() THEN 'expired'
  WHEN a.warranty_end_date < now() + interval '30 days' THEN 'expiring_soon'
  ELSE 'active' END`

export const assetColumnsOfRow = columnsOf(Asset, "a", {
  client_name: "c.client_name",
  warranty_status: warrantyStatus
})

/** A filter by the names of clients, which are looked up first: see `assetSearch.ts`. */
const byClientName = { ...List.contains("c.client_name"), column: "" }

export const AssetList = List.make({
  filters: {
    client_id: List.id("a.client_id"),
    location_id: List.id("a.location_id"),
    asset_type: List.equals("a.asset_type"),
    status: List.equals("a.status"),
    asset_tag: List.containsNumber("a.asset_tag"),
    name: List.contains("a.name"),
    serial_number: List.containsNumber("a.serial_number"),
    location: List.contains("a.location"),
    client_name: byClientName,
    has_warranty: List.present("a.warranty_end_date"),
    warranty_expired: List.flag("(a.warranty_end_date IS NOT NULL AND a.warranty_end_date < now())"),
    purchase_date_from: List.from("a.purchase_date"),
    purchase_date_to: List.to("a.purchase_date"),
    warranty_end_from: List.from("a.warranty_end_date"),
    warranty_end_to: List.to("a.warranty_end_date"),
    maintenance_due: List.flag(
      "EXISTS (SELECT 1 FROM asset_maintenance_schedules s WHERE s.tenant = a.tenant AND s.asset_id = a.asset_id " +
        "AND s.is_active AND s.next_maintenance <= now())"
    ),
    created_from: List.from("a.created_at"),
    created_to: List.to("a.created_at"),
    updated_from: List.from("a.updated_at"),
    updated_to: List.to("a.updated_at"),
    is_active: List.noEffect(Schema.Boolean)
  },
  sorts: {
    created_at: List.byTime("a.created_at"),
    updated_at: List.byTime("a.updated_at"),
    name: "a.name",
    asset_tag: "a.asset_tag",
    asset_type: "a.asset_type",
    status: "a.status",
    serial_number: List.orNull(List.byText("a.serial_number")),
    location: List.orNull(List.byText("a.location")),
    purchase_date: List.orNull(List.byTime("a.purchase_date")),
    warranty_end_date: List.orNull(List.byTime("a.warranty_end_date")),
    warranty_status: warrantyStatus,
    client_name: "c.client_name",
    agent_status: List.orNull(List.byText("a.agent_status")),
    last_seen_at: List.orNull(List.byTime("a.last_seen_at"))
  },
  defaultSort: "created_at",
  defaultOrder: "desc",
  id: "a.asset_id",
  // `search` is a condition of its own, `assetSearch`.
  search: []
})

/** The filters whose rows are counted by the running totals in `asset_counts`, instead of one by one. */
export const CountedAssetList = List.make({
  filters: {
    client_id: List.id("n.client_id"),
    asset_type: List.equals("n.asset_type"),
    status: List.equals("n.status"),
    client_name: byClientName,
    is_active: List.noEffect(Schema.Boolean)
  },
  sorts: { client_id: List.byId("n.client_id") },
  defaultSort: "client_id",
  defaultOrder: "asc",
  id: "n.client_id",
  search: []
})

const ownName = new Set(["page", "limit", "sort", "order", "cursor"])

/** Whether every filter of a query is among those that running totals answer. */
export const isCounted = (query: object) =>
  Object.keys(query).every((name) => ownName.has(name) || Object.hasOwn(CountedAssetList.filters, name))

/** The rows of a query, as one JSON array. */
const array = (query: string) => `coalesce((SELECT json_agg(r) FROM (${query}) r), '[]'::json)`

/** Timestamp columns of a row that becomes JSON. */
const times = (alias: string, ...columns: ReadonlyArray<string>) =>
  columns.map((column) => `${wireTime(`${alias}.${column}`)} AS ${column}`).join(", ")

/** The relationships of `a`, with the assets `o` that the caller may read. */
const relationshipsText = `
  SELECT r.tenant, r.relationship_id, r.parent_asset_id, r.child_asset_id, r.relationship_type,
    ${times("r", "created_at", "updated_at")},
    o.asset_id AS related_asset_id, CASE WHEN r.parent_asset_id = a.asset_id THEN 'child' ELSE 'parent' END AS direction,
    o.asset_tag, o.name AS related_asset_name, o.asset_type, o.status
  FROM (
    SELECT child_asset_id AS other_id, x.* FROM asset_relationships x
    WHERE tenant = a.tenant AND parent_asset_id = a.asset_id
    UNION ALL
    SELECT parent_asset_id, x.* FROM asset_relationships x WHERE tenant = a.tenant AND child_asset_id = a.asset_id
  ) r JOIN assets o ON o.tenant = r.tenant AND o.asset_id = r.other_id`

const schedules = array(`
  SELECT s.tenant, s.schedule_id, s.asset_id, s.schedule_name, s.description, s.maintenance_type, s.frequency,
    s.frequency_interval, s.schedule_config, s.timezone, s.is_active, s.assigned_to, s.created_by,
    ${times("s", "start_date", "end_date", "last_maintenance", "next_maintenance", "created_at", "updated_at")},
    ${personName("u")} AS created_by_name, ${personName("w")} AS assigned_to_name
  FROM asset_maintenance_schedules s JOIN users u ON u.tenant = s.tenant AND u.user_id = s.created_by
  LEFT JOIN users w ON w.tenant = s.tenant AND w.user_id = s.assigned_to
  WHERE s.tenant = a.tenant AND s.asset_id = a.asset_id
  ORDER BY s.next_maintenance, s.schedule_id`)

const detailColumns = `${assetColumns}, ${warrantyStatus} AS warranty_status,
  json_build_object('client_id', c.client_id, 'client_name', c.client_name, 'billing_email', c.billing_email) AS client,
  a.extension_data, ${assetDocumentsJson} AS documents, ${schedules} AS maintenance_schedules`

type Detail = typeof AssetDetail.Type

/** The statement that reads one asset in full; of the assets it hangs together with, those that the caller may read. */
export const assetDetail = (sql: SqlClient.SqlClient, caller: Caller, id: string) =>
  sql<Detail & { readonly readable: boolean }>`SELECT ${sql.literal(detailColumns)},
      coalesce((SELECT json_agg(r) FROM (${sql.literal(relationshipsText)} WHERE ${isReadableAsset(sql, caller, "o")}
        ORDER BY r.created_at, r.parent_asset_id, r.child_asset_id, r.relationship_id) r), '[]'::json) AS relationships,
      ${isReadableAsset(sql, caller)} AS readable
    FROM ${sql.literal(assetTables)} WHERE a.tenant = ${caller.tenant} AND a.asset_id = ${id}`
