import { Effect } from "effect"
import { AssetStatsService } from "../../services/AssetStatsService.ts"
import { AssetSummaryService } from "../../services/AssetSummaryService.ts"
import { CommunityApi } from "../Api.ts"
import { answers } from "../answers.ts"
import { one } from "../envelope.ts"
import { group } from "../group.ts"

export const AssetFiguresHandlers = group(
  CommunityApi,
  "assetFigures",
  Effect.fn(function* (handlers) {
    const figures = yield* AssetStatsService
    const summaries = yield* AssetSummaryService
    return handlers.handleAll(
      answers({
        stats: ({ query }) => Effect.map(figures.stats(query), one),
        summary: ({ params }) => Effect.map(summaries.get(params.id), one)
      })
    )
  })
)
