/** What the histories of both assets tell of a relationship. */
import type { Caller } from "../domain/Actor.ts"
import type { AssetRelationship } from "../domain/AssetRelationship.ts"
import { assetEvent } from "./assetEvents.ts"
import type { NewEvent } from "./events.ts"

export type Relationship = Pick<
  typeof AssetRelationship.Type,
  "relationship_id" | "parent_asset_id" | "child_asset_id" | "relationship_type"
>

/** Two assets are related now. */
export const relatedEvents = (caller: Caller, relationship: Relationship): ReadonlyArray<NewEvent> =>
  ofBoth(caller, "ASSET_RELATIONSHIP_ADDED", relationship, (now) => ({ old: null, new: now }))

/** Two assets are not related any more. */
export const unrelatedEvents = (caller: Caller, relationship: Relationship): ReadonlyArray<NewEvent> =>
  ofBoth(caller, "ASSET_RELATIONSHIP_REMOVED", relationship, (before) => ({ old: before, new: null }))

type Change = (value: string) => { readonly old: string | null; readonly new: string | null }

const ofBoth = (
  caller: Caller,
  type: string,
  { child_asset_id, parent_asset_id, relationship_id, relationship_type }: Relationship,
  change: Change
): ReadonlyArray<NewEvent> => {
  const base = { relationship_id, parent_asset_id, child_asset_id, relationship_type }
  const seen = (related: string, direction: string) => ({
    ...base,
    changes: {
      related_asset_id: change(related),
      relationship_type: change(relationship_type),
      direction: change(direction)
    }
  })
  return [
    assetEvent(caller, type, parent_asset_id, seen(child_asset_id, "child")),
    assetEvent(caller, type, child_asset_id, seen(parent_asset_id, "parent"))
  ]
}
