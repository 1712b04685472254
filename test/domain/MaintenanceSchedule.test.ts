/** When maintenance is due. */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import {
  type Due,
  dueAfter,
  edgeOfDay,
  frequencies,
  isOver,
  isTimeZone,
  type Kept,
  nextDue,
  type Plan,
  startOfMonth,
  startOfNextDay
} from "../../src/domain/MaintenanceSchedule.ts"

const day = 86_400_000
const hour = 3_600_000

const zones = [
  "UTC",
  "America/New_York",
  "America/St_Johns",
  "America/Santiago",
  "Asia/Kathmandu",
  "Australia/Lord_Howe",
  "Europe/Berlin",
  "Pacific/Apia",
  "Pacific/Kiritimati"
] as const
const Zone = Schema.Literals(zones)
/** Two islands have skipped a day, and what was due on it is due on the next. */
const Steady = Schema.Literals(zones.slice(0, -2))
const Frequency = Schema.Literals(frequencies)
const Instant = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: Date.UTC(2999, 11, 31) }))
/** Near today most zones have rules for their clocks. */
const Recent = Schema.Int.check(Schema.isBetween({ minimum: Date.UTC(1980, 0), maximum: Date.UTC(2040, 0) }))
const Interval = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 3650 }))
const Few = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 12 }))
const Later = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 400 * day }))

const iso = (millis: number) => new Date(millis).toISOString()

const clocks = new Map(
  zones.map((zone) => [
    zone as string,
    new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" })
  ])
)

/** What clocks in a zone show, as the platform has it: `2026-03-01T09:00:00`. */
const wall = (time: string, zone: string) => clocks.get(zone)!.format(new Date(time)).replace(" ", "T")

const plan = (values: Partial<Plan> = {}): Plan => ({
  frequency: "monthly",
  interval: 1,
  timezone: "UTC",
  start: null,
  anchorDay: null,
  ...values
})

/** The due dates of things that are always done when they are due, after the start. */
const series = (from: Plan, count: number): ReadonlyArray<string> => {
  const times: Array<string> = []
  let due: Due = { time: from.start!, anchorDay: from.anchorDay ?? 0 }
  let current = from
  for (let step = 0; step < count; step++) {
    due = dueAfter(current, due.time)
    current = { ...current, anchorDay: due.anchorDay }
    times.push(due.time)
  }
  return times
}

const days = (times: ReadonlyArray<string>) => times.map((time) => time.slice(0, 10))

