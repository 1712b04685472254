/** Rows that tests need and do not test: put straight into the database. Each returns the id of what it made. */
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

/** A client of the tenant's. */
export const makeClient = Effect.fnUntraced(function* ({ tenant }: TestTenant, values: Values = {}) {
  const client_id = newId()
  yield* insert("clients", { tenant: tenant.tenant, client_id, client_name: `Client ${++counter}`, ...values })
  return client_id
})

/** An active location of a client's. */
export const makeLocation = Effect.fnUntraced(function* ({ tenant }: TestTenant, client: string, values: Values = {}) {
  const location_id = newId()
  yield* insert("client_locations", { tenant: tenant.tenant, location_id, client_id: client, ...values })
  return location_id
})

/** An open ticket on the tenant's first board, of a client of its own unless one is given. */
export const makeTicket = Effect.fnUntraced(function* (tenant: TestTenant, values: Values = {}) {
  const sql = yield* SqlClient.SqlClient
  const id = tenant.tenant.tenant
  const ticket_id = newId()
  const client_id = values["client_id"] ?? (yield* makeClient(tenant))
  const [first] = yield* sql<{ readonly board_id: string; readonly status_id: string; readonly priority_id: string }>`
    SELECT s.board_id, s.status_id, p.priority_id
    FROM boards b JOIN statuses s ON s.tenant = b.tenant AND s.board_id = b.board_id
    JOIN priorities p ON p.tenant = b.tenant AND p.item_type = 'ticket'
    WHERE b.tenant = ${id} AND NOT s.is_closed
    ORDER BY b.display_order, s.order_number, p.order_number LIMIT 1`.pipe(Effect.orDie)
  const number = `TEST${++counter}`
  yield* insert("tickets", {
    tenant: id,
    ticket_id,
    ticket_number: number,
    title: `Ticket ${number}`,
    ...first!,
    ...values,
    client_id
  })
  return ticket_id
})
