/** Rows that tests need and do not test: put straight into the database. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { newId } from "../../src/services/ids.ts"
import type { TestTenant } from "./service.ts"

type Values = Readonly<Record<string, string | number | boolean | null>>

let counter = 0

const insert = Effect.fnUntraced(function* (table: string, values: Values) {
  const sql = yield* SqlClient.SqlClient
  yield* sql`INSERT INTO ${sql(table)} ${sql.insert(values)}`
}, Effect.orDie)

/** A new client; its id. */
export const makeClient = Effect.fnUntraced(function* ({ tenant: { tenant } }: TestTenant, values: Values = {}) {
  const client_id = newId()
  yield* insert("clients", { tenant, client_id, client_name: `Client ${++counter}`, ...values })
  return client_id
})

/** A new active location of a client; its id. */
export const makeLocation = Effect.fnUntraced(function* (
  { tenant: { tenant } }: TestTenant,
  client: string,
  values: Values = {}
) {
  const location_id = newId()
  yield* insert("client_locations", { tenant, location_id, client_id: client, ...values })
  return location_id
})

/** What a new ticket can refer to: the tenant's default board with its statuses by name, and a priority. */
export const references = Effect.fnUntraced(function* ({ tenant: { tenant } }: TestTenant) {
  const sql = yield* SqlClient.SqlClient
  const statuses = yield* sql<{ readonly board_id: string; readonly status_id: string; readonly name: string }>`
    SELECT s.board_id, s.status_id, s.name FROM statuses s
    JOIN boards b ON b.tenant = s.tenant AND b.board_id = s.board_id AND b.is_default WHERE s.tenant = ${tenant}`
  const [priority] = yield* sql<{ readonly priority_id: string }>`
    SELECT priority_id FROM priorities WHERE tenant = ${tenant} ORDER BY order_number LIMIT 1`
  return {
    board_id: statuses[0]!.board_id,
    statuses: Object.fromEntries(statuses.map(({ name, status_id }) => [name, status_id])),
    priority_id: priority!.priority_id
  }
}, Effect.orDie)

/** A new open ticket, of a new client unless one is given; its id. */
export const makeTicket = Effect.fnUntraced(function* (tenant: TestTenant, values: Values = {}) {
  const { board_id, priority_id, statuses } = yield* references(tenant)
  const ticket_id = newId()
  const ticket_number = `TEST${++counter}`
  yield* insert("tickets", {
    tenant: tenant.tenant.tenant,
    ticket_id,
    ticket_number,
    title: `Ticket ${ticket_number}`,
    board_id,
    status_id: statuses["New"]!,
    priority_id,
    ...values,
    client_id: values["client_id"] ?? (yield* makeClient(tenant))
  })
  return ticket_id
})

/** A new asset, of a new client unless one is given; its id. */
export const makeAsset = Effect.fnUntraced(function* (tenant: TestTenant, values: Values = {}) {
  const asset_id = newId()
  const number = ++counter
  yield* insert("assets", {
    tenant: tenant.tenant.tenant,
    asset_id,
    asset_tag: `A${number}`,
    name: `Asset ${number}`,
    status: "active",
    ...values,
    client_id: values["client_id"] ?? (yield* makeClient(tenant))
  })
  return asset_id
})

/** A contact, of a client if one is given. */
export const makeContact = Effect.fnUntraced(function* ({ tenant: { tenant } }: TestTenant, values: Values = {}) {
  const contact_name_id = newId()
  const email = `contact${++counter}@contacts.example`
  yield* insert("contacts", { tenant, contact_name_id, full_name: `Contact ${counter}`, email, ...values })
  return contact_name_id
})

/** A new active internal user, who has no roles and cannot log in; its id. */
export const makeUser = Effect.fnUntraced(function* ({ tenant: { tenant } }: TestTenant, values: Values = {}) {
  const user_id = newId()
  const username = `person${++counter}`
  yield* insert("users", {
    tenant,
    user_id,
    username,
    hashed_password: "none",
    email: `${username}@people.example`,
    first_name: "Person",
    last_name: String(counter),
    ...values
  })
  return user_id
})

/** A new team of these users, led by the first of them unless `manager_id` says otherwise; its id. */
export const makeTeam = Effect.fnUntraced(function* (
  { tenant: { tenant } }: TestTenant,
  members: ReadonlyArray<string> = [],
  values: Values = {}
) {
  const team_id = newId()
  yield* insert("teams", {
    tenant,
    team_id,
    team_name: `Team ${++counter}`,
    manager_id: members[0] ?? null,
    ...values
  })
  yield* Effect.forEach(members, (user_id) => insert("team_members", { tenant, team_id, user_id }))
  return team_id
})

/** A new active product, kept in stock as `inventory` says, or else not; its id. */
export const makeProduct = Effect.fnUntraced(function* (
  { tenant: { tenant } }: TestTenant,
  values: Values = {},
  inventory?: Values
) {
  const service_id = newId()
  const number = ++counter
  const custom_service_type_id = newId()
  yield* insert("service_types", { tenant, id: custom_service_type_id, name: `Hardware ${number}` })
  yield* insert("service_catalog", {
    tenant,
    service_id,
    service_name: `Product ${number}`,
    custom_service_type_id,
    billing_method: "usage",
    unit_of_measure: "piece",
    item_kind: "product",
    ...values
  })
  if (inventory !== undefined) yield* insert("product_inventory_settings", { tenant, service_id, ...inventory })
  return service_id
})

/** Stock of a product at a new location, which has `place` of its own; the location's id. */
export const makeStock = Effect.fnUntraced(function* (
  { tenant: { tenant } }: TestTenant,
  product: string,
  quantity: number,
  { level = {}, place = {} }: { readonly level?: Values; readonly place?: Values } = {}
) {
  const location_id = newId()
  yield* insert("stock_locations", { tenant, location_id, name: `Shelf ${++counter}`, ...place })
  yield* insert("stock_levels", { tenant, service_id: product, location_id, quantity_on_hand: quantity, ...level })
  return location_id
})

/** A unit of a serialized product that lies at a location, whose level counts it already; its id. */
export const makeUnit = Effect.fnUntraced(function* (
  { tenant: { tenant } }: TestTenant,
  product: string,
  location: string | null,
  values: Values = {}
) {
  const unit_id = newId()
  const serial_number = `SN${++counter}`
  yield* insert("stock_units", {
    tenant,
    unit_id,
    service_id: product,
    serial_number,
    location_id: location,
    ...values
  })
  return unit_id
})
