/** Keeps the running totals of tickets short: what was appended to them is folded now and then. */
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"

/** A tenant's totals are folded when there are so many rows more than there are things to count. */
const enough = 50

/**
 * Folds what has been appended. A row that somebody else is folding is left to them, and a reader sees either the rows or
 * their sum, never both.
 */
export const foldTicketCounts = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    WITH long AS (
      SELECT tenant FROM ticket_counts GROUP BY tenant
      HAVING count(*) > count(DISTINCT (status_id, priority_id, category_id, is_assigned)) + ${enough}
    ), taken AS (
      SELECT n.tenant, n.status_id, n.count_id FROM ticket_counts n JOIN long ON long.tenant = n.tenant
      FOR UPDATE OF n SKIP LOCKED
    ), folded AS (
      DELETE FROM ticket_counts n USING taken
      WHERE n.tenant = taken.tenant AND n.status_id = taken.status_id AND n.count_id = taken.count_id
      RETURNING n.*
    )
    INSERT INTO ticket_counts (tenant, status_id, priority_id, category_id, is_assigned, amount, resolution_seconds)
    SELECT tenant, status_id, priority_id, category_id, is_assigned, sum(amount), sum(resolution_seconds) FROM folded
    GROUP BY 1, 2, 3, 4, 5 HAVING sum(amount) <> 0 OR sum(resolution_seconds) <> 0`
})

/** Folds every ten seconds while the service runs. */
export const TicketCountsFolding = Layer.effectDiscard(
  Effect.gen(function* () {
    const fold = foldTicketCounts.pipe(
      Effect.catchCause((cause) => Effect.logWarning("Could not fold the counts of tickets", cause)),
      Effect.andThen(Effect.sleep("10 seconds"))
    )
    yield* Effect.forkScoped(Effect.forever(fold))
  })
)
