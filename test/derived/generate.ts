/** Random values from JSON Schemas, sound ones and hostile ones; the same seed gives the same values. */
import { isObject, type JsonSchema } from "../../src/http/openApiSchemas.ts"
import { resolved } from "./declared.ts"

export interface Random {
  /** A whole number from 0 up to, and without, `n`. */
  readonly below: (n: number) => number
  readonly chance: (probability: number) => boolean
  readonly pick: <A>(from: readonly [A, ...ReadonlyArray<A>] | ReadonlyArray<A>) => A
  readonly uuid: () => string
}

/** Mulberry32, from a text. */
export const seeded = (seed: string): Random => {
  let state = [...seed].reduce((hash, char) => Math.imul(hash ^ char.charCodeAt(0), 16_777_619), 2_166_136_261)
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  const below = (n: number) => Math.floor(next() * n)
  return {
    below,
    chance: (probability) => next() < probability,
    pick: (from) => from[below(from.length)]!,
    uuid: () => "xxxxxxxx-xxxx-7xxx-8xxx-xxxxxxxxxxxx".replace(/x/g, () => below(16).toString(16))
  }
}

const words = ["Printer", "on fire", "Übermut", "日本", "🔥", "O'Brien", "50%_off\\", "x".repeat(40)] as const

const formats: Readonly<Record<string, ReadonlyArray<string>>> = {
  "date-time": ["2026-03-02T09:30:00Z", "2026-03-02T09:30:00.123+05:30", "1999-12-31"],
  date: ["2026-03-02", "2024-02-29"],
  time: ["09:30", "23:59"],
  email: ["dana@example.com", "a.b+c@sub.example.org"],
  uri: ["https://example.com/x?y=z", "http://192.0.2.1:8080/"]
}

const typesOf = ({ type }: JsonSchema): ReadonlyArray<unknown> => (Array.isArray(type) ? type : [type])

/** A value that fits the schema. `ids` are what a reference may name. */
export const sound = (given: unknown, random: Random, ids: ReadonlyArray<string>, depth = 0): unknown => {
  const schema = resolved(given)
  const inner = (value: unknown) => sound(value, random, ids, depth + 1)
  if (Array.isArray(schema["enum"])) return random.pick(schema["enum"])
  if ("const" in schema) return schema["const"]
  const choices = schema["anyOf"] ?? schema["oneOf"]
  if (Array.isArray(choices)) return inner(random.pick(choices))
  if (depth > 5) return null
  switch (random.pick(typesOf(schema))) {
    case "string":
      return text(schema, random, ids)
    case "integer":
      return numberIn(schema, random)
    case "number":
      return numberIn(schema, random) + random.pick([0, 0.5])
    case "boolean":
      return random.chance(0.5)
    case "array":
      return Array.from({ length: Math.max(Number(schema["minItems"] ?? 0), random.below(4)) }, () =>
        inner(schema["items"])
      )
    case "object":
      return objectIn(schema, random, inner)
    default:
      return null
  }
}

const text = (schema: JsonSchema, random: Random, ids: ReadonlyArray<string>): string => {
  const { format, maxLength = 200, minLength = 0 } = schema
  if (format === "uuid") return ids.length > 0 && random.chance(0.8) ? random.pick(ids) : random.uuid()
  const known = formats[String(format)]
  if (known !== undefined) return random.pick(known)
  return random.pick(words).padEnd(Number(minLength), "x").slice(0, Number(maxLength))
}

const numberIn = ({ maximum, minimum }: JsonSchema, random: Random): number => {
  const low = Number(minimum ?? 0)
  const high = Number(maximum ?? low + 1000)
  return random.pick([low, high, low + random.below(Math.min(high - low, 1000) + 1)])
}

const objectIn = (schema: JsonSchema, random: Random, inner: (value: unknown) => unknown) => {
  const properties = isObject(schema["properties"]) ? Object.entries(schema["properties"]) : []
  const required = Array.isArray(schema["required"]) ? schema["required"] : []
  if (properties.length === 0) return random.pick([{}, { a: 1 }, { nested: { list: [1, "x", null] } }])
  return Object.fromEntries(
    properties
      .filter(([name]) => required.includes(name) || random.chance(0.4))
      .map(([name, property]) => [name, inner(property)])
  )
}

const deep = (levels: number): unknown => {
  let value: unknown = 1
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { a: value }
  return value
}

/** What nobody should send. */
export const hostile: ReadonlyArray<unknown> = [
  null,
  true,
  0,
  -1,
  -0.5,
  2 ** 31,
  -(2 ** 31) - 1,
  2 ** 53,
  1e308,
  5e-324,
  "",
  " ",
  "\u0000",
  "a\u0000b",
  "\ud800",
  "\udc00 tail",
  "\uffff\u200b\u202e",
  "null",
  "true",
  "NaN",
  "-1",
  "1e3",
  "'; DROP TABLE tickets; --",
  "%",
  "\\",
  "{}",
  "[1,",
  "x".repeat(70_000),
  "2026-02-30T00:00:00Z",
  "0000-00-00",
  "999999-12-31T00:00:00Z",
  "2026-01-01T25:61:61+99:99",
  "00000000-0000-0000-0000-000000000000",
  "ffffffff-ffff-ffff-ffff-ffffffffffff",
  [],
  {},
  [[]],
  [null, null],
  deep(200),
  JSON.parse('{"__proto__":{"admin":true},"constructor":{"prototype":1}}')
]

