import { Context, Effect, Layer, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { Actor } from "../domain/Actor.ts"
import { Board, type BoardChanges, type NewBoard } from "../domain/Board.ts"
import { BadReference, Conflict, NotFound, type ValidationFailed } from "../domain/Errors.ts"
import * as List from "../domain/List.ts"
import { columnsOf } from "./columns.ts"
import { refusing, unfailing } from "./constraints.ts"
import { dependencies } from "./dependencies.ts"
import { recordEvent } from "./events.ts"
import { newId } from "./ids.ts"
import { conditions, page } from "./list.ts"

export const BoardList = List.make({
  filters: {
    include_inactive: List.noEffect(Schema.Boolean),
    is_inactive: List.flag("b.is_inactive"),
    is_active: List.flag("(NOT b.is_inactive)")
  },
  sorts: {
    display_order: List.byNumber("b.display_order"),
    board_name: "b.board_name",
    name: "b.board_name",
    is_inactive: List.byFlag("b.is_inactive"),
    is_default: List.byFlag("b.is_default"),
    created_at: List.byNumber("b.display_order")
  },
  defaultSort: "display_order",
  defaultOrder: "asc",
  thenBy: "b.board_name",
  id: "b.board_id",
  search: ["b.board_name", "b.description"]
})

type Row = typeof Board.Type

export class BoardService extends Context.Service<
  BoardService,
  {
    /** The tenant's boards, the active ones unless all are asked for, in display order. */
    readonly list: (query: BoardQuery) => Effect.Effect<List.Page<Row>, ValidationFailed, Actor>
    readonly get: (id: string) => Effect.Effect<Row, NotFound, Actor>
    readonly create: (input: typeof NewBoard.Type) => Effect.Effect<Row, Conflict | BadReference, Actor>
    readonly update: (
      id: string,
      changes: typeof BoardChanges.Type
    ) => Effect.Effect<Row, NotFound | Conflict | BadReference, Actor>
    /** Deletes a board that nothing belongs to any more; its statuses go with it. */
    readonly delete: (id: string) => Effect.Effect<void, NotFound | Conflict, Actor>
  }
>()("psa/BoardService") {
  static readonly layer = Layer.effect(
    BoardService,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const columns = columnsOf(Board, "b")

      const list = Effect.fn("BoardService.list")(function* (query: BoardQuery) {
        const { tenant } = yield* Actor
        const onlyActive =
          query.include_inactive !== true && query.is_inactive === undefined && query.is_active === undefined
        const where = sql.and([
          sql`b.tenant = ${tenant}`,
          ...(onlyActive ? [sql`NOT b.is_inactive`] : []),
          ...conditions(sql, BoardList, query)
        ])
        return yield* page(sql, BoardList, query, { columns, from: "boards b", where })
      })

      const get = Effect.fn("BoardService.get")(function* (id: string) {
        const { tenant } = yield* Actor
        const [board] = yield* sql<Row>`SELECT * FROM boards WHERE tenant = ${tenant} AND board_id = ${id}`.pipe(
          unfailing
        )
        return board ?? (yield* NotFound.of("board"))
      })

      const clearDefault = (tenant: string) =>
        sql`UPDATE boards SET is_default = false WHERE tenant = ${tenant} AND is_default`

      const tell = (userId: string, type: string, board: Row, payload: Readonly<Record<string, unknown>>) =>
        recordEvent(sql, { tenant: board.tenant, userId, type, entityType: "board", entityId: board.board_id, payload })

      const create = Effect.fn("BoardService.create")(
        function* (input: typeof NewBoard.Type) {
          const { tenant, userId } = yield* Actor
          if (input.is_default === true) yield* clearDefault(tenant)
          const [board] = yield* sql<Row>`
          INSERT INTO boards ${sql.insert({ tenant, board_id: newId(), ...input })} RETURNING *`
          yield* tell(userId, "BOARD_CREATED", board!, { board_name: board!.board_name })
          return board!
        },
        sql.withTransaction,
        refusals
      )

      const update = Effect.fn("BoardService.update")(
        function* (id: string, changes: typeof BoardChanges.Type) {
          const { tenant, userId } = yield* Actor
          if (Object.keys(changes).length === 0) return yield* get(id)
          if (changes.is_default === true) yield* clearDefault(tenant)
          const [board] = yield* sql<Row>`
            UPDATE boards SET ${sql.update(changes)} WHERE tenant = ${tenant} AND board_id = ${id} RETURNING *`
          if (board === undefined) return yield* NotFound.of("board")
          yield* tell(userId, "BOARD_UPDATED", board, { changes })
          return board
        },
        sql.withTransaction,
        refusals
      )

      const remove = Effect.fn("BoardService.delete")(
        function* (id: string) {
          const { tenant, userId } = yield* Actor
          // Whoever puts something on the board waits here until it is gone.
          const [board] = yield* sql<Row>`SELECT * FROM boards WHERE tenant = ${tenant} AND board_id = ${id} FOR UPDATE`
          if (board === undefined) return yield* NotFound.of("board")
          yield* dependencies(sql, "board", [
            {
              type: "ticket",
              label: "tickets",
              count: sql`SELECT count(*) FROM tickets WHERE tenant = ${tenant} AND board_id = ${id}`
            },
            {
              type: "category",
              label: "categories",
              count: sql`SELECT count(*) FROM categories WHERE tenant = ${tenant} AND board_id = ${id}`
            }
          ])
          yield* sql`DELETE FROM statuses WHERE tenant = ${tenant} AND board_id = ${id}`
          yield* sql`DELETE FROM boards WHERE tenant = ${tenant} AND board_id = ${id}`
          yield* tell(userId, "BOARD_DELETED", board, { board_name: board.board_name })
        },
        sql.withTransaction,
        refusing({
          tickets_status_fkey: () => Conflict.because("The board has tickets"),
          tickets_board_fkey: () => Conflict.because("The board has tickets")
        })
      )

      return BoardService.of({ list, get, create, update, delete: remove })
    })
  )
}

type BoardQuery = List.Query & {
  readonly include_inactive?: boolean
  readonly is_inactive?: boolean
  readonly is_active?: boolean
}

const refusals = refusing<Conflict | BadReference>({
  boards_name_key: () => Conflict.because("A board with this name already exists"),
  boards_default_key: () => Conflict.because("Another board has just become the default"),
  boards_default_assigned_to_fkey: () => BadReference.to("default_assigned_to", "User"),
  boards_default_priority_fkey: () => BadReference.to("default_priority_id", "Priority")
})
