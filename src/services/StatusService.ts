/** Statuses: those of tickets belong to a board, the others to their type. */
import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Actor } from "../domain/Actor.ts"
import { BadReference, Conflict, NotFound, ValidationFailed } from "../domain/Errors.ts"
import * as List from "../domain/List.ts"
import { type NewStatus, Status, type StatusChanges, statusTypes } from "../domain/Status.ts"
import { columnsOf } from "./columns.ts"
import { refusing, unfailing } from "./constraints.ts"
import { dependencies } from "./dependencies.ts"
import { newId } from "./ids.ts"
import { conditions, page } from "./list.ts"

export const StatusList = List.make({
  filters: {
    type: List.oneOf("s.status_type", statusTypes),
    status_type: List.oneOf("s.status_type", statusTypes),
    board_id: List.id("s.board_id"),
    is_closed: List.flag("s.is_closed"),
    is_default: List.flag("s.is_default")
  },
  sorts: {
    order_number: List.byNumber("s.order_number"),
    name: "s.name",
    created_at: List.byTime("s.created_at"),
    is_closed: List.byFlag("s.is_closed"),
    is_default: List.byFlag("s.is_default"),
    status_type: "s.status_type"
  },
  defaultSort: "order_number",
  defaultOrder: "asc",
  thenBy: "s.name",
  id: "s.status_id",
  search: ["s.name"]
})

type Row = typeof Status.Type

export class StatusService extends Context.Service<
  StatusService,
  {
    /** The statuses in their order; those of tickets are asked for board by board. */
    readonly list: (query: StatusQuery) => Effect.Effect<List.Page<Row>, ValidationFailed, Actor>
    readonly get: (id: string) => Effect.Effect<Row, NotFound, Actor>
    /** A new status, put after the others of its board or type unless it says where. */
    readonly create: (
      input: typeof NewStatus.Type
    ) => Effect.Effect<Row, Conflict | BadReference | ValidationFailed, Actor>
    /** Changes what is given. Whether it is closed stays while tickets have the status: they would change with it. */
    readonly update: (id: string, changes: typeof StatusChanges.Type) => Effect.Effect<Row, NotFound | Conflict, Actor>
    /** Deletes a status that no ticket has. */
    readonly delete: (id: string) => Effect.Effect<void, NotFound | Conflict, Actor>
  }
