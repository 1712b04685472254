/** The assets of a provider's clients, some of them with everything that an asset can have. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { completeAssets, insertBelongings } from "./assetBelongings.ts"
import { fillTable, type Provider, rareRows, rareWords, seedProvider, spread } from "./seed.ts"

/** What requests are made of, and what they must find. */
export interface SeededAssets extends Provider {
  readonly types: ReadonlyArray<Counted>
  readonly statuses: ReadonlyArray<Counted>
  readonly serialNumbers: ReadonlyArray<string>
  readonly tags: ReadonlyArray<string>
  /** Words that are each in the names of six assets. */
  readonly words: ReadonlyArray<string>
  /** The assets that have everything. */
  readonly complete: ReadonlyArray<Complete>
}

/** A value, and how many assets have it. */
export interface Counted {
  readonly value: string
  readonly amount: number
}

/** An asset, and how many there are of what belongs to it. */
export interface Complete {
  readonly asset_id: string
  readonly relationships: number
  readonly documents: number
  readonly schedules: number
}

/** Fills an empty database with a tenant that has so many assets. */
export const seedAssets = Effect.fnUntraced(function* (assets: number) {
  const sql = yield* SqlClient.SqlClient
  const provider = yield* seedProvider
  const { tenant } = provider
  yield* fillTable(
    sql,
    "assets",
    insertAssets(sql, tenant, assets),
    Effect.andThen(countAssets(sql), insertBelongings(sql, tenant, assets))
  )
  yield* sql`VACUUM ANALYZE`
  return { ...provider, ...(yield* facts(sql, tenant)) } satisfies SeededAssets
})

/**
 * Half are workstations, most are in use, clients differ in size. The multipliers are primes, which spread the combinations
 * without a random number, so that each run sees the same rows. What a complete asset is like depends on its number among
 * these alone, not on how many others there are. A serial number is its asset's only: multiplied by an odd number, no two
 * numbers become the same in 32 bits.
 */
const insertAssets = (sql: SqlClient.SqlClient, tenant: string, assets: number) => sql`
  WITH numbered AS (
    SELECT n, n::float8 / ${assets} AS age, ${spread(sql, rareRows, assets)} AS rare,
      ${spread(sql, completeAssets, assets)} AS complete
    FROM generate_series(${assets}::int, 1, -1) n
  ), thrown AS (
    SELECT n, rare, complete, now() - age * interval '1000 days' AS created_at,
      power((n % 10007 * 7919 % 10007) / 10007.0, 2) AS skewed,
      coalesce(complete, n) % 1000 * 729 % 1000 AS dice, coalesce(complete, n) % 997 * 331 % 997 AS die
    FROM numbered
  ), picked AS (
    SELECT n, rare, complete, created_at, dice, die,
      (SELECT array_agg(client_id ORDER BY client_id) FROM clients WHERE tenant = ${tenant})[1 + (skewed * 39)::int] AS client_id,
      CASE WHEN dice < 550 THEN 'workstation' WHEN dice < 700 THEN 'mobile_device' WHEN dice < 820 THEN 'network_device'
        WHEN dice < 900 THEN 'printer' WHEN dice < 970 OR complete IS NOT NULL THEN 'server' ELSE 'unknown' END AS asset_type,
      CASE WHEN die < 780 THEN 'active' WHEN die < 860 THEN 'inactive' WHEN die < 910 THEN 'maintenance'
        WHEN die < 980 THEN 'retired' ELSE 'in_stock' END AS status
    FROM thrown
  )
  INSERT INTO assets (tenant, asset_id, asset_type, client_id, asset_tag, name, status, serial_number, location, location_id,
    purchase_date, warranty_end_date, attributes, extension_data, rmm_provider, rmm_device_id, agent_status, last_seen_at,
    created_at, updated_at)
  SELECT ${tenant}::uuid, uuidv7(p.created_at - now()), p.asset_type, p.client_id, 'AST' || lpad(n::text, 8, '0'),
    coalesce('Spare ' || (${rareWords}::text[])[1 + rare % ${rareWords.length}::int] || ' ' || n,
      (ARRAY['LON', 'BER', 'PAR', 'NYC', 'OSL', 'ROM', 'VIE'])[1 + n % 7] || '-' || upper(left(p.asset_type, 3)) || '-' || n),
    p.status,
    CASE WHEN die % 10 > 0 THEN (ARRAY['5CG', 'PF', 'C02', 'MXL', 'FCW'])[1 + dice % 5]
      || upper(lpad(to_hex(n * 2654435761 % 4294967296), 8, '0')) END,
    CASE WHEN die % 3 > 0 THEN 'Floor ' || dice % 9 || ', room ' || dice % 9 || lpad((die % 40)::text, 2, '0') END,
    CASE WHEN die % 10 < 7 THEN l.location_id END,
    CASE WHEN dice % 10 < 9 THEN p.created_at - interval '10 days' END,
    CASE WHEN dice % 10 < 7 THEN p.created_at + interval '3 years' END,
    jsonb_build_object('purchase_price', 20000 + dice * 150, 'cost_center', 'CC-' || die % 60),
    ${extensionData(sql)},
    CASE WHEN has_agent THEN 'tacticalrmm' END, CASE WHEN has_agent THEN md5(n::text) END,
    CASE WHEN has_agent THEN CASE WHEN die % 9 > 0 THEN 'online' ELSE 'offline' END END,
    CASE WHEN has_agent THEN now() - die * interval '1 minute' END, p.created_at, p.created_at + interval '2 hours'
  FROM picked p
  CROSS JOIN LATERAL (SELECT asset_type IN ('workstation', 'server') AND dice % 4 > 0 AS has_agent) AS managed
  LEFT JOIN client_locations l ON l.tenant = ${tenant} AND l.client_id = p.client_id`

