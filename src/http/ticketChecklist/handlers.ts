import { Effect } from "effect"
import { ChecklistService } from "../../services/ChecklistService.ts"
import { CommunityApi } from "../Api.ts"
import { answers } from "../answers.ts"
import { one } from "../envelope.ts"
import { group } from "../group.ts"

export const TicketChecklistHandlers = group(
  CommunityApi,
  "ticketChecklist",
  Effect.fn(function* (handlers) {
    const checklists = yield* ChecklistService
    return handlers.handleAll(
      answers({
        list: ({ params }) => Effect.map(checklists.list(params.id), one),
        add: ({ params, payload }) => Effect.map(checklists.add(params.id, payload), one),
        applyTemplate: ({ params, payload }) =>
          Effect.map(checklists.applyTemplate(params.id, payload.template_id), one),
        setCompleted: ({ params, payload }) =>
          Effect.map(checklists.setCompleted(params.id, params.itemId, payload.completed), one),
        update: ({ params, payload }) => Effect.map(checklists.update(params.id, params.itemId, payload), one),
        remove: ({ params }) => checklists.remove(params.id, params.itemId)
      })
    )
  })
)
