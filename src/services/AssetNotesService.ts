import { Context, Effect, Layer, type Schema } from "effect"
import { SqlClient } from "effect/sql"
import { Actor, type Caller } from "../domain/Actor.ts"
import {
  type AssetNotes,
  type DeletedAssetNotes,
  excerptOf,
  NotesDocument,
  type SavedAssetNotes,
  shown
} from "../domain/AssetNotes.ts"
import { kindOf } from "../domain/Document.ts"
import type { Forbidden, NotFound, PreconditionFailed } from "../domain/Errors.ts"
import { admitAsset, isReadableAsset, lockAsset } from "./assetAccess.ts"
import { assetEvent } from "./assetEvents.ts"
import { columnsOf } from "./columns.ts"
import { unfailing } from "./constraints.ts"
import { owners, releaseDocuments } from "./documentOwners.ts"
import { recordEvent } from "./events.ts"
import { newId } from "./ids.ts"
import { personName } from "./personName.ts"
import { unchanged } from "./versions.ts"

type Refused = NotFound | Forbidden

export class AssetNotesService extends Context.Service<
  AssetNotesService,
  {
    /** The notes of an asset; all null, if there are none. */
    readonly get: (assetId: string) => Effect.Effect<typeof AssetNotes.Type, Refused, Actor>
    /** Replaces the notes of an asset, and makes their document if there is none yet. */
    readonly save: (
      assetId: string,
      blockData: Schema.Json
    ) => Effect.Effect<typeof SavedAssetNotes.Type, Refused | PreconditionFailed, Actor>
    /** Takes the notes from an asset. Their document stays one of its documents, unless it is to go too. */
    readonly delete: (
      assetId: string,
      options: { readonly deletesDocument: boolean }
    ) => Effect.Effect<typeof DeletedAssetNotes.Type, Refused | PreconditionFailed, Actor>
  }
