import { Effect } from "effect"
import { type Queued, RmmJobList, RmmJobService } from "../../services/RmmJobService.ts"
import { type Known, RmmService } from "../../services/RmmService.ts"
import { CommunityApi } from "../Api.ts"
import { answers } from "../answers.ts"
import { one, page } from "../envelope.ts"
import { group } from "../group.ts"
import { factsOf } from "../RequestFacts.ts"

export const AssetRmmHandlers = group(
  CommunityApi,
  "assetRmm",
  Effect.fn(function* (handlers) {
    const rmm = yield* RmmService
    const jobs = yield* RmmJobService
    return handlers.handleAll(
      answers({
        get: ({ params }) => Effect.map(rmm.get(params.id), known),
        refresh: ({ params }) =>
          Effect.map(rmm.refresh(params.id), (data) => ({ data, message: "RMM data refreshed" })),
        reboot: ({ params }) => Effect.map(jobs.reboot(params.id), accepted("Reboot")),
        script: ({ params, payload }) => Effect.map(jobs.runScript(params.id, payload), accepted("Script")),
        remoteControl: ({ params, query, request }) =>
          Effect.suspend(() => {
            // It lets in whoever has it.
            factsOf(request).headers["cache-control"] = "no-store"
            return Effect.map(rmm.remoteControl(params.id, query.type ?? "splashtop"), one)
          }),
        jobs: ({ params, query }) => Effect.map(jobs.list(params.id, query), (found) => page(RmmJobList, query, found)),
        job: ({ params }) => Effect.map(jobs.get(params.id, params.jobId), one)
      })
    )
  })
)

const known = ({ data, isManaged }: Known) => {
  if (data !== null) return { data }
  const message = isManaged ? "The agent of this asset has not been read yet" : "This asset is not managed by an RMM"
  return { data, message }
}

const accepted =
  (what: string) =>
  ({ assetName, job }: Queued) => ({
    success: true as const,
    message: `${what} queued for execution on ${assetName}`,
    jobId: job.job_id,
    data: job
  })
