/** Whether a tenant is connected to its Hudu. */
import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Actor } from "../../src/domain/Actor.ts"
import { Forbidden } from "../../src/domain/Errors.ts"
import { unfailing } from "../../src/services/constraints.ts"
import { TenantService } from "../../src/services/TenantService.ts"
import { enableHudu, huduFeature, type HuduStatus as Status } from "../domain/Hudu.ts"

type Row = typeof Status.Type

export class HuduStatus extends Context.Service<
  HuduStatus,
  {
    /** The status of the caller's tenant, if the feature is enabled for it. */
    readonly current: Effect.Effect<Row, Forbidden, Actor>
    /** The status of a tenant, whether or not the feature is enabled. */
    readonly ofTenant: (tenant: string) => Effect.Effect<Row>
  }
>()("psa/ee/HuduStatus") {
  static readonly layer = Layer.effect(
    HuduStatus,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const tenants = yield* TenantService

      const ofTenant = Effect.fn("HuduStatus.ofTenant")(function* (tenant: string) {
        const [row] = yield* sql<Row>`
          SELECT CASE WHEN is_active THEN 'connected' ELSE 'not_connected' END AS status, base_url AS "baseUrl",
            CASE WHEN is_active THEN connected_at END AS "connectedAt",
            CASE WHEN is_active THEN last_synced_at END AS "lastSyncedAt",
            is_active AND settings @> '{"password_access": true}' AS "passwordAccess"
          FROM hudu_integrations WHERE tenant = ${tenant}`
        return row ?? neverConnected
      }, unfailing)

      const current = Effect.gen(function* () {
        const { tenant } = yield* Actor
        if (!(yield* tenants.hasFeature(tenant, huduFeature))) return yield* notEnabled(tenant)
        return yield* ofTenant(tenant)
      }).pipe(Effect.withSpan("HuduStatus.current"))

      return HuduStatus.of({ current, ofTenant })
    })
  )
}

const neverConnected: Row = {
  status: "not_connected",
  baseUrl: null,
  connectedAt: null,
  lastSyncedAt: null,
  passwordAccess: false
}

const notEnabled = (tenant: string) =>
  Forbidden.because(
    `The feature ${huduFeature} is not enabled for this tenant: an operator enables it with \`${enableHudu(tenant)}\``
  )
