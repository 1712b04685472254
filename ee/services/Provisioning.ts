/** Makes tenants on behalf of a caller who may. */
import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Actor } from "../../src/domain/Actor.ts"
import type { Conflict, ValidationFailed } from "../../src/domain/Errors.ts"
import type { NewTenant, Tenant } from "../../src/domain/Tenant.ts"
import { unfailing } from "../../src/services/constraints.ts"
import { recordEvent } from "../../src/services/events.ts"
import { TenantService } from "../../src/services/TenantService.ts"

export class Provisioning extends Context.Service<
  Provisioning,
  {
    /** A new tenant, and the event in the caller's own tenant that tells who made it: both, or neither. */
    readonly createTenant: (
      input: typeof NewTenant.Type
    ) => Effect.Effect<typeof Tenant.Type, Conflict | ValidationFailed, Actor>
  }
>()("psa/ee/Provisioning") {
  static readonly layer = Layer.effect(
    Provisioning,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const tenants = yield* TenantService

      const createTenant = Effect.fn("Provisioning.createTenant")(
        function* (input: typeof NewTenant.Type) {
          const actor = yield* Actor
          const { tenant } = yield* tenants.create(input)
          yield* recordEvent(sql, {
            tenant: actor.tenant,
            userId: actor.userId,
            type: "TENANT_CREATED",
            entityType: "tenant",
            entityId: tenant.tenant,
            payload: { tenant: tenant.tenant, client_name: tenant.client_name, email: tenant.email }
          })
          return tenant
        },
        sql.withTransaction,
        unfailing
      )

      return Provisioning.of({ createTenant })
    })
  )
}
