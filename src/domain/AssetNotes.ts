/** The notes of an asset: one document of blocks, written by an editor. */
import { Schema } from "effect"
import { Document } from "./Document.ts"
import { storableJson, Timestamp, Uuid } from "./Field.ts"
import { isRichText, toHtml, toMarkdown, visibleText } from "./RichText.ts"

type Json = Schema.Json

const { association_created_at: _, association_id: __, ...documentFields } = Document.fields

/** A document without what ties it to something. */
export const NotesDocument = Schema.Struct(documentFields).annotate({ identifier: "NotesDocument" })

const updated_at = Timestamp.annotate({
  description: "The version: when the notes last changed, or when the asset was made if there are none"
})

export const AssetNotes = Schema.Struct({
  document: Schema.NullOr(NotesDocument),
  blockData: Schema.Json.annotate({ description: "As it was saved; null if there are no notes" }),
  lastUpdated: Schema.NullOr(Timestamp),
  markdown: Schema.NullOr(Schema.String).annotate({
    description: "The blocks as Markdown; null if there are no notes, or they are none that can be shown as text"
  }),
  html: Schema.NullOr(Schema.String).annotate({ description: "The same as HTML that is safe to show" }),
  updated_at
}).annotate({ identifier: "AssetNotes" })

const BlockData = Schema.Json.check(storableJson).annotate({
  description: "The blocks of the editor, all of them, as JSON of whatever kind"
})

export const AssetNotesInput = Schema.Struct({ blockData: BlockData }).annotate({
  identifier: "AssetNotesInput",
  examples: [
    {
      blockData: [
        { type: "heading", props: { level: 2 }, content: [{ type: "text", text: "Before a reboot", styles: {} }] },
        { type: "bulletListItem", content: [{ type: "text", text: "Tell the front desk", styles: { bold: true } }] }
      ]
    }
  ]
})

export const SavedAssetNotes = Schema.Struct({ document_id: Uuid, updated_at }).annotate({
  identifier: "SavedAssetNotes"
})

export const DeletedAssetNotes = Schema.Struct({
  message: Schema.String,
  document_id: Schema.NullOr(Uuid).annotate({
    description: "The document that the notes were; null if there were none"
  }),
  updated_at
}).annotate({ identifier: "DeletedAssetNotes" })

/** What a text of blocks is, or undefined if what was saved is no text. */
const textOf = (blockData: Json): string | undefined => {
  if (typeof blockData === "string") return blockData
  const text = JSON.stringify(blockData)
  if (isRichText(text)) return text
  return Array.isArray(blockData) && blockData.length === 0 ? "" : undefined
}

/** Notes as a reader can be shown them. */
export const shown = (blockData: Json): Pick<typeof AssetNotes.Type, "markdown" | "html"> => {
  const text = textOf(blockData)
  return text === undefined ? { markdown: null, html: null } : { markdown: toMarkdown(text), html: toHtml(text) }
}

const longestExcerpt = 200

/** The beginning of notes, for a history that tells of them; null if there is nothing to read. */
export const excerptOf = (blockData: Json): string | null => {
  const text = textOf(blockData)
  const seen = text === undefined ? "" : visibleText(text).trim()
  if (seen === "") return null
  const characters = [...seen.slice(0, longestExcerpt * 2 + 2)]
  return characters.length <= longestExcerpt ? seen : `${characters.slice(0, longestExcerpt - 1).join("")}…`
}
