/** The fields of `extension_data` that the built-in types of asset have: what they are called, and what they hold. */
import { isIP } from "node:net"
import { Schema } from "effect"
import { Count, noNul, storableJson, TimestampInput } from "./Field.ts"

/** What a field that a tenant defines can hold. */
export const definableTypes = ["text", "number", "boolean", "date", "select"] as const

/** Built-in fields can hold lists and objects, too. */
export const fieldTypes = [...definableTypes, "list", "object"] as const
export type FieldType = (typeof fieldTypes)[number]

type Values = Schema.Codec<unknown, unknown>

export interface BuiltInField {
  readonly label: string
  readonly type: FieldType
  /** What it is chosen from. */
  readonly options?: ReadonlyArray<string>
  readonly values: Values
}

const field = (type: FieldType, values: Values) => (label: string) => ({ label, type, values }) satisfies BuiltInField

export const longText = Schema.String.check(
  Schema.isMaxLength(10_000, { message: "Expected at most 10000 characters" }),
  noNul
)
const anyObject = Schema.Record(Schema.String, Schema.Json).check(storableJson)
const address = Schema.String.check(
  Schema.makeFilter((text: string) => isIP(text) !== 0, { message: "Expected an IP address" })
)

const text = field("text", longText)
const ip = field("text", address)
const amount = field("number", Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)))
const count = field("number", Count)
const cores = field("number", Count.check(Schema.isGreaterThanOrEqualTo(1)))
const flag = field("boolean", Schema.Boolean)
const time = field("date", TimestampInput)
const texts = field("list", Schema.Array(longText))
const objects = field("list", Schema.Array(anyObject))
const object = field("object", anyObject)
const levels = field("object", Schema.Record(Schema.String, Schema.Finite))
const choice = (label: string, ...options: ReadonlyArray<string>) =>
  ({ label, type: "select", options, values: Schema.Literals(options) }) satisfies BuiltInField

const system = {
  os_type: text("Operating system"),
  os_version: text("Version of the operating system")
}
const processor = {
  cpu_model: text("CPU model"),
  cpu_cores: cores("CPU cores"),
  ram_gb: amount("RAM in GB")
}

const protection = {
  antivirus_product: text("Antivirus"),
  antivirus_status: text("Status of the antivirus"),
  failed_patches: count("Failed patches"),
  pending_patches: count("Pending patches")
}

/** By the slug of the type, and the key of the field, in the order of forms. */
export const builtInFields = {
  workstation: {
    ...system,
    ...processor,
    storage_type: text("Kind of storage"),
    storage_capacity_gb: amount("Storage in GB"),
    gpu_model: text("GPU model"),
    installed_software: texts("Installed software"),
    last_login: time("Last login"),
    ...protection
  },
  network_device: {
    device_type: choice("Kind of device", "switch", "router", "firewall", "access_point", "load_balancer"),
    management_ip: ip("Management IP address"),
    port_count: count("Ports"),
    firmware_version: text("Firmware version"),
    supports_poe: flag("Supports PoE"),
    power_draw_watts: amount("Power draw in watts"),
    vlan_config: object("VLANs"),
    port_config: object("Configuration of ports")
  },
  server: {
    ...system,
    ...processor,
    storage_config: objects("Storage"),
    raid_config: text("RAID"),
    is_virtual: flag("Virtual"),
    hypervisor: text("Hypervisor"),
    network_interfaces: objects("Network interfaces"),
    primary_ip: ip("Primary IP address"),
    installed_services: texts("Installed services"),
    ...protection
  },
  mobile_device: {
    ...system,
    model: text("Model"),
    imei: text("IMEI"),
    phone_number: text("Phone number"),
    carrier: text("Carrier"),
    is_supervised: flag("Supervised"),
    last_check_in: time("Last check-in"),
    installed_apps: texts("Installed apps")
  },
  printer: {
    model: text("Model"),
    ip_address: ip("IP address"),
    is_network_printer: flag("Network printer"),
    supports_color: flag("Prints in color"),
    supports_duplex: flag("Prints on both sides"),
    max_paper_size: text("Largest paper size"),
    supported_paper_types: texts("Paper types"),
    monthly_duty_cycle: amount("Monthly duty cycle"),
    supply_levels: levels("Levels of supplies")
  },
  unknown: {}
} as const satisfies Readonly<Record<string, Readonly<Record<string, BuiltInField>>>>

export type BuiltInType = keyof typeof builtInFields

/** The built-in fields of the type with this slug, by their keys: none, if it is a tenant's own. */
export const builtInFieldsOf = (slug: string): Readonly<Record<string, BuiltInField>> =>
  isBuiltIn(slug) ? builtInFields[slug] : {}

const isBuiltIn = (slug: string): slug is BuiltInType => Object.hasOwn(builtInFields, slug)
