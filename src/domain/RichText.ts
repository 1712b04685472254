/**
 * Text that people write in tickets: plain, or block rich text serialised as JSON by an editor. Either is shown as HTML
 * and as Markdown, and measured by what a reader sees of it.
 */

type Styles = Readonly<Record<string, unknown>>

interface Inline {
  readonly text: string
  readonly styles: Styles
  readonly href: string | undefined
}

interface Block {
  readonly type: string
  readonly props: Readonly<Record<string, unknown>>
  readonly content: ReadonlyArray<Inline>
  /** The cells of a table, row by row. */
  readonly rows: ReadonlyArray<ReadonlyArray<ReadonlyArray<Inline>>>
  readonly children: ReadonlyArray<Block>
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** The blocks of serialised rich text, or nothing if the text is plain. */
const parse = (text: string): ReadonlyArray<Block> | undefined => {
  if (!text.trimStart().startsWith("[")) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) && value.length > 0 && value.every(isBlock)
      ? value.map((block) => readBlock(block, 0))
      : undefined
  } catch {
    return undefined
  }
}

const isBlock = (value: unknown) => isObject(value) && typeof value["type"] === "string"

/** Deeper than anybody nests a list; what is deeper yet is not shown. */
const maxDepth = 20

const readBlock = (value: unknown, depth: number): Block => {
  const block = isObject(value) ? value : {}
  const children = Array.isArray(block["children"]) && depth < maxDepth ? block["children"] : []
  const type = typeof block["type"] === "string" ? block["type"] : "paragraph"
  const props = isObject(block["props"]) ? block["props"] : {}
  return {
    type,
    props,
    content: media.has(type) ? readMedia(props) : readInline(block["content"], undefined),
    rows: readRows(block["content"]),
    children: children.filter(isBlock).map((child) => readBlock(child, depth + 1))
  }
}

const media = new Set(["image", "file", "video", "audio"])

/** What is shown of a picture, or of another file: a link by the name it has. */
const readMedia = ({ caption, name, url }: Block["props"]): ReadonlyArray<Inline> => {
  const text = [caption, name, url].find((candidate) => typeof candidate === "string" && candidate.trim() !== "")
  return typeof text === "string" ? [{ text, styles: {}, href: typeof url === "string" ? url : undefined }] : []
}

const readRows = (content: unknown): Block["rows"] => {
  if (!isObject(content) || !Array.isArray(content["rows"])) return []
  return content["rows"].map((row) => {
    const cells = isObject(row) && Array.isArray(row["cells"]) ? row["cells"] : []
    return cells.map((cell) => readInline(isObject(cell) ? cell["content"] : cell, undefined))
  })
}

const readInline = (content: unknown, href: string | undefined): ReadonlyArray<Inline> => {
  if (typeof content === "string") return [{ text: content, styles: {}, href }]
  if (!Array.isArray(content)) return []
  return content.flatMap((item): ReadonlyArray<Inline> => {
    if (typeof item === "string") return [{ text: item, styles: {}, href }]
    if (!isObject(item)) return []
    if (item["type"] === "link") {
      return href === undefined ? readInline(item["content"], typeof item["href"] === "string" ? item["href"] : "") : []
    }
    if (item["type"] === "mention" && isObject(item["props"])) {
      return [{ text: `@${item["props"]["displayName"] ?? item["props"]["username"] ?? ""}`, styles: {}, href }]
    }
    const { styles, text } = item
    return typeof text === "string" ? [{ text, styles: isObject(styles) ? styles : {}, href }] : []
  })
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;"
}
const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (character) => entities[character] ?? character)

