/** What documents belong to: who may see it, how it is held while its documents change, and what is told of them. */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql"
import type { SqlError } from "effect/sql/SqlError"
import type { Fragment } from "effect/sql/Statement"
import type { Caller } from "../domain/Actor.ts"
import type { DocumentOwner } from "../domain/Document.ts"
import type { Forbidden, NotFound } from "../domain/Errors.ts"
import { admitAsset, isReadableAsset, lockAsset } from "./assetAccess.ts"
import { admit, isReadable, lockTicket } from "./ticketAccess.ts"

export interface Owner {
  /** Of its associations, and of the events about it. */
  readonly type: DocumentOwner
  /** Where it is, as `t`, and the column of its id. */
  readonly table: string
  readonly id: string
  /** May the caller read the row `t`? */
  readonly isReadable: (sql: SqlClient.SqlClient, caller: Caller) => Fragment
  /** Lets pass what was found and may be read. */
  readonly admit: <Row extends { readonly readable: boolean }>(
    row: Row | undefined
  ) => Effect.Effect<Row, NotFound | Forbidden>
  /** Holds it until the transaction ends, if the caller may read it. */
  readonly lock: (
    sql: SqlClient.SqlClient,
    caller: Caller,
    id: string
  ) => Effect.Effect<void, NotFound | Forbidden | SqlError>
  /** What changes on it with its documents. */
  readonly touch: (sql: SqlClient.SqlClient, caller: Caller, id: string) => Effect.Effect<void, SqlError>
  /** The types of the events that tell of a document more, and of one less. */
  readonly added: string
  readonly removed: string
}

const ticket: Owner = {
  type: "ticket",
  table: "tickets",
  id: "ticket_id",
  isReadable,
  admit,
  lock: lockTicket,
  touch: (sql, { tenant, userId }, id) =>
    Effect.asVoid(sql`UPDATE tickets SET updated_by = ${userId} WHERE tenant = ${tenant} AND ticket_id = ${id}`),
  added: "TICKET_DOCUMENT_ADDED",
  removed: "TICKET_DOCUMENT_REMOVED"
}

const asset: Owner = {
  type: "asset",
  table: "assets",
  id: "asset_id",
  isReadable: (sql, caller) => isReadableAsset(sql, caller, "t"),
  admit: admitAsset,
  lock: lockAsset,
  // A document that was taken from the asset is not its notes any more.
  touch: (sql, { tenant }, id) =>
    Effect.asVoid(sql`UPDATE assets a SET notes_document_id = NULL
      WHERE a.tenant = ${tenant} AND a.asset_id = ${id} AND a.notes_document_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM document_associations x WHERE x.tenant = a.tenant AND x.entity_type = 'asset'
          AND x.entity_id = a.asset_id AND x.document_id = a.notes_document_id)`),
  added: "ASSET_DOCUMENT_ADDED",
  removed: "ASSET_DOCUMENT_REMOVED"
}

export const owners: Readonly<Record<DocumentOwner, Owner>> = { ticket, asset }

/**
 * Whether the caller may read the document `d`: where reading is narrowed, one that belongs to nothing but what is out of
 * their sight is out of it too.
 */
export const isReadableDocument = (sql: SqlClient.SqlClient, caller: Caller): Fragment => {
  if (caller.scopes === undefined) return sql`true`
  const associations = sql`document_associations x WHERE x.tenant = d.tenant AND x.document_id = d.document_id`
  const all = Object.values(owners)
  return sql.or([
    sql`NOT EXISTS (SELECT FROM ${associations})`,
    sql`EXISTS (SELECT FROM ${associations} AND x.entity_type <> ALL(${all.map(({ type }) => type)}::text[]))`,
    ...all.map(
      (owner) => sql`EXISTS (SELECT FROM ${associations} AND x.entity_type = ${owner.type} AND EXISTS (
        SELECT FROM ${sql.literal(owner.table)} t WHERE t.tenant = x.tenant AND t.${sql.literal(owner.id)} = x.entity_id
          AND ${owner.isReadable(sql, caller)}))`
    )
  ])
}

/** A document that was taken from what it belonged to. */
export interface Released {
  readonly document_id: string
  readonly document_name: string
}

/**
 * Takes a document, or all of them, from what they belong to, and deletes those that belong to nothing any more. Their
 * content goes later. To be called in a transaction that holds the owner.
 */
export const releaseDocuments = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  tenant: string,
  ownerType: string,
  ownerId: string,
  documentId?: string
) {
  // Whoever takes it from something else waits here, so that one of us sees that it belongs to nothing.
  const released = yield* sql<Released>`SELECT d.document_id, d.document_name FROM document_associations x
    JOIN documents d ON d.tenant = x.tenant AND d.document_id = x.document_id
    WHERE x.tenant = ${tenant} AND x.entity_type = ${ownerType} AND x.entity_id = ${ownerId}
      AND x.document_id = coalesce(${documentId ?? null}::uuid, x.document_id)
    ORDER BY d.document_id FOR UPDATE OF d`
  if (released.length === 0) return released
  const ids = released.map(({ document_id }) => document_id)
  yield* sql`DELETE FROM document_associations
    WHERE tenant = ${tenant} AND entity_type = ${ownerType} AND entity_id = ${ownerId} AND document_id = ANY(${ids}::uuid[])`
  yield* sql`DELETE FROM documents d WHERE tenant = ${tenant} AND document_id = ANY(${ids}::uuid[]) AND NOT EXISTS (
    SELECT FROM document_associations x WHERE x.tenant = d.tenant AND x.document_id = d.document_id)`
  return released
})
