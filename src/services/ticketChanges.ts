/** What a change of a ticket comes to: what has to be checked, what goes with it, and what there is to tell. */
import { Effect } from "effect"
import type { Caller } from "../domain/Actor.ts"
import { ValidationFailed } from "../domain/Errors.ts"
import { suppressFlags } from "../domain/Suppress.ts"
import type { CreatedTicket, TicketChanges } from "../domain/Ticket.ts"
import type { NewEvent } from "./events.ts"
import type { TicketReferences } from "./ticketReferences.ts"

/** A ticket's columns, with the mode of the bundle it is a child of, and of the one it is the master of. */
export type StoredTicket = Omit<typeof CreatedTicket.Type, "tags"> & {
  readonly bundle_mode: BundleMode | null
  readonly own_bundle_mode: BundleMode | null
}
export type BundleMode = "sync_updates" | "link_only"

type Changes = typeof TicketChanges.Type

const referenceFields = [
  "client_id",
  "board_id",
  "status_id",
  "priority_id",
  "contact_name_id",
  "location_id",
  "category_id",
  "subcategory_id",
  "assigned_to"
] as const

/**
 * The references to check, if any changes, and those that do not survive the change: another client has other contacts
 * and locations, another board other categories. What stays as it is is not checked again.
 */
export const changedReferences = (current: StoredTicket, changes: Changes) => {
  if (!referenceFields.some((field) => changes[field] !== undefined)) return Effect.succeed(undefined)
  const client_id = changes.client_id ?? current.client_id
  const board_id = changes.board_id ?? current.board_id
  const movesClient = client_id !== current.client_id
  const movesBoard = board_id !== current.board_id
  if (movesBoard && changes.status_id === undefined) {
    return Effect.fail(
      ValidationFailed.at("status_id", "Changing the board requires selecting a status for the destination board")
    )
  }
  const movesCategory = changes.category_id !== undefined && changes.category_id !== current.category_id
  const cleared = {
    ...(movesClient && changes.contact_name_id === undefined ? { contact_name_id: null } : {}),
    ...(movesClient && changes.location_id === undefined ? { location_id: null } : {}),
    ...(movesBoard && changes.category_id === undefined ? { category_id: null } : {}),
    ...((movesBoard || movesCategory) && changes.subcategory_id === undefined ? { subcategory_id: null } : {})
  }
  const category_id = changes.category_id !== undefined ? changes.category_id : movesBoard ? null : current.category_id
  const check: TicketReferences = {
    client_id,
    board_id,
    status_id: changes.status_id ?? current.status_id,
    priority_id: changes.priority_id ?? current.priority_id,
    contact_name_id: changes.contact_name_id ?? null,
    location_id: changes.location_id ?? null,
    category_id: changes.category_id === undefined && changes.subcategory_id === undefined ? null : category_id,
    subcategory_id: changes.subcategory_id ?? null,
    assigned_to: changes.assigned_to ?? null
  }
  return Effect.succeed({ check, cleared })
}

const toldFields = [
  "title",
  "url",
  "client_id",
  "contact_name_id",
  "location_id",
  "status_id",
  "priority_id",
  "assigned_to",
  "board_id",
  "category_id",
  "subcategory_id",
  "due_date"
] as const

/** What there is to tell of a change, and with it of a ticket that was closed or given to somebody. */
export const changedEvents = (
  actor: Caller,
  current: StoredTicket & { readonly tags: ReadonlyArray<string> },
  changes: Changes,
  isClosed: boolean,
  now: string
): ReadonlyArray<NewEvent> => {
  const flags = suppressFlags(changes)
  const about = { tenant: actor.tenant, userId: actor.userId, entityType: "ticket", entityId: current.ticket_id }
  const changed = toldFields.flatMap((field) => {
    const value = changes[field]
    return value === undefined || value === current[field]
      ? []
      : [[field, { old: current[field], new: value }] as const]
  })
  const attributes =
    changes.attributes === undefined
      ? []
      : [["attributes", { old: current.attributes, new: changes.attributes }] as const]
  const tags =
    changes.tags === undefined ? [] : [["tags", { old: current.tags, new: changes.tags.toSorted() }] as const]
  return [
    {
      ...about,
      type: "TICKET_UPDATED",
      payload: { changes: Object.fromEntries([...changed, ...attributes, ...tags]), ...flags }
    },
    ...(isClosed && !current.is_closed
      ? [{ ...about, type: "TICKET_CLOSED", payload: { closedAt: now, ...flags } }]
      : []),
    ...(changes.assigned_to !== undefined && changes.assigned_to !== current.assigned_to
      ? [
          {
            ...about,
            type: "TICKET_ASSIGNED",
            payload: { assigned_to: changes.assigned_to, old: current.assigned_to, ...flags }
          }
        ]
      : [])
  ]
}
