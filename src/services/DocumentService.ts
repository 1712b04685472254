/** Documents: files that belong to something. Their content is in the store, all else of them in the database. */
import { Context, Effect, Layer, type Scope, type Stream } from "effect"
import { SqlClient } from "effect/sql"
import { Actor, type Caller } from "../domain/Actor.ts"
import type { ByteRange } from "../domain/ByteRange.ts"
import { Document, type DocumentOwner, kindOf } from "../domain/Document.ts"
import { type BadGateway, type Forbidden, NotFound } from "../domain/Errors.ts"
import { type Content, ContentStore, type Received } from "./ContentStore.ts"
import { columnsOf } from "./columns.ts"
import { unfailing } from "./constraints.ts"
import { type Owner, owners, releaseDocuments } from "./documentOwners.ts"
import { recordEvent } from "./events.ts"
import { newId } from "./ids.ts"
import { personName } from "./personName.ts"

type Row = typeof Document.Type

type Refused = NotFound | Forbidden

/** Content that is in the store, for a document that is about to be. */
export interface KeptFile {
  readonly file_id: string
  /** In bytes. */
  readonly size: number
}

export interface NewDocument {
  readonly name: string
  /** Its media type. */
  readonly type: string
  readonly file: KeptFile
}

/** A document that can be read. */
export interface OpenDocument {
  readonly document: Row
  readonly sha256: string
  /** The bytes, or a part of them, for as long as the scope is open. */
  readonly read: (
    range?: ByteRange
  ) => Effect.Effect<Stream.Stream<Uint8Array, BadGateway>, Refused | BadGateway, Scope.Scope>
}

export class DocumentService extends Context.Service<
  DocumentService,
  {
    /** Fails unless the owner is there and the caller may read it. */
    readonly check: (ownerType: DocumentOwner, ownerId: string) => Effect.Effect<void, Refused, Actor>
    /** The documents of something, those that changed last first. */
    readonly list: (ownerType: DocumentOwner, ownerId: string) => Effect.Effect<ReadonlyArray<Row>, Refused, Actor>
    readonly open: (
      ownerType: DocumentOwner,
      ownerId: string,
      documentId: string
    ) => Effect.Effect<OpenDocument, Refused, Actor>
    /** Takes bytes in, hashing and counting them as they pass. They are gone with the scope, unless they are kept. */
    readonly receive: ContentStore["Service"]["receive"]
    /**
     * Keeps what was received in the tenant's store. What no document takes within the hour goes again. Not to be called in
     * a transaction: that the content is there has to be known even if what comes next fails.
     */
    readonly keep: (received: Received) => Effect.Effect<KeptFile, BadGateway, Actor>
    /** Gives something a document. */
    readonly attach: (
      ownerType: DocumentOwner,
      ownerId: string,
      input: NewDocument
    ) => Effect.Effect<Row, Refused, Actor>
    /** Takes a document from something, and deletes it if it belongs to nothing else. */
    readonly detach: (
      ownerType: DocumentOwner,
      ownerId: string,
      documentId: string
    ) => Effect.Effect<void, Refused, Actor>
  }
