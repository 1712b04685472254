/** What makes software the same, and what an asset's comes to. */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import {
  distinctSoftware,
  normalizedName,
  SoftwareEntry,
  type SoftwareGroup,
  softwareTypes,
  summaryOf
} from "../../src/domain/Software.ts"

const publishers = Schema.Array(Schema.NullOr(Schema.Literals(["Acme", "acme"])))

describe("software", () => {
  it.prop("has a normalized name that stays as it is", [Schema.String], ([name]) => {
    assert.strictEqual(normalizedName(normalizedName(name)), normalizedName(name))
    assert.notMatch(normalizedName(name), /\s\s|^\s|\s$/)
  })

  it("is the same whatever the case and the blanks of its name", () => {
    for (const name of ["Visual Studio Code", " visual\tstudio  code ", "VISUAL STUDIO\u00a0CODE"]) {
      assert.strictEqual(normalizedName(name), "visual studio code")
    }
    assert.notStrictEqual(normalizedName("7-Zip 24"), normalizedName("7-Zip 25"))
  })

  it.prop("is there once a name and publisher, the last one said", [publishers], ([some]) => {
    const entries = some.map((publisher, at) => ({
      name: at % 2 === 0 ? "Tool" : " tool",
      publisher,
      version: `${at}`
    }))
    const distinct = distinctSoftware(entries)
    const last = new Map(entries.map((entry) => [entry.publisher, entry]))
    assert.sameDeepMembers([...distinct], [...last.values()])
  })

  it.prop("comes in one order, whatever order it was sent in", [Schema.Array(SoftwareEntry)], ([entries]) => {
    const keys = (sent: typeof entries) =>
      distinctSoftware(sent).map(({ name, publisher }) => [normalizedName(name), publisher ?? null])
    assert.deepStrictEqual(keys(entries), keys(entries.toReversed()))
  })
})

describe("a summary of software", () => {
  const none: SoftwareGroup = {
    category: null,
    software_type: null,
    is_managed: null,
    is_security_relevant: null,
    amount: 0,
    recent: 0
  }

  it("of nothing is nothing", () => {
    const { by_type, ...rest } = summaryOf([none])
    assert.deepStrictEqual(by_type, { application: 0, driver: 0, update: 0, system: 0 })
    assert.deepStrictEqual(rest, {
      total_installed: 0,
      by_category: {},
      security_software_count: 0,
      managed_software_count: 0,
      recently_installed_count: 0
    })
  })

  const Groups = Schema.Array(
    Schema.Struct({
      category: Schema.NullOr(Schema.Literals(["Browser", "Security"])),
      software_type: Schema.Literals(softwareTypes),
      is_managed: Schema.Boolean,
      is_security_relevant: Schema.Boolean,
      amount: Schema.Literals([1, 2, 30]),
      recent: Schema.Literals([0, 1])
    })
  )

  it.prop("adds up", [Groups], ([groups]) => {
    const { by_category, by_type, total_installed } = summaryOf(groups)
    const sum = (numbers: Readonly<Record<string, number>>) => Object.values(numbers).reduce((a, b) => a + b, 0)
    assert.strictEqual(sum(by_category), total_installed)
    assert.strictEqual(sum(by_type), total_installed)
  })
})
