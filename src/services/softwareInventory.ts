/**
 * How an inventory of an asset is taken in: what differs is worked out here, so that the number of statements and what they
 * cost do not depend on how well the database guesses.
 */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql"
import type { Fragment } from "effect/sql/Statement"
import { distinctSoftware, normalizedName, type SoftwareChange, type SoftwareEntry } from "../domain/Software.ts"
import { newId } from "./ids.ts"

type Entry = typeof SoftwareEntry.Type

/** What the catalog says of a piece of software. */
interface Kind {
  readonly category: string | null
  readonly software_type: string
  readonly is_managed: boolean
  readonly is_security_relevant: boolean
}

/** What is known of a piece of software on an asset. */
interface Installed {
  readonly software_id: string
  readonly version: string | null
  /** In milliseconds since 1970. */
  readonly install_date: number | null
  readonly install_path: string | null
  readonly size_bytes: number | null
}

/** Objects as rows of these columns. */
const rowsOf = (sql: SqlClient.SqlClient, objects: ReadonlyArray<object>, columns: string): Fragment =>
  sql`jsonb_to_recordset(${JSON.stringify(objects)}::jsonb) AS e (${sql.literal(columns)})`

const kindColumns = "category text, software_type text, is_managed boolean, is_security_relevant boolean"

/** The catalog's row for each entry, made where there was none. */
const inCatalog = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  tenant: string,
  entries: ReadonlyArray<Entry>
) {
  const named = entries.map((entry, place) => ({
    place,
    software_id: newId(),
    normalized_name: normalizedName(entry.name),
    ...entry
  }))
  const sent = rowsOf(
    sql,
    named,
    `place integer, software_id uuid, name text, normalized_name text, publisher text, ${kindColumns}`
  )
  yield* sql`INSERT INTO software_catalog (tenant, software_id, name, publisher, normalized_name, category, software_type,
      is_managed, is_security_relevant)
    SELECT ${tenant}::uuid, e.software_id, e.name, e.publisher, e.normalized_name, e.category,
      coalesce(e.software_type, 'application'), coalesce(e.is_managed, false), coalesce(e.is_security_relevant, false)
    FROM ${sent} ORDER BY e.place
    ON CONFLICT ON CONSTRAINT software_catalog_name_key DO NOTHING`
  return yield* sql<Kind & { readonly software_id: string }>`
    SELECT c.software_id, c.category, c.software_type, c.is_managed, c.is_security_relevant
    FROM ${sent} JOIN software_catalog c ON c.tenant = ${tenant} AND c.normalized_name = e.normalized_name
      AND c.publisher IS NOT DISTINCT FROM e.publisher
    ORDER BY e.place`
})

/** What an entry says of the kind of its software; what it does not say stays. */
const kindOf = (entry: Entry, { category, is_managed, is_security_relevant, software_type }: Kind): Kind => ({
  category: entry.category ?? category,
  software_type: entry.software_type ?? software_type,
  is_managed: entry.is_managed ?? is_managed,
  is_security_relevant: entry.is_security_relevant ?? is_security_relevant
})

const isSameKind = (a: Kind, b: Kind) =>
  a.category === b.category &&
  a.software_type === b.software_type &&
  a.is_managed === b.is_managed &&
  a.is_security_relevant === b.is_security_relevant

/** Sets in the catalog what is said otherwise now. */
const writeKinds = (
  sql: SqlClient.SqlClient,
  tenant: string,
  kinds: ReadonlyArray<Kind & { readonly software_id: string }>
) =>
  kinds.length === 0
    ? Effect.void
    : sql`WITH held AS (
        SELECT e.* FROM ${rowsOf(sql, kinds, `software_id uuid, ${kindColumns}`)}
        JOIN software_catalog c ON c.tenant = ${tenant} AND c.software_id = e.software_id
        ORDER BY c.software_id FOR NO KEY UPDATE OF c
      )
      UPDATE software_catalog c SET category = e.category, software_type = e.software_type, is_managed = e.is_managed,
        is_security_relevant = e.is_security_relevant
      FROM held e WHERE c.tenant = ${tenant} AND c.software_id = e.software_id`

const isSame = (a: Installed, b: Installed) =>
  a.version === b.version &&
  a.install_date === b.install_date &&
  a.install_path === b.install_path &&
  a.size_bytes === b.size_bytes

