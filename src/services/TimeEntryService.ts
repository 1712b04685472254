import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Actor, type Caller } from "../domain/Actor.ts"
import { BadReference, Conflict, type Forbidden, type NotFound, ValidationFailed } from "../domain/Errors.ts"
import { type NewTimeOnItem, type TicketTime, TimeEntry, workDay, workedTime } from "../domain/TimeEntry.ts"
import { columnsOf } from "./columns.ts"
import { refusing, unfailing } from "./constraints.ts"
import { recordEvents } from "./events.ts"
import { newId } from "./ids.ts"
import { personName } from "./personName.ts"
import { lockTicket, requireTicket } from "./ticketAccess.ts"
import { openSheetFor } from "./timeSheets.ts"
import { wireTime } from "./wireTime.ts"

type Entry = typeof TimeEntry.Type
type Input = typeof NewTimeOnItem.Type

/** What time is entered for. */
interface WorkItem {
  readonly work_item_type: Entry["work_item_type"]
  readonly work_item_id: string
}

export class TimeEntryService extends Context.Service<
  TimeEntryService,
  {
    /** The time spent on a ticket: the entries that the caller may see, the last begun first, and totals of all of them. */
    readonly ofTicket: (ticketId: string) => Effect.Effect<typeof TicketTime.Type, NotFound | Forbidden, Actor>
    /** Enters time that the caller has worked on a ticket, on the caller's time sheet of that day. */
    readonly addToTicket: (
      ticketId: string,
      input: Input
    ) => Effect.Effect<Entry, NotFound | Forbidden | BadReference | ValidationFailed | Conflict, Actor>
  }
>()("psa/TimeEntryService") {
  static readonly layer = Layer.effect(
    TimeEntryService,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient

      const ofTicket = Effect.fn("TimeEntryService.ofTicket")(function* (ticketId: string) {
        const actor = yield* Actor
        yield* requireTicket(sql, actor, ticketId)
        const { tenant, userId } = actor
        const seesAll = actor.permissions.has("timesheet:read_all")
        const [time] = yield* sql<typeof TicketTime.Type>`
          WITH RECURSIVE entry AS (
            SELECT *, user_id = ${userId}::uuid AS is_own FROM time_entries
            WHERE tenant = ${tenant} AND ticket_id = ${ticketId}
          ), led (user_id, leader_id, depth) AS (
            SELECT user_id, reports_to, 1 FROM users
            WHERE tenant = ${tenant} AND user_id IN (SELECT user_id FROM entry)
            UNION ALL
            SELECT l.user_id, u.reports_to, l.depth + 1 FROM led l
            JOIN users u ON u.tenant = ${tenant} AND u.user_id = l.leader_id
            WHERE l.leader_id <> ${userId}::uuid AND l.depth < ${maxLevels}
          ), judged AS (
            SELECT *, is_own OR ${seesAll}::boolean
              OR user_id IN (SELECT user_id FROM led WHERE leader_id = ${userId}::uuid) AS is_visible FROM entry
          )
          SELECT coalesce(json_agg(${sql.literal(ticketEntry)} ORDER BY e.start_time DESC, e.entry_id DESC)
              FILTER (WHERE e.is_visible), '[]') AS entries,
            ${sql.literal(totals)}
          FROM judged e
          JOIN users u ON u.tenant = e.tenant AND u.user_id = e.user_id
          LEFT JOIN service_catalog s ON s.tenant = e.tenant AND s.service_id = e.service_id`
        return time!
      }, unfailing)

      /**
       * The caller's time zone, with nobody else entering time for them until the transaction ends: two entries that
       * overlap and are made at once could wait for each other. Fails unless the service is one to enter time for.
       */
      const lockOwner = Effect.fnUntraced(function* ({ tenant, userId }: Caller, serviceId: string) {
        const [owner] = yield* sql<Owner>`SELECT u.timezone, s.item_kind, s.is_active FROM users u
          LEFT JOIN service_catalog s ON s.tenant = u.tenant AND s.service_id = ${serviceId}
          WHERE u.tenant = ${tenant} AND u.user_id = ${userId} FOR NO KEY UPDATE OF u`
        if (owner?.item_kind !== "service") return yield* BadReference.to("service_id", "Service")
        if (!owner.is_active) return yield* ValidationFailed.at("service_id", "The service is not active")
        return owner.timezone
      })

      const insert = (values: Readonly<Record<string, string | number | null>>) =>
        Effect.map(
          sql`WITH added AS (INSERT INTO time_entries ${sql.insert(values)} RETURNING *)
            SELECT ${sql.literal(entryColumns.text)} FROM added e
            JOIN users u ON u.tenant = e.tenant AND u.user_id = e.user_id
            LEFT JOIN service_catalog s ON s.tenant = e.tenant AND s.service_id = e.service_id`.values,
          ([row]) => entryColumns.read(row!)
        )

      /** Enters the caller's time on a work item that is there, and stays until the transaction ends. */
      const enter = Effect.fnUntraced(function* (actor: Caller, item: WorkItem, input: Input) {
        const { tenant, userId } = actor
        const timezone = yield* lockOwner(actor, input.service_id)
        const worked = workedTime(input)
        const day = workDay(worked.start_time, timezone)
        return yield* insert({
          tenant,
          entry_id: newId(),
          user_id: userId,
          ...worked,
          ...day,
          ...item,
          time_sheet_id: yield* openSheetFor(sql, actor, day.work_date),
          service_id: input.service_id,
          notes: input.notes ?? null,
          tax_region: input.tax_region ?? null,
          created_by: userId,
          updated_by: userId
        })
      })

      const addToTicket = Effect.fn("TimeEntryService.addToTicket")(
        function* (ticketId: string, input: Input) {
          const actor = yield* Actor
          yield* lockTicket(sql, actor, ticketId)
          const entry = yield* enter(actor, { work_item_type: "ticket", work_item_id: ticketId }, input)
          yield* recordEvents(sql, [created(entry), addedToTicket(entry, ticketId)])
          return entry
        },
        sql.withTransaction,
        refusals
      )

      return TimeEntryService.of({ ofTicket, addToTicket })
    })
  )
}

