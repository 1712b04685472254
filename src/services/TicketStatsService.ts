import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import type { Fragment } from "effect/sql/Statement"
import { Actor, type Caller } from "../domain/Actor.ts"
import type * as List from "../domain/List.ts"
import type { TicketStats } from "../domain/TicketSearch.ts"
import { unfailing } from "./constraints.ts"
import { ticketJoins } from "./ticketRows.ts"
import { ticketConditions } from "./ticketSearch.ts"

type Stats = typeof TicketStats.Type

export class TicketStatsService extends Context.Service<
  TicketStatsService,
  {
    /** The figures of the tickets that the caller may read and the filters find. */
    readonly stats: (filters: List.Query) => Effect.Effect<Stats, never, Actor>
  }
>()("psa/TicketStatsService") {
  static readonly layer = Layer.effect(
    TicketStatsService,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient

      /** Of all tickets of a tenant: their running totals are few rows, whatever there are of tickets. */
      const all = ({ tenant }: Caller): Sources => ({
        counted: sql`SELECT status_id, priority_id, category_id, is_assigned, amount, resolution_seconds
          FROM ticket_counts WHERE tenant = ${tenant}`,
        recent: sql`SELECT entered_at FROM tickets WHERE tenant = ${tenant} AND entered_at >= (SELECT month FROM since)`,
        overdue: sql`SELECT FROM tickets WHERE tenant = ${tenant} AND NOT is_closed AND due_date < now()`
      })

      /** Of some tickets: each of them is looked at, once. */
      const some = (conditions: ReadonlyArray<Fragment>): Sources => ({
        matching: sql`SELECT t.status_id, t.priority_id, t.category_id, t.assigned_to, t.is_closed, t.due_date,
            t.entered_at, t.closed_at
          FROM ${sql.literal(ticketJoins)} WHERE ${sql.and(conditions)}`,
        counted: sql`SELECT status_id, priority_id, category_id, assigned_to IS NOT NULL AS is_assigned, count(*) AS amount,
            sum(resolution_seconds(entered_at, closed_at)) AS resolution_seconds
          FROM matching GROUP BY 1, 2, 3, 4`,
        recent: sql`SELECT entered_at FROM matching WHERE entered_at >= (SELECT month FROM since)`,
        overdue: sql`SELECT FROM matching WHERE NOT is_closed AND due_date < now()`
      })

      const stats = Effect.fn("TicketStatsService.stats")(function* (filters: List.Query) {
        const actor = yield* Actor
        const { counted, matching, overdue, recent } =
          Object.keys(filters).length === 0 && actor.scopes === undefined
            ? all(actor)
            : some(yield* ticketConditions(sql, actor, filters))
        const statement = sql<Stats>`
          WITH since AS (
            SELECT day, day - interval '7 days' AS week, day - interval '30 days' AS month
            FROM (SELECT date_trunc('day', now(), 'UTC') AS day) AS today
          ), ${matching === undefined ? sql`` : sql`matching AS MATERIALIZED (${matching}),`} counted AS (${counted}), named AS (
            SELECT c.*, s.is_closed, b.board_name, p.priority_name, k.category_name FROM counted c
            JOIN statuses s ON s.tenant = ${actor.tenant} AND s.status_id = c.status_id
            JOIN boards b ON b.tenant = s.tenant AND b.board_id = s.board_id
            JOIN priorities p ON p.tenant = s.tenant AND p.priority_id = c.priority_id
            LEFT JOIN categories k ON k.tenant = s.tenant AND k.category_id = c.category_id
          ), recent AS (
            SELECT count(*) FILTER (WHERE entered_at >= day)::int AS today,
              count(*) FILTER (WHERE entered_at >= week)::int AS week, count(*)::int AS month
            FROM (${recent}) AS r CROSS JOIN since
          )
          SELECT coalesce(sum(amount), 0)::int AS total_tickets,
            coalesce(sum(amount) FILTER (WHERE NOT is_closed), 0)::int AS open_tickets,
            coalesce(sum(amount) FILTER (WHERE is_closed), 0)::int AS closed_tickets,
            coalesce(sum(amount) FILTER (WHERE NOT is_assigned), 0)::int AS unassigned_tickets,
            (SELECT count(*)::int FROM (${overdue}) AS o) AS overdue_tickets,
            ${by("status_id")} AS tickets_by_status, ${by("priority_name")} AS tickets_by_priority,
            ${by("category_name")} AS tickets_by_category, ${by("board_name")} AS tickets_by_board,
            (SELECT today FROM recent) AS tickets_created_today, (SELECT week FROM recent) AS tickets_created_this_week,
            (SELECT month FROM recent) AS tickets_created_this_month,
            round(sum(resolution_seconds) FILTER (WHERE is_closed) / nullif(sum(amount) FILTER (WHERE is_closed), 0) / 3600.0,
              2)::float8 AS average_resolution_time
          FROM named`
        const [row] = yield* filters.search === undefined ? statement : statement.unprepared
        return row!
      }, unfailing)

      /** An object of the sums for each value of a column; none for a value that no ticket has any more. */
      const by = (column: string): Fragment => {
        const name = sql.literal(column)
        return sql`(SELECT coalesce(jsonb_object_agg(name, amount), '{}') FROM (
          SELECT ${name} AS name, sum(amount)::int AS amount FROM named WHERE ${name} IS NOT NULL
          GROUP BY 1 HAVING sum(amount) <> 0) AS g)`
      }

      return TicketStatsService.of({ stats })
    })
  )
}

/** Where the figures come from. */
interface Sources {
  /** The tickets themselves, where they are looked at one by one. */
  readonly matching?: Fragment
  /** Amounts by what is counted. */
  readonly counted: Fragment
  /** When the latest tickets were entered. */
  readonly recent: Fragment
  /** A row for each overdue ticket. */
  readonly overdue: Fragment
}
