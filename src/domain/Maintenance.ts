/** Maintenance of assets: what is to be done and how often, and what was done. */
import { Schema } from "effect"
import { AnyText, JsonObject, PathId, Timestamp, TimestampInput, Uuid } from "./Field.ts"
import { frequencies, isTimeZone } from "./MaintenanceSchedule.ts"
import { Name } from "./Normalized.ts"

export const MaintenanceScheduleId = PathId("maintenance schedule")

export const maintenanceTypes = ["preventive", "corrective", "inspection", "calibration", "replacement"] as const

export const MaintenanceType = Schema.Literals(maintenanceTypes)
export const Frequency = Schema.Literals(frequencies)

const NullableText = Schema.NullOr(Schema.String)

export const MaintenanceSchedule = Schema.Struct({
  tenant: Uuid,
  schedule_id: Uuid,
  asset_id: Uuid,
  schedule_name: Schema.String,
  description: NullableText,
  maintenance_type: MaintenanceType,
  frequency: Frequency,
  frequency_interval: Schema.Int.annotate({
    description: "How many of the frequency's units; days, if it is `custom`"
  }),
  schedule_config: JsonObject,
  start_date: Schema.NullOr(Timestamp).annotate({
    description: "From when intervals count, and the time of day of what is due; null: from when the schedule was made"
  }),
  end_date: Schema.NullOr(Timestamp).annotate({ description: "Nothing is due after it" }),
  timezone: NullableText.annotate({ description: "The time zone whose calendar counts; null: the tenant's" }),
  last_maintenance: Schema.NullOr(Timestamp),
  next_maintenance: Timestamp.annotate({
    description: "When it is due; of a schedule that has ended, when it last was"
  }),
  is_active: Schema.Boolean,
  assigned_to: Schema.NullOr(Uuid),
  created_by: Uuid,
  created_at: Timestamp,
  updated_at: Timestamp,
  created_by_name: Schema.String,
  assigned_to_name: NullableText
}).annotate({ identifier: "MaintenanceSchedule" })

/** A schedule, with what it is about. */
export const AssetMaintenance = Schema.Struct({
  ...MaintenanceSchedule.fields,
  asset_name: Schema.String,
  asset_tag: Schema.String,
  client_id: Uuid,
  client_name: Schema.String
}).annotate({ identifier: "AssetMaintenance" })

export const MaintenanceRecord = Schema.Struct({
  tenant: Uuid,
  history_id: Uuid,
  schedule_id: Schema.NullOr(Uuid).annotate({
    description: "Null for work that no schedule asked for, or whose is gone"
  }),
  asset_id: Uuid,
  maintenance_type: MaintenanceType,
  description: Schema.String,
  maintenance_data: JsonObject,
  performed_at: Timestamp,
  performed_by: Uuid,
  created_at: Timestamp,
  performed_by_user_name: Schema.String
}).annotate({ identifier: "MaintenanceRecord" })

const counts = Schema.Record(Schema.String, Schema.Int)

export const MaintenanceStats = Schema.Struct({
  total_schedules: Schema.Int,
  active_schedules: Schema.Int,
  inactive_schedules: Schema.Int,
  overdue: Schema.Int.annotate({ description: "Past their time" }),
  due: Schema.Int.annotate({ description: "Overdue, or due until the end of the day in the tenant's time zone" }),
  upcoming: Schema.Int.annotate({ description: "Yet to come" }),
  upcoming_7_days: Schema.Int,
  upcoming_30_days: Schema.Int,
  total_completed: Schema.Int.annotate({ description: "What was done, by a schedule or not" }),
  completed_this_month: Schema.Int.annotate({ description: "Since the month began in the tenant's time zone" }),
  by_type: counts.annotate({ description: "Schedules by `maintenance_type`" }),
  by_frequency: counts.annotate({ description: "Schedules by `frequency`" }),
  average_duration_hours: Schema.NullOr(Schema.Finite).annotate({
    description: "Of what was done and tells its `duration_hours`; null if nothing does"
  }),
  total_duration_hours: Schema.Finite,
  total_cost: Schema.Finite.annotate({ description: "The sum of every `cost` that was recorded" })
}).annotate({ identifier: "MaintenanceStats" })

const earliest = Date.UTC(1970, 0)
const latest = Date.UTC(3000, 0)

/** When something is maintained: within what the calendar is known for, so that every due date has a year of four digits. */
const MaintenanceTime = TimestampInput.check(
  Schema.makeFilter(
    (text) => {
      const time = Date.parse(text)
      return !(time < earliest || time >= latest)
    },
    { message: "Expected a time of the years 1970 to 2999" }
  )
)

