/** Documents for those whose reading is narrowed to some of the tickets. */
import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Stream } from "effect"
import { Actor } from "../../src/domain/Actor.ts"
import { DocumentService } from "../../src/services/DocumentService.ts"
import { makeTicket } from "../support/fixtures.ts"
import { communityService, makeTenant } from "../support/service.ts"

const suite = layer(DocumentService.layer.pipe(Layer.provideMerge(communityService)), { excludeTestServices: true })

suite("documents", (it) => {
  it.effect("are those of the tickets that the caller may read", () =>
    Effect.gen(function* () {
      const documents = yield* DocumentService
      const tenant = yield* makeTenant
      const { tenant: owner, user } = tenant
      const mine = yield* makeTicket(tenant, { assigned_to: user.user_id })
      const others = yield* makeTicket(tenant)
      const caller = {
        tenant: owner.tenant,
        userId: user.user_id,
        userType: "internal" as const,
        apiKeyId: undefined,
        permissions: new Set<never>()
      }
      const whole = Effect.provideService(Actor, caller)
      const narrowed = Effect.provideService(Actor, {
        ...caller,
        scopes: { "ticket:read": [{ template: "assigned" as const }] }
      })
      const received = yield* documents.receive(Stream.make(new TextEncoder().encode("A file")))
      const file = yield* whole(documents.keep(received))
      const input = { name: "a.txt", type: "text/plain", file }
      const { document_id } = yield* whole(documents.attach("ticket", others, input))
      for (const refused of [
        documents.check("ticket", others),
        documents.list("ticket", others),
        documents.open("ticket", others, document_id),
        documents.attach("ticket", others, input),
        documents.detach("ticket", others, document_id)
      ]) {
        assert.strictEqual((yield* Effect.flip(narrowed(Effect.asVoid(refused))))._tag, "Forbidden")
      }
      assert.strictEqual((yield* whole(documents.list("ticket", others))).length, 1)
      yield* narrowed(documents.check("ticket", mine))
      const own = yield* narrowed(documents.attach("ticket", mine, input))
      assert.deepStrictEqual(yield* narrowed(documents.list("ticket", mine)), [own])
      const { read } = yield* narrowed(documents.open("ticket", mine, own.document_id))
      assert.strictEqual(yield* Stream.mkString(Stream.decodeText(yield* read())), "A file")
      yield* narrowed(documents.detach("ticket", mine, own.document_id))
    }).pipe(Effect.scoped)
  )
})
