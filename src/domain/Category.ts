/** Categories sort things: those of tickets are a tree on each board, those of services a plain list. */
import { Schema } from "effect"
import { Count, Int32, noNul, PathId, Timestamp, Uuid } from "./Field.ts"
import { offset, pageFields } from "./List.ts"
import { ClearableText, Name } from "./Normalized.ts"

export const CategoryId = PathId("category")

export const categoryTypes = ["ticket", "service"] as const

/** So deep a tree of categories may be, its top included: what reads it or writes it down goes as deep. */
export const maxLevels = 20

const NullableUuid = Schema.NullOr(Uuid)

const ticketCategory = {
  tenant: Uuid,
  category_id: Uuid,
  category_name: Schema.String,
  parent_category: NullableUuid,
  board_id: Uuid,
  display_order: Schema.Int.annotate({ description: "What a tree is ordered by, and then by name" }),
  is_from_itil_standard: Schema.Boolean,
  created_by: NullableUuid,
  created_at: Timestamp
}

/** A ticket category by itself, as a list shows it. */
export const ListedTicketCategory = Schema.Struct(ticketCategory).annotate({ identifier: "ListedTicketCategory" })

/** A ticket category with its place in the tree. */
export const TicketCategory = Schema.Struct({
  ...ticketCategory,
  depth: Schema.Int.annotate({ description: "How many categories it is within: 0 at the top" }),
  path: Schema.String.annotate({ description: "Its name after those that it is within: `Hardware > Printers`" }),
  children_count: Schema.Int.annotate({ description: "How many categories are right below it" })
}).annotate({ identifier: "TicketCategory" })

export const ServiceCategory = Schema.Struct({
  tenant: Uuid,
  category_id: Uuid,
  category_name: Schema.String,
  description: Schema.NullOr(Schema.String),
  is_active: Schema.Boolean,
  display_order: Schema.Int,
  created_by: NullableUuid,
  created_at: Timestamp,
  updated_by: NullableUuid,
  updated_at: Timestamp
}).annotate({ identifier: "ServiceCategory" })

const relevance = {
  relevance_score: Schema.Finite.annotate({
    description:
      "1 where the name is what was sought, 0.75 where it begins with it, 0.5 where it contains it, else 0.25"
  })
}

/** What a search finds. */
export const FoundTicketCategory = Schema.Struct({ ...ticketCategory, ...relevance }).annotate({
  identifier: "FoundTicketCategory"
})
export const FoundServiceCategory = Schema.Struct({ ...ServiceCategory.fields, ...relevance }).annotate({
  identifier: "FoundServiceCategory"
})

const Parent = Schema.optionalKey(NullableUuid).annotate({
  description: "A category of the same board that it is to be in; null for the top"
})

export const NewTicketCategory = Schema.Struct({
  category_name: Name(),
  board_id: Uuid,
  parent_category: Parent
}).annotate({ identifier: "NewTicketCategory" })

export const TicketCategoryChanges = Schema.Struct({
  category_name: Schema.optionalKey(Name()),
  board_id: Schema.optionalKey(Uuid).annotate({
    description: "Takes what is below it along, to the top of the board unless a parent is sent with it"
  }),
  parent_category: Parent
}).annotate({ identifier: "TicketCategoryChanges" })

export const CategoryMove = Schema.Struct({
  category_id: Uuid,
  new_parent_id: Schema.optionalKey(NullableUuid).annotate({
    description: "A category of the same board; the top, if null or left out"
  }),
  position: Schema.optionalKey(Count).annotate({
    description: "Before how many of its new siblings it comes after: 0 puts it first. Left out, it comes last"
  })
}).annotate({ identifier: "CategoryMove" })

const service = {
  description: Schema.optionalKey(ClearableText(1000)),
  is_active: Schema.optionalKey(Schema.Boolean),
  display_order: Schema.optionalKey(Int32).annotate({ description: "Left out, a new one comes last" })
}

export const NewServiceCategory = Schema.Struct({ category_name: Name(), ...service }).annotate({
  identifier: "NewServiceCategory"
})
export const ServiceCategoryChanges = Schema.Struct({
  category_name: Schema.optionalKey(Name()),
  ...service
}).annotate({ identifier: "ServiceCategoryChanges" })

export const CategoryDeletions = Schema.Struct({
  category_ids: Schema.Array(Uuid).check(
    Schema.isMinLength(1, { message: "Expected at least one category" }),
    Schema.isMaxLength(50, { message: "Expected at most 50 categories" })
  ),
  category_type: Schema.Literals(categoryTypes),
  force: Schema.optionalKey(Schema.Boolean).annotate({
    description: "Deletes what is below the categories, too; never what tickets have"
  })
}).annotate({ identifier: "CategoryDeletions" })

export const DeletedCategories = Schema.Struct({
  message: Schema.String,
  success: Schema.Int.annotate({ description: "How many of the ids are deleted" }),
  failed: Schema.Int,
  errors: Schema.Array(Schema.Struct({ category_id: Uuid, message: Schema.String }))
}).annotate({ identifier: "DeletedCategories" })

/** Which kind of categories is asked about. */
export const categoryKind = {
  category_type: Schema.optionalKey(Schema.Literals(categoryTypes).annotate({ default: "ticket" })),
  board_id: Schema.optionalKey(Uuid).annotateKey({ description: "Of ticket categories, only those of this board" })
}

export const CategorySearchQuery = {
  search_term: Schema.String.check(
    Schema.isPattern(/\S/u, { message: "Expected text that is not empty" }),
    Schema.isMaxLength(500, { message: "Expected at most 500 characters" }),
    noNul
  ).annotate({ description: "What to look for, in whatever case" }),
  ...categoryKind,
  include_inactive: Schema.optionalKey(Schema.Boolean.annotate({ default: false })).annotateKey({
    description: "Service categories that are not active, too"
  }),
  ...pageFields,
  offset
}

export interface CategoryNode {
  readonly category_id: string
  readonly category_name: string
  readonly parent_category: string | null
  readonly board_id: string
  readonly depth: number
  readonly path: string
  readonly order: number
  readonly children: ReadonlyArray<CategoryNode>
}

/** A category with all that is below it. */
export const CategoryNode: Schema.Codec<CategoryNode> = Schema.Struct({
  category_id: Uuid,
  category_name: Schema.String,
  parent_category: NullableUuid,
  board_id: Uuid,
  depth: Schema.Int,
  path: Schema.String,
  order: Schema.Int,
  children: Schema.Array(Schema.suspend((): Schema.Codec<CategoryNode> => CategoryNode))
}).annotate({ identifier: "CategoryNode" })

export const CategoryTree = Schema.Struct({
  tree: Schema.Array(CategoryNode),
  total_categories: Schema.Int.annotate({ description: "How many are at the top" })
}).annotate({ identifier: "CategoryTree" })

export const CategoryAnalytics = Schema.Struct({
  analytics: Schema.Struct({
    total_categories: Schema.Int,
    active_categories: Schema.Int,
    categories_with_children: Schema.Int,
    average_depth: Schema.Finite.annotate({ description: "0 where all are at the top" }),
    max_depth: Schema.Int,
    usage_stats: Schema.Array(
      Schema.Struct({
        category_id: Uuid,
        category_name: Schema.String,
        usage_count: Schema.String.annotate({ description: "How many tickets, or services, have it: a number as text" })
      })
    ).annotate({ description: "The most used first" })
  }),
  generated_at: Timestamp
}).annotate({ identifier: "CategoryAnalytics" })
