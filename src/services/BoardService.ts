import { Context, Effect, Layer, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { Actor, type Caller } from "../domain/Actor.ts"
import { Board, type BoardChanges, type NewBoard } from "../domain/Board.ts"
import { type CloseRules, type CloseRulesChanges, requirableFields } from "../domain/CloseRules.ts"
import { BadReference, Conflict, type Issue, NotFound, type ValidationFailed } from "../domain/Errors.ts"
import * as List from "../domain/List.ts"
import { readCloseRules, writeCloseRules } from "./closeRules.ts"
import { columnsOf } from "./columns.ts"
import { refusing, unfailing } from "./constraints.ts"
import { dependencies } from "./dependencies.ts"
import { type NewEvent, recordEvents } from "./events.ts"
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
type Rules = typeof CloseRules.Type

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
    /** What the board asks of its tickets before they are closed: nothing, unless it was ever said. */
    readonly closeRules: (id: string) => Effect.Effect<Rules, NotFound, Actor>
    /** Changes the rules that are given; tickets that are closed already stay so. */
    readonly changeCloseRules: (
      id: string,
      changes: typeof CloseRulesChanges.Type
    ) => Effect.Effect<Rules, NotFound, Actor>
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

      /** One at a time makes a board the default one: until the transaction's end, and before any board is locked. */
      const lockDefault = (tenant: string) =>
        sql`SELECT pg_advisory_xact_lock(hashtextextended(${`default board ${tenant}`}, 0))`

      /** Nobody else changes or deletes the board until this transaction ends. */
      const lock = Effect.fnUntraced(function* (tenant: string, id: string) {
        const [board] = yield* sql<Row>`SELECT * FROM boards
          WHERE tenant = ${tenant} AND board_id = ${id} FOR NO KEY UPDATE`
        return board ?? (yield* NotFound.of("board"))
      })

      /** No board is the default one any more; the one that was. */
      const clearDefault = (tenant: string) =>
        Effect.map(
          sql<Pick<Row, "board_id">>`UPDATE boards SET is_default = false WHERE tenant = ${tenant} AND is_default
            RETURNING board_id`,
          (boards) => boards.map(({ board_id }) => board_id)
        )

      const told = ({ tenant, userId }: Caller, type: string, board: string, payload: NewEvent["payload"]) => ({
        tenant,
        userId,
        type,
        entityType: "board",
        entityId: board,
        payload
      })

      const changed = (actor: Caller, board: string, changes: Changed) =>
        Object.keys(changes).length === 0 ? [] : [told(actor, "BOARD_UPDATED", board, { changes })]

      const noLongerDefault = (actor: Caller, boards: ReadonlyArray<string>) =>
        boards.flatMap((board) => changed(actor, board, { is_default: { old: true, new: false } }))

      const create = Effect.fn("BoardService.create")(
        function* (input: typeof NewBoard.Type) {
          const actor = yield* Actor
          const { tenant } = actor
          yield* checkDefaults(sql, tenant, input)
          if (input.is_default === true) yield* lockDefault(tenant)
          const former = input.is_default === true ? yield* clearDefault(tenant) : []
          const [board] = yield* sql<Row>`
            INSERT INTO boards ${sql.insert({ tenant, board_id: newId(), ...input })} RETURNING *`
          yield* recordEvents(sql, [
            ...noLongerDefault(actor, former),
            told(actor, "BOARD_CREATED", board!.board_id, { board_name: board!.board_name })
          ])
          return board!
        },
        sql.withTransaction,
        refusals
      )

      const update = Effect.fn("BoardService.update")(
        function* (id: string, changes: typeof BoardChanges.Type) {
          const actor = yield* Actor
          const { tenant } = actor
          if (Object.keys(changes).length === 0) return yield* get(id)
          if (changes.is_default === true) yield* lockDefault(tenant)
          const before = yield* lock(tenant, id)
          yield* checkDefaults(sql, tenant, changes, before)
          const former = changes.is_default === true && !before.is_default ? yield* clearDefault(tenant) : []
          const [board] = yield* sql<Row>`
            UPDATE boards SET ${sql.update(changes)} WHERE tenant = ${tenant} AND board_id = ${id} RETURNING *`
          yield* recordEvents(sql, [
            ...noLongerDefault(actor, former),
            ...changed(actor, before.board_id, differences(before, board!))
          ])
          return board!
        },
        sql.withTransaction,
        refusals
      )

      const closeRules = Effect.fn("BoardService.closeRules")(function* (id: string) {
        const { tenant } = yield* Actor
        return (yield* readCloseRules(sql, tenant, id)) ?? (yield* NotFound.of("board"))
      }, unfailing)

      const changeCloseRules = Effect.fn("BoardService.changeCloseRules")(
        function* (id: string, { required_fields, ...changes }: typeof CloseRulesChanges.Type) {
          const actor = yield* Actor
          const { tenant } = actor
          const { board_id } = yield* lock(tenant, id)
          const before = yield* closeRules(board_id)
          const fields = required_fields ?? before.required_fields
          const after = {
            ...before,
            ...changes,
            // Each once, in one order.
            required_fields: requirableFields.filter((field) => fields.includes(field))
          }
          const close_rules = differences(before, after)
          if (Object.keys(close_rules).length === 0) return before
          yield* writeCloseRules(sql, tenant, after)
          yield* recordEvents(sql, [told(actor, "BOARD_UPDATED", board_id, { changes: { close_rules } })])
          return after
        },
        sql.withTransaction,
        unfailing
      )

      const remove = Effect.fn("BoardService.delete")(
        function* (id: string) {
          const actor = yield* Actor
          const { tenant } = actor
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
          yield* recordEvents(sql, [told(actor, "BOARD_DELETED", board.board_id, { board_name: board.board_name })])
        },
        sql.withTransaction,
        refusing({
          tickets_status_fkey: () => Conflict.because("The board has tickets"),
          tickets_board_fkey: () => Conflict.because("The board has tickets")
        })
      )

      return BoardService.of({ list, get, create, update, delete: remove, closeRules, changeCloseRules })
    })
  )
}

