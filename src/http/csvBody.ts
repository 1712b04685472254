/** CSV that comes in as a body: streamed into a file, as it may take a while to come. */
import { Effect, Stream } from "effect"
import type { HttpServerRequest } from "effect/http"
import { PayloadTooLarge, UnsupportedMediaType, ValidationFailed } from "../domain/Errors.ts"
import type { DocumentService } from "../services/DocumentService.ts"

/** Fails if the request says that its body is something else than CSV in UTF-8. */
export const acceptsCsv = ({ headers }: HttpServerRequest.HttpServerRequest) => {
  const type = headers["content-type"]
  if (type === undefined || type === "" || isCsv(type)) return Effect.void
  return Effect.fail(new UnsupportedMediaType({ error: { message: `Expected text/csv in UTF-8, got ${type}` } }))
}

const isCsv = (type: string) => {
  const [essence = "", ...parameters] = type.split(";").map((part) => part.trim().toLowerCase())
  if (essence !== "text/csv") return false
  const charset = parameters.find((parameter) => parameter.startsWith("charset="))
  return charset === undefined || /^charset="?(utf-?8|us-ascii)"?$/.test(charset)
}

/** The file in the body, of at most `maxBytes`; it goes with the scope. */
export const receiveCsv = (
  request: HttpServerRequest.HttpServerRequest,
  { maxBytes, receive }: { readonly maxBytes: number; readonly receive: DocumentService["Service"]["receive"] }
) => {
  const tooLong = () => new PayloadTooLarge({ error: { message: `Expected a body of at most ${maxBytes} bytes` } })
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) return Effect.fail(tooLong())
  let size = 0
  const limited = Stream.mapEffect(request.stream, (chunk) => {
    size += chunk.length
    return size > maxBytes ? Effect.fail(tooLong()) : Effect.succeed(chunk)
  })
  return receive(limited).pipe(Effect.catchTag("HttpServerError", () => Effect.fail(brokenOff)))
}

const brokenOff = ValidationFailed.because("Expected the whole body")
