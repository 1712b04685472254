/** Parts of files. */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { isSameFile, isUnchanged, readRange } from "../../src/domain/ByteRange.ts"

const Size = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 50 }))
const Position = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 60 }))

describe("a range of bytes", () => {
  it.prop("from one to another is those that are there", [Size, Position, Position], ([size, first, last]) => {
    const range = readRange(`bytes=${first}-${last}`, size)
    if (last < first) assert.strictEqual(range, "whole")
    else if (first >= size) assert.strictEqual(range, "unsatisfiable")
    else assert.deepStrictEqual(range, { start: first, end: Math.min(last, size - 1) })
  })

  it.prop("without an end goes to the end", [Size, Position], ([size, first]) => {
    const expected = first >= size ? "unsatisfiable" : { start: first, end: size - 1 }
    assert.deepStrictEqual(readRange(`bytes=${first}-`, size), expected)
  })

  it.prop("without a beginning is the last ones", [Size, Position], ([size, length]) => {
    const expected = length === 0 ? "unsatisfiable" : { start: Math.max(0, size - length), end: size - 1 }
    assert.deepStrictEqual(readRange(`bytes=-${length}`, size), expected)
  })

  it.prop("is within the file, whatever is asked for", [Size, Schema.String], ([size, text]) => {
    for (const header of [text, `bytes=${text}`, `bytes=${text}-${text}`]) {
      const range = readRange(header, size)
      if (typeof range === "string") continue
      assert.isTrue(0 <= range.start && range.start <= range.end && range.end < size, header)
    }
  })

  it.each([undefined, "", "bytes", "bytes=", "bytes=-", "bytes=1-2,4-5", "lines=1-2", "bytes=1.5-2", "bytes=--2"])(
    "that is none (%j) is the whole file",
    (header) => {
      assert.strictEqual(readRange(header, 10), "whole")
    }
  )
})

describe("an entity tag", () => {
  it.each([
    ['"a"', true],
    ['W/"a"', true],
    ['"b", W/"a"', true],
    ["*", true],
    ['"b"', false],
    ["a", false],
    ["", false],
    [undefined, false]
  ])("in If-None-Match: %j", (header, expected) => {
    assert.strictEqual(isUnchanged(header, '"a"'), expected)
  })

  it.each([
    [undefined, true],
    ["", true],
    ['"a"', true],
    ['W/"a"', false],
    ['"b"', false],
    ["Mon, 02 Mar 2026 09:30:00 GMT", false]
  ])("in If-Range: %j", (header, expected) => {
    assert.strictEqual(isSameFile(header, '"a"'), expected)
  })
})
