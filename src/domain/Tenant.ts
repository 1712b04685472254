/** A tenant: one managed service provider, with everything it owns apart from every other's. */
import { Schema } from "effect"
import { AnyText, Email, Text, Timestamp, Uuid } from "./Field.ts"

export const Tenant = Schema.Struct({
  tenant: Uuid,
  client_name: Schema.String,
  email: Schema.String,
  phone_number: Schema.NullOr(Schema.String),
  industry: Schema.NullOr(Schema.String),
  plan: Schema.NullOr(Schema.String),
  product_code: Schema.Literals(["psa", "algadesk"]),
  tax_id_number: Schema.NullOr(Schema.String),
  created_at: Timestamp,
  updated_at: Timestamp
}).annotate({ identifier: "Tenant" })

/** What a new tenant is made of, and who its first administrator is. */
export const NewTenant = Schema.Struct({
  client_name: Text(255).annotate({ description: "The provider's name; no two tenants have the same" }),
  email: Email.annotate({ description: "The first administrator's email address, and the tenant's" }),
  password: Schema.optionalKey(AnyText(128)).annotate({
    description: "The first administrator's password; without one, nobody can log in with one until it is reset"
  }),
  phone_number: Schema.optionalKey(AnyText(255)),
  industry: Schema.optionalKey(AnyText(255)),
  plan: Schema.optionalKey(AnyText(255)),
  product_code: Schema.optionalKey(Schema.Literals(["psa", "algadesk"])),
  tax_id_number: Schema.optionalKey(AnyText(255))
}).annotate({ identifier: "NewTenant" })

/** The boards a tenant starts with, each with its own statuses: name, and whether it is closed. */
export const startingBoards = [
  { board_name: "Service Desk", description: "Incidents and requests from clients", is_default: true },
  { board_name: "Projects", description: "Planned work", is_default: false },
  { board_name: "Alerts", description: "What monitoring reports", is_default: false }
]

export const startingStatuses = [
  { name: "New", is_closed: false, is_default: true, color: "#3B82F6" },
  { name: "In Progress", is_closed: false, is_default: false, color: "#F59E0B" },
  { name: "Waiting for Client", is_closed: false, is_default: false, color: "#8B5CF6" },
  { name: "Resolved", is_closed: true, is_default: false, color: "#10B981" },
  { name: "Closed", is_closed: true, is_default: false, color: "#6B7280" }
]

export const startingPriorities = [
  { priority_name: "Critical", color: "#EF4444", order_number: 10 },
  { priority_name: "High", color: "#F97316", order_number: 20 },
  { priority_name: "Medium", color: "#EAB308", order_number: 30 },
  { priority_name: "Low", color: "#22C55E", order_number: 40 }
]
