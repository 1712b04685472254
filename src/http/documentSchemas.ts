/** What uploads and downloads of documents are documented as. They are read and written as they come. */
import { Schema } from "effect"
import { Multipart } from "effect/http"
import { HttpApiSchema } from "effect/http-api"

/** The body of an upload. */
export const Upload = Schema.Struct({
  file: Multipart.SingleFileSchema.annotate({ description: "The file, with its name and media type" })
}).pipe(HttpApiSchema.asMultipartStream())

/** A file is of its own media type. */
const bytes = Schema.Uint8Array.pipe(HttpApiSchema.asUint8Array({ contentType: "application/octet-stream" }))

/** What a download may be answered with. */
export const Download = [
  bytes.annotate({ description: "The file" }),
  bytes.pipe(HttpApiSchema.status(206)).annotate({ description: "The part that `Range` asks for" }),
  HttpApiSchema.Empty(304).annotate({ description: "The file is the one that `If-None-Match` names" })
] as const