describe("what is due next", () => {
  const cases = { base: Instant, frequency: Frequency, interval: Interval, timezone: Zone }

  it.prop("is after what it counts from", { ...cases, since: Later }, ({ base, since, ...given }) => {
    for (const start of [null, iso(Math.max(0, base - since))]) {
      const due = dueAfter(plan({ ...given, start }), iso(base))
      assert.isTrue(Date.parse(due.time) > base, due.time)
      assert.match(due.time, /^\d{4}-/)
    }
  })

  it.prop("keeps the day of the week or of the month, and the time of day", cases, ({ base, ...given }) => {
    const due = dueAfter(plan(given), iso(base))
    const [from, to] = [wall(iso(base), given.timezone), wall(due.time, given.timezone)]
    const clockMoves = from.slice(10) !== to.slice(10)
    // What clocks leave out is later by as much as they leave out: an hour at most, but for a day that an island skipped.
    if (clockMoves)
      assert.notStrictEqual(wall(iso(Date.parse(due.time) - hour), given.timezone).slice(10), from.slice(10))
    const months = { monthly: 1, quarterly: 3, yearly: 12 }[given.frequency as string]
    if (months === undefined || clockMoves) return
    const [fromYear, fromMonth] = [Number(from.slice(0, 4)), Number(from.slice(5, 7))]
    const [toYear, toMonth] = [Number(to.slice(0, 4)), Number(to.slice(5, 7))]
    assert.strictEqual((toYear - fromYear) * 12 + toMonth - fromMonth, months * given.interval)
    const longest = new Date(Date.UTC(toYear, toMonth, 0)).getUTCDate()
    assert.strictEqual(Number(to.slice(8, 10)), Math.min(Number(from.slice(8, 10)), longest))
  })

  it.prop(
    "is as many days later, or as many hours as clocks leave of them",
    { base: Recent, interval: Few, timezone: Zone, frequency: Schema.Literals(["daily", "weekly", "custom"]) },
    ({ base, frequency, interval, timezone }) => {
      const length = (frequency === "weekly" ? 7 : 1) * interval * day
      const due = dueAfter(plan({ frequency, interval, timezone }), iso(base))
      assert.isTrue(Math.abs(Date.parse(due.time) - base - length) <= (timezone.startsWith("Pacific/") ? day : hour))
    }
  )

  it.prop("grows, and its day does not drift", { start: Recent, timezone: Steady, interval: Few }, (given) => {
    const { interval, timezone } = given
    const start = iso(given.start)
    const times = series(plan({ interval, timezone, start }), 15)
    let last = start
    for (const time of times) {
      assert.isTrue(Date.parse(time) > Date.parse(last))
      last = time
    }
    const [anchor, clock] = [Number(wall(start, timezone).slice(8, 10)), wall(start, timezone).slice(10)]
    for (const local of times.map((time) => wall(time, timezone))) {
      // A time that clocks leave out may be on the next day.
      if (local.slice(10) !== clock) continue
      const longest = new Date(Date.UTC(Number(local.slice(0, 4)), Number(local.slice(5, 7)), 0)).getUTCDate()
      assert.strictEqual(Number(local.slice(8, 10)), Math.min(anchor, longest))
    }
  })

  it.prop("counts from whenever it was done, at the start's time of day", { start: Recent, since: Later }, (given) => {
    const done = given.start + given.since
    const due = dueAfter(plan({ frequency: "weekly", start: iso(given.start) }), iso(done))
    assert.strictEqual(due.time, `${iso(done + 7 * day).slice(0, 10)}${iso(given.start).slice(10)}`)
  })
})

describe("the calendar", () => {
  const from = (start: string, values: Partial<Plan>, count: number) =>
    days(series(plan({ start: `${start}T09:00:00.000Z`, ...values }), count))

  it("goes back to the 31st after months that are too short", () => {
    assert.deepStrictEqual(from("2026-01-31", {}, 5), [
      "2026-02-28",
      "2026-03-31",
      "2026-04-30",
      "2026-05-31",
      "2026-06-30"
    ])
    assert.deepStrictEqual(from("2024-01-31", {}, 2), ["2024-02-29", "2024-03-31"])
    assert.deepStrictEqual(from("2025-11-30", { frequency: "quarterly" }, 3), [
      "2026-02-28",
      "2026-05-30",
      "2026-08-30"
    ])
    assert.deepStrictEqual(from("2025-12-31", { interval: 2 }, 3), ["2026-02-28", "2026-04-30", "2026-06-30"])
  })

  it("has a 29th of February every four years, and not in 2100", () => {
    assert.deepStrictEqual(from("2024-02-29", { frequency: "yearly" }, 4), [
      "2025-02-28",
      "2026-02-28",
      "2027-02-28",
      "2028-02-29"
    ])
    assert.deepStrictEqual(from("2096-02-29", { frequency: "yearly", interval: 4 }, 2), ["2100-02-28", "2104-02-29"])
    assert.deepStrictEqual(from("2024-02-28", { frequency: "daily" }, 2), ["2024-02-29", "2024-03-01"])
    assert.deepStrictEqual(from("2024-02-28", { frequency: "custom", interval: 366 }, 1), ["2025-02-28"])
  })

  it("takes the day that something was done on, unless that is what was due", () => {
    const start = "2026-01-31T09:00:00.000Z"
    const doneOn = (done: string, anchorDay: number | null = null) =>
      dueAfter(plan({ start, anchorDay }), `${done}T17:30:00Z`)
    assert.deepStrictEqual(doneOn("2026-02-28"), { time: "2026-03-31T09:00:00.000Z", anchorDay: 31 })
    assert.deepStrictEqual(doneOn("2026-03-10"), { time: "2026-04-10T09:00:00.000Z", anchorDay: 10 })
    assert.deepStrictEqual(doneOn("2026-04-10", 10), { time: "2026-05-10T09:00:00.000Z", anchorDay: 10 })
    assert.deepStrictEqual(doneOn("2026-04-30", 10), { time: "2026-05-30T09:00:00.000Z", anchorDay: 30 })
    assert.deepStrictEqual(dueAfter(plan(), "2026-02-28T17:30:00Z").time, "2026-03-28T17:30:00.000Z")
  })
})

