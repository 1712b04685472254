/** Handlers over mock services, by the typed client that the API's declaration gives: the whole pipeline, no database. */
import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { HttpClientRequest, HttpServer } from "effect/http"
import { HttpApiMiddleware, HttpApiTest } from "effect/http-api"
import { NotFound, Unauthorized } from "../../src/domain/Errors.ts"
import type { Permission } from "../../src/domain/Permission.ts"
import { CommunityApi } from "../../src/http/Api.ts"
import { BoardsHandlers } from "../../src/http/boards/handlers.ts"
import { Authentication } from "../../src/http/middleware/Authentication.ts"
import { Gates } from "../../src/layers/Community.ts"
import { RateLimiterLive } from "../../src/layers/RateLimitStore.ts"
import { ApiKeyService } from "../../src/services/ApiKeyService.ts"
import { BoardService } from "../../src/services/BoardService.ts"
import { IdempotencyKeys } from "../../src/services/IdempotencyKeys.ts"
import { settings } from "../support/service.ts"

const tenant = "0b9e3a52-9a4e-4c8e-8f58-0c1f4a7be000"
const support = {
  tenant,
  board_id: "3f2c8a52-9a4e-4c8e-8f58-0c1f4a7be001",
  board_name: "Support",
  description: null,
  display_order: 0,
  is_default: true,
  is_inactive: false,
  display_itil_impact: false,
  display_itil_urgency: false,
  enable_live_ticket_timer: true,
  category_type: "custom" as const,
  priority_type: "custom" as const,
  default_assigned_to: null,
  default_assigned_team_id: null,
  default_priority_id: null,
  manager_user_id: null,
  sla_policy_id: null
}

const MockBoards = Layer.mock(BoardService, {
  list: () => Effect.succeed({ rows: [support], total: 1, page: 1 }),
  get: (id) => (id === support.board_id ? Effect.succeed(support) : Effect.fail(NotFound.of("board")))
})

const MockKeys = Layer.mock(ApiKeyService, {
  verify: (key) =>
    Redacted.value(key) === "reader"
      ? Effect.succeed({
          tenant,
          userId: "u",
          userType: "internal",
          apiKeyId: "k",
          permissions: new Set<Permission>(["ticket:read"])
        })
      : Effect.fail(Unauthorized.because("Invalid API key"))
})

const MockIdempotency = Layer.mock(IdempotencyKeys, {})

const Server = BoardsHandlers.pipe(
  Layer.provide(MockBoards),
  Layer.provideMerge(
    Gates.pipe(Layer.provide([MockKeys, MockIdempotency]), Layer.provide(RateLimiterLive), Layer.provide(settings()))
  ),
  Layer.provideMerge(HttpServer.layerServices)
)

const withKey = (key: string) =>
  HttpApiMiddleware.layerClient(Authentication, ({ next, request }) =>
    next(HttpClientRequest.setHeader(request, "x-api-key", key))
  )

const client = HttpApiTest.groups(CommunityApi, ["boards"])

layer(Server)("boards over mock services", (it) => {
  it.effect("are listed in an envelope", () =>
    Effect.gen(function* () {
      const { boards } = yield* client
      const listed = yield* boards.list({ query: { limit: 10 } })
      assert.deepStrictEqual(listed.data, [support])
      assert.deepStrictEqual(listed.pagination, {
        page: 1,
        limit: 10,
        total: 1,
        totalPages: 1,
        hasNext: false,
        hasPrev: false
      })
    }).pipe(Effect.provide(withKey("reader")))
  )

  it.effect("are not found, refused and unknown by their types", () =>
    Effect.gen(function* () {
      const { boards } = yield* client
      const absent = yield* boards.get({ params: { id: tenant } }).pipe(Effect.flip)
      assert.strictEqual(absent._tag, "NotFound")
      const refused = yield* boards.create({ payload: { board_name: "Projects" } }).pipe(Effect.flip)
      assert.strictEqual(refused._tag, "Forbidden")
    }).pipe(Effect.provide(withKey("reader")))
  )

  it.effect("are for those with a key", () =>
    Effect.gen(function* () {
      const { boards } = yield* client
      const failure = yield* boards.list({ query: {} }).pipe(Effect.flip)
      assert.strictEqual(failure._tag, "Unauthorized")
    }).pipe(Effect.provide(withKey("stranger")))
  )
})
