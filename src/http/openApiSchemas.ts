/** Makes derived JSON Schemas say plainly what they mean. */
import { Schema } from "effect"
import type { HttpApiEndpoint } from "effect/http-api"
import type { JsonSchema } from "effect/JsonSchema"

export type { JsonSchema }

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const mapValues = (value: unknown, f: (value: unknown) => unknown) =>
  isObject(value) ? Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, f(entry)])) : value

const refPrefix = "#/components/schemas/"

/** The name of the component that a schema refers to. */
export const referenceOf = (schema: unknown): string | undefined =>
  isObject(schema) && typeof schema["$ref"] === "string" ? schema["$ref"].slice(refPrefix.length) : undefined

/** What a component of a name is called in the document. */
export type Naming = (name: string) => string

/** `Encoded` in a component's name is about our code, not about the wire; it stays where it tells two apart. */
export const naming = (names: ReadonlyArray<string>): Naming => {
  const taken = new Set(names)
  return (name) => {
    const short = name.replace(/Encoded$/, "")
    return taken.has(short) ? name : short
  }
}

/** The schema, and every schema in it, in its plainest form. */
export const plain = (schema: unknown, nameOf: Naming): unknown => {
  if (!isObject(schema)) return schema
  const inner = (value: unknown) => plain(value, nameOf)
  const result: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(schema)) {
    if (key === "$ref") result[key] = refPrefix + nameOf(String(value).slice(String(value).lastIndexOf("/") + 1))
    else if (key === "properties" || key === "patternProperties") result[key] = mapValues(value, inner)
    else if (Array.isArray(value) && /^(anyOf|oneOf|allOf|prefixItems)$/.test(key)) result[key] = value.map(inner)
    // Fields may be added to answers, and unknown ones in requests are ignored.
    else if (key === "additionalProperties" && value === false) continue
    else if (/^(items|additionalProperties|not|contains|propertyNames)$/.test(key)) result[key] = inner(value)
    else result[key] = value
  }
  return withoutSafeBounds(nullable(merged(result)))
}

/** What an `allOf` only adds to the schema around it, in that schema. */
const merged = (schema: Record<string, unknown>): Record<string, unknown> => {
  const { allOf, ...result } = schema
  if (!Array.isArray(allOf)) return schema
  const rest = allOf.filter((part) => {
    const fits = isObject(part) && !("$ref" in part) && Object.keys(part).every((key) => !(key in result))
    if (fits) Object.assign(result, part)
    return !fits
  })
  return rest.length === 0 ? result : { ...result, allOf: rest }
}

/** `anyOf` a type and null is a type that may be null. */
const nullable = (schema: Record<string, unknown>): Record<string, unknown> => {
  const { anyOf, ...rest } = schema
  if (!Array.isArray(anyOf)) return schema
  // What may be anything may be null.
  if (anyOf.some((part) => isObject(part) && Object.keys(part).length === 0)) return rest
  const [other, more] = anyOf.filter((part) => !(isObject(part) && part["type"] === "null"))
  if (more !== undefined || anyOf.length !== 2 || !isObject(other) || typeof other["type"] !== "string") return schema
  const { enum: values, type, ...constraints } = other
  return {
    type: [type, "null"],
    ...(Array.isArray(values) ? { enum: [...values, null] } : {}),
    ...constraints,
    ...rest
  }
}

/** The bounds of JavaScript's exact integers are nobody's rule. */
const withoutSafeBounds = (schema: Record<string, unknown>): Record<string, unknown> => {
  const { maximum, minimum, ...rest } = schema
  return {
    ...rest,
    ...(minimum === undefined || minimum === Number.MIN_SAFE_INTEGER ? {} : { minimum }),
    ...(maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? {} : { maximum })
  }
}

/**
 * The schemas of an endpoint's query parameters as what they are read into: on the wire all are text, but a client wants
 * to know which are numbers, booleans or lists.
 */
export const querySchemas = (endpoint: HttpApiEndpoint.Top): Readonly<Record<string, JsonSchema>> => {
  if (endpoint.query === undefined) return {}
  const { definitions, schema } = Schema.toJsonSchemaDocument(Schema.toType(endpoint.query))
  const properties = resolved(schema, definitions)["properties"]
  if (!isObject(properties)) return {}
  return Object.fromEntries(
    Object.entries(properties).flatMap(([name, property]) => {
      const clear = plain(isObject(property) ? resolved(property, definitions) : property, (component) => component)
      return isObject(clear) ? [[name, clear]] : []
    })
  )
}

/** The schema with what it refers to in its place: parameters are small, and nobody shares them. */
const resolved = (schema: JsonSchema, definitions: Readonly<Record<string, JsonSchema>>): JsonSchema => {
  const { $ref, items, ...rest } = schema
  const definition = typeof $ref === "string" ? definitions[$ref.slice("#/$defs/".length)] : undefined
  if (definition !== undefined) return { ...resolved(definition, definitions), ...rest }
  return isObject(items) ? { ...rest, items: resolved(items, definitions) } : schema
}
