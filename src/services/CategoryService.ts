/** What can be done with categories of either kind. Which rights it takes depends on the kind that is asked for. */
import { Clock, Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Actor, type Caller } from "../domain/Actor.ts"
import {
  type CategoryAnalytics,
  type CategoryDeletions,
  type categoryTypes,
  type DeletedCategories,
  type FoundServiceCategory,
  type FoundTicketCategory,
  ListedTicketCategory,
  ServiceCategory
} from "../domain/Category.ts"
import { analyticsOf, judgeDeletions, type Measured } from "../domain/categoryTrees.ts"
import { type Forbidden, ValidationFailed } from "../domain/Errors.ts"
import * as List from "../domain/List.ts"
import { tellOfCategories } from "./categoryEvents.ts"
import { holdCategories, lockCategories } from "./categoryPlaces.ts"
import { type CategorySearch, searchCategories } from "./categorySearch.ts"
import { columnsOf } from "./columns.ts"
import { unfailing } from "./constraints.ts"
import { requirePermission } from "./permits.ts"
import { readableTickets } from "./ticketAccess.ts"

/** How a search is told of: its order is its own. */
export const CategorySearchList = List.make({
  filters: {},
  sorts: { relevance_score: List.byNumber("relevance_score") },
  defaultSort: "relevance_score",
  defaultOrder: "desc",
  thenBy: "category_name",
  id: "category_id",
  search: []
})

interface Kind {
  /** Of tickets, if left out. */
  readonly category_type?: CategoryType
  /** Of ticket categories only. */
  readonly board_id?: string
}

type CategoryType = (typeof categoryTypes)[number]

type Found = typeof FoundTicketCategory.Type | typeof FoundServiceCategory.Type

export class CategoryService extends Context.Service<
  CategoryService,
  {
    /** The categories whose names, or descriptions, contain a text, the best fitting first. */
    readonly search: (
      query: CategorySearch & Kind & { readonly include_inactive?: boolean }
    ) => Effect.Effect<List.Page<Found>, Forbidden | ValidationFailed, Actor>
    /** How many categories there are, how deep they lie, and how many tickets or services have each. */
    readonly analytics: (
      query: Kind
    ) => Effect.Effect<typeof CategoryAnalytics.Type, Forbidden | ValidationFailed, Actor>
    /** Deletes those of several categories that can go, together; says of the others why they stay. */
    readonly deleteMany: (
      input: typeof CategoryDeletions.Type
    ) => Effect.Effect<typeof DeletedCategories.Type, Forbidden, Actor>
  }
