/** How schedules of maintenance are held, planned and moved on. */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql"
import type { Caller } from "../domain/Actor.ts"
import { NotFound, ValidationFailed } from "../domain/Errors.ts"
import type { AssetMaintenance } from "../domain/Maintenance.ts"
import { type Due, datesIn, isOver, type Kept, laterOf, nextDue } from "../domain/MaintenanceSchedule.ts"
import { lockAsset } from "./assetAccess.ts"
import { changesOf } from "./assetEvents.ts"
import { tenantTime } from "./maintenanceRows.ts"

/** A schedule's columns. */
export interface Stored extends Kept {
  readonly tenant: string
  readonly schedule_id: string
  readonly asset_id: string
  readonly schedule_name: string
  readonly maintenance_type: (typeof AssetMaintenance.Type)["maintenance_type"]
  readonly next_maintenance: string
  readonly timezone: string | null
  readonly is_active: boolean
  readonly assigned_to: string | null
  readonly updated_at: string
}

export const notThere = () => NotFound.of("Maintenance schedule")

/** A schedule, with its asset: nobody else changes either until the transaction ends. */
export const lockSchedule = Effect.fnUntraced(function* (sql: SqlClient.SqlClient, actor: Caller, scheduleId: string) {
  const { tenant } = actor
  const [place] = yield* sql<Pick<Stored, "asset_id">>`SELECT asset_id FROM asset_maintenance_schedules
    WHERE tenant = ${tenant} AND schedule_id = ${scheduleId}`
  if (place === undefined) return yield* notThere()
  yield* lockAsset(sql, actor, place.asset_id)
  return (yield* lockOfAsset(sql, tenant, scheduleId)) ?? (yield* notThere())
})

/** A schedule whose asset is locked already, if it is there. */
export const lockOfAsset = (sql: SqlClient.SqlClient, tenant: string, scheduleId: string) =>
  Effect.map(
    sql<Stored>`SELECT * FROM asset_maintenance_schedules
      WHERE tenant = ${tenant} AND schedule_id = ${scheduleId} FOR NO KEY UPDATE`,
    ([schedule]) => schedule
  )

/** Writes what a locked schedule becomes; then says what is different. */
export const writeSchedule = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  before: Stored,
  columns: Readonly<Record<string, unknown>>
) {
  const [after] = yield* sql<Stored>`UPDATE asset_maintenance_schedules SET ${sql.update(columns)}
    WHERE tenant = ${before.tenant} AND schedule_id = ${before.schedule_id} RETURNING *`
  const { anchor_day: _, ...changes } = changesOf({ ...before }, { ...after! })
  return { after: after!, changes }
})

/** What callers may say of when maintenance is due. */
interface Asked extends Partial<Pick<Kept, "frequency" | "frequency_interval" | "start_date" | "end_date">> {
  readonly timezone?: string | null
  readonly is_active?: boolean
}

/** Whether what is due next follows from any of these. */
export const isPlanChanged = (asked: Asked) =>
  asked.frequency !== undefined ||
  asked.frequency_interval !== undefined ||
  asked.start_date !== undefined ||
  asked.end_date !== undefined ||
  asked.timezone !== undefined ||
  asked.is_active === true

const planned = ({ anchorDay, time }: Due) => ({ next_maintenance: time, anchor_day: anchorDay })

const nothingDue = (field: string, { time }: Due) =>
  ValidationFailed.at(field, `Nothing would be due: the next maintenance would be at ${time}, which is after end_date`)

const endsAfterStart = ({ end_date, start_date }: Pick<Kept, "start_date" | "end_date">) =>
  start_date === null || end_date === null || Date.parse(end_date) > Date.parse(start_date)
    ? Effect.void
    : Effect.fail(ValidationFailed.at("end_date", "Expected a time after start_date"))

/** The columns of a new schedule that say when it is due. */
export const firstPlan = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  tenant: string,
  asked: Asked & Pick<Kept, "frequency">
) {
  const time = yield* tenantTime(sql, tenant)
  const zone = asked.timezone ?? time.timezone
  const { frequency, frequency_interval = 1 } = asked
  const dates = { start_date: null, end_date: null, ...datesIn(asked, zone) }
  yield* endsAfterStart(dates)
  const made = { frequency, frequency_interval, ...dates, created_at: time.now }
  const due = nextDue({ ...made, last_maintenance: null, anchor_day: null }, zone)
  if (isOver(made, due)) return yield* nothingDue("end_date", due)
  return { ...made, ...planned(due) }
})

/** The time zone that a schedule goes by. */
const zoneOf = (sql: SqlClient.SqlClient, { tenant, timezone }: Pick<Stored, "tenant" | "timezone">) =>
  timezone === null ? Effect.map(tenantTime(sql, tenant), (time) => time.timezone) : Effect.succeed(timezone)

/** The columns of a changed schedule that say when it is due; one that ends before that is not active any more. */
export const replanned = Effect.fnUntraced(function* (sql: SqlClient.SqlClient, before: Stored, asked: Asked) {
  const zone = yield* zoneOf(sql, { ...before, ...asked })
  const dates = datesIn(asked, zone)
  const isMoved = asked.start_date !== undefined || asked.timezone !== undefined
  const after = { ...before, ...asked, ...dates, ...(isMoved ? { anchor_day: null } : {}) }
  yield* endsAfterStart(after)
  const due = nextDue(after, zone)
  if (!isOver(after, due)) return { ...dates, ...planned(due) }
  if (asked.is_active === true) return yield* nothingDue("is_active", due)
  return { ...dates, is_active: false }
})

/** Moves a locked schedule on after something was done; then says what is different. What was done before the last is not. */
export const moveOn = Effect.fnUntraced(function* (sql: SqlClient.SqlClient, before: Stored, performedAt: string) {
  const last_maintenance = laterOf(before.last_maintenance, performedAt)
  if (last_maintenance === before.last_maintenance) return {}
  const after = { ...before, last_maintenance }
  const due = nextDue(after, yield* zoneOf(sql, before))
  const next = isOver(after, due) ? { is_active: false } : planned(due)
  const { changes } = yield* writeSchedule(sql, before, { last_maintenance, ...next })
  return changes
})
