import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { Conflict, Forbidden, NotFound } from "../../domain/Errors.ts"
import { Ticket, TicketId } from "../../domain/Ticket.ts"
import { AgentId, NewTicketAgent, TeamAssignment, TeamRemoval, TicketAgents } from "../../domain/TicketAgent.ts"
import { about } from "../endpoint.ts"
import { One } from "../envelope.ts"
import { Idempotency } from "../middleware/Idempotency.ts"
import { Versioned } from "../middleware/Versioned.ts"

export class TicketAgentsApi extends HttpApiGroup.make("ticketAgents")
  .add(
    HttpApiEndpoint.get("list", "/agents", {
      params: { id: TicketId },
      success: One(TicketAgents),
      error: [NotFound, Forbidden]
    }).annotateMerge(
      about({
        summary: "List a ticket's agents",
        description: "Whom the ticket is assigned to, and its additional agents, the last added first.",
        requires: ["ticket:read"]
      })
    ),
    HttpApiEndpoint.post("add", "/agents", {
      params: { id: TicketId },
      payload: NewTicketAgent,
      success: One(TicketAgents).pipe(HttpApiSchema.status(201)),
      error: [NotFound, Forbidden, Conflict]
    })
      .middleware(Idempotency)
      .annotateMerge(
        about({
          summary: "Add an agent to a ticket",
          description:
            "An active internal user becomes an additional agent. On a ticket that is assigned to nobody they become its " +
            "assignee instead, as by assigning it: the children of a bundle with `sync_updates` follow their master, and " +
            "are locked themselves, which is a 409. So is a user who is on the ticket already. When a ticket is " +
            "reassigned, its additional agents stay, but for the new assignee; when it is assigned to nobody, they go.",
          requires: ["ticket:update"]
        })
      ),
    HttpApiEndpoint.delete("remove", "/agents/:userId", {
      params: { id: TicketId, userId: AgentId },
      success: HttpApiSchema.NoContent,
      error: [NotFound, Forbidden]
    }).annotateMerge(
      about({
        summary: "Remove an agent from a ticket",
        description: "Takes an additional agent off the ticket. Its assignee changes by assigning it to somebody else.",
        requires: ["ticket:update"]
      })
    ),
    HttpApiEndpoint.put("assignTeam", "/team", {
      params: { id: TicketId },
      payload: TeamAssignment,
      success: One(Ticket),
      error: [NotFound, Forbidden, Conflict]
    })
      .middleware(Versioned)
      .annotateMerge(
        about({
          summary: "Assign a ticket to a team",
          description:
            "The team's lead becomes the assignee if the ticket has none; its other active members become additional " +
            "agents with the role `team_member`. Who is on the ticket stays, those of a team before it too. A team without " +
            "an active lead is a 400. Where an assignee is needed, a child of a bundle with `sync_updates` is a 409.",
          requires: ["ticket:update"]
        })
      ),
    HttpApiEndpoint.delete("removeTeam", "/team", {
      params: { id: TicketId },
      payload: TeamRemoval,
      success: One(Ticket),
      error: [NotFound, Forbidden]
    })
      .middleware(Versioned)
      .annotateMerge(
        about({
          summary: "Take a ticket from its team",
          description:
            "The additional agents with the role `team_member` go with the team: all of them (`remove_all`, also without a " +
            "body), none (`keep_all`), or all but those in `keep_user_ids` (`selective`). The assignee stays. A ticket " +
            "without a team is fine.",
          requires: ["ticket:update"],
          example: { request: { mode: "keep_all" } }
        })
      )
  )
  .prefix("/api/v1/tickets/:id")
  .annotateMerge(
    OpenApi.annotations({
      title: "Ticket agents",
      description: "Who works on a ticket: its assignee, additional agents, and a team."
    })
  ) {}
