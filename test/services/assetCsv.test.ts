/** What PostgreSQL writes into a cell is read as what it was. */
import { assert, layer } from "@effect/vitest"
import { Effect, Schema, Stream } from "effect"
import { SqlClient } from "effect/sql"
import { rearmed } from "../../src/domain/assetImportCells.ts"
import { textCell } from "../../src/services/assetCsv.ts"
import { csvRecords } from "../../src/services/csvRecords.ts"
import { database } from "../support/service.ts"

/** Texts as cells, each in a line of its own. */
const written = Effect.fnUntraced(function* (texts: ReadonlyArray<string>) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<{ readonly cell: string }>`
    SELECT ${sql.literal(textCell("t"))} AS cell FROM unnest(${texts}::text[]) WITH ORDINALITY AS x (t, n) ORDER BY n`
  return rows.map(({ cell }) => cell)
}, Effect.orDie)

const read = (lines: ReadonlyArray<string>) =>
  Effect.map(
    Stream.runCollect(csvRecords(Stream.make(new TextEncoder().encode(lines.map((line) => `${line},.`).join("\r\n"))))),
    (records) => records.map(({ cells }) => cells)
  )

const Nasty = Schema.Array(
  Schema.Literals(["=", "+", "-", "@", "\t", "\r", "\n", "'", '"', ",", ";", " ", "a", "1", "ü", "🔥"])
)
const Text = Schema.String.check(Schema.makeFilter((text) => text.isWellFormed() && !text.includes("\u0000")))

layer(database, { excludeTestServices: true })("cells", (it) => {
  it.effect("are quoted where they must be, and no formulas", () =>
    Effect.gen(function* () {
      const cells = {
        "": "",
        plain: "plain",
        "two words": "two words",
        "a,b": '"a,b"',
        'say "x"': '"say ""x"""',
        "two\nlines": '"two\nlines"',
        "=1+1": `"'=1+1"`,
        "+49 30": `"'+49 30"`,
        "-5": `"'-5"`,
        "@cmd": `"'@cmd"`,
        "\tx": `"'\tx"`,
        "\rx": `"'\rx"`,
        '=HYPERLINK("x","y")': `"'=HYPERLINK(""x"",""y"")"`,
        "'=1": `"''=1"`,
        "'tis": "'tis",
        "a=b": "a=b"
      }
      assert.deepStrictEqual(yield* written(Object.keys(cells)), Object.values(cells))
    })
  )

  it.effect.prop("are read as what was written, and none begins like a formula", [Nasty, Text], ([signs, text]) =>
    Effect.gen(function* () {
      const texts = [signs.join(""), text, `${signs.join("")}${text}`]
      const cells = yield* read(yield* written(texts))
      assert.deepStrictEqual(
        cells.map(([cell]) => rearmed(cell!)),
        texts
      )
      for (const [cell] of cells) assert.notMatch(cell!, /^[=+\-@\t\r]/)
    })
  )
})
