/** Who works on a ticket: the agent it is assigned to, others besides, and the team. */
import { Schema } from "effect"
import { PathId, Timestamp, Uuid } from "./Field.ts"
import { Name } from "./Normalized.ts"
import { suppress, suppressRule } from "./Suppress.ts"

export const AgentId = PathId("user")

const agent = {
  user_id: Uuid,
  first_name: Schema.NullOr(Schema.String),
  last_name: Schema.NullOr(Schema.String),
  email: Schema.String
}

export const TicketAgent = Schema.Struct(agent).annotate({ identifier: "TicketAgent" })

export const AdditionalAgent = Schema.Struct({
  ...agent,
  assignment_id: Uuid,
  role: Schema.String,
  assigned_at: Timestamp
}).annotate({ identifier: "AdditionalAgent" })

export const TicketAgents = Schema.Struct({
  ticket_id: Uuid,
  primary_agent: Schema.NullOr(TicketAgent).annotate({ description: "Whom the ticket is assigned to" }),
  additional_agents: Schema.Array(AdditionalAgent)
}).annotate({ identifier: "TicketAgents" })

/** What an agent is on a ticket, unless it is said. */
export const defaultRole = "support"

/** What those are who came with a team, and may go with it. */
export const teamRole = "team_member"

export const NewTicketAgent = Schema.Struct({
  user_id: Uuid,
  role: Schema.optionalKey(Name(50)).annotate({ description: `\`${defaultRole}\`, if left out` }),
  ...suppress
})
  .check(suppressRule)
  .annotate({ identifier: "NewTicketAgent" })

export const TeamAssignment = Schema.Struct({ team_id: Uuid, ...suppress })
  .check(suppressRule)
  .annotate({ identifier: "TicketTeamAssignment" })

const removalModes = ["remove_all", "keep_all", "selective"] as const

export const TeamRemoval = Schema.Struct({
  mode: Schema.optionalKey(Schema.Literals(removalModes)).annotate({
    description: "Which of the agents who came with a team go with it; `remove_all`, if left out"
  }),
  keep_user_ids: Schema.optionalKey(Schema.Array(Uuid)).annotate({
    description: "Who stays when the mode is `selective`, which needs at least one"
  })
})
  .check(
    Schema.makeFilter(({ keep_user_ids, mode }) =>
      mode !== "selective" || (keep_user_ids !== undefined && keep_user_ids.length > 0)
        ? undefined
        : { path: ["keep_user_ids"], issue: "Expected the ids of the agents to keep" }
    )
  )
  .annotate({ identifier: "TicketTeamRemoval" })
