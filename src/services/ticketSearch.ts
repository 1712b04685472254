/** Which tickets a query finds. */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql"
import type { Fragment } from "effect/sql/Statement"
import type { Caller } from "../domain/Actor.ts"
import type * as List from "../domain/List.ts"
import type { SearchField } from "../domain/TicketSearch.ts"
import { conditions, containing } from "./list.ts"
import { readableTickets } from "./ticketAccess.ts"
import { TicketList } from "./ticketRows.ts"

/**
 * The tickets that have the text in any of the fields. Each alternative has an index of its own: names are looked up
 * first, so that no join stands between a ticket and its index.
 */
export const ticketSearch = (
  sql: SqlClient.SqlClient,
  tenant: string,
  text: string,
  fields: ReadonlyArray<SearchField>
): Fragment => {
  const pattern = containing(text)
  const alternatives: Readonly<Record<SearchField, Fragment>> = {
    title: sql`t.title ILIKE ${pattern}`,
    ticket_number: sql`t.ticket_number ILIKE ${pattern}`,
    client_name: sql`t.client_id = ANY(ARRAY(SELECT client_id FROM clients
      WHERE tenant = ${tenant} AND client_name ILIKE ${pattern}))`,
    contact_name: sql`t.contact_name_id = ANY(ARRAY(SELECT contact_name_id FROM contacts
      WHERE tenant = ${tenant} AND full_name ILIKE ${pattern}))`
  }
  return sql.or(fields.map((field) => alternatives[field]))
}

/** The tickets that the caller may read and the query's filters and `search` find. */
export const ticketConditions = (
  sql: SqlClient.SqlClient,
  caller: Caller,
  query: List.Query
): ReadonlyArray<Fragment> => [
  sql`t.tenant = ${caller.tenant}`,
  ...readableTickets(sql, caller),
  ...conditions(sql, TicketList, query),
  ...(query.search === undefined
    ? []
    : [ticketSearch(sql, caller.tenant, query.search, ["title", "ticket_number", "client_name"])])
]

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
