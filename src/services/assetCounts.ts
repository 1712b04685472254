/** Keeps the running totals of assets short: what was appended to them is folded now and then. */
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"

/** A tenant's totals are folded when there are so many rows more than there are things to count. */
const enough = 50

/** Stands for all clients together, which can be compared as nulls cannot. */
const nobody = "00000000-0000-0000-0000-000000000000"

/**
 * Folds what has been appended. A row that somebody else is folding is left to them, and a reader sees either the rows or
 * their sum, never both.
 */
export const foldAssetCounts = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    WITH piles AS (
      SELECT tenant, client_id, asset_type, status, count(*) AS rows FROM asset_counts GROUP BY 1, 2, 3, 4
      HAVING count(*) > 1
    ), long AS (
      SELECT tenant FROM piles GROUP BY tenant HAVING sum(rows - 1) > ${enough}
    ), taken AS (
      SELECT n.tenant, n.count_id FROM asset_counts n
      JOIN piles p ON p.tenant = n.tenant AND p.asset_type = n.asset_type AND p.status = n.status
        AND coalesce(p.client_id, ${nobody}::uuid) = coalesce(n.client_id, ${nobody}::uuid)
      WHERE n.tenant IN (SELECT tenant FROM long) FOR UPDATE OF n SKIP LOCKED
    ), folded AS (
      DELETE FROM asset_counts n USING taken WHERE n.tenant = taken.tenant AND n.count_id = taken.count_id RETURNING n.*
    )
    INSERT INTO asset_counts
      (tenant, client_id, asset_type, status, amount, purchased, purchase_seconds, purchase_value)
    SELECT tenant, client_id, asset_type, status, sum(amount), sum(purchased), sum(purchase_seconds), sum(purchase_value)
    FROM folded GROUP BY 1, 2, 3, 4
    HAVING sum(amount) <> 0 OR sum(purchased) <> 0 OR sum(purchase_seconds) <> 0 OR sum(purchase_value) <> 0`
})

/** Folds every ten seconds while the service runs. */
export const AssetCountsFolding = Layer.effectDiscard(
  Effect.gen(function* () {
    const fold = foldAssetCounts.pipe(
      Effect.catchCause((cause) => Effect.logWarning("Could not fold the counts of assets", cause)),
      Effect.andThen(Effect.sleep("10 seconds"))
    )
    yield* Effect.forkScoped(Effect.forever(fold))
  })
)
