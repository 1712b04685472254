/** How an inventory of an asset is taken in: a handful of statements, however many entries it has. */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql"
import type { Fragment } from "effect/sql/Statement"
import { distinctSoftware, normalizedName, type SoftwareChange, type SoftwareEntry } from "../domain/Software.ts"
import { newId } from "./ids.ts"

type Entry = typeof SoftwareEntry.Type

/** The entries as rows, in the order they have. */
const sentRows = (sql: SqlClient.SqlClient, entries: ReadonlyArray<Entry>): Fragment => {
  const rows = entries.map((entry, place) => ({
    ...entry,
    place,
    software_id: newId(),
    normalized_name: normalizedName(entry.name)
  }))
  return sql`jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS e (place integer, software_id uuid, name text,
    normalized_name text, publisher text, category text, software_type text, is_managed boolean,
    is_security_relevant boolean, version text, install_date timestamptz, install_path text, size_bytes bigint)`
}

/** The catalog's row for each entry. */
const inCatalog = (sql: SqlClient.SqlClient, tenant: string, sent: Fragment) =>
  sql`${sent} JOIN software_catalog c ON c.tenant = ${tenant} AND c.normalized_name = e.normalized_name
    AND c.publisher IS NOT DISTINCT FROM e.publisher`

/**
 * Makes what the catalog lacks, and sets there what is sent. Everybody inserts in the order of the names, and then locks in
 * that of the ids, so that nobody waits for somebody who waits for them.
 */
const writeCatalog = Effect.fnUntraced(function* (sql: SqlClient.SqlClient, tenant: string, sent: Fragment) {
  yield* sql`INSERT INTO software_catalog (tenant, software_id, name, publisher, normalized_name, category, software_type,
      is_managed, is_security_relevant)
    SELECT ${tenant}::uuid, e.software_id, e.name, e.publisher, e.normalized_name, e.category,
      coalesce(e.software_type, 'application'), coalesce(e.is_managed, false), coalesce(e.is_security_relevant, false)
    FROM ${sent} ORDER BY e.place
    ON CONFLICT ON CONSTRAINT software_catalog_name_key DO NOTHING`
  yield* sql`WITH changed AS (
      SELECT c.software_id, e.category, e.software_type, e.is_managed, e.is_security_relevant
      FROM ${inCatalog(sql, tenant, sent)}
      WHERE (c.category, c.software_type, c.is_managed, c.is_security_relevant) IS DISTINCT FROM (
        coalesce(e.category, c.category), coalesce(e.software_type, c.software_type),
        coalesce(e.is_managed, c.is_managed), coalesce(e.is_security_relevant, c.is_security_relevant))
      ORDER BY c.software_id FOR NO KEY UPDATE OF c
    )
    UPDATE software_catalog c SET category = coalesce(e.category, c.category),
      software_type = coalesce(e.software_type, c.software_type), is_managed = coalesce(e.is_managed, c.is_managed),
      is_security_relevant = coalesce(e.is_security_relevant, c.is_security_relevant)
    FROM changed e WHERE c.tenant = ${tenant} AND c.software_id = e.software_id`
})

interface Written {
  readonly installed: number
  readonly updated: number
}

/** What is on the asset now, with how much of it is new, and how much is not as it was. */
const writeInstalled = (sql: SqlClient.SqlClient, tenant: string, assetId: string, sent: Fragment) =>
  Effect.map(
    sql<Written>`WITH now_there AS (
        SELECT c.software_id, e.version, e.install_date::timestamptz(3) AS install_date, e.install_path, e.size_bytes
        FROM ${inCatalog(sql, tenant, sent)}
      ), before AS (
        SELECT * FROM asset_software WHERE tenant = ${tenant} AND asset_id = ${assetId} AND is_current
      ), written AS (
        INSERT INTO asset_software AS s (tenant, asset_id, software_id, version, install_date, install_path, size_bytes,
          first_seen_at, last_seen_at)
        SELECT ${tenant}::uuid, ${assetId}::uuid, n.*, statement_timestamp(), statement_timestamp() FROM now_there n
        ON CONFLICT (tenant, asset_id, software_id) DO UPDATE SET version = excluded.version,
          install_date = excluded.install_date, install_path = excluded.install_path, size_bytes = excluded.size_bytes,
          last_seen_at = excluded.last_seen_at, is_current = true, uninstalled_at = NULL
      )
      SELECT count(*) FILTER (WHERE b.software_id IS NULL) AS installed,
        count(*) FILTER (WHERE b.software_id IS NOT NULL
          AND (n.version, n.install_date, n.install_path, n.size_bytes)
            IS DISTINCT FROM (b.version, b.install_date, b.install_path, b.size_bytes)) AS updated
      FROM now_there n LEFT JOIN before b ON b.software_id = n.software_id`,
    ([written]) => written!
  )

/** Notes what is not on the asset any more; how much. */
const writeUninstalled = (sql: SqlClient.SqlClient, tenant: string, assetId: string, sent: Fragment) =>
  Effect.map(
    sql<{ readonly uninstalled: number }>`WITH gone AS (
        UPDATE asset_software SET is_current = false, uninstalled_at = statement_timestamp()
        WHERE tenant = ${tenant} AND asset_id = ${assetId} AND is_current
          AND software_id NOT IN (SELECT c.software_id FROM ${inCatalog(sql, tenant, sent)})
        RETURNING 1
      ) SELECT count(*) AS uninstalled FROM gone`,
    ([row]) => row!.uninstalled
  )

/** Makes the entries the software of an asset, which is held. */
export const writeInventory = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  tenant: string,
  assetId: string,
  entries: ReadonlyArray<Entry>
) {
  const distinct = distinctSoftware(entries)
  const sent = sentRows(sql, distinct)
  yield* writeCatalog(sql, tenant, sent)
  const uninstalled = yield* writeUninstalled(sql, tenant, assetId, sent)
  const { installed, updated } = yield* writeInstalled(sql, tenant, assetId, sent)
  const change: Omit<typeof SoftwareChange.Type, "asset_id"> = {
    total_installed: distinct.length,
    installed,
    updated,
    uninstalled,
    unchanged: distinct.length - installed - updated,
    duplicates: entries.length - distinct.length
  }
  return change
})
