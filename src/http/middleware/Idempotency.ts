/**
 * Lets a request be sent again: `.middleware(Idempotency)` on an endpoint, and a request that brings an
 * `Idempotency-Key` is done once. Sent again within 24 hours, it gets the first answer.
 */
import { Context, Effect, Layer } from "effect"
import { HttpServerRequest, HttpServerResponse } from "effect/http"
import { HttpApiMiddleware } from "effect/http-api"
import type { unhandled } from "effect/Types"
import type { Actor } from "../../domain/Actor.ts"
import { Conflict, KeyReused, ValidationFailed } from "../../domain/Errors.ts"
import { fingerprint, IdempotencyKeys } from "../../services/IdempotencyKeys.ts"

export class Idempotency extends HttpApiMiddleware.Service<Idempotency, { requires: Actor }>()("psa/http/Idempotency", {
  error: [Conflict, KeyReused, ValidationFailed]
}) {}

type Answered = Effect.Effect<
  HttpServerResponse.HttpServerResponse,
  unhandled | Conflict | KeyReused | ValidationFailed,
  Actor
>

export const IdempotencyLive = Layer.effect(
  Idempotency,
  Effect.gen(function* () {
    const keys = yield* IdempotencyKeys
    return Idempotency.of((response) =>
      Effect.withFiber((fiber): Answered => {
        const request = Context.getUnsafe(fiber.context, HttpServerRequest.HttpServerRequest)
        const key = request.headers["idempotency-key"]
        if (key === undefined || key === "") return response
        if (!isKey(key)) return Effect.fail(notAKey)
        return request.text.pipe(
          Effect.orDie,
          Effect.flatMap((body) => keys.once(key, fingerprint(request.method, request.url, body), kept(response))),
          Effect.map(again)
        )
      })
    )
  })
)

/** 1 to 255 visible characters of ASCII. */
export const isKey = (key: string) => /^[!-~]{1,255}$/.test(key)

export const notAKey = ValidationFailed.at("Idempotency-Key", "Expected 1 to 255 visible ASCII characters")

/** An answer, as it is kept. */
const kept = <E, R>(response: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>) =>
  Effect.map(response, ({ body, status }) => ({
    status,
    body: body._tag === "Uint8Array" ? new TextDecoder().decode(body.body) : null
  }))

const again = ({ body, replayed, status }: { body: string | null; replayed: boolean; status: number }) => {
  const headers = replayed ? { "idempotency-replayed": "true" } : {}
  return body === null
    ? HttpServerResponse.empty({ status, headers })
    : HttpServerResponse.text(body, { status, headers, contentType: "application/json" })
}
