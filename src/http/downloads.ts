/** Answers that are files: as attachments that no browser shows, whole or in part, and not again to who has them. */
import { Effect, Stream } from "effect"
import { type HttpServerRequest, HttpServerResponse } from "effect/http"
import { type ByteRange, isSameFile, isUnchanged, readRange } from "../domain/ByteRange.ts"
import { RangeNotSatisfiable } from "../domain/Errors.ts"
import type { OpenDocument } from "../services/DocumentService.ts"
import { factsOf } from "./RequestFacts.ts"

export interface Download<E, E2, R> {
  readonly name: string
  /** Its media type. */
  readonly type: string
  /** In bytes. */
  readonly size: number
  readonly sha256: string
  readonly read: (range?: ByteRange) => Effect.Effect<Stream.Stream<Uint8Array, E2>, E, R>
}

/** The file, or what the request asks for of it. */
export const download = Effect.fnUntraced(function* <E, E2, R>(
  request: HttpServerRequest.HttpServerRequest,
  { name, read, sha256, size, type }: Download<E, E2, R>
) {
  const etag = `"${sha256}"`
  const kept = { etag, "cache-control": "no-store" }
  if (isUnchanged(request.headers["if-none-match"], etag)) {
    return HttpServerResponse.empty({ status: 304, headers: kept })
  }
  const headers = {
    ...kept,
    "accept-ranges": "bytes",
    "content-disposition": attachment(name),
    "content-security-policy": "default-src 'none'; sandbox",
    "x-content-type-options": "nosniff"
  }
  const whole = { status: 200, headers, contentType: type, contentLength: size }
  if (request.method === "HEAD") return HttpServerResponse.stream(Stream.empty, whole)
  const range = isSameFile(request.headers["if-range"], etag) ? readRange(request.headers["range"], size) : "whole"
  if (range === "whole") return HttpServerResponse.stream(yield* read(), whole)
  if (range === "unsatisfiable") {
    factsOf(request).headers["content-range"] = `bytes */${size}`
    return yield* RangeNotSatisfiable.of(size)
  }
  const { end, start } = range
  return HttpServerResponse.stream(yield* read(range), {
    status: 206,
    headers: { ...headers, "content-range": `bytes ${start}-${end}/${size}` },
    contentType: type,
    contentLength: end + 1 - start
  })
})

/** A document, or what the request asks for of it. */
export const downloadDocument =
  (request: HttpServerRequest.HttpServerRequest) =>
  ({ document, read, sha256 }: OpenDocument) =>
    download(request, {
      name: document.document_name,
      type: document.mime_type,
      size: document.file_size,
      sha256,
      read
    })

/** The name twice: percent-encoded for those who have always read it so, and as RFC 6266 has it. */
const attachment = (name: string) => {
  const encoded = encodeURIComponent(name)
  const extended = encoded.replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
  return `attachment; filename="${encoded}"; filename*=UTF-8''${extended}`
}
