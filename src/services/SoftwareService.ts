import { Context, Effect, Layer, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { Actor } from "../domain/Actor.ts"
import type { Forbidden, NotFound, ValidationFailed } from "../domain/Errors.ts"
import * as List from "../domain/List.ts"
import {
  InstalledSoftware,
  type SoftwareChange,
  type SoftwareEntry,
  type SoftwareFound,
  type SoftwareGroup,
  type SoftwareSummary,
  softwareCategories,
  softwareLimit,
  softwareTypes,
  summaryOf
} from "../domain/Software.ts"
import { admitAsset, isReadableAsset, lockAsset } from "./assetAccess.ts"
import { assetEvent } from "./assetEvents.ts"
import { columnsOf } from "./columns.ts"
import { unfailing } from "./constraints.ts"
import { recordEvent } from "./events.ts"
import { conditions, page } from "./list.ts"
import { writeInventory } from "./softwareInventory.ts"
import {
  countedSoftware,
  SoftwareSearchList,
  type SoftwareSearchQuery,
  softwareColumns,
  softwareDetails
} from "./softwareSearch.ts"

export const InstalledSoftwareList = List.make({
  filters: {
    category: List.oneOf("c.category", softwareCategories),
    software_type: List.oneOf("c.software_type", softwareTypes),
    include_uninstalled: List.noEffect(Schema.Boolean)
  },
  sorts: {
    name: "c.normalized_name",
    publisher: List.orNull(List.byText("c.publisher")),
    category: List.orNull(List.byText("c.category")),
    software_type: "c.software_type",
    version: List.orNull(List.byText("s.version")),
    install_date: List.orNull(List.byTime("s.install_date")),
    size_bytes: List.orNull(List.byNumber("s.size_bytes")),
    first_seen_at: List.byTime("s.first_seen_at"),
    last_seen_at: List.byTime("s.last_seen_at")
  },
  defaultSort: "name",
  defaultOrder: "asc",
  defaultLimit: softwareLimit,
  id: "s.software_id",
  search: ["c.name", "c.publisher"]
})

export type InstalledSoftwareQuery = List.Query & { readonly include_uninstalled?: boolean }

type Row = typeof InstalledSoftware.Type
type Refused = NotFound | Forbidden

export class SoftwareService extends Context.Service<
  SoftwareService,
  {
    /** The software of an asset, by name, and what all that is installed comes to. */
    readonly ofAsset: (
      assetId: string,
      query: InstalledSoftwareQuery
    ) => Effect.Effect<
      { readonly found: List.Page<Row>; readonly summary: typeof SoftwareSummary.Type },
      Refused | ValidationFailed,
      Actor
    >
    /** Makes these entries what is installed on an asset. What is not among them is not installed any more. */
    readonly replace: (
      assetId: string,
      entries: ReadonlyArray<typeof SoftwareEntry.Type>
    ) => Effect.Effect<typeof SoftwareChange.Type, Refused, Actor>
    /** The software of the assets that the caller may read, what is on the most of them first. */
    readonly search: (
      query: SoftwareSearchQuery
    ) => Effect.Effect<List.Page<typeof SoftwareFound.Type>, ValidationFailed, Actor>
  }
>()("psa/SoftwareService") {
  static readonly layer = Layer.effect(
    SoftwareService,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const columns = columnsOf(InstalledSoftware, "s", {
        name: "c.name",
        publisher: "c.publisher",
        category: "c.category",
        software_type: "c.software_type",
        is_managed: "c.is_managed",
        is_security_relevant: "c.is_security_relevant"
      })

      const ofAsset = Effect.fn("SoftwareService.ofAsset")(function* (assetId: string, query: InstalledSoftwareQuery) {
        const actor = yield* Actor
        const { tenant } = actor
        // Without software, one group of nothing.
        const groups = yield* sql<SoftwareGroup & { readonly readable: boolean }>`
          SELECT ${isReadableAsset(sql, actor)} AS readable, c.category, c.software_type, c.is_managed,
            c.is_security_relevant, count(s.software_id) AS amount,
            count(*) FILTER (WHERE coalesce(s.install_date, s.first_seen_at) >= now() - interval '30 days') AS recent
          FROM assets a
          LEFT JOIN asset_software s ON s.tenant = a.tenant AND s.asset_id = a.asset_id AND s.is_current
          LEFT JOIN software_catalog c ON c.tenant = s.tenant AND c.software_id = s.software_id
          WHERE a.tenant = ${tenant} AND a.asset_id = ${assetId}
          GROUP BY a.tenant, a.asset_id, c.category, c.software_type, c.is_managed, c.is_security_relevant
          ORDER BY c.category, c.software_type`
        yield* admitAsset(groups[0])
        const found = yield* page(sql, InstalledSoftwareList, query, {
          columns,
          from: "asset_software s JOIN software_catalog c ON c.tenant = s.tenant AND c.software_id = s.software_id",
          where: sql.and([
            sql`s.tenant = ${tenant} AND s.asset_id = ${assetId}`,
            ...(query.include_uninstalled === true ? [] : [sql`s.is_current`]),
            ...conditions(sql, InstalledSoftwareList, query)
          ])
        })
        return { found, summary: summaryOf(groups) }
      }, unfailing)

      const replace = Effect.fn("SoftwareService.replace")(
        function* (assetId: string, entries: ReadonlyArray<typeof SoftwareEntry.Type>) {
          const actor = yield* Actor
          yield* lockAsset(sql, actor, assetId)
          const change = {
            asset_id: assetId.toLowerCase(),
            ...(yield* writeInventory(sql, actor.tenant, assetId, entries))
          }
          const { asset_id, installed, total_installed, uninstalled, unchanged, updated } = change
          if (installed + updated + uninstalled > 0) {
            const before = unchanged + updated + uninstalled
            yield* recordEvent(
              sql,
              assetEvent(actor, "ASSET_SOFTWARE_CHANGED", asset_id, {
                installed,
                updated,
                uninstalled,
                total_installed,
                changes: before === total_installed ? {} : { total_installed: { old: before, new: total_installed } }
              })
            )
          }
          return change
        },
        sql.withTransaction,
        unfailing
      )

      const search = Effect.fn("SoftwareService.search")(function* (query: SoftwareSearchQuery) {
        const actor = yield* Actor
        const found = yield* page(sql, SoftwareSearchList, query, {
          columns: softwareColumns,
          from: countedSoftware(sql, actor, query),
          where: sql.and([sql`c.tenant = ${actor.tenant}`, ...conditions(sql, SoftwareSearchList, query)])
        })
        if (found.rows.length === 0) return { ...found, rows: [] }
        const ids = found.rows.map(({ software_id }) => software_id)
        const details = new Map(
          (yield* softwareDetails(sql, actor, query, ids)).map(({ software_id, ...rest }) => [software_id, rest])
        )
        const none = { version_count: 0, versions: [], assets: [] }
        return { ...found, rows: found.rows.map((row) => ({ ...row, ...(details.get(row.software_id) ?? none) })) }
      }, unfailing)

      return SoftwareService.of({ ofAsset, replace, search })
    })
  )
}
