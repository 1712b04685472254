/** Removes content that no document needs: what an upload left that failed after all, and what deleted documents had. */
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { ContentStore } from "./ContentStore.ts"
import { unfailing } from "./constraints.ts"

/** How many contents one transaction removes. */
const batch = 50

/**
 * Removes content that no document refers to and that nobody has put or used for an hour; how much. Its row goes first and
 * is locked until the content is gone, so whoever puts the same content again waits, and then stores it anew.
 */
export const sweepContent = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const store = yield* ContentStore
  const some = Effect.gen(function* () {
    const gone = yield* sql<{ readonly tenant: string; readonly content_hash: string }>`
      DELETE FROM external_files WHERE (tenant, file_id) IN (
        SELECT f.tenant, f.file_id FROM external_files f WHERE f.used_at < now() - interval '1 hour' AND NOT EXISTS (
          SELECT FROM documents d WHERE d.tenant = f.tenant AND d.file_id = f.file_id)
        LIMIT ${batch} FOR UPDATE SKIP LOCKED)
      RETURNING tenant, content_hash`
    yield* Effect.forEach(gone, ({ content_hash, tenant }) => store.remove({ tenant, sha256: content_hash }), {
      concurrency: 10,
      discard: true
    })
    return gone.length
  }).pipe(sql.withTransaction, unfailing)
  let total = 0
  for (let removed = batch; removed === batch; total += removed) removed = yield* some
  return total
})

/** Sweeps now, and every hour. */
export const ContentSweeping = Layer.effectDiscard(
  sweepContent.pipe(
    Effect.catchCause((cause) => Effect.logWarning("Could not remove content that nobody needs", cause)),
    Effect.andThen(Effect.sleep("1 hour")),
    Effect.forever,
    Effect.forkScoped
  )
)
