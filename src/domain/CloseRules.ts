/** What a board asks of its tickets before they are closed. */
import { Schema } from "effect"
import { AnyText, Uuid } from "./Field.ts"

/** The fields of a ticket that a board can ask for. */
export const requirableFields = ["category_id", "subcategory_id", "priority_id", "assigned_to"] as const
export type RequirableField = (typeof requirableFields)[number]

const rules = {
  is_enabled: Schema.Boolean.annotate({ description: "Whether any of these is asked for at all" }),
  require_resolution_comment: Schema.Boolean.annotate({
    description: "A comment with `is_resolution`, or with `closes_ticket` in its metadata"
  }),
  require_time_entry: Schema.Boolean.annotate({ description: "Time that was spent on the ticket" }),
  require_checklist_complete: Schema.Boolean.annotate({
    description: "Every required item of the ticket's checklist completed"
  }),
  require_no_open_children: Schema.Boolean.annotate({
    description: "Every child of the ticket's bundle closed, before or with it"
  }),
  required_fields: Schema.Array(Schema.Literals(requirableFields)).annotate({
    description: "Fields of the ticket that must not be null"
  })
}

export const CloseRules = Schema.Struct({ board_id: Uuid, ...rules }).annotate({ identifier: "CloseRules" })

export const CloseRulesChanges = Schema.Struct({
  is_enabled: Schema.optionalKey(rules.is_enabled),
  require_resolution_comment: Schema.optionalKey(rules.require_resolution_comment),
  require_time_entry: Schema.optionalKey(rules.require_time_entry),
  require_checklist_complete: Schema.optionalKey(rules.require_checklist_complete),
  require_no_open_children: Schema.optionalKey(rules.require_no_open_children),
  required_fields: Schema.optionalKey(rules.required_fields)
}).annotate({ identifier: "CloseRulesChanges" })

/** What is sent with a change of a ticket to close it whatever its board asks. */
export const closeOverride = {
  override_close_rules: Schema.optionalKey(Schema.Boolean).annotate({
    description: "Closes the ticket whatever its board's close rules say: for those with `ticket:close_override`"
  }),
  override_close_rules_reason: Schema.optionalKey(Schema.NullOr(AnyText(1000))).annotate({
    description: "Why; it is kept in the audit log"
  })
}

export interface CloseOverride {
  readonly override_close_rules?: boolean | undefined
  readonly override_close_rules_reason?: string | null | undefined
}

/** What is known of a ticket that is about to be closed. */
export interface ClosingFacts {
  readonly hasResolution: boolean
  readonly hasTimeEntry: boolean
  /** How many required items of its checklist are not completed. */
  readonly incompleteItems: number
  /** How many children of its bundle stay open. */
  readonly openChildren: number
}

/** A rule that a ticket does not satisfy. */
export interface BrokenRule {
  readonly rule: "resolution_comment" | "time_entry" | "checklist_incomplete" | "open_children" | "required_fields"
  readonly message: string
  readonly incomplete_count?: number
  readonly open_children_count?: number
  readonly missing_fields?: ReadonlyArray<RequirableField>
}

/** The rules that a ticket, as it will be, does not satisfy; none while they are not enabled. */
export const brokenRules = (
  rules: Omit<typeof CloseRules.Type, "board_id">,
  ticket: Readonly<Record<RequirableField, string | null>>,
  { hasResolution, hasTimeEntry, incompleteItems, openChildren }: ClosingFacts
): ReadonlyArray<BrokenRule> => {
  if (!rules.is_enabled) return []
  const broken: Array<BrokenRule> = []
  if (rules.require_resolution_comment && !hasResolution) {
    broken.push({ rule: "resolution_comment", message: "Expected a resolution comment" })
  }
  if (rules.require_time_entry && !hasTimeEntry) {
    broken.push({ rule: "time_entry", message: "Expected at least one time entry" })
  }
  if (rules.require_checklist_complete && incompleteItems > 0) {
    const message = `Expected all required checklist items to be completed: ${incompleteItems} not yet`
    broken.push({ rule: "checklist_incomplete", message, incomplete_count: incompleteItems })
  }
  if (rules.require_no_open_children && openChildren > 0) {
    const message = `Expected all bundled tickets to be closed: ${openChildren} still open`
    broken.push({ rule: "open_children", message, open_children_count: openChildren })
  }
  const missing = rules.required_fields.filter((field) => ticket[field] === null)
  if (missing.length > 0) {
    const message = `Expected a value in: ${missing.join(", ")}`
    broken.push({ rule: "required_fields", message, missing_fields: missing })
  }
  return broken
}
