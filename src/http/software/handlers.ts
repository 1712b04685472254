import { Effect } from "effect"
import { InstalledSoftwareList, SoftwareService } from "../../services/SoftwareService.ts"
import { SoftwareSearchList } from "../../services/softwareSearch.ts"
import { CommunityApi } from "../Api.ts"
import { answers } from "../answers.ts"
import { one, page } from "../envelope.ts"
import { group } from "../group.ts"

export const SoftwareHandlers = group(
  CommunityApi,
  "software",
  Effect.fn(function* (handlers) {
    const software = yield* SoftwareService
    return handlers.handleAll(
      answers({
        list: ({ params, query }) =>
          Effect.map(software.ofAsset(params.id, query), ({ found, summary }) => ({
            ...page(InstalledSoftwareList, query, found),
            summary
          })),
        replace: ({ params, payload }) => Effect.map(software.replace(params.id, payload.software), one),
        search: ({ query }) => Effect.map(software.search(query), (found) => page(SoftwareSearchList, query, found))
      })
    )
  })
)
