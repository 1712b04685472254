/** Categories of tickets: a tree on each board. */
import { Context, Effect, Layer, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { Actor } from "../domain/Actor.ts"
import {
  type CategoryMove,
  type CategoryTree,
  ListedTicketCategory,
  type NewTicketCategory,
  TicketCategory,
  type TicketCategoryChanges
} from "../domain/Category.ts"
import { treeOf } from "../domain/categoryTrees.ts"
import { BadReference, Conflict, NotFound, type ValidationFailed } from "../domain/Errors.ts"
import * as List from "../domain/List.ts"
import { differencesOf, tellOfCategories } from "./categoryEvents.ts"
import { childrenCount, depth, holdCategories, lockCategories, path, requirePlace } from "./categoryPlaces.ts"
import { columnsOf } from "./columns.ts"
import { refusing, unfailing } from "./constraints.ts"
import { dependencies } from "./dependencies.ts"
import { newId } from "./ids.ts"
import { conditions, page } from "./list.ts"

export const TicketCategoryList = List.make({
  filters: {
    board_id: List.id("c.board_id"),
    parent_category: List.id("c.parent_category"),
    category_name: List.contains("c.category_name"),
    is_parent: List.flag(`(${childrenCount} > 0)`),
    is_child: List.present("c.parent_category"),
    depth: List.custom(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1000 })), `${depth} = $`, "integer"),
    // All of them are.
    active: List.flag("true"),
    include_hierarchy: List.noEffect(Schema.Boolean)
  },
  sorts: {
    category_name: "c.category_name",
    name: "c.category_name",
    display_order: List.byNumber("c.display_order"),
    created_at: List.byTime("c.created_at")
  },
  defaultSort: "category_name",
  defaultOrder: "asc",
  id: "c.category_id",
  search: ["c.category_name"]
})

type Row = typeof TicketCategory.Type
type ListedRow = typeof ListedTicketCategory.Type
type Tree = typeof CategoryTree.Type
type Refused = NotFound | Conflict | BadReference | ValidationFailed

export class TicketCategoryService extends Context.Service<
  TicketCategoryService,
  {
    /** Ticket categories by name; with their places in the tree, if `include_hierarchy` asks for them. */
    readonly list: (query: TicketCategoryQuery) => Effect.Effect<List.Page<Row | ListedRow>, ValidationFailed, Actor>
    readonly get: (id: string) => Effect.Effect<Row, NotFound, Actor>
    /** The trees of all boards, in the boards' order. */
    readonly trees: Effect.Effect<Tree, never, Actor>
    /** The tree of one board. */
    readonly tree: (boardId: string) => Effect.Effect<Tree, NotFound, Actor>
    /** A new category, the last on its board. */
    readonly create: (input: typeof NewTicketCategory.Type) => Effect.Effect<Row, Refused, Actor>
    /** Changes what is given. One that changes boards takes along what is below it; no ticket may have any of them. */
    readonly update: (id: string, changes: typeof TicketCategoryChanges.Type) => Effect.Effect<Row, Refused, Actor>
    /** Puts a category under another of its board, or at the top, at a place among those that are there. */
    readonly move: (input: typeof CategoryMove.Type) => Effect.Effect<Row, NotFound | ValidationFailed, Actor>
    /** Deletes a category that has none below it, and that no ticket has. */
    readonly delete: (id: string) => Effect.Effect<void, NotFound | Conflict, Actor>
  }
