/**
 * The tables that an import works on. They belong to its transaction, and go with it: what the lines say, what was found of
 * what they name, and what they come to.
 */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql"
import type { Caller } from "../domain/Actor.ts"
import type { ImportHeader } from "../domain/AssetImport.ts"
import { type Cells, cellAt, isReadable } from "../domain/assetImportCells.ts"
import { idAt, type LineFacts } from "../domain/assetImportFacts.ts"
import type { AssetColumns } from "../domain/assetPlan.ts"
import { isReadableAsset } from "./assetAccess.ts"
import { writtenColumns } from "./assetWriting.ts"
import type { CsvRecord } from "./csvRecords.ts"

export const makeTables = Effect.fnUntraced(function* (sql: SqlClient.SqlClient) {
  yield* sql`CREATE TEMP TABLE asset_import_lines (
    tenant uuid NOT NULL,
    line integer NOT NULL,
    cells text NOT NULL,
    asset_id uuid,
    client_id uuid,
    client_name text,
    serial_number text,
    asset_tag text,
    location_id uuid,
    location_name text,
    PRIMARY KEY (tenant, line)
  ) ON COMMIT DROP`
  yield* sql`CREATE TEMP TABLE asset_import_found (
    tenant uuid NOT NULL,
    line integer NOT NULL,
    assets integer NOT NULL,
    asset_id uuid,
    clients integer NOT NULL,
    client_id uuid,
    client_name text,
    locations integer NOT NULL,
    location_id uuid,
    twin integer,
    PRIMARY KEY (tenant, line)
  ) ON COMMIT DROP`
  yield* sql`CREATE TEMP TABLE asset_import_results (
    tenant uuid NOT NULL,
    line integer NOT NULL,
    action text NOT NULL,
    asset_id uuid,
    asset text,
    payload text,
    errors json,
    PRIMARY KEY (tenant, line)
  ) ON COMMIT DROP`
})

/** Keeps what some lines say. */
export const keepLines = (
  sql: SqlClient.SqlClient,
  tenant: string,
  header: ImportHeader,
  records: ReadonlyArray<CsvRecord>
) => {
  const rows = records.map(({ cells, line }) => ({ line, cells: JSON.stringify(cells), ...namedBy(header, cells) }))
  return sql`INSERT INTO asset_import_lines (tenant, line, cells, asset_id, client_id, client_name, serial_number,
      asset_tag, location_id, location_name)
    SELECT ${tenant}::uuid, x.* FROM json_to_recordset(${JSON.stringify(rows)}::json) AS x (line int, cells text,
      asset_id uuid, client_id uuid, client_name text, serial_number text, asset_tag text, location_id uuid,
      location_name text)`
}

/** What a line names. One that cannot be read names nothing. */
const namedBy = (header: ImportHeader, cells: Cells) =>
  isReadable(header, cells)
    ? {
        asset_id: idAt(header, cells, "asset_id"),
        client_id: idAt(header, cells, "client_id"),
        client_name: cellAt(header, cells, "client_name"),
        serial_number: cellAt(header, cells, "serial_number"),
        asset_tag: cellAt(header, cells, "asset_tag"),
        location_id: idAt(header, cells, "location_id"),
        location_name: cellAt(header, cells, "location_name")
      }
    : {}

/**
 * Finds what the lines name, of all at once. An asset is known by its id; else, within its client, by its serial number;
 * else by its tag, where one that has no serial number comes before those that have one.
 */
