import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import type { Fragment } from "effect/sql/Statement"
import { Actor, type Caller } from "../domain/Actor.ts"
import {
  type AssetTypeChanges,
  builtInDefinitions,
  type FieldDefinition,
  fieldsOf,
  type NewAssetType,
  RegisteredAssetType,
  readFields,
  slugOf
} from "../domain/AssetType.ts"
import { Conflict, NotFound, type PreconditionFailed, ValidationFailed } from "../domain/Errors.ts"
import * as List from "../domain/List.ts"
import { changesOf } from "./assetEvents.ts"
import { columnsOf } from "./columns.ts"
import { refusing, unfailing } from "./constraints.ts"
import { dependencies } from "./dependencies.ts"
import { type NewEvent, recordEvent } from "./events.ts"
import { newId } from "./ids.ts"
import { conditions, page } from "./list.ts"
import { unchanged } from "./versions.ts"

export const AssetTypeList = List.make({
  filters: {
    slug: List.equals("y.slug"),
    is_builtin: List.flag("y.is_builtin")
  },
  sorts: {
    display_order: List.byNumber("y.display_order"),
    name: "y.name",
    slug: "y.slug",
    is_builtin: List.byFlag("y.is_builtin"),
    created_at: List.byTime("y.created_at"),
    updated_at: List.byTime("y.updated_at")
  },
  defaultSort: "display_order",
  defaultOrder: "asc",
  thenBy: "y.name",
  id: "y.type_id",
  search: ["y.name", "y.slug"]
})

type Row = typeof RegisteredAssetType.Type
type Wanted = (typeof AssetTypeChanges.Type)["fields_schema"]

export class AssetTypeService extends Context.Service<
  AssetTypeService,
  {
    /** The tenant's asset types, in display order. */
    readonly list: (query: List.Query) => Effect.Effect<List.Page<Row>, ValidationFailed, Actor>
    readonly get: (id: string) => Effect.Effect<Row, NotFound, Actor>
    readonly create: (input: typeof NewAssetType.Type) => Effect.Effect<Row, Conflict | ValidationFailed, Actor>
    /** Changes what is sent. The assets of a type get its new slug; their data are judged again when they are written. */
    readonly update: (
      id: string,
      changes: typeof AssetTypeChanges.Type
    ) => Effect.Effect<Row, NotFound | Conflict | ValidationFailed | PreconditionFailed, Actor>
    /** Deletes a type of the tenant's own that nothing is of; 409 otherwise. */
    readonly delete: (id: string) => Effect.Effect<void, NotFound | Conflict | PreconditionFailed, Actor>
  }
