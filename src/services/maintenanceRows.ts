/** How maintenance is read: schedules with what they are about, and figures of what is due and what was done. */
import { Effect, Schema } from "effect"
import type { SqlClient } from "effect/sql"
import type { Fragment } from "effect/sql/Statement"
import type { Caller } from "../domain/Actor.ts"
import * as List from "../domain/List.ts"
import { AssetMaintenance, type MaintenanceStats, maintenanceTypes } from "../domain/Maintenance.ts"
import { frequencies, startOfMonth, startOfNextDay } from "../domain/MaintenanceSchedule.ts"
import { readableAssets } from "./assetAccess.ts"
import { columnsOf } from "./columns.ts"
import { personName } from "./personName.ts"

/** What schedules can be asked for by: how urgent they are. */
export const maintenanceStates = ["overdue", "due", "upcoming", "all"] as const

type State = (typeof maintenanceStates)[number]

export const MaintenanceList = List.make({
  filters: {
    state: List.noEffect(Schema.Literals(maintenanceStates)),
    asset_id: List.id("s.asset_id"),
    client_id: List.id("a.client_id"),
    assigned_to: List.id("s.assigned_to"),
    maintenance_type: List.oneOf("s.maintenance_type", maintenanceTypes),
    frequency: List.oneOf("s.frequency", frequencies),
    is_active: List.flag("s.is_active"),
    due_from: List.from("s.next_maintenance"),
    due_to: List.to("s.next_maintenance")
  },
  sorts: {
    next_maintenance: List.byTime("s.next_maintenance"),
    last_maintenance: List.orNull(List.byTime("s.last_maintenance")),
    schedule_name: "s.schedule_name",
    asset_name: "a.name",
    client_name: "c.client_name",
    maintenance_type: "s.maintenance_type",
    frequency: "s.frequency",
    is_active: List.byFlag("s.is_active"),
    created_at: List.byTime("s.created_at"),
    updated_at: List.byTime("s.updated_at")
  },
  defaultSort: "next_maintenance",
  defaultOrder: "asc",
  id: "s.schedule_id",
  search: ["s.schedule_name", "s.description", "a.name", "a.asset_tag"]
})

/** Every schedule has its asset, client and maker; outer joins let counts that do not ask for them leave them out. */
export const scheduleTables = `asset_maintenance_schedules s
  LEFT JOIN assets a ON a.tenant = s.tenant AND a.asset_id = s.asset_id
  LEFT JOIN clients c ON c.tenant = a.tenant AND c.client_id = a.client_id
  LEFT JOIN users u ON u.tenant = s.tenant AND u.user_id = s.created_by
  LEFT JOIN users w ON w.tenant = s.tenant AND w.user_id = s.assigned_to`

/** A schedule with what it is about, from `scheduleTables`; one that is nobody's has no `assigned_to_name`. */
export const scheduleColumns = columnsOf(AssetMaintenance, "s", {
  created_by_name: personName("u"),
  assigned_to_name: personName("w"),
  asset_name: "a.name",
  asset_tag: "a.asset_tag",
  client_id: "a.client_id",
  client_name: "c.client_name"
})

/** The calendar that a tenant goes by, and the time. */
export const tenantTime = (sql: SqlClient.SqlClient, tenant: string) =>
  Effect.map(
    sql<{ readonly timezone: string; readonly now: string }>`SELECT timezone, clock_timestamp()::timestamptz(3) AS now
      FROM tenants WHERE tenant = ${tenant}`,
    ([row]) => row!
  )

/** The conditions that leave, of all schedules, those of this state; none where every one has it. */
export const inState = Effect.fnUntraced(function* (sql: SqlClient.SqlClient, tenant: string, state: State = "all") {
  if (state === "all") return []
  const active = sql`s.is_active`
  if (state === "overdue") return [active, sql`s.next_maintenance < now()`]
  if (state === "upcoming") return [active, sql`s.next_maintenance >= now()`]
  const { now, timezone } = yield* tenantTime(sql, tenant)
  return [active, sql`s.next_maintenance < ${startOfNextDay(now, timezone)}::timestamptz`]
})

