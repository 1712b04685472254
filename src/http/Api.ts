/** The Community Edition's API: every group, and what stands around all of them. */
import { Context } from "effect"
import { HttpApi, type HttpApiGroup, OpenApi } from "effect/http-api"
import { version } from "../domain/version.ts"
import { ActivityApi } from "./activity/api.ts"
import { ApiKeysApi } from "./apiKeys/api.ts"
import { AssetBulkApi } from "./assetBulk/api.ts"
import { AssetDocumentsApi } from "./assetDocuments/api.ts"
import { AssetFiguresApi } from "./assetFigures/api.ts"
import { AssetLinksApi } from "./assetLinks/api.ts"
import { AssetMaintenanceApi } from "./assetMaintenance/api.ts"
import { AssetNotesApi } from "./assetNotes/api.ts"
import { AssetRelationshipsApi } from "./assetRelationships/api.ts"
import { AssetRmmApi } from "./assetRmm/api.ts"
import { AssetsApi } from "./assets/api.ts"
import { AssetTransferApi } from "./assetTransfer/api.ts"
import { AssetTypesApi } from "./assetTypes/api.ts"
import { BoardsApi } from "./boards/api.ts"
import { BundlesApi } from "./bundles/api.ts"
import { CategoriesApi, ServiceCategoriesApi, TicketCategoriesApi } from "./categories/api.ts"
import { ChecklistTemplatesApi } from "./checklistTemplates/api.ts"
import { ClientsApi } from "./clients/api.ts"
import { CommentsApi } from "./comments/api.ts"
import { MetaApi } from "./meta/api.ts"
import { Authentication } from "./middleware/Authentication.ts"
import { Authorization } from "./middleware/Authorization.ts"
import { RateLimiting } from "./middleware/RateLimiting.ts"
import { Validation } from "./middleware/Validation.ts"
import { PrioritiesApi } from "./priorities/api.ts"
import { SoftwareApi } from "./software/api.ts"
import { StatusesApi } from "./statuses/api.ts"
import { SystemApi } from "./system/api.ts"
import { TicketAgentsApi } from "./ticketAgents/api.ts"
import { TicketChecklistApi } from "./ticketChecklist/api.ts"
import { TicketDocumentsApi } from "./ticketDocuments/api.ts"
import { TicketMaterialsApi } from "./ticketMaterials/api.ts"
import { TicketsApi } from "./tickets/api.ts"
import { TicketTimeEntriesApi } from "./ticketTimeEntries/api.ts"

/** The groups that need a key. An edition adds its own to them. */
export const communityGroups = HttpApi.make("psa").add(
  ActivityApi,
  ApiKeysApi,
  AssetsApi,
  AssetDocumentsApi,
  AssetBulkApi,
  AssetFiguresApi,
  AssetLinksApi,
  AssetMaintenanceApi,
  AssetNotesApi,
  AssetRelationshipsApi,
  AssetRmmApi,
  AssetTransferApi,
  AssetTypesApi,
  BoardsApi,
  BundlesApi,
  CategoriesApi,
  ChecklistTemplatesApi,
  ClientsApi,
  CommentsApi,
  MetaApi,
  PrioritiesApi,
  SoftwareApi,
  ServiceCategoriesApi,
  StatusesApi,
  TicketAgentsApi,
  TicketCategoriesApi,
  TicketChecklistApi,
  TicketDocumentsApi,
  TicketMaterialsApi,
  TicketsApi,
  TicketTimeEntriesApi
)

/** Puts the gates before every group added so far; the last is the outermost. */
export const guarded = <Groups extends HttpApiGroup.Constraint>(api: HttpApi.HttpApi<"psa", Groups>) =>
  api.middleware(Validation).middleware(Authorization).middleware(RateLimiting).middleware(Authentication)

export const documentation = OpenApi.annotations({
  title: "PSA API",
  version,
  description:
    "Tickets, assets, clients and the rest of a managed service provider's day, for many tenants. " +
    "Send your API key in the header `x-api-key`."
  // A request that is wrong in several places is told all of them at once.
}).pipe(Context.add(HttpApi.ParseOptions, { errors: "all" }))

export class CommunityApi extends guarded(communityGroups).add(SystemApi).annotateMerge(documentation) {}
