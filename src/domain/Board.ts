/** A board groups tickets of one team or kind and owns their statuses. */
import { Schema } from "effect"
import { AnyText, Int32, PathId, Text, Uuid } from "./Field.ts"

export const BoardId = PathId("board")

export const Board = Schema.Struct({
  tenant: Uuid,
  board_id: Uuid,
  board_name: Schema.String,
  description: Schema.NullOr(Schema.String),
  display_order: Schema.Int,
  is_default: Schema.Boolean,
  is_inactive: Schema.Boolean,
  display_itil_impact: Schema.Boolean,
  display_itil_urgency: Schema.Boolean,
  enable_live_ticket_timer: Schema.Boolean,
  category_type: Schema.Literals(["custom", "itil"]),
  priority_type: Schema.Literals(["custom", "itil"]),
  default_assigned_to: Schema.NullOr(Uuid),
  default_assigned_team_id: Schema.NullOr(Uuid),
  default_priority_id: Schema.NullOr(Uuid),
  manager_user_id: Schema.NullOr(Uuid),
  sla_policy_id: Schema.NullOr(Uuid)
}).annotate({ identifier: "Board" })

const writable = {
  description: Schema.optionalKey(Schema.NullOr(AnyText(1000))),
  display_order: Schema.optionalKey(Int32),
  is_default: Schema.optionalKey(Schema.Boolean).annotate({
    description: "The one board of the tenant that is chosen first: setting it here clears it on the board that had it"
  }),
  is_inactive: Schema.optionalKey(Schema.Boolean),
  display_itil_impact: Schema.optionalKey(Schema.Boolean),
  display_itil_urgency: Schema.optionalKey(Schema.Boolean),
  enable_live_ticket_timer: Schema.optionalKey(Schema.Boolean),
  category_type: Schema.optionalKey(Schema.Literals(["custom", "itil"])),
  priority_type: Schema.optionalKey(Schema.Literals(["custom", "itil"])),
  default_assigned_to: Schema.optionalKey(Schema.NullOr(Uuid)).annotate({
    description: "Who a new ticket is given to when it does not say: an active internal user"
  }),
  default_assigned_team_id: Schema.optionalKey(Schema.NullOr(Uuid)).annotate({
    description: "The team that new tickets are given to, and its manager with it where there is no default user"
  }),
  default_priority_id: Schema.optionalKey(Schema.NullOr(Uuid)).annotate({
    description: "What a new ticket has when it does not say: a priority of tickets"
  })
}

export const NewBoard = Schema.Struct({ board_name: Text(255), ...writable }).annotate({ identifier: "NewBoard" })
export const BoardChanges = Schema.Struct({ board_name: Schema.optionalKey(Text(255)), ...writable }).annotate({
  identifier: "BoardChanges"
})