/** What the figures are of: all, or those of an asset or a client. */
export interface StatsQuery {
  readonly asset_id?: string
  readonly client_id?: string
}

/** A number that a record tells among its data; what else is there by that name is none. */
const amount = (name: string) =>
  `CASE WHEN jsonb_typeof(h.maintenance_data -> '${name}') = 'number'
     AND (h.maintenance_data ->> '${name}')::numeric BETWEEN 0 AND 1000000000000
    THEN (h.maintenance_data ->> '${name}')::numeric END`

const countsBy = (column: string) =>
  `(SELECT coalesce(json_object_agg(${column}, amount), '{}') FROM (
      SELECT ${column}, count(*) AS amount FROM schedule GROUP BY ${column} ORDER BY ${column}) AS g)`

/** Counts of active schedules for which a condition holds. */
const activeCount = (name: string, condition: string) =>
  `count(*) FILTER (WHERE is_active AND ${condition})::int AS ${name}`

const scheduleFigures = `count(*)::int AS total_schedules,
  count(*) FILTER (WHERE is_active)::int AS active_schedules,
  count(*) FILTER (WHERE NOT is_active)::int AS inactive_schedules,
  ${activeCount("overdue", "next_maintenance < now()")},
  ${activeCount("upcoming", "next_maintenance >= now()")},
  ${activeCount("upcoming_7_days", "next_maintenance >= now() AND next_maintenance < now() + interval '7 days'")},
  ${activeCount("upcoming_30_days", "next_maintenance >= now() AND next_maintenance < now() + interval '30 days'")}`

const recordFigures = `count(*)::int AS total_completed,
  round(avg(hours), 2)::float8 AS average_duration_hours,
  coalesce(round(sum(hours), 2), 0)::float8 AS total_duration_hours,
  coalesce(round(sum(cost), 2), 0)::float8 AS total_cost`

/** Figures of the maintenance of those assets that the caller may read: one statement. */
export const readStats = Effect.fnUntraced(function* (sql: SqlClient.SqlClient, caller: Caller, query: StatsQuery) {
  const { tenant } = caller
  const { now, timezone } = yield* tenantTime(sql, tenant)
  const of = (alias: string): Fragment =>
    sql.and([
      sql`${sql.literal(alias)}.tenant = ${tenant}`,
      ...(query.asset_id === undefined ? [] : [sql`${sql.literal(alias)}.asset_id = ${query.asset_id}::uuid`]),
      ...(query.client_id === undefined ? [] : [sql`a.client_id = ${query.client_id}::uuid`]),
      ...readableAssets(sql, caller)
    ])
  const [stats] = yield* sql<typeof MaintenanceStats.Type>`
    WITH schedule AS (
      SELECT s.is_active, s.next_maintenance, s.maintenance_type, s.frequency FROM asset_maintenance_schedules s
      LEFT JOIN assets a ON a.tenant = s.tenant AND a.asset_id = s.asset_id WHERE ${of("s")}
    ), done AS (
      SELECT h.performed_at, ${sql.literal(amount("duration_hours"))} AS hours, ${sql.literal(amount("cost"))} AS cost
      FROM asset_maintenance_history h
      LEFT JOIN assets a ON a.tenant = h.tenant AND a.asset_id = h.asset_id WHERE ${of("h")}
    )
    SELECT planned.*, recorded.*, ${sql.literal(countsBy("maintenance_type"))} AS by_type,
      ${sql.literal(countsBy("frequency"))} AS by_frequency
    FROM (
      SELECT ${sql.literal(scheduleFigures)}, count(*) FILTER (
        WHERE is_active AND next_maintenance < ${startOfNextDay(now, timezone)}::timestamptz)::int AS due
      FROM schedule
    ) AS planned, (
      SELECT ${sql.literal(recordFigures)}, count(*) FILTER (WHERE performed_at <= now()
        AND performed_at >= ${startOfMonth(now, timezone)}::timestamptz)::int AS completed_this_month
      FROM done
    ) AS recorded`
  return stats!
})
