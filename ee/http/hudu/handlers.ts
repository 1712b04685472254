import { Effect } from "effect"
import { answers } from "../../../src/http/answers.ts"
import { group } from "../../../src/http/group.ts"
import { HuduStatus } from "../../services/HuduStatus.ts"
import { EnterpriseApi } from "../Api.ts"

export const HuduHandlers = group(
  EnterpriseApi,
  "hudu",
  Effect.fn(function* (handlers) {
    const hudu = yield* HuduStatus
    return handlers.handleAll(
      answers({
        status: () => Effect.map(hudu.current, (data) => ({ success: true as const, data }))
      })
    )
  })
)
