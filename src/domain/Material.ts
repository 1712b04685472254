/** A material is a product that was used on a ticket, and is billed to the ticket's client. */
import { Schema, SchemaTransformation } from "effect"
import { AnyText, PathId, Timestamp, Uuid } from "./Field.ts"
import { Currency } from "./Normalized.ts"

export const MaterialId = PathId("material")

export const TicketMaterial = Schema.Struct({
  tenant: Uuid,
  ticket_material_id: Uuid,
  ticket_id: Uuid,
  client_id: Uuid.annotate({ description: "Whom it is billed to: the ticket's client when it was added" }),
  service_id: Uuid.annotate({ description: "The product" }),
  unit_id: Schema.NullOr(Uuid).annotate({ description: "Which piece it is, of a serialized product" }),
  quantity: Schema.Int,
  rate: Schema.Int.annotate({ description: "The price of one, in minor units of the currency" }),
  currency_code: Schema.String,
  description: Schema.NullOr(Schema.String),
  is_billed: Schema.Boolean,
  billed_invoice_id: Schema.NullOr(Uuid),
  billed_at: Schema.NullOr(Timestamp),
  created_at: Timestamp,
  updated_at: Timestamp,
  service_name: Schema.String,
  sku: Schema.NullOr(Schema.String)
}).annotate({ identifier: "TicketMaterial" })

/** A positive number as the whole number of pieces that it stands for: rounded down, but at least one. */
export const Quantity = Schema.Finite.check(
  Schema.isGreaterThan(0),
  Schema.isLessThan(2_147_483_648, { message: "Expected at most 2147483647" })
).pipe(
  Schema.decode(
    SchemaTransformation.transform({
      decode: (quantity: number) => Math.max(1, Math.floor(quantity)),
      encode: (quantity: number) => quantity
    })
  )
)

/** An amount of money, rounded to minor units. */
export const Rate = Schema.Finite.check(
  Schema.isBetween({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }, { message: "Expected an amount of minor units" })
).pipe(
  Schema.decode(
    SchemaTransformation.transform({ decode: (rate: number) => Math.round(rate), encode: (rate: number) => rate })
  )
)

export const NewMaterial = Schema.Struct({
  service_id: Uuid.annotate({ description: "An active product" }),
  quantity: Quantity.annotate({ description: "Rounded down to a whole number, and at least 1" }),
  rate: Rate.annotate({ description: "The price of one, in minor units of the currency; rounded" }),
  currency_code: Currency,
  description: Schema.optionalKey(Schema.NullOr(AnyText(1000))),
  unit_id: Schema.optionalKey(Schema.NullOr(Uuid)).annotate({
    description: "Which piece of a serialized product; one that is in stock"
  })
}).annotate({ identifier: "NewMaterial" })
