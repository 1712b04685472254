/** How many assets are read and written at once: as JSON, in one statement whatever their number. */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql"
import type { Fragment } from "effect/sql/Statement"
import { type FieldDefinition, fieldsOf } from "../domain/AssetType.ts"
import type { TypeDefinition } from "../domain/assetExtension.ts"
import type { AssetColumns } from "../domain/assetPlan.ts"

const types = {
  client_id: "uuid",
  asset_type: "text",
  asset_tag: "text",
  name: "text",
  status: "text",
  serial_number: "text",
  location: "text",
  location_id: "uuid",
  purchase_date: "timestamptz",
  warranty_end_date: "timestamptz",
  extension_data: "jsonb"
} as const satisfies Readonly<Record<keyof AssetColumns, string>>

const names = Object.keys(types)

/** The columns that people write, of the table with this alias. */
export const writtenColumns = (alias: string) => names.map((name) => `${alias}.${name}`).join(", ")

/** The same, without an alias: for INSERT. */
export const writtenNames = names.join(", ")

/** Each of them set to what `n` has. */
export const writtenAssignments = names.map((name) => `${name} = n.${name}`).join(", ")

/** What JSON with these columns is read as: for `jsonb_to_record(...) AS n (...)`. */
export const writtenRecord = Object.entries(types)
  .map(([name, type]) => `${name} ${type}`)
  .join(", ")

/** The tenant's types by their slugs, in display order: all, or those of `t` that a condition leaves. */
export const typesOf = Effect.fnUntraced(function* (sql: SqlClient.SqlClient, tenant: string, condition?: Fragment) {
  const types = yield* sql<{ readonly slug: string; readonly fields_schema: ReadonlyArray<FieldDefinition> }>`
    SELECT t.slug, t.fields_schema FROM asset_type_registry t
    WHERE t.tenant = ${tenant} AND ${condition ?? sql`true`} ORDER BY t.display_order, t.slug`
  return new Map(
    types.map(({ fields_schema, slug }): [string, TypeDefinition] => [
      slug,
      { slug, fields: fieldsOf(slug, fields_schema) }
    ])
  )
})

/**
 * None of the types gets another slug until this transaction ends. To be called before assets are locked, which whoever
 * renames a type locks, too.
 */
export const holdTypes = (sql: SqlClient.SqlClient, tenant: string, slugs: ReadonlyArray<string>) =>
  sql`SELECT 1 FROM asset_type_registry WHERE tenant = ${tenant} AND slug = ANY(${slugs}::text[])
    ORDER BY slug FOR KEY SHARE`
