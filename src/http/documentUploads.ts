/** Requests that give something a document: an uploaded file, or anything else that is made once for each key. */
import { Effect } from "effect"
import type { HttpServerRequest } from "effect/http"
import type { Actor } from "../domain/Actor.ts"
import type { DocumentOwner } from "../domain/Document.ts"
import { DocumentService, type NewDocument } from "../services/DocumentService.ts"
import { fingerprint, IdempotencyKeys } from "../services/IdempotencyKeys.ts"
import { Settings } from "../services/Settings.ts"
import { isKey, notAKey } from "./middleware/Idempotency.ts"
import { factsOf } from "./RequestFacts.ts"
import { acceptsUpload, receiveUpload } from "./uploads.ts"

type Request = HttpServerRequest.HttpServerRequest

/** What a document is uploaded to. */
export interface Target {
  readonly type: DocumentOwner
  readonly id: string
}

/** The key of a request, if it brings one. Nobody reads the body of one with a bad key. */
export const keyOf = ({ headers }: Request) => {
  const key = headers["idempotency-key"]
  if (key === undefined || key === "") return Effect.succeed(undefined)
  return isKey(key) ? Effect.succeed(key) : Effect.fail(notAKey)
}

export const documentUploads = Effect.gen(function* () {
  const documents = yield* DocumentService
  const keys = yield* IdempotencyKeys
  const { maxUploadBytes: maxBytes } = yield* Settings

  /** Makes a row, once for each key; `asked` tells one request from another. */
  const once = Effect.fnUntraced(function* <Row, E>(
    request: Request,
    asked: ReadonlyArray<string>,
    make: Effect.Effect<Row, E, Actor>
  ) {
    const key = yield* keyOf(request)
    if (key === undefined) return yield* make
    const { body, replayed } = yield* keys.once(
      key,
      fingerprint(request.method, request.url, ...asked),
      Effect.map(make, (row) => ({ status: 201, body: JSON.stringify(row) }))
    )
    if (replayed) factsOf(request).headers["idempotency-replayed"] = "true"
    // What was kept is a row that was made here.
    return JSON.parse(body ?? "") as Row
  })

  /** Takes the file of a multipart body in, and attaches it to the target as `attach` does. */
  const upload = Effect.fnUntraced(function* <Row, E>(
    request: Request,
    target: Target,
    attach: (document: NewDocument) => Effect.Effect<Row, E, Actor>
  ) {
    yield* keyOf(request)
    yield* acceptsUpload(request)
    // Nobody sends a long file for nothing.
    yield* documents.check(target.type, target.id)
    const { content, name, type } = yield* receiveUpload(request, { maxBytes, receive: documents.receive })
    const file = yield* documents.keep(content)
    return yield* once(request, [content.sha256, name, type], attach({ name, type, file }))
    // What came in is gone before there is an answer, unless it was kept.
  }, Effect.scoped)

  return { once, upload }
})
