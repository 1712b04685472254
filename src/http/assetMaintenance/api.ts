import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { AssetId } from "../../domain/Asset.ts"
import { Forbidden, NotFound, ValidationFailed } from "../../domain/Errors.ts"
import { Uuid } from "../../domain/Field.ts"
import * as List from "../../domain/List.ts"
import {
  AssetMaintenance,
  MaintenanceRecord,
  MaintenanceScheduleChanges,
  MaintenanceScheduleId,
  MaintenanceStats,
  NewMaintenanceRecord,
  NewMaintenanceSchedule
} from "../../domain/Maintenance.ts"
import { MaintenanceList } from "../../services/maintenanceRows.ts"
import { about } from "../endpoint.ts"
import { One, Page } from "../envelope.ts"
import { Idempotency } from "../middleware/Idempotency.ts"
import { Versioned } from "../middleware/Versioned.ts"

const schedule = { scheduleId: MaintenanceScheduleId }
const asset = { id: AssetId }
const refused = [NotFound, Forbidden] as const

const example = {
  schedule_name: "Clean the fans",
  maintenance_type: "preventive",
  frequency: "monthly",
  start_date: "2026-01-31T09:00:00+01:00",
  timezone: "Europe/Berlin",
  notes: "With the compressor on the ground floor"
}

export class AssetMaintenanceApi extends HttpApiGroup.make("assetMaintenance")
  .add(
    HttpApiEndpoint.get("list", "/maintenance", {
      query: List.query(MaintenanceList),
      success: Page(AssetMaintenance)
    }).annotateMerge(
      about({
        summary: "List maintenance",
        description:
          "The schedules of all assets, what is due first. Of the active ones, `state=overdue` are past their time, " +
          "`upcoming` are not, and `due` are those overdue and those to be done until the end of the day in the tenant's time " +
          "zone. `search` looks into the schedule's name and description, and the asset's name and tag.",
        requires: ["asset:read"]
      })
    ),
    HttpApiEndpoint.get("stats", "/maintenance/stats", {
      query: { asset_id: Schema.optionalKey(Uuid), client_id: Schema.optionalKey(Uuid) },
      success: One(MaintenanceStats)
    }).annotateMerge(
      about({
        summary: "Count maintenance",
        description:
          "What is overdue, due and upcoming, and what was done: of all assets, or of those of a client, or of one.",
        requires: ["asset:read"]
      })
    ),
    HttpApiEndpoint.get("get", "/maintenance/:scheduleId", {
      params: schedule,
      success: One(AssetMaintenance),
      error: refused
    })
      .middleware(Versioned)
      .annotateMerge(
        about({
          summary: "Get a maintenance schedule",
          description: "One schedule, with its asset. `ETag` is its version.",
          requires: ["asset:read"]
        })
      ),
    HttpApiEndpoint.put("update", "/maintenance/:scheduleId", {
      params: schedule,
      payload: MaintenanceScheduleChanges,
      success: One(AssetMaintenance),
      error: [...refused, ValidationFailed]
    })
      .middleware(Versioned)
      .annotateMerge(
        about({
          summary: "Change a maintenance schedule",
          description:
            "Changes the fields that are sent, null clearing an optional one, and leaves the others as they are. Where it " +
            "says otherwise how often, from when or until when, the next maintenance is due anew: an interval after the last " +
            "one or after `start_date`, whichever is later. A schedule that ends before that becomes inactive.",
          requires: ["asset:update"],
          example: { request: { frequency: "quarterly", assigned_to: null } }
        })
      ),
    HttpApiEndpoint.delete("delete", "/maintenance/:scheduleId", {
      params: schedule,
      success: HttpApiSchema.NoContent,
      error: refused
    })
      .middleware(Versioned)
      .annotateMerge(
        about({
          summary: "Delete a maintenance schedule",
          description: "Deletes a schedule. What was done by it stays in the asset's history, without its schedule.",
          requires: ["asset:delete"]
        })
      ),
    HttpApiEndpoint.get("ofAsset", "/:id/maintenance", {
      params: asset,
      success: One(Schema.Array(AssetMaintenance)),
      error: refused
    }).annotateMerge(
      about({
        summary: "List the maintenance schedules of an asset",
        description: "All schedules of an asset, what is due first.",
        requires: ["asset:read"]
      })
    ),
    HttpApiEndpoint.post("create", "/:id/maintenance", {
      params: asset,
      payload: NewMaintenanceSchedule,
      success: One(AssetMaintenance).pipe(HttpApiSchema.status(201)),
      error: [...refused, ValidationFailed]
    })
      .middleware(Idempotency)
      .annotateMerge(
        about({
          summary: "Schedule maintenance of an asset",
          description:
            "Maintenance that is due again and again, counted on the calendar of `timezone`. The first is due an interval " +
            "after `start_date`, or else after now; each after that an interval after the one before was done, at the time " +
            "of day of `start_date`, whatever clocks did meanwhile. What is due monthly from the 31st is due on the last day " +
            "of shorter months. `maintenance_type` or `schedule_type` is required, and gives the schedule its name if " +
            "`schedule_name` does not. `assigned_to` who is no active user: 404.",
          requires: ["asset:update"],
          example: { request: example }
        })
      ),
    HttpApiEndpoint.post("record", "/:id/maintenance/record", {
      params: asset,
      payload: NewMaintenanceRecord,
      success: One(MaintenanceRecord).pipe(HttpApiSchema.status(201)),
      error: [...refused, ValidationFailed]
    })
      .middleware(Idempotency)
      .annotateMerge(
        about({
          summary: "Record maintenance of an asset",
          description:
            "What was done, by a schedule of the asset or without one. The schedule is due next an interval after that, " +
            "unless something later was recorded already; it becomes inactive if that is after its end. `duration_hours`, " +
            "`cost`, `notes` and `parts_used` are kept in `maintenance_data`. Without a `description` the notes are it.",
          requires: ["asset:update"],
          example: {
            request: { maintenance_type: "preventive", description: "Cleaned the fans", duration_hours: 0.5, cost: 20 }
          }
        })
      )
  )
  .prefix("/api/v1/assets")
  .annotateMerge(
    OpenApi.annotations({
      title: "Maintenance of assets",
      description: "What is to be done on assets, how often, and what was done."
    })
  ) {}
