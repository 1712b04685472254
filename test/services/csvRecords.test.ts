/** CSV as it is read, however its bytes are cut. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema, Stream } from "effect"
import { type CsvProblem, csvRecords } from "../../src/services/csvRecords.ts"

const encoder = new TextEncoder()

const pieces = (bytes: Uint8Array, size: number) =>
  Stream.fromIterable(
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) => bytes.subarray(n * size, (n + 1) * size))
  )

const read = (text: string, size = 7) =>
  Effect.map(Stream.runCollect(csvRecords(pieces(encoder.encode(text), size))), (records) =>
    records.map(({ cells, line }) => [line, ...cells])
  )

const problem = (bytes: string | Uint8Array, size = 1000): Effect.Effect<CsvProblem> =>
  Effect.flip(
    Stream.runDrain(csvRecords(pieces(typeof bytes === "string" ? encoder.encode(bytes) : bytes, size)))
  ).pipe(Effect.catch((records) => Effect.die(records)))

describe("records", () => {
  it.effect("know the lines that they begin on, whatever ends a line", () =>
    Effect.gen(function* () {
      for (const end of ["\r\n", "\n", "\r"]) {
        const text = ["\ufeffa,b", '1,"x', '""y"', "", "2,", ",,", '"3",z'].join(end)
        const expected = [
          [1, "a", "b"],
          [2, "1", `x${end}"y`],
          [5, "2", ""],
          [7, "3", "z"]
        ]
        for (const size of [1, 2, 3, 7, 1000]) {
          assert.deepStrictEqual(yield* read(text, size), expected, JSON.stringify([end, size]))
        }
      }
      assert.deepStrictEqual(yield* read("a\r\nb\nc\rd"), [
        [1, "a"],
        [2, "b"],
        [3, "c"],
        [4, "d"]
      ])
    })
  )

  it.effect("are none in an empty file, and are of any length", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* read(""), [])
      assert.deepStrictEqual(yield* read("\ufeff"), [])
      assert.deepStrictEqual(yield* read("\n\n"), [])
      assert.deepStrictEqual(yield* read("a,b\n1\n1,2,3"), [
        [1, "a", "b"],
        [2, "1"],
        [3, "1", "2", "3"]
      ])
    })
  )

  const broken = [
    {
      name: "a quote that is never closed",
      text: 'a,b\r\n1,"x\r\ny"\r\n\r\n3,"open\r\nfoo\r\n',
      line: 5,
      says: "never closed"
    },
    { name: "something behind a closing quote", text: 'a\n1\n"x"y\n', line: 3, says: "Expected a comma" },
    { name: "a quote within a cell", text: 'a\nx"y\n', line: 2, says: "Expected quotes around a whole cell" },
    { name: "a record without an end", text: `a\n"${"x\n".repeat(800_000)}`, line: 2, says: "never closed" },
    { name: "a lone quote", text: `a\n"ok"\n"${"x".repeat(60)}"x"`, line: 3, says: "Expected a comma" }
  ]
  for (const { line, name, says, text } of broken) {
    it.effect(`with ${name} are wrong on the line that they begin on`, () =>
      Effect.gen(function* () {
        for (const size of text.length > 1000 ? [65_536] : [1, 11, 65_536]) {
          const found = yield* problem(text, size)
          assert.strictEqual(found._tag, "CsvProblem")
          assert.include(found.message, says)
          assert.strictEqual(found.line, line)
        }
      })
    )
  }

  it.effect("are in UTF-8", () =>
    Effect.gen(function* () {
      const latin = Uint8Array.from([...encoder.encode("name\nM"), 0xfc, ...encoder.encode("ller\n")])
      const found = yield* problem(latin)
      assert.include(found.message, "UTF-8")
      // Cut off within a sign.
      assert.include((yield* problem(encoder.encode("näme").subarray(0, 2))).message, "UTF-8")
      assert.deepStrictEqual(yield* read("nä\n日本🔥", 1), [
        [1, "nä"],
        [2, "日本🔥"]
      ])
    })
  )

  const Cell = Schema.String.check(Schema.makeFilter((text) => text.isWellFormed()))

  it.effect.prop("are those that were written", [Schema.Array(Schema.Array(Cell))], ([rows]) =>
    Effect.gen(function* () {
      const written = rows.map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(",")).join("\r\n")
      const kept = rows.filter((row) => row.some((cell) => cell !== ""))
      const found = yield* read(written, 5)
      assert.deepStrictEqual(
        found.map(([, ...cells]) => cells.map(String)),
        kept.map((row) => [...row])
      )
    })
  )
})
