/** What happened to a ticket, in a sentence. */
import type { Schema } from "effect"
import { type Change, isRecord, type Names, nameOf, type TicketEvent } from "./Activity.ts"

type Json = Schema.Json

/** What fields are called, where their names do not say it. */
const labels = new Map(
  Object.entries({
    status_id: "status",
    priority_id: "priority",
    board_id: "board",
    category_id: "category",
    subcategory_id: "subcategory",
    client_id: "client",
    contact_name_id: "contact",
    location_id: "location",
    assigned_to: "assignee",
    assigned_team_id: "team",
    master_ticket_id: "master ticket",
    url: "URL",
    "attributes.watcher_user_ids": "watchers"
  })
)

const labelOf = (field: string) => labels.get(field) ?? field.replace(/^attributes\./, "").replaceAll("_", " ")

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** A longer value is not for a sentence. */
const maxInSentence = 100

/** A value as it can stand in a sentence, if it can. */
const said = (value: Json, name: string | null): string | undefined => {
  const text = name ?? value
  if (typeof text !== "string") return typeof text === "number" || typeof text === "boolean" ? String(text) : undefined
  return text.length <= maxInSentence && !text.includes("\n") && text !== "" ? text : undefined
}

const changeSentence = ({ field, from, from_name, to, to_name }: Change): string => {
  const what = capital(labelOf(field))
  const [before, after] = [said(from, from_name), said(to, to_name)]
  if (field === "assigned_to") return to === null ? "Unassigned" : `Assigned to ${after ?? "somebody"}`
  if (to === null) return `${what} removed${before === undefined ? "" : `: ${before}`}`
  if (from === null) return after === undefined ? `${what} set` : `${what} set to ${after}`
  return before === undefined || after === undefined ? `${what} changed` : `${what} changed from ${before} to ${after}`
}

const changesSentence = (changes: ReadonlyArray<Change>): string | undefined => {
  const [first] = changes
  if (first === undefined) return undefined
  if (changes.length === 1) return changeSentence(first)
  const fields = changes.map(({ field }) => labelOf(field))
  return `${capital(fields.slice(0, -1).join(", "))} and ${fields.at(-1)} changed`
}

type Sentence = (payload: TicketEvent["payload"], names: Names) => string

const ticketName = (number: string | null, otherwise: string) => (number === null ? otherwise : `ticket ${number}`)

const commented =
  (verb: string): Sentence =>
  ({ comment, masterTicketId }, names) => {
    const isInternal = isRecord(comment) && comment["isInternal"] === true
    const told = `${isInternal ? "Internal comment" : "Comment"} ${verb}`
    const master = nameOf(names, masterTicketId)
    return master === null ? told : `${told} from master ticket ${master}`
  }

const linked =
  (verb: string): Sentence =>
  ({ asset_id, relationship_type }, names) => {
    const asset = `Asset ${nameOf(names, asset_id) ?? ""}`.trim()
    return `${asset} ${verb}${typeof relationship_type === "string" ? ` (${relationship_type})` : ""}`
  }

const agent =
  (verb: string): Sentence =>
  ({ additional_user_id, role }, names) =>
    `${nameOf(names, additional_user_id) ?? "An agent"} ${verb}${typeof role === "string" ? ` (${role})` : ""}`

/** The sentences of events that are not just changes. */
const sentences: Readonly<Record<string, Sentence>> = {
  TICKET_CREATED: ({ source }) => (typeof source === "string" ? `Ticket created (${source})` : "Ticket created"),
  TICKET_CLOSED: () => "Ticket closed",
  TICKET_REOPENED: () => "Ticket reopened",
  TICKET_COMMENT_ADDED: commented("added"),
  TICKET_COMMENT_UPDATED: commented("edited"),
  TICKET_COMMENT_DELETED: commented("deleted"),
  TICKET_ASSET_LINKED: linked("linked"),
  TICKET_ASSET_UNLINKED: linked("unlinked"),
  TICKET_ADDITIONAL_AGENT_ASSIGNED: agent("added as an additional agent"),
  TICKET_ADDITIONAL_AGENT_REMOVED: agent("removed as an additional agent"),
  TICKET_MERGED: ({ targetTicketId }, names) =>
    `Bundled under ${ticketName(nameOf(names, targetTicketId), "another ticket")}`,
  TICKET_SPLIT: ({ newTicketIds }, names) => {
    const count = Array.isArray(newTicketIds) ? newTicketIds.length : 0
    const tickets = nameOf(names, newTicketIds)
    return `${tickets === null ? `${count} ${count === 1 ? "ticket" : "tickets"}` : tickets} taken out of the bundle`
  },
  BUNDLE_REOPENED: ({ childTicketId }, names) => {
    const child = ticketName(nameOf(names, childTicketId), "a ticket of the bundle")
    return `Reopened by a comment on ${child}`
  },
  BUNDLE_SETTINGS_CHANGED: ({ mode }) =>
    typeof mode === "string" ? `Bundle settings changed: ${mode}` : "Bundle settings changed"
}

/** What else an event may name that it is about. */
const subjectOf = ({ changes, item, service_name }: TicketEvent["payload"]): string | undefined => {
  const document = isRecord(changes) ? changes["document"] : undefined
  const candidates = [
    isRecord(item) ? item["name"] : undefined,
    service_name,
    isRecord(document) ? (document["new"] ?? document["old"]) : undefined
  ]
  return candidates.find((candidate): candidate is string => typeof candidate === "string")
}

/** `TICKET_CHECKLIST_ITEM_ADDED` as words, with what it is about. */
const plainSentence = ({ event_type, payload }: TicketEvent): string => {
  const words = capital(
    event_type
      .replace(/^TICKET_/, "")
      .replaceAll("_", " ")
      .toLowerCase()
  )
  const subject = subjectOf(payload)
  return subject === undefined ? words : `${words}: ${subject}`
}

/** Whether what an event changed is the best that can be said of it. */
const tellsChanges = /^TICKET_(UPDATED|ASSIGNED|UNASSIGNED)$/

/** What happened, in a sentence. It quotes nothing that people have written to each other. */
export const summaryOf = (event: TicketEvent, changes: ReadonlyArray<Change>, names: Names): string => {
  const { event_type, payload } = event
  const sentence = sentences[event_type]
  if (sentence !== undefined) return sentence(payload, names)
  const told = tellsChanges.test(event_type) ? changesSentence(changes) : undefined
  if (told === undefined) return plainSentence(event)
  const master = nameOf(names, payload["masterTicketId"])
  return master === null ? told : `${told}, with master ticket ${master}`
}
