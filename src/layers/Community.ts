/** The Community Edition: its services, its endpoints, and what they stand on. */
import { Layer } from "effect"
import { ApiKeysHandlers } from "../http/apiKeys/handlers.ts"
import { AssetLinksHandlers } from "../http/assetLinks/handlers.ts"
import { AssetsHandlers } from "../http/assets/handlers.ts"
import { BoardsHandlers } from "../http/boards/handlers.ts"
import { BundlesHandlers } from "../http/bundles/handlers.ts"
import { ClientsHandlers } from "../http/clients/handlers.ts"
import { CommentsHandlers } from "../http/comments/handlers.ts"
import { MetaHandlers } from "../http/meta/handlers.ts"
import { AuthenticationLive } from "../http/middleware/Authentication.ts"
import { AuthorizationLive } from "../http/middleware/Authorization.ts"
import { IdempotencyLive } from "../http/middleware/Idempotency.ts"
import { RateLimitingLive } from "../http/middleware/RateLimiting.ts"
import { ValidationLive } from "../http/middleware/Validation.ts"
import { VersionedLive } from "../http/middleware/Versioned.ts"
import { PrioritiesHandlers } from "../http/priorities/handlers.ts"
import { StatusesHandlers } from "../http/statuses/handlers.ts"
import { SystemHandlers } from "../http/system/handlers.ts"
import { TicketAgentsHandlers } from "../http/ticketAgents/handlers.ts"
import { TicketMaterialsHandlers } from "../http/ticketMaterials/handlers.ts"
import { TicketsHandlers } from "../http/tickets/handlers.ts"
import { ApiKeyService } from "../services/ApiKeyService.ts"
import { AssetLinkService } from "../services/AssetLinkService.ts"
import { AssetService } from "../services/AssetService.ts"
import { BoardService } from "../services/BoardService.ts"
import { BundleService } from "../services/BundleService.ts"
import { ClientService } from "../services/ClientService.ts"
import { CommentService } from "../services/CommentService.ts"
import { IdempotencyKeys } from "../services/IdempotencyKeys.ts"
import { MaterialService } from "../services/MaterialService.ts"
import { PriorityService } from "../services/PriorityService.ts"
import { RateLimits } from "../services/RateLimits.ts"
import { StatusService } from "../services/StatusService.ts"
import { TicketAgentService } from "../services/TicketAgentService.ts"
import { TicketService } from "../services/TicketService.ts"
import { TicketCountsFolding } from "../services/ticketCounts.ts"

/** What can be done: every service, over the database. */
export const CommunityServices = Layer.mergeAll(
  ApiKeyService.layer,
  AssetLinkService.layer,
  AssetService.layer,
  BoardService.layer,
  BundleService.layer,
  ClientService.layer,
  CommentService.layer,
  IdempotencyKeys.layer,
  MaterialService.layer,
  PriorityService.layer,
  StatusService.layer,
  TicketAgentService.layer,
  TicketService.layer,
  TicketCountsFolding
)

/** The gates that stand before every endpoint, and those that an endpoint asks for. */
export const Gates = Layer.mergeAll(
  VersionedLive,
  IdempotencyLive,
  ValidationLive,
  AuthorizationLive,
  RateLimitingLive.pipe(Layer.provide(RateLimits.layer)),
  AuthenticationLive
)

/** How it is said in HTTP: the handlers of every group. */
export const CommunityHandlers = Layer.mergeAll(
  ApiKeysHandlers,
  AssetsHandlers,
  AssetLinksHandlers,
  BoardsHandlers,
  BundlesHandlers,
  ClientsHandlers,
  CommentsHandlers,
  MetaHandlers,
  PrioritiesHandlers,
  StatusesHandlers,
  TicketAgentsHandlers,
  TicketMaterialsHandlers,
  TicketsHandlers,
  SystemHandlers
)
