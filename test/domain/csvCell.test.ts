/** What is written into a cell is read as what it was, and is no formula. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema, Stream } from "effect"
import { cellText, jsonCell, textCell } from "../../src/domain/csvCell.ts"
import { csvRecords } from "../../src/services/csvRecords.ts"

const read = (cells: ReadonlyArray<string>) =>
  Effect.map(
    Stream.runCollect(csvRecords(Stream.make(new TextEncoder().encode(cells.map((cell) => `${cell},.`).join("\r\n"))))),
    (records) => records.map((record) => record.cells[0]!)
  )

const Signs = Schema.Array(
  Schema.Literals(["=", "+", "-", "@", "\t", "\r", "\n", "'", '"', ",", ";", " ", "a", "1", "ü", "🔥"])
)
const Text = Schema.String.check(Schema.makeFilter((text) => text.isWellFormed() && !text.includes("\u0000")))

describe("cells", () => {
  it.each([
    ["", ""],
    ["plain", "plain"],
    ["two words", "two words"],
    ["a,b", '"a,b"'],
    ['say "x"', '"say ""x"""'],
    ["two\nlines", '"two\nlines"'],
    ["=1+1", `"'=1+1"`],
    ["+49 30", `"'+49 30"`],
    ["-5", `"'-5"`],
    ["@cmd", `"'@cmd"`],
    ["\tx", `"'\tx"`],
    ["\rx", `"'\rx"`],
    ['=HYPERLINK("x","y")', `"'=HYPERLINK(""x"",""y"")"`],
    ["'=1", `"''=1"`],
    ["'tis", "'tis"],
    ["a=b", "a=b"]
  ])("of %j are %j", (text, cell) => {
    assert.strictEqual(textCell(text), cell)
  })

  it.each([
    [null, ""],
    [undefined, ""],
    [0, "0"],
    [-1.5, `"'-1.5"`],
    [true, "true"],
    ["=x", `"'=x"`],
    [["a", 'b"'], '"[""a"",""b\\""""]"'],
    [{}, "{}"]
  ])("of the value %j are %j", (value, cell) => {
    assert.strictEqual(jsonCell(value), cell)
  })

  it.effect.prop("are read as what was written, and none begins like a formula", [Signs, Text], ([signs, text]) =>
    Effect.gen(function* () {
      const texts = [signs.join(""), text, `${signs.join("")}${text}`]
      const cells = yield* read(texts.map(textCell))
      assert.deepStrictEqual(cells.map(cellText), texts)
      for (const cell of cells) assert.notMatch(cell, /^[=+\-@\t\r]/)
    })
  )

  it.prop("that nobody has made harmless are texts of their own", [Text], ([text]) => {
    if (!/^'+[=+\-@\t\r]/.test(text)) assert.strictEqual(cellText(text), text)
  })
})
