/** An asset is a thing of a client's that the provider looks after: a computer, a printer, a phone. */
import { isIP } from "node:net"
import { Result, Schema } from "effect"
import * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaParser from "effect/SchemaParser"
import type { Issue } from "./Errors.ts"
import { AnyText, Count, JsonObject, PathId, Text, Timestamp, TimestampInput, Uuid } from "./Field.ts"

export const AssetId = PathId("asset")

/** One of the built-in types, or a tenant's own. */
export const AssetType = Schema.String.check(
  Schema.isPattern(/^[a-z][a-z0-9_]*$/u, { message: "Expected a slug, such as network_device" }),
  Schema.isMaxLength(255, { message: "Expected at most 255 characters" })
).annotate({
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

/** Another asset this one hangs together with. */
export const AssetRelationship = Schema.Struct({
  tenant: Uuid,
  parent_asset_id: Uuid,
  child_asset_id: Uuid,
  relationship_type: Schema.String,
  created_at: Timestamp,
  updated_at: Timestamp,
  related_asset_id: Uuid,
  direction: Schema.Literals(["child", "parent"]).annotate({ description: "What the other asset is to this one" }),
  asset_tag: Schema.String,
  related_asset_name: Schema.String,
  asset_type: Schema.String,
  status: Schema.String
}).annotate({ identifier: "AssetRelationship" })

export const AssetDocument = Schema.Struct({
  tenant: Uuid,
  association_id: Uuid,
  document_id: Uuid,
  entity_id: Uuid,
  entity_type: Schema.Literal("asset"),
  created_at: Timestamp,
  original_filename: Schema.String,
  file_size: Schema.Int,
  mime_type: Schema.String,
  uploaded_at: Timestamp
}).annotate({ identifier: "AssetDocument" })

export const MaintenanceSchedule = Schema.Struct({
  tenant: Uuid,
  schedule_id: Uuid,
  asset_id: Uuid,
  schedule_name: Schema.String,
  description: Schema.NullOr(Schema.String),
  maintenance_type: Schema.Literals(["preventive", "corrective", "inspection", "calibration", "replacement"]),
  frequency: Schema.Literals(["daily", "weekly", "monthly", "quarterly", "yearly", "custom"]),
  frequency_interval: Schema.Int,
  schedule_config: JsonObject,
  last_maintenance: Schema.NullOr(Timestamp),
  next_maintenance: Timestamp,
  is_active: Schema.Boolean,
  created_by: Uuid,
  created_at: Timestamp,
  updated_at: Timestamp,
  created_by_name: Schema.String
}).annotate({ identifier: "MaintenanceSchedule" })

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
    description: "What only assets of this type have. Types of the tenant's own hold any JSON object"
  })
}

const required = {
  client_id: Uuid,
  asset_type: AssetType,
  asset_tag: Text(255),
  name: Text(255),
  status: Text(255)
}

export const NewAsset = Schema.Struct({ ...required, ...optional }).annotate({ identifier: "NewAsset" })
export const AssetChanges = Schema.Struct({
  client_id: Schema.optionalKey(required.client_id),
  asset_type: Schema.optionalKey(required.asset_type),
  asset_tag: Schema.optionalKey(required.asset_tag),
  name: Schema.optionalKey(required.name),
  status: Schema.optionalKey(required.status),
  ...optional
}).annotate({ identifier: "AssetChanges" })

const text = Schema.String.check(Schema.isMaxLength(10_000, { message: "Expected at most 10000 characters" }))
const amount = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))
const cores = Count.check(Schema.isGreaterThanOrEqualTo(1))
const texts = Schema.Array(text)
const object = Schema.Record(Schema.String, Schema.Json)
const objects = Schema.Array(object)
const ip = Schema.String.check(
  Schema.makeFilter((text: string) => isIP(text) !== 0, { message: "Expected an IP address" })
)

