/** What belongs to assets: relationships, documents and maintenance schedules, of as many whatever the number of all. */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql"
import { spread } from "./seed.ts"

/** So many assets have everything. */
export const completeAssets = 500

/** Gives each complete asset three to five relationships, two documents, and two or three maintenance schedules. */
export const insertBelongings = Effect.fnUntraced(function* (sql: SqlClient.SqlClient, tenant: string, assets: number) {
  yield* sql`CREATE TEMPORARY TABLE complete ON COMMIT DROP AS
    SELECT a.asset_id, a.created_at, n, complete,
      (SELECT min(user_id::text)::uuid FROM users WHERE tenant = ${tenant}) AS user_id
    FROM (SELECT n, ${spread(sql, completeAssets, assets)} AS complete FROM generate_series(1, ${assets}::int) n) numbered
    JOIN assets a ON a.tenant = ${tenant} AND a.asset_tag = 'AST' || lpad(n::text, 8, '0')
    WHERE complete IS NOT NULL`
  // Parents come after their children by number, so there is no circle.
  yield* sql`INSERT INTO asset_relationships (tenant, parent_asset_id, child_asset_id, relationship_type)
    SELECT a.tenant, p.asset_id, a.asset_id, (ARRAY['contains', 'powers', 'uplink'])[1 + p.complete % 3]
    FROM complete p CROSS JOIN LATERAL generate_series(1, 3 + p.complete % 3) step
    JOIN assets a ON a.tenant = ${tenant} AND a.asset_tag = 'AST' || lpad((p.n - step)::text, 8, '0')`
  yield* sql`WITH made AS (
      SELECT uuidv7() AS document_id, asset_id, user_id, name, created_at + interval '1 hour' AS created_at
      FROM complete, unnest(ARRAY['Invoice.pdf', 'Manual.pdf']) name
    ), stored AS (
      INSERT INTO documents (tenant, document_id, document_name, type_name, type_icon, mime_type, file_size, created_by,
        created_at, updated_at)
      SELECT ${tenant}::uuid, document_id, name, 'application/pdf', 'file-pdf', 'application/pdf', 48213, user_id,
        created_at, created_at
      FROM made
    )
    INSERT INTO document_associations (tenant, association_id, document_id, entity_type, entity_id, notes, created_at)
    SELECT ${tenant}::uuid, uuidv7(), document_id, 'asset', asset_id, 'Came with it', created_at FROM made`
  yield* sql`INSERT INTO asset_maintenance_schedules (tenant, schedule_id, asset_id, schedule_name, description,
      maintenance_type, frequency, next_maintenance, start_date, created_by, assigned_to)
    SELECT ${tenant}::uuid, uuidv7(), asset_id, (ARRAY['Cleaning', 'Firmware', 'Battery test'])[step], 'As its maker says',
      'preventive', (ARRAY['monthly', 'quarterly', 'yearly'])[step], now() + step * interval '20 days', created_at,
      user_id, user_id
    FROM complete, generate_series(1, 2 + complete % 2) step`
})
