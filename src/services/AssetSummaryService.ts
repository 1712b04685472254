import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Actor } from "../domain/Actor.ts"
import { type AssetFacts, type AssetSummary, healthOf, securityOf, warrantyOf } from "../domain/AssetSummary.ts"
import type { Forbidden, NotFound } from "../domain/Errors.ts"
import { admitAsset, isReadableAsset } from "./assetAccess.ts"
import { openTickets } from "./assetRelationshipRows.ts"
import { unfailing } from "./constraints.ts"

type Summary = typeof AssetSummary.Type

interface Found extends AssetFacts {
  readonly readable: boolean
  readonly open_tickets_count: number
}

export class AssetSummaryService extends Context.Service<
  AssetSummaryService,
  {
    /** How an asset is doing, from one statement. */
    readonly get: (assetId: string) => Effect.Effect<Summary, NotFound | Forbidden, Actor>
  }
>()("psa/AssetSummaryService") {
  static readonly layer = Layer.effect(
    AssetSummaryService,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient

      const get = Effect.fn("AssetSummaryService.get")(function* (assetId: string) {
        const actor = yield* Actor
        const [found] = yield* sql<Found>`SELECT ${isReadableAsset(sql, actor)} AS readable, ${sql.literal(facts)},
            ${openTickets(sql, actor, "a")} AS open_tickets_count
          FROM assets a CROSS JOIN LATERAL (
            SELECT coalesce(a.attributes, '{}') || coalesce(a.extension_data, '{}') AS data
          ) AS known
          WHERE a.tenant = ${actor.tenant} AND a.asset_id = ${assetId}`
        const asset = yield* admitAsset(found)
        return {
          ...healthOf(asset),
          open_tickets_count: asset.open_tickets_count,
          ...securityOf(asset),
          ...warrantyOf(asset.warranty_seconds)
        }
      }, unfailing)

      return AssetSummaryService.of({ get })
    })
  )
}

/** A number of patches, if it is one. */
const patches = (field: string) =>
  `CASE WHEN data ->> '${field}' ~ '^[0-9]{1,9}$' THEN (data ->> '${field}')::int END AS ${field}`

const facts = `a.asset_type, a.agent_status,
  extract(epoch FROM now() - a.last_seen_at)::float8 AS seconds_unseen,
  extract(epoch FROM a.warranty_end_date - now())::float8 AS warranty_seconds,
  data ->> 'antivirus_status' AS antivirus_status, ${patches("failed_patches")}, ${patches("pending_patches")}`
