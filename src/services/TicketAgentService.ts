import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Actor, type Caller, unnarrowed } from "../domain/Actor.ts"
import { Conflict, type Forbidden, NotFound, type PreconditionFailed, type ValidationFailed } from "../domain/Errors.ts"
import { suppressFlags } from "../domain/Suppress.ts"
import type { Ticket } from "../domain/Ticket.ts"
import {
  defaultRole,
  type NewTicketAgent,
  type TeamAssignment,
  type TeamRemoval,
  type TicketAgents,
  teamRole
} from "../domain/TicketAgent.ts"
import { lockedByBundle, propagate } from "./bundleSync.ts"
import { refusing, unfailing } from "./constraints.ts"
import { type NewEvent, recordEvents } from "./events.ts"
import { type HeldTicket, heldTicket } from "./heldTicket.ts"
import { TicketService } from "./TicketService.ts"
import { admit } from "./ticketAccess.ts"
import {
  addAgents,
  membersToAdd,
  type RemovedAgent,
  readAgents,
  removedEvents,
  requireAgent,
  requireTeam
} from "./ticketAgents.ts"
import type { StoredTicket } from "./ticketChanges.ts"
import { unchanged } from "./versions.ts"

type Agents = typeof TicketAgents.Type
type Detail = typeof Ticket.Type
type Refused = NotFound | Forbidden

export class TicketAgentService extends Context.Service<
  TicketAgentService,
  {
    /** Whom a ticket is assigned to, and who works on it besides, the last added first. */
    readonly list: (ticketId: string) => Effect.Effect<Agents, Refused, Actor>
    /** Puts a user on a ticket: as its assignee if it has none, else as an additional agent. */
    readonly add: (
      ticketId: string,
      input: typeof NewTicketAgent.Type
    ) => Effect.Effect<Agents, Refused | Conflict, Actor>
    /** Takes an additional agent off a ticket. */
    readonly remove: (ticketId: string, userId: string) => Effect.Effect<void, Refused, Actor>
    /** Gives a ticket to a team: its lead is the assignee if there is none, its members are additional agents. */
    readonly assignTeam: (
      ticketId: string,
      input: typeof TeamAssignment.Type
    ) => Effect.Effect<Detail, Refused | Conflict | PreconditionFailed | ValidationFailed, Actor>
    /** Takes a ticket from its team, and those of its members off it who are not to stay. */
    readonly removeTeam: (
      ticketId: string,
      input: typeof TeamRemoval.Type
    ) => Effect.Effect<Detail, Refused | PreconditionFailed, Actor>
  }
