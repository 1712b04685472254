/** Time that somebody has worked: what is entered of it, and what follows from that. */
import { Schema } from "effect"
import { AnyText, Timestamp, TimestampInput, Uuid } from "./Field.ts"

/** What time can be spent on. */
export const WorkItemType = Schema.Literals([
  "ticket",
  "project_task",
  "non_billable_category",
  "ad_hoc",
  "interaction"
])

/** How far entries and time sheets have come. */
export const ApprovalStatus = Schema.Literals(["DRAFT", "SUBMITTED", "APPROVED", "CHANGES_REQUESTED", "REJECTED"])

const NullableText = Schema.NullOr(Schema.String)

/** A day, as it goes out. */
const Day = Schema.String.annotate({ format: "date" })

const Minutes = Schema.Int.annotate({ description: "Minutes" })

const BillableDuration = Schema.Int.annotate({ description: "Minutes; 0 where the time is not billable" })

export const TimeEntry = Schema.Struct({
  entry_id: Uuid,
  tenant: Uuid,
  user_id: Uuid,
  start_time: Timestamp,
  end_time: Schema.NullOr(Timestamp),
  notes: NullableText,
  work_item_id: Schema.NullOr(Uuid),
  work_item_type: WorkItemType,
  billable_duration: BillableDuration,
  approval_status: ApprovalStatus,
  time_sheet_id: Schema.NullOr(Uuid),
  service_id: Schema.NullOr(Uuid),
  tax_region: NullableText,
  contract_line_id: Schema.NullOr(Uuid),
  tax_rate_id: Schema.NullOr(Uuid),
  work_date: Day.annotate({ description: "The day of `start_time` in `work_timezone`" }),
  work_timezone: Schema.String,
  invoiced: Schema.Boolean,
  created_by: Schema.NullOr(Uuid),
  updated_by: Schema.NullOr(Uuid),
  created_at: Timestamp,
  updated_at: Timestamp,
  user_name: Schema.String,
  service_name: NullableText,
  duration_hours: Schema.Finite.annotate({ description: "`billable_duration` in hours, with two decimals" }),
  is_billable: Schema.Boolean
}).annotate({ identifier: "TimeEntry" })

/** An entry, as those see it who look at what it was spent on. */
export const TicketTimeEntry = Schema.Struct({
  entry_id: Uuid,
  user_id: Uuid,
  user_name: Schema.String,
  start_time: Timestamp,
  end_time: Schema.NullOr(Timestamp),
  work_date: Day,
  billable_duration: BillableDuration,
  notes: NullableText,
  approval_status: ApprovalStatus,
  service_id: Schema.NullOr(Uuid),
  service_name: NullableText,
  is_own: Schema.Boolean
}).annotate({ identifier: "TicketTimeEntry" })

/** The time spent on a ticket: the entries that the caller may see, and totals of all of them. */
export const TicketTime = Schema.Struct({
  entries: Schema.Array(TicketTimeEntry),
  ownTotalMinutes: Minutes,
  ownEntryCount: Schema.Int,
  othersTotalMinutes: Minutes,
  othersEntryCount: Schema.Int,
  othersVisibleMinutes: Minutes,
  othersVisibleCount: Schema.Int,
  othersHiddenMinutes: Minutes,
  othersHiddenCount: Schema.Int,
  totalMinutes: Minutes
}).annotate({ identifier: "TicketTime" })

const earliest = Date.UTC(1970, 0)
const latest = Date.UTC(3000, 0)

/** When somebody worked. What a duration's minutes are counted in holds any two such times. */
const EntryTime = TimestampInput.check(
  Schema.makeFilter(
    (text) => {
      const time = Date.parse(text)
      return !(time < earliest || time >= latest)
    },
    { message: "Expected a time of the years 1970 to 2999" }
  )
)

const endsAfterStart = Schema.makeFilter((input: { readonly start_time: string; readonly end_time: string }) =>
  Date.parse(input.end_time) > Date.parse(input.start_time)
    ? undefined
    : { path: ["end_time"], issue: "Expected a time after start_time" }
)

/** Time on a work item that is known already. */
export const NewTimeOnItem = Schema.Struct({
  start_time: EntryTime,
  end_time: EntryTime.annotateKey({ examples: ["2026-03-02T10:15:00.000Z"] }),
  service_id: Uuid.annotate({ description: "What was done, as the tenant sells it: an active service" }),
  notes: Schema.optionalKey(Schema.NullOr(AnyText())),
  is_billable: Schema.optionalKey(Schema.Boolean).annotate({ description: "True, if left out" }),
  tax_region: Schema.optionalKey(Schema.NullOr(AnyText(255)))
})
  .check(endsAfterStart)
  .annotate({ identifier: "NewTimeOnItem" })

const minute = 60_000

const toMinute = (time: string) => Math.floor(Date.parse(time) / minute) * minute

interface Worked {
  readonly start_time: string
  readonly end_time: string
  readonly is_billable?: boolean
}

/**
 * The times of an entry as they are kept, at the beginning of their minutes, and the minutes between them that are
 * billable.
 */
export const workedTime = ({ end_time, is_billable = true, start_time }: Worked) => {
  const [start, end] = [toMinute(start_time), toMinute(end_time)]
  return {
    start_time: new Date(start).toISOString(),
    end_time: new Date(end).toISOString(),
    billable_duration: is_billable ? (end - start) / minute : 0
  }
}

/** The days of a time zone, unless there is no such zone. Offsets such as `+02:00` are none. */
const daysOf = (timeZone: string): Intl.DateTimeFormat | undefined => {
  if (!/^[a-z]/i.test(timeZone)) return undefined
  try {
    return new Intl.DateTimeFormat("en-US", {
      timeZone,
      calendar: "iso8601",
      numberingSystem: "latn",
      year: "numeric",
      month: "2-digit",
      day: "2-digit"
    })
  } catch {
    return undefined
  }
}

/** The day that a time is on in a user's time zone, or in UTC where that is unknown; and the zone. */
export const workDay = (time: string, timezone: string | null) => {
  const days = timezone === null ? undefined : daysOf(timezone)
  if (timezone === null || days === undefined) {
    return { work_date: new Date(time).toISOString().slice(0, 10), work_timezone: "UTC" }
  }
  const parts = new Map(days.formatToParts(new Date(time)).map(({ type, value }) => [type, value]))
  return { work_date: `${parts.get("year")}-${parts.get("month")}-${parts.get("day")}`, work_timezone: timezone }
}
