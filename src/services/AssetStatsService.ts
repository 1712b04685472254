import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import type { Fragment } from "effect/sql/Statement"
import { Actor, type Caller } from "../domain/Actor.ts"
import type { AssetStats } from "../domain/AssetStats.ts"
import { type AssetQuery, assetConditions } from "./assetSearch.ts"
import { unfailing } from "./constraints.ts"

type Stats = typeof AssetStats.Type

export class AssetStatsService extends Context.Service<
  AssetStatsService,
  {
    /** The figures of the assets that the caller may read and the filters find. */
    readonly stats: (filters: AssetQuery) => Effect.Effect<Stats, never, Actor>
  }
>()("psa/AssetStatsService") {
  static readonly layer = Layer.effect(
    AssetStatsService,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient

      const due = (tenant: string) => sql`s.tenant = ${tenant} AND s.is_active AND s.next_maintenance <= now()`

      /** Of all assets of a tenant: from their running totals, and from indexes on what has a time. */
      const all = ({ tenant }: Caller): Sources => ({
        counted: sql`SELECT asset_type, status, amount, purchased, purchase_seconds, purchase_value
          FROM asset_counts WHERE tenant = ${tenant} AND client_id IS NULL`,
        clients: sql`SELECT client_id, amount FROM asset_counts WHERE tenant = ${tenant} AND client_id IS NOT NULL`,
        recent: sql`SELECT FROM assets WHERE tenant = ${tenant} AND created_at >= (SELECT month FROM since)`,
        ending: sql`SELECT warranty_end_date FROM assets WHERE tenant = ${tenant}
          AND warranty_end_date < now() + interval '30 days'`,
        maintenance: sql`SELECT s.next_maintenance FROM asset_maintenance_schedules s WHERE ${due(tenant)}`
      })

      /** Of some assets: each of them is looked at, once. */
      const some = (caller: Caller, filters: AssetQuery): Sources => ({
        matching: sql`SELECT a.asset_id, a.client_id, a.asset_type, a.status, a.created_at, a.purchase_date,
            a.warranty_end_date, purchase_price(a.attributes) AS price
          FROM assets a WHERE ${sql.and(assetConditions(sql, caller, filters))}`,
        counted: sql`SELECT asset_type, status, count(*) AS amount, count(purchase_date) AS purchased,
            coalesce(sum(extract(epoch FROM purchase_date)), 0) AS purchase_seconds, sum(price) AS purchase_value
          FROM matching GROUP BY 1, 2`,
        clients: sql`SELECT client_id, count(*) AS amount FROM matching GROUP BY 1`,
        recent: sql`SELECT FROM matching WHERE created_at >= (SELECT month FROM since)`,
        ending: sql`SELECT warranty_end_date FROM matching WHERE warranty_end_date < now() + interval '30 days'`,
        maintenance: sql`SELECT s.next_maintenance FROM asset_maintenance_schedules s
          JOIN matching m ON m.asset_id = s.asset_id WHERE ${due(caller.tenant)}`
      })

      const stats = Effect.fn("AssetStatsService.stats")(function* (filters: AssetQuery) {
        const actor = yield* Actor
        const { clients, counted, ending, maintenance, matching, recent } =
          Object.keys(filters).length === 0 && actor.scopes === undefined ? all(actor) : some(actor, filters)
        const statement = sql<Stats>`
          WITH since AS (
            SELECT date_trunc('month', now(), 'UTC') AS month
          ), ${matching === undefined ? sql`` : sql`matching AS MATERIALIZED (${matching}),`} counted AS (${counted}),
          by_client AS (
            SELECT c.client_name, n.amount FROM (
              SELECT client_id, sum(amount)::int AS amount FROM (${clients}) AS k GROUP BY 1 HAVING sum(amount) <> 0
            ) AS n JOIN clients c ON c.tenant = ${actor.tenant} AND c.client_id = n.client_id
            ORDER BY n.amount DESC, c.client_name LIMIT 10
          ), warranties AS (
            SELECT count(*) FILTER (WHERE warranty_end_date >= now())::int AS ending,
              count(*) FILTER (WHERE warranty_end_date < now())::int AS expired
            FROM (${ending}) AS w
          ), maintenance AS (
            SELECT count(*)::int AS due, count(*) FILTER (WHERE next_maintenance < now() - interval '7 days')::int AS overdue
            FROM (${maintenance}) AS m
          )
          SELECT coalesce(sum(amount), 0)::int AS total_assets,
            (SELECT count(*)::int FROM (${recent}) AS r) AS assets_added_this_month,
            round((extract(epoch FROM now()) - sum(purchase_seconds) / nullif(sum(purchased), 0)) / 86400)::int
              AS average_asset_age_days,
            round(coalesce(sum(purchase_value), 0))::float8 AS total_asset_value,
            ${by("asset_type")} AS assets_by_type, ${by("status")} AS assets_by_status,
            (SELECT coalesce(json_object_agg(client_name, amount ORDER BY amount DESC, client_name), '{}') FROM by_client)
              AS assets_by_client,
            (SELECT ending FROM warranties) AS warranty_expiring_soon, (SELECT expired FROM warranties) AS warranty_expired,
            (SELECT due FROM maintenance) AS maintenance_due, (SELECT overdue FROM maintenance) AS maintenance_overdue
          FROM counted`
        // How rare a text is decides how it is best found.
        const [row] = yield* looksForText(filters) ? statement.unprepared : statement
        return row!
      }, unfailing)

      /** An object of the sums for each value of a column; none for a value that no asset has any more. */
      const by = (column: string): Fragment => {
        const name = sql.literal(column)
        return sql`(SELECT coalesce(jsonb_object_agg(name, amount), '{}') FROM (
          SELECT ${name} AS name, sum(amount)::int AS amount FROM counted GROUP BY 1 HAVING sum(amount) <> 0) AS g)`
      }

      return AssetStatsService.of({ stats })
    })
  )
}

const texts = ["search", "name", "asset_tag", "serial_number", "location", "client_name"]

const looksForText = (filters: AssetQuery) => texts.some((name) => Object.hasOwn(filters, name))

/** Where the figures come from. */
interface Sources {
  /** The assets themselves, where they are looked at one by one. */
  readonly matching?: Fragment
  /** Amounts, days of purchase and values, by what is counted. */
  readonly counted: Fragment
  /** Amounts by client. */
  readonly clients: Fragment
  /** A row for each asset that is new this month. */
  readonly recent: Fragment
  /** When warranties ended, or end soon. */
  readonly ending: Fragment
  /** When maintenance is due that is due. */
  readonly maintenance: Fragment
}
