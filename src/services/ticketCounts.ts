/** Keeps the running totals of tickets short: what was appended to them is folded into one row a status, now and then. */
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"

/** More rows than this of one status are folded into one. */
const enough = 50

/**
 * Folds what has been appended. A row that somebody else is folding is left to them, and a reader sees either the rows or
 * their sum, never both.
 */
export const foldTicketCounts = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    WITH long AS (
      SELECT tenant, status_id FROM ticket_counts GROUP BY tenant, status_id HAVING count(*) > ${enough}
    ), taken AS (
      SELECT n.tenant, n.status_id, n.count_id FROM ticket_counts n
      JOIN long ON long.tenant = n.tenant AND long.status_id = n.status_id
      FOR UPDATE OF n SKIP LOCKED
    ), folded AS (
      DELETE FROM ticket_counts n USING taken
      WHERE n.tenant = taken.tenant AND n.status_id = taken.status_id AND n.count_id = taken.count_id
      RETURNING n.tenant, n.status_id, n.amount
    )
    INSERT INTO ticket_counts (tenant, status_id, amount)
    SELECT tenant, status_id, sum(amount) FROM folded GROUP BY tenant, status_id`
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
