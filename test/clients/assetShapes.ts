/** The fields that the mobile app reads of what it is answered about assets. Others may be there; these must. */
import { Schema } from "effect"
import { Count, Id, maybe, Name, Time } from "./shapes.ts"

const MaintenanceType = Schema.Literals(["preventive", "corrective", "inspection", "calibration", "replacement"])

export const ScheduledMaintenance = Schema.Struct({
  schedule_id: Id,
  schedule_name: Name,
  description: maybe(Schema.String),
  maintenance_type: MaintenanceType,
  frequency: Schema.Literals(["daily", "weekly", "monthly", "quarterly", "yearly", "custom"]),
  next_maintenance: Time,
  last_maintenance: maybe(Time),
  is_active: Schema.Boolean,
  created_by_name: Name
})

export const MadeAsset = Schema.Struct({ asset_id: Id })

/** An asset on its own screen. */
export const ShownAsset = Schema.Struct({
  asset_id: Id,
  asset_tag: Name,
  name: Name,
  serial_number: maybe(Schema.String),
  asset_type: Name,
  status: Name,
  client_id: Id,
  client_name: Name,
  location: maybe(Schema.String),
  purchase_date: maybe(Time),
  warranty_end_date: maybe(Time),
  warranty_status: Schema.Literals(["no_warranty", "expired", "expiring_soon", "active"]),
  service_id: maybe(Id),
  stock_unit_id: maybe(Id),
  maintenance_schedules: Schema.Array(ScheduledMaintenance)
})

/** What was done, as it was recorded just now. */
export const RecordedMaintenance = Schema.Struct({
  history_id: Id,
  schedule_id: maybe(Id),
  asset_id: Id,
  maintenance_type: MaintenanceType,
  description: Name,
  performed_at: Time,
  performed_by: Id
})

/** What was done is told in full; of what changed otherwise, these fields are there without a value. */
export const History = Schema.Struct({
  history_id: Id,
  maintenance_type: maybe(MaintenanceType),
  description: maybe(Name),
  performed_at: maybe(Time),
  performed_by_user_name: maybe(Name)
})

export const Software = Schema.Struct({
  data: Schema.Array(
    Schema.Struct({
      software_id: Id,
      name: Name,
      publisher: maybe(Name),
      version: maybe(Name),
      category: maybe(Name),
      software_type: Schema.Literals(["application", "driver", "update", "system"]),
      install_date: maybe(Time)
    })
  ),
  summary: Schema.Struct({ total_installed: Count })
})

export const Notes = Schema.Struct({
  document: maybe(Schema.Struct({ document_id: Id, document_name: Name })),
  blockData: Schema.Json,
  lastUpdated: maybe(Time)
})
export const SavedNotes = Schema.Struct({ document_id: Id })

export const TicketOnAsset = Schema.Struct({
  ticket_id: Id,
  ticket_number: Name,
  title: Name,
  status_name: Name,
  is_closed: Schema.Boolean,
  relationship_type: Name,
  entered_at: Time
})