>()("psa/DocumentService") {
  static readonly layer = Layer.effect(
    DocumentService,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const store = yield* ContentStore
      const columns = columnsOf(Document, "d", {
        created_by_full_name: personName("u"),
        association_id: "x.association_id",
        association_created_at: "x.created_at"
      })

      /** The owner once for each of its documents, or for the one that is asked for; once alone, if there is none. */
      const rows = (actor: Caller, owner: Owner, ownerId: string, documentId?: string) =>
        sql<Found>`SELECT ${owner.isReadable(sql, actor)} AS readable, f.content_hash, ${sql.literal(columns.text)}
          FROM ${sql.literal(owner.table)} t
          LEFT JOIN document_associations x ON x.tenant = t.tenant AND x.entity_type = ${owner.type}
            AND x.entity_id = t.${sql.literal(owner.id)}
            AND x.document_id = coalesce(${documentId ?? null}::uuid, x.document_id)
          LEFT JOIN documents d ON d.tenant = x.tenant AND d.document_id = x.document_id
          LEFT JOIN external_files f ON f.tenant = d.tenant AND f.file_id = d.file_id
          LEFT JOIN users u ON u.tenant = d.tenant AND u.user_id = d.created_by
          WHERE t.tenant = ${actor.tenant} AND t.${sql.literal(owner.id)} = ${ownerId}
          ORDER BY d.updated_at DESC, d.document_id DESC`

      const one = Effect.fnUntraced(function* (actor: Caller, owner: Owner, ownerId: string, documentId: string) {
        const [row] = yield* rows(actor, owner, ownerId, documentId)
        const found = yield* owner.admit(row)
        return isDocument(found) ? found : yield* NotFound.of("document")
      })

      const check = Effect.fn("DocumentService.check")(function* (ownerType: DocumentOwner, ownerId: string) {
        const actor = yield* Actor
        const owner = owners[ownerType]
        const [row] = yield* sql<Pick<Found, "readable">>`SELECT ${owner.isReadable(sql, actor)} AS readable
          FROM ${sql.literal(owner.table)} t WHERE t.tenant = ${actor.tenant} AND t.${sql.literal(owner.id)} = ${ownerId}`
        yield* owner.admit(row)
      }, unfailing)

      const list = Effect.fn("DocumentService.list")(function* (ownerType: DocumentOwner, ownerId: string) {
        const actor = yield* Actor
        const owner = owners[ownerType]
        const found = yield* rows(actor, owner, ownerId)
        yield* owner.admit(found[0])
        return found.filter(isDocument).map(documentOf)
      }, unfailing)

      const open = Effect.fn("DocumentService.open")(function* (
        ownerType: DocumentOwner,
        ownerId: string,
        documentId: string
      ) {
        const actor = yield* Actor
        const owner = owners[ownerType]
        const found = yield* one(actor, owner, ownerId, documentId)
        if (found.content_hash === null) return yield* NotFound.because("The document has no file")
        const content: Content = { tenant: actor.tenant, sha256: found.content_hash, size: found.file_size }
        const read = (range?: ByteRange) =>
          store.get(content, range).pipe(
            // Gone with its document, between that and this; or lost, which is for operators to know.
            Effect.catchTag("ContentMissing", (missing) =>
              Effect.andThen(unfailing(one(actor, owner, ownerId, documentId)), Effect.die(missing))
            )
          )
        return { document: documentOf(found), sha256: content.sha256, read }
      }, unfailing)

      const keep = Effect.fn("DocumentService.keep")(function* (received: Received) {
        const { tenant } = yield* Actor
        const { sha256, size } = received
        // Committed before the store is told: so what it holds is known, and nobody takes it for forgotten.
        const [file] = yield* unfailing(sql<Pick<KeptFile, "file_id">>`
          INSERT INTO external_files AS f ${sql.insert({ tenant, file_id: newId(), content_hash: sha256, file_size: size })}
          ON CONFLICT (tenant, content_hash) DO UPDATE SET used_at = now() RETURNING f.file_id`)
        yield* store.put(tenant, received)
        return { file_id: file!.file_id, size }
      })

      const tell = (actor: Caller, owner: Owner, ownerId: string, document: string, type: string, change: object) =>
        Effect.andThen(
          recordEvent(sql, {
            tenant: actor.tenant,
            userId: actor.userId,
            type,
            entityType: owner.type,
            entityId: ownerId,
            payload: { document_id: document, changes: { document: change } }
          }),
          owner.touch(sql, actor, ownerId)
        )

      const attach = Effect.fn("DocumentService.attach")(
        function* (ownerType: DocumentOwner, ownerId: string, { file, name, type }: NewDocument) {
          const actor = yield* Actor
          const { tenant, userId } = actor
          const owner = owners[ownerType]
          yield* owner.lock(sql, actor, ownerId)
          const document_id = newId()
          yield* sql`INSERT INTO documents ${sql.insert({
            tenant,
            document_id,
            document_name: name,
            ...kindOf(type),
            mime_type: type,
            file_size: file.size,
            file_id: file.file_id,
            created_by: userId
          })}`
          yield* sql`INSERT INTO document_associations ${sql.insert({
            tenant,
            association_id: newId(),
            document_id,
            entity_type: owner.type,
            entity_id: ownerId
          })}`
          yield* tell(actor, owner, ownerId, document_id, owner.added, { old: null, new: name })
          return documentOf(yield* one(actor, owner, ownerId, document_id))
        },
        sql.withTransaction,
        unfailing
      )

      const detach = Effect.fn("DocumentService.detach")(
        function* (ownerType: DocumentOwner, ownerId: string, documentId: string) {
          const actor = yield* Actor
          const owner = owners[ownerType]
          yield* owner.lock(sql, actor, ownerId)
          const [released] = yield* releaseDocuments(sql, actor.tenant, owner.type, ownerId, documentId)
          if (released === undefined) return yield* NotFound.of("document")
          const { document_id, document_name } = released
          yield* tell(actor, owner, ownerId, document_id, owner.removed, { old: document_name, new: null })
        },
        sql.withTransaction,
        unfailing
      )

      return DocumentService.of({ check, list, open, receive: store.receive, keep, attach, detach })
    })
  )
}

interface FoundDocument extends Row {
  readonly readable: boolean
  /** Absent, if it has no file. */
  readonly content_hash: string | null
}

/** An owner, and perhaps a document of it. */
type Found = FoundDocument | { readonly readable: boolean; readonly document_id: null }

const isDocument = (found: Found): found is FoundDocument => found.document_id !== null

const documentOf = ({ content_hash, readable, ...document }: FoundDocument): Row => document