>()("psa/CategoryService") {
  static readonly layer = Layer.effect(
    CategoryService,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const ticketColumns = columnsOf(ListedTicketCategory, "c")
      const serviceColumns = columnsOf(ServiceCategory, "c")

      const search = Effect.fn("CategoryService.search")(function* (
        query: CategorySearch & Kind & { readonly include_inactive?: boolean }
      ) {
        const { tenant } = yield* Actor
        const { board_id, category_type = "ticket", include_inactive } = query
        yield* admit(category_type, "read")
        if (category_type === "service") {
          yield* requireNoBoard(board_id)
          return yield* searchCategories(sql, tenant, query, {
            columns: serviceColumns,
            table: "service_categories",
            texts: ["category_name", "description"],
            where: include_inactive === true ? [] : [sql`c.is_active`]
          })
        }
        return yield* searchCategories(sql, tenant, query, {
          columns: ticketColumns,
          table: "categories",
          texts: ["category_name"],
          where: board_id === undefined ? [] : [sql`c.board_id = ${board_id}`]
        })
      })

      const analytics = Effect.fn("CategoryService.analytics")(function* ({
        board_id,
        category_type = "ticket"
      }: Kind) {
        const actor = yield* Actor
        yield* admit(category_type, "read")
        if (category_type === "service") yield* requireNoBoard(board_id)
        const rows = yield* category_type === "ticket" ? ticketUse(actor, board_id) : serviceUse(actor)
        const now = yield* Clock.currentTimeMillis
        return { analytics: analyticsOf(rows), generated_at: new Date(now).toISOString() }
      }, unfailing)

      /** The ticket categories, and how many of the tickets that the caller may read have each. */
      const ticketUse = (actor: Caller, boardId: string | undefined) => {
        const { tenant } = actor
        const board = boardId === undefined ? sql`` : sql`AND board_id = ${boardId}`
        const readable = sql.and([sql`t.tenant = ${tenant}`, ...readableTickets(sql, actor)])
        return sql<Measured>`
          WITH RECURSIVE placed AS (
            SELECT category_id, category_name, 0 AS depth FROM categories
            WHERE tenant = ${tenant} AND parent_category IS NULL ${board}
            UNION ALL
            SELECT k.category_id, k.category_name, placed.depth + 1 FROM placed
            JOIN categories k ON k.tenant = ${tenant} AND k.parent_category = placed.category_id
          ), used AS (
            SELECT u.category_id, count(*)::int AS tickets FROM (
              SELECT t.category_id FROM tickets t WHERE ${readable} AND t.category_id IS NOT NULL
              UNION ALL
              SELECT t.subcategory_id FROM tickets t WHERE ${readable} AND t.subcategory_id IS NOT NULL
            ) u GROUP BY u.category_id
          )
          SELECT p.category_id, p.category_name, p.depth, true AS is_active, coalesce(u.tickets, 0) AS usage_count,
            EXISTS (SELECT FROM categories k WHERE k.tenant = ${tenant} AND k.parent_category = p.category_id) AS has_children
          FROM placed p LEFT JOIN used u ON u.category_id = p.category_id
          ORDER BY usage_count DESC, p.category_name, p.category_id`
      }

      const serviceUse = ({ tenant }: Caller) => sql<Measured>`
        SELECT c.category_id, c.category_name, c.is_active, 0 AS depth, false AS has_children,
          (SELECT count(*)::int FROM service_catalog s
            WHERE s.tenant = ${tenant} AND s.category_id = c.category_id) AS usage_count
        FROM service_categories c WHERE c.tenant = ${tenant}
        ORDER BY usage_count DESC, c.category_name, c.category_id`

      const deleteMany = Effect.fn("CategoryService.deleteMany")(
        function* ({ category_ids, category_type, force = false }: typeof CategoryDeletions.Type) {
          const actor = yield* Actor
          const { tenant } = actor
          yield* admit(category_type, "delete")
          const ids = category_ids.map((id) => id.toLowerCase())
          const found = yield* category_type === "ticket" ? ticketsOf(tenant, ids) : servicesOf(tenant, ids)
          const { deleted, errors } = judgeDeletions(ids, found, category_type, force)
          yield* category_type === "ticket"
            ? sql`DELETE FROM categories WHERE tenant = ${tenant} AND category_id = ANY(${deleted}::uuid[])`
            : sql`DELETE FROM service_categories WHERE tenant = ${tenant} AND category_id = ANY(${deleted}::uuid[])`
          const told = found
            .filter(({ category_id }) => deleted.includes(category_id))
            .map(({ category_id, category_name }) => [category_id, { category_name }] as const)
          const entityType = category_type === "ticket" ? "category" : "service_category"
          yield* tellOfCategories(sql, actor, entityType, "CATEGORY_DELETED", told)
          const failed = errors.length
          const success = new Set(ids).size - failed
          return { message: `Bulk delete completed: ${success} deleted, ${failed} failed`, success, failed, errors }
        },
        sql.withTransaction,
        unfailing
      )

      /** The ticket categories and all below them, with how many tickets have each; nobody changes that any more. */
      const ticketsOf = Effect.fnUntraced(function* (tenant: string, wanted: ReadonlyArray<string>) {
        yield* lockCategories(sql, tenant)
        const held = yield* holdCategories(sql, tenant, wanted)
        const ids = held.map(({ category_id }) => category_id)
        const counts = yield* sql<{ readonly category_id: string; readonly uses: number }>`
          SELECT u.category_id, count(*)::int AS uses FROM (
            SELECT category_id FROM tickets WHERE tenant = ${tenant} AND category_id = ANY(${ids}::uuid[])
            UNION ALL
            SELECT subcategory_id FROM tickets WHERE tenant = ${tenant} AND subcategory_id = ANY(${ids}::uuid[])
          ) u GROUP BY u.category_id`
        const uses = new Map(counts.map((row) => [row.category_id, row.uses]))
        return held.map((category) => ({ ...category, uses: uses.get(category.category_id) ?? 0 }))
      })

      /** The service categories, with how many services and products have each; nobody changes that any more. */
      const servicesOf = Effect.fnUntraced(function* (tenant: string, ids: ReadonlyArray<string>) {
        const held = yield* sql<{ readonly category_id: string; readonly category_name: string }>`
          SELECT category_id, category_name FROM service_categories
          WHERE tenant = ${tenant} AND category_id = ANY(${ids}::uuid[]) ORDER BY category_id FOR UPDATE`
        const counts = yield* sql<{ readonly category_id: string; readonly uses: number }>`
          SELECT category_id, count(*)::int AS uses FROM service_catalog
          WHERE tenant = ${tenant} AND category_id = ANY(${ids}::uuid[]) GROUP BY category_id`
        const uses = new Map(counts.map((row) => [row.category_id, row.uses]))
        return held.map((category) => ({
          ...category,
          parent_category: null,
          uses: uses.get(category.category_id) ?? 0
        }))
      })

      return CategoryService.of({ search, analytics, deleteMany })
    })
  )
}

/** Ticket categories are a matter of the settings of tickets, service categories of those of billing. */
const admit = (type: CategoryType, action: "read" | "delete") =>
  requirePermission(type === "ticket" ? `ticket_settings:${action}` : `billing_settings:${action}`)

const requireNoBoard = (boardId: string | undefined) =>
  boardId === undefined
    ? Effect.void
    : Effect.fail(ValidationFailed.at("board_id", "Only ticket categories belong to a board"))
