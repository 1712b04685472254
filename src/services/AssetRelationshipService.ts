import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import type { Fragment } from "effect/sql/Statement"
import { Actor, type Caller } from "../domain/Actor.ts"
import {
  type AssetRelationship,
  isParentLike,
  type NewAssetRelationship,
  parentLikeTypes,
  type RelatedAsset,
  type RelationshipsQuery
} from "../domain/AssetRelationship.ts"
import { Conflict, Forbidden, NotFound, ValidationFailed } from "../domain/Errors.ts"
import { admitAsset, isReadableAsset } from "./assetAccess.ts"
import { type Relationship, relatedEvents, unrelatedEvents } from "./assetRelationshipEvents.ts"
import { relatedAssets, relationshipOf } from "./assetRelationshipRows.ts"
import { refusing, unfailing } from "./constraints.ts"
import { recordEvents } from "./events.ts"
import { newId } from "./ids.ts"

type Row = typeof AssetRelationship.Type
type Refused = NotFound | Forbidden

/** What is related, and whether there is more than is told. */
export interface Related {
  readonly rows: ReadonlyArray<typeof RelatedAsset.Type>
  readonly truncated: boolean
}

export class AssetRelationshipService extends Context.Service<
  AssetRelationshipService,
  {
    /** The relationships of an asset, or every asset that is reached from it, as far as the caller may read these. */
    readonly list: (assetId: string, query: RelationshipsQuery) => Effect.Effect<Related, Refused, Actor>
    /** Relates two assets; 409 if they are already, by the same type, or if the asset came to be above itself. */
    readonly relate: (
      assetId: string,
      input: typeof NewAssetRelationship.Type
    ) => Effect.Effect<Row, Refused | ValidationFailed | Conflict, Actor>
    /** Removes a relationship by its id, or all from a parent to a child by `<parent>_<child>`. */
    readonly remove: (relationshipId: string) => Effect.Effect<void, Refused, Actor>
    /** Removes what relates the two, whichever is the parent: all of it, or what is of this type. */
    readonly unrelate: (
      assetId: string,
      relatedAssetId: string,
      type: string | undefined
    ) => Effect.Effect<void, Refused, Actor>
  }
