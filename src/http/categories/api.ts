/** Categories of tickets and of services, and what can be done with either. */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { BoardId } from "../../domain/Board.ts"
import {
  CategoryAnalytics,
  CategoryDeletions,
  CategoryId,
  CategoryMove,
  CategorySearchQuery,
  CategoryTree,
  categoryKind,
  DeletedCategories,
  FoundServiceCategory,
  FoundTicketCategory,
  ListedTicketCategory,
  NewServiceCategory,
  NewTicketCategory,
  ServiceCategory,
  ServiceCategoryChanges,
  TicketCategory,
  TicketCategoryChanges
} from "../../domain/Category.ts"
import { BadReference, Conflict, Forbidden, NotFound, ValidationFailed } from "../../domain/Errors.ts"
import * as List from "../../domain/List.ts"
import { ServiceCategoryList } from "../../services/ServiceCategoryService.ts"
import { TicketCategoryList } from "../../services/TicketCategoryService.ts"
import { about } from "../endpoint.ts"
import { One, Page } from "../envelope.ts"

export class TicketCategoriesApi extends HttpApiGroup.make("ticketCategories")
  .add(
    HttpApiEndpoint.get("list", "/", {
      query: { ...List.query(TicketCategoryList), offset: List.offset },
      success: Page(Schema.Union([TicketCategory, ListedTicketCategory])),
      error: ValidationFailed
    }).annotateMerge(
      about({
        summary: "List ticket categories",
        description:
          "The categories of all boards, or of one, by name. `include_hierarchy=true` adds to each where it is in the " +
          "tree: `depth`, `path` and `children_count`.",
        requires: ["ticket_settings:read"]
      })
    ),
    HttpApiEndpoint.get("trees", "/tree", { success: One(CategoryTree) }).annotateMerge(
      about({
        summary: "Get the trees of ticket categories",
        description: "The categories of every board as trees, in the order of the boards.",
        requires: ["ticket_settings:read"]
      })
    ),
    HttpApiEndpoint.get("tree", "/tree/:boardId", {
      params: { boardId: BoardId },
      success: One(CategoryTree),
      error: NotFound
    }).annotateMerge(
      about({
        summary: "Get a board's tree of categories",
        description: "The categories of a board as a tree, siblings in their display order and then by name.",
        requires: ["ticket_settings:read"]
      })
    ),
    HttpApiEndpoint.get("get", "/:id", {
      params: { id: CategoryId },
      success: One(TicketCategory),
      error: NotFound
    }).annotateMerge(
      about({
        summary: "Get a ticket category",
        description: "One ticket category, by its id, and where it is in the tree.",
        requires: ["ticket_settings:read"]
      })
    ),
    HttpApiEndpoint.post("create", "/", {
      payload: NewTicketCategory,
      success: One(TicketCategory).pipe(HttpApiSchema.status(201)),
      error: [NotFound, Conflict, BadReference, ValidationFailed]
    }).annotateMerge(
      about({
        summary: "Create a ticket category",
        description:
          "A category of a board, the last on it, or a subcategory of another one of the same board. No two of a board " +
          "have the same name, in whatever case.",
        requires: ["ticket_settings:create"]
      })
    ),
    HttpApiEndpoint.put("update", "/:id", {
      params: { id: CategoryId },
      payload: TicketCategoryChanges,
      success: One(TicketCategory),
      error: [NotFound, Conflict, BadReference, ValidationFailed]
    }).annotateMerge(
      about({
        summary: "Change a ticket category",
        description:
          "Changes the fields that are sent. It cannot come to be within itself, and to another board it goes, with all " +
          "that is below it, only as long as no ticket has any of them: a 409 says how many do.",
        requires: ["ticket_settings:update"],
        example: { request: { category_name: "Printers and scanners" } }
      })
    ),
    HttpApiEndpoint.post("move", "/move", {
      payload: CategoryMove,
      success: One(TicketCategory),
      error: [NotFound, ValidationFailed]
    }).annotateMerge(
      about({
        summary: "Move a ticket category",
        description:
          "Puts a category, with all that is below it, under another of its board or at the top, and where it is to be " +
          "among its siblings. Tickets keep the categories that they have.",
        requires: ["ticket_settings:update"]
      })
    ),
    HttpApiEndpoint.delete("delete", "/:id", {
      params: { id: CategoryId },
      success: HttpApiSchema.NoContent,
      error: [NotFound, Conflict]
    }).annotateMerge(
      about({
        summary: "Delete a ticket category",
        description: "Deletes a category. One with subcategories, or that tickets have, is a 409 that says how many.",
        requires: ["ticket_settings:delete"]
      })
    )
  )
  .prefix("/api/v1/categories/ticket")
  .annotateMerge(
    OpenApi.annotations({
      title: "Ticket categories",
      description: "What tickets are about: a tree of categories on each board."
    })
  ) {}