type BoardQuery = List.Query & {
  readonly include_inactive?: boolean
  readonly is_inactive?: boolean
  readonly is_active?: boolean
}

const noUser: Issue = { path: ["default_assigned_to"], message: "Active user not found" }
const noTeam: Issue = { path: ["default_assigned_team_id"], message: "Team not found" }
const noPriority: Issue = { path: ["default_priority_id"], message: "Ticket priority not found" }

type Defaults = Partial<Pick<Row, "default_assigned_to" | "default_assigned_team_id" | "default_priority_id">>

/** Fails unless what new tickets are to be given is there. What stays as it was is not checked again. */
const checkDefaults = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  tenant: string,
  wanted: Defaults,
  before: Defaults = {}
) {
  const asked = (field: keyof Defaults) => (wanted[field] === before[field] ? null : (wanted[field] ?? null))
  const user = asked("default_assigned_to")
  const team = asked("default_assigned_team_id")
  const priority = asked("default_priority_id")
  if (user === null && team === null && priority === null) return
  const [found] = yield* sql<{ readonly user: boolean; readonly team: boolean; readonly priority: boolean }>`SELECT
    EXISTS (SELECT FROM users WHERE tenant = ${tenant} AND user_id = ${user}::uuid
      AND user_type = 'internal' AND NOT is_inactive) AS "user",
    EXISTS (SELECT FROM teams WHERE tenant = ${tenant} AND team_id = ${team}::uuid) AS team,
    EXISTS (SELECT FROM priorities WHERE tenant = ${tenant} AND priority_id = ${priority}::uuid
      AND item_type = 'ticket') AS priority`
  const missing = [
    ...(user !== null && !found!.user ? [noUser] : []),
    ...(team !== null && !found!.team ? [noTeam] : []),
    ...(priority !== null && !found!.priority ? [noPriority] : [])
  ]
  if (missing.length > 0) return yield* BadReference.issues(missing)
})

type Changed = Readonly<Record<string, { readonly old: unknown; readonly new: unknown }>>

/** The fields that are not what they were. */
const differences = <A extends object>(before: A, after: A): Changed => {
  const values = new Map<string, unknown>(Object.entries(after))
  return Object.fromEntries(
    Object.entries(before)
      .filter(([field, value]) => JSON.stringify(value) !== JSON.stringify(values.get(field)))
      .map(([field, value]) => [field, { old: value, new: values.get(field) }])
  )
}

const refusals = refusing<Conflict | BadReference>({
  boards_name_key: () => Conflict.because("A board with this name already exists"),
  boards_default_assigned_to_fkey: () => BadReference.issues([noUser]),
  boards_default_assigned_team_fkey: () => BadReference.issues([noTeam]),
  boards_default_priority_fkey: () => BadReference.issues([noPriority])
})
