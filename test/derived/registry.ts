/**
 * How to make a row of each kind of thing that a path can name, in any tenant. A kind is the path's segment before the
 * parameter: `tickets` in `/api/v1/tickets/:id`; or all of the path before it, where that segment has several meanings. An
 * endpoint whose kind is missing here fails its tests.
 */
import { randomUUID } from "node:crypto"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import type { SqlError } from "effect/sql/SqlError"
import type { ContentStore } from "../../src/services/ContentStore.ts"
import { newId } from "../../src/services/ids.ts"
import type { CreatedTenant } from "../../src/services/TenantService.ts"
import { makeDocument } from "../support/documents.ts"
import { type Endpoint, installed } from "./declared.ts"

type Making = Effect.Effect<string, SqlError, SqlClient.SqlClient | ContentStore>

export interface Kind {
  /** Where its rows are, and the column of their id. */
  readonly table: string
  readonly column: string
  /** Makes a row, of the thing with the id `parent` where the path has one before it. */
  readonly make: (owner: CreatedTenant, parent: string | undefined) => Making
}

type Values = Readonly<Record<string, unknown>>

type Filling = Effect.Effect<Values, SqlError, SqlClient.SqlClient | ContentStore>

const kind = (
  table: string,
  column: string,
  values: (owner: CreatedTenant, parent: string | undefined, id: string) => Values | Filling
): Kind => ({
  table,
  column,
  make: Effect.fnUntraced(function* (owner: CreatedTenant, parent: string | undefined) {
    const sql = yield* SqlClient.SqlClient
    const id = newId()
    const given = values(owner, parent, id)
    const fields = Effect.isEffect(given) ? yield* given : given
    yield* sql`INSERT INTO ${sql(table)} ${sql.insert({ tenant: owner.tenant.tenant, [column]: id, ...fields })}`
    return id
  })
})

const unique = (what: string) => `${what} ${randomUUID().slice(0, 8)}`

const boards = kind("boards", "board_id", () => ({ board_name: unique("Board") }))
const clients = kind("clients", "client_id", () => ({ client_name: unique("Client") }))
const statuses = kind("statuses", "status_id", (owner) =>
  Effect.map(boards.make(owner, undefined), (board_id) => ({
    board_id,
    name: unique("Status"),
    status_type: "ticket",
    item_type: "ticket",
    order_number: 10,
    is_default: true
  }))
)
const priorities = kind("priorities", "priority_id", () => ({ priority_name: unique("Priority"), item_type: "ticket" }))

const ticket = Effect.fnUntraced(function* (owner: CreatedTenant) {
  const sql = yield* SqlClient.SqlClient
  const status_id = yield* statuses.make(owner, undefined)
  const [status] = yield* sql<{ readonly board_id: string }>`SELECT board_id FROM statuses
    WHERE tenant = ${owner.tenant.tenant} AND status_id = ${status_id}`
  return {
    ticket_number: unique("T"),
    title: unique("Ticket"),
    status_id,
    board_id: status!.board_id,
    client_id: yield* clients.make(owner, undefined),
    priority_id: yield* priorities.make(owner, undefined)
  }
})

const tickets = kind("tickets", "ticket_id", ticket)

/** A ticket that is bundled under another. */
const children = kind("tickets", "ticket_id", (owner, parent) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const tenant = owner.tenant.tenant
    const master_ticket_id = parent ?? (yield* tickets.make(owner, undefined))
    yield* sql`INSERT INTO ticket_bundle_settings (tenant, master_ticket_id) VALUES (${tenant}, ${master_ticket_id})
      ON CONFLICT DO NOTHING`
    return { ...(yield* ticket(owner)), master_ticket_id }
  })
)

const comments = kind("comments", "comment_id", (owner, parent, id) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const tenant = owner.tenant.tenant
    const ticket_id = parent ?? (yield* tickets.make(owner, undefined))
    const thread_id = newId()
    yield* sql`INSERT INTO comment_threads ${sql.insert({ tenant, thread_id, ticket_id, root_comment_id: id, is_internal: false })}`
    return { ticket_id, thread_id, note: "Seen", author_type: "internal", user_id: owner.user.user_id }
  })
)

