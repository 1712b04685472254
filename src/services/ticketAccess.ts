/** Which tickets a caller may read. Every service that touches a ticket asks here. */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql"
import type { SqlError } from "effect/sql/SqlError"
import type { Fragment } from "effect/sql/Statement"
import type { Caller } from "../domain/Actor.ts"
import { Forbidden, NotFound } from "../domain/Errors.ts"
import type { ScopeRule } from "../domain/Scope.ts"

/** The conditions that leave, of the tickets in the table with this alias, those that the caller may read. */
export const readableTickets = (sql: SqlClient.SqlClient, caller: Caller, alias = "t"): ReadonlyArray<Fragment> =>
  (caller.scopes?.["ticket:read"] ?? []).map((rule) => sql`(${condition(sql, caller, rule, sql.literal(alias))})`)

const condition = (
  sql: SqlClient.SqlClient,
  { tenant, userId }: Caller,
  rule: ScopeRule,
  ticket: Fragment
): Fragment => {
  const own = sql`${ticket}.entered_by = ${userId}::uuid`
  const assigned = sql`${ticket}.assigned_to = ${userId}::uuid`
  const managed = sql`${ticket}.assigned_to IN (SELECT user_id FROM users
    WHERE tenant = ${tenant} AND reports_to = ${userId}::uuid)`
  switch (rule.template) {
    case "own":
      return own
    case "assigned":
      return assigned
    case "managed":
      return managed
    case "own_or_assigned":
      return sql`${own} OR ${assigned}`
    case "own_or_managed":
      return sql`${own} OR ${managed}`
    case "same_client":
      return sql`${ticket}.client_id IN (SELECT n.client_id FROM users u
        JOIN contacts n ON n.tenant = u.tenant AND n.contact_name_id = u.contact_id
        WHERE u.tenant = ${tenant} AND u.user_id = ${userId}::uuid)`
    case "client_portfolio":
      return sql`${ticket}.client_id IN (SELECT client_id FROM clients
        WHERE tenant = ${tenant} AND account_manager_id = ${userId}::uuid)`
    case "same_team":
      return sql`${ticket}.assigned_team_id IN (SELECT team_id FROM team_members
        WHERE tenant = ${tenant} AND user_id = ${userId}::uuid)`
    case "selected_clients":
      return sql`${ticket}.client_id = ANY(${rule.client_ids}::uuid[])`
    case "selected_boards":
      return sql`${ticket}.board_id = ANY(${rule.board_ids}::uuid[])`
  }
}

/** Whether the caller may read the ticket of this row: true for all where nothing is narrowed. */
export const isReadable = (sql: SqlClient.SqlClient, caller: Caller, alias = "t"): Fragment => {
  const conditions = readableTickets(sql, caller, alias)
  return conditions.length === 0 ? sql`true` : sql`coalesce(${sql.and(conditions)}, false)`
}

type Refused = NotFound | Forbidden

/** Fails unless the ticket is there and the caller may read it. */
export const requireTicket = (
  sql: SqlClient.SqlClient,
  caller: Caller,
  ticketId: string
): Effect.Effect<void, Refused | SqlError> =>
  Effect.flatMap(
    sql<Seen>`SELECT ${isReadable(sql, caller)} AS readable FROM tickets t
      WHERE t.tenant = ${caller.tenant} AND t.ticket_id = ${ticketId}`,
    ([ticket]) => admit(ticket)
  )

/** Like `requireTicket`, and nobody else changes or deletes the ticket until this transaction ends. */
export const lockTicket = (
  sql: SqlClient.SqlClient,
  caller: Caller,
  ticketId: string
): Effect.Effect<void, Refused | SqlError> =>
  Effect.flatMap(
    sql`SELECT 1 FROM tickets WHERE tenant = ${caller.tenant} AND ticket_id = ${ticketId} FOR NO KEY UPDATE`,
    (found): Effect.Effect<void, Refused | SqlError> => {
      if (found.length === 0) return Effect.fail(NotFound.of("ticket"))
      // Locked first and judged then, so that what others did while this waited is seen.
      return caller.scopes === undefined ? Effect.void : requireTicket(sql, caller, ticketId)
    }
  )

interface Seen {
  readonly readable: boolean
}

/** Lets pass what was found and may be read. */
export const admit = <Row extends Seen>(ticket: Row | undefined): Effect.Effect<Row, Refused> => {
  if (ticket === undefined) return Effect.fail(NotFound.of("ticket"))
  return ticket.readable ? Effect.succeed(ticket) : Effect.fail(Forbidden.to("read", "ticket"))
}
