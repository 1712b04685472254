/** A document is a file that belongs to something: a ticket, for example. What it may be called, and what it may be. */
import { Schema } from "effect"
import { PathId, Timestamp, Uuid } from "./Field.ts"

export const DocumentId = PathId("document")

/** The kinds of thing that documents belong to. */
export type DocumentOwner = "ticket" | "asset"

export const Document = Schema.Struct({
  tenant: Uuid,
  document_id: Uuid,
  document_name: Schema.String,
  type_name: Schema.NullOr(Schema.String).annotate({
    description: "The kind of file: a media type, a family of them such as `image/*`, or `application/octet-stream`"
  }),
  type_icon: Schema.NullOr(Schema.String),
  mime_type: Schema.String,
  file_size: Schema.Int.annotate({ description: "In bytes" }),
  file_id: Schema.NullOr(Uuid).annotate({ description: "The content; two documents of the same content share it" }),
  created_by: Uuid,
  created_by_full_name: Schema.NullOr(Schema.String),
  created_at: Timestamp,
  updated_at: Timestamp,
  association_id: Uuid,
  association_created_at: Timestamp
}).annotate({
  identifier: "Document",
  examples: [
    {
      tenant: "0198c5f2-7b1e-7c3a-9d4f-2a6b8c0d1e2f",
      document_id: "0198c5f2-8a10-7d51-8c2e-5f0a1b2c3d4e",
      document_name: "Printer manual.pdf",
      type_name: "application/pdf",
      type_icon: "file-pdf",
      mime_type: "application/pdf",
      file_size: 482_133,
      file_id: "0198c5f2-89ff-7e02-b3c4-9d8e7f6a5b4c",
      created_by: "0198c5f2-7c00-7a11-a1b2-c3d4e5f60718",
      created_by_full_name: "Dana Dispatcher",
      created_at: "2026-03-02T09:30:00.000Z",
      updated_at: "2026-03-02T09:30:00.000Z",
      association_id: "0198c5f2-8a11-7b22-9f3a-6e5d4c3b2a19",
      association_created_at: "2026-03-02T09:30:00.000Z"
    }
  ]
})

export const maxNameLength = 255

/** Control characters, and those that turn the direction of text, so that `exe.pdf` may end in another way than it seems. */
const misleading = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u

/** The name of a file without the folders before it, or what is wrong with it. */
export const readName = (sent: string): { readonly name: string } | { readonly problem: string } => {
  const name = sent.replace(/^.*[\\/]/s, "").trim()
  if (name === "" || /^\.+$/.test(name)) return { problem: "Expected a file with a name" }
  if (name.length > maxNameLength) return { problem: `Expected a file name of at most ${maxNameLength} characters` }
  if (misleading.test(name)) return { problem: "Expected a file name without control characters" }
  return { name }
}

/** The ending of a name, in lower case. Windows does not see blanks and dots at the end, so they do not count here. */
export const extensionOf = (name: string): string =>
  /\.([^.]*)$/.exec(name.replace(/[\s.]+$/, ""))?.[1]?.toLowerCase() ?? ""

/** Any media type there may be; nobody knows more of it than that it is bytes. */
export const anyType = "application/octet-stream"

/** A media type as type and subtype in lower case; undefined where it is none, or says nothing. */
export const readType = (sent: string): string | undefined => {
  const [type = ""] = sent.toLowerCase().split(";")
  const trimmed = type.trim()
  return /^[a-z0-9][\w!#$&^.+-]{0,63}\/[a-z0-9][\w!#$&^.+-]{0,126}$/.test(trimmed) && trimmed !== anyType
    ? trimmed
    : undefined
}

/**
 * The endings that Windows runs when somebody opens the file. Archives, documents with macros, HTML and SVG are not among
 * them: downloads are attachments that no browser shows or guesses the type of.
 */
export const runnableExtensions: ReadonlySet<string> = new Set([
  ...["application", "appref-ms", "bat", "chm", "cmd", "com", "cpl", "dll", "exe", "gadget", "hta", "inf", "jar", "js"],
  ...[
    "jse",
    "lnk",
    "mjs",
    "msc",
    "msi",
    "msix",
    "msp",
    "mst",
    "pif",
    "ps1",
    "psd1",
    "psm1",
    "reg",
    "scf",
    "scr",
    "sct"
  ],
  ...["sys", "vb", "vbe", "vbs", "ws", "wsc", "wsf", "wsh"]
])

/** The media types of programs, whatever the file is called. */
export const runnableTypes: ReadonlySet<string> = new Set([
  "application/ecmascript",
  "application/hta",
  "application/java-archive",
  "application/javascript",
  "application/vnd.microsoft.portable-executable",
  "application/x-bat",
  "application/x-dosexec",
  "application/x-java-archive",
  "application/x-javascript",
  "application/x-ms-installer",
  "application/x-ms-shortcut",
  "application/x-msdos-program",
  "application/x-msdownload",
  "application/x-msi",
  "text/ecmascript",
  "text/javascript",
  "text/vbscript"
])

/** Would a browser or Windows run it? */
export const isRunnable = (name: string, type: string): boolean =>
  runnableExtensions.has(extensionOf(name)) || runnableTypes.has(type)

/** The icon of each kind of file, by media type or family. */
const icons: ReadonlyMap<string, string> = new Map([
  ["application/pdf", "file-pdf"],
  ["application/msword", "file-text"],
  ["application/rtf", "file-text"],
  ["application/vnd.openxmlformats-officedocument.wordprocessingml.document", "file-text"],
  ["application/vnd.oasis.opendocument.text", "file-text"],
  ["application/vnd.ms-excel", "file-spreadsheet"],
  ["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "file-spreadsheet"],
  ["application/vnd.oasis.opendocument.spreadsheet", "file-spreadsheet"],
  ["text/csv", "file-spreadsheet"],
  ["application/vnd.ms-powerpoint", "file-presentation"],
  ["application/vnd.openxmlformats-officedocument.presentationml.presentation", "file-presentation"],
  ["application/vnd.oasis.opendocument.presentation", "file-presentation"],
  ["application/zip", "file-archive"],
  ["application/gzip", "file-archive"],
  ["application/x-tar", "file-archive"],
  ["application/x-7z-compressed", "file-archive"],
  ["application/vnd.rar", "file-archive"],
  ["application/json", "file-code"],
  ["application/xml", "file-code"],
  ["text/html", "file-code"],
  ["text/xml", "file-code"],
  ["message/rfc822", "mail"],
  ["application/vnd.ms-outlook", "mail"],
  ["text/*", "file-text"],
  ["image/*", "image"],
  ["audio/*", "audio"],
  ["video/*", "video"],
  ["font/*", "font"],
  [anyType, "file"]
])

/** The kind of file that a media type is of: itself, its family, or any. */
export const kindOf = (type: string): { readonly type_name: string; readonly type_icon: string } => {
  const family = `${type.split("/")[0]}/*`
  const type_name = [type, family].find((name) => icons.has(name)) ?? anyType
  return { type_name, type_icon: icons.get(type_name) ?? "file" }
}
