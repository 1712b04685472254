/** Requests that can be sent again: the first answer is kept for a day, and given again. */
import { createHash } from "node:crypto"
import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import type { SqlError } from "effect/sql/SqlError"
import { Actor } from "../domain/Actor.ts"
import { Conflict, KeyReused } from "../domain/Errors.ts"
import { unfailing } from "./constraints.ts"

/** An answer as it was first given. */
export interface KeptAnswer {
  readonly status: number
  readonly body: string | null
}

/** What a request asks for, as a digest: two that ask for the same have the same. */
export const fingerprint = (...parts: ReadonlyArray<string>) =>
  createHash("sha256").update(JSON.stringify(parts)).digest("hex")

export class IdempotencyKeys extends Context.Service<
  IdempotencyKeys,
  {
    /**
     * Does what the caller asks for once for each of their keys, in one transaction with the note of its answer; then
     * says `replayed`. A failure is not kept: it has written nothing, and the request may be tried again.
     */
    readonly once: <E, R>(
      key: string,
      fingerprint: string,
      request: Effect.Effect<KeptAnswer, E, R>
    ) => Effect.Effect<KeptAnswer & { readonly replayed: boolean }, E | Conflict | KeyReused, R | Actor>
  }
>()("psa/IdempotencyKeys") {
  static readonly layer = Layer.effect(
    IdempotencyKeys,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient

      const once = <E, R>(key: string, asked: string, request: Effect.Effect<KeptAnswer, E, R>) =>
        Effect.gen(function* () {
          const { tenant, userId } = yield* Actor
          const name = `${tenant} ${userId} ${key}`
          const [lock] = yield* query(
            sql<{ readonly free: boolean }>`SELECT pg_try_advisory_xact_lock(hashtextextended(${name}, 0)) AS free`
          )
          if (lock?.free !== true) {
            return yield* Conflict.because(
              "A request with this Idempotency-Key is being handled; try again in a moment"
            )
          }
          const [kept] = yield* query(sql<KeptAnswer & { readonly fingerprint: string }>`
            SELECT fingerprint, status, body FROM idempotency_keys WHERE tenant = ${tenant} AND user_id = ${userId}
              AND idempotency_key = ${key} AND created_at > now() - interval '24 hours'`)
          if (kept !== undefined) {
            if (kept.fingerprint === asked) return { status: kept.status, body: kept.body, replayed: true }
            return yield* KeyReused.because("This Idempotency-Key was used for another request in the last 24 hours")
          }
          const answer = yield* request
          yield* query(sql`INSERT INTO idempotency_keys AS k (tenant, user_id, idempotency_key, fingerprint, status, body)
            VALUES (${tenant}, ${userId}, ${key}, ${asked}, ${answer.status}, ${answer.body})
            ON CONFLICT (tenant, user_id, idempotency_key) DO UPDATE SET fingerprint = excluded.fingerprint,
              status = excluded.status, body = excluded.body, created_at = now()`)
          return { ...answer, replayed: false }
        }).pipe(sql.withTransaction, query)

      yield* Effect.forkScoped(pruning(sql))

      return IdempotencyKeys.of({ once })
    })
  )
}

/** A database error of this service's own statements is a defect; whatever the request fails with stays as it is. */
const query = unfailing

/** Forgets, every hour, what is older than a day. */
const pruning = (sql: SqlClient.SqlClient): Effect.Effect<never, SqlError> =>
  sql`DELETE FROM idempotency_keys WHERE created_at < now() - interval '24 hours'`.pipe(
    Effect.catchCause((cause) => Effect.logWarning("Could not forget old idempotency keys", cause)),
    Effect.andThen(Effect.sleep("1 hour")),
    Effect.forever
  )
