/** Clients. Their email address, telephone and address are those of their default location. */
import { Context, Effect, Layer, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { Actor } from "../domain/Actor.ts"
import {
  billingCycles,
  Client,
  type ClientChanges,
  type ClientLocation,
  clientTypes,
  type NewClient
} from "../domain/Client.ts"
import { BadReference, Conflict, NotFound, type ValidationFailed } from "../domain/Errors.ts"
import * as List from "../domain/List.ts"
import { columnsOf } from "./columns.ts"
import { refusing, unfailing } from "./constraints.ts"
import { dependencies } from "./dependencies.ts"
import { recordEvent } from "./events.ts"
import { newId } from "./ids.ts"
import { conditions, page } from "./list.ts"
import { personName } from "./personName.ts"

/** Nothing keeps credits yet, so that what remains of them is nothing. */
const creditBalance = "0::float8"

export const ClientList = List.make({
  filters: {
    client_name: List.contains("c.client_name"),
    email: List.contains("l.email"),
    client_type: List.oneOf("c.client_type", clientTypes),
    billing_cycle: List.oneOf("c.billing_cycle", billingCycles),
    is_inactive: List.flag("c.is_inactive"),
    is_active: List.flag("(NOT c.is_inactive)"),
    is_tax_exempt: List.flag("c.is_tax_exempt"),
    account_manager_id: List.id("c.account_manager_id"),
    region_code: List.equals("c.region_code"),
    credit_balance_min: List.custom(Schema.Finite, `${creditBalance} >= $`, "float8"),
    credit_balance_max: List.custom(Schema.Finite, `${creditBalance} <= $`, "float8"),
    has_credit_limit: List.present("c.credit_limit"),
    industry: List.equals("c.properties->>'industry'"),
    company_size: List.equals("c.properties->>'company_size'"),
    created_from: List.from("c.created_at"),
    created_to: List.to("c.created_at"),
    updated_from: List.from("c.updated_at"),
    updated_to: List.to("c.updated_at")
  },
  sorts: {
    created_at: List.byTime("c.created_at"),
    updated_at: List.byTime("c.updated_at"),
    client_name: "c.client_name",
    name: "c.client_name",
    client_type: List.orNull(List.byText("c.client_type")),
    billing_cycle: List.orNull(List.byText("c.billing_cycle")),
    is_inactive: List.byFlag("c.is_inactive"),
    is_tax_exempt: List.byFlag("c.is_tax_exempt"),
    credit_limit: List.orNull(List.byNumber("c.credit_limit")),
    lifecycle_status: List.orNull(List.byText("c.lifecycle_status")),
    region_code: List.orNull(List.byText("c.region_code")),
    url: List.orNull(List.byText("c.url")),
    email: List.orNull(List.byText("l.email"))
  },
  defaultSort: "created_at",
  defaultOrder: "desc",
  id: "c.client_id",
  search: ["c.client_name", "l.email", "l.phone", "c.url"]
})

type Row = typeof Client.Type
type Location = typeof ClientLocation.Type

export class ClientService extends Context.Service<
  ClientService,
  {
    readonly list: (query: List.Query) => Effect.Effect<List.Page<Row>, ValidationFailed, Actor>
    readonly get: (id: string) => Effect.Effect<Row, NotFound, Actor>
    readonly create: (input: typeof NewClient.Type) => Effect.Effect<Row, Conflict | BadReference, Actor>
    /** Changes what is given. A client that becomes inactive takes its contacts, and their logins, along. */
    readonly update: (
      id: string,
      changes: typeof ClientChanges.Type
    ) => Effect.Effect<Row, NotFound | Conflict | BadReference, Actor>
    /** Deletes a client that nothing belongs to any more, with its locations. */
    readonly delete: (id: string) => Effect.Effect<void, NotFound | Conflict, Actor>
    /** The client's locations, the default one first, then by name. */
    readonly locations: (id: string) => Effect.Effect<ReadonlyArray<Location>, NotFound, Actor>
  }
>()("psa/ClientService") {
  static readonly layer = Layer.effect(
    ClientService,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient

      const columns = columnsOf(Client, "c", {
        email: "l.email",
        phone_no: "l.phone",
        address: "l.address_line1",
        account_manager_full_name: personName("m"),
        credit_balance: creditBalance,
        logoUrl: "NULL"
      })
      const from = `clients c
        LEFT JOIN client_locations l ON l.tenant = c.tenant AND l.client_id = c.client_id AND l.is_default
        LEFT JOIN users m ON m.tenant = c.tenant AND m.user_id = c.account_manager_id`
      const selected = sql.literal(`SELECT ${columns.text} FROM ${from}`)

      const list = Effect.fn("ClientService.list")(function* (query: List.Query) {
        const { tenant } = yield* Actor
        const where = sql.and([sql`c.tenant = ${tenant}`, ...conditions(sql, ClientList, query)])
        return yield* page(sql, ClientList, query, { columns, from, where })
      })

      const read = Effect.fnUntraced(function* (tenant: string, id: string) {
        const [client] = yield* sql<Row>`${selected}
          WHERE c.tenant = ${tenant} AND c.client_id = ${id}`
        return client ?? (yield* NotFound.of("client"))
      })

      const get = Effect.fn("ClientService.get")(function* (id: string) {
        const { tenant } = yield* Actor
        return yield* read(tenant, id)
      }, unfailing)

      /** Writes to the client's default location, which is made if there is something to write. */
      const writeLocation = (tenant: string, id: string, values: LocationColumns) => {
        if (Object.keys(values).length === 0) return Effect.void
        const changed = sql`${sql.update(values)}, updated_at = now()`
        if (Object.values(values).every((value) => value === null)) {
          return sql`UPDATE client_locations SET ${changed}
            WHERE tenant = ${tenant} AND client_id = ${id} AND is_default`
        }
        const row = { tenant, location_id: newId(), client_id: id, location_name: "Main", is_default: true, ...values }
        return sql`INSERT INTO client_locations ${sql.insert(row)}
          ON CONFLICT (tenant, client_id) WHERE is_default DO UPDATE SET ${changed}`
      }

      const create = Effect.fn("ClientService.create")(
        function* (input: typeof NewClient.Type) {
          const { tenant, userId } = yield* Actor
          const client_id = newId()
          yield* sql`INSERT INTO clients ${sql.insert({ tenant, client_id, ...clientColumns(input) })}`
          const location = locationColumns(input)
          if (Object.values(location).some((value) => value !== null)) {
            yield* writeLocation(tenant, client_id, location)
          }
          const client = yield* Effect.catchTag(read(tenant, client_id), "NotFound", Effect.die)
          const { account_manager_id, billing_cycle, client_name, client_type, is_inactive } = client
          yield* recordEvent(sql, {
            tenant,
            userId,
            type: "CLIENT_CREATED",
            entityType: "client",
            entityId: client_id,
            payload: { client_name, client_type, billing_cycle, is_inactive, account_manager_id }
          })
          return client
        },
        sql.withTransaction,
        refusals
      )

      const deactivatePeople = Effect.fnUntraced(function* (tenant: string, id: string) {
        yield* sql`UPDATE contacts SET is_inactive = true, updated_at = now()
          WHERE tenant = ${tenant} AND client_id = ${id} AND NOT is_inactive`
        yield* sql`UPDATE users SET is_inactive = true, updated_at = now()
          WHERE tenant = ${tenant} AND user_type = 'client' AND NOT is_inactive AND contact_id IN
            (SELECT contact_name_id FROM contacts WHERE tenant = ${tenant} AND client_id = ${id})`
      })

      const update = Effect.fn("ClientService.update")(
        function* (id: string, changes: typeof ClientChanges.Type) {
          const { tenant, userId } = yield* Actor
          const [before] = yield* sql<Row>`${selected}
            WHERE c.tenant = ${tenant} AND c.client_id = ${id} FOR NO KEY UPDATE OF c`
          if (before === undefined) return yield* NotFound.of("client")
          if (Object.keys(changes).length === 0) return before
          const values = clientColumns(changes)
          const assignments = Object.keys(values).length === 0 ? [] : [sql`${sql.update(values)}`]
          yield* sql`UPDATE clients SET ${sql.csv([...assignments, sql`updated_at = now()`])}
            WHERE tenant = ${tenant} AND client_id = ${id}`
          yield* writeLocation(tenant, id, locationColumns(changes))
          if (changes.is_inactive === true) yield* deactivatePeople(tenant, id)
          const after = yield* read(tenant, id)
          const changed = differences(before, after)
          if (Object.keys(changed).length > 0) {
            yield* recordEvent(sql, {
              tenant,
              userId,
              type: "CLIENT_UPDATED",
              entityType: "client",
              entityId: after.client_id,
              payload: { changes: changed }
            })
          }
          return after
        },
        sql.withTransaction,
        refusals
      )

      const dependents = (tenant: string, id: string) => [
        {
          type: "contact",
          label: "contacts",
          count: sql`SELECT count(*) FROM contacts WHERE tenant = ${tenant} AND client_id = ${id}`
        },
        {
          type: "ticket",
          label: "tickets",
          count: sql`SELECT count(*) FROM tickets WHERE tenant = ${tenant} AND client_id = ${id}`
        },
        {
          type: "asset",
          label: "assets",
          count: sql`SELECT count(*) FROM assets WHERE tenant = ${tenant} AND client_id = ${id}`
        },
        {
          type: "stock_unit",
          label: "stock units",
          count: sql`SELECT count(*) FROM stock_units WHERE tenant = ${tenant} AND client_id = ${id}`
        },
        {
          type: "document",
          label: "documents",
          count: sql`SELECT count(*) FROM document_associations
            WHERE tenant = ${tenant} AND entity_type = 'client' AND entity_id = ${id}`
        }
      ]

      const remove = Effect.fn("ClientService.delete")(
        function* (id: string) {
          const { tenant, userId } = yield* Actor
          // Whoever makes something of this client waits here until it is gone.
          const [client] = yield* sql<Pick<Row, "client_id" | "client_name" | "is_default">>`
            SELECT client_id, client_name, is_default FROM clients
            WHERE tenant = ${tenant} AND client_id = ${id} FOR UPDATE`
          if (client === undefined) return yield* NotFound.of("client")
          if (client.is_default) {
            return yield* Conflict.because(
              "This is the tenant's default client: make another one the default before deleting it"
            )
          }
          yield* dependencies(sql, "client", dependents(tenant, id))
          yield* sql`DELETE FROM tag_mappings
            WHERE tenant = ${tenant} AND tagged_type = 'client' AND tagged_id = ${id}`
          yield* sql`DELETE FROM clients WHERE tenant = ${tenant} AND client_id = ${id}`
          yield* recordEvent(sql, {
            tenant,
            userId,
            type: "CLIENT_DELETED",
            entityType: "client",
            entityId: client.client_id,
            payload: { client_name: client.client_name }
          })
        },
        sql.withTransaction,
        refusing<Conflict>({
          contacts_client_fkey: () => Conflict.because("The client has contacts"),
          tickets_client_fkey: () => Conflict.because("The client has tickets"),
          assets_client_fkey: () => Conflict.because("The client has assets"),
          stock_units_client_fkey: () => Conflict.because("The client has stock units")
        })
      )

      const locations = Effect.fn("ClientService.locations")(function* (id: string) {
        const { tenant } = yield* Actor
        const found = yield* sql<Location>`SELECT * FROM client_locations WHERE tenant = ${tenant} AND client_id = ${id}
          ORDER BY is_default DESC, location_name, location_id`
        if (found.length === 0) yield* read(tenant, id)
        return found
      }, unfailing)

      return ClientService.of({ list, get, create, update, delete: remove, locations })
    })
  )
}

