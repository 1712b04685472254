/** The Community Edition: its services, its endpoints, and what they stand on. */
import { Layer } from "effect"
import { BoardsHandlers } from "../http/boards/handlers.ts"
import { AuthenticationLive } from "../http/middleware/Authentication.ts"
import { AuthorizationLive } from "../http/middleware/Authorization.ts"
import { RateLimitingLive } from "../http/middleware/RateLimiting.ts"
import { ValidationLive } from "../http/middleware/Validation.ts"
import { SystemHandlers } from "../http/system/handlers.ts"
import { ApiKeyService } from "../services/ApiKeyService.ts"
import { BoardService } from "../services/BoardService.ts"
import { RateLimits } from "../services/RateLimits.ts"

/** What can be done: every service, over the database. */
export const CommunityServices = Layer.mergeAll(ApiKeyService.layer, BoardService.layer)

/** The gates that stand before every endpoint. */
export const Gates = Layer.mergeAll(
  ValidationLive,
  AuthorizationLive,
  RateLimitingLive.pipe(Layer.provide(RateLimits.layer)),
  AuthenticationLive
)

/** How it is said in HTTP: the handlers of every group. */
export const CommunityHandlers = Layer.mergeAll(BoardsHandlers, SystemHandlers)
