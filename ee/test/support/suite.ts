/** The Enterprise Edition over HTTP, with what its command line uses beside it. */
import { layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TenantService } from "../../../src/services/TenantService.ts"
import { makeTenant, serviceOf } from "../../../test/support/service.ts"
import { enterprise } from "../../layers/Enterprise.ts"
import { HuduClient } from "../../services/HuduClient.ts"
import { HuduConnection } from "../../services/HuduConnection.ts"
import { HuduStatus } from "../../services/HuduStatus.ts"
import { TenantSecrets } from "../../services/TenantSecrets.ts"

export const secretsKey = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

/** The services of `psa hudu`. */
export const huduServices = HuduConnection.layer.pipe(
  Layer.provideMerge([HuduClient.layer, TenantSecrets.layer, HuduStatus.layer]),
  Layer.provide(TenantService.layer)
)

const service = huduServices.pipe(
  Layer.provideMerge(
    serviceOf(enterprise, { EDITION: "enterprise", SECRETS_KEY: secretsKey, HUDU_ALLOW_INSECURE_URL: "true" })
  )
)

export const enterpriseSuite = layer(service, { excludeTestServices: true })

/** A tenant with the feature enabled. */
export const makeHuduTenant = Effect.gen(function* () {
  const tenant = yield* makeTenant
  const tenants = yield* TenantService
  yield* tenants.setFeature(tenant.tenant.tenant, "hudu", true)
  return { ...tenant, id: tenant.tenant.tenant }
})
