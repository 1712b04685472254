import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Actor, type Caller } from "../domain/Actor.ts"
import { type BadGateway, Conflict, type Forbidden, type NotFound } from "../domain/Errors.ts"
import type { RemoteControl, RemoteControlType, RmmAgent, RmmData, RmmFailure } from "../domain/Rmm.ts"
import { admitAsset, isReadableAsset } from "./assetAccess.ts"
import { assetEvent } from "./assetEvents.ts"
import { recordAudit } from "./audit.ts"
import { unfailing } from "./constraints.ts"
import { recordEvent } from "./events.ts"
import { RmmConnections } from "./RmmConnections.ts"
import { answerToFailure, type ManagedAsset, managedAsset, rmmAudit } from "./rmmAssets.ts"
import type { SecretsFailure } from "./Secrets.ts"

type Data = typeof RmmData.Type
type Agent = typeof RmmAgent.Type
type Refused = NotFound | Forbidden

export class RmmService extends Context.Service<
  RmmService,
  {
    /** What was last read of the asset's agent; undefined if nothing was, or no RMM manages it. */
    readonly get: (assetId: string) => Effect.Effect<Known, Refused, Actor>
    /** Reads the agent from the RMM now, and keeps that. 409 if none manages the asset, 502 if it cannot be asked. */
    readonly refresh: (assetId: string) => Effect.Effect<Data, Refused | Conflict | BadGateway, Actor>
    /** A session on the machine, logged in already, which is kept nowhere. */
    readonly remoteControl: (
      assetId: string,
      type: RemoteControlType
    ) => Effect.Effect<typeof RemoteControl.Type, Refused | Conflict | BadGateway, Actor>
  }
>()("psa/RmmService") {
  static readonly layer = Layer.effect(
    RmmService,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const connections = yield* RmmConnections

      const get = Effect.fn("RmmService.get")(function* (assetId: string) {
        const actor = yield* Actor
        const [found] = yield* sql<Stored>`
          SELECT a.rmm_provider AS provider, d.data, d.read_at, ${isReadableAsset(sql, actor)} AS readable
          FROM assets a LEFT JOIN asset_rmm_data d ON d.tenant = a.tenant AND d.asset_id = a.asset_id
          WHERE a.tenant = ${actor.tenant} AND a.asset_id = ${assetId}`
        const { data, provider, read_at } = yield* admitAsset(found)
        const known: Known = {
          isManaged: provider !== null,
          data: data === null || provider === null || read_at === null ? null : dataOf(provider, read_at, data)
        }
        return known
      }, unfailing)

      /** Accounts for what was tried in vain, and tells the caller. */
      const failed = Effect.fnUntraced(function* (
        actor: Caller,
        action: "refresh" | "remote_control",
        asset: ManagedAsset,
        failure: RmmFailure | SecretsFailure
      ) {
        yield* unfailing(recordAudit(sql, actor, rmmAudit(action, asset, "failed", { error: failure.message })))
        return yield* answerToFailure(failure)
      })

      /** Keeps what was read, if the asset is still tied to the agent that it was read of. */
      const keep = Effect.fnUntraced(
        function* (actor: Caller, asset: ManagedAsset, agent: Agent) {
          const { tenant } = actor
          const [before] = yield* sql<{ readonly agent_status: string | null }>`SELECT agent_status FROM assets
            WHERE tenant = ${tenant} AND asset_id = ${asset.asset_id} AND rmm_provider = ${asset.provider}
              AND rmm_device_id = ${asset.device_id} FOR NO KEY UPDATE`
          if (before === undefined) {
            return yield* Conflict.because("The asset was tied to another agent, or to none, while this one was read")
          }
          const [kept] = yield* sql<{ readonly last_rmm_sync_at: string }>`
            UPDATE assets SET agent_status = ${agent.agent_status}, last_seen_at = ${agent.last_check_in}::timestamptz,
              last_rmm_sync_at = clock_timestamp()
            WHERE tenant = ${tenant} AND asset_id = ${asset.asset_id} RETURNING last_rmm_sync_at`
          const read_at = kept!.last_rmm_sync_at
          yield* sql`INSERT INTO asset_rmm_data (tenant, asset_id, data, read_at)
            VALUES (${tenant}, ${asset.asset_id}, ${JSON.stringify(agent)}::jsonb, ${read_at}::timestamptz)
            ON CONFLICT (tenant, asset_id) DO UPDATE SET data = excluded.data, read_at = excluded.read_at`
          if (before.agent_status !== agent.agent_status) {
            const changes = { agent_status: { old: before.agent_status, new: agent.agent_status } }
            yield* recordEvent(sql, assetEvent(actor, "ASSET_UPDATED", asset.asset_id, { changes }))
          }
          yield* recordAudit(sql, actor, rmmAudit("refresh", asset, "succeeded", { agent_status: agent.agent_status }))
          return dataOf(asset.provider, read_at, agent)
        },
        sql.withTransaction,
        unfailing
      )

      const refresh = Effect.fn("RmmService.refresh")(function* (assetId: string) {
        const actor = yield* Actor
        const asset = yield* unfailing(managedAsset(sql, actor, assetId))
        const agent = yield* connections
          .asking(actor.tenant, asset.provider, (provider, credentials) => provider.agent(credentials, asset.device_id))
          .pipe(Effect.catch((failure) => failed(actor, "refresh", asset, failure)))
        return yield* keep(actor, asset, agent)
      })

      const remoteControl = Effect.fn("RmmService.remoteControl")(function* (assetId: string, type: RemoteControlType) {
        const actor = yield* Actor
        const asset = yield* unfailing(managedAsset(sql, actor, assetId))
        const url = yield* connections
          .asking(actor.tenant, asset.provider, (provider, credentials) =>
            provider.remoteControl(credentials, asset.device_id, type)
          )
          .pipe(Effect.catch((failure) => failed(actor, "remote_control", asset, failure)))
        // Nobody gets in who is not accounted for.
        yield* unfailing(recordAudit(sql, actor, rmmAudit("remote_control", asset, "succeeded", { type })))
        return { url, type }
      })

      return RmmService.of({ get, refresh, remoteControl })
    })
  )
}

/** What is known of an asset's agent. */
export interface Known {
  readonly isManaged: boolean
  readonly data: Data | null
}

interface Stored {
  readonly readable: boolean
  readonly provider: Data["provider"] | null
  readonly data: Agent | null
  readonly read_at: string | null
}

const dataOf = (provider: Data["provider"], last_rmm_sync_at: string, agent: Agent): Data => ({
  provider,
  last_rmm_sync_at,
  ...agent
})