/** Only addresses that a reader can follow safely become links. */
const isSafe = (href: string) => /^(https?:|mailto:|tel:|\/(?!\/)|#)/i.test(href.trim())

const inlineHtml = ({ href, styles, text }: Inline) => {
  let html = escapeHtml(text).replaceAll("\n", "<br>")
  if (styles["code"] === true) html = `<code>${html}</code>`
  if (styles["bold"] === true) html = `<strong>${html}</strong>`
  if (styles["italic"] === true) html = `<em>${html}</em>`
  if (styles["underline"] === true) html = `<u>${html}</u>`
  if (styles["strike"] === true) html = `<s>${html}</s>`
  return href !== undefined && isSafe(href)
    ? `<a href="${escapeHtml(href)}" rel="noopener noreferrer">${html}</a>`
    : html
}

const headingLevel = ({ props }: Block) => Math.min(6, Math.max(1, Number(props["level"]) || 1))

const listTags: Readonly<Record<string, string>> = {
  bulletListItem: "ul",
  numberedListItem: "ol",
  checkListItem: "ul",
  toggleListItem: "ul"
}

const blockHtml = (block: Block): string => {
  const inner = block.content.map(inlineHtml).join("")
  const nested = blocksHtml(block.children)
  if (listTags[block.type] !== undefined) return `<li>${inner}${nested}</li>`
  switch (block.type) {
    case "heading":
      return `<h${headingLevel(block)}>${inner}</h${headingLevel(block)}>${nested}`
    case "quote":
      return `<blockquote>${inner}</blockquote>${nested}`
    case "table":
      return `<table><tbody>${block.rows.map(rowHtml).join("")}</tbody></table>${nested}`
    case "codeBlock":
      return `<pre><code>${escapeHtml(plain(block.content))}</code></pre>${nested}`
    default:
      return `<p>${inner}</p>${nested}`
  }
}

const rowHtml = (cells: Block["rows"][number]) =>
  `<tr>${cells.map((cell) => `<td>${cell.map(inlineHtml).join("")}</td>`).join("")}</tr>`

/** Blocks one after the other, neighbouring list items in one list. */
const blocksHtml = (blocks: ReadonlyArray<Block>): string => {
  let html = ""
  let open: string | undefined
  for (const block of blocks) {
    const list = listTags[block.type]
    if (open !== undefined && open !== list) html += `</${open}>`
    if (list !== undefined && open !== list) html += `<${list}>`
    open = list
    html += blockHtml(block)
  }
  return open === undefined ? html : `${html}</${open}>`
}

const plain = (content: ReadonlyArray<Inline>) => content.map(({ text }) => text).join("")

const plainBlocks = (blocks: ReadonlyArray<Block>): ReadonlyArray<string> =>
  blocks.flatMap((block) => [
    ...(block.type === "table" ? block.rows.map((cells) => cells.map(plain).join(" ")) : [plain(block.content)]),
    ...plainBlocks(block.children)
  ])

const inlineMarkdown = ({ href, styles, text }: Inline) => {
  let markdown = text
  if (styles["code"] === true) markdown = `\`${markdown}\``
  if (styles["bold"] === true) markdown = `**${markdown}**`
  if (styles["italic"] === true) markdown = `*${markdown}*`
  if (styles["strike"] === true) markdown = `~~${markdown}~~`
  return href !== undefined && isSafe(href) ? `[${markdown}](${href})` : markdown
}

const blockMarkdown = (block: Block, depth: number, number: number): ReadonlyArray<string> => {
  const indent = "  ".repeat(depth)
  const inner = block.content.map(inlineMarkdown).join("")
  const nested = blocksMarkdown(block.children, depth + 1)
  switch (block.type) {
    case "heading":
      return [`${"#".repeat(headingLevel(block))} ${inner}`, ...nested]
    case "bulletListItem":
    case "toggleListItem":
      return [`${indent}- ${inner}`, ...nested]
    case "numberedListItem":
      return [`${indent}${number}. ${inner}`, ...nested]
    case "checkListItem":
      return [`${indent}- [${block.props["checked"] === true ? "x" : " "}] ${inner}`, ...nested]
    case "quote":
      return [`> ${inner}`, ...nested]
    case "table":
      return [...tableMarkdown(block.rows), ...nested]
    case "codeBlock":
      return ["```", plain(block.content), "```", ...nested]
    default:
      return [`${indent}${inner}`, ...nested]
  }
}

/** The first row is the head, which a table in Markdown cannot be without. */
const tableMarkdown = (rows: Block["rows"]): ReadonlyArray<string> => {
  const lines = rows.map((cells) => `| ${cells.map(cellMarkdown).join(" | ")} |`)
  const rule = `|${" --- |".repeat(rows[0]?.length ?? 0)}`
  return [...lines.slice(0, 1), ...(lines.length > 0 ? [rule] : []), ...lines.slice(1)]
}

const cellMarkdown = (cell: ReadonlyArray<Inline>) =>
  cell.map(inlineMarkdown).join("").replaceAll("|", "\\|").replaceAll("\n", " ")

const blocksMarkdown = (blocks: ReadonlyArray<Block>, depth: number): ReadonlyArray<string> => {
  let number = 0
  return blocks.flatMap((block) => {
    number = block.type === "numberedListItem" ? number + 1 : 0
    return blockMarkdown(block, depth, number)
  })
}

/** Is it rich text? */
export const isRichText = (text: string): boolean => parse(text) !== undefined

/** As HTML, everything in it escaped: safe to show as it is. No text is the empty string. */
export const toHtml = (text: string): string => {
  if (text === "") return ""
  const blocks = parse(text)
  return blocks === undefined ? `<p>${escapeHtml(text).replaceAll("\n", "<br>")}</p>` : blocksHtml(blocks)
}

/** As Markdown; plain text is that already. */
export const toMarkdown = (text: string): string => {
  const blocks = parse(text)
  return blocks === undefined ? text : blocksMarkdown(blocks, 0).join("\n")
}

/** What a reader sees of it, without any form. */
export const visibleText = (text: string): string => {
  const blocks = parse(text)
  return blocks === undefined ? text : plainBlocks(blocks).join("\n")
}