>()("psa/AssetNotesService") {
  static readonly layer = Layer.effect(
    AssetNotesService,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const documentColumns = columnsOf(NotesDocument, "d", { created_by_full_name: personName("u") })

      const get = Effect.fn("AssetNotesService.get")(function* (assetId: string) {
        const actor = yield* Actor
        const [row] =
          yield* sql<Found>`SELECT ${isReadableAsset(sql, actor)} AS readable, a.created_at AS asset_created_at,
            b.block_data, b.updated_at AS last_updated, ${sql.literal(documentColumns.text)}
          FROM assets a
          LEFT JOIN documents d ON d.tenant = a.tenant AND d.document_id = a.notes_document_id
          LEFT JOIN document_block_content b ON b.tenant = d.tenant AND b.document_id = d.document_id
          LEFT JOIN users u ON u.tenant = d.tenant AND u.user_id = d.created_by
          WHERE a.tenant = ${actor.tenant} AND a.asset_id = ${assetId}`
        return notesOf(yield* admitAsset(row))
      }, unfailing)

      /** Holds the asset, and reads what its notes are then: with If-Match, only if they are as the caller knows them. */
      const lock = Effect.fnUntraced(function* (actor: Caller, assetId: string) {
        yield* lockAsset(sql, actor, assetId)
        const [held] = yield* sql<Held>`SELECT a.asset_id, a.name, a.created_at, a.notes_document_id, b.block_data,
            b.updated_at AS last_updated
          FROM assets a LEFT JOIN document_block_content b ON b.tenant = a.tenant AND b.document_id = a.notes_document_id
          WHERE a.tenant = ${actor.tenant} AND a.asset_id = ${assetId}`
        yield* unchanged(versionOf(held!))
        return held!
      })

      /** A document for blocks, which belongs to the asset. */
      const makeDocument = Effect.fnUntraced(function* ({ tenant, userId }: Caller, { asset_id, name }: Held) {
        const document_id = newId()
        const mime_type = "application/json"
        yield* sql`INSERT INTO documents ${sql.insert({
          tenant,
          document_id,
          document_name: `${name} Notes`,
          ...kindOf(mime_type),
          mime_type,
          file_size: 0,
          created_by: userId
        })}`
        yield* sql`INSERT INTO document_associations ${sql.insert({
          tenant,
          association_id: newId(),
          document_id,
          entity_type: owners.asset.type,
          entity_id: asset_id
        })}`
        yield* sql`UPDATE assets SET notes_document_id = ${document_id}
          WHERE tenant = ${tenant} AND asset_id = ${asset_id}`
        return document_id
      })

      const save = Effect.fn("AssetNotesService.save")(
        function* (assetId: string, blockData: Schema.Json) {
          const actor = yield* Actor
          const { tenant } = actor
          const held = yield* lock(actor, assetId)
          const document_id = held.notes_document_id ?? (yield* makeDocument(actor, held))
          // Notes that are there are never of the version that there were none at.
          const [content] = yield* sql<{ readonly updated_at: string; readonly size: number }>`
            INSERT INTO document_block_content AS b (tenant, content_id, document_id, block_data, updated_at)
            VALUES (${tenant}, ${newId()}, ${document_id}, ${JSON.stringify(blockData)}::jsonb,
              greatest(clock_timestamp(), ${held.created_at}::timestamptz + interval '1 millisecond'))
            ON CONFLICT ON CONSTRAINT document_block_content_document_key DO UPDATE SET block_data = excluded.block_data
            RETURNING b.updated_at, octet_length(b.block_data::text) AS size`
          const { size, updated_at } = content!
          if (updated_at === held.last_updated) return { document_id, updated_at }
          yield* sql`UPDATE documents SET updated_at = ${updated_at}, file_size = ${size}
            WHERE tenant = ${tenant} AND document_id = ${document_id}`
          yield* recordEvent(
            sql,
            assetEvent(actor, "ASSET_NOTES_UPDATED", held.asset_id, {
              document_id,
              changes: { notes: { old: excerptOf(held.block_data), new: excerptOf(blockData) } }
            })
          )
          return { document_id, updated_at }
        },
        sql.withTransaction,
        unfailing
      )

      const remove = Effect.fn("AssetNotesService.delete")(
        function* (assetId: string, { deletesDocument }: { readonly deletesDocument: boolean }) {
          const actor = yield* Actor
          const held = yield* lock(actor, assetId)
          const { asset_id, block_data, created_at, notes_document_id } = held
          if (notes_document_id === null) {
            return { message: "The asset has no notes", document_id: null, updated_at: created_at }
          }
          if (deletesDocument) {
            yield* releaseDocuments(sql, actor.tenant, owners.asset.type, asset_id, notes_document_id)
          }
          yield* sql`UPDATE assets SET notes_document_id = NULL WHERE tenant = ${actor.tenant} AND asset_id = ${asset_id}`
          yield* recordEvent(
            sql,
            assetEvent(actor, "ASSET_NOTES_DELETED", asset_id, {
              document_id: notes_document_id,
              changes: { notes: { old: excerptOf(block_data), new: null } }
            })
          )
          const message = deletesDocument ? "Notes and their document deleted" : "Notes deleted; their document stays"
          return { message, document_id: notes_document_id, updated_at: created_at }
        },
        sql.withTransaction,
        unfailing
      )

      return AssetNotesService.of({ get, save, delete: remove })
    })
  )
}

type Document = typeof NotesDocument.Type

interface Notes {
  readonly block_data: Schema.Json
  readonly last_updated: string | null
}

interface FoundNotes extends Document, Notes {
  readonly readable: boolean
  readonly asset_created_at: string
}

interface NoNotes extends Notes {
  readonly readable: boolean
  readonly asset_created_at: string
  readonly document_id: null
}

/** An asset, and the document of its notes if it has one. */
type Found = FoundNotes | NoNotes

/** An asset that is held, with its notes. */
interface Held extends Notes {
  readonly asset_id: string
  readonly name: string
  readonly created_at: string
  readonly notes_document_id: string | null
}

/** Notes are of the time when they last changed; where there are none, of the time when the asset was made. */
const versionOf = ({ created_at, last_updated }: Pick<Held, "created_at" | "last_updated">) =>
  last_updated ?? created_at

const notesOf = (found: Found): typeof AssetNotes.Type => {
  const updated_at = versionOf({ created_at: found.asset_created_at, last_updated: found.last_updated })
  if (found.document_id === null) {
    return { document: null, blockData: null, lastUpdated: null, markdown: null, html: null, updated_at }
  }
  const { asset_created_at: _, block_data, last_updated, readable: __, ...document } = found
  return { document, blockData: block_data, lastUpdated: last_updated, ...shown(block_data), updated_at }
}