>()("psa/TicketCategoryService") {
  static readonly layer = Layer.effect(
    TicketCategoryService,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const listed = columnsOf(ListedTicketCategory, "c")
      const whole = columnsOf(TicketCategory, "c", { depth, path, children_count: childrenCount })

      const list = Effect.fn("TicketCategoryService.list")(function* (query: TicketCategoryQuery) {
        const { tenant } = yield* Actor
        const where = sql.and([sql`c.tenant = ${tenant}`, ...conditions(sql, TicketCategoryList, query)])
        const from = { from: "categories c", where }
        return query.include_hierarchy === true
          ? yield* page(sql, TicketCategoryList, query, { columns: whole, ...from })
          : yield* page(sql, TicketCategoryList, query, { columns: listed, ...from })
      })

      const get = Effect.fn("TicketCategoryService.get")(function* (id: string) {
        const { tenant } = yield* Actor
        const [category] = yield* sql<Row>`SELECT ${sql.literal(whole.text)} FROM categories c
          WHERE c.tenant = ${tenant} AND c.category_id = ${id}`
        return category ?? (yield* NotFound.of("category"))
      }, unfailing)

      /** The boards with their categories, siblings in order. A board without any comes as a row without one. */
      const placed = (tenant: string, boardId: string | undefined) =>
        sql<
          Placed | NoCategory
        >`SELECT c.category_id, c.category_name, c.parent_category, b.board_id, c.display_order AS "order"
          FROM boards b LEFT JOIN categories c ON c.tenant = b.tenant AND c.board_id = b.board_id
          WHERE b.tenant = ${tenant} ${boardId === undefined ? sql`` : sql`AND b.board_id = ${boardId}`}
          ORDER BY b.display_order, b.board_name, c.display_order, c.category_name, c.category_id`

      const trees = Effect.gen(function* () {
        const { tenant } = yield* Actor
        return treeFrom(yield* placed(tenant, undefined))
      }).pipe(Effect.withSpan("TicketCategoryService.trees"), unfailing)

      const tree = Effect.fn("TicketCategoryService.tree")(function* (boardId: string) {
        const { tenant } = yield* Actor
        const rows = yield* placed(tenant, boardId)
        return rows.length === 0 ? yield* NotFound.of("board") : treeFrom(rows)
      }, unfailing)

      const next = (tenant: string, board: string) =>
        sql`(SELECT coalesce(max(display_order), 0) + 1 FROM categories WHERE tenant = ${tenant} AND board_id = ${board})`

      const create = Effect.fn("TicketCategoryService.create")(
        function* (input: typeof NewTicketCategory.Type) {
          const actor = yield* Actor
          const { tenant, userId } = actor
          const board = input.board_id.toLowerCase()
          const parent = input.parent_category?.toLowerCase() ?? null
          yield* lockCategories(sql, tenant)
          if (parent !== null) yield* requirePlace(sql, tenant, { parent, board, category: null }, "parent_category")
          const id = newId()
          yield* sql`INSERT INTO categories
              (tenant, category_id, category_name, board_id, parent_category, display_order, created_by)
            VALUES (${tenant}, ${id}, ${input.category_name}, ${board}, ${parent}, ${next(tenant, board)}, ${userId})`
          yield* tellOfCategories(sql, actor, "category", "CATEGORY_CREATED", [
            [id, { category_name: input.category_name, board_id: board }]
          ])
          return yield* get(id)
        },
        sql.withTransaction,
        refusals
      )

      const update = Effect.fn("TicketCategoryService.update")(
        function* (id: string, changes: typeof TicketCategoryChanges.Type) {
          const actor = yield* Actor
          const { tenant } = actor
          yield* lockCategories(sql, tenant)
          const current = yield* get(id)
          const wanted = changed(current, changes)
          const { board_id, category_name, parent_category } = wanted
          const differences = differencesOf(current, wanted)
          if (Object.keys(differences).length === 0) return current
          const movesBoard = board_id !== current.board_id
          const isPlaced = movesBoard || parent_category !== current.parent_category
          if (isPlaced && parent_category !== null) {
            const place = { parent: parent_category, board: board_id, category: current.category_id }
            yield* requirePlace(sql, tenant, place, "parent_category")
          }
          const ids = movesBoard ? yield* leave(tenant, current.category_id) : [current.category_id]
          const isIt = sql`category_id = ${current.category_id}`
          const order = isPlaced ? next(tenant, board_id) : sql`display_order`
          // All of them at once: a parent is of the same board at the end of every statement.
          yield* sql`UPDATE categories SET board_id = ${board_id},
              category_name = CASE WHEN ${isIt} THEN ${category_name} ELSE category_name END,
              parent_category = CASE WHEN ${isIt} THEN ${parent_category}::uuid ELSE parent_category END,
              display_order = CASE WHEN ${isIt} THEN ${order} ELSE display_order END
            WHERE tenant = ${tenant} AND category_id = ANY(${ids}::uuid[])`
          yield* tellOfCategories(sql, actor, "category", "CATEGORY_UPDATED", [
            [current.category_id, { changes: differences }]
          ])
          return yield* get(id)
        },
        sql.withTransaction,
        refusals
      )

      /** A category and all below it, which leave their board: none is a ticket's, or becomes one's before this is done. */
      const leave = Effect.fnUntraced(function* (tenant: string, id: string) {
        const rows = yield* holdCategories(sql, tenant, [id])
        const ids = rows.map(({ category_id }) => category_id)
        yield* dependencies(sql, "category", [
          {
            type: "ticket",
            label: "tickets",
            count: sql`SELECT count(*) FROM tickets WHERE tenant = ${tenant}
              AND (category_id = ANY(${ids}::uuid[]) OR subcategory_id = ANY(${ids}::uuid[]))`
          }
        ])
        return ids
      })

      const move = Effect.fn("TicketCategoryService.move")(
        function* (input: typeof CategoryMove.Type) {
          const actor = yield* Actor
          const { tenant } = actor
          yield* lockCategories(sql, tenant)
          const current = yield* get(input.category_id)
          const id = current.category_id
          const parent = input.new_parent_id?.toLowerCase() ?? null
          const changesParent = parent !== current.parent_category
          if (!changesParent && input.position === undefined) return current
          if (changesParent && parent !== null) {
            yield* requirePlace(sql, tenant, { parent, board: current.board_id, category: id }, "new_parent_id")
          }
          const siblings = yield* sql<{ readonly category_id: string }>`SELECT category_id FROM categories
            WHERE tenant = ${tenant} AND board_id = ${current.board_id} AND category_id <> ${id}
              AND parent_category IS NOT DISTINCT FROM ${parent}::uuid
            ORDER BY display_order, category_name, category_id`
          const ids = siblings.map(({ category_id }) => category_id)
          ids.splice(input.position ?? ids.length, 0, id)
          yield* sql`UPDATE categories c SET parent_category = ${parent}::uuid, display_order = o.place
            FROM unnest(${ids}::uuid[]) WITH ORDINALITY AS o (category_id, place)
            WHERE c.tenant = ${tenant} AND c.category_id = o.category_id
              AND (c.parent_category, c.display_order) IS DISTINCT FROM (${parent}::uuid, o.place::int)`
          const moved = yield* get(id)
          const { display_order, parent_category } = moved
          const changes = differencesOf(current, { parent_category, display_order })
          if (Object.keys(changes).length > 0)
            yield* tellOfCategories(sql, actor, "category", "CATEGORY_UPDATED", [[id, { changes }]])
          return moved
        },
        sql.withTransaction,
        unfailing
      )

      const remove = Effect.fn("TicketCategoryService.delete")(
        function* (id: string) {
          const actor = yield* Actor
          const { tenant } = actor
          yield* lockCategories(sql, tenant)
          // Whoever gives the category to a ticket waits here until it is gone.
          const [category] = yield* sql<Pick<Row, "category_id" | "category_name">>`
            SELECT category_id, category_name FROM categories
            WHERE tenant = ${tenant} AND category_id = ${id} FOR UPDATE`
          if (category === undefined) return yield* NotFound.of("category")
          yield* dependencies(sql, "category", dependents(tenant, id))
          yield* sql`DELETE FROM categories WHERE tenant = ${tenant} AND category_id = ${id}`
          yield* tellOfCategories(sql, actor, "category", "CATEGORY_DELETED", [
            [category.category_id, { category_name: category.category_name }]
          ])
        },
        sql.withTransaction,
        unfailing
      )

      const dependents = (tenant: string, id: string) => [
        {
          type: "subcategory",
          label: "subcategories",
          count: sql`SELECT count(*) FROM categories WHERE tenant = ${tenant} AND parent_category = ${id}`
        },
        {
          type: "ticket",
          label: "tickets",
          count: sql`SELECT count(*) FROM tickets WHERE tenant = ${tenant} AND category_id = ${id}`
        },
        {
          type: "ticket_subcategory",
          label: "subcategory tickets",
          count: sql`SELECT count(*) FROM tickets WHERE tenant = ${tenant} AND subcategory_id = ${id}`
        }
      ]

      return TicketCategoryService.of({ list, get, trees, tree, create, update, move, delete: remove })
    })
  )
}

