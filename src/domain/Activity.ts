/** A ticket's history: what happened to it, who did it, and what each thing was before and after. */
import { Schema } from "effect"
import { Timestamp, Uuid } from "./Field.ts"
import { visibleText } from "./RichText.ts"

const NullableText = Schema.NullOr(Schema.String)

/** The most characters of a value that the history shows. */
export const maxShownLength = 500

export const ActivityChange = Schema.Struct({
  field: Schema.String.annotate({ description: "The ticket's field; `attributes.<name>` for one of its attributes" }),
  from: Schema.Json.annotate({ description: `Before; text longer than ${maxShownLength} characters is cut` }),
  to: Schema.Json.annotate({ description: "Since then" }),
  from_name: NullableText.annotate({ description: "The name of what `from` is the id of, as it is called today" }),
  to_name: NullableText.annotate({ description: "The name of what `to` is the id of, as it is called today" })
}).annotate({ identifier: "ActivityChange" })

export const Activity = Schema.Struct({
  activity_id: Uuid,
  event_type: Schema.String,
  user_id: Schema.NullOr(Uuid),
  user_name: NullableText,
  occurred_at: Timestamp,
  summary: Schema.String,
  changes: Schema.Array(ActivityChange)
}).annotate({ identifier: "Activity" })

export type Change = typeof ActivityChange.Type
type Json = Schema.Json

/** What is kept of something that happened. */
export interface TicketEvent {
  readonly event_type: string
  readonly payload: Readonly<Record<string, Json>>
}

export const isRecord = (value: Json | undefined): value is Readonly<Record<string, Json>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

export type Kind =
  | "asset"
  | "board"
  | "category"
  | "client"
  | "contact"
  | "location"
  | "priority"
  | "status"
  | "team"
  | "ticket"
  | "user"

/** What the ids in a field, or under a name in an event, are ids of. */
const kinds = new Map(
  Object.entries<Kind>({
    status_id: "status",
    priority_id: "priority",
    board_id: "board",
    category_id: "category",
    subcategory_id: "category",
    client_id: "client",
    contact_name_id: "contact",
    location_id: "location",
    assigned_to: "user",
    closed_by: "user",
    entered_by: "user",
    escalated_by: "user",
    additional_user_id: "user",
    user_id: "user",
    "attributes.watcher_user_ids": "user",
    assigned_team_id: "team",
    team_id: "team",
    asset_id: "asset",
    master_ticket_id: "ticket",
    masterTicketId: "ticket",
    childTicketId: "ticket",
    sourceTicketId: "ticket",
    targetTicketId: "ticket",
    newTicketIds: "ticket"
  })
)

/** The names of things, by their ids in lower case. */
export type Names = ReadonlyMap<string, string>

const idsIn = (value: Json | undefined): ReadonlyArray<string> => {
  const all: ReadonlyArray<Json | undefined> = Array.isArray(value) ? value : [value]
  return all.flatMap((id) => (typeof id === "string" && isUuid.test(id) ? [id.toLowerCase()] : []))
}

const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** The name of what the id is of, or the names of what the ids are of; null where none is known. */
export const nameOf = (names: Names, value: Json | undefined): string | null => {
  const known = idsIn(value).flatMap((id) => names.get(id) ?? [])
  return known.length === 0 ? null : known.join(", ")
}

/** The ids whose names the history of these events shows, by what they are of. */
export const referencesOf = (events: ReadonlyArray<TicketEvent>): ReadonlyMap<Kind, ReadonlySet<string>> => {
  const found = new Map<Kind, Set<string>>()
  const note = (name: string, value: Json | undefined) => {
    const kind = kinds.get(name)
    if (kind === undefined) return
    const ids = found.get(kind) ?? new Set()
    for (const id of idsIn(value)) ids.add(id)
    found.set(kind, ids)
  }
  for (const event of events) {
    for (const [name, value] of Object.entries(event.payload)) note(name, value)
    for (const { after, before, field } of changesOf(event)) {
      note(field, before)
      note(field, after)
    }
  }
  return found
}

interface Difference {
  readonly field: string
  readonly before: Json
  readonly after: Json
}

const isSame = (before: Json, after: Json) => JSON.stringify(before) === JSON.stringify(after)

/** What an event changed; of the attributes only those that differ, each as a field of its own. */
const changesOf = (event: TicketEvent): ReadonlyArray<Difference> => {
  const { changes } = event.payload
  const recorded = isRecord(changes) ? changes : impliedChanges(event)
  return Object.entries(recorded)
    .flatMap(([field, change]): ReadonlyArray<Difference> => {
      const before = isRecord(change) ? (change["old"] ?? null) : null
      const after = isRecord(change) ? (change["new"] ?? null) : change
      return field === "attributes" ? attributeChanges(before, after) : [{ field, before, after }]
    })
    .filter(({ after, before }) => !isSame(before, after))
}

/** What is under a name that anybody may have chosen: `constructor` is on no record that does not hold it. */
const own = (record: Readonly<Record<string, Json>>, name: string): Json | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined

const attributeChanges = (before: Json, after: Json): ReadonlyArray<Difference> => {
  const [old, now] = [isRecord(before) ? before : {}, isRecord(after) ? after : {}]
  return [...new Set([...Object.keys(old), ...Object.keys(now)])].map((name) => ({
    field: `attributes.${name}`,
    before: own(old, name) ?? null,
    after: own(now, name) ?? null
  }))
}

/** The changes of events that do not list them. */
const impliedChanges = ({ event_type, payload }: TicketEvent): Readonly<Record<string, Json>> => {
  const { assigned_to, old = null, targetTicketId } = payload
  if (event_type === "TICKET_ASSIGNED" && assigned_to !== undefined) return { assigned_to: { old, new: assigned_to } }
  if (event_type === "TICKET_MERGED" && targetTicketId !== undefined) {
    return { master_ticket_id: { old: null, new: targetTicketId } }
  }
  return {}
}

/** The changes of an event as they are shown. */
export const shownChanges = (event: TicketEvent, names: Names): ReadonlyArray<Change> =>
  changesOf(event).map(({ after, before, field }) => ({
    field,
    from: shown(field, before),
    to: shown(field, after),
    from_name: kinds.has(field) ? nameOf(names, before) : null,
    to_name: kinds.has(field) ? nameOf(names, after) : null
  }))

const shown = (field: string, value: Json): Json => {
  if (typeof value === "string") return cut(field === "attributes.description" ? visibleText(value) : value)
  const text = JSON.stringify(value)
  return text.length > maxShownLength ? cut(text) : value
}

const cut = (text: string) => {
  const characters = [...text.slice(0, 2 * maxShownLength + 2)]
  return characters.length <= maxShownLength ? text : `${characters.slice(0, maxShownLength - 1).join("")}…`
}
