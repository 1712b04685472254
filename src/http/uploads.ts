/** Files that come in as one part of a multipart body, streamed: no file is ever in memory as a whole. */
import { Effect, type Scope, Stream } from "effect"
import { type HttpServerRequest, Multipart } from "effect/http"
import mime from "mime"
import { anyType, isRunnable, readName, readType } from "../domain/Document.ts"
import { PayloadTooLarge, UnsupportedMediaType, ValidationFailed } from "../domain/Errors.ts"
import type { Received } from "../services/ContentStore.ts"
import type { DocumentService } from "../services/DocumentService.ts"
import { isMultipart, isStrict, unknownName } from "./middleware/Validation.ts"
import { factsOf } from "./RequestFacts.ts"

/** The part that the file is. */
const part = "file"

/** What a body may be longer than the file in it, in bytes. */
const allowance = 1024 * 1024

export interface Upload {
  readonly name: string
  /** Its media type. */
  readonly type: string
  readonly content: Received
}

type Refused = ValidationFailed | PayloadTooLarge

/** Fails if the request says that its body is of a type that is not read here. */
export const acceptsUpload = (request: HttpServerRequest.HttpServerRequest) => {
  const type = request.headers["content-type"]
  if (type === undefined || isMultipart(request)) return Effect.void
  return Effect.fail(new UnsupportedMediaType({ error: { message: `Expected multipart/form-data, got ${type}` } }))
}

/** The file in the request's body, of at most `maxBytes`. Received in the scope, it goes with it. */
export const receiveUpload = Effect.fnUntraced(function* (
  request: HttpServerRequest.HttpServerRequest,
  { maxBytes, receive }: { readonly maxBytes: number; readonly receive: DocumentService["Service"]["receive"] }
) {
  if (request.headers["content-type"] === undefined) return yield* missing
  if (Number(request.headers["content-length"] ?? 0) > maxBytes + allowance) return yield* tooLong(maxBytes)
  let upload: Upload | undefined
  const ignored: Array<string> = []
  const take = (one: Multipart.Part): Effect.Effect<void, Refused | Multipart.MultipartError, Scope.Scope> => {
    if (one._tag === "File" && one.key === part) {
      if (upload !== undefined) return ValidationFailed.at(part, "Expected one file")
      return Effect.map(receiveFile(one, maxBytes, receive), (received) => {
        upload = received
      })
    }
    ignored.push(one.key)
    return one._tag === "File" ? Stream.runDrain(one.content) : Effect.void
  }
  // To the end: only there is it known that nothing was cut off.
  yield* request.multipartStream.pipe(
    Stream.provideContext(limits(maxBytes)),
    Stream.runForEach(take),
    Effect.catchTag("MultipartError", (error) => Effect.fail(explain(error, maxBytes)))
  )
  if (upload === undefined) return yield* missing
  if (ignored.length > 0 && isStrict(request)) return yield* ValidationFailed.issues(ignored.map(unknownName))
  const facts = factsOf(request)
  facts.ignored = [...facts.ignored, ...ignored]
  return upload
})

const limits = (maxBytes: number) =>
  Multipart.limitsServices({
    maxParts: 20,
    maxFieldSize: allowance,
    maxTotalSize: maxBytes + allowance,
    // Whatever its type, a part with a file name is a file.
    fieldMimeTypes: []
  })

const receiveFile = Effect.fnUntraced(function* (
  file: Multipart.File,
  maxBytes: number,
  receive: DocumentService["Service"]["receive"]
) {
  const named = readName(file.name)
  if ("problem" in named) return yield* ValidationFailed.at(part, named.problem)
  const type = readType(file.contentType) ?? mime.getType(named.name) ?? anyType
  if (isRunnable(named.name, type)) {
    return yield* ValidationFailed.at(part, "Programs and scripts cannot be uploaded: put it into an archive")
  }
  const content = yield* receive(limited(file.content, maxBytes))
  if (content.size === 0) return yield* ValidationFailed.at(part, "Expected a file that is not empty")
  return { name: named.name, type, content }
})

/** The same bytes, up to `maxBytes` of them. */
const limited = <E, R>(bytes: Stream.Stream<Uint8Array, E, R>, maxBytes: number) =>
  Stream.suspend(() => {
    let size = 0
    return Stream.mapEffect(bytes, (chunk) => {
      size += chunk.length
      return size > maxBytes ? Effect.fail(tooLong(maxBytes)) : Effect.succeed(chunk)
    })
  })

const missing = ValidationFailed.at(part, "Expected a multipart body with a file as its part `file`")

const tooLong = (maxBytes: number) => PayloadTooLarge.at(part, `Expected a file of at most ${maxBytes} bytes`)

const explain = ({ reason }: Multipart.MultipartError, maxBytes: number): Refused => {
  switch (reason._tag) {
    case "FileTooLarge":
    case "FieldTooLarge":
    case "BodyTooLarge":
      return tooLong(maxBytes)
    case "TooManyParts":
      return ValidationFailed.at(part, "Expected fewer parts")
    default:
      return missing
  }
}
