/** Notes as they are shown, and as their history quotes them. */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { excerptOf, shown } from "../../src/domain/AssetNotes.ts"

const paragraph = (text: string) => ({ type: "paragraph", content: [{ type: "text", text, styles: {} }] })

describe("notes", () => {
  it("are shown where they are text or blocks", () => {
    assert.deepStrictEqual(shown("a <b>"), { markdown: "a <b>", html: "<p>a &lt;b&gt;</p>" })
    assert.deepStrictEqual(shown([paragraph("Hello")]), { markdown: "Hello", html: "<p>Hello</p>" })
    assert.deepStrictEqual(shown(JSON.stringify([paragraph("Hello")])), { markdown: "Hello", html: "<p>Hello</p>" })
    assert.deepStrictEqual(shown([]), { markdown: "", html: "" })
    for (const blocks of [null, 5, true, {}, { type: "paragraph" }, [1], [[]], [null]]) {
      assert.deepStrictEqual(shown(blocks), { markdown: null, html: null }, JSON.stringify(blocks))
    }
  })

  it("are quoted by what is seen of them, up to 200 characters", () => {
    assert.strictEqual(excerptOf([paragraph("One"), paragraph("Two")]), "One\nTwo")
    for (const nothing of [null, [], "", "  ", [paragraph(" ")], { a: 1 }]) assert.isNull(excerptOf(nothing))
    assert.strictEqual(excerptOf("🔥".repeat(200)), "🔥".repeat(200))
    assert.strictEqual(excerptOf("🔥".repeat(201)), `${"🔥".repeat(199)}…`)
    assert.strictEqual(excerptOf("x".repeat(100_000)), `${"x".repeat(199)}…`)
  })

  it.prop("are never quoted at length, nor cut within a character", [Schema.String], ([text]) => {
    const excerpt = excerptOf(text.toWellFormed().repeat(50)) ?? ""
    assert.isAtMost([...excerpt].length, 200)
    assert.isTrue(excerpt.isWellFormed())
  })
})
