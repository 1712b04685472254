/** A link says that a ticket is about an asset. It is one record, seen from both sides. */
import { Schema } from "effect"
import { assetFields } from "./Asset.ts"
import { AnyText, Text, Timestamp, Uuid } from "./Field.ts"

export const AssetLink = Schema.Struct({
  tenant: Uuid,
  asset_id: Uuid,
  entity_id: Uuid.annotate({ description: "The ticket" }),
  entity_type: Schema.Literal("ticket"),
  relationship_type: Schema.String,
  notes: Schema.NullOr(Schema.String),
  created_by: Uuid,
  created_at: Timestamp
}).annotate({ identifier: "AssetLink" })

const how = {
  relationship_type: Schema.optionalKey(Text(255)).annotate({
    description: "How they belong together: `affected` (the default), `related`, `primary`, or whatever else"
  }),
  notes: Schema.optionalKey(Schema.NullOr(AnyText()))
}

export const NewTicketLink = Schema.Struct({ ticket_id: Uuid, ...how }).annotate({ identifier: "NewTicketLink" })
export const NewAssetLink = Schema.Struct({ asset_id: Uuid, ...how }).annotate({ identifier: "NewAssetLink" })

export const LinkChanges = Schema.Struct(how).annotate({ identifier: "LinkChanges" })

/** How a new link's two sides belong together. */
export type LinkTerms = Pick<typeof NewAssetLink.Type, "relationship_type" | "notes">

const linkFields = {
  relationship_type: Schema.String,
  association_notes: Schema.NullOr(Schema.String),
  linked_at: Timestamp
}

/** An asset, as the ticket it is linked to shows it. */
export const LinkedAsset = Schema.Struct({ ...assetFields, ...linkFields }).annotate({ identifier: "LinkedAsset" })

/** A ticket, as the asset it is linked to shows it. */
export const LinkedTicket = Schema.Struct({
  ticket_id: Uuid,
  ticket_number: Schema.String,
  title: Schema.String,
  status_id: Uuid,
  status_name: Schema.String,
  is_closed: Schema.Boolean,
  priority_id: Uuid,
  assigned_to: Schema.NullOr(Uuid),
  client_id: Uuid,
  board_id: Uuid,
  entered_at: Timestamp,
  updated_at: Timestamp,
  ...linkFields
}).annotate({ identifier: "LinkedTicket" })
