/** Values arrive from the database as they are on the wire. */
import { assert } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { suite } from "../support/service.ts"

const Millis = Schema.Int.check(Schema.isBetween({ minimum: -62_135_596_800_000, maximum: 253_402_300_799_999 }))
const Whole = Schema.Int.check(Schema.isBetween({ minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER }))

suite("values from the database", (it) => {
  it.effect.prop("are exact timestamps and whole numbers", [Millis, Whole], ([millis, whole]) =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const time = new Date(millis).toISOString()
      const seconds = millis / 1000
      const [row] = yield* sql`SELECT to_timestamp(${seconds}::float8)::timestamptz(3) AS time,
        ARRAY[to_timestamp(${seconds}::float8)::timestamptz(3)] AS times,
        ${String(whole)}::int8 AS whole, ARRAY[${String(whole)}::int8] AS wholes`
      assert.deepStrictEqual({ ...row }, { time, times: [time], whole, wholes: [whole] })
    })
  )
})
