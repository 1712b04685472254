import { Effect } from "effect"
import { answers } from "../../../src/http/answers.ts"
import { one, page } from "../../../src/http/envelope.ts"
import { group } from "../../../src/http/group.ts"
import {
  AuthorizationBundleList,
  AuthorizationBundleService,
  BundleAssignmentList
} from "../../services/AuthorizationBundleService.ts"
import { EnterpriseApi } from "../Api.ts"

export const AuthorizationBundlesHandlers = group(
  EnterpriseApi,
  "authorizationBundles",
  Effect.fn(function* (handlers) {
    const bundles = yield* AuthorizationBundleService
    return handlers.handleAll(
      answers({
        list: ({ query }) => Effect.map(bundles.list(query), (found) => page(AuthorizationBundleList, query, found)),
        get: ({ params }) => Effect.map(bundles.get(params.id), one),
        create: ({ payload }) => Effect.map(bundles.create(payload), one),
        update: ({ params, payload }) => Effect.map(bundles.update(params.id, payload), one),
        delete: ({ params }) => bundles.delete(params.id),
        assignments: ({ params, query }) =>
          Effect.map(bundles.assignments(params.id, query), (found) => page(BundleAssignmentList, query, found)),
        assign: ({ params, payload }) => Effect.map(bundles.assign(params.id, payload), one),
        unassign: ({ params }) => bundles.unassign(params.id, params.assignmentId)
      })
    )
  })
)
