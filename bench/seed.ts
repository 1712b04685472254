/** What the databases of benchmarks have in common: one tenant with its people and its clients, and how many rows are made. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import type { SqlError } from "effect/sql/SqlError"
import { generate, hash } from "../src/domain/ApiKey.ts"
import { migrateCommunity } from "../src/layers/Migrations.ts"
import { TenantService } from "../src/services/TenantService.ts"

/** The one who is asked, and by whom. */
export interface Provider {
  readonly tenant: string
  /** Of one administrator; so many that none of them reaches its limit. */
  readonly keys: ReadonlyArray<string>
}

/** Migrates the database and makes a tenant with 10 users and 40 clients; `uuidv7` makes ids as the service does. */
export const seedProvider = Effect.gen(function* () {
  yield* migrateCommunity
  const sql = yield* SqlClient.SqlClient
  const { tenant: created, user } = yield* (yield* TenantService).create({
    client_name: "Benchmark",
    email: "admin@bench.example"
  })
  const { tenant } = created
  const keys = Array.from({ length: 1000 }, generate)
  yield* sql`INSERT INTO api_keys (tenant, api_key_id, api_key, last_four, user_id)
    SELECT ${tenant}::uuid, uuidv7(), api_key, right(api_key, 4), ${user.user_id}::uuid
    FROM unnest(${keys.map(hash)}::text[]) AS made (api_key)`
  yield* sql`INSERT INTO users (tenant, user_id, username, hashed_password, email, first_name, last_name)
    SELECT ${tenant}::uuid, uuidv7(), 'technician' || n, '!', 'technician' || n || '@bench.example',
      (ARRAY['Ana', 'Ben', 'Chloe', 'Dev', 'Eva'])[1 + n % 5], (ARRAY['Smith', 'Okafor', 'Novak'])[1 + n % 3]
    FROM generate_series(1, 9) n`
  yield* sql`INSERT INTO clients (tenant, client_id, client_name)
    SELECT ${tenant}::uuid, uuidv7(), 'Client ' || n || (ARRAY[' Ltd', ' GmbH', ' Dental', ' & Sons'])[1 + n % 4]
    FROM generate_series(1, 40) n`
  yield* sql`INSERT INTO client_locations (tenant, location_id, client_id, location_name, email, phone, is_default)
    SELECT tenant, uuidv7(), client_id, 'Head office', 'office@example.com', '+1 555 0100', true FROM clients
    WHERE tenant = ${tenant}`
  yield* sql`INSERT INTO contacts (tenant, contact_name_id, full_name, client_id, email, phone_number)
    SELECT tenant, uuidv7(), (ARRAY['Ines', 'Jon', 'Kim'])[n] || ' of ' || client_name, client_id,
      'contact' || n || '.' || client_id || '@example.com', '+1 555 01' || n
    FROM clients, generate_series(1, 3) n WHERE tenant = ${tenant}`
  return { tenant, keys } satisfies Provider
}).pipe(Effect.provide(TenantService.layer))

/** Each is in the names of six rows, however many rows there are. */
export const rareWords = [
  "defibrillator",
  "hygrometer",
  "jukebox",
  "kiosk",
  "oscilloscope",
  "plotter",
  "theodolite",
  "turnstile"
] as const
export const rareRows = 6 * rareWords.length

/** An expression that numbers `some` of the rows, which have a number `n` up to `rows`, evenly from 1; the others have null. */
export const spread = (sql: SqlClient.SqlClient, some: number, rows: number) =>
  sql`CASE WHEN n * ${some}::bigint % ${rows} < ${some} THEN (n * ${some}::bigint / ${rows})::int END`

/**
 * Makes many rows of a table in one transaction, and what there is to be counted of them by `rest`: triggers do not run.
 * References are sound by construction: checking all of them would take longer than all else.
 */
export const fillTable = <A, B>(
  sql: SqlClient.SqlClient,
  table: string,
  rows: Effect.Effect<A, SqlError>,
  rest: Effect.Effect<B, SqlError>
) =>
  sql.withTransaction(
    Effect.gen(function* () {
      yield* sql`SET LOCAL session_replication_role = replica`
      yield* withoutIndexes(sql, table, rows)
      yield* rest
    })
  )

/** Does without the indexes of a table that no constraint needs: to make them afterwards takes a fraction of the time. */
const withoutIndexes = Effect.fnUntraced(function* <A, E>(
  sql: SqlClient.SqlClient,
  table: string,
  work: Effect.Effect<A, E>
) {
  const indexes = yield* sql<{ readonly name: string; readonly definition: string }>`
    SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index
    WHERE indrelid = ${table}::regclass AND indexrelid NOT IN (SELECT conindid FROM pg_constraint)`
  yield* sql.unsafe(`DROP INDEX ${indexes.map(({ name }) => name).join(", ")}`)
  yield* work
  yield* sql`SET LOCAL maintenance_work_mem = '512MB'`
  yield* Effect.forEach(indexes, ({ definition }) => sql.unsafe(definition), { discard: true })
})