/** An additional agent of a ticket, who is named by the user's id. */
const agents: Kind = {
  table: "ticket_resources",
  column: "additional_user_id",
  make: Effect.fnUntraced(function* (owner: CreatedTenant, parent: string | undefined) {
    const sql = yield* SqlClient.SqlClient
    const tenant = owner.tenant.tenant
    const ticket_id = parent ?? (yield* tickets.make(owner, undefined))
    const additional_user_id = newId()
    yield* sql`INSERT INTO users ${sql.insert({
      tenant,
      user_id: additional_user_id,
      username: unique("agent"),
      email: `${additional_user_id}@agents.example`,
      hashed_password: "none"
    })}`
    yield* sql`UPDATE tickets SET assigned_to = ${owner.user.user_id}
      WHERE tenant = ${tenant} AND ticket_id = ${ticket_id}`
    yield* sql`INSERT INTO ticket_resources ${sql.insert({ tenant, assignment_id: newId(), ticket_id, additional_user_id })}`
    return additional_user_id
  })
}

const checklist = kind("ticket_checklist_items", "checklist_item_id", (owner, parent) =>
  Effect.gen(function* () {
    const ticket_id = parent ?? (yield* tickets.make(owner, undefined))
    return { ticket_id, item_name: unique("Item"), order_number: 1 }
  })
)

const assets = kind("assets", "asset_id", (owner) =>
  Effect.map(clients.make(owner, undefined), (client_id) => ({
    client_id,
    asset_tag: unique("A"),
    name: unique("Asset"),
    status: "active"
  }))
)

/** What an asset is related to; the relationship has the related asset's id, as paths name it by either. */
const relationships: Kind = {
  table: "asset_relationships",
  column: "relationship_id",
  make: Effect.fnUntraced(function* (owner: CreatedTenant, parent: string | undefined) {
    const sql = yield* SqlClient.SqlClient
    const parent_asset_id = parent ?? (yield* assets.make(owner, undefined))
    const child_asset_id = yield* assets.make(owner, undefined)
    yield* sql`INSERT INTO asset_relationships ${sql.insert({
      tenant: owner.tenant.tenant,
      relationship_id: child_asset_id,
      parent_asset_id,
      child_asset_id,
      relationship_type: "contains"
    })}`
    return child_asset_id
  })
}

/** Schedules of the maintenance of assets. */
const maintenance = kind("asset_maintenance_schedules", "schedule_id", (owner, parent) =>
  Effect.map(parent === undefined ? assets.make(owner, undefined) : Effect.succeed(parent), (asset_id) => ({
    asset_id,
    schedule_name: unique("Schedule"),
    maintenance_type: "preventive",
    frequency: "monthly",
    next_maintenance: "2026-01-31T09:00:00.000Z",
    created_by: owner.user.user_id
  }))
)

/** What an RMM was told to do with an asset, and has done. */
const jobs = kind("rmm_jobs", "job_id", (owner, parent) =>
  Effect.gen(function* () {
    const done = new Date()
    return {
      asset_id: parent ?? (yield* assets.make(owner, undefined)),
      provider: "tacticalrmm",
      device_id: unique("agent"),
      action: "reboot",
      status: "succeeded",
      attempts: 1,
      requested_by: owner.user.user_id,
      started_at: done,
      finished_at: done
    }
  })
)

/** Products that are not kept in stock. */
const products = kind("service_catalog", "service_id", (owner) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const type = { tenant: owner.tenant.tenant, id: newId(), name: unique("Hardware") }
    yield* sql`INSERT INTO service_types ${sql.insert(type)}`
    return {
      service_name: unique("Product"),
      custom_service_type_id: type.id,
      billing_method: "usage",
      unit_of_measure: "piece",
      item_kind: "product"
    }
  })
)

const materials = kind("ticket_materials", "ticket_material_id", (owner, parent) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const ticket_id = parent ?? (yield* tickets.make(owner, undefined))
    const [ticket] = yield* sql<{ readonly client_id: string }>`SELECT client_id FROM tickets
      WHERE tenant = ${owner.tenant.tenant} AND ticket_id = ${ticket_id}`
    return {
      ticket_id,
      client_id: ticket!.client_id,
      service_id: yield* products.make(owner, undefined),
      quantity: 2,
      rate: 1500
    }
  })
)

const documents: Kind = {
  table: "documents",
  column: "document_id",
  make: Effect.fnUntraced(function* (owner: CreatedTenant, parent: string | undefined) {
    return yield* makeDocument(owner, parent ?? (yield* tickets.make(owner, undefined)), unique("Read me"))
  })
}

const assetDocuments: Kind = {
  ...documents,
  make: Effect.fnUntraced(function* (owner: CreatedTenant, parent: string | undefined) {
    return yield* makeDocument(owner, parent ?? (yield* assets.make(owner, undefined)), unique("Read me"), "asset")
  })
}

