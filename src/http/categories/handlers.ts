import { Effect } from "effect"
import { CategorySearchList, CategoryService } from "../../services/CategoryService.ts"
import { ServiceCategoryList, ServiceCategoryService } from "../../services/ServiceCategoryService.ts"
import { TicketCategoryList, TicketCategoryService } from "../../services/TicketCategoryService.ts"
import { CommunityApi } from "../Api.ts"
import { answers } from "../answers.ts"
import { one, page } from "../envelope.ts"
import { group } from "../group.ts"

export const TicketCategoriesHandlers = group(
  CommunityApi,
  "ticketCategories",
  Effect.fn(function* (handlers) {
    const categories = yield* TicketCategoryService
    return handlers.handleAll(
      answers({
        list: ({ query }) => Effect.map(categories.list(query), (found) => page(TicketCategoryList, query, found)),
        trees: () => Effect.map(categories.trees, one),
        tree: ({ params }) => Effect.map(categories.tree(params.boardId), one),
        get: ({ params }) => Effect.map(categories.get(params.id), one),
        create: ({ payload }) => Effect.map(categories.create(payload), one),
        update: ({ params, payload }) => Effect.map(categories.update(params.id, payload), one),
        move: ({ payload }) => Effect.map(categories.move(payload), one),
        delete: ({ params }) => categories.delete(params.id)
      })
    )
  })
)

export const ServiceCategoriesHandlers = group(
  CommunityApi,
  "serviceCategories",
  Effect.fn(function* (handlers) {
    const categories = yield* ServiceCategoryService
    return handlers.handleAll(
      answers({
        list: ({ query }) => Effect.map(categories.list(query), (found) => page(ServiceCategoryList, query, found)),
        get: ({ params }) => Effect.map(categories.get(params.id), one),
        create: ({ payload }) => Effect.map(categories.create(payload), one),
        update: ({ params, payload }) => Effect.map(categories.update(params.id, payload), one),
        delete: ({ params }) => categories.delete(params.id)
      })
    )
  })
)

export const CategoriesHandlers = group(
  CommunityApi,
  "categories",
  Effect.fn(function* (handlers) {
    const categories = yield* CategoryService
    return handlers.handleAll(
      answers({
        search: ({ query }) => Effect.map(categories.search(query), (found) => page(CategorySearchList, query, found)),
        analytics: ({ query }) => Effect.map(categories.analytics(query), one),
        deleteMany: ({ payload }) => Effect.map(categories.deleteMany(payload), one)
      })
    )
  })
)
