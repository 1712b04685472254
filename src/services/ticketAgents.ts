/**
 * What agents and teams of a ticket come to in the database. Whoever changes `assigned_to` has nothing to do for the
 * additional agents: triggers take them along to the next assignee, or away with the last.
 */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql"
import type { Caller } from "../domain/Actor.ts"
import { NotFound, ValidationFailed } from "../domain/Errors.ts"
import { type TicketAgents, teamRole } from "../domain/TicketAgent.ts"
import { type NewEvent, recordEvents } from "./events.ts"
import { newId } from "./ids.ts"
import { insertAll } from "./insertAll.ts"
import { isReadable } from "./ticketAccess.ts"
import type { StoredTicket } from "./ticketChanges.ts"
import { wireTime } from "./wireTime.ts"

/** A ticket's agents, the last added first, and whether the caller may read them; nothing, if there is no such ticket. */
export const readAgents = (sql: SqlClient.SqlClient, actor: Caller, id: string) =>
  Effect.map(
    sql<typeof TicketAgents.Type & { readonly readable: boolean }>`
      SELECT t.ticket_id, ${isReadable(sql, actor)} AS readable,
        (SELECT jsonb_build_object(${sql.literal(agent)}) FROM users u
          WHERE u.tenant = t.tenant AND u.user_id = t.assigned_to) AS primary_agent,
        coalesce((SELECT jsonb_agg(jsonb_build_object(${sql.literal(agent)}, 'assignment_id', r.assignment_id,
              'role', r.role, 'assigned_at', ${sql.literal(wireTime("r.assigned_at"))})
            ORDER BY r.assigned_at DESC, r.assignment_id DESC)
          FROM ticket_resources r JOIN users u ON u.tenant = r.tenant AND u.user_id = r.additional_user_id
          WHERE r.tenant = t.tenant AND r.ticket_id = t.ticket_id), '[]') AS additional_agents
      FROM tickets t WHERE t.tenant = ${actor.tenant} AND t.ticket_id = ${id}`,
    ([found]) => found
  )

const agent = `'user_id', u.user_id, 'first_name', u.first_name, 'last_name', u.last_name, 'email', u.email`

/** The id of a user who can be an agent: an active internal one. */
export const requireAgent = Effect.fnUntraced(function* (sql: SqlClient.SqlClient, tenant: string, userId: string) {
  const [user] = yield* sql<{ readonly user_id: string }>`SELECT user_id FROM users
    WHERE tenant = ${tenant} AND user_id = ${userId} AND user_type = 'internal' AND NOT is_inactive`
  return user === undefined ? yield* NotFound.of("User") : user.user_id
})

/** A team's id and its lead's, who must be one that can be an agent. */
export const requireTeam = Effect.fnUntraced(function* (sql: SqlClient.SqlClient, tenant: string, teamId: string) {
  const [team] = yield* sql<{
    readonly team_id: string
    readonly lead: string | null
  }>`SELECT m.team_id, u.user_id AS lead
    FROM teams m LEFT JOIN users u ON u.tenant = m.tenant AND u.user_id = m.manager_id
      AND u.user_type = 'internal' AND NOT u.is_inactive
    WHERE m.tenant = ${tenant} AND m.team_id = ${teamId}`
  if (team === undefined) return yield* NotFound.of("Team")
  const { lead, team_id } = team
  return lead === null ? yield* ValidationFailed.at("team_id", "The team has no active lead") : { team_id, lead }
})

/** Active members of a team who are not on the ticket yet, whose assignee is `primary`. They stay until they are. */
export const membersToAdd = (
  sql: SqlClient.SqlClient,
  tenant: string,
  ticket: { readonly ticketId: string; readonly teamId: string; readonly primary: string }
) =>
  Effect.map(
    sql<{ readonly user_id: string }>`SELECT u.user_id FROM team_members m
      JOIN users u ON u.tenant = m.tenant AND u.user_id = m.user_id
      WHERE m.tenant = ${tenant} AND m.team_id = ${ticket.teamId} AND u.user_id <> ${ticket.primary}
        AND u.user_type = 'internal' AND NOT u.is_inactive
        AND NOT EXISTS (SELECT FROM ticket_resources r
          WHERE r.tenant = m.tenant AND r.ticket_id = ${ticket.ticketId} AND r.additional_user_id = m.user_id)
      ORDER BY u.user_id FOR KEY SHARE OF u`,
    (rows) => rows.map(({ user_id }) => user_id)
  )

/** Makes users additional agents of a ticket that is held; what there is to tell of it. */
export const addAgents = (
  sql: SqlClient.SqlClient,
  { tenant, userId }: Caller,
  added: {
    readonly ticketId: string
    readonly users: ReadonlyArray<string>
    readonly role: string
    readonly flags: Readonly<Record<string, boolean>>
  }
) => {
  const { flags, role, ticketId, users } = added
  const rows = users.map((user) => ({
    tenant,
    assignment_id: newId(),
    ticket_id: ticketId,
    additional_user_id: user,
    role
  }))
  const events = rows.map(
    ({ additional_user_id, assignment_id }): NewEvent => ({
      tenant,
      userId,
      type: "TICKET_ADDITIONAL_AGENT_ASSIGNED",
      entityType: "ticket",
      entityId: ticketId,
      payload: { additional_user_id, assignment_id, role, ...flags }
    })
  )
  return Effect.as(insertAll(sql, "ticket_resources", rows), events)
}

/** Puts the members of a new ticket's team on it, if it has both a team and an assignee for them to assist. */
export const joinTeam = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  actor: Caller,
  ticket: Pick<StoredTicket, "ticket_id" | "assigned_to" | "assigned_team_id">
) {
  const { assigned_team_id, assigned_to, ticket_id } = ticket
  if (assigned_team_id === null || assigned_to === null) return
  const users = yield* membersToAdd(sql, actor.tenant, {
    ticketId: ticket_id,
    teamId: assigned_team_id,
    primary: assigned_to
  })
  const joined = yield* addAgents(sql, actor, { ticketId: ticket_id, users, role: teamRole, flags: {} })
  yield* recordEvents(sql, joined)
})

export interface RemovedAgent {
  readonly additional_user_id: string
  readonly assignment_id: string
  readonly role: string
}

/** What there is to tell of agents that were taken off a ticket. */
export const removedEvents = (
  { tenant, userId }: Caller,
  ticketId: string,
  removed: ReadonlyArray<RemovedAgent>
): ReadonlyArray<NewEvent> =>
  removed.map(({ additional_user_id, assignment_id, role }) => ({
    tenant,
    userId,
    type: "TICKET_ADDITIONAL_AGENT_REMOVED",
    entityType: "ticket",
    entityId: ticketId,
    payload: { additional_user_id, assignment_id, role }
  }))
