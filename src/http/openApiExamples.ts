/** Examples for requests and answers, made from their schemas where an endpoint brings none of its own. */
import { isObject, type JsonSchema, referenceOf } from "./openApiSchemas.ts"

type Components = Readonly<Record<string, JsonSchema>>

const formats: Readonly<Record<string, string>> = {
  uuid: "0198c5f2-7b1e-7c3a-9d4f-2a6b8c0d1e2f",
  "date-time": "2026-03-02T09:30:00.000Z",
  date: "2026-03-02",
  time: "09:30",
  email: "dana@example.com",
  uri: "https://example.com/"
}

/** Text that fits what fields of many APIs are named for; the last that a schema's pattern allows is taken. */
const texts: ReadonlyArray<readonly [name: RegExp, text: string]> = [
  [/color|colour/, "#3366cc"],
  [/currency/, "USD"],
  [/phone/, "+1 555 0100"],
  [/time_?zone/, "Europe/Vienna"],
  [/country_code/, "AT"],
  [/ip(_address)?$/, "192.0.2.10"],
  [/_time$/, "09:30"],
  [/version/, "1.0.0"]
]

const maxDepth = 12

/** A value that fits the schema, or undefined where nothing of use can be said. */
export const exampleOf = (schema: unknown, components: Components, name = "", depth = 0): unknown => {
  if (!isObject(schema) || depth > maxDepth) return undefined
  const reference = referenceOf(schema)
  if (reference !== undefined) return exampleOf(components[reference], components, name, depth + 1)
  if (Array.isArray(schema["examples"])) return schema["examples"][0]
  if ("default" in schema) return schema["default"]
  if ("const" in schema) return schema["const"]
  if (Array.isArray(schema["enum"])) return schema["enum"][0]
  const choices = schema["anyOf"] ?? schema["oneOf"]
  if (Array.isArray(choices)) return exampleOf(choices[0], components, name, depth + 1)
  const types: ReadonlyArray<unknown> = Array.isArray(schema["type"]) ? schema["type"] : [schema["type"]]
  switch (types[0]) {
    case "string":
      return textOf(schema, name)
    case "integer":
    case "number":
      return numberOf(schema, name)
    case "boolean":
      return false
    case "array":
      return arrayOf(schema, components, name, depth)
    case "object":
      return objectOf(schema, components, depth)
    default:
      return types[0] === undefined ? undefined : null
  }
}

const textOf = (schema: JsonSchema, name: string): string | undefined => {
  const format = formats[String(schema["format"])]
  if (format !== undefined) return format
  const words = name.replaceAll("_", " ") || "text"
  const candidates = [
    ...texts.filter(([about]) => about.test(name)).map(([, text]) => text),
    words,
    name,
    ...Object.values(formats),
    ...texts.map(([, text]) => text),
    "1",
    "a"
  ]
  const { maxLength = Number.POSITIVE_INFINITY, minLength = 0, pattern } = schema
  return candidates.find(
    (text) =>
      text.length <= Number(maxLength) &&
      text.length >= Number(minLength) &&
      (typeof pattern !== "string" || new RegExp(pattern, "u").test(text))
  )
}

const numberOf = (schema: JsonSchema, name: string): number => {
  const { exclusiveMinimum, maximum = 1, minimum = 1 } = schema
  if (exclusiveMinimum !== undefined) return Number(exclusiveMinimum) + 1
  if (name === "limit") return 25
  return Math.min(Math.max(1, Number(minimum)), Number(maximum))
}

const arrayOf = (schema: JsonSchema, components: Components, name: string, depth: number) => {
  const item = exampleOf(schema["items"], components, name.replace(/s$/, ""), depth + 1)
  return item === undefined ? [] : [item]
}

const objectOf = (schema: JsonSchema, components: Components, depth: number) => {
  const properties = isObject(schema["properties"]) ? schema["properties"] : {}
  const required = Array.isArray(schema["required"]) ? schema["required"] : []
  const names = required.length > 0 ? required : Object.keys(properties).slice(0, 2)
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = exampleOf(properties[name], components, name, depth + 1)
      return value === undefined ? (required.includes(name) ? [[name, {}]] : []) : [[name, value]]
    })
  )
}

/** Whether a value has objects in it: what is answered may have more in each than was sent. */
const isComposed = (value: unknown): boolean => isObject(value) || (Array.isArray(value) && value.some(isComposed))

/** What an answer repeats of its request. */
export interface Echoed {
  readonly request?: unknown
  /** The schemas of the query parameters. */
  readonly queries?: Readonly<Record<string, JsonSchema>>
}

/** The answer's example, with what the request's example sent in it, and the list's own order. */
export const echoing = (answer: unknown, { queries = {}, request }: Echoed): unknown => {
  if (!isObject(answer)) return answer
  const { data, meta } = answer
  const result = { ...answer }
  if (isObject(data) && isObject(request)) {
    const sent = Object.entries(request).filter(([name, value]) => name in data && !isComposed(value))
    result["data"] = { ...data, ...Object.fromEntries(sent) }
  }
  if (isObject(meta) && "sort" in meta && "order" in meta) {
    result["meta"] = {
      ...meta,
      sort: queries["sort"]?.["default"] ?? meta["sort"],
      order: queries["order"]?.["default"] ?? meta["order"]
    }
  }
  return result
}
