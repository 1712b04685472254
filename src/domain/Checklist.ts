/** Checklists: what is to be done on a ticket, item by item, and the templates that tickets get theirs from. */
import { Schema } from "effect"
import { AnyText, PathId, Timestamp, Uuid } from "./Field.ts"
import { Name } from "./Normalized.ts"

export const ChecklistItemId = PathId("checklist item")
export const ChecklistTemplateId = PathId("checklist template")

const NullableUuid = Schema.NullOr(Uuid)
const NullableText = Schema.NullOr(Schema.String)

/** Where an item is among the others; items with the same are in the order they were added in. */
const OrderNumber = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000 }))

export const ChecklistItem = Schema.Struct({
  checklist_item_id: Uuid,
  ticket_id: Uuid,
  item_name: Schema.String,
  description: NullableText,
  order_number: Schema.Int,
  assigned_to: NullableUuid,
  is_required: Schema.Boolean,
  completed: Schema.Boolean,
  completed_by: NullableUuid,
  completed_at: Schema.NullOr(Timestamp),
  completed_by_name: NullableText,
  source: Schema.Literals(["manual", "template", "workflow"]),
  template_id: NullableUuid,
  created_at: Timestamp,
  updated_at: Timestamp
}).annotate({ identifier: "ChecklistItem" })

const ItemName = Name(1000)
const Description = Schema.optionalKey(Schema.NullOr(AnyText(10_000)))
const IsRequired = Schema.optionalKey(Schema.Boolean).annotate({
  description: "Whether the ticket is not done without it"
})

export const NewChecklistItem = Schema.Struct({
  item_name: ItemName,
  description: Description,
  is_required: IsRequired
}).annotate({ identifier: "NewChecklistItem" })

export const ChecklistCompletion = Schema.Struct({ completed: Schema.Boolean }).annotate({
  identifier: "ChecklistCompletion"
})

export const ChecklistItemChanges = Schema.Struct({
  item_name: Schema.optionalKey(ItemName),
  description: Description,
  is_required: IsRequired,
  assigned_to: Schema.optionalKey(NullableUuid).annotate({ description: "An active internal user, or nobody" }),
  order_number: Schema.optionalKey(OrderNumber)
}).annotate({ identifier: "ChecklistItemChanges" })

export const TemplateApplication = Schema.Struct({ template_id: Uuid }).annotate({ identifier: "TemplateApplication" })

const TemplateItem = Schema.Struct({
  item_name: Schema.String,
  description: NullableText,
  is_required: Schema.Boolean,
  order_number: Schema.Int
}).annotate({ identifier: "ChecklistTemplateItem" })

const TemplateRule = Schema.Struct({
  rule_id: Uuid,
  board_id: NullableUuid,
  category_id: NullableUuid,
  subcategory_id: NullableUuid,
  priority_id: NullableUuid,
  is_enabled: Schema.Boolean
}).annotate({ identifier: "ChecklistTemplateRule" })

export const ChecklistTemplate = Schema.Struct({
  template_id: Uuid,
  template_name: Schema.String,
  description: NullableText,
  is_active: Schema.Boolean,
  items: Schema.Array(TemplateItem),
  rules: Schema.Array(TemplateRule),
  created_by: NullableUuid,
  created_at: Timestamp,
  updated_at: Timestamp
}).annotate({ identifier: "ChecklistTemplate" })

const NewTemplateItem = Schema.Struct({
  item_name: ItemName,
  description: Description,
  is_required: IsRequired,
  order_number: Schema.optionalKey(OrderNumber).annotate({ description: "Its place in the list, if left out" })
}).annotate({ identifier: "NewChecklistTemplateItem" })

const NewTemplateRule = Schema.Struct({
  board_id: Schema.optionalKey(NullableUuid),
  category_id: Schema.optionalKey(NullableUuid),
  subcategory_id: Schema.optionalKey(NullableUuid),
  priority_id: Schema.optionalKey(NullableUuid),
  is_enabled: Schema.optionalKey(Schema.Boolean)
}).annotate({
  identifier: "NewChecklistTemplateRule",
  description: "Fits the tickets that have all that it names: without any, every ticket"
})

const items = Schema.Array(NewTemplateItem).check(
  Schema.isMaxLength(200, { message: "Expected at most 200 checklist items" })
)
const rules = Schema.Array(NewTemplateRule).check(Schema.isMaxLength(100, { message: "Expected at most 100 rules" }))

const writable = {
  description: Description,
  is_active: Schema.optionalKey(Schema.Boolean).annotate({ description: "Whether tickets get it at all" }),
  items: Schema.optionalKey(items),
  rules: Schema.optionalKey(rules)
}

export const NewChecklistTemplate = Schema.Struct({ template_name: Name(255), ...writable }).annotate({
  identifier: "NewChecklistTemplate"
})
export const ChecklistTemplateChanges = Schema.Struct({
  template_name: Schema.optionalKey(Name(255)),
  ...writable
}).annotate({ identifier: "ChecklistTemplateChanges" })

type SentItem = typeof NewTemplateItem.Type
type SentRule = typeof NewTemplateRule.Type
type StoredItem = typeof TemplateItem.Type
/** A rule without its id: what two of them are compared by. */
export type RuleTerms = Omit<typeof TemplateRule.Type, "rule_id">

/** A template's items as they are kept: everything said, and in their order. */
export const templateItems = (sent: ReadonlyArray<SentItem>): ReadonlyArray<StoredItem> =>
  sent
    .map(({ description = null, is_required = true, item_name, order_number }, index) => ({
      item_name,
      description,
      is_required,
      order_number: order_number ?? index + 1
    }))
    .sort((a, b) => a.order_number - b.order_number)

/** A template's rules as they are kept, everything said. */
export const templateRules = (sent: ReadonlyArray<SentRule>): ReadonlyArray<RuleTerms> =>
  sent.map((rule) => ({
    board_id: storedId(rule.board_id),
    category_id: storedId(rule.category_id),
    subcategory_id: storedId(rule.subcategory_id),
    priority_id: storedId(rule.priority_id),
    is_enabled: rule.is_enabled ?? true
  }))

/** An id as it is stored: in lower case. */
export const storedId = (sent: string | null | undefined) => sent?.toLowerCase() ?? null

/** `{ field: { old, new } }` for each field of `changes` that is not as it was. */
export const differences = (
  before: Readonly<Record<string, unknown>>,
  changes: Readonly<Record<string, unknown>>
): Readonly<Record<string, { readonly old: unknown; readonly new: unknown }>> =>
  Object.fromEntries(
    Object.entries(changes)
      .filter(([name, value]) => JSON.stringify(before[name]) !== JSON.stringify(value))
      .map(([name, value]) => [name, { old: before[name], new: value }])
  )