export const findNamed = Effect.fnUntraced(function* (sql: SqlClient.SqlClient, tenant: string) {
  yield* sql`ANALYZE asset_import_lines`
  yield* sql`
    WITH named_clients AS (
      SELECT client_name, count(*)::int AS clients, CASE WHEN count(*) = 1 THEN (array_agg(client_id))[1] END AS client_id
      FROM clients WHERE tenant = ${tenant} AND client_name IN (
        SELECT client_name FROM asset_import_lines WHERE client_id IS NULL AND client_name IS NOT NULL)
      GROUP BY client_name
    ), serials AS (
      SELECT client_id, serial_number, count(*)::int AS assets, (array_agg(asset_id))[1] AS asset_id
      FROM assets WHERE tenant = ${tenant} AND serial_number IN (
        SELECT serial_number FROM asset_import_lines WHERE asset_id IS NULL AND serial_number IS NOT NULL)
      GROUP BY client_id, serial_number
    ), every_tag AS (
      SELECT client_id, asset_tag, asset_id, count(*) OVER tags AS assets,
        count(*) FILTER (WHERE coalesce(serial_number, '') = '') OVER tags AS plain,
        row_number() OVER (PARTITION BY client_id, asset_tag ORDER BY coalesce(serial_number, '') <> '', asset_id) AS rank
      FROM assets WHERE tenant = ${tenant} AND asset_tag IN (
        SELECT asset_tag FROM asset_import_lines
        WHERE asset_id IS NULL AND serial_number IS NULL AND asset_tag IS NOT NULL)
      WINDOW tags AS (PARTITION BY client_id, asset_tag)
    ), tags AS (
      SELECT client_id, asset_tag, asset_id, (CASE WHEN plain = 1 THEN 1 ELSE assets END)::int AS assets
      FROM every_tag WHERE rank = 1
    ), named_locations AS (
      SELECT client_id, location_name, count(*)::int AS locations,
        CASE WHEN count(*) = 1 THEN (array_agg(location_id))[1] END AS location_id
      FROM client_locations WHERE tenant = ${tenant} AND is_active AND location_name IN (
        SELECT location_name FROM asset_import_lines WHERE location_id IS NULL AND location_name IS NOT NULL)
      GROUP BY client_id, location_name
    ), found AS (
      SELECT l.tenant, l.line, l.serial_number, l.asset_tag,
        CASE WHEN l.asset_id IS NOT NULL THEN (k.asset_id IS NOT NULL)::int
          ELSE coalesce(s.assets, t.assets, 0) END AS assets,
        CASE WHEN l.asset_id IS NOT NULL THEN k.asset_id
          WHEN coalesce(s.assets, t.assets) = 1 THEN coalesce(s.asset_id, t.asset_id) END AS asset_id,
        coalesce(n.clients, 0) AS clients, coalesce(c.client_id, n.client_id) AS client_id,
        coalesce(c.client_name, n.client_name) AS client_name,
        coalesce(p.locations, 0) AS locations, coalesce(o.location_id, p.location_id) AS location_id
      FROM asset_import_lines l
      LEFT JOIN clients c ON c.tenant = l.tenant AND c.client_id = l.client_id
      LEFT JOIN named_clients n ON l.client_id IS NULL AND n.client_name = l.client_name
      LEFT JOIN assets k ON k.tenant = l.tenant AND k.asset_id = l.asset_id
      LEFT JOIN serials s ON l.asset_id IS NULL AND s.client_id = coalesce(c.client_id, n.client_id)
        AND s.serial_number = l.serial_number
      LEFT JOIN tags t ON l.asset_id IS NULL AND l.serial_number IS NULL
        AND t.client_id = coalesce(c.client_id, n.client_id) AND t.asset_tag = l.asset_tag
      LEFT JOIN client_locations o ON o.tenant = l.tenant AND o.location_id = l.location_id
      LEFT JOIN named_locations p ON l.location_id IS NULL
        AND p.client_id = coalesce(c.client_id, n.client_id, k.client_id) AND p.location_name = l.location_name
      WHERE l.tenant = ${tenant}
    ), keyed AS (
      SELECT *, coalesce(asset_id::text, client_id || ' serial ' || serial_number, client_id || ' tag ' || asset_tag,
        'line ' || line) COLLATE "C" AS key
      FROM found
    )
    INSERT INTO asset_import_found (tenant, line, assets, asset_id, clients, client_id, client_name, locations,
      location_id, twin)
    SELECT tenant, line, assets, asset_id, clients, client_id, client_name, locations, location_id,
      coalesce(lag(line) OVER same, lead(line) OVER same)
    FROM keyed WINDOW same AS (PARTITION BY key ORDER BY line)`
  yield* sql`ANALYZE asset_import_found`
})

/** Nobody else changes or deletes what was found until the transaction ends. All is locked in the order of its ids. */
export const holdFound = Effect.fnUntraced(function* (sql: SqlClient.SqlClient, tenant: string) {
  yield* sql`SELECT count(*) FROM (
    SELECT FROM assets a WHERE a.tenant = ${tenant} AND a.asset_id IN (SELECT asset_id FROM asset_import_found)
    ORDER BY a.asset_id FOR NO KEY UPDATE OF a) held`
  yield* sql`SELECT count(*) FROM (
    SELECT FROM clients c WHERE c.tenant = ${tenant} AND c.client_id IN (SELECT client_id FROM asset_import_found)
    ORDER BY c.client_id FOR KEY SHARE OF c) held`
  yield* sql`SELECT count(*) FROM (
    SELECT FROM client_locations o
    WHERE o.tenant = ${tenant} AND o.location_id IN (SELECT location_id FROM asset_import_found)
    ORDER BY o.location_id FOR SHARE OF o) held`
})

/** A line with what was found. */
export interface FoundLine {
  readonly line: number
  readonly cells: Cells
  readonly asset_id: string | null
  readonly facts: LineFacts
}

type FoundRow = AssetColumns &
  Pick<LineFacts, "assets" | "readable" | "clients" | "is_available" | "locations" | "twin"> & {
    readonly line: number
    readonly cells: string
    readonly asset_id: string | null
    readonly named_client_id: string | null
    readonly named_client: string | null
    readonly named_location_id: string | null
    readonly named_location: string | null
  }

/** The next lines after a line, as many as are worked on at once. */
export const linesAfter = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  caller: Caller,
  line: number,
  count: number
) {
  const rows = yield* sql<FoundRow>`
    SELECT l.line, l.cells, f.assets, f.clients, f.client_id AS named_client_id, f.client_name AS named_client,
      f.locations, f.location_id AS named_location_id, o.location_name AS named_location, f.twin,
      coalesce(o.is_active AND o.client_id = coalesce(f.client_id, a.client_id), false) AS is_available,
      a.asset_id, ${sql.literal(writtenColumns("a"))}, ${isReadableAsset(sql, caller)} AS readable
    FROM asset_import_lines l JOIN asset_import_found f ON f.tenant = l.tenant AND f.line = l.line
    LEFT JOIN assets a ON a.tenant = f.tenant AND a.asset_id = f.asset_id
    LEFT JOIN client_locations o ON o.tenant = f.tenant AND o.location_id = f.location_id
    WHERE l.tenant = ${caller.tenant} AND l.line > ${line} ORDER BY l.line LIMIT ${count}`
  return rows.map(foundLine)
})

const foundLine = ({
  assets,
  cells,
  clients,
  is_available,
  line,
  locations,
  named_client,
  named_client_id,
  named_location,
  named_location_id,
  readable,
  twin,
  ...asset
}: FoundRow): FoundLine => {
  const { asset_id, ...current } = asset
  return {
    line,
    // It was written by `keepLines`.
    cells: JSON.parse(cells) as Cells,
    asset_id,
    facts: {
      assets,
      current: asset_id === null ? undefined : current,
      readable,
      clients,
      client_id: named_client_id,
      client_name: named_client,
      locations,
      location_id: named_location_id,
      location_name: named_location,
      is_available,
      twin
    }
  }
}
