/** Which minutes an entry has, and which day it is on. */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as SchemaParser from "effect/SchemaParser"
import { NewTimeOnItem, workDay, workedTime } from "../../src/domain/TimeEntry.ts"

const minute = 60_000
const day = 86_400_000

/** Milliseconds since 1970, of the years 1970 to 2999 with room on both sides. */
const Instant = Schema.Int.check(Schema.isBetween({ minimum: day, maximum: Date.UTC(2999, 11, 30) }))
const Length = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 40 * day }))

const zones = [
  "UTC",
  "America/Los_Angeles",
  "America/New_York",
  "Asia/Kolkata",
  "Asia/Kathmandu",
  "Australia/Lord_Howe",
  "Europe/Berlin",
  "Pacific/Apia",
  "Pacific/Kiritimati"
] as const
const Zone = Schema.Literals(zones)

const iso = (millis: number) => new Date(millis).toISOString()

describe("worked time", () => {
  it.prop("is cut to whole minutes", { start: Instant, length: Length }, ({ length, start }) => {
    const worked = workedTime({ start_time: iso(start), end_time: iso(start + length) })
    for (const [kept, sent] of [
      [worked.start_time, start],
      [worked.end_time, start + length]
    ] as const) {
      assert.match(kept, /:00\.000Z$/)
      const cut = sent - Date.parse(kept)
      assert.isTrue(cut >= 0 && cut < minute)
    }
    assert.strictEqual(worked.billable_duration, (Date.parse(worked.end_time) - Date.parse(worked.start_time)) / minute)
    assert.isTrue(Number.isInteger(worked.billable_duration))
  })

  it.prop("is the same whatever its seconds", { start: Instant, seconds: Schema.Literals([0, 1, 30, 59]) }, (given) => {
    const start = Math.floor(given.start / minute) * minute
    const worked = workedTime({
      start_time: iso(start + given.seconds * 1000),
      end_time: iso(start + 30 * minute + (59 - given.seconds) * 1000)
    })
    assert.strictEqual(worked.billable_duration, 30)
  })

  it.prop("that is not billable has no billable minutes", { start: Instant, length: Length }, ({ length, start }) => {
    const times = { start_time: iso(start), end_time: iso(start + length) }
    assert.deepStrictEqual(workedTime({ ...times, is_billable: false }), { ...workedTime(times), billable_duration: 0 })
  })

  it("may have any offset", () => {
    assert.deepStrictEqual(
      workedTime({ start_time: "2026-03-02T11:00:59+05:30", end_time: "2026-03-02T00:31-06:00" }),
      {
        start_time: "2026-03-02T05:30:00.000Z",
        end_time: "2026-03-02T06:31:00.000Z",
        billable_duration: 61
      }
    )
  })
})

describe("the work day", () => {
  it.prop("is the day before, of, or after that of UTC", { time: Instant, zone: Zone }, ({ time, zone }) => {
    const { work_date, work_timezone } = workDay(iso(time), zone)
    assert.strictEqual(work_timezone, zone)
    assert.match(work_date, /^\d{4}-\d\d-\d\d$/)
    const ofUtc = Date.parse(iso(time).slice(0, 10))
    assert.include([-day, 0, day], Date.parse(work_date) - ofUtc)
  })

  it.prop("never goes back", { time: Instant, length: Length, zone: Zone }, ({ length, time, zone }) => {
    assert.isTrue(workDay(iso(time), zone).work_date <= workDay(iso(time + length), zone).work_date)
  })

  it.prop(
    "of a fixed offset is that of the shifted time",
    { time: Instant, west: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 12 })) },
    ({ time, west }) => {
      assert.strictEqual(workDay(iso(time), `Etc/GMT+${west}`).work_date, iso(time - west * 60 * minute).slice(0, 10))
    }
  )

  it.prop("without a known zone is UTC's", { time: Instant, zone: Schema.String }, ({ time, zone }) => {
    const utc = { work_date: iso(time).slice(0, 10), work_timezone: "UTC" }
    assert.deepStrictEqual(workDay(iso(time), `No/${zone}`), utc)
    assert.deepStrictEqual(workDay(iso(time), `+02:00${zone}`), utc)
    assert.deepStrictEqual(workDay(iso(time), null), utc)
    assert.deepStrictEqual(workDay(iso(time), ""), utc)
  })

  it.each([
    // Half past eleven in the evening of the day before.
    ["America/Los_Angeles", "2024-07-02T06:30:00.000Z", "2024-07-01"],
    // Clocks go forward: the day has 23 hours.
    ["America/New_York", "2026-03-08T04:59:59.999Z", "2026-03-07"],
    ["America/New_York", "2026-03-08T05:00:00.000Z", "2026-03-08"],
    ["America/New_York", "2026-03-09T03:59:59.999Z", "2026-03-08"],
    ["America/New_York", "2026-03-09T04:00:00.000Z", "2026-03-09"],
    // Clocks go back: the day has 25.
    ["America/New_York", "2026-11-01T03:59:59.999Z", "2026-10-31"],
    ["America/New_York", "2026-11-01T04:00:00.000Z", "2026-11-01"],
    ["America/New_York", "2026-11-02T04:59:59.999Z", "2026-11-01"],
    ["America/New_York", "2026-11-02T05:00:00.000Z", "2026-11-02"],
    ["Europe/Berlin", "2026-03-28T22:59:00.000Z", "2026-03-28"],
    ["Europe/Berlin", "2026-03-28T23:00:00.000Z", "2026-03-29"],
    ["Europe/Berlin", "2026-03-29T22:00:00.000Z", "2026-03-30"],
    // A day that begins at one o'clock.
    ["America/Santiago", "2026-09-06T03:59:00.000Z", "2026-09-05"],
    ["America/Santiago", "2026-09-06T04:00:00.000Z", "2026-09-06"],
    // A day that never was.
    ["Pacific/Apia", "2011-12-30T09:59:00.000Z", "2011-12-29"],
    ["Pacific/Apia", "2011-12-30T10:00:00.000Z", "2011-12-31"],
    ["Asia/Kathmandu", "2026-03-02T18:14:00.000Z", "2026-03-02"],
    ["Asia/Kathmandu", "2026-03-02T18:15:00.000Z", "2026-03-03"]
  ])("in %s at %s is %s", (zone, time, date) => {
    assert.strictEqual(workDay(time, zone).work_date, date)
  })
})

describe("time that comes in", () => {
  const service_id = "0197b0e5-0000-7000-8000-00000000000a"
  const accepts = (start_time: string, end_time: string) =>
    SchemaParser.is(NewTimeOnItem)({ start_time, end_time, service_id })

  it.prop("ends after it starts", { one: Instant, other: Instant }, ({ one, other }) => {
    assert.strictEqual(accepts(iso(one), iso(other)), other > one)
  })

  it("is compared as time, not as text", () => {
    assert.isTrue(accepts("2026-03-02T11:00:00+05:00", "2026-03-02T07:00:00Z"))
    assert.isFalse(accepts("2026-03-02T10:00:00-05:00", "2026-03-02T12:00:00Z"))
  })

  it("is of a time in which people work", () => {
    assert.isTrue(accepts("1970-01-01T00:00:00Z", "2999-12-31T23:59:59Z"))
    assert.isFalse(accepts("1969-12-31T23:59:59Z", "1970-01-02T00:00:00Z"))
    assert.isFalse(accepts("2999-12-31T00:00:00Z", "3000-01-01T00:00:00Z"))
    assert.isFalse(accepts("yesterday", "2026-03-02T10:00:00Z"))
  })
})
