/** The Community Edition: its services, its endpoints, and what they stand on. */
import { Layer } from "effect"
import { ActivityHandlers } from "../http/activity/handlers.ts"
import { ApiKeysHandlers } from "../http/apiKeys/handlers.ts"
import { AssetBulkHandlers } from "../http/assetBulk/handlers.ts"
import { AssetDocumentsHandlers } from "../http/assetDocuments/handlers.ts"
import { AssetFiguresHandlers } from "../http/assetFigures/handlers.ts"
import { AssetLinksHandlers } from "../http/assetLinks/handlers.ts"
import { AssetMaintenanceHandlers } from "../http/assetMaintenance/handlers.ts"
import { AssetNotesHandlers } from "../http/assetNotes/handlers.ts"
import { AssetRelationshipsHandlers } from "../http/assetRelationships/handlers.ts"
import { AssetRmmHandlers } from "../http/assetRmm/handlers.ts"
import { AssetsHandlers } from "../http/assets/handlers.ts"
import { AssetTransferHandlers } from "../http/assetTransfer/handlers.ts"
import { AssetTypesHandlers } from "../http/assetTypes/handlers.ts"
import { BoardsHandlers } from "../http/boards/handlers.ts"
import { BundlesHandlers } from "../http/bundles/handlers.ts"
import { CategoriesHandlers, ServiceCategoriesHandlers, TicketCategoriesHandlers } from "../http/categories/handlers.ts"
import { ChecklistTemplatesHandlers } from "../http/checklistTemplates/handlers.ts"
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
import { SoftwareHandlers } from "../http/software/handlers.ts"
import { StatusesHandlers } from "../http/statuses/handlers.ts"
import { SystemHandlers } from "../http/system/handlers.ts"
import { TicketAgentsHandlers } from "../http/ticketAgents/handlers.ts"
import { TicketChecklistHandlers } from "../http/ticketChecklist/handlers.ts"
import { TicketDocumentsHandlers } from "../http/ticketDocuments/handlers.ts"
import { TicketMaterialsHandlers } from "../http/ticketMaterials/handlers.ts"
import { TicketsHandlers } from "../http/tickets/handlers.ts"
import { TicketTimeEntriesHandlers } from "../http/ticketTimeEntries/handlers.ts"
import { ActivityService } from "../services/ActivityService.ts"
import { ApiKeyService } from "../services/ApiKeyService.ts"
import { AssetBulkService } from "../services/AssetBulkService.ts"
import { AssetDocumentService } from "../services/AssetDocumentService.ts"
import { AssetExportService } from "../services/AssetExportService.ts"
import { AssetHistoryService } from "../services/AssetHistoryService.ts"
import { AssetImportService } from "../services/AssetImportService.ts"
import { AssetLinkService } from "../services/AssetLinkService.ts"
import { AssetNotesService } from "../services/AssetNotesService.ts"
import { AssetRelationshipService } from "../services/AssetRelationshipService.ts"
import { AssetSearchService } from "../services/AssetSearchService.ts"
import { AssetService } from "../services/AssetService.ts"
import { AssetStatsService } from "../services/AssetStatsService.ts"
import { AssetSummaryService } from "../services/AssetSummaryService.ts"
import { AssetTypeService } from "../services/AssetTypeService.ts"
import { AssetCountsFolding } from "../services/assetCounts.ts"
import { BoardService } from "../services/BoardService.ts"
import { BundleService } from "../services/BundleService.ts"
import { CategoryService } from "../services/CategoryService.ts"
import { ChecklistService } from "../services/ChecklistService.ts"
import { ChecklistTemplateService } from "../services/ChecklistTemplateService.ts"
import { ClientService } from "../services/ClientService.ts"
import { CommentService } from "../services/CommentService.ts"
import { ContentSweeping } from "../services/contentSweep.ts"
import { DocumentService } from "../services/DocumentService.ts"
import { IdempotencyKeys } from "../services/IdempotencyKeys.ts"
import { MaintenanceService } from "../services/MaintenanceService.ts"
import { MaterialService } from "../services/MaterialService.ts"
import { PriorityService } from "../services/PriorityService.ts"
import { RateLimits } from "../services/RateLimits.ts"
import { RmmConnections } from "../services/RmmConnections.ts"
import { RmmJobsRunning } from "../services/RmmJobRunner.ts"
import { RmmJobService } from "../services/RmmJobService.ts"
import { RmmService } from "../services/RmmService.ts"
import { RmmProvidersLive } from "../services/rmm/providers.ts"
import { Secrets } from "../services/Secrets.ts"
import { ServiceCategoryService } from "../services/ServiceCategoryService.ts"
import { SoftwareService } from "../services/SoftwareService.ts"
import { StatusService } from "../services/StatusService.ts"
import { SoftwareCountsFolding } from "../services/softwareCounts.ts"
import { TicketAgentService } from "../services/TicketAgentService.ts"
import { TicketCategoryService } from "../services/TicketCategoryService.ts"
import { TicketFromAsset } from "../services/TicketFromAsset.ts"
import { TicketSearchService } from "../services/TicketSearchService.ts"
import { TicketService } from "../services/TicketService.ts"
import { TicketStatsService } from "../services/TicketStatsService.ts"
import { TimeEntryService } from "../services/TimeEntryService.ts"
import { TicketCountsFolding } from "../services/ticketCounts.ts"
import { ContentStoreLive } from "./Content.ts"