const TimeZone = Schema.String.check(
  Schema.isMaxLength(64, { message: "Expected at most 64 characters" }),
  Schema.makeFilter(isTimeZone, { message: "Expected the IANA name of a time zone, such as Europe/Berlin" })
).annotate({ examples: ["Europe/Berlin"] })

const FrequencyInterval = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 3650 })).annotate({
  description: "How many of the frequency's units lie in between; days, if it is `custom`"
})

const common = {
  schedule_name: Schema.optionalKey(Name()),
  maintenance_type: Schema.optionalKey(MaintenanceType),
  schedule_type: Schema.optionalKey(MaintenanceType).annotate({
    description: "Another name of `maintenance_type`, which goes before it"
  }),
  start_date: Schema.optionalKey(Schema.NullOr(MaintenanceTime)).annotate({
    description:
      "The first is due an interval after it, all at its time of day; a mere date is its beginning in the time zone"
  }),
  end_date: Schema.optionalKey(Schema.NullOr(MaintenanceTime)).annotate({
    description: "Nothing is due after it; a mere date is its end in the time zone",
    examples: ["2999-12-31T23:59:59.000Z"]
  }),
  description: Schema.optionalKey(Schema.NullOr(AnyText())),
  notes: Schema.optionalKey(Schema.NullOr(AnyText())).annotate({
    description: "Another name of `description`, which goes before it"
  }),
  assigned_to: Schema.optionalKey(Schema.NullOr(Uuid)).annotate({ description: "An active user" }),
  timezone: Schema.optionalKey(Schema.NullOr(TimeZone)).annotate({ description: "The tenant's, if left out" }),
  is_active: Schema.optionalKey(Schema.Boolean),
  schedule_config: Schema.optionalKey(JsonObject)
}

export const NewMaintenanceSchedule = Schema.Struct({
  ...common,
  frequency: Frequency,
  frequency_interval: Schema.optionalKey(FrequencyInterval)
}).annotate({ identifier: "NewMaintenanceSchedule" })

export const MaintenanceScheduleChanges = Schema.Struct({
  ...common,
  frequency: Schema.optionalKey(Frequency),
  frequency_interval: Schema.optionalKey(FrequencyInterval)
}).annotate({ identifier: "MaintenanceScheduleChanges" })

type Common = Omit<typeof NewMaintenanceSchedule.Type, "frequency">

/** What is kept of a body, each thing by its own name. */
export const scheduleFields = <Body extends Common>({
  description,
  maintenance_type,
  notes,
  schedule_type,
  ...rest
}: Body) => {
  const type = maintenance_type ?? schedule_type
  const text = description === undefined ? notes : description
  return {
    ...rest,
    ...(type === undefined ? {} : { maintenance_type: type }),
    ...(text === undefined ? {} : { description: text })
  }
}

/** What a schedule is called that was given no name. */
export const defaultName = (type: typeof MaintenanceType.Type) =>
  `${type.slice(0, 1).toUpperCase()}${type.slice(1)} maintenance`

const Amount = (maximum: number) => Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum }))

export const NewMaintenanceRecord = Schema.Struct({
  schedule_id: Schema.optionalKey(Schema.NullOr(Uuid)).annotate({
    description: "What asked for it; nothing, if left out"
  }),
  maintenance_type: Schema.optionalKey(MaintenanceType).annotate({ description: "The schedule's, if left out" }),
  description: Schema.optionalKey(Schema.NullOr(Name(65_536))),
  performed_by: Schema.optionalKey(Uuid).annotate({ description: "The caller, if left out" }),
  performed_at: Schema.optionalKey(MaintenanceTime).annotate({ description: "Now, if left out" }),
  duration_hours: Schema.optionalKey(Schema.NullOr(Amount(1_000_000))),
  cost: Schema.optionalKey(Schema.NullOr(Amount(1_000_000_000_000))),
  notes: Schema.optionalKey(Schema.NullOr(AnyText())),
  parts_used: Schema.optionalKey(Schema.NullOr(Schema.Array(AnyText(1000)).check(Schema.isMaxLength(1000)))),
  maintenance_data: Schema.optionalKey(JsonObject)
}).annotate({ identifier: "NewMaintenanceRecord" })

type NewRecord = typeof NewMaintenanceRecord.Type

/** What is kept of a record beside its columns: its own data, and over them what has a name here. */
export const maintenanceData = ({ cost, duration_hours, maintenance_data, notes, parts_used }: NewRecord) => ({
  ...maintenance_data,
  ...present({ duration_hours, cost, notes, parts_used })
})

const present = (values: Readonly<Record<string, Schema.Json | undefined>>) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value != null))

/** What was done, in words: the description, or else the notes, or else that it was done. */
export const describe = ({ description, notes }: NewRecord, type: typeof MaintenanceType.Type) => {
  const text = notes?.trim() ?? ""
  return description ?? (text === "" ? `${type} maintenance performed` : text)
}