describe("clocks", () => {
  const daily = (timezone: string, start: string, count: number) =>
    series(plan({ frequency: "daily", timezone, start }), count)

  it("show the same time before and after they change", () => {
    assert.deepStrictEqual(daily("Europe/Berlin", "2026-03-28T08:00:00.000Z", 2), [
      "2026-03-29T07:00:00.000Z",
      "2026-03-30T07:00:00.000Z"
    ])
    assert.deepStrictEqual(series(plan({ timezone: "America/New_York", start: "2026-02-15T14:00:00.000Z" }), 2), [
      "2026-03-15T13:00:00.000Z",
      "2026-04-15T13:00:00.000Z"
    ])
  })

  it("leave out an hour, and what is due in it is an hour later, once", () => {
    // Half past two, on a morning whose clocks go from two to three.
    assert.deepStrictEqual(daily("America/New_York", "2026-03-07T07:30:00.000Z", 2), [
      "2026-03-08T07:30:00.000Z",
      "2026-03-09T06:30:00.000Z"
    ])
    assert.deepStrictEqual(daily("Australia/Lord_Howe", "2026-10-02T15:45:00.000Z", 2), [
      "2026-10-03T15:45:00.000Z",
      "2026-10-04T15:15:00.000Z"
    ])
    // A day that begins at one o'clock.
    assert.deepStrictEqual(daily("America/Santiago", "2026-09-05T04:00:00.000Z", 2), [
      "2026-09-06T04:00:00.000Z",
      "2026-09-07T03:00:00.000Z"
    ])
  })

  it("show an hour twice, and what is due in it is due the first time", () => {
    assert.deepStrictEqual(daily("America/New_York", "2026-10-31T05:30:00.000Z", 2), [
      "2026-11-01T05:30:00.000Z",
      "2026-11-02T06:30:00.000Z"
    ])
    // Done in the second of the two.
    const again = plan({ frequency: "daily", timezone: "America/New_York", start: "2026-10-31T05:30:00.000Z" })
    assert.strictEqual(dueAfter(again, "2026-11-01T06:30:00.000Z").time, "2026-11-02T06:30:00.000Z")
  })

  it("went back past midnight in Newfoundland, where a day began twice", () => {
    // At one minute past midnight it was 23:01 again.
    const night = plan({ frequency: "daily", timezone: "America/St_Johns", start: "2005-10-01T02:30:20.000Z" })
    const done = "2005-10-30T03:00:00.000Z"
    assert.strictEqual(wall(done, "America/St_Johns"), "2005-10-29T23:30:00")
    assert.strictEqual(dueAfter(night, done).time, "2005-10-30T03:30:20.000Z")
  })

  it("skipped a day in Samoa", () => {
    assert.deepStrictEqual(daily("Pacific/Apia", "2011-12-28T20:00:00.000Z", 3), [
      "2011-12-29T20:00:00.000Z",
      "2011-12-30T20:00:00.000Z",
      "2011-12-31T20:00:00.000Z"
    ])
  })
})

