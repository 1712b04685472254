/** Assets that an RMM manages, and what is told and accounted for of what is done with them. */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql"
import type { SqlError } from "effect/sql/SqlError"
import type { Caller } from "../domain/Actor.ts"
import { BadGateway, Conflict, type Forbidden, type NotFound } from "../domain/Errors.ts"
import { answerTo, type RmmFailure, type RmmProviderName } from "../domain/Rmm.ts"
import { admitAsset, isReadableAsset } from "./assetAccess.ts"
import type { NewAudit } from "./audit.ts"
import type { SecretsFailure } from "./Secrets.ts"

/** An asset with the agent that it is tied to. */
export interface ManagedAsset {
  readonly asset_id: string
  readonly name: string
  readonly agent_status: string | null
  readonly provider: RmmProviderName
  readonly device_id: string
  /** Whether the tenant is connected to the RMM. */
  readonly is_connected: boolean
}

type Found = Omit<ManagedAsset, "provider" | "device_id"> & {
  readonly readable: boolean
  readonly provider: RmmProviderName | null
  readonly device_id: string | null
}

/** The asset, if it is there, the caller may read it, and an RMM manages it. */
export const managedAsset = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  actor: Caller,
  assetId: string
): Effect.fn.Return<ManagedAsset, NotFound | Forbidden | Conflict | SqlError> {
  const [found] = yield* sql<Found>`
    SELECT a.asset_id, a.name, a.agent_status, a.rmm_provider AS provider, a.rmm_device_id AS device_id,
      EXISTS (SELECT FROM rmm_connections x WHERE x.tenant = a.tenant AND x.provider = a.rmm_provider
        AND x.status <> 'disconnected') AS is_connected, ${isReadableAsset(sql, actor)} AS readable
    FROM assets a WHERE a.tenant = ${actor.tenant} AND a.asset_id = ${assetId}`
  const { device_id, provider, readable: _, ...asset } = yield* admitAsset(found)
  if (provider === null || device_id === null) return yield* notManaged
  return { ...asset, provider, device_id }
})

const notManaged = Effect.suspend(() =>
  Effect.fail(Conflict.because("This asset is not managed by an RMM", { code: "RMM_NOT_MANAGED" }))
)

/** What the caller is told of a failure; of a key that cannot be read, the log says why. */
export const answerToFailure = (failure: RmmFailure | SecretsFailure): Effect.Effect<never, Conflict | BadGateway> =>
  failure._tag === "RmmFailure"
    ? Effect.fail(answerTo(failure))
    : Effect.andThen(
        Effect.logWarning(`The RMM cannot be asked: ${failure.message}`),
        Effect.fail(
          BadGateway.because("The RMM cannot be asked, as its key cannot be read: tell whoever runs this service")
        )
      )

/** What is accounted for of something that was done with an asset, or tried. */
export const rmmAudit = (
  action: "refresh" | "reboot" | "script" | "remote_control",
  asset: Pick<ManagedAsset, "asset_id" | "provider" | "device_id">,
  outcome: "queued" | "succeeded" | "failed",
  details: Readonly<Record<string, unknown>> = {}
): NewAudit => ({
  operation: `RMM_${action.toUpperCase()}`,
  table_name: "assets",
  record_id: asset.asset_id,
  details: { outcome, provider: asset.provider, device_id: asset.device_id, ...details }
})
