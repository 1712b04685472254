/** What comes in for assets. */
import { assert, describe, it } from "@effect/vitest"
import type { Schema } from "effect"
import * as SchemaParser from "effect/SchemaParser"
import { AssetType } from "../../src/domain/Asset.ts"
import { JsonObject, TimestampInput } from "../../src/domain/Field.ts"

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
