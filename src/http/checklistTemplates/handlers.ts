import { Effect } from "effect"
import { ChecklistTemplateList, ChecklistTemplateService } from "../../services/ChecklistTemplateService.ts"
import { CommunityApi } from "../Api.ts"
import { answers } from "../answers.ts"
import { one, page } from "../envelope.ts"
import { group } from "../group.ts"

export const ChecklistTemplatesHandlers = group(
  CommunityApi,
  "checklistTemplates",
  Effect.fn(function* (handlers) {
    const templates = yield* ChecklistTemplateService
    return handlers.handleAll(
      answers({
        list: ({ query }) => Effect.map(templates.list(query), (found) => page(ChecklistTemplateList, query, found)),
        get: ({ params }) => Effect.map(templates.get(params.id), one),
        create: ({ payload }) => Effect.map(templates.create(payload), one),
        update: ({ params, payload }) => Effect.map(templates.update(params.id, payload), one),
        delete: ({ params }) => templates.delete(params.id)
      })
    )
  })
)
