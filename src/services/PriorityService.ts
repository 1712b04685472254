import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Actor } from "../domain/Actor.ts"
import { NotFound, type ValidationFailed } from "../domain/Errors.ts"
import * as List from "../domain/List.ts"
import { Priority, priorityItemTypes } from "../domain/Priority.ts"
import { columnsOf } from "./columns.ts"
import { unfailing } from "./constraints.ts"
import { conditions, page } from "./list.ts"

export const PriorityList = List.make({
  filters: {
    item_type: List.oneOf("p.item_type", priorityItemTypes)
  },
  sorts: {
    order_number: List.byNumber("p.order_number"),
    priority_name: "p.priority_name",
    name: "p.priority_name",
    item_type: "p.item_type",
    created_at: List.byTime("p.created_at"),
    updated_at: List.byTime("p.updated_at")
  },
  defaultSort: "order_number",
  defaultOrder: "asc",
  thenBy: "p.priority_name",
  id: "p.priority_id",
  search: ["p.priority_name"]
})

type Row = typeof Priority.Type

export class PriorityService extends Context.Service<
  PriorityService,
  {
    /** The tenant's priorities, the most urgent first. */
    readonly list: (query: List.Query) => Effect.Effect<List.Page<Row>, ValidationFailed, Actor>
    readonly get: (id: string) => Effect.Effect<Row, NotFound, Actor>
  }
>()("psa/PriorityService") {
  static readonly layer = Layer.effect(
    PriorityService,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const columns = columnsOf(Priority, "p")

      const list = Effect.fn("PriorityService.list")(function* (query: List.Query) {
        const { tenant } = yield* Actor
        const where = sql.and([sql`p.tenant = ${tenant}`, ...conditions(sql, PriorityList, query)])
        return yield* page(sql, PriorityList, query, { columns, from: "priorities p", where })
      })

      const get = Effect.fn("PriorityService.get")(function* (id: string) {
        const { tenant } = yield* Actor
        const [priority] = yield* sql<Row>`SELECT * FROM priorities WHERE tenant = ${tenant} AND priority_id = ${id}`
        return priority ?? (yield* NotFound.of("priority"))
      }, unfailing)

      return PriorityService.of({ list, get })
    })
  )
}