/** What is installed on an asset, by the software's id. */
const readInstalled = (sql: SqlClient.SqlClient, tenant: string, assetId: string) =>
  Effect.map(
    sql<Omit<Installed, "install_date"> & { readonly install_date: string | null }>`
      SELECT software_id, version, install_date, install_path, size_bytes FROM asset_software
      WHERE tenant = ${tenant} AND asset_id = ${assetId} AND is_current`,
    (rows) => new Map(rows.map((row) => [row.software_id, { ...row, install_date: instant(row.install_date) }]))
  )

const instant = (time: string | null | undefined) => (time == null ? null : Date.parse(time))

/** Notes what is not on the asset any more, and that the rest was seen. */
const writeSeen = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  tenant: string,
  assetId: string,
  gone: ReadonlyArray<string>
) {
  if (gone.length > 0) {
    yield* sql`UPDATE asset_software SET is_current = false, uninstalled_at = statement_timestamp()
      WHERE tenant = ${tenant} AND asset_id = ${assetId} AND software_id = ANY(${gone}::uuid[])`
  }
  yield* sql`UPDATE asset_software SET last_seen_at = statement_timestamp()
    WHERE tenant = ${tenant} AND asset_id = ${assetId} AND is_current`
})

/** Notes what is new on the asset, there again, or otherwise than it was. */
const writeInstalled = (
  sql: SqlClient.SqlClient,
  tenant: string,
  assetId: string,
  installed: ReadonlyArray<Installed>
) =>
  installed.length === 0
    ? Effect.void
    : sql`INSERT INTO asset_software (tenant, asset_id, software_id, version, install_date, install_path, size_bytes,
        first_seen_at, last_seen_at)
      SELECT ${tenant}::uuid, ${assetId}::uuid, e.software_id, e.version, to_timestamp(e.install_date / 1000.0),
        e.install_path, e.size_bytes, statement_timestamp(), statement_timestamp()
      FROM ${rowsOf(sql, installed, "software_id uuid, version text, install_date bigint, install_path text, size_bytes bigint")}
      ON CONFLICT (tenant, asset_id, software_id) DO UPDATE SET version = excluded.version,
        install_date = excluded.install_date, install_path = excluded.install_path, size_bytes = excluded.size_bytes,
        last_seen_at = excluded.last_seen_at, is_current = true, uninstalled_at = NULL`

/** Makes the entries the software of an asset, which is held. */
export const writeInventory = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  tenant: string,
  assetId: string,
  entries: ReadonlyArray<Entry>
) {
  const distinct = distinctSoftware(entries)
  // One inventory of a tenant after the other: many name the same software, and each holds rows of the catalog.
  yield* sql`SELECT pg_advisory_xact_lock(hashtextextended(${`software ${tenant}`}, 0))`
  const catalog = distinct.length === 0 ? [] : yield* inCatalog(sql, tenant, distinct)
  const now = catalog.map((row, at) => ({ row, entry: distinct[at]! }))
  yield* writeKinds(
    sql,
    tenant,
    now
      .map(({ entry, row }) => ({ row, kind: { software_id: row.software_id, ...kindOf(entry, row) } }))
      .filter(({ kind, row }) => !isSameKind(kind, row))
      .map(({ kind }) => kind)
  )
  const before = yield* readInstalled(sql, tenant, assetId)
  const wanted = now.map(({ entry, row }) => ({
    software_id: row.software_id,
    version: entry.version ?? null,
    install_date: instant(entry.install_date),
    install_path: entry.install_path ?? null,
    size_bytes: entry.size_bytes ?? null
  }))
  const ids = new Set(wanted.map(({ software_id }) => software_id))
  const gone = [...before.keys()].filter((id) => !ids.has(id))
  const isUnchanged = (one: Installed) => {
    const former = before.get(one.software_id)
    return former !== undefined && isSame(former, one)
  }
  const different = wanted.filter((one) => !isUnchanged(one))
  yield* writeSeen(sql, tenant, assetId, gone)
  yield* writeInstalled(sql, tenant, assetId, different)
  const updated = different.filter(({ software_id }) => before.has(software_id)).length
  const change: Omit<typeof SoftwareChange.Type, "asset_id"> = {
    total_installed: wanted.length,
    installed: different.length - updated,
    updated,
    uninstalled: gone.length,
    unchanged: wanted.length - different.length,
    duplicates: entries.length - distinct.length
  }
  return change
})
