import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { MaterialService } from "../../services/MaterialService.ts"
import { CommunityApi } from "../Api.ts"
import { answers } from "../answers.ts"
import { one } from "../envelope.ts"

export const TicketMaterialsHandlers = HttpApiBuilder.group(
  CommunityApi,
  "ticketMaterials",
  Effect.fn(function* (handlers) {
    const materials = yield* MaterialService
    return handlers.handleAll(
      answers({
        list: ({ params }) => Effect.map(materials.list(params.id), one),
        add: ({ params, payload }) => Effect.map(materials.add(params.id, payload), one),
        remove: ({ params }) => materials.remove(params.id, params.materialId)
      })
    )
  })
)