/** The fields of `extension_data`, by the asset's type. */
export const extensionFields = {
  workstation: {
    os_type: text,
    os_version: text,
    cpu_model: text,
    cpu_cores: cores,
    ram_gb: amount,
    storage_type: text,
    storage_capacity_gb: amount,
    gpu_model: text,
    installed_software: texts,
    last_login: TimestampInput
  },
  network_device: {
    device_type: Schema.Literals(["switch", "router", "firewall", "access_point", "load_balancer"]),
    management_ip: ip,
    port_count: Count,
    firmware_version: text,
    supports_poe: Schema.Boolean,
    power_draw_watts: amount,
    vlan_config: object,
    port_config: object
  },
  server: {
    os_type: text,
    os_version: text,
    cpu_model: text,
    cpu_cores: cores,
    ram_gb: amount,
    storage_config: objects,
    raid_config: text,
    is_virtual: Schema.Boolean,
    hypervisor: text,
    network_interfaces: objects,
    primary_ip: ip,
    installed_services: texts
  },
  mobile_device: {
    os_type: text,
    os_version: text,
    model: text,
    imei: text,
    phone_number: text,
    carrier: text,
    is_supervised: Schema.Boolean,
    last_check_in: TimestampInput,
    installed_apps: texts
  },
  printer: {
    model: text,
    ip_address: ip,
    is_network_printer: Schema.Boolean,
    supports_color: Schema.Boolean,
    supports_duplex: Schema.Boolean,
    max_paper_size: text,
    supported_paper_types: texts,
    monthly_duty_cycle: amount,
    supply_levels: Schema.Record(Schema.String, Schema.Finite)
  }
} as const satisfies Readonly<Record<string, Readonly<Record<string, Schema.Codec<unknown, unknown>>>>>

export type BuiltInAssetType = keyof typeof extensionFields

const readers = new Map(
  Object.entries(extensionFields).map(([type, fields]) => {
    const nullable = Object.entries<Schema.Codec<unknown, unknown>>(fields).map(
      ([name, field]) => [name, Schema.optionalKey(Schema.NullOr(field))] as const
    )
    const read = SchemaParser.decodeUnknownResult(Schema.Struct(Object.fromEntries(nullable)), {
      errors: "all",
      onExcessProperty: "error"
    })
    return [type, read] as const
  })
)

const formatter = (type: string) =>
  SchemaIssue.makeFormatterStandardSchemaV1({
    leafHook: (issue) =>
      issue._tag === "UnexpectedKey" ? `Unknown to assets of type ${type}` : SchemaIssue.defaultLeafHook(issue)
  })

/** What is wrong with the extension data of an asset of this type: nothing, for a type without rules of its own. */
export const extensionIssues = (type: string, data: unknown): ReadonlyArray<Issue> => {
  const result = readers.get(type)?.(data)
  if (result === undefined || Result.isSuccess(result)) return []
  return formatter(type)(result.failure).issues.map(({ message, path }) => ({
    path: ["extension_data", ...(path ?? []).map((segment) => (typeof segment === "object" ? segment.key : segment))],
    message
  }))
}

/** What of an asset decides on the consequences of a change. */
export interface AssetState {
  readonly client_id: string
  readonly asset_type: string
  readonly extension_data: unknown
}

/**
 * The changes with what follows from them: an asset that moves to another client leaves its location, and one that
 * becomes another type loses the extension data that does not fit that type, unless new ones are sent along.
 */
export const withConsequences = (current: AssetState, changes: typeof AssetChanges.Type): typeof AssetChanges.Type => {
  const type = changes.asset_type ?? current.asset_type
  const moves = changes.client_id !== undefined && changes.client_id.toLowerCase() !== current.client_id
  const outgrown = current.extension_data !== null && extensionIssues(type, current.extension_data).length > 0
  return {
    ...(moves ? { location_id: null } : {}),
    ...(type !== current.asset_type && outgrown ? { extension_data: null } : {}),
    ...changes
  }
}