/** What can be done: every service, over the database. */
export const CommunityServices = Layer.mergeAll(
  ActivityService.layer,
  ApiKeyService.layer,
  AssetBulkService.layer,
  AssetExportService.layer,
  AssetHistoryService.layer,
  AssetImportService.layer,
  AssetLinkService.layer,
  AssetNotesService.layer,
  AssetRelationshipService.layer,
  AssetSearchService.layer,
  AssetService.layer,
  AssetStatsService.layer,
  AssetSummaryService.layer,
  AssetTypeService.layer,
  AssetCountsFolding,
  BoardService.layer,
  BundleService.layer,
  CategoryService.layer,
  ChecklistService.layer,
  ChecklistTemplateService.layer,
  ClientService.layer,
  CommentService.layer,
  Layer.mergeAll(AssetDocumentService.layer.pipe(Layer.provideMerge(DocumentService.layer)), ContentSweeping).pipe(
    Layer.provide(ContentStoreLive)
  ),
  IdempotencyKeys.layer,
  MaintenanceService.layer,
  MaterialService.layer,
  PriorityService.layer,
  Layer.mergeAll(RmmService.layer, RmmJobService.layer, RmmJobsRunning).pipe(
    Layer.provide(RmmConnections.layer),
    Layer.provide([RmmProvidersLive, Secrets.layer])
  ),
  ServiceCategoryService.layer,
  SoftwareService.layer,
  SoftwareCountsFolding,
  StatusService.layer,
  TicketAgentService.layer,
  TicketCategoryService.layer,
  TicketFromAsset.layer,
  TicketSearchService.layer,
  TicketService.layer,
  TicketStatsService.layer,
  TimeEntryService.layer,
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
  ActivityHandlers,
  ApiKeysHandlers,
  AssetsHandlers,
  AssetDocumentsHandlers,
  AssetBulkHandlers,
  AssetFiguresHandlers,
  AssetLinksHandlers,
  AssetMaintenanceHandlers,
  AssetNotesHandlers,
  AssetRelationshipsHandlers,
  AssetRmmHandlers,
  AssetTransferHandlers,
  AssetTypesHandlers,
  BoardsHandlers,
  BundlesHandlers,
  CategoriesHandlers,
  ChecklistTemplatesHandlers,
  ClientsHandlers,
  CommentsHandlers,
  MetaHandlers,
  PrioritiesHandlers,
  ServiceCategoriesHandlers,
  SoftwareHandlers,
  StatusesHandlers,
  TicketAgentsHandlers,
  TicketCategoriesHandlers,
  TicketChecklistHandlers,
  TicketMaterialsHandlers,
  TicketDocumentsHandlers,
  TicketsHandlers,
  TicketTimeEntriesHandlers,
  SystemHandlers
)
