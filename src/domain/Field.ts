/** The kinds of field that requests and rows are made of. Rows hold values as they are on the wire. */
import { Schema, SchemaTransformation } from "effect"

/** Any 8-4-4-4-12 hexadecimal id, lower-cased, so that it compares equal to the stored one. */
export const Uuid = Schema.String.check(
  Schema.isPattern(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i, { message: "Expected a UUID" })
).annotate({ format: "uuid" })

/** The id in a path: `Invalid <what> ID format` when it is none. */
export const PathId = (what: string) =>
  Schema.String.check(
    Schema.isPattern(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i, {
      message: `Invalid ${what} ID format`
    })
  ).annotate({ format: "uuid", description: `The id of the ${what}` })

/** A point in time as it goes out: ISO 8601 UTC with milliseconds. */
export const Timestamp = Schema.String.annotate({ format: "date-time" })

// Offsets reach 15:59, as they do in PostgreSQL.
const isoDateTime = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-](0\d|1[0-5]):?\d\d))?$/

/** `Date.parse` takes a 30th of February for the 2nd of March; PostgreSQL refuses it. */
const isDay = (day: string) => new Date(`${day}T00:00Z`).toISOString().startsWith(day)

/** A point in time as it comes in: ISO 8601 with any offset, or a date, which is its midnight in UTC. */
export const TimestampInput = Schema.String.annotate({ format: "date-time" }).check(
  Schema.makeFilter(
    (text) =>
      isoDateTime.test(text) && !Number.isNaN(Date.parse(text)) && !text.startsWith("0000") && isDay(text.slice(0, 10)),
    { message: "Expected an ISO 8601 date and time, such as 2026-03-01T09:30:00Z" }
  )
)

/** Text of 1 to `max` characters that is not just blanks. */
export const Text = (max: number) =>
  Schema.String.check(
    Schema.isPattern(/\S/u, { message: "Expected text that is not empty" }),
    Schema.isMaxLength(max, { message: `Expected at most ${max} characters` }),
    noNul
  )

/** PostgreSQL text cannot hold the NUL character, and its JSON no half of a surrogate pair. */
export const noNul = Schema.makeFilter((text: string) => !text.includes("\u0000") && text.isWellFormed(), {
  message: "Expected text without NUL characters or lone surrogates"
})

/** Text of at most `max` characters, empty or not. */
export const AnyText = (max = 65_536) =>
  Schema.String.check(Schema.isMaxLength(max, { message: `Expected at most ${max} characters` }), noNul)

export const Email = Schema.String.check(
  Schema.isPattern(/^[\w.!#$%&'*+/=?^`{|}~-]+@[a-z0-9-]+(\.[a-z0-9-]+)+$/i, { message: "Expected an email address" }),
  Schema.isMaxLength(255, { message: "Expected at most 255 characters" })
).annotate({ format: "email" })

export const Url = Schema.String.check(
  Schema.makeFilter((text) => URL.canParse(text) && !text.includes("\u0000"), { message: "Expected a URL" }),
  Schema.isMaxLength(2048, { message: "Expected at most 2048 characters" })
).annotate({ format: "uri" })

export const Color = Schema.String.check(
  Schema.isPattern(/^#[0-9a-fA-F]{6}$/u, { message: "Expected a color as #RRGGBB" })
)

/** A whole number that PostgreSQL's `integer` holds. */
export const Int32 = Schema.Int.check(Schema.isBetween({ minimum: -2_147_483_648, maximum: 2_147_483_647 }))
export const Count = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2_147_483_647 }))

/** `JSON.stringify` escapes just these of what PostgreSQL's JSON cannot hold; an escaped backslash before is no escape. */
const unstorable = /(?<!\\)(\\\\)*\\u(0000|d[89a-f])/

const maxDepth = 100

const nestsWithin = (value: Schema.Json, depth: number): boolean =>
  typeof value !== "object" ||
  value === null ||
  (depth > 0 && Object.values(value).every((inner) => nestsWithin(inner, depth - 1)))

/** JSON that PostgreSQL can hold, and that nobody's stack overflows on. */
export const storableJson = Schema.makeFilter((value: Schema.Json) => {
  if (!nestsWithin(value, maxDepth)) return `Expected at most ${maxDepth} levels of nesting`
  return unstorable.test(JSON.stringify(value)) ? "Expected text without NUL characters or lone surrogates" : true
})

/** An object with any JSON in it. */
export const JsonObject = Schema.Record(Schema.String, Schema.Json).check(storableJson)

/** A list as `a,b,c`, or as a JSON array in a string. */
export const Csv = <S extends Schema.ConstraintCodec<string, string>>(item: S) =>
  Schema.String.pipe(
    Schema.decodeTo(
      Schema.Array(item),
      SchemaTransformation.transform({
        decode: (text: string): ReadonlyArray<string> => splitList(text),
        encode: (items: ReadonlyArray<string>) => items.join(",")
      })
    )
  ).annotate({ csv: true })

const splitList = (text: string): ReadonlyArray<string> => {
  if (text.startsWith("[")) {
    try {
      const items: unknown = JSON.parse(text)
      if (Array.isArray(items)) return items.map(String)
    } catch {
      // Not JSON after all: a list whose first item starts with a bracket.
    }
  }
  return text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "")
}
