/**
 * Entity tags: `.middleware(Versioned)` on an endpoint, and its answer carries the `ETag` of the row in it. On one that
 * writes, `If-Match` reaches the service, whose `unchanged` refuses with 412 what has changed since.
 */
import { Context, Effect, Layer } from "effect"
import { HttpServerRequest } from "effect/http"
import { HttpApiMiddleware } from "effect/http-api"
import { PreconditionFailed } from "../../domain/Errors.ts"
import { ExpectedVersion } from "../../services/versions.ts"

export class Versioned extends HttpApiMiddleware.Service<Versioned>()("psa/http/Versioned", {
  error: PreconditionFailed
}) {}

export const VersionedLive = Layer.succeed(Versioned, (response) =>
  Effect.withFiber((fiber) => {
    const { headers } = Context.getUnsafe(fiber.context, HttpServerRequest.HttpServerRequest)
    const expected = headers["if-match"]
    return expected === undefined || expected === ""
      ? response
      : Effect.provideService(response, ExpectedVersion, readTags(expected))
  })
)

/** The tags of the header. What a proxy has marked as weak, because it compresses, is still the same version. */
const readTags = (header: string) => header.split(",").map((tag) => tag.trim().replace(/^W\//, ""))
