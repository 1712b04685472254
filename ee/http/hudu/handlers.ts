import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { answers } from "../../../src/http/answers.ts"
import { HuduStatus } from "../../services/HuduStatus.ts"
import { EnterpriseApi } from "../Api.ts"

export const HuduHandlers = HttpApiBuilder.group(
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
