/** What an asset's extension data may hold, and what a change makes of them. */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { builtInDefinitions, type FieldDefinition, fieldsOf } from "../../src/domain/AssetType.ts"
import { type ExtensionData, nextExtension, type TypeDefinition } from "../../src/domain/assetExtension.ts"
import { type BuiltInType, builtInFields } from "../../src/domain/assetFields.ts"
import type { Issue } from "../../src/domain/Errors.ts"

const types: ReadonlyArray<BuiltInType> = [
  "workstation",
  "network_device",
  "server",
  "mobile_device",
  "printer",
  "unknown"
]

const builtIn = (slug: string): TypeDefinition => ({ slug, fields: builtInDefinitions(slug) })

/** What is wrong with the data of a new asset. */
const issuesOf = (definition: TypeDefinition, sent: ExtensionData) =>
  nextExtension(definition, { stored: null, sent, isNewType: true }).issues

const paths = (issues: ReadonlyArray<Issue>) => issues.map(({ path }) => path.join(".")).sort()

/** One value of each kind of field, right or wrong, whatever the field. */
const Value = Schema.Union([
  Schema.String,
  Schema.Int,
  Schema.Boolean,
  Schema.Null,
  Schema.Array(Schema.String),
  Schema.Literals(["10.0.0.1", "fe80::1", "2026-03-01", "2026-03-01T09:30:00Z", "router"])
])
const Name = Schema.Literals([...new Set(types.flatMap((type) => Object.keys(builtInFields[type])))])
const Type = Schema.Literals(types)

describe("extension data of a built-in type", () => {
  it.prop("have its own fields, and no others", { type: Type, name: Name }, ({ name, type }) => {
    const issues = issuesOf(builtIn(type), { [name]: null })
    if (name in builtInFields[type]) assert.deepStrictEqual(issues, [])
    else {
      assert.deepStrictEqual(issues, [{ path: ["extension_data", name], message: `Unknown to assets of type ${type}` }])
    }
  })

  it.prop("are judged field by field", { type: Type, data: Schema.Record(Name, Value) }, ({ data, type }) => {
    const apart = Object.entries(data).flatMap(([name, value]) => issuesOf(builtIn(type), { [name]: value }))
    assert.deepStrictEqual(paths(issuesOf(builtIn(type), data)), paths(apart))
  })

  it.prop("name the field that is wrong", { type: Type, cores: Schema.Int, key: Schema.String }, (given) => {
    const { cores, key, type } = given
    const named = new Set(issuesOf(builtIn(type), { cpu_cores: cores, [`x ${key}`]: 1 }).map(({ path }) => path[1]))
    assert.isTrue(named.has(`x ${key}`))
    const right = "cpu_cores" in builtInFields[type] && cores >= 1 && cores <= 2_147_483_647
    assert.strictEqual(named.has("cpu_cores"), !right)
  })

  it("have addresses, times, lists and levels", () => {
    const right = [
      ["network_device", { device_type: "switch", management_ip: "10.0.0.1", vlan_config: { "10": "office" } }],
      ["server", { primary_ip: "fe80::1", network_interfaces: [{ name: "eth0" }], installed_services: ["sshd"] }],
      ["workstation", { cpu_cores: 8, ram_gb: 15.5, last_login: "2026-03-01T09:30:00+02:00" }],
      ["printer", { supply_levels: { black: 12.5 }, max_paper_size: "A3", monthly_duty_cycle: 5000 }],
      ["mobile_device", { installed_apps: [], is_supervised: true, last_check_in: "2026-03-01" }]
    ] as const
    for (const [type, data] of right) assert.deepStrictEqual(issuesOf(builtIn(type), data), [])
    const wrong = [
      ["network_device", { device_type: "toaster" }, "device_type"],
      ["network_device", { management_ip: "10.0.0.256" }, "management_ip"],
      ["server", { network_interfaces: ["eth0"] }, "network_interfaces.0"],
      ["workstation", { cpu_cores: 0 }, "cpu_cores"],
      ["workstation", { ram_gb: -1 }, "ram_gb"],
      ["workstation", { last_login: "yesterday" }, "last_login"],
      ["printer", { supply_levels: { black: "low" } }, "supply_levels.black"],
      ["mobile_device", { is_supervised: "yes" }, "is_supervised"]
    ] as const
    for (const [type, data, path] of wrong) {
      assert.deepStrictEqual(paths(issuesOf(builtIn(type), data)), [`extension_data.${path}`], JSON.stringify(data))
    }
  })
})

