/** The definitions of asset types, for those who write assets. */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql"
import { type FieldDefinition, fieldsOf } from "../domain/AssetType.ts"
import type { TypeDefinition } from "../domain/assetExtension.ts"
import { ValidationFailed } from "../domain/Errors.ts"

/** The type is not one of the tenant's: 400. */
export const notRegistered = () => ValidationFailed.at("asset_type", "Expected one of the tenant's asset types")

/** What assets of a type are judged by; 400 if the tenant has no such type. */
export const definitionOf = Effect.fnUntraced(function* (sql: SqlClient.SqlClient, tenant: string, slug: string) {
  const [type] = yield* sql<{ readonly slug: string; readonly fields_schema: ReadonlyArray<FieldDefinition> }>`
    SELECT slug, fields_schema FROM asset_type_registry WHERE tenant = ${tenant} AND slug = ${slug}`
  if (type === undefined) return yield* notRegistered()
  return { slug: type.slug, fields: fieldsOf(type.slug, type.fields_schema) } satisfies TypeDefinition
})

/**
 * The type keeps its slug until this transaction ends. To be called before an asset is locked that is to be of it: whoever
 * renames a type locks its assets, too.
 */
export const holdType = (sql: SqlClient.SqlClient, tenant: string, slug: string) =>
  sql`SELECT 1 FROM asset_type_registry WHERE tenant = ${tenant} AND slug = ${slug} FOR KEY SHARE`