/** What makes a document one of an asset's. */
const assetAssociations = kind("document_associations", "association_id", (owner) =>
  Effect.gen(function* () {
    const document_id = yield* documents.make(owner, undefined)
    return { document_id, entity_type: "asset", entity_id: yield* assets.make(owner, undefined) }
  })
)

/** Categories of tickets. */
const ticketCategories = kind("categories", "category_id", (owner) =>
  Effect.map(boards.make(owner, undefined), (board_id) => ({ board_id, category_name: unique("Category") }))
)

/** Categories of services. */
const serviceCategories = kind("service_categories", "category_id", () => ({ category_name: unique("Category") }))

const bundles = kind("authorization_bundles", "bundle_id", () => ({ name: unique("Bundle") }))

/** Kinds whose tables only the Enterprise Edition has. */
const enterpriseKinds: Readonly<Record<string, Kind>> = {
  "authorization-bundles": bundles,
  assignments: kind("authorization_bundle_assignments", "assignment_id", (owner, parent) =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const team = { tenant: owner.tenant.tenant, team_id: newId(), team_name: unique("Team") }
      yield* sql`INSERT INTO teams ${sql.insert(team)}`
      const bundle_id = parent ?? (yield* bundles.make(owner, undefined))
      return { bundle_id, target_type: "team", target_id: team.team_id }
    })
  )
}

export const kinds: Readonly<Record<string, Kind>> = {
  ...(installed.edition.name === "enterprise" ? enterpriseKinds : {}),
  boards,
  clients,
  statuses,
  priorities,
  tickets,
  children,
  comments,
  checklist,
  "checklist-templates": kind("checklist_templates", "template_id", () => ({ template_name: unique("Template") })),
  agents,
  assets,
  jobs,
  maintenance,
  relationships,
  materials,
  documents,
  "assets/:id/documents": assetDocuments,
  "assets/documents": assetAssociations,
  ticket: ticketCategories,
  service: serviceCategories,
  tree: boards,
  "asset-types": kind("asset_type_registry", "type_id", (_owner, _parent, id) => ({
    slug: `type_${id.replaceAll("-", "")}`,
    name: unique("Type"),
    fields_schema: JSON.stringify([{ key: "size", label: "Size", type: "number", required: false }])
  })),
  "api-keys": kind("api_keys", "api_key_id", ({ user }) => ({
    api_key: randomUUID(),
    last_four: "abcd",
    user_id: user.user_id
  }))
}

/** Endpoints that ask another system, which these tests do not have. */
const elsewhere: ReadonlySet<string> = new Set(["assetRmm.remoteControl", "assetRmm.script"])

/** Has the request got as far as it can? Where another system is asked, that is a 409: there is none. */
export const succeeds = ({ id }: Endpoint, status: number) =>
  elsewhere.has(id) ? status === 409 : status >= 200 && status < 300

/** The features that endpoints are behind: on for every tenant of these tests. */
export const features: ReadonlyArray<string> = ["hudu"]

/** The kind of each of an endpoint's path parameters; one that is not registered is an error. */
export const kindsOf = ({ id, params, path }: Endpoint): ReadonlyArray<Kind> =>
  params.map(({ kind: name, name: parameter }) => {
    const before = path.slice("/api/v1/".length, path.indexOf(`/:${parameter}`))
    const known = kinds[before] ?? kinds[name]
    if (known === undefined) {
      throw new Error(`${id}: add how to make a row of "${name}" to test/derived/registry.ts`)
    }
    return known
  })

/** Rows that the path parameters of an endpoint can name, each within the one before it. */
export const rowsFor = Effect.fnUntraced(function* (endpoint: Endpoint, owner: CreatedTenant) {
  const ids: Array<string> = []
  for (const kind of kindsOf(endpoint)) ids.push(yield* kind.make(owner, ids.at(-1)))
  return ids
}, Effect.orDie)

/** The rows as they are in the database. */
export const snapshot = Effect.fnUntraced(function* (
  endpoint: Endpoint,
  owner: CreatedTenant,
  ids: ReadonlyArray<string>
) {
  const sql = yield* SqlClient.SqlClient
  const rows: Array<unknown> = []
  for (const [index, { column, table }] of kindsOf(endpoint).entries()) {
    const [found] = yield* sql<{ readonly row: unknown }>`SELECT to_jsonb(x) AS row FROM ${sql(table)} x
      WHERE tenant = ${owner.tenant.tenant} AND ${sql(column)} = ${ids[index]}::uuid`
    rows.push(found?.row)
  }
  return rows
}, Effect.orDie)
