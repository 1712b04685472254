/** What an asset's extension data may hold, and what a change brings along. */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as SchemaParser from "effect/SchemaParser"
import {
  AssetChanges,
  AssetType,
  type BuiltInAssetType,
  extensionFields,
  extensionIssues,
  withConsequences
} from "../../src/domain/Asset.ts"
import type { Issue } from "../../src/domain/Errors.ts"
import { JsonObject, TimestampInput } from "../../src/domain/Field.ts"

const types: ReadonlyArray<BuiltInAssetType> = ["workstation", "network_device", "server", "mobile_device", "printer"]

/** One value of each kind of field, right or wrong, whatever the field. */
const Value = Schema.Union([
  Schema.String,
  Schema.Int,
  Schema.Boolean,
  Schema.Null,
  Schema.Array(Schema.String),
  Schema.Literals(["10.0.0.1", "fe80::1", "2026-03-01", "2026-03-01T09:30:00Z", "router"])
])
const Name = Schema.Literals([...new Set(types.flatMap((type) => Object.keys(extensionFields[type])))])
const Type = Schema.Literals(types)

describe("extension data", () => {
  it.prop("of a built-in type knows its own fields, and no others", { type: Type, name: Name }, ({ name, type }) => {
    const issues = extensionIssues(type, { [name]: null })
    if (name in extensionFields[type]) assert.deepStrictEqual(issues, [])
    else {
      assert.deepStrictEqual(issues, [{ path: ["extension_data", name], message: `Unknown to assets of type ${type}` }])
    }
  })

  it.prop("is judged field by field", { type: Type, data: Schema.Record(Name, Value) }, ({ data, type }) => {
    const apart = Object.entries(data).flatMap(([name, value]) => extensionIssues(type, { [name]: value }))
    const paths = (issues: ReadonlyArray<Issue>) => issues.map(({ path }) => path.join(".")).sort()
    assert.deepStrictEqual(paths(extensionIssues(type, data)), paths(apart))
  })

  it.prop("names the field that is wrong", { type: Type, cores: Schema.Int, key: Schema.String }, (given) => {
    const { cores, key, type } = given
    const issues = extensionIssues(type, { cpu_cores: cores, [`x ${key}`]: 1 })
    const named = new Set(issues.map(({ path }) => path[1]))
    assert.isTrue(named.has(`x ${key}`))
    const right = "cpu_cores" in extensionFields[type] && cores >= 1 && cores <= 2_147_483_647
    assert.strictEqual(named.has("cpu_cores"), !right)
  })

  it.prop("of any other type is free", { type: AssetType, data: JsonObject }, ({ data, type }) => {
    if (!types.some((builtIn) => builtIn === type)) assert.deepStrictEqual(extensionIssues(type, data), [])
  })

  it("is free for types named like what every object has", () => {
    assert.deepStrictEqual(extensionIssues("constructor", { a: 1 }), [])
  })

  it("has addresses, times, lists and levels", () => {
    const right = [
      ["network_device", { device_type: "switch", management_ip: "10.0.0.1", vlan_config: { "10": "office" } }],
      ["server", { primary_ip: "fe80::1", network_interfaces: [{ name: "eth0" }], installed_services: ["sshd"] }],
      ["workstation", { cpu_cores: 8, ram_gb: 15.5, last_login: "2026-03-01T09:30:00+02:00" }],
      ["printer", { supply_levels: { black: 12.5 }, max_paper_size: "A3", monthly_duty_cycle: 5000 }],
      ["mobile_device", { installed_apps: [], is_supervised: true, last_check_in: "2026-03-01" }]
    ] as const
    for (const [type, data] of right) assert.deepStrictEqual(extensionIssues(type, data), [])
    const wrong = [
      ["network_device", { device_type: "toaster" }],
      ["network_device", { management_ip: "10.0.0.256" }],
      ["server", { network_interfaces: ["eth0"] }],
      ["workstation", { cpu_cores: 0 }],
      ["workstation", { ram_gb: -1 }],
      ["workstation", { last_login: "yesterday" }],
      ["printer", { supply_levels: { black: "low" } }],
      ["mobile_device", { is_supervised: "yes" }],
      ["printer", []],
      ["printer", "text"]
    ] as const
    for (const [type, data] of wrong) assert.isNotEmpty(extensionIssues(type, data), JSON.stringify([type, data]))
  })
})

