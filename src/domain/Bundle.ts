/** A bundle: a master ticket and its children, one level deep, worked on as one. */
import { Schema } from "effect"
import { Uuid } from "./Field.ts"

export const BundleMode = Schema.Literals(["link_only", "sync_updates"]).annotate({
  description:
    "`sync_updates`: the master's status, assignee, priority and public comments reach the children, on which these fields " +
    "are locked. `link_only`: the tickets are only grouped"
})

export const BundleMember = Schema.Struct({
  ticket_id: Uuid,
  ticket_number: Schema.String,
  title: Schema.String,
  status_id: Uuid,
  client_id: Uuid
}).annotate({ identifier: "BundleMember" })

export const Bundle = Schema.Struct({
  role: Schema.Literals(["master", "child", "standalone"]),
  master_ticket_id: Uuid.annotate({ description: "The ticket's own id, if it is in no bundle" }),
  master: Schema.NullOr(BundleMember),
  children: Schema.Array(BundleMember),
  settings: Schema.NullOr(Schema.Struct({ mode: BundleMode, reopen_on_child_reply: Schema.Boolean }))
}).annotate({ identifier: "Bundle" })

const ChildIds = Schema.Array(Uuid).check(
  Schema.isMinLength(1, { message: "Expected at least one ticket" }),
  Schema.isMaxLength(500, { message: "Expected at most 500 tickets" })
)

export const NewBundle = Schema.Struct({
  child_ticket_ids: ChildIds,
  mode: Schema.optionalKey(BundleMode)
}).annotate({ identifier: "NewBundle" })

export const NewChildren = Schema.Struct({ child_ticket_ids: ChildIds }).annotate({ identifier: "NewBundleChildren" })

export const BundleSettings = Schema.Struct({
  mode: Schema.optionalKey(BundleMode),
  reopen_on_child_reply: Schema.optionalKey(Schema.Boolean).annotate({
    description: "A public comment on a child reopens a closed master"
  })
})
  .check(
    Schema.makeFilter((settings: { readonly mode?: unknown; readonly reopen_on_child_reply?: unknown }) =>
      settings.mode === undefined && settings.reopen_on_child_reply === undefined
        ? "Provide mode and/or reopen_on_child_reply"
        : undefined
    )
  )
  .annotate({ identifier: "BundleSettings" })

export const Promotion = Schema.Struct({ new_master_ticket_id: Uuid }).annotate({ identifier: "BundlePromotion" })

export const Bundled = Schema.Struct({ masterTicketId: Uuid, childTicketIds: Schema.Array(Uuid), mode: BundleMode })
export const ChildrenOfMaster = Schema.Struct({ masterTicketId: Uuid, childTicketIds: Schema.Array(Uuid) })
export const RemovedChild = Schema.Struct({ masterTicketId: Uuid, childTicketId: Uuid, remainingChildren: Schema.Int })
export const Promoted = Schema.Struct({ oldMasterTicketId: Uuid, newMasterTicketId: Uuid })
export const StoredBundleSettings = Schema.Struct({
  master_ticket_id: Uuid,
  mode: BundleMode,
  reopen_on_child_reply: Schema.Boolean
})