const oddNames = ["__proto__", "constructor", "toString", "tenant", "user_id", "", "a".repeat(300), "\u0000", "$ref"]

/** Puts something hostile somewhere in a value. */
const spoil = (value: unknown, random: Random, depth = 0): unknown => {
  if (depth < 3 && Array.isArray(value) && value.length > 0 && random.chance(0.7)) {
    const at = random.below(value.length)
    return value.map((item, index) => (index === at ? spoil(item, random, depth + 1) : item))
  }
  if (depth < 3 && isObject(value) && Object.keys(value).length > 0 && random.chance(depth === 0 ? 0.95 : 0.7)) {
    const name = random.pick(Object.keys(value))
    switch (random.below(6)) {
      case 0:
        return Object.fromEntries(Object.entries(value).filter(([key]) => key !== name))
      case 1:
        return Object.fromEntries([...Object.entries(value), [random.pick(oddNames), random.pick(hostile)]])
      default:
        return Object.fromEntries(
          Object.entries(value).map(([key, item]) => [key, key === name ? spoil(item, random, depth + 1) : item])
        )
    }
  }
  return random.pick(hostile)
}

const notJson = ["", "{", "nope", "\u0000", "[".repeat(5000), '{"a":1}{"b":2}', '{"a":}', "\ufeff{}", "NaN"]

/** A body: sound, spoilt, or no JSON at all. */
export const body = (schema: JsonSchema, random: Random, ids: ReadonlyArray<string>): string => {
  const value = sound(schema, random, ids)
  switch (random.below(10)) {
    case 0:
    case 1:
    case 2:
      return JSON.stringify(value)
    case 3:
      return random.pick(notJson)
    case 4:
      return JSON.stringify(spoil(spoil(spoil(value, random), random), random))
    default:
      return JSON.stringify(spoil(value, random))
  }
}

const rawTexts = ["%00", "%ED%A0%80", "%", "%zz", "%F0%9F%94%A5", "a,b,,c", "[1,2", '["x"]', "null", "+", "a&b=c"]

/** A query value, encoded. */
const queryValue = (schema: JsonSchema, random: Random, ids: ReadonlyArray<string>): string => {
  if (random.chance(0.25)) return random.pick(rawTexts)
  const value = random.chance(0.5) ? sound(schema, random, ids) : random.pick(hostile)
  const plain = Array.isArray(value) ? value.map(String).join(",") : isObject(value) ? "[object]" : String(value)
  return encodeURIComponent(plain.slice(0, 3000).toWellFormed())
}

/** A query string from what an endpoint knows, and from what it does not. */
export const queryString = (
  known: ReadonlyArray<{ readonly name: string; readonly schema: JsonSchema }>,
  random: Random,
  ids: ReadonlyArray<string>
): string => {
  const parts = known.flatMap(({ name, schema }) => {
    if (!random.chance(Math.min(0.5, 4 / known.length))) return []
    const times = random.chance(0.1) ? 2 : 1
    return Array.from({ length: times }, () => `${name}=${queryValue(schema, random, ids)}`)
  })
  if (random.chance(0.2)) parts.push(`${random.pick(["colour", "__proto__", "a[b]", "%00", ""])}=${random.below(9)}`)
  return parts.length === 0 ? "" : `?${parts.join("&")}`
}

/** A segment of a path, encoded. */
export const segment = (random: Random) =>
  random.pick(["%00", "__proto__", "%2e%2e%2f", "0", "null", "%F0%9F%94%A5", "x".repeat(400), "a%2Fb", "-"])

/** Headers that are legal, and odd. */
export const oddHeaders = (random: Random): Record<string, string> => {
  const headers: Record<string, string> = {}
  const maybe = (name: string, ...values: ReadonlyArray<string>) => {
    if (random.chance(0.2)) headers[name] = random.pick(values)
  }
  maybe("content-type", "text/plain", "application/json; charset=latin1", "multipart/form-data", ";;;", "application/")
  maybe("prefer", "handling=strict", "handling=", "x".repeat(500), 'respond-async, handling="strict"')
  maybe("x-request-id", "a b c", "é", "x".repeat(1000), "ok-1")
  maybe("accept", "text/html", "*/*;q=0", "image/png", "")
  maybe("if-match", "*", '"', 'W/"1"')
  maybe("idempotency-key", "", "x".repeat(300), "é", "k1")
  maybe("accept-encoding", "gzip", "identity;q=0")
  maybe("x-http-method-override", "DELETE")
  return headers
}