const fields: ReadonlyArray<FieldDefinition> = [
  { key: "note", label: "Note", type: "text", required: false },
  { key: "size", label: "Size", type: "number", required: true },
  { key: "is_new", label: "New", type: "boolean", required: false },
  { key: "bought_on", label: "Bought on", type: "date", required: false },
  { key: "color", label: "Color", type: "select", required: false, options: ["red", "blue"] }
]
const own: TypeDefinition = { slug: "own", fields }

describe("extension data of a type of the tenant's own", () => {
  it("are what their definition says", () => {
    const right = { note: "x", size: 1.5, is_new: false, bought_on: "2026-03-01", color: "red" }
    assert.deepStrictEqual(nextExtension(own, { stored: null, sent: right, isNewType: true }), {
      data: right,
      issues: []
    })
    const wrong = { note: 1, size: "1", is_new: "no", bought_on: "March", color: "green" }
    assert.deepStrictEqual(
      paths(issuesOf(own, wrong)),
      ["bought_on", "color", "is_new", "note", "size"].map((key) => `extension_data.${key}`)
    )
    assert.include(issuesOf(own, { size: 1, color: "green" })[0]?.message, '"red", "blue"')
  })

  it("are there where they are required", () => {
    const missing = { path: ["extension_data", "size"], message: "Required of assets of type own" }
    for (const sent of [undefined, null, {}, { note: "x" }, { size: null }]) {
      assert.deepStrictEqual(
        nextExtension(own, { stored: null, sent, isNewType: true }).issues,
        [missing],
        JSON.stringify(sent)
      )
    }
    const blank: TypeDefinition = { slug: "own", fields: [{ ...fields[0]!, required: true }] }
    assert.lengthOf(issuesOf(blank, { note: " " }), 1)
    assert.lengthOf(issuesOf(blank, { note: "x" }), 0)
  })

  it("may be built-in fields and others in one type", () => {
    const mixed: TypeDefinition = { slug: "printer", fields: fieldsOf("printer", fields) }
    assert.deepStrictEqual(issuesOf(mixed, { size: 1, model: "x", ip_address: "::1" }), [])
    assert.deepStrictEqual(paths(issuesOf(mixed, { ip_address: "x" })), [
      "extension_data.ip_address",
      "extension_data.size"
    ])
  })
})

describe("a change of extension data", () => {
  const stored = { note: "x", size: 2, gone: "by" }
  const next = (sent: ExtensionData | null | undefined, isNewType = false) =>
    nextExtension(own, { stored, sent, isNewType })

  it("replaces what is sent, takes away what is null, and keeps the rest", () => {
    assert.deepStrictEqual(next({ note: "y", color: "red" }).data, { note: "y", size: 2, gone: "by", color: "red" })
    assert.deepStrictEqual(next({ note: null }), { data: { size: 2, gone: "by" }, issues: [] })
    assert.deepStrictEqual(next({}), { data: stored, issues: [] })
    assert.strictEqual(next(undefined).data, stored)
  })

  it("takes away everything with null", () => {
    assert.strictEqual(next(null).data, null)
    assert.deepStrictEqual(paths(next(null).issues), ["extension_data.size"])
  })

  it("keeps what the type does not list any more, until it is taken away", () => {
    assert.deepStrictEqual(next({ gone: null }), { data: { note: "x", size: 2 }, issues: [] })
    assert.deepStrictEqual(paths(next({ gone: "again" }).issues), ["extension_data.gone"])
    assert.deepStrictEqual(paths(next({ never: null }).issues), ["extension_data.never"])
  })

  it("judges what stays as it is, but not where nothing is sent", () => {
    const old = { stored: { note: 1, size: 2 }, isNewType: false }
    assert.deepStrictEqual(paths(nextExtension(own, { ...old, sent: { size: 3 } }).issues), ["extension_data.note"])
    assert.deepStrictEqual(nextExtension(own, { ...old, sent: undefined }).issues, [])
  })

  it("of the type keeps what fits the new one", () => {
    assert.deepStrictEqual(next(undefined, true), { data: { note: "x", size: 2 }, issues: [] })
    const other: TypeDefinition = { slug: "other", fields: [{ ...fields[0]!, type: "number" }] }
    const changed = nextExtension(other, { stored, sent: undefined, isNewType: true })
    assert.deepStrictEqual(changed, { data: null, issues: [] })
  })
})
