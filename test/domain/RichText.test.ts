/** Text as HTML and as Markdown. */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { toHtml, toMarkdown, visibleText } from "../../src/domain/RichText.ts"

const Inline = Schema.Struct({
  type: Schema.Literal("text"),
  text: Schema.String,
  styles: Schema.Struct({ bold: Schema.Boolean })
})
const Block = Schema.Struct({
  type: Schema.Literals([
    "paragraph",
    "heading",
    "bulletListItem",
    "numberedListItem",
    "quote",
    "codeBlock",
    "unknown"
  ]),
  content: Schema.Array(Inline)
})

/** What is left of HTML when the tags it is made of are taken out. */
const withoutTags = (html: string) => html.replace(/<\/?(p|br|strong|em|u|s|code|pre|blockquote|ul|ol|li|h[1-6])>/g, "")

describe("rich text", () => {
  it.prop("never lets markup of the writer's through", [Schema.String], ([text]) => {
    assert.notMatch(withoutTags(toHtml(text)), /[<>]/)
  })

  it.prop("never lets markup in blocks through, and knows what is seen", [Schema.NonEmptyArray(Block)], ([blocks]) => {
    const text = JSON.stringify(blocks)
    assert.notMatch(withoutTags(toHtml(text)), /[<>]/)
    const seen = blocks.map(({ content }) => content.map((inline) => inline.text).join("")).join("\n")
    assert.strictEqual(visibleText(text), seen)
  })

  it("shows plain text as it is", () => {
    assert.strictEqual(toHtml(""), "")
    assert.strictEqual(toHtml("a\nb & c"), "<p>a<br>b &amp; c</p>")
    assert.strictEqual(toMarkdown("a *b*"), "a *b*")
    assert.strictEqual(toHtml("[not json"), "<p>[not json</p>")
    assert.strictEqual(toHtml("[1, 2]"), "<p>[1, 2]</p>")
  })

  it("follows only links that are safe", () => {
    const link = (href: string) =>
      JSON.stringify([
        { type: "paragraph", content: [{ type: "link", href, content: [{ type: "text", text: "x", styles: {} }] }] }
      ])
    assert.strictEqual(
      toHtml(link('https://a.example/?q="')),
      '<p><a href="https://a.example/?q=&quot;" rel="noopener noreferrer">x</a></p>'
    )
    assert.strictEqual(toHtml(link("javascript:alert(1)")), "<p>x</p>")
    assert.strictEqual(toHtml(link(" JavaScript:alert(1)")), "<p>x</p>")
    assert.strictEqual(toHtml(link("//evil.example")), "<p>x</p>")
    assert.strictEqual(toMarkdown(link("https://a.example")), "[x](https://a.example)")
    assert.strictEqual(toMarkdown(link("javascript:alert(1)")), "x")
  })

  it("shows tables, and what is not text by its name", () => {
    const cell = (text: string) => [{ type: "text", text, styles: {} }]
    const text = JSON.stringify([
      {
        type: "table",
        content: {
          type: "tableContent",
          rows: [
            { cells: [cell("Disk"), cell("Free")] },
            { cells: [{ type: "tableCell", content: cell("C|D") }, "<1%"] }
          ]
        }
      },
      { type: "image", props: { url: "https://a.example/c.png", name: "c.png", caption: "" } },
      { type: "file", props: { url: "javascript:alert(1)", name: "log.txt" } },
      { type: "image", props: {} }
    ])
    assert.strictEqual(
      toHtml(text),
      "<table><tbody><tr><td>Disk</td><td>Free</td></tr><tr><td>C|D</td><td>&lt;1%</td></tr></tbody></table>" +
        '<p><a href="https://a.example/c.png" rel="noopener noreferrer">c.png</a></p><p>log.txt</p><p></p>'
    )
    assert.strictEqual(
      toMarkdown(text),
      "| Disk | Free |\n| --- | --- |\n| C\\|D | <1% |\n[c.png](https://a.example/c.png)\nlog.txt\n"
    )
    assert.strictEqual(visibleText(text), "Disk Free\nC|D <1%\nc.png\nlog.txt\n")
  })

  it("keeps lists together", () => {
    const item = (type: string, text: string) => ({ type, content: [{ type: "text", text, styles: {} }], children: [] })
    const text = JSON.stringify([
      item("numberedListItem", "a"),
      item("numberedListItem", "b"),
      item("bulletListItem", "c"),
      item("paragraph", "d")
    ])
    assert.strictEqual(toHtml(text), "<ol><li>a</li><li>b</li></ol><ul><li>c</li></ul><p>d</p>")
    assert.strictEqual(toMarkdown(text), "1. a\n2. b\n- c\nd")
  })
})