type TicketCategoryQuery = List.Query & { readonly include_hierarchy?: boolean }

interface Placed {
  readonly category_id: string
  readonly category_name: string
  readonly parent_category: string | null
  readonly board_id: string
  readonly order: number
}

/** A board that has none. */
interface NoCategory {
  readonly category_id: null
}

const isCategory = (row: Placed | NoCategory): row is Placed => row.category_id !== null

const treeFrom = (rows: ReadonlyArray<Placed | NoCategory>): Tree => {
  const tree = treeOf(rows.filter(isCategory))
  return { tree, total_categories: tree.length }
}

/** A category as the changes make it. On another board, the parent that it had is none. */
const changed = (current: Row, changes: typeof TicketCategoryChanges.Type) => {
  const board_id = changes.board_id?.toLowerCase() ?? current.board_id
  const kept = board_id === current.board_id ? current.parent_category : null
  const parent = changes.parent_category?.toLowerCase() ?? null
  return {
    category_name: changes.category_name ?? current.category_name,
    board_id,
    parent_category: changes.parent_category === undefined ? kept : parent
  }
}

const refusals = refusing<Conflict | BadReference>({
  categories_name_key: () => Conflict.because("A category with this name already exists on this board"),
  categories_board_fkey: () => BadReference.to("board_id", "Board")
})