>()("psa/AssetRelationshipService") {
  static readonly layer = Layer.effect(
    AssetRelationshipService,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient

      const list = Effect.fn("AssetRelationshipService.list")(function* (assetId: string, query: RelationshipsQuery) {
        const [found] = yield* relatedAssets(sql, yield* Actor, assetId, query)
        const { rows, truncated } = yield* admitAsset(found)
        return { rows, truncated }
      }, unfailing)

      /** One at a time adds to what is above what: until the transaction's end, and before any asset is locked. */
      const lockHierarchy = (tenant: string) =>
        sql`SELECT pg_advisory_xact_lock(hashtextextended('asset relationships of tenant ' || ${tenant}::text, 0))`

      /** Fails unless both assets are there and may be read; neither is deleted until this transaction ends. */
      const holdEnds = Effect.fnUntraced(function* (actor: Caller, assetId: string, relatedId: string) {
        const found = yield* sql<{ readonly asset_id: string; readonly readable: boolean }>`
          SELECT a.asset_id, ${isReadableAsset(sql, actor)} AS readable FROM assets a
          WHERE a.tenant = ${actor.tenant} AND a.asset_id IN (${assetId}::uuid, ${relatedId}::uuid)
          ORDER BY a.asset_id FOR KEY SHARE OF a`
        const seen = new Map(found.map(({ asset_id, readable }) => [asset_id, readable]))
        for (const [id, name] of [
          [assetId, "Asset"],
          [relatedId, "Related asset"]
        ] as const) {
          const readable = seen.get(id.toLowerCase())
          if (readable === undefined) return yield* NotFound.of(name)
          if (!readable) return yield* Forbidden.to("read", "asset")
        }
      })

      /** Fails if the parent is below the child already: whoever sees the assets, circles are none. */
      const checkCircle = Effect.fnUntraced(function* (tenant: string, parent: string, child: string) {
        const circle = yield* sql`
          WITH RECURSIVE below AS (
            SELECT ${child}::uuid AS asset_id
            UNION
            SELECT x.child_asset_id FROM below b
            JOIN asset_relationships x ON x.tenant = ${tenant} AND x.parent_asset_id = b.asset_id
            WHERE lower(x.relationship_type) = ANY(${parentLikeTypes}::text[])
          )
          SELECT FROM below WHERE asset_id = ${parent}::uuid`
        if (circle.length > 0) return yield* Conflict.because("The relationship would put an asset above itself")
      })

      const relate = Effect.fn("AssetRelationshipService.relate")(
        function* (assetId: string, input: typeof NewAssetRelationship.Type) {
          const actor = yield* Actor
          const { direction = "child", related_asset_id, relationship_type } = input
          if (related_asset_id.toLowerCase() === assetId.toLowerCase()) return yield* itself()
          const [parent, child] = direction === "child" ? [assetId, related_asset_id] : [related_asset_id, assetId]
          if (isParentLike(relationship_type)) yield* lockHierarchy(actor.tenant)
          yield* holdEnds(actor, assetId, related_asset_id)
          if (isParentLike(relationship_type)) yield* checkCircle(actor.tenant, parent, child)
          const [added] = yield* sql<Relationship>`INSERT INTO asset_relationships ${sql.insert({
            tenant: actor.tenant,
            relationship_id: newId(),
            parent_asset_id: parent,
            child_asset_id: child,
            relationship_type
          })} RETURNING relationship_id, parent_asset_id, child_asset_id, relationship_type`
          yield* recordEvents(sql, relatedEvents(actor, added!))
          const [row] = yield* relationshipOf(sql, actor.tenant, assetId, added!.relationship_id)
          return row!
        },
        sql.withTransaction,
        refusing<Conflict>({
          asset_relationships_once: () => Conflict.because("The assets are already related in this way")
        })
      )

      /** Removes those relationships `x`; fails if there are none, or the caller may not read one of their assets. */
      const removeThose = Effect.fnUntraced(function* (actor: Caller, those: Fragment) {
        const readable = sql`${isReadableAsset(sql, actor, "p")} AND ${isReadableAsset(sql, actor, "c")}`
        // Locked in one order, so that two who remove the same do not wait for each other.
        const found = yield* sql<Relationship & { readonly readable: boolean }>`
          SELECT x.relationship_id, x.parent_asset_id, x.child_asset_id, x.relationship_type, ${readable} AS readable
          FROM asset_relationships x
          JOIN assets p ON p.tenant = x.tenant AND p.asset_id = x.parent_asset_id
          JOIN assets c ON c.tenant = x.tenant AND c.asset_id = x.child_asset_id
          WHERE x.tenant = ${actor.tenant} AND ${those} ORDER BY x.relationship_id FOR UPDATE OF x`
        if (found.length === 0) return yield* NotFound.of("Asset relationship")
        if (found.some((relationship) => !relationship.readable)) return yield* Forbidden.to("read", "asset")
        const ids = found.map(({ relationship_id }) => relationship_id)
        yield* sql`DELETE FROM asset_relationships
          WHERE tenant = ${actor.tenant} AND relationship_id = ANY(${ids}::uuid[])`
        yield* recordEvents(
          sql,
          found.flatMap((relationship) => unrelatedEvents(actor, relationship))
        )
      })

      const remove = Effect.fn("AssetRelationshipService.remove")(
        function* (relationshipId: string) {
          const [id, child] = relationshipId.split("_")
          yield* removeThose(
            yield* Actor,
            child === undefined
              ? sql`x.relationship_id = ${id}::uuid`
              : sql`x.parent_asset_id = ${id}::uuid AND x.child_asset_id = ${child}::uuid`
          )
        },
        sql.withTransaction,
        unfailing
      )

      const unrelate = Effect.fn("AssetRelationshipService.unrelate")(
        function* (assetId: string, relatedAssetId: string, type: string | undefined) {
          const actor = yield* Actor
          yield* holdEnds(actor, assetId, relatedAssetId)
          const pair = sql`x.parent_asset_id IN (${assetId}::uuid, ${relatedAssetId}::uuid)
            AND x.child_asset_id IN (${assetId}::uuid, ${relatedAssetId}::uuid)`
          const those = type === undefined ? pair : sql`${pair} AND lower(x.relationship_type) = lower(${type}::text)`
          yield* removeThose(actor, those)
        },
        sql.withTransaction,
        unfailing
      )

      return AssetRelationshipService.of({ list, relate, remove, unrelate })
    })
  )
}

const itself = () => ValidationFailed.at("related_asset_id", "An asset cannot be related to itself")
