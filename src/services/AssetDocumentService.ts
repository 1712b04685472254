/** Documents of assets: how those that are in the store belong to an asset. */
import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Actor, type Caller } from "../domain/Actor.ts"
import type { AssetDocument, NewAssociation } from "../domain/AssetDocument.ts"
import { Conflict, Forbidden, NotFound } from "../domain/Errors.ts"
import { admitAsset, isReadableAsset, lockAsset } from "./assetAccess.ts"
import { assetDocuments } from "./assetDocumentRows.ts"
import { assetEvent } from "./assetEvents.ts"
import { refusing, unfailing } from "./constraints.ts"
import { DocumentService, type NewDocument } from "./DocumentService.ts"
import { isReadableDocument, owners } from "./documentOwners.ts"
import { recordEvent } from "./events.ts"
import { newId } from "./ids.ts"

type Row = typeof AssetDocument.Type

type Refused = NotFound | Forbidden

export class AssetDocumentService extends Context.Service<
  AssetDocumentService,
  {
    /** The documents of an asset, those that changed last first. */
    readonly list: (assetId: string) => Effect.Effect<ReadonlyArray<Row>, Refused, Actor>
    /** Gives an asset a new document. */
    readonly attach: (assetId: string, input: NewDocument) => Effect.Effect<Row, Refused, Actor>
    /** Gives an asset a document that is there already, and that the caller may read. */
    readonly associate: (
      assetId: string,
      input: typeof NewAssociation.Type
    ) => Effect.Effect<Row, Refused | Conflict, Actor>
    /** Takes the document of an association from its asset, and deletes it if it belongs to nothing else. */
    readonly dissociate: (associationId: string) => Effect.Effect<void, Refused, Actor>
  }
>()("psa/AssetDocumentService") {
  static readonly layer = Layer.effect(
    AssetDocumentService,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const documents = yield* DocumentService

      /** The asset once for each of its documents, or for the one that is asked for; once alone, if there is none. */
      const rows = (actor: Caller, assetId: string, documentId?: string) =>
        sql<Found>`SELECT ${isReadableAsset(sql, actor)} AS readable, r.*
          FROM assets a LEFT JOIN LATERAL (${sql.literal(assetDocuments)}) r
            ON r.document_id = coalesce(${documentId ?? null}::uuid, r.document_id)
          WHERE a.tenant = ${actor.tenant} AND a.asset_id = ${assetId}
          ORDER BY r.updated_at DESC, r.document_id DESC`

      const list = Effect.fn("AssetDocumentService.list")(function* (assetId: string) {
        const found = yield* rows(yield* Actor, assetId)
        yield* admitAsset(found[0])
        return found.filter(isDocument).map(documentOf)
      }, unfailing)

      /** A document that has just come to an asset, which is held. */
      const one = Effect.fnUntraced(function* (actor: Caller, assetId: string, documentId: string) {
        const [found] = yield* rows(actor, assetId, documentId)
        return found !== undefined && isDocument(found) ? documentOf(found) : yield* NotFound.of("Document")
      })

      const attach = Effect.fn("AssetDocumentService.attach")(
        function* (assetId: string, input: NewDocument) {
          const { document_id } = yield* documents.attach("asset", assetId, input)
          return yield* one(yield* Actor, assetId, document_id)
        },
        sql.withTransaction,
        unfailing
      )

      const associate = Effect.fn("AssetDocumentService.associate")(
        function* (assetId: string, { document_id, notes = null }: typeof NewAssociation.Type) {
          const actor = yield* Actor
          const { tenant } = actor
          yield* lockAsset(sql, actor, assetId)
          // Whoever deletes the document with the last thing that it belongs to waits here, or is gone already.
          const [document] = yield* sql<Pick<Row, "document_id" | "document_name"> & { readonly readable: boolean }>`
            SELECT d.document_id, d.document_name, ${isReadableDocument(sql, actor)} AS readable FROM documents d
            WHERE d.tenant = ${tenant} AND d.document_id = ${document_id} FOR KEY SHARE OF d`
          if (document === undefined) return yield* NotFound.of("Document")
          if (!document.readable) return yield* Forbidden.to("read", "document")
          const [added] = yield* sql<{ readonly entity_id: string }>`INSERT INTO document_associations ${sql
            .insert({
              tenant,
              association_id: newId(),
              document_id,
              entity_type: owners.asset.type,
              entity_id: assetId,
              notes
            })
            .returning("entity_id")}`
          yield* recordEvent(
            sql,
            assetEvent(actor, owners.asset.added, added!.entity_id, {
              document_id: document.document_id,
              changes: { document: { old: null, new: document.document_name } }
            })
          )
          return yield* one(actor, assetId, document.document_id)
        },
        sql.withTransaction,
        refusing<Conflict>({
          document_associations_key: () => Conflict.because("The document is already associated with this asset")
        })
      )

      const find = Effect.fnUntraced(function* (tenant: string, associationId: string) {
        const [association] = yield* sql<{ readonly entity_id: string; readonly document_id: string }>`
          SELECT entity_id, document_id FROM document_associations
          WHERE tenant = ${tenant} AND association_id = ${associationId} AND entity_type = ${owners.asset.type}`
        return association ?? (yield* NotFound.of("Document association"))
      })

      const dissociate = Effect.fn("AssetDocumentService.dissociate")(
        function* (associationId: string) {
          const actor = yield* Actor
          const { entity_id } = yield* find(actor.tenant, associationId)
          yield* lockAsset(sql, actor, entity_id)
          // Read again, now that nobody else can take it away.
          const { document_id } = yield* find(actor.tenant, associationId)
          yield* documents.detach("asset", entity_id, document_id)
        },
        sql.withTransaction,
        unfailing
      )

      return AssetDocumentService.of({ list, attach, associate, dissociate })
    })
  )
}

interface FoundDocument extends Row {
  readonly readable: boolean
}

/** An asset, and perhaps a document of it. */
type Found = FoundDocument | { readonly readable: boolean; readonly document_id: null }

const isDocument = (found: Found): found is FoundDocument => found.document_id !== null

const documentOf = ({ readable: _, ...document }: FoundDocument): Row => document
