/** The types of asset: the built-in ones, which every tenant has, and a tenant's own. */
import { Schema } from "effect"
import { builtInFieldsOf, definableTypes, fieldTypes } from "./assetFields.ts"
import type { Issue } from "./Errors.ts"
import { AnyText, Int32, noNul, PathId, Timestamp, Uuid } from "./Field.ts"
import { Name } from "./Normalized.ts"

/** The types that a tenant starts with, in their order. */
export const builtInAssetTypes = [
  { slug: "workstation", name: "Workstation", icon: "monitor" },
  { slug: "network_device", name: "Network device", icon: "network" },
  { slug: "server", name: "Server", icon: "server" },
  { slug: "mobile_device", name: "Mobile device", icon: "smartphone" },
  { slug: "printer", name: "Printer", icon: "printer" },
  { slug: "unknown", name: "Unknown", icon: "help-circle" }
] as const

export const AssetTypeId = PathId("asset type")

const slugLike = (max: number) =>
  Schema.String.check(
    Schema.isPattern(/^[a-z][a-z0-9_]*$/u, { message: "Expected a slug, such as network_device" }),
    Schema.isMaxLength(max, { message: `Expected at most ${max} characters` })
  )

/** What an asset's `asset_type` and a type's `slug` are. */
export const AssetTypeSlug = slugLike(255)

const FieldKey = slugLike(64)

/** What there is to know of a field of `extension_data`. */
export const AssetField = Schema.Struct({
  key: Schema.String.annotate({ description: "Its name in `extension_data`" }),
  label: Schema.String,
  type: Schema.Literals(fieldTypes).annotate({ description: "`list` and `object` have built-in fields only" }),
  required: Schema.Boolean,
  options: Schema.optionalKey(Schema.Array(Schema.String)).annotate({ description: "What a `select` is chosen from" })
}).annotate({ identifier: "AssetField" })

export type FieldDefinition = typeof AssetField.Type

export const RegisteredAssetType = Schema.Struct({
  tenant: Uuid,
  type_id: Uuid,
  slug: Schema.String,
  name: Schema.String,
  icon: Schema.NullOr(Schema.String),
  is_builtin: Schema.Boolean,
  display_order: Schema.Int,
  fields_schema: Schema.Array(AssetField).annotate({ description: "The built-in fields first, then the tenant's own" }),
  created_at: Timestamp,
  updated_at: Timestamp
}).annotate({ identifier: "AssetType" })

const Option = Schema.String.check(
  Schema.isPattern(/\S/u, { message: "Expected text that is not empty" }),
  Schema.isMaxLength(255, { message: "Expected at most 255 characters" }),
  noNul
)

const NewField = Schema.Struct({
  key: FieldKey,
  label: Name(),
  type: Schema.Literals(fieldTypes).annotate({
    description: `One of ${definableTypes.join(", ")}; the others are for built-in fields that are sent as they are`
  }),
  required: Schema.optionalKey(Schema.Boolean).annotate({ default: false }),
  options: Schema.optionalKey(Schema.Array(Option).check(Schema.isMaxLength(200))).annotate({
    description: "What a `select` is chosen from; no other field has them"
  })
}).annotate({ identifier: "NewAssetField" })

const writable = {
  icon: Schema.optionalKey(Schema.NullOr(AnyText(255))),
  display_order: Schema.optionalKey(Int32),
  fields_schema: Schema.optionalKey(
    Schema.Array(NewField).check(Schema.isMaxLength(200, { message: "Expected at most 200 fields" }))
  ).annotate({ description: "All fields of the type, in the order of forms" })
}

const Slug = AssetTypeSlug.annotate({ description: "What assets of this type have as `asset_type`" })

export const NewAssetType = Schema.Struct({
  name: Name(),
  slug: Schema.optionalKey(Slug).annotate({ description: "Made of the name, if left out" }),
  ...writable
}).annotate({ identifier: "NewAssetType" })

