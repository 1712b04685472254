/** How assets hang together: each relationship has a parent, and a child that goes down with it. */
import { Schema } from "effect"
import { Csv, PathId, Text, Timestamp, Uuid } from "./Field.ts"

/**
 * The types of relationship that have an above and a below: the parent is what the child is part of, lies in, runs on or
 * gets its power or its network from. Whatever these are called, and in whatever case, they make no circles, not even
 * together. Any other type, such as `related` or `peer`, holds both ways alike.
 */
export const parentLikeTypes = [
  "parent",
  "child",
  "parent_child",
  "contains",
  "component",
  "part_of",
  "installed_in",
  "hosts",
  "runs_on",
  "powers",
  "feeds",
  "depends_on",
  "uplink"
] as const

const parentLike: ReadonlySet<string> = new Set(parentLikeTypes)

/** Whether relationships of the type have an above and a below. */
export const isParentLike = (type: string) => parentLike.has(type.toLowerCase())

const uuid = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

/** The id of a relationship, or what lies between two assets, as `<parent>_<child>`. */
export const RelationshipId = Schema.String.check(
  Schema.isPattern(new RegExp(`^${uuid}(_${uuid})?$`, "i"), { message: "Invalid relationship ID format" })
).annotate({ description: "The id of the relationship, or the ids of its parent and its child as `<parent>_<child>`" })

export const RelatedAssetId = PathId("related asset")

const RelationshipType = Text(100)

/** Another asset this one hangs together with. */
export const AssetRelationship = Schema.Struct({
  tenant: Uuid,
  relationship_id: Uuid,
  parent_asset_id: Uuid,
  child_asset_id: Uuid,
  relationship_type: Schema.String,
  created_at: Timestamp,
  updated_at: Timestamp,
  related_asset_id: Uuid,
  direction: Schema.Literals(["child", "parent"]).annotate({
    description: "What the related asset is, to this one or to the one before it on its path"
  }),
  asset_tag: Schema.String,
  related_asset_name: Schema.String,
  asset_type: Schema.String,
  status: Schema.String
}).annotate({ identifier: "AssetRelationship" })

/** Another asset that is reached from this one, with the last of the relationships that lead to it. */
export const RelatedAsset = Schema.Struct({
  ...AssetRelationship.fields,
  client_id: Uuid,
  client_name: Schema.String,
  open_tickets_count: Schema.Int.annotate({ description: "Its open tickets that the caller may read" }),
  depth: Schema.Int.annotate({ description: "How many relationships away it is, at least" }),
  path: Schema.Array(Uuid).annotate({ description: "The assets from this one to the related one, both included" })
}).annotate({ identifier: "RelatedAsset" })

export const maxDepth = 5

/** No more rows than these are answered. */
export const maxRelated = 1000

const directions = ["down", "up", "both"] as const
export type Direction = (typeof directions)[number]

export const relationshipsQuery = {
  depth: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: maxDepth }))).annotateKey({
    description:
      "Every asset that is at most so many relationships away, once; without it, each relationship of the asset"
  }),
  direction: Schema.optionalKey(Schema.Literals(directions)).annotateKey({
    description: "From parents to children, from children to parents, or both: `down` with `depth`, else `both`"
  }),
  relationship_type: Schema.optionalKey(Csv(RelationshipType)).annotateKey({
    description:
      "Only relationships of these types, as `a,b`; of `depth` going up or down, else those that have an above"
  })
}

export interface RelationshipsQuery {
  readonly depth?: number
  readonly direction?: Direction
  readonly relationship_type?: ReadonlyArray<string>
}

export const NewAssetRelationship = Schema.Struct({
  related_asset_id: Uuid,
  relationship_type: RelationshipType.annotate({
    description: `Any text. Those that have an above and a below: ${parentLikeTypes.join(", ")}`
  }),
  direction: Schema.optionalKey(Schema.Literals(["child", "parent"])).annotate({
    description: "What the related asset is to this one: `child`, unless it says `parent`"
  })
}).annotate({ identifier: "NewAssetRelationship" })
