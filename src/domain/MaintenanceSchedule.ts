/**
 * When maintenance is due: one interval after it was last done, counted on the calendar and the clocks of a time zone. So a
 * day has 23 hours when clocks go forward, and a month after January 31 it is the last of February.
 */
import { DateTime, Option } from "effect"

export const frequencies = ["daily", "weekly", "monthly", "quarterly", "yearly", "custom"] as const

export type Frequency = (typeof frequencies)[number]

/** Every how many days or months, for an interval of one. */
const units: Readonly<Record<Frequency, { readonly days: number } | { readonly months: number }>> = {
  daily: { days: 1 },
  weekly: { days: 7 },
  monthly: { months: 1 },
  quarterly: { months: 3 },
  yearly: { months: 12 },
  custom: { days: 1 }
}

/** Whether there is a time zone of this IANA name. Offsets such as `+02:00` are none. */
export const isTimeZone = (name: string): boolean => /^[a-z]/i.test(name) && Option.isSome(DateTime.zoneMakeNamed(name))

/** UTC, if there is no such zone any more. */
const zoneOf = (name: string) => DateTime.zoneMakeNamedUnsafe(isTimeZone(name) ? name : "UTC")

/** How often something is due. Times are ISO 8601. */
export interface Plan {
  readonly frequency: Frequency
  /** So many of the frequency's units lie between one due date and the next; days where it is `custom`. */
  readonly interval: number
  readonly timezone: string
  /** Whose time of day every due date has; that of the interval's beginning, if there is none. */
  readonly start: string | null
  /** The day of the month that due dates go back to after a month that is too short for it; the start's, if null. */
  readonly anchorDay: number | null
}

export interface Due {
  readonly time: string
  readonly anchorDay: number
}

/** What is due one interval after `base`, a time that is not before the start. It is always after `base`. */
export const dueAfter = ({ anchorDay, frequency, interval, start, timezone }: Plan, base: string): Due => {
  const zone = zoneOf(timezone)
  const from = partsOf(base, zone)
  const clock = start === null ? from : partsOf(start, zone)
  const anchor = anchorOf(from, anchorDay ?? (start === null ? from.day : clock.day))
  const { day, month, year } = advance(from, frequency, interval, anchor)
  const { hour, millisecond, minute, second } = clock
  const due = { year, month, day, hour, minute, second, millisecond }
  const time = instantOf(due, zone, "compatible")
  // Where clocks go back past midnight, a day begins twice: the interval may end after its first beginning.
  return { time: iso(time > Date.parse(base) ? time : instantOf(due, zone, "later")), anchorDay: anchor }
}

type Parts = DateTime.DateTime.Parts
type Day = Pick<Parts, "year" | "month" | "day">

const partsOf = (time: string, zone: DateTime.TimeZone): Parts =>
  DateTime.toParts(DateTime.makeZonedUnsafe(time, { timeZone: zone }))

/** Milliseconds since 1970. A time that clocks leave out is as long after they went forward as it would have been. */
const instantOf = (parts: Partial<Parts>, zone: DateTime.TimeZone, disambiguation: DateTime.Disambiguation) =>
  DateTime.toEpochMillis(DateTime.makeZonedUnsafe(parts, { timeZone: zone, adjustForTimeZone: true, disambiguation }))

const iso = (millis: number) => new Date(millis).toISOString()

const daysIn = (year: number, month: number) => new Date(Date.UTC(year, month, 0)).getUTCDate()

/** The anchor stays as long as things are done on it, or on the last day of a month that is too short for it. */
const anchorOf = ({ day, month, year }: Day, anchor: number) =>
  day === Math.min(anchor, daysIn(year, month)) ? anchor : day

const advance = ({ day, month, year }: Day, frequency: Frequency, interval: number, anchor: number): Day => {
  const unit = units[frequency]
  if ("days" in unit) return { year, month, day: day + unit.days * interval }
  const months = year * 12 + month - 1 + unit.months * interval
  const [nextYear, nextMonth] = [Math.floor(months / 12), (months % 12) + 1]
  return { year: nextYear, month: nextMonth, day: Math.min(anchor, daysIn(nextYear, nextMonth)) }
}

/** A time as the caller gave it: a mere date is its beginning in the time zone, or its end. */
export const edgeOfDay = (given: string, timezone: string, edge: "start" | "end"): string => {
  const [year, month, day] = given.split("-").map(Number)
  if (given.length > 10 || year === undefined || month === undefined || day === undefined) return iso(Date.parse(given))
  const zone = zoneOf(timezone)
  if (edge === "start") return iso(instantOf({ year, month, day }, zone, "compatible"))
  return iso(instantOf({ year, month, day: day + 1 }, zone, "compatible") - 1)
}

/** When the day after that of `time` begins. */
export const startOfNextDay = (time: string, timezone: string): string => {
  const zone = zoneOf(timezone)
  const { day, month, year } = partsOf(time, zone)
  return iso(instantOf({ year, month, day: day + 1 }, zone, "compatible"))
}

/** When the month of `time` began. */
export const startOfMonth = (time: string, timezone: string): string => {
  const zone = zoneOf(timezone)
  const { month, year } = partsOf(time, zone)
  return iso(instantOf({ year, month, day: 1 }, zone, "compatible"))
}

/** What a schedule goes by, as it is kept. */
export interface Kept {
  readonly frequency: Frequency
  readonly frequency_interval: number
  readonly start_date: string | null
  readonly end_date: string | null
  readonly last_maintenance: string | null
  readonly created_at: string
  readonly anchor_day: number | null
}

/**
 * What is due next by a schedule: an interval after it was last done, but never before its start; after its start, or else
 * after it was made, where it was never done.
 */
export const nextDue = (schedule: Kept, timezone: string): Due => {
  const { anchor_day, created_at, frequency, frequency_interval, last_maintenance, start_date } = schedule
  const plan = { frequency, interval: frequency_interval, timezone, start: start_date, anchorDay: anchor_day }
  return dueAfter(plan, laterOf(last_maintenance, start_date) ?? created_at)
}

/** The later of two times, if there is any. */
export const laterOf = (one: string | null, other: string | null): string | null => {
  if (one === null || other === null) return one ?? other
  return Date.parse(one) > Date.parse(other) ? one : other
}

/** Whether a schedule has ended before what would be due next. */
export const isOver = ({ end_date }: Pick<Kept, "end_date">, { time }: Due) =>
  end_date !== null && Date.parse(time) > Date.parse(end_date)

interface Dates {
  readonly start_date?: string | null
  readonly end_date?: string | null
}

/** The dates of a body as they are kept: those that are only dates are the beginning of a first day, the end of a last. */
export const datesIn = ({ end_date, start_date }: Dates, timezone: string): Dates => ({
  ...(start_date === undefined ? {} : { start_date: start_date && edgeOfDay(start_date, timezone, "start") }),
  ...(end_date === undefined ? {} : { end_date: end_date && edgeOfDay(end_date, timezone, "end") })
})