describe("days and months", () => {
  it("begin and end in their time zone", () => {
    assert.strictEqual(edgeOfDay("2026-03-29", "Europe/Berlin", "start"), "2026-03-28T23:00:00.000Z")
    assert.strictEqual(edgeOfDay("2026-03-29", "Europe/Berlin", "end"), "2026-03-29T21:59:59.999Z")
    assert.strictEqual(edgeOfDay("2026-12-31", "UTC", "end"), "2026-12-31T23:59:59.999Z")
    assert.strictEqual(edgeOfDay("2026-09-06", "America/Santiago", "start"), "2026-09-06T04:00:00.000Z")
    assert.strictEqual(edgeOfDay("2026-03-29T10:00:00+02:00", "Europe/Berlin", "end"), "2026-03-29T08:00:00.000Z")
    assert.strictEqual(startOfNextDay("2026-12-31T22:30:00.000Z", "Europe/Berlin"), "2026-12-31T23:00:00.000Z")
    assert.strictEqual(startOfNextDay("2026-12-31T23:30:00.000Z", "Europe/Berlin"), "2027-01-01T23:00:00.000Z")
    assert.strictEqual(startOfMonth("2026-04-30T22:30:00.000Z", "Europe/Berlin"), "2026-04-30T22:00:00.000Z")
    assert.strictEqual(startOfMonth("2026-04-30T22:30:00.000Z", "UTC"), "2026-04-01T00:00:00.000Z")
  })

  it.prop("contain their times", { time: Recent, zone: Zone }, ({ time, zone }) => {
    assert.isTrue(Date.parse(startOfMonth(iso(time), zone)) <= time)
    const next = Date.parse(startOfNextDay(iso(time), zone))
    assert.isTrue(next > time && next - time <= 2 * day)
    assert.strictEqual(wall(startOfMonth(iso(time), zone), zone).slice(0, 7), wall(iso(time), zone).slice(0, 7))
  })

  it("are those of a zone that has a name", () => {
    for (const zone of [...zones, "Etc/GMT+5", "CET"]) assert.isTrue(isTimeZone(zone), zone)
    for (const none of ["", "+02:00", "-0300", "Mars/Olympus", "Europe/Berlin ", "Europe", "🕰"]) {
      assert.isFalse(isTimeZone(none), none)
    }
    // One that is not known any more is UTC.
    assert.strictEqual(startOfMonth("2026-04-30T22:30:00.000Z", "Mars/Olympus"), "2026-04-01T00:00:00.000Z")
  })
})

describe("a schedule", () => {
  const kept: Kept = {
    frequency: "weekly",
    frequency_interval: 2,
    start_date: "2026-02-02T10:00:00.000Z",
    end_date: "2026-03-02T10:00:00.000Z",
    last_maintenance: null,
    created_at: "2026-01-01T00:00:00.000Z",
    anchor_day: null
  }
  const next = (values: Partial<Kept>) => nextDue({ ...kept, ...values }, "UTC").time

  it("counts from its start, from what was done since, or else from when it was made", () => {
    assert.strictEqual(next({}), "2026-02-16T10:00:00.000Z")
    assert.strictEqual(next({ last_maintenance: "2026-02-10T12:00:00.000Z" }), "2026-02-24T10:00:00.000Z")
    assert.strictEqual(next({ last_maintenance: "2026-01-10T12:00:00.000Z" }), "2026-02-16T10:00:00.000Z")
    assert.strictEqual(next({ start_date: null }), "2026-01-15T00:00:00.000Z")
    assert.strictEqual(
      next({ start_date: null, last_maintenance: "2025-01-10T12:00:00.000Z" }),
      "2025-01-24T12:00:00.000Z"
    )
  })

  it("is over when the next would be due after its end", () => {
    const due = (time: string) => ({ time, anchorDay: 1 })
    assert.isFalse(isOver(kept, due("2026-03-02T10:00:00.000Z")))
    assert.isTrue(isOver(kept, due("2026-03-02T10:00:00.001Z")))
    assert.isFalse(isOver({ end_date: null }, due("2999-03-02T10:00:00.000Z")))
  })
})
