import { Effect } from "effect"
import { MaterialService } from "../../services/MaterialService.ts"
import { CommunityApi } from "../Api.ts"
import { answers } from "../answers.ts"
import { one } from "../envelope.ts"
import { group } from "../group.ts"

export const TicketMaterialsHandlers = group(
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
