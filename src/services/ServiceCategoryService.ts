/** Categories of services and products: a plain list. */
import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Actor } from "../domain/Actor.ts"
import { type NewServiceCategory, ServiceCategory, type ServiceCategoryChanges } from "../domain/Category.ts"
import { Conflict, NotFound, type ValidationFailed } from "../domain/Errors.ts"
import * as List from "../domain/List.ts"
import { differencesOf, tellOfCategories } from "./categoryEvents.ts"
import { columnsOf } from "./columns.ts"
import { refusing, unfailing } from "./constraints.ts"
import { dependencies } from "./dependencies.ts"
import { newId } from "./ids.ts"
import { conditions, page } from "./list.ts"

export const ServiceCategoryList = List.make({
  filters: {
    active: List.flag("c.is_active"),
    is_active: List.flag("c.is_active"),
    category_name: List.contains("c.category_name")
  },
  sorts: {
    category_name: "c.category_name",
    name: "c.category_name",
    display_order: List.byNumber("c.display_order"),
    is_active: List.byFlag("c.is_active"),
    created_at: List.byTime("c.created_at"),
    updated_at: List.byTime("c.updated_at")
  },
  defaultSort: "category_name",
  defaultOrder: "asc",
  id: "c.category_id",
  search: ["c.category_name", "c.description"]
})

type Row = typeof ServiceCategory.Type

export class ServiceCategoryService extends Context.Service<
  ServiceCategoryService,
  {
    /** Service categories by name, active or not. */
    readonly list: (query: List.Query) => Effect.Effect<List.Page<Row>, ValidationFailed, Actor>
    readonly get: (id: string) => Effect.Effect<Row, NotFound, Actor>
    /** A new category, active and the last in order unless it says otherwise. */
    readonly create: (input: typeof NewServiceCategory.Type) => Effect.Effect<Row, Conflict, Actor>
    readonly update: (
      id: string,
      changes: typeof ServiceCategoryChanges.Type
    ) => Effect.Effect<Row, NotFound | Conflict, Actor>
    /** Deletes a category that no service or product has. */
    readonly delete: (id: string) => Effect.Effect<void, NotFound | Conflict, Actor>
  }
>()("psa/ServiceCategoryService") {
  static readonly layer = Layer.effect(
    ServiceCategoryService,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const columns = columnsOf(ServiceCategory, "c")

      const list = Effect.fn("ServiceCategoryService.list")(function* (query: List.Query) {
        const { tenant } = yield* Actor
        const where = sql.and([sql`c.tenant = ${tenant}`, ...conditions(sql, ServiceCategoryList, query)])
        return yield* page(sql, ServiceCategoryList, query, { columns, from: "service_categories c", where })
      })

      const get = Effect.fn("ServiceCategoryService.get")(function* (id: string) {
        const { tenant } = yield* Actor
        const [category] = yield* sql<Row>`SELECT * FROM service_categories
          WHERE tenant = ${tenant} AND category_id = ${id}`
        return category ?? (yield* NotFound.of("category"))
      }, unfailing)

      /** The category, which nobody else changes, deletes or gives to a service until the transaction ends. */
      const lock = Effect.fnUntraced(function* (tenant: string, id: string) {
        const [category] = yield* sql<Row>`SELECT * FROM service_categories
          WHERE tenant = ${tenant} AND category_id = ${id} FOR UPDATE`
        return category ?? (yield* NotFound.of("category"))
      })

      const create = Effect.fn("ServiceCategoryService.create")(
        function* ({ display_order, ...input }: typeof NewServiceCategory.Type) {
          const actor = yield* Actor
          const { tenant, userId } = actor
          const order = display_order ?? (yield* nextOrder(tenant))
          const [category] = yield* sql<Row>`INSERT INTO service_categories ${sql.insert({
            tenant,
            category_id: newId(),
            display_order: order,
            created_by: userId,
            updated_by: userId,
            ...input
          })} RETURNING *`
          const { category_id, category_name } = category!
          yield* tellOfCategories(sql, actor, "service_category", "CATEGORY_CREATED", [
            [category_id, { category_name }]
          ])
          return category!
        },
        sql.withTransaction,
        refusals
      )

      const nextOrder = (tenant: string) =>
        Effect.map(
          sql<{ readonly next: number }>`SELECT least(coalesce(max(display_order), 0), ${2_147_483_646}) + 1 AS next
            FROM service_categories WHERE tenant = ${tenant}`,
          ([row]) => row!.next
        )

      const update = Effect.fn("ServiceCategoryService.update")(
        function* (id: string, changes: typeof ServiceCategoryChanges.Type) {
          const actor = yield* Actor
          const { tenant, userId } = actor
          const current = yield* lock(tenant, id)
          const differences = differencesOf(current, changes)
          if (Object.keys(differences).length === 0) return current
          const [category] = yield* sql<Row>`UPDATE service_categories
            SET ${sql.update({ ...changes, updated_by: userId })},
              updated_at = greatest(clock_timestamp(), updated_at + interval '1 millisecond')
            WHERE tenant = ${tenant} AND category_id = ${id} RETURNING *`
          const told = [[current.category_id, { changes: differences }]] as const
          yield* tellOfCategories(sql, actor, "service_category", "CATEGORY_UPDATED", told)
          return category!
        },
        sql.withTransaction,
        refusals
      )

      const items = (tenant: string, id: string, kind: "service" | "product") => ({
        type: kind,
        label: `${kind}s`,
        count: sql`SELECT count(*) FROM service_catalog
          WHERE tenant = ${tenant} AND category_id = ${id} AND item_kind = ${kind}`
      })

      const remove = Effect.fn("ServiceCategoryService.delete")(
        function* (id: string) {
          const actor = yield* Actor
          const { tenant } = actor
          const { category_id, category_name } = yield* lock(tenant, id)
          yield* dependencies(sql, "category", [items(tenant, id, "service"), items(tenant, id, "product")])
          yield* sql`DELETE FROM service_categories WHERE tenant = ${tenant} AND category_id = ${id}`
          yield* tellOfCategories(sql, actor, "service_category", "CATEGORY_DELETED", [
            [category_id, { category_name }]
          ])
        },
        sql.withTransaction,
        unfailing
      )

      return ServiceCategoryService.of({ list, get, create, update, delete: remove })
    })
  )
}

const refusals = refusing<Conflict>({
  service_categories_name_key: () => Conflict.because("A service category with this name already exists")
})