/** What only an asset of its type has. */
const extensionData = (sql: SqlClient.SqlClient) => sql`
  CASE p.asset_type
    WHEN 'workstation' THEN jsonb_build_object('os_type', 'Windows', 'os_version', '11 24H2', 'cpu_model', 'Core Ultra 7 165U',
      'cpu_cores', 4 + dice % 3 * 4, 'ram_gb', 8 * (1 + dice % 4), 'storage_type', 'NVMe', 'storage_capacity_gb', 512,
      'antivirus_product', 'Defender', 'antivirus_status', 'active', 'failed_patches', 0, 'pending_patches', die % 5)
    WHEN 'server' THEN jsonb_build_object('os_type', 'Linux', 'os_version', 'Debian 13', 'cpu_model', 'EPYC 9354P',
      'cpu_cores', 32, 'ram_gb', 64 * (1 + dice % 4), 'raid_config', 'RAID 10', 'is_virtual', die % 2 = 0,
      'primary_ip', '10.' || dice % 200 || '.' || die % 200 || '.10', 'installed_services', jsonb_build_array('sshd', 'nginx'))
    WHEN 'network_device' THEN jsonb_build_object('device_type', (ARRAY['switch', 'router', 'firewall', 'access_point'])[1 + die % 4],
      'management_ip', '10.' || dice % 200 || '.' || die % 200 || '.1', 'port_count', 8 * (1 + die % 6),
      'firmware_version', '17.9.' || die % 8, 'supports_poe', die % 2 = 0)
    WHEN 'mobile_device' THEN jsonb_build_object('os_type', 'iOS', 'os_version', '26.1', 'model', 'iPhone 17',
      'carrier', 'Example Mobile', 'is_supervised', die % 2 = 0, 'phone_number', '+1 555 ' || lpad((n % 10000)::text, 4, '0'))
    WHEN 'printer' THEN jsonb_build_object('model', 'LaserJet M610', 'ip_address', '10.' || dice % 200 || '.' || die % 200 || '.20',
      'is_network_printer', true, 'supports_color', die % 2 = 0, 'supply_levels', jsonb_build_object('black', die % 100))
  END`

/** The running totals, as the trigger would have counted. */
const countAssets = (sql: SqlClient.SqlClient) => sql`
  INSERT INTO asset_counts (tenant, client_id, asset_type, status, amount, purchased, purchase_seconds, purchase_value)
  SELECT tenant, client_id, asset_type, status, count(*), count(purchase_date),
    coalesce(sum(extract(epoch FROM purchase_date)), 0), sum(purchase_price(attributes))
  FROM assets GROUP BY GROUPING SETS ((tenant, asset_type, status), (tenant, client_id, asset_type, status))`

const facts = Effect.fnUntraced(function* (sql: SqlClient.SqlClient, tenant: string) {
  const counted = (column: "asset_type" | "status") =>
    sql<Counted>`SELECT ${sql.literal(column)} AS value, count(*)::int AS amount FROM assets
      WHERE tenant = ${tenant} GROUP BY 1 ORDER BY 1`
  const some = (column: "asset_tag" | "serial_number") =>
    Effect.map(
      sql<{ readonly value: string }>`SELECT ${sql.literal(column)} AS value FROM assets
        WHERE tenant = ${tenant} AND ${sql.literal(column)} IS NOT NULL ORDER BY md5(asset_id::text) LIMIT 500`,
      (rows) => rows.map(({ value }) => value)
    )
  return {
    types: yield* counted("asset_type"),
    statuses: yield* counted("status"),
    serialNumbers: yield* some("serial_number"),
    tags: yield* some("asset_tag"),
    words: rareWords,
    complete: yield* sql<Complete>`
      SELECT s.asset_id, count(*)::int AS schedules,
        (SELECT count(*)::int FROM asset_relationships r
          WHERE r.tenant = ${tenant} AND s.asset_id IN (r.parent_asset_id, r.child_asset_id)) AS relationships,
        (SELECT count(*)::int FROM document_associations d
          WHERE d.tenant = ${tenant} AND d.entity_type = 'asset' AND d.entity_id = s.asset_id) AS documents
      FROM asset_maintenance_schedules s WHERE s.tenant = ${tenant} GROUP BY s.asset_id ORDER BY s.asset_id`
  }
})
