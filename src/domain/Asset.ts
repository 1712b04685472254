/** An asset is a thing of a client's that the provider looks after: a computer, a printer, a phone. */
import { Schema } from "effect"
import { AssetDocument } from "./AssetDocument.ts"
import { AssetRelationship } from "./AssetRelationship.ts"
import { AssetTypeSlug } from "./AssetType.ts"
import { AnyText, JsonObject, PathId, Text, Timestamp, TimestampInput, Uuid } from "./Field.ts"
import { MaintenanceSchedule } from "./Maintenance.ts"
import { rmmTie } from "./Rmm.ts"

export const AssetId = PathId("asset")

/** One of the built-in types, or a tenant's own. */
export const AssetType = AssetTypeSlug.annotate({
  description: "workstation, network_device, server, mobile_device, printer, unknown, or a type of the tenant's own"
})

export const WarrantyStatus = Schema.Literals(["no_warranty", "expired", "expiring_soon", "active"]).annotate({
  description: "`expiring_soon` in the last 30 days"
})

/** The columns of an asset, with its client's name. What only its type has comes with the asset alone. */
export const assetFields = {
  tenant: Uuid,
  asset_id: Uuid,
  asset_type: Schema.String,
  client_id: Uuid,
  asset_tag: Schema.String,
  name: Schema.String,
  status: Schema.String,
  serial_number: Schema.NullOr(Schema.String),
  location: Schema.NullOr(Schema.String),
  location_id: Schema.NullOr(Uuid),
  purchase_date: Schema.NullOr(Timestamp),
  warranty_end_date: Schema.NullOr(Timestamp),
  attributes: Schema.NullOr(JsonObject),
  notes_document_id: Schema.NullOr(Uuid),
  service_id: Schema.NullOr(Uuid),
  stock_unit_id: Schema.NullOr(Uuid),
  rmm_provider: Schema.NullOr(Schema.String),
  rmm_device_id: Schema.NullOr(Schema.String),
  rmm_organization_id: Schema.NullOr(Schema.String),
  agent_status: Schema.NullOr(Schema.String),
  last_seen_at: Schema.NullOr(Timestamp),
  last_rmm_sync_at: Schema.NullOr(Timestamp),
  created_at: Timestamp,
  updated_at: Timestamp,
  client_name: Schema.String
}

export const Asset = Schema.Struct({ ...assetFields, warranty_status: WarrantyStatus }).annotate({
  identifier: "Asset"
})

/** An asset with everything that belongs to it. */
export const AssetDetail = Schema.Struct({
  ...Asset.fields,
  client: Schema.Struct({ client_id: Uuid, client_name: Schema.String, billing_email: Schema.NullOr(Schema.String) }),
  extension_data: Schema.NullOr(JsonObject),
  relationships: Schema.Array(AssetRelationship),
  documents: Schema.Array(AssetDocument),
  maintenance_schedules: Schema.Array(MaintenanceSchedule)
}).annotate({ identifier: "AssetDetail" })

const optional = {
  location_id: Schema.optionalKey(Schema.NullOr(Uuid)).annotate({ description: "An active location of the client" }),
  location: Schema.optionalKey(Schema.NullOr(AnyText(1000))),
  serial_number: Schema.optionalKey(Schema.NullOr(AnyText(255))),
  purchase_date: Schema.optionalKey(Schema.NullOr(TimestampInput)),
  warranty_end_date: Schema.optionalKey(Schema.NullOr(TimestampInput)),
  extension_data: Schema.optionalKey(Schema.NullOr(JsonObject)).annotate({
    description: "What only assets of this type have: the fields that its type lists. Null takes one away"
  })
}

const required = {
  client_id: Uuid,
  asset_type: AssetType,
  asset_tag: Text(255),
  name: Text(255),
  status: Text(255)
}

export const NewAsset = Schema.Struct({ ...required, ...optional, ...rmmTie }).annotate({ identifier: "NewAsset" })

const changes = {
  client_id: Schema.optionalKey(required.client_id),
  asset_type: Schema.optionalKey(required.asset_type),
  asset_tag: Schema.optionalKey(required.asset_tag),
  name: Schema.optionalKey(required.name),
  status: Schema.optionalKey(required.status),
  ...optional
}

export const AssetChanges = Schema.Struct({ ...changes, ...rmmTie }).annotate({ identifier: "AssetChanges" })

/** What can be changed of many assets at once: to its agent each is tied by itself. */
export const CommonAssetChanges = Schema.Struct(changes).annotate({ identifier: "CommonAssetChanges" })
