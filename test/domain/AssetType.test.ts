/** How the fields of asset types may be defined. */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as SchemaParser from "effect/SchemaParser"
import { AssetTypeSlug, builtInAssetTypes, builtInDefinitions, readFields, slugOf } from "../../src/domain/AssetType.ts"

const isSlug = SchemaParser.decodeUnknownResult(AssetTypeSlug)

describe("a slug made of a name", () => {
  it.prop("is one, or nothing", { name: Schema.String }, ({ name }) => {
    const slug = slugOf(name.slice(0, 100))
    assert.isTrue(slug === "" || isSlug(slug)._tag === "Success", slug)
  })

  it("says what the name says", () => {
    assert.strictEqual(slugOf("Access Point (Wi-Fi)"), "access_point_wi_fi")
    assert.strictEqual(slugOf("3D Drucker für Büros"), "d_drucker_fur_buros")
    assert.strictEqual(slugOf("日本"), "")
  })
})

describe("the fields of a type", () => {
  const size = { key: "size", label: "Size", type: "number" } as const

  it("are a tenant's own where the type is", () => {
    assert.deepStrictEqual(readFields([], [size]), {
      own: [{ ...size, required: false }],
      issues: [],
      violations: []
    })
  })

  it("have the built-in ones among them as they are", () => {
    for (const { slug } of builtInAssetTypes) {
      const builtIn = builtInDefinitions(slug)
      const { issues, own, violations } = readFields(builtIn, [...builtIn, size])
      assert.deepStrictEqual([own, issues, violations], [[{ ...size, required: false }], [], []], slug)
      assert.lengthOf(readFields(builtIn, [size]).violations, builtIn.length, slug)
      const changed = builtIn.map((field) => ({ ...field, required: true }))
      assert.lengthOf(readFields(builtIn, changed).violations, builtIn.length, slug)
    }
  })

  it("make sense", () => {
    const wrong = [
      [[size, size], "fields_schema.1.key"],
      [[{ ...size, type: "list" }], "fields_schema.0.type"],
      [[{ ...size, type: "select" }], "fields_schema.0.options"],
      [[{ ...size, type: "select", options: [] }], "fields_schema.0.options"],
      [[{ ...size, type: "select", options: ["a", "a"] }], "fields_schema.0.options"],
      [[{ ...size, options: ["a"] }], "fields_schema.0.options"]
    ] as const
    for (const [fields, path] of wrong) {
      const { issues } = readFields([], fields)
      assert.deepStrictEqual(
        issues.map((issue) => issue.path.join(".")),
        [path]
      )
    }
  })
})
