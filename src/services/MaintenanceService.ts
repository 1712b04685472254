import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Actor, type Caller } from "../domain/Actor.ts"
import { Forbidden, NotFound, type PreconditionFailed, ValidationFailed } from "../domain/Errors.ts"
import type * as List from "../domain/List.ts"
import {
  type AssetMaintenance,
  defaultName,
  describe,
  type MaintenanceRecord,
  type MaintenanceScheduleChanges,
  type MaintenanceStats,
  maintenanceData,
  type NewMaintenanceRecord,
  type NewMaintenanceSchedule,
  scheduleFields
} from "../domain/Maintenance.ts"
import { isReadableAsset, lockAsset, readableAssets, requireAsset } from "./assetAccess.ts"
import { assetEvent } from "./assetEvents.ts"
import { refusing, unfailing } from "./constraints.ts"
import { recordEvents } from "./events.ts"
import { newId } from "./ids.ts"
import { conditions, page } from "./list.ts"
import {
  firstPlan,
  isPlanChanged,
  lockOfAsset,
  lockSchedule,
  moveOn,
  notThere,
  replanned,
  type Stored,
  writeSchedule
} from "./maintenancePlans.ts"
import {
  inState,
  MaintenanceList,
  type maintenanceStates,
  readStats,
  type StatsQuery,
  scheduleColumns,
  scheduleTables,
  tenantTime
} from "./maintenanceRows.ts"
import { personName } from "./personName.ts"
import { unchanged } from "./versions.ts"

type Row = typeof AssetMaintenance.Type
type Done = typeof MaintenanceRecord.Type

/** The asset or the schedule is not there, or the caller may not read the asset. */
type Refused = NotFound | Forbidden

export type MaintenanceQuery = List.Query & { readonly state?: (typeof maintenanceStates)[number] }

export class MaintenanceService extends Context.Service<
  MaintenanceService,
  {
    /** The schedules of all assets that the caller may read, what is due first. */
    readonly list: (query: MaintenanceQuery) => Effect.Effect<List.Page<Row>, ValidationFailed, Actor>
    /** Figures of what is due and what was done. */
    readonly stats: (query: StatsQuery) => Effect.Effect<typeof MaintenanceStats.Type, never, Actor>
    /** The schedules of an asset, what is due first. */
    readonly ofAsset: (assetId: string) => Effect.Effect<ReadonlyArray<Row>, Refused, Actor>
    readonly get: (scheduleId: string) => Effect.Effect<Row, Refused, Actor>
    readonly create: (
      assetId: string,
      input: typeof NewMaintenanceSchedule.Type
    ) => Effect.Effect<Row, Refused | ValidationFailed, Actor>
    /** Changes what is sent, and when the next maintenance is due if that follows from it. */
    readonly update: (
      scheduleId: string,
      changes: typeof MaintenanceScheduleChanges.Type
    ) => Effect.Effect<Row, Refused | ValidationFailed | PreconditionFailed, Actor>
    /** Deletes a schedule; what was done by it stays. */
    readonly delete: (scheduleId: string) => Effect.Effect<void, Refused | PreconditionFailed, Actor>
    /** Records what was done, and moves the schedule that asked for it, if one did, to when it is due next. */
    readonly record: (
      assetId: string,
      input: typeof NewMaintenanceRecord.Type
    ) => Effect.Effect<Done, Refused | ValidationFailed, Actor>
  }