>()("psa/TicketAgentService") {
  static readonly layer = Layer.effect(
    TicketAgentService,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const tickets = yield* TicketService

      const list = Effect.fn("TicketAgentService.list")(function* (ticketId: string) {
        const { readable: _, ...agents } = yield* Effect.flatMap(readAgents(sql, yield* Actor, ticketId), admit)
        return agents
      }, unfailing)

      /** The agents of a ticket that the caller has just changed. */
      const changedAgents = (actor: Caller, ticketId: string) =>
        Effect.map(readAgents(sql, actor, ticketId), (found): Agents => {
          const { readable: _, ...agents } = found!
          return agents
        })

      /** Changes what is sent, and with an assignee those of the bundle's children. */
      const change = Effect.fnUntraced(function* (actor: Caller, current: HeldTicket, changes: Assignment) {
        const { tenant, userId } = actor
        yield* sql`UPDATE tickets SET ${sql.update({ ...changes, updated_by: userId })}
          WHERE tenant = ${tenant} AND ticket_id = ${current.ticket_id}`
        const { assigned_to } = changes
        if (assigned_to === undefined || current.own_bundle_mode !== "sync_updates") return
        yield* propagate(sql, actor, current, { assigned_to }, current.now)
      })

      const add = Effect.fn("TicketAgentService.add")(
        function* (ticketId: string, input: typeof NewTicketAgent.Type) {
          const actor = yield* Actor
          const current = yield* heldTicket(sql, actor, ticketId)
          const user = yield* requireAgent(sql, actor.tenant, input.user_id)
          const flags = suppressFlags(input)
          if (current.assigned_to === null) {
            const changes = { assigned_to: user }
            yield* lockedByBundle(current, changes)
            yield* change(actor, current, changes)
            yield* recordEvents(sql, assigned(actor, current, changes, flags))
            return yield* changedAgents(actor, ticketId)
          }
          if (current.assigned_to === user)
            return yield* Conflict.because("The ticket is assigned to this user already")
          const { ticket_id } = current
          const joined = yield* addAgents(sql, actor, {
            ticketId: ticket_id,
            users: [user],
            role: input.role ?? defaultRole,
            flags
          })
          yield* change(actor, current, {})
          yield* recordEvents(sql, joined)
          return yield* changedAgents(actor, ticketId)
        },
        sql.withTransaction,
        refused
      )

      const remove = Effect.fn("TicketAgentService.remove")(
        function* (ticketId: string, userId: string) {
          const actor = yield* Actor
          const current = yield* heldTicket(sql, actor, ticketId)
          const removed = yield* sql<RemovedAgent>`DELETE FROM ticket_resources
            WHERE tenant = ${actor.tenant} AND ticket_id = ${ticketId} AND additional_user_id = ${userId}
            RETURNING additional_user_id, assignment_id, role`
          if (removed.length === 0) return yield* NotFound.of("Additional agent")
          yield* change(actor, current, {})
          yield* recordEvents(sql, removedEvents(actor, current.ticket_id, removed))
        },
        sql.withTransaction,
        unfailing
      )

      const assignTeam = Effect.fn("TicketAgentService.assignTeam")(
        function* (ticketId: string, input: typeof TeamAssignment.Type) {
          const actor = yield* Actor
          const current = yield* heldTicket(sql, actor, ticketId)
          yield* unchanged(current.updated_at)
          const { lead, team_id } = yield* requireTeam(sql, actor.tenant, input.team_id)
          const changes: Assignment = {
            assigned_team_id: team_id,
            ...(current.assigned_to === null ? { assigned_to: lead } : {})
          }
          yield* lockedByBundle(current, changes)
          yield* change(actor, current, changes)
          const { ticket_id } = current
          const flags = suppressFlags(input)
          const users = yield* membersToAdd(sql, actor.tenant, {
            ticketId: ticket_id,
            teamId: team_id,
            primary: current.assigned_to ?? lead
          })
          const joined = yield* addAgents(sql, actor, { ticketId: ticket_id, users, role: teamRole, flags })
          yield* recordEvents(sql, [...assigned(actor, current, changes, flags), ...joined])
          return yield* tickets.get(ticketId).pipe(Effect.provideService(Actor, unnarrowed(actor)))
        },
        sql.withTransaction,
        refused
      )

      const removeTeam = Effect.fn("TicketAgentService.removeTeam")(
        function* (ticketId: string, { keep_user_ids = [], mode = "remove_all" }: typeof TeamRemoval.Type) {
          const actor = yield* Actor
          const current = yield* heldTicket(sql, actor, ticketId)
          yield* unchanged(current.updated_at)
          const { ticket_id } = current
          yield* change(actor, current, { assigned_team_id: null })
          const kept = mode === "selective" ? keep_user_ids : []
          const removed =
            mode === "keep_all"
              ? []
              : yield* sql<RemovedAgent>`DELETE FROM ticket_resources
                  WHERE tenant = ${actor.tenant} AND ticket_id = ${ticket_id} AND role = ${teamRole}
                    AND additional_user_id <> ALL(${kept}::uuid[])
                  RETURNING additional_user_id, assignment_id, role`
          yield* recordEvents(sql, [
            ...told(actor, current, "TICKET_UPDATED", { assigned_team_id: null }),
            ...removedEvents(actor, ticket_id, removed)
          ])
          return yield* tickets.get(ticketId).pipe(Effect.provideService(Actor, unnarrowed(actor)))
        },
        sql.withTransaction,
        unfailing
      )

      return TicketAgentService.of({ list, add, remove, assignTeam, removeTeam })
    })
  ).pipe(Layer.provide(TicketService.layer))
}

/** Who a ticket is given to. */
interface Assignment {
  readonly assigned_to?: string
  readonly assigned_team_id?: string | null
}

/** What there is to tell of an assignment, if it changes anything. */
const told = (
  { tenant, userId }: Caller,
  current: StoredTicket,
  type: string,
  changes: Assignment,
  flags: Readonly<Record<string, boolean>> = {}
): ReadonlyArray<NewEvent> => {
  const changed = (["assigned_to", "assigned_team_id"] as const).flatMap((field) => {
    const value = changes[field]
    return value === undefined || value === current[field]
      ? []
      : [[field, { old: current[field], new: value }] as const]
  })
  if (changed.length === 0) return []
  const payload = { changes: Object.fromEntries(changed), ...flags }
  return [{ tenant, userId, type, entityType: "ticket", entityId: current.ticket_id, payload }]
}

const assigned = (
  actor: Caller,
  current: StoredTicket,
  changes: Assignment,
  flags: Readonly<Record<string, boolean>>
) => told(actor, current, "TICKET_ASSIGNED", changes, flags)

/** Who is on the ticket already, or was gone when the ticket was written. */
const refused = refusing<NotFound | Conflict>({
  ticket_resources_agent_key: () => Conflict.because("The user is already an additional agent of this ticket"),
  ticket_resources_user_fkey: () => NotFound.of("User"),
  tickets_assigned_to_fkey: () => NotFound.of("User"),
  tickets_assigned_team_fkey: () => NotFound.of("Team")
})