export const AssetTypeChanges = Schema.Struct({
  name: Schema.optionalKey(Name()),
  slug: Schema.optionalKey(Slug).annotate({ description: "The assets of the type go with it" }),
  ...writable
}).annotate({ identifier: "AssetTypeChanges" })

/** A slug made of a name; nothing, if the name has no letter that a slug can have. */
export const slugOf = (name: string): string =>
  name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^[^a-z]+|_+$/g, "")

/** The built-in fields of a type, as they are shown. */
export const builtInDefinitions = (slug: string): ReadonlyArray<FieldDefinition> =>
  Object.entries(builtInFieldsOf(slug)).map(([key, { label, options, type }]) => ({
    key,
    label,
    type,
    required: false,
    ...(options === undefined ? {} : { options })
  }))

/** All fields of a type: the built-in ones, and those that the tenant has defined. */
export const fieldsOf = (slug: string, own: ReadonlyArray<FieldDefinition>): ReadonlyArray<FieldDefinition> => [
  ...builtInDefinitions(slug),
  ...own
]

/** A definition with everything that it leaves out. */
const whole = ({ key, label, options, required = false, type }: typeof NewField.Type): FieldDefinition => ({
  key,
  label,
  type,
  required,
  ...(options === undefined ? {} : { options })
})

/** What is wanted of a type's fields: those of the tenant's own, and what is wrong with them. */
export interface WantedFields {
  readonly own: ReadonlyArray<FieldDefinition>
  /** What does not make sense. */
  readonly issues: ReadonlyArray<Issue>
  /** What must not be: built-in fields that would go, or be others. */
  readonly violations: ReadonlyArray<Issue>
}

/** Parts the fields that a type is to have into the built-in ones, which must be there as they are, and the others. */
export const readFields = (
  builtInFields: ReadonlyArray<FieldDefinition>,
  wanted: ReadonlyArray<typeof NewField.Type>
): WantedFields => {
  const builtIn = new Map(builtInFields.map((definition) => [definition.key, definition]))
  const own: Array<FieldDefinition> = []
  const issues: Array<Issue> = []
  const violations: Array<Issue> = []
  const seen = new Set<string>()
  for (const [index, sent] of wanted.entries()) {
    const definition = whole(sent)
    const issue = (name: string, message: string) => ({ path: ["fields_schema", index, name], message })
    if (seen.has(sent.key)) issues.push(issue("key", `Expected each key once: ${sent.key}`))
    seen.add(sent.key)
    const original = builtIn.get(sent.key)
    if (original === undefined) {
      own.push(definition)
      issues.push(...problemsOf(definition).map(([name, message]) => issue(name, message)))
    } else if (!isSame(original, definition)) {
      violations.push(issue("key", `The built-in field ${sent.key} cannot be changed`))
    }
  }
  for (const key of builtIn.keys()) {
    if (!seen.has(key)) {
      violations.push({ path: ["fields_schema"], message: `The built-in field ${key} cannot be removed` })
    }
  }
  return { own, issues, violations }
}

const isSame = (one: FieldDefinition, other: FieldDefinition) =>
  one.label === other.label &&
  one.type === other.type &&
  one.required === other.required &&
  JSON.stringify(one.options) === JSON.stringify(other.options)

const isDefinable = (type: string) => definableTypes.some((definable) => definable === type)

/** What is wrong with a field of a tenant's own, by the name of its part. */
const problemsOf = ({
  options = [],
  type
}: FieldDefinition): ReadonlyArray<readonly [part: string, message: string]> => {
  if (!isDefinable(type)) return [["type", `Expected one of ${definableTypes.join(", ")}`]]
  if (type !== "select") return options.length === 0 ? [] : [["options", "Only a select has options"]]
  if (options.length === 0) return [["options", "Expected at least one option to select"]]
  return new Set(options).size === options.length ? [] : [["options", "Expected each option once"]]
}
