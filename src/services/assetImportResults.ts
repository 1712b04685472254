/** What the lines of an import come to: kept, written and told. */
import { Effect, Stream } from "effect"
import type { SqlClient } from "effect/sql"
import type { Caller } from "../domain/Actor.ts"
import type { ImportAction } from "../domain/AssetImport.ts"
import type { AssetColumns } from "../domain/assetPlan.ts"
import type { Issue } from "../domain/Errors.ts"
import { writtenAssignments, writtenColumns, writtenNames, writtenRecord } from "./assetWriting.ts"
import type { NewEvent } from "./events.ts"

/** What a line comes to. */
export interface LineResult {
  readonly line: number
  readonly action: typeof ImportAction.Type
  /** Absent with an asset that is only to be made, and with an error. */
  readonly asset_id: string | null
  /** What there is to write. */
  readonly asset?: AssetColumns
  /** What there is to tell of it. */
  readonly payload?: NewEvent["payload"]
  readonly errors?: ReadonlyArray<Issue>
}

/** Keeps what some lines come to, until all are known. What there is to write stays the text that it is until then. */
export const keepResults = (sql: SqlClient.SqlClient, tenant: string, results: ReadonlyArray<LineResult>) => {
  const rows = results.map(({ asset, payload, ...result }) => ({
    ...result,
    asset: JSON.stringify(asset),
    payload: JSON.stringify(payload)
  }))
  return sql`INSERT INTO asset_import_results (tenant, line, action, asset_id, asset, payload, errors)
    SELECT ${tenant}::uuid, x.* FROM json_to_recordset(${JSON.stringify(rows)}::json) AS x (line int, action text,
      asset_id uuid, asset text, payload text, errors json)`
}

/** Makes and changes the assets, and records that it was done. */
export const writeResults = Effect.fnUntraced(function* (sql: SqlClient.SqlClient, { tenant, userId }: Caller) {
  const written = sql.literal(`jsonb_to_record(r.asset::jsonb) AS n (${writtenRecord})`)
  yield* sql`INSERT INTO assets (tenant, asset_id, ${sql.literal(writtenNames)})
    SELECT r.tenant, r.asset_id, ${sql.literal(writtenColumns("n"))}
    FROM asset_import_results r CROSS JOIN LATERAL ${written}
    WHERE r.tenant = ${tenant} AND r.action = 'create' ORDER BY r.line`
  yield* sql`UPDATE assets a SET ${sql.literal(writtenAssignments)}
    FROM asset_import_results r CROSS JOIN LATERAL ${written}
    WHERE a.tenant = ${tenant} AND r.tenant = a.tenant AND a.asset_id = r.asset_id AND r.action = 'update'`
  yield* sql`INSERT INTO events (tenant, event_id, event_type, entity_type, entity_id, user_id, payload)
    SELECT r.tenant, ordered_uuid(), CASE r.action WHEN 'create' THEN 'ASSET_CREATED' ELSE 'ASSET_UPDATED' END,
      'asset', r.asset_id, ${userId}::uuid, r.payload::jsonb
    FROM asset_import_results r WHERE r.tenant = ${tenant} AND r.action IN ('create', 'update') ORDER BY r.line`
})

const encoder = new TextEncoder()

/** What there is to tell of the lines, as JSON objects with commas between them, in pieces. */
export const tellResults = (sql: SqlClient.SqlClient, tenant: string) => {
  const told = sql<{ readonly text: string }>`SELECT json_strip_nulls(json_build_object('line', r.line,
      'action', r.action, 'asset_id', r.asset_id, 'errors', r.errors))::text AS text
    FROM asset_import_results r WHERE r.tenant = ${tenant} ORDER BY r.line`
  const pieces: Array<Uint8Array> = []
  const keep = (rows: ReadonlyArray<{ readonly text: string }>) =>
    Effect.sync(() => {
      const text = rows.map((row) => row.text).join(",")
      pieces.push(encoder.encode(pieces.length === 0 ? text : `,${text}`))
    })
  return Effect.as(Stream.runForEachArray(told.stream, keep), pieces)
}