>()("psa/AssetTypeService") {
  static readonly layer = Layer.effect(
    AssetTypeService,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const columns = columnsOf(RegisteredAssetType, "y")

      const list = Effect.fn("AssetTypeService.list")(function* (query: List.Query) {
        const { tenant } = yield* Actor
        const where = sql.and([sql`y.tenant = ${tenant}`, ...conditions(sql, AssetTypeList, query)])
        const found = yield* page(sql, AssetTypeList, query, { columns, from: "asset_type_registry y", where })
        return { ...found, rows: found.rows.map(whole) }
      })

      /** A type with the fields of the tenant's own. */
      const find = Effect.fnUntraced(function* (tenant: string, id: string, lock: Fragment) {
        const [type] = yield* sql<Row>`SELECT * FROM asset_type_registry
          WHERE tenant = ${tenant} AND type_id = ${id} ${lock}`
        return type ?? (yield* NotFound.of("Asset type"))
      })

      const get = Effect.fn("AssetTypeService.get")(function* (id: string) {
        const { tenant } = yield* Actor
        return whole(yield* find(tenant, id, sql``))
      }, unfailing)

      const create = Effect.fn("AssetTypeService.create")(
        function* ({ fields_schema = [], ...input }: typeof NewAssetType.Type) {
          const actor = yield* Actor
          const slug = input.slug ?? slugOf(input.name)
          if (slug === "") return yield* ValidationFailed.at("slug", "The name makes no slug: expected one")
          const own = yield* checkFields([], fields_schema)
          const [type] = yield* sql<Row>`INSERT INTO asset_type_registry ${sql
            .insert({
              tenant: actor.tenant,
              type_id: newId(),
              display_order: 100,
              ...input,
              slug,
              fields_schema: JSON.stringify(own)
            })
            .returning("*")}`
          yield* recordEvent(sql, told(actor, "ASSET_TYPE_CREATED", type!.type_id, { slug, name: type!.name }))
          return whole(type!)
        },
        sql.withTransaction,
        refusals
      )

      const update = Effect.fn("AssetTypeService.update")(
        function* (id: string, { fields_schema, ...changes }: typeof AssetTypeChanges.Type) {
          const actor = yield* Actor
          const { tenant } = actor
          const before = yield* find(tenant, id, sql`FOR UPDATE`)
          yield* unchanged(before.updated_at)
          const { slug = before.slug } = changes
          if (before.is_builtin && slug !== before.slug) {
            return yield* Conflict.because("The slug of a built-in asset type cannot be changed")
          }
          const builtIn = before.is_builtin ? builtInDefinitions(slug) : []
          const own = fields_schema === undefined ? undefined : yield* checkFields(builtIn, fields_schema)
          const wanted = { ...changes, ...(own === undefined ? {} : { fields_schema: JSON.stringify(own) }) }
          if (Object.keys(wanted).length === 0) return whole(before)
          if (slug !== before.slug) yield* tellRenamed(actor, before.slug, slug)
          // What is of the type gets its new slug with it, by its foreign key.
          const [type] = yield* sql<Row>`UPDATE asset_type_registry SET ${sql.update(wanted)}
            WHERE tenant = ${tenant} AND type_id = ${id} RETURNING *`
          const changed = changesOf({ ...before }, { ...type! })
          if (Object.keys(changed).length > 0) {
            yield* recordEvent(sql, told(actor, "ASSET_TYPE_UPDATED", before.type_id, { changes: changed }))
          }
          return whole(type!)
        },
        sql.withTransaction,
        refusals
      )

      /** Each asset of the type tells that its type is called otherwise. */
      const tellRenamed = ({ tenant, userId }: Caller, old: string, slug: string) =>
        sql`INSERT INTO events (tenant, event_id, event_type, entity_type, entity_id, user_id, payload)
          SELECT tenant, ordered_uuid(), 'ASSET_UPDATED', 'asset', asset_id, ${userId}::uuid, jsonb_build_object('changes',
            jsonb_build_object('asset_type', jsonb_build_object('old', asset_type, 'new', ${slug}::text)))
          FROM assets WHERE tenant = ${tenant} AND asset_type = ${old}`

      const remove = Effect.fn("AssetTypeService.delete")(
        function* (id: string) {
          const actor = yield* Actor
          const { tenant } = actor
          // Whoever makes an asset of the type waits here until it is gone.
          const { is_builtin, name, slug, type_id, updated_at } = yield* find(tenant, id, sql`FOR UPDATE`)
          yield* unchanged(updated_at)
          if (is_builtin) return yield* Conflict.because("A built-in asset type cannot be deleted")
          yield* dependencies(sql, "asset type", [
            {
              type: "asset",
              label: "assets",
              count: sql`SELECT coalesce(sum(amount), 0)::bigint FROM asset_counts
                WHERE tenant = ${tenant} AND client_id IS NULL AND asset_type = ${slug}`
            },
            {
              type: "product",
              label: "products",
              count: sql`SELECT count(*) FROM product_inventory_settings WHERE tenant = ${tenant} AND asset_type = ${slug}`
            }
          ])
          yield* sql`DELETE FROM asset_type_registry WHERE tenant = ${tenant} AND type_id = ${id}`
          yield* recordEvent(sql, told(actor, "ASSET_TYPE_DELETED", type_id, { slug, name }))
        },
        sql.withTransaction,
        refusing<Conflict>({
          assets_type_fkey: () => Conflict.because("Assets are of this type"),
          product_inventory_settings_asset_type_fkey: () => Conflict.because("Products become assets of this type")
        })
      )

      return AssetTypeService.of({ list, get, create, update, delete: remove })
    })
  )
}

/** A type with all its fields. */
const whole = ({ fields_schema, ...type }: Row): Row => ({
  ...type,
  fields_schema: fieldsOf(type.slug, fields_schema)
})

/** The fields of the tenant's own among those that a type is to have: 400 if they make no sense, 409 for built-in ones. */
const checkFields = (
  builtIn: ReadonlyArray<FieldDefinition>,
  wanted: NonNullable<Wanted>
): Effect.Effect<ReadonlyArray<FieldDefinition>, Conflict | ValidationFailed> => {
  const { issues, own, violations } = readFields(builtIn, wanted)
  if (issues.length > 0) return Effect.fail(ValidationFailed.issues(issues))
  return violations.length > 0 ? Effect.fail(Conflict.because(violations[0]!.message, violations)) : Effect.succeed(own)
}

const told = ({ tenant, userId }: Caller, type: string, typeId: string, payload: NewEvent["payload"]): NewEvent => ({
  tenant,
  userId,
  type,
  entityType: "asset_type",
  entityId: typeId,
  payload
})

const refusals = refusing<Conflict>({
  asset_type_registry_slug_key: () => Conflict.because("An asset type with this slug already exists")
})