>()("psa/StatusService") {
  static readonly layer = Layer.effect(
    StatusService,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const columns = columnsOf(Status, "s")

      const list = Effect.fn("StatusService.list")(function* (query: StatusQuery) {
        const { tenant } = yield* Actor
        if ((query.type ?? query.status_type) === "ticket" && query.board_id === undefined) {
          return yield* ValidationFailed.issues(
            [{ path: ["board_id"], message: "Expected the board whose ticket statuses to list" }],
            "Query validation failed"
          )
        }
        const where = sql.and([sql`s.tenant = ${tenant}`, ...conditions(sql, StatusList, query)])
        return yield* page(sql, StatusList, query, { columns, from: "statuses s", where })
      })

      const get = Effect.fn("StatusService.get")(function* (id: string) {
        const { tenant } = yield* Actor
        const [status] = yield* sql<Row>`SELECT * FROM statuses WHERE tenant = ${tenant} AND status_id = ${id}`
        return status ?? (yield* NotFound.of("status"))
      }, unfailing)

      /** The statuses that share one order and one default. */
      const among = (tenant: string, type: string, board: string | null) =>
        sql`tenant = ${tenant} AND status_type = ${type} AND board_id IS NOT DISTINCT FROM ${board}::uuid`

      /** One at a time orders the statuses of a board, or of a type: until the transaction's end. */
      const lockOrder = (tenant: string, type: string, board: string | null) =>
        sql`SELECT pg_advisory_xact_lock(hashtextextended(${`statuses ${tenant} ${board ?? type}`.toLowerCase()}, 0))`

      const clearDefault = (tenant: string, type: string, board: string | null) =>
        sql`UPDATE statuses SET is_default = false WHERE ${among(tenant, type, board)} AND is_default`

      const create = Effect.fn("StatusService.create")(
        function* ({ board_id: board = null, order_number, ...input }: typeof NewStatus.Type) {
          const { tenant, userId } = yield* Actor
          if (input.status_type === "ticket" && board === null) {
            return yield* ValidationFailed.at("board_id", "Expected the board that the ticket status belongs to")
          }
          if (input.status_type !== "ticket" && board !== null) {
            return yield* ValidationFailed.at("board_id", "Only ticket statuses belong to a board")
          }
          yield* lockOrder(tenant, input.status_type, board)
          if (input.is_default === true) yield* clearDefault(tenant, input.status_type, board)
          const order = order_number ?? (yield* nextOrder(tenant, input.status_type, board))
          const [status] = yield* sql<Row>`INSERT INTO statuses ${sql.insert({
            tenant,
            status_id: newId(),
            item_type: input.status_type,
            board_id: board,
            order_number: order,
            created_by: userId,
            ...input
          })} RETURNING *`
          return status!
        },
        sql.withTransaction,
        refusals
      )

      const nextOrder = (tenant: string, type: string, board: string | null) =>
        Effect.map(
          sql<{ readonly next: number }>`SELECT coalesce(max(order_number), 0) + 10 AS next FROM statuses
            WHERE ${among(tenant, type, board)}`,
          ([row]) => row!.next
        )

      const tickets = (tenant: string, id: string) => ({
        type: "ticket",
        label: "tickets",
        count: sql`SELECT coalesce(sum(amount), 0)::int FROM ticket_counts WHERE tenant = ${tenant} AND status_id = ${id}`
      })

      const update = Effect.fn("StatusService.update")(
        function* (id: string, changes: typeof StatusChanges.Type) {
          const { tenant } = yield* Actor
          const found = yield* get(id)
          if (Object.keys(changes).length === 0) return found
          yield* lockOrder(tenant, found.status_type, found.board_id)
          if (changes.is_closed !== undefined) {
            // Whoever gives the status to a ticket waits here until this is done.
            const [locked] = yield* sql<Pick<Row, "is_closed">>`SELECT is_closed FROM statuses
              WHERE tenant = ${tenant} AND status_id = ${id} FOR UPDATE`
            if (locked !== undefined && locked.is_closed !== changes.is_closed) {
              yield* dependencies(sql, "status", [tickets(tenant, id)])
            }
          }
          if (changes.is_default === true) yield* clearDefault(tenant, found.status_type, found.board_id)
          const [status] = yield* sql<Row>`UPDATE statuses SET ${sql.update(changes)}
            WHERE tenant = ${tenant} AND status_id = ${id} RETURNING *`
          return status ?? (yield* NotFound.of("status"))
        },
        sql.withTransaction,
        refusing<Conflict>({ ...taken, ...inUse })
      )

      const remove = Effect.fn("StatusService.delete")(
        function* (id: string) {
          const { tenant } = yield* Actor
          const [status] = yield* sql`SELECT status_id FROM statuses
            WHERE tenant = ${tenant} AND status_id = ${id} FOR UPDATE`
          if (status === undefined) return yield* NotFound.of("status")
          yield* dependencies(sql, "status", [tickets(tenant, id)])
          yield* sql`DELETE FROM statuses WHERE tenant = ${tenant} AND status_id = ${id}`
        },
        sql.withTransaction,
        refusing<Conflict>(inUse)
      )

      return StatusService.of({ list, get, create, update, delete: remove })
    })
  )
}

type StatusQuery = List.Query & {
  readonly type?: Row["status_type"]
  readonly status_type?: Row["status_type"]
  readonly board_id?: string
}

const inUse = { tickets_status_fkey: () => Conflict.because("The status has tickets") }

const taken = {
  statuses_name_key: () => Conflict.because("A status with this name already exists"),
  statuses_order_key: () => Conflict.because("Another status has this order number")
}

const refusals = refusing<Conflict | BadReference>({
  ...taken,
  statuses_board_fkey: () => BadReference.to("board_id", "Board")
})
