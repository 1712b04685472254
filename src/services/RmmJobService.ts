/** What an RMM is told to do with an asset: a job, which is done in the background and can be asked after. */
import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Actor } from "../domain/Actor.ts"
import { type Conflict, type Forbidden, NotFound, ValidationFailed } from "../domain/Errors.ts"
import * as List from "../domain/List.ts"
import { conflictOf, RmmJob, RmmJobRow, type RunScript, rmmActions, rmmJobStatuses } from "../domain/Rmm.ts"
import { admitAsset, isReadableAsset, requireAsset } from "./assetAccess.ts"
import { assetEvent } from "./assetEvents.ts"
import { recordAudit } from "./audit.ts"
import { columnsOf } from "./columns.ts"
import { unfailing } from "./constraints.ts"
import { recordEvent } from "./events.ts"
import { newId } from "./ids.ts"
import { conditions, page } from "./list.ts"
import { personName } from "./personName.ts"
import { noProvider, notConnected } from "./RmmConnections.ts"
import { RmmProviders, type ScriptRequest } from "./RmmProvider.ts"
import { type ManagedAsset, managedAsset, rmmAudit } from "./rmmAssets.ts"
import { announceJob } from "./rmmJobs.ts"

type Job = typeof RmmJob.Type
type Refused = NotFound | Forbidden

/** A job that has just been queued. */
export interface Queued {
  readonly job: Job
  readonly assetName: string
}

export const RmmJobList = List.make({
  filters: {
    status: List.oneOf("j.status", rmmJobStatuses),
    action: List.oneOf("j.action", rmmActions),
    requested_by: List.id("j.requested_by"),
    created_from: List.from("j.created_at"),
    created_to: List.to("j.created_at")
  },
  sorts: {
    created_at: List.byTime("j.created_at"),
    finished_at: List.orNull(List.byTime("j.finished_at")),
    status: "j.status"
  },
  defaultSort: "created_at",
  defaultOrder: "desc",
  id: "j.job_id",
  search: ["j.script_id", "j.error"]
})

export class RmmJobService extends Context.Service<
  RmmJobService,
  {
    /** Restarts the machine, soon. 409 if no RMM that the tenant is connected to manages it. */
    readonly reboot: (assetId: string) => Effect.Effect<Queued, Refused | Conflict, Actor>
    /** Runs one of the RMM's scripts on the machine, soon. */
    readonly runScript: (
      assetId: string,
      script: typeof RunScript.Type
    ) => Effect.Effect<Queued, Refused | Conflict | ValidationFailed, Actor>
    /** What the RMM was told to do with the asset, the latest first. */
    readonly list: (
      assetId: string,
      query: List.Query
    ) => Effect.Effect<List.Page<typeof RmmJobRow.Type>, Refused | ValidationFailed, Actor>
    readonly get: (assetId: string, jobId: string) => Effect.Effect<Job, Refused, Actor>
  }
