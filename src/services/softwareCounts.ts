/** Keeps the running totals of software short: what was appended to them is folded now and then. */
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"

/** How many totals one transaction folds at most. */
const batch = 5000

/**
 * Folds what has been appended. A row that somebody else is folding is left to them, and a reader sees either the rows or
 * their sum, never both.
 */
export const foldSoftwareCounts = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    WITH appended AS (
      SELECT DISTINCT tenant, software_id, is_total, version FROM software_counts WHERE NOT is_folded LIMIT ${batch}
    ), taken AS (
      SELECT n.tenant, n.count_id FROM appended p
      JOIN software_counts n ON n.tenant = p.tenant AND n.is_total = p.is_total AND n.software_id = p.software_id
        AND n.version = p.version
      FOR UPDATE OF n SKIP LOCKED
    ), folded AS (
      DELETE FROM software_counts n USING taken WHERE n.tenant = taken.tenant AND n.count_id = taken.count_id
      RETURNING n.*
    )
    INSERT INTO software_counts (tenant, software_id, is_total, version, amount, is_folded)
    SELECT tenant, software_id, is_total, version, sum(amount), true FROM folded GROUP BY 1, 2, 3, 4
    HAVING sum(amount) <> 0`
})

/** Folds every ten seconds while the service runs. */
export const SoftwareCountsFolding = Layer.effectDiscard(
  Effect.gen(function* () {
    const fold = foldSoftwareCounts.pipe(
      Effect.catchCause((cause) => Effect.logWarning("Could not fold the counts of software", cause)),
      Effect.andThen(Effect.sleep("10 seconds"))
    )
    yield* Effect.forkScoped(Effect.forever(fold))
  })
)