type LocationColumns = Readonly<Partial<Record<"email" | "phone" | "address_line1", string | null>>>

/** The part of the input that the default location keeps. */
const locationColumns = ({ address, email, phone_no }: typeof ClientChanges.Type): LocationColumns => ({
  ...(email === undefined ? {} : { email }),
  ...(phone_no === undefined ? {} : { phone: phone_no }),
  ...(address === undefined ? {} : { address_line1: address })
})

/** The part of the input that the client's own row keeps. */
const clientColumns = (input: typeof ClientChanges.Type) => {
  const { address: _, email: __, phone_no: ___, properties, url, ...columns } = input
  return {
    ...columns,
    ...(url === undefined ? {} : { url: url ?? "" }),
    ...(properties === undefined ? {} : { properties: properties === null ? null : JSON.stringify(properties) })
  }
}

/** What has changed in a row, but for when: each field's old and new value. */
const differences = (before: Row, after: Row) => {
  const known: Readonly<Record<string, unknown>> = before
  return Object.fromEntries(
    Object.entries(after)
      .filter(([name]) => name !== "updated_at")
      .filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(known[name]))
      .map(([name, value]) => [name, { old: known[name], new: value }])
  )
}

const refusals = refusing<Conflict | BadReference>({
  clients_client_name_key: () => Conflict.because("A client with this name already exists"),
  clients_account_manager_fkey: () => BadReference.to("account_manager_id", "User"),
  clients_billing_contact_fkey: () => BadReference.to("billing_contact_id", "Contact")
})
