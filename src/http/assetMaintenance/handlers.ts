import { Effect } from "effect"
import { MaintenanceService } from "../../services/MaintenanceService.ts"
import { MaintenanceList } from "../../services/maintenanceRows.ts"
import { CommunityApi } from "../Api.ts"
import { answers } from "../answers.ts"
import { one, page } from "../envelope.ts"
import { group } from "../group.ts"

export const AssetMaintenanceHandlers = group(
  CommunityApi,
  "assetMaintenance",
  Effect.fn(function* (handlers) {
    const maintenance = yield* MaintenanceService
    return handlers.handleAll(
      answers({
        list: ({ query }) => Effect.map(maintenance.list(query), (found) => page(MaintenanceList, query, found)),
        stats: ({ query }) => Effect.map(maintenance.stats(query), one),
        get: ({ params }) => Effect.map(maintenance.get(params.scheduleId), one),
        update: ({ params, payload }) => Effect.map(maintenance.update(params.scheduleId, payload), one),
        delete: ({ params }) => maintenance.delete(params.scheduleId),
        ofAsset: ({ params }) => Effect.map(maintenance.ofAsset(params.id), one),
        create: ({ params, payload }) => Effect.map(maintenance.create(params.id, payload), one),
        record: ({ params, payload }) => Effect.map(maintenance.record(params.id, payload), one)
      })
    )
  })
)
