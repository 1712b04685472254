/** Time sheets: a user's entries of one period, which are submitted and approved together. */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql"
import type { Caller } from "../domain/Actor.ts"
import { Conflict, ValidationFailed } from "../domain/Errors.ts"
import type { ApprovalStatus } from "../domain/TimeEntry.ts"
import { recordEvent } from "./events.ts"
import { newId } from "./ids.ts"

interface Period {
  readonly period_id: string
  readonly is_closed: boolean
}

interface Sheet {
  readonly id: string
  readonly approval_status: typeof ApprovalStatus.Type
}

/**
 * The caller's sheet that an entry of this day (`2026-03-02`) belongs on, made if it is not there yet; null in a tenant
 * that has no periods. Until the transaction ends the sheet is neither submitted nor is its period closed: whoever does
 * so locks them too, the period before the sheet.
 */
export const openSheetFor = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  { tenant, userId }: Caller,
  workDate: string
) {
  const period = yield* periodOf(sql, tenant, workDate)
  if (period === null) return null
  if (period.is_closed) return yield* Conflict.because("The time period of this date is closed")
  const { period_id } = period
  const [added] = yield* sql<Pick<Sheet, "id">>`INSERT INTO time_sheets (tenant, id, user_id, period_id)
    VALUES (${tenant}, ${newId()}, ${userId}, ${period_id})
    ON CONFLICT (tenant, user_id, period_id) DO NOTHING RETURNING id`
  if (added !== undefined) {
    yield* recordEvent(sql, {
      tenant,
      userId,
      type: "TIME_SHEET_CREATED",
      entityType: "time_sheet",
      entityId: added.id,
      payload: { period_id }
    })
    return added.id
  }
  const [sheet] = yield* sql<Sheet>`SELECT id, approval_status FROM time_sheets
    WHERE tenant = ${tenant} AND user_id = ${userId} AND period_id = ${period_id} FOR NO KEY UPDATE`
  yield* takesEntries(sheet!)
  return sheet!.id
})

/** The period of a day, locked against change; null in a tenant without any. */
const periodOf = Effect.fnUntraced(function* (sql: SqlClient.SqlClient, tenant: string, day: string) {
  const [period] = yield* sql<Period>`SELECT period_id, is_closed FROM time_periods
    WHERE tenant = ${tenant} AND start_date <= ${day}::date AND end_date > ${day}::date FOR SHARE`
  if (period !== undefined) return period
  const others = yield* sql`SELECT 1 FROM time_periods WHERE tenant = ${tenant} LIMIT 1`
  if (others.length === 0) return null
  const message = "No time period found for this date"
  return yield* ValidationFailed.issues([{ path: ["start_time"], message }], message)
})

/** Fails if the sheet has been handed in. */
const takesEntries = ({ approval_status }: Sheet): Effect.Effect<void, Conflict> =>
  approval_status === "SUBMITTED" || approval_status === "APPROVED"
    ? Effect.fail(Conflict.because(`The time sheet of this date is ${approval_status}, and takes no more entries`))
    : Effect.void
