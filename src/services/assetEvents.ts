/** What is told of assets: each change of one is an event of it, and its history is made of them. */
import type { Schema } from "effect"
import type { Caller } from "../domain/Actor.ts"
import type { AssetLink } from "../domain/AssetLink.ts"
import type { NewEvent } from "./events.ts"

/** An event of an asset: `ASSET_UPDATED`, with `{ changes: { field: { old, new } } }`. */
export const assetEvent = (
  { tenant, userId }: Caller,
  type: string,
  assetId: string,
  payload: NewEvent["payload"]
): NewEvent => ({ tenant, userId, type, entityType: "asset", entityId: assetId, payload })

export type Changes = Readonly<Record<string, { readonly old: unknown; readonly new: unknown }>>

type Row = Readonly<Record<string, unknown>>

/** What changes with any change. */
const untold = new Set(["tenant", "asset_id", "created_at", "updated_at"])

/**
 * The columns of an asset that are not what they were, and of its extension data the fields, as
 * `extension_data.<field>`. An asset that was not there before has nothing but nulls.
 */
export const changesOf = (before: Row, after: Row): Changes => {
  const [old, now] = [flat(before), flat(after)]
  const fields = new Set([...old.keys(), ...now.keys()])
  return Object.fromEntries(
    [...fields]
      .map((field) => [field, { old: old.get(field) ?? null, new: now.get(field) ?? null }] as const)
      .filter(([, change]) => JSON.stringify(change.old) !== JSON.stringify(change.new))
  )
}

const flat = (row: Row): ReadonlyMap<string, unknown> =>
  new Map(
    Object.entries(row).flatMap(([name, value]) => {
      if (untold.has(name)) return []
      if (name !== "extension_data") return [[name, value] as const]
      return Object.entries(value ?? {}).map(([key, inner]) => [`extension_data.${key}`, inner] as const)
    })
  )

type Link = Pick<typeof AssetLink.Type, "asset_id" | "entity_id" | "relationship_type"> & {
  readonly notes?: Schema.Json
}

/** An asset and a ticket were linked: the histories of both tell of it. */
export const linkedEvents = (
  caller: Caller,
  { asset_id, entity_id, notes = null, relationship_type }: Link
): ReadonlyArray<NewEvent> =>
  ofBoth(caller, "LINKED", asset_id, entity_id, { relationship_type, notes }, { old: null, new: entity_id })

/** An asset and a ticket are not linked any more. */
export const unlinkedEvents = (
  caller: Caller,
  { asset_id, entity_id, relationship_type }: Link
): ReadonlyArray<NewEvent> =>
  ofBoth(caller, "UNLINKED", asset_id, entity_id, { relationship_type }, { old: entity_id, new: null })

/** How an asset and a ticket belong together is not what it was. */
export const linkChangedEvents = (
  { tenant, userId }: Caller,
  { asset_id, entity_id }: Pick<Link, "asset_id" | "entity_id">,
  changes: Changes
): ReadonlyArray<NewEvent> => {
  const base = { tenant, userId }
  return [
    {
      ...base,
      type: "TICKET_ASSET_LINK_UPDATED",
      entityType: "ticket",
      entityId: entity_id,
      payload: { asset_id, changes }
    },
    {
      ...base,
      type: "ASSET_TICKET_LINK_UPDATED",
      entityType: "asset",
      entityId: asset_id,
      payload: { ticket_id: entity_id, changes }
    }
  ]
}

const ofBoth = (
  { tenant, userId }: Caller,
  verb: "LINKED" | "UNLINKED",
  asset_id: string,
  ticket_id: string,
  terms: NewEvent["payload"],
  ticket: { readonly old: string | null; readonly new: string | null }
): ReadonlyArray<NewEvent> => [
  {
    tenant,
    userId,
    type: `TICKET_ASSET_${verb}`,
    entityType: "ticket",
    entityId: ticket_id,
    payload: { asset_id, ...terms }
  },
  {
    tenant,
    userId,
    type: `ASSET_TICKET_${verb}`,
    entityType: "asset",
    entityId: asset_id,
    payload: { ticket_id, ...terms, changes: { ticket_id: ticket } }
  }
]
