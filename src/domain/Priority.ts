/** A priority: how urgent a ticket or a project task is. */
import { Schema } from "effect"
import { PathId, Timestamp, Uuid } from "./Field.ts"

export const PriorityId = PathId("priority")

export const priorityItemTypes = ["ticket", "project_task"] as const

export const Priority = Schema.Struct({
  tenant: Uuid,
  priority_id: Uuid,
  priority_name: Schema.String,
  order_number: Schema.Int,
  color: Schema.String,
  item_type: Schema.Literals(priorityItemTypes),
  is_from_itil_standard: Schema.Boolean,
  itil_priority_level: Schema.NullOr(Schema.Int),
  created_by: Schema.NullOr(Uuid),
  created_at: Timestamp,
  updated_at: Timestamp
}).annotate({ identifier: "Priority" })
