/** A status: where a ticket, a project or a task stands, and whether that is the end of it. */
import { Schema } from "effect"
import { AnyText, Color, PathId, Timestamp, Uuid } from "./Field.ts"
import { Name } from "./Normalized.ts"

export const StatusId = PathId("status")

export const statusTypes = ["ticket", "project", "project_task", "interaction"] as const

export const Status = Schema.Struct({
  tenant: Uuid,
  status_id: Uuid,
  name: Schema.String,
  status_type: Schema.Literals(statusTypes),
  item_type: Schema.Literals(statusTypes).annotate({ description: "The same as `status_type`" }),
  board_id: Schema.NullOr(Uuid).annotate({ description: "Set for ticket statuses, and only for them" }),
  order_number: Schema.Int,
  is_closed: Schema.Boolean,
  is_default: Schema.Boolean,
  is_custom: Schema.Boolean,
  standard_status_id: Schema.NullOr(Uuid),
  color: Schema.NullOr(Schema.String),
  icon: Schema.NullOr(Schema.String),
  created_by: Schema.NullOr(Uuid),
  created_at: Timestamp
}).annotate({ identifier: "Status" })

/** Leaves room above for the numbers that are given out by tens. */
const OrderNumber = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000_000 }))

const writable = {
  is_closed: Schema.optionalKey(Schema.Boolean),
  is_default: Schema.optionalKey(Schema.Boolean).annotate({
    description: "The one that is chosen first, on its board or of its type: setting it here clears it where it was"
  }),
  order_number: Schema.optionalKey(OrderNumber),
  color: Schema.optionalKey(Schema.NullOr(Color)),
  icon: Schema.optionalKey(Schema.NullOr(AnyText(50)))
}

export const NewStatus = Schema.Struct({
  name: Name(),
  status_type: Schema.Literals(statusTypes),
  board_id: Schema.optionalKey(Schema.NullOr(Uuid)).annotate({ description: "Needed for a ticket status" }),
  ...writable
}).annotate({ identifier: "NewStatus" })

export const StatusChanges = Schema.Struct({
  name: Schema.optionalKey(Name()),
  ...writable
}).annotate({ identifier: "StatusChanges" })
