import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Actor } from "../domain/Actor.ts"
import { defaultLimit } from "../domain/List.ts"
import type { TicketRow } from "../domain/Ticket.ts"
import type { SearchField } from "../domain/TicketSearch.ts"
import { unfailing } from "./constraints.ts"
import { readableTickets } from "./ticketAccess.ts"
import { ticketColumns, ticketJoins } from "./ticketRows.ts"
import { ticketSearch } from "./ticketSearch.ts"

export interface TicketSearch {
  readonly query: string
  readonly fields?: ReadonlyArray<SearchField>
  readonly status_ids?: ReadonlyArray<string>
  readonly priority_ids?: ReadonlyArray<string>
  readonly client_ids?: ReadonlyArray<string>
  readonly assigned_to_ids?: ReadonlyArray<string>
  readonly include_closed?: boolean
  /** At most so many: 25, unless said otherwise. */
  readonly limit?: number
}

export class TicketSearchService extends Context.Service<
  TicketSearchService,
  {
    /** The tickets that have the text in any of the fields, the newest first. Closed ones only if they are asked for. */
    readonly search: (search: TicketSearch) => Effect.Effect<ReadonlyArray<typeof TicketRow.Type>, never, Actor>
  }
>()("psa/TicketSearchService") {
  static readonly layer = Layer.effect(
    TicketSearchService,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient

      const search = Effect.fn("TicketSearchService.search")(function* (search: TicketSearch) {
        const actor = yield* Actor
        const { fields = [], limit = defaultLimit } = search
        const where = sql.and([
          sql`t.tenant = ${actor.tenant}`,
          ...readableTickets(sql, actor),
          yield* ticketSearch(
            sql,
            actor.tenant,
            search.query,
            fields.length === 0 ? ["title", "ticket_number"] : fields
          ),
          ...(search.include_closed === true ? [] : [sql`NOT t.is_closed`]),
          ...anyOf("status_id", search.status_ids),
          ...anyOf("priority_id", search.priority_ids),
          ...anyOf("client_id", search.client_ids),
          ...anyOf("assigned_to", search.assigned_to_ids)
        ])
        // Planned anew each time: how rare the text is decides which index is the better one.
        const found = yield* sql`SELECT ${sql.literal(ticketColumns.text)} FROM ${sql.literal(ticketJoins)}
          WHERE ${where} ORDER BY t.entered_at DESC, t.ticket_id DESC LIMIT ${sql.literal(String(limit))}`
          .valuesUnprepared
        return found.map(ticketColumns.read)
      }, unfailing)

      const anyOf = (column: string, ids: ReadonlyArray<string> | undefined) =>
        ids === undefined || ids.length === 0 ? [] : [sql`${sql.literal(`t.${column}`)} = ANY(${ids}::uuid[])`]

      return TicketSearchService.of({ search })
    })
  )
}
