/** Documents with content that can be read. */
import { Effect, Stream } from "effect"
import { SqlClient } from "effect/sql"
import { ContentStore } from "../../src/services/ContentStore.ts"
import { newId } from "../../src/services/ids.ts"
import type { CreatedTenant } from "../../src/services/TenantService.ts"

/** A document of a ticket, or of something else, with `text` as its content; its id. */
export const makeDocument = Effect.fnUntraced(function* (
  owner: CreatedTenant,
  entityId: string,
  text: string,
  entityType = "ticket"
) {
  const sql = yield* SqlClient.SqlClient
  const store = yield* ContentStore
  const tenant = owner.tenant.tenant
  const received = yield* store.receive(Stream.make(new TextEncoder().encode(text)))
  yield* Effect.orDie(store.put(tenant, received))
  const document_id = newId()
  const [file] = yield* sql<{ readonly file_id: string }>`INSERT INTO external_files ${sql.insert({
    tenant,
    file_id: newId(),
    content_hash: received.sha256,
    file_size: received.size
  })} ON CONFLICT (tenant, content_hash) DO UPDATE SET used_at = now() RETURNING file_id`
  yield* sql`INSERT INTO documents ${sql.insert({
    tenant,
    document_id,
    document_name: "notes.txt",
    type_name: "text/*",
    type_icon: "file-text",
    mime_type: "text/plain",
    file_size: received.size,
    file_id: file!.file_id,
    created_by: owner.user.user_id
  })}`
  yield* sql`INSERT INTO document_associations ${sql.insert({
    tenant,
    association_id: newId(),
    document_id,
    entity_type: entityType,
    entity_id: entityId
  })}`
  return document_id
}, Effect.scoped)
