/** An asset's `extension_data`: what only assets of its type have, as the type's fields allow. */
import { Result, Schema } from "effect"
import * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaParser from "effect/SchemaParser"
import type { FieldDefinition } from "./AssetType.ts"
import { builtInFields, builtInFieldsOf, type FieldType, longText } from "./assetFields.ts"
import type { Issue } from "./Errors.ts"
import { TimestampInput } from "./Field.ts"

/** What the data of a type are judged by. */
export interface TypeDefinition {
  readonly slug: string
  /** All its fields. */
  readonly fields: ReadonlyArray<FieldDefinition>
}

export type ExtensionData = Readonly<Record<string, Schema.Json>>

type Reader = (value: unknown) => Result.Result<unknown, SchemaIssue.Issue>

const readerOf = (values: Schema.Codec<unknown, unknown>): Reader =>
  SchemaParser.decodeUnknownResult(values, { errors: "all" })

const builtInReaders = new Map(
  Object.entries(builtInFields).flatMap(([slug, fields]) =>
    Object.entries(fields).map(([key, { values }]) => [`${slug}.${key}`, readerOf(values)] as const)
  )
)

const ownReaders: Readonly<Partial<Record<FieldType, Reader>>> = {
  text: readerOf(longText),
  number: readerOf(Schema.Finite),
  boolean: readerOf(Schema.Boolean),
  date: readerOf(TimestampInput)
}

const formatter = SchemaIssue.makeFormatterStandardSchemaV1()

const issueAt = (path: ReadonlyArray<PropertyKey>, message: string): Issue => ({
  path: ["extension_data", ...path],
  message
})

/** What is wrong with the value of a field. */
const valueIssues = (slug: string, field: FieldDefinition, value: Schema.Json): ReadonlyArray<Issue> => {
  const { key, options = [], type } = field
  const isBuiltIn = Object.hasOwn(builtInFieldsOf(slug), key)
  if (type === "select" && !isBuiltIn) {
    return options.some((option) => option === value)
      ? []
      : [issueAt([key], `Expected one of ${options.map((option) => JSON.stringify(option)).join(", ")}`)]
  }
  const result = (isBuiltIn ? builtInReaders.get(`${slug}.${key}`) : ownReaders[type])?.(value)
  if (result === undefined || Result.isSuccess(result)) return []
  return formatter(result.failure).issues.map(({ message, path }) =>
    issueAt([key, ...(path ?? []).map((segment) => (typeof segment === "object" ? segment.key : segment))], message)
  )
}

const isMissing = (value: Schema.Json | undefined) =>
  value === undefined || value === null || (typeof value === "string" && value.trim() === "")

/** What an asset has, and what it is to have. */
export interface ExtensionChange {
  /** What is stored. */
  readonly stored: ExtensionData | null
  /** What is sent: the given fields are replaced, null takes one away; null instead of all takes all away. */
  readonly sent: ExtensionData | null | undefined
  /** Whether the asset is of another type, or of none yet: of what is stored, what fits it is kept. */
  readonly isNewType: boolean
}

/** The data as they are to be, and what is wrong with them. */
export interface NextExtension {
  readonly data: ExtensionData | null
  readonly issues: ReadonlyArray<Issue>
}

/**
 * What the data of an asset become. The fields of its type are judged, also those that stay as they are: the type may have
 * been defined anew. What is stored under keys that the type has not any more is kept, until it is taken away.
 */
export const nextExtension = (
  { fields, slug }: TypeDefinition,
  { isNewType, sent, stored }: ExtensionChange
): NextExtension => {
  if (sent === undefined && !isNewType) return { data: stored, issues: [] }
  const byKey = new Map(fields.map((field) => [field.key, field]))
  const fits = ([key, value]: readonly [string, Schema.Json]) => {
    const field = byKey.get(key)
    return field !== undefined && valueIssues(slug, field, value).length === 0
  }
  const had = Object.entries(stored ?? {}).filter(([, value]) => value !== null)
  const kept = new Map(sent === null ? [] : isNewType ? had.filter(fits) : had)
  const unknown: Array<Issue> = []
  for (const [key, value] of Object.entries(sent ?? {})) {
    if (!byKey.has(key) && !(value === null && kept.has(key))) {
      unknown.push(issueAt([key], `Unknown to assets of type ${slug}`))
    }
    if (value === null) kept.delete(key)
    else kept.set(key, value)
  }
  const wrong = [...kept].flatMap(([key, value]) => {
    const field = byKey.get(key)
    return field === undefined ? [] : valueIssues(slug, field, value)
  })
  const missing = fields
    .filter(({ key, required }) => required && isMissing(kept.get(key)))
    .map(({ key }) => issueAt([key], `Required of assets of type ${slug}`))
  const nothing = kept.size === 0 && (sent == null || (stored === null && Object.keys(sent).length > 0))
  return {
    data: nothing ? null : Object.fromEntries(kept),
    issues: [...unknown, ...wrong, ...missing]
  }
}