/** So many levels of people who report to each other are followed; nobody's hierarchy is deeper, unless it is a circle. */
const maxLevels = 32

/** The caller, and the service that time is entered for, if it is there. */
interface Owner {
  readonly timezone: string | null
  readonly item_kind: string | null
  readonly is_active: boolean | null
}

const workDate = "to_char(e.work_date, 'YYYY-MM-DD')"

/** From `time_entries e`, its `users u`, and its `service_catalog s` if it has one. */
const entryColumns = columnsOf(TimeEntry, "e", {
  work_date: workDate,
  user_name: personName("u"),
  service_name: "s.service_name",
  duration_hours: "round(e.billable_duration / 60.0, 2)::float8",
  is_billable: "(e.billable_duration > 0)"
})

const ticketEntry = `json_build_object('entry_id', e.entry_id, 'user_id', e.user_id, 'user_name', ${personName("u")},
  'start_time', ${wireTime("e.start_time")}, 'end_time', ${wireTime("e.end_time")}, 'work_date', ${workDate},
  'billable_duration', e.billable_duration, 'notes', e.notes, 'approval_status', e.approval_status,
  'service_id', e.service_id, 'service_name', s.service_name, 'is_own', e.is_own)`

/** The minutes and the number of the entries for which a condition holds, by these names. */
const totalsOf = (minutes: string, count: string, condition: string) =>
  `coalesce(sum(e.billable_duration) FILTER (WHERE ${condition}), 0) AS "${minutes}",
   count(*) FILTER (WHERE ${condition}) AS "${count}"`

const totals = `${totalsOf("ownTotalMinutes", "ownEntryCount", "e.is_own")},
  ${totalsOf("othersTotalMinutes", "othersEntryCount", "NOT e.is_own")},
  ${totalsOf("othersVisibleMinutes", "othersVisibleCount", "NOT e.is_own AND e.is_visible")},
  ${totalsOf("othersHiddenMinutes", "othersHiddenCount", "NOT e.is_visible")},
  coalesce(sum(e.billable_duration), 0) AS "totalMinutes"`

const created = (entry: Entry) => ({
  tenant: entry.tenant,
  userId: entry.user_id,
  type: "TIME_ENTRY_CREATED",
  entityType: "time_entry",
  entityId: entry.entry_id,
  payload: {
    work_item_type: entry.work_item_type,
    work_item_id: entry.work_item_id,
    time_sheet_id: entry.time_sheet_id,
    service_id: entry.service_id,
    work_date: entry.work_date,
    billable_duration: entry.billable_duration
  }
})

/** Whoever reads the ticket reads its history, and not everybody's time: so only which entry it is. */
const addedToTicket = ({ entry_id, tenant, user_id }: Entry, ticketId: string) => ({
  tenant,
  userId: user_id,
  type: "TICKET_TIME_ENTRY_ADDED",
  entityType: "ticket",
  entityId: ticketId,
  payload: { entry_id }
})

const refusals = refusing<Conflict | BadReference>({
  time_entries_overlap: () => Conflict.because("The time overlaps with another of your time entries"),
  time_entries_service_fkey: () => BadReference.to("service_id", "Service")
})