export class ServiceCategoriesApi extends HttpApiGroup.make("serviceCategories")
  .add(
    HttpApiEndpoint.get("list", "/", {
      query: { ...List.query(ServiceCategoryList), offset: List.offset },
      success: Page(ServiceCategory),
      error: ValidationFailed
    }).annotateMerge(
      about({
        summary: "List service categories",
        description: "The categories of services and products by name, active or not unless `active` says which.",
        requires: ["billing_settings:read"]
      })
    ),
    HttpApiEndpoint.get("get", "/:id", {
      params: { id: CategoryId },
      success: One(ServiceCategory),
      error: NotFound
    }).annotateMerge(
      about({
        summary: "Get a service category",
        description: "One service category, by its id.",
        requires: ["billing_settings:read"]
      })
    ),
    HttpApiEndpoint.post("create", "/", {
      payload: NewServiceCategory,
      success: One(ServiceCategory).pipe(HttpApiSchema.status(201)),
      error: Conflict
    }).annotateMerge(
      about({
        summary: "Create a service category",
        description: "A category of services and products. No two have the same name, in whatever case.",
        requires: ["billing_settings:create"],
        example: { request: { category_name: "Managed services", description: "What is paid for by the month" } }
      })
    ),
    HttpApiEndpoint.put("update", "/:id", {
      params: { id: CategoryId },
      payload: ServiceCategoryChanges,
      success: One(ServiceCategory),
      error: [NotFound, Conflict]
    }).annotateMerge(
      about({
        summary: "Change a service category",
        description: "Changes the fields that are sent, and leaves the others as they are.",
        requires: ["billing_settings:update"],
        example: { request: { is_active: false } }
      })
    ),
    HttpApiEndpoint.delete("delete", "/:id", {
      params: { id: CategoryId },
      success: HttpApiSchema.NoContent,
      error: [NotFound, Conflict]
    }).annotateMerge(
      about({
        summary: "Delete a service category",
        description: "Deletes a category. One that services or products have is a 409 that says how many.",
        requires: ["billing_settings:delete"]
      })
    )
  )
  .prefix("/api/v1/categories/service")
  .annotateMerge(
    OpenApi.annotations({ title: "Service categories", description: "What services and products are sorted by." })
  ) {}

const rights = (action: string) =>
  `Needs \`ticket_settings:${action}\` for ticket categories, \`billing_settings:${action}\` for service categories.`

export class CategoriesApi extends HttpApiGroup.make("categories")
  .add(
    HttpApiEndpoint.get("search", "/search", {
      query: CategorySearchQuery,
      success: Page(Schema.Union([FoundTicketCategory, FoundServiceCategory])),
      error: [Forbidden, ValidationFailed]
    }).annotateMerge(
      about({
        summary: "Search categories",
        description:
          "The ticket categories whose names contain a text, or the service categories whose names or descriptions do, " +
          `the best fitting first. ${rights("read")}`
      })
    ),
    HttpApiEndpoint.get("analytics", "/analytics", {
      query: categoryKind,
      success: One(CategoryAnalytics),
      error: [Forbidden, ValidationFailed]
    }).annotateMerge(
      about({
        summary: "Get the figures of categories",
        description:
          "How many ticket categories there are, how deep they lie, and how many tickets have each, as category or as " +
          `subcategory; or service categories, and how many services and products have each. ${rights("read")}`
      })
    ),
    HttpApiEndpoint.post("deleteMany", "/bulk/delete", {
      payload: CategoryDeletions,
      success: One(DeletedCategories),
      error: Forbidden
    }).annotateMerge(
      about({
        summary: "Delete several categories",
        description:
          "Deletes those that can be deleted, together, and says of the others why they stay: that something has them, or " +
          `has what is below them. ${rights("delete")}`
      })
    )
  )
  .prefix("/api/v1/categories")
  .annotateMerge(
    OpenApi.annotations({ title: "Categories", description: "What can be done with categories of either kind." })
  ) {}
