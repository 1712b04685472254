import { Effect } from "effect"
import { answers } from "../../../src/http/answers.ts"
import { group } from "../../../src/http/group.ts"
import { Provisioning } from "../../services/Provisioning.ts"
import { EnterpriseApi } from "../Api.ts"

export const ProvisioningHandlers = group(
  EnterpriseApi,
  "provisioning",
  Effect.fn(function* (handlers) {
    const provisioning = yield* Provisioning
    return handlers.handleAll(
      answers({
        createTenant: ({ payload }) =>
          Effect.map(provisioning.createTenant(payload), (tenant) => ({ data: tenant, ...tenant }))
      })
    )
  })
)
