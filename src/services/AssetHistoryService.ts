import { Context, Effect, Layer, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { Actor } from "../domain/Actor.ts"
import { type AssetEvent, type AssetHistory, changeInWords, changesIn, historyKinds } from "../domain/AssetHistory.ts"
import type { Forbidden, NotFound, ValidationFailed } from "../domain/Errors.ts"
import { Csv } from "../domain/Field.ts"
import * as List from "../domain/List.ts"
import { requireAsset } from "./assetAccess.ts"
import { select } from "./columns.ts"
import { unfailing } from "./constraints.ts"
import { conditions, page } from "./list.ts"
import { personName } from "./personName.ts"

const ChangeType = Schema.String.check(
  Schema.isPattern(/^[a-z][a-z_]{0,63}$/, { message: "Expected what happened, such as updated" })
)

export const AssetHistoryList = List.make({
  filters: {
    kind: List.oneOf("h.kind", historyKinds),
    change_type: List.custom(Csv(ChangeType), "h.change_type = ANY($)", "text[]"),
    changed_by: List.id("h.changed_by"),
    changed_from: List.from("h.changed_at"),
    changed_to: List.to("h.changed_at")
  },
  sorts: {
    changed_at: List.byTime("h.changed_at"),
    performed_at: List.byTime("h.changed_at"),
    created_at: List.byTime("h.changed_at")
  },
  defaultSort: "changed_at",
  defaultOrder: "desc",
  defaultLimit: List.maxLimit,
  id: "h.history_id",
  search: ["h.change_type", "h.description", personName("u")]
})

/** What happened to assets, and what was done to maintain them, which no event has to tell again. */
const history = `(
    SELECT tenant, entity_id AS asset_id, event_id AS history_id, 'change'::text AS kind,
      lower(regexp_replace(event_type, '^ASSET_', '')) AS change_type, user_id AS changed_by, occurred_at AS changed_at,
      payload, NULL::uuid AS schedule_id, NULL::text AS maintenance_type, NULL::text AS description,
      NULL::jsonb AS maintenance_data, occurred_at AS performed_at, user_id AS performed_by, occurred_at AS created_at
    FROM events WHERE entity_type = 'asset' AND event_type <> 'ASSET_MAINTENANCE_RECORDED'
    UNION ALL
    SELECT tenant, asset_id, history_id, 'maintenance', 'maintenance', performed_by, performed_at, '{}', schedule_id,
      maintenance_type, description, maintenance_data, performed_at, performed_by, created_at
    FROM asset_maintenance_history
  ) h LEFT JOIN users u ON u.tenant = h.tenant AND u.user_id = h.changed_by`

type Row = typeof AssetHistory.Type

interface Happened extends AssetEvent, Omit<Row, "changes" | "change_type"> {}

const columns = select<Happened>([
  ["tenant", "h.tenant"],
  ["asset_id", "h.asset_id"],
  ["history_id", "h.history_id"],
  ["kind", "h.kind"],
  ["change_type", "h.change_type"],
  ["changed_by", "h.changed_by"],
  ["changed_by_name", personName("u")],
  ["changed_at", "h.changed_at"],
  ["payload", "h.payload"],
  ["schedule_id", "h.schedule_id"],
  ["maintenance_type", "h.maintenance_type"],
  ["description", "h.description"],
  ["maintenance_data", "h.maintenance_data"],
  ["performed_at", "h.performed_at"],
  ["performed_by", "h.performed_by"],
  ["performed_by_user_name", personName("u")],
  ["created_at", "h.created_at"]
])

const rowOf = ({ payload, ...happened }: Happened): Row => {
  const changes = changesIn({ change_type: happened.change_type, payload })
  return { ...happened, description: happened.description ?? changeInWords(happened.change_type, changes), changes }
}

export class AssetHistoryService extends Context.Service<
  AssetHistoryService,
  {
    /** Every change of an asset, and the maintenance that was done, the latest first. */
    readonly list: (
      assetId: string,
      query: List.Query
    ) => Effect.Effect<List.Page<Row>, NotFound | Forbidden | ValidationFailed, Actor>
  }
>()("psa/AssetHistoryService") {
  static readonly layer = Layer.effect(
    AssetHistoryService,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient

      const list = Effect.fn("AssetHistoryService.list")(function* (assetId: string, query: List.Query) {
        const actor = yield* Actor
        yield* requireAsset(sql, actor, assetId)
        const found = yield* page(sql, AssetHistoryList, query, {
          columns,
          from: history,
          where: sql.and([
            sql`h.tenant = ${actor.tenant} AND h.asset_id = ${assetId}`,
            ...conditions(sql, AssetHistoryList, query)
          ])
        })
        return { ...found, rows: found.rows.map(rowOf) }
      }, unfailing)

      return AssetHistoryService.of({ list })
    })
  )
}