>()("psa/MaintenanceService") {
  static readonly layer = Layer.effect(
    MaintenanceService,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient

      const list = Effect.fn("MaintenanceService.list")(function* (query: MaintenanceQuery) {
        const actor = yield* Actor
        const where = sql.and([
          sql`s.tenant = ${actor.tenant}`,
          ...(yield* inState(sql, actor.tenant, query.state)),
          ...readableAssets(sql, actor),
          ...conditions(sql, MaintenanceList, query)
        ])
        return yield* page(sql, MaintenanceList, query, { columns: scheduleColumns, from: scheduleTables, where })
      }, unfailing)

      const stats = Effect.fn("MaintenanceService.stats")(function* (query: StatsQuery) {
        return yield* readStats(sql, yield* Actor, query)
      }, unfailing)

      const columns = sql.literal(scheduleColumns.text)
      const tables = sql.literal(scheduleTables)

      const ofAsset = Effect.fn("MaintenanceService.ofAsset")(function* (assetId: string) {
        const actor = yield* Actor
        yield* requireAsset(sql, actor, assetId)
        return yield* sql<Row>`SELECT ${columns} FROM ${tables}
          WHERE s.tenant = ${actor.tenant} AND s.asset_id = ${assetId} ORDER BY s.next_maintenance, s.schedule_id`
      }, unfailing)

      const read = Effect.fnUntraced(function* (actor: Caller, scheduleId: string) {
        const [found] = yield* sql<Row & { readonly readable: boolean }>`
          SELECT ${columns}, ${isReadableAsset(sql, actor)} AS readable FROM ${tables}
          WHERE s.tenant = ${actor.tenant} AND s.schedule_id = ${scheduleId}`
        if (found === undefined) return yield* notThere()
        const { readable, ...row } = found
        return readable ? row : yield* Forbidden.to("read", "asset")
      })

      const get = Effect.fn("MaintenanceService.get")(function* (scheduleId: string) {
        return yield* read(yield* Actor, scheduleId)
      }, unfailing)

      /** Fails unless it is an active user of the tenant's own. */
      const checkAssignee = Effect.fnUntraced(function* (tenant: string, userId: string | null | undefined) {
        if (userId == null) return
        const found = yield* sql`SELECT 1 FROM users WHERE tenant = ${tenant} AND user_id = ${userId}
          AND user_type = 'internal' AND NOT is_inactive FOR KEY SHARE`
        if (found.length === 0) return yield* NotFound.of("Assigned user")
      })

      const create = Effect.fn("MaintenanceService.create")(
        function* (assetId: string, input: typeof NewMaintenanceSchedule.Type) {
          const actor = yield* Actor
          const { tenant } = actor
          const { maintenance_type, schedule_config = {}, ...fields } = scheduleFields(input)
          if (maintenance_type === undefined) {
            return yield* ValidationFailed.at("maintenance_type", "Expected what kind of maintenance it is")
          }
          yield* lockAsset(sql, actor, assetId)
          yield* checkAssignee(tenant, fields.assigned_to)
          const planned = yield* firstPlan(sql, tenant, fields)
          const [added] = yield* sql<Stored>`INSERT INTO asset_maintenance_schedules ${sql.insert({
            schedule_name: defaultName(maintenance_type),
            ...fields,
            ...planned,
            tenant,
            schedule_id: newId(),
            asset_id: assetId,
            maintenance_type,
            schedule_config: JSON.stringify(schedule_config),
            created_by: actor.userId
          })} RETURNING *`
          const { asset_id, schedule_id } = added!
          yield* recordEvents(sql, [
            assetEvent(actor, "ASSET_MAINTENANCE_SCHEDULED", asset_id, {
              ...named(added!),
              changes: { schedule_id: { old: null, new: schedule_id } }
            })
          ])
          return yield* read(actor, schedule_id)
        },
        sql.withTransaction,
        assigneeGone
      )

      const update = Effect.fn("MaintenanceService.update")(
        function* (scheduleId: string, body: typeof MaintenanceScheduleChanges.Type) {
          const actor = yield* Actor
          const { schedule_config, ...fields } = scheduleFields(body)
          const before = yield* lockSchedule(sql, actor, scheduleId)
          yield* unchanged(before.updated_at)
          if (fields.assigned_to?.toLowerCase() !== before.assigned_to) {
            yield* checkAssignee(actor.tenant, fields.assigned_to)
          }
          const columns = {
            ...fields,
            ...(schedule_config === undefined ? {} : { schedule_config: JSON.stringify(schedule_config) }),
            ...(isPlanChanged(fields) ? yield* replanned(sql, before, fields) : {})
          }
          if (Object.keys(columns).length > 0) {
            const { after, changes } = yield* writeSchedule(sql, before, columns)
            if (Object.keys(changes).length > 0) {
              yield* recordEvents(sql, [
                assetEvent(actor, "ASSET_MAINTENANCE_CHANGED", after.asset_id, { ...named(after), changes })
              ])
            }
          }
          return yield* read(actor, scheduleId)
        },
        sql.withTransaction,
        assigneeGone
      )

      const remove = Effect.fn("MaintenanceService.delete")(
        function* (scheduleId: string) {
          const actor = yield* Actor
          const schedule = yield* lockSchedule(sql, actor, scheduleId)
          yield* unchanged(schedule.updated_at)
          const { asset_id, schedule_id, tenant } = schedule
          yield* sql`DELETE FROM asset_maintenance_schedules WHERE tenant = ${tenant} AND schedule_id = ${schedule_id}`
          yield* recordEvents(sql, [
            assetEvent(actor, "ASSET_MAINTENANCE_REMOVED", asset_id, {
              ...named(schedule),
              changes: { schedule_id: { old: schedule_id, new: null } }
            })
          ])
        },
        sql.withTransaction,
        unfailing
      )

      /** The schedule that asks for the work on an asset that is locked, if the caller names one. */
      const scheduleFor = Effect.fnUntraced(function* (tenant: string, assetId: string, scheduleId?: string | null) {
        if (scheduleId == null) return undefined
        const schedule = yield* lockOfAsset(sql, tenant, scheduleId)
        if (schedule === undefined) return yield* notThere()
        if (schedule.asset_id !== assetId.toLowerCase()) {
          return yield* ValidationFailed.at("schedule_id", "The schedule is one of another asset")
        }
        return schedule
      })

      const record = Effect.fn("MaintenanceService.record")(
        function* (assetId: string, input: typeof NewMaintenanceRecord.Type) {
          const actor = yield* Actor
          const { tenant, userId } = actor
          yield* lockAsset(sql, actor, assetId)
          const schedule = yield* scheduleFor(tenant, assetId, input.schedule_id)
          const type = input.maintenance_type ?? schedule?.maintenance_type
          if (type === undefined) {
            return yield* ValidationFailed.at(
              "maintenance_type",
              "Expected a type: there is no schedule to take it from"
            )
          }
          const performed_at = new Date(input.performed_at ?? (yield* tenantTime(sql, tenant)).now).toISOString()
          const [done] = yield* sql<Done>`WITH done AS (INSERT INTO asset_maintenance_history ${sql.insert({
            tenant,
            history_id: newId(),
            schedule_id: schedule?.schedule_id ?? null,
            asset_id: assetId,
            maintenance_type: type,
            description: describe(input, type),
            maintenance_data: JSON.stringify(maintenanceData(input)),
            performed_at,
            performed_by: input.performed_by ?? userId
          })} RETURNING *)
            SELECT done.*, ${sql.literal(personName("u"))} AS performed_by_user_name
            FROM done LEFT JOIN users u ON u.tenant = done.tenant AND u.user_id = done.performed_by`
          const changes = schedule === undefined ? {} : yield* moveOn(sql, schedule, performed_at)
          const { asset_id, description, history_id, schedule_id } = done!
          const told = { history_id, schedule_id, maintenance_type: type, description, performed_at, changes }
          yield* recordEvents(sql, [assetEvent(actor, "ASSET_MAINTENANCE_RECORDED", asset_id, told)])
          return done!
        },
        sql.withTransaction,
        refusing({
          asset_maintenance_history_performed_by_fkey: () => NotFound.of("Maintenance performer")
        })
      )

      return MaintenanceService.of({ list, stats, ofAsset, get, create, update, delete: remove, record })
    })
  )
}

const named = ({ maintenance_type, schedule_id, schedule_name }: Stored) => ({
  schedule_id,
  schedule_name,
  maintenance_type
})

const assigneeGone = refusing({
  asset_maintenance_schedules_assigned_to_fkey: () => NotFound.of("Assigned user")
})
