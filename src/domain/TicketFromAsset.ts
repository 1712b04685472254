/** A ticket that somebody enters where they see an asset. */
import { Schema } from "effect"
import { AnyText, Text, Uuid } from "./Field.ts"

export const NewTicketFromAsset = Schema.Struct({
  title: Text(255),
  asset_id: Uuid,
  client_id: Uuid.annotate({ description: "The client whose asset it is" }),
  board_id: Schema.optionalKey(Uuid).annotate({
    description: "A ticket cannot be without it; it is only missed once the asset is known to be there"
  }),
  status_id: Schema.optionalKey(Uuid).annotate({ description: "The board's default status, if left out" }),
  priority_id: Schema.optionalKey(Uuid).annotate({ description: "The board's default priority, if left out" }),
  description: Schema.optionalKey(Schema.NullOr(AnyText(200_000))).annotate({
    description: "Plain text or block rich text: `description` of the ticket's attributes"
  }),
  contact_name_id: Schema.optionalKey(Schema.NullOr(Uuid)),
  category_id: Schema.optionalKey(Schema.NullOr(Uuid))
}).annotate({ identifier: "NewTicketFromAsset" })