describe("a change", () => {
  const [one, other] = ["0197b0e5-0000-7000-8000-00000000000a", "0197b0e5-0000-7000-8000-00000000000b"]
  const current = { client_id: one, asset_type: "workstation", extension_data: { os_type: "Linux", gpu_model: "x" } }

  it.prop("keeps what is sent, and adds nulls at most", { changes: AssetChanges }, ({ changes }) => {
    const all = withConsequences(current, changes)
    const { extension_data, location_id, ...rest } = all
    const { extension_data: sentData, location_id: sentLocation, ...sent } = changes
    assert.deepStrictEqual(rest, sent)
    if (sentData !== undefined) assert.strictEqual(extension_data, sentData)
    else assert.isTrue(extension_data === undefined || extension_data === null)
    if (sentLocation !== undefined) assert.strictEqual(location_id, sentLocation)
    else assert.isTrue(location_id === undefined || location_id === null)
  })

  it("of the client clears the location, unless one is sent", () => {
    assert.deepStrictEqual(withConsequences(current, { client_id: other }), { client_id: other, location_id: null })
    assert.deepStrictEqual(withConsequences(current, { client_id: one.toUpperCase() }), {
      client_id: one.toUpperCase()
    })
    assert.strictEqual(withConsequences(current, { client_id: other, location_id: other }).location_id, other)
  })

  it("of the type clears the data that do not fit the new one", () => {
    assert.strictEqual(withConsequences(current, { asset_type: "server" }).extension_data, null)
    const fitting = { ...current, extension_data: { os_type: "Linux" } }
    assert.isUndefined(withConsequences(fitting, { asset_type: "server" }).extension_data)
    assert.isUndefined(withConsequences(current, { asset_type: "forklift" }).extension_data)
    assert.isUndefined(withConsequences(current, { asset_type: "workstation", name: "x" }).extension_data)
  })
})

describe("what comes in", () => {
  const accepts = <S extends Schema.Codec<unknown, unknown>>(schema: S) => {
    const decode = SchemaParser.decodeUnknownResult(schema)
    return (value: unknown) => decode(value)._tag === "Success"
  }

  it("are slugs for types", () => {
    const isType = accepts(AssetType)
    for (const slug of ["server", "network_device", "a", "x2_"]) assert.isTrue(isType(slug), slug)
    for (const slug of ["", "Server", "2x", "_x", "a-b", "a b", "a\n", "é"]) assert.isFalse(isType(slug), slug)
    assert.isTrue(isType("a".repeat(255)))
    assert.isFalse(isType("a".repeat(256)))
  })

  it("are times that there are", () => {
    const isTime = accepts(TimestampInput)
    for (const time of ["2026-02-28", "2024-02-29", "2026-03-01T09:30Z", "2026-03-01T09:30:00.123+0530"]) {
      assert.isTrue(isTime(time), time)
    }
    const wrong = ["2026-02-29", "2026-02-30T10:00Z", "2026-04-31", "2026-13-01", "2026-01-01T10:00+16:00", "today", ""]
    for (const time of wrong) assert.isFalse(isTime(time), time)
  })

  it("is JSON that can be stored", () => {
    const isStorable = accepts(JsonObject)
    assert.isTrue(isStorable({ path: "C:\\u0000", emoji: "😀", nested: [{ a: null }] }))
    for (const value of ["\u0000", "\ud800", "\udc00x", "\\\u0000"]) {
      assert.isFalse(isStorable({ value }), JSON.stringify(value))
      assert.isFalse(isStorable({ nested: { [value]: 1 } }), JSON.stringify(value))
    }
  })
})
