/** A client: a company or person the provider works for, with its places. */
import { Schema } from "effect"
import { AnyText, PathId, storableJson, Timestamp, TimestampInput, Uuid } from "./Field.ts"
import { ClearableEmail, ClearablePhone, ClearableText, ClearableUrl, Currency, Name } from "./Normalized.ts"

export const ClientId = PathId("client")

export const clientTypes = ["company", "individual"] as const
export const billingCycles = ["weekly", "bi-weekly", "monthly", "quarterly", "semi-annually", "annually"] as const

const NullableText = Schema.NullOr(Schema.String)
const NullableUuid = Schema.NullOr(Uuid)

export const Client = Schema.Struct({
  tenant: Uuid,
  client_id: Uuid,
  client_name: Schema.String,
  url: Schema.String.annotate({ description: "Empty if the client has none" }),
  properties: Schema.NullOr(Schema.Record(Schema.String, Schema.Json)),
  billing_type: NullableText,
  payment_terms: NullableText,
  credit_limit: Schema.NullOr(Schema.Int).annotate({ description: "In the currency's minor unit" }),
  preferred_payment_method: NullableText,
  auto_invoice: Schema.Boolean,
  invoice_delivery_method: Schema.NullOr(Schema.Literals(["email", "mail", "portal"])),
  is_inactive: Schema.Boolean,
  client_type: Schema.Literals(clientTypes),
  is_tax_exempt: Schema.Boolean,
  tax_exemption_certificate: NullableText,
  tax_id_number: NullableText,
  notes: NullableText,
  billing_cycle: Schema.Literals(billingCycles),
  timezone: NullableText,
  notes_document_id: NullableUuid,
  invoice_template_id: NullableUuid,
  billing_contact_id: NullableUuid,
  billing_email: NullableText,
  region_code: NullableText,
  account_manager_id: NullableUuid,
  default_currency_code: Schema.String,
  lifecycle_status: Schema.NullOr(Schema.Literals(["prospect", "active", "former"])),
  inbound_ticket_defaults_id: NullableUuid,
  sla_policy_id: NullableUuid,
  is_default: Schema.Boolean.annotate({ description: "The tenant's own company" }),
  created_at: Timestamp,
  updated_at: Timestamp,
  email: NullableText.annotate({ description: "Of the default location, as are `phone_no` and `address`" }),
  phone_no: NullableText,
  address: NullableText,
  account_manager_full_name: NullableText,
  credit_balance: Schema.Finite.annotate({
    description: "In the currency's minor unit; 0, as no credits are kept yet"
  }),
  logoUrl: NullableText
}).annotate({ identifier: "Client" })

/** What else is known of a client. The names here are checked, others are kept as they are. */
const Properties = Schema.StructWithRest(
  Schema.Struct({
    industry: Schema.optionalKey(Schema.NullOr(AnyText(255))),
    company_size: Schema.optionalKey(Schema.NullOr(AnyText(255))),
    annual_revenue: Schema.optionalKey(Schema.NullOr(AnyText(255))),
    primary_contact_id: Schema.optionalKey(NullableUuid),
    primary_contact_name: Schema.optionalKey(Schema.NullOr(AnyText(255))),
    status: Schema.optionalKey(Schema.NullOr(AnyText(255))),
    type: Schema.optionalKey(Schema.NullOr(AnyText(255))),
    website: Schema.optionalKey(Schema.NullOr(AnyText(255))),
    parent_client_id: Schema.optionalKey(NullableUuid),
    parent_client_name: Schema.optionalKey(Schema.NullOr(AnyText(255))),
    last_contact_date: Schema.optionalKey(Schema.NullOr(TimestampInput))
  }),
  [Schema.Record(Schema.String, Schema.Json)]
).check(storableJson)

const optional = {
  email: Schema.optionalKey(ClearableEmail),
  phone_no: Schema.optionalKey(ClearablePhone),
  address: Schema.optionalKey(ClearableText(1000)),
  url: Schema.optionalKey(ClearableUrl),
  client_type: Schema.optionalKey(Schema.Literals(clientTypes)),
  tax_id_number: Schema.optionalKey(ClearableText(255)),
  notes: Schema.optionalKey(Schema.NullOr(AnyText())),
  payment_terms: Schema.optionalKey(ClearableText(255)),
  preferred_payment_method: Schema.optionalKey(ClearableText(255)),
  region_code: Schema.optionalKey(ClearableText(255)),
  tax_exemption_certificate: Schema.optionalKey(ClearableText(255)),
  timezone: Schema.optionalKey(ClearableText(255)),
  properties: Schema.optionalKey(Schema.NullOr(Properties)).annotate({ description: "Replaces all of what was there" }),
  credit_limit: Schema.optionalKey(
    Schema.NullOr(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })))
  ).annotate({ description: "In the currency's minor unit" }),
  default_currency_code: Schema.optionalKey(Currency),
  auto_invoice: Schema.optionalKey(Schema.Boolean),
  is_tax_exempt: Schema.optionalKey(Schema.Boolean),
  is_inactive: Schema.optionalKey(Schema.Boolean),
  invoice_delivery_method: Schema.optionalKey(Schema.NullOr(Schema.Literals(["email", "mail", "portal"]))),
  invoice_template_id: Schema.optionalKey(NullableUuid),
  billing_contact_id: Schema.optionalKey(NullableUuid),
  account_manager_id: Schema.optionalKey(NullableUuid),
  billing_email: Schema.optionalKey(ClearableEmail)
}

export const NewClient = Schema.Struct({
  client_name: Name(),
  billing_cycle: Schema.Literals(billingCycles),
  ...optional
}).annotate({ identifier: "NewClient" })

export const ClientChanges = Schema.Struct({
  client_name: Schema.optionalKey(Name()),
  billing_cycle: Schema.optionalKey(Schema.Literals(billingCycles)),
  ...optional
}).annotate({ identifier: "ClientChanges" })

/** One place of a client. */
export const ClientLocation = Schema.Struct({
  tenant: Uuid,
  location_id: Uuid,
  client_id: Uuid,
  location_name: NullableText,
  address_line1: NullableText,
  address_line2: NullableText,
  address_line3: NullableText,
  city: NullableText,
  state_province: NullableText,
  postal_code: NullableText,
  country_code: NullableText,
  country_name: NullableText,
  region_code: NullableText,
  is_billing_address: Schema.Boolean,
  is_shipping_address: Schema.Boolean,
  is_default: Schema.Boolean,
  phone: NullableText,
  fax: NullableText,
  email: NullableText,
  notes: NullableText,
  is_active: Schema.Boolean,
  created_at: Timestamp,
  updated_at: Timestamp
}).annotate({ identifier: "ClientLocation" })
