/** Which tickets a query finds. */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql"
import type { SqlError } from "effect/sql/SqlError"
import type { Fragment } from "effect/sql/Statement"
import type { Caller } from "../domain/Actor.ts"
import type * as List from "../domain/List.ts"
import type { SearchField } from "../domain/TicketSearch.ts"
import { conditions, containing, numberContains } from "./list.ts"
import { refersToNamed } from "./namedReferences.ts"
import { readableTickets } from "./ticketAccess.ts"
import { TicketList } from "./ticketRows.ts"

/** The tickets that have the text in any of the fields. Each alternative has an index of its own. */
export const ticketSearch = (
  sql: SqlClient.SqlClient,
  tenant: string,
  text: string,
  fields: ReadonlyArray<SearchField>
): Effect.Effect<Fragment, SqlError> =>
  Effect.map(
    Effect.forEach(fields, (field) => alternative(sql, tenant, text, field), { concurrency: "unbounded" }),
    sql.or
  )

const alternative = (
  sql: SqlClient.SqlClient,
  tenant: string,
  text: string,
  field: SearchField
): Effect.Effect<Fragment, SqlError> => {
  switch (field) {
    case "title":
      return Effect.succeed(sql`t.title ILIKE ${containing(text)}`)
    case "ticket_number":
      return Effect.succeed(numberContains(sql, sql`t.ticket_number`, text))
    case "client_name":
      return refersToNamed(sql, tenant, client, text)
    case "contact_name":
      return refersToNamed(sql, tenant, contact, text)
  }
}

const client = { column: "t.client_id", table: "clients", id: "client_id", name: "client_name" }
const contact = { column: "t.contact_name_id", table: "contacts", id: "contact_name_id", name: "full_name" }

/** The tickets that the caller may read and the query's filters and `search` find. */
export const ticketConditions = (
  sql: SqlClient.SqlClient,
  caller: Caller,
  query: List.Query
): Effect.Effect<ReadonlyArray<Fragment>, SqlError> => {
  const found = [
    sql`t.tenant = ${caller.tenant}`,
    ...readableTickets(sql, caller),
    ...conditions(sql, TicketList, query)
  ]
  if (query.search === undefined) return Effect.succeed(found)
  const searched = ticketSearch(sql, caller.tenant, query.search, ["title", "ticket_number", "client_name"])
  return Effect.map(searched, (search) => [...found, search])
}

/** Whether the query goes through changes from the oldest to the latest, to see every one of them once. */
export const isSyncOrder = (query: List.Query & { readonly updated_from?: unknown }): boolean =>
  query.sort === "updated_at" &&
  query.order === "asc" &&
  (query.cursor !== undefined || query.updated_from !== undefined)

/**
 * Until when the times of change are all told. A transaction that is writing just now may commit an earlier change than
 * one that can be seen already: whoever passed that one would never see it.
 */
export const settledUntil = (sql: SqlClient.SqlClient) =>
  Effect.map(sql<{ readonly until: string }>`SELECT settled_until() AS until`, ([row]) => row!.until)