>()("psa/RmmJobService") {
  static readonly layer = Layer.effect(
    RmmJobService,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const providers = yield* RmmProviders
      const asker = { requested_by_name: personName("u") }
      const columns = columnsOf(RmmJob, "j", asker)
      const rowColumns = columnsOf(RmmJobRow, "j", asker)

      /** The asset and the RMM that can be told, as far as is known before it is. */
      const target = Effect.fnUntraced(function* (assetId: string) {
        const asset = yield* managedAsset(sql, yield* Actor, assetId)
        const provider = providers[asset.provider]
        if (provider === undefined) return yield* conflictOf(noProvider(asset.provider))
        if (!asset.is_connected) return yield* conflictOf(notConnected(provider))
        return { asset, provider }
      })

      const queue = Effect.fnUntraced(function* (
        asset: ManagedAsset,
        action: Job["action"],
        { args, scriptId, timeout }: Partial<ScriptRequest>
      ) {
        const actor = yield* Actor
        const { tenant, userId } = actor
        const job_id = newId()
        const [job] = yield* sql<Job>`
          WITH j AS (
            INSERT INTO rmm_jobs ${sql
              .insert({
                tenant,
                job_id,
                asset_id: asset.asset_id,
                provider: asset.provider,
                device_id: asset.device_id,
                action,
                script_id: scriptId ?? null,
                args: args === undefined ? null : JSON.stringify(args),
                timeout_seconds: timeout ?? null,
                requested_by: userId
              })
              .returning("*")}
          )
          SELECT ${sql.literal(columns.text)} FROM j JOIN users u ON u.tenant = j.tenant AND u.user_id = j.requested_by`
        const told = { job_id, action, ...(scriptId === undefined ? {} : { script_id: scriptId }) }
        yield* recordEvent(sql, assetEvent(actor, "ASSET_RMM_JOB_QUEUED", asset.asset_id, told))
        yield* recordAudit(sql, actor, rmmAudit(action, asset, "queued", told))
        yield* announceJob(sql)
        return { job: job!, assetName: asset.name }
      })

      const reboot = Effect.fn("RmmJobService.reboot")(
        function* (assetId: string) {
          const { asset } = yield* target(assetId)
          return yield* queue(asset, "reboot", {})
        },
        sql.withTransaction,
        unfailing
      )

      const runScript = Effect.fn("RmmJobService.runScript")(
        function* (assetId: string, input: typeof RunScript.Type) {
          const { asset, provider } = yield* target(assetId)
          const script = yield* scriptOf(input)
          const issues = provider.issuesOf(script)
          if (issues.length > 0) return yield* ValidationFailed.issues(issues)
          return yield* queue(asset, "script", script)
        },
        sql.withTransaction,
        unfailing
      )

      const list = Effect.fn("RmmJobService.list")(function* (assetId: string, query: List.Query) {
        const actor = yield* Actor
        yield* requireAsset(sql, actor, assetId)
        return yield* page(sql, RmmJobList, query, {
          columns: rowColumns,
          from: "rmm_jobs j JOIN users u ON u.tenant = j.tenant AND u.user_id = j.requested_by",
          where: sql.and([
            sql`j.tenant = ${actor.tenant} AND j.asset_id = ${assetId}`,
            ...conditions(sql, RmmJobList, query)
          ])
        })
      }, unfailing)

      const get = Effect.fn("RmmJobService.get")(function* (assetId: string, jobId: string) {
        const actor = yield* Actor
        const [found] = yield* sql<MaybeJob & { readonly readable: boolean }>`
          SELECT ${isReadableAsset(sql, actor)} AS readable, ${sql.literal(columns.text)}
          FROM assets a
          LEFT JOIN rmm_jobs j ON j.tenant = a.tenant AND j.asset_id = a.asset_id AND j.job_id = ${jobId}
          LEFT JOIN users u ON u.tenant = j.tenant AND u.user_id = j.requested_by
          WHERE a.tenant = ${actor.tenant} AND a.asset_id = ${assetId}`
        const { readable: _, ...job } = yield* admitAsset(found)
        return job.job_id === null ? yield* NotFound.of("Job") : job
      }, unfailing)

      return RmmJobService.of({ reboot, runScript, list, get })
    })
  )
}

type MaybeJob = Job | { readonly job_id: null }

/** The script that is meant, under either name. */
const scriptOf = ({ args, scriptId, script_id, timeout }: typeof RunScript.Type) => {
  const [id, ...others] = new Set([script_id, scriptId].filter((one) => one !== undefined).map(String))
  if (id === undefined) return Effect.fail(ValidationFailed.at("script_id", "Expected the id of a script in the RMM"))
  if (others.length > 0) return Effect.fail(ValidationFailed.at("scriptId", "Expected the same script as script_id"))
  const script: ScriptRequest = {
    scriptId: id,
    ...(args === undefined ? {} : { args }),
    ...(timeout === undefined ? {} : { timeout })
  }
  return Effect.succeed(script)
}
