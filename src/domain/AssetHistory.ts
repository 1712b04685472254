/** An asset's history: every change of it, and the maintenance that was done. */
import { Schema } from "effect"
import { JsonObject, Timestamp, Uuid } from "./Field.ts"

const NullableText = Schema.NullOr(Schema.String)

export const historyKinds = ["change", "maintenance"] as const

export const AssetChange = Schema.Struct({
  field: Schema.String.annotate({ description: "The field; `extension_data.<key>` for one of the extension data" }),
  from: Schema.Json.annotate({ description: "Before; null where there was nothing" }),
  to: Schema.Json.annotate({ description: "Since then" })
}).annotate({ identifier: "AssetChange" })

const maintenance = {
  schedule_id: Schema.NullOr(Uuid),
  maintenance_type: NullableText,
  description: NullableText,
  maintenance_data: Schema.NullOr(JsonObject),
  performed_at: Schema.NullOr(Timestamp),
  performed_by: Schema.NullOr(Uuid),
  performed_by_user_name: NullableText,
  created_at: Schema.NullOr(Timestamp)
}

export const AssetHistory = Schema.Struct({
  tenant: Uuid,
  asset_id: Uuid,
  history_id: Uuid,
  kind: Schema.Literals(historyKinds).annotate({
    description: "What the row is: a change has no type of maintenance, and maintenance lists no changes"
  }),
  change_type: Schema.String.annotate({
    description: "What happened: `created`, `updated`, `ticket_linked` and the like, or `maintenance`"
  }),
  changed_by: Schema.NullOr(Uuid),
  changed_by_name: NullableText,
  changed_at: Timestamp,
  changes: Schema.Array(AssetChange),
  ...maintenance
}).annotate({ identifier: "AssetHistory" })

/** What an event of an asset keeps. */
export interface AssetEvent {
  readonly change_type: string
  readonly payload: Schema.Json
}

type Json = Schema.Json

const isRecord = (value: Json | undefined): value is Readonly<Record<string, Json>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** What an event says has changed. One that lists no changes tells of what it names: it was not there before. */
export const changesIn = ({ change_type, payload }: AssetEvent): ReadonlyArray<typeof AssetChange.Type> => {
  if (!isRecord(payload)) return []
  const { changes } = payload
  if (isRecord(changes))
    return Object.entries(changes).flatMap(([field, change]) => spread(field, beforeAndAfter(change)))
  return change_type === "created" ? Object.entries(payload).map(([field, to]) => ({ field, from: null, to })) : []
}

/** A change for who reads only a line of it: `Updated: name, status`. */
export const changeInWords = (changeType: string, changes: ReadonlyArray<typeof AssetChange.Type>): string => {
  const words = changeType.replaceAll("_", " ")
  const fields = changes.map(({ field }) => field.replace(/^extension_data\./, "").replaceAll("_", " "))
  const said = `${words.charAt(0).toUpperCase()}${words.slice(1)}`
  return fields.length === 0 || changeType === "created" ? said : `${said}: ${fields.join(", ")}`
}

interface Difference {
  readonly from: Json
  readonly to: Json
}

const beforeAndAfter = (change: Json): Difference =>
  isRecord(change) && ("old" in change || "new" in change)
    ? { from: change["old"] ?? null, to: change["new"] ?? null }
    : { from: null, to: change }

/** Of extension data as a whole, only the fields that differ. */
const spread = (field: string, { from, to }: Difference): ReadonlyArray<typeof AssetChange.Type> => {
  if (field !== "extension_data") return [{ field, from, to }]
  const [old, now] = [isRecord(from) ? from : {}, isRecord(to) ? to : {}]
  return [...new Set([...Object.keys(old), ...Object.keys(now)])]
    .map((key) => ({ field: `extension_data.${key}`, from: old[key] ?? null, to: now[key] ?? null }))
    .filter((change) => JSON.stringify(change.from) !== JSON.stringify(change.to))
}
