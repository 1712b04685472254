import { Effect } from "effect"
import { BundleService } from "../../services/BundleService.ts"
import { CommunityApi } from "../Api.ts"
import { answers } from "../answers.ts"
import { one } from "../envelope.ts"
import { group } from "../group.ts"

export const BundlesHandlers = group(
  CommunityApi,
  "bundles",
  Effect.fn(function* (handlers) {
    const bundles = yield* BundleService
    return handlers.handleAll(
      answers({
        get: ({ params }) => Effect.map(bundles.get(params.id), one),
        create: ({ params, payload }) => Effect.map(bundles.create(params.id, payload), one),
        unbundle: ({ params }) => Effect.map(bundles.unbundle(params.id), one),
        addChildren: ({ params, payload }) => Effect.map(bundles.addChildren(params.id, payload.child_ticket_ids), one),
        removeChild: ({ params }) => Effect.map(bundles.removeChild(params.id, params.childId), one),
        promote: ({ params, payload }) => Effect.map(bundles.promote(params.id, payload.new_master_ticket_id), one),
        settings: ({ params, payload }) => Effect.map(bundles.changeSettings(params.id, payload), one)
      })
    )
  })
)
