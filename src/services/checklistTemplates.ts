/**
 * Templates of checklists: how they are read, what their rules may ask for, and how one is applied to a ticket. Those whose
 * rules fit a new ticket are applied by the database, in the statement that makes the ticket.
 */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql"
import { ChecklistTemplate, type RuleTerms } from "../domain/Checklist.ts"
import { BadReference, Conflict, ValidationFailed } from "../domain/Errors.ts"
import { columnsOf } from "./columns.ts"

/** The columns of a template from `checklist_templates t`: its items in order, its rules in the order they were made in. */
export const templateColumns = columnsOf(ChecklistTemplate, "t", {
  items: `(SELECT coalesce(json_agg(json_build_object('item_name', i.item_name, 'description', i.description,
      'is_required', i.is_required, 'order_number', i.order_number) ORDER BY i.order_number, i.template_item_id), '[]')
    FROM checklist_template_items i WHERE i.tenant = t.tenant AND i.template_id = t.template_id)`,
  rules: `(SELECT coalesce(json_agg(json_build_object('rule_id', r.rule_id, 'board_id', r.board_id,
      'category_id', r.category_id, 'subcategory_id', r.subcategory_id, 'priority_id', r.priority_id,
      'is_enabled', r.is_enabled) ORDER BY r.rule_id), '[]')
    FROM checklist_template_apply_rules r WHERE r.tenant = t.tenant AND r.template_id = t.template_id)`
})

interface Problem {
  /** Which of the rules it is in. */
  readonly place: number
  readonly field: string
  readonly message: string
  /** What is named is not there; otherwise it does not fit the rest of the rule. */
  readonly is_missing: boolean
}

const issueOf = ({ field, message, place }: Problem) => ({ path: ["rules", place, field], message })

/**
 * Fails unless all that the rules name is there and a ticket could have it. What they name stays until the transaction
 * ends, so that whoever deletes it waits here rather than half way through.
 */
export const checkRules = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  tenant: string,
  rules: ReadonlyArray<RuleTerms>
) {
  if (rules.length === 0) return
  const placed = JSON.stringify(rules.map((rule, place) => ({ ...rule, place })))
  const problems = yield* sql<Problem>`
    WITH asked AS (
      SELECT * FROM json_to_recordset(${placed}::json)
        AS r (place integer, board_id uuid, category_id uuid, subcategory_id uuid, priority_id uuid)
    ), boards_there AS (
      SELECT board_id FROM boards WHERE tenant = ${tenant} AND board_id IN (SELECT board_id FROM asked)
      ORDER BY board_id FOR KEY SHARE
    ), categories_there AS (
      SELECT category_id, board_id, parent_category FROM categories WHERE tenant = ${tenant}
        AND category_id IN (SELECT category_id FROM asked UNION SELECT subcategory_id FROM asked)
      ORDER BY category_id FOR KEY SHARE
    ), priorities_there AS (
      SELECT priority_id FROM priorities WHERE tenant = ${tenant} AND item_type = 'ticket'
        AND priority_id IN (SELECT priority_id FROM asked)
      ORDER BY priority_id FOR KEY SHARE
    )
    SELECT a.place, problem.field, problem.message, problem.is_missing FROM asked a
    LEFT JOIN boards_there b ON b.board_id = a.board_id
    LEFT JOIN categories_there c ON c.category_id = a.category_id
    LEFT JOIN categories_there s ON s.category_id = a.subcategory_id
    LEFT JOIN priorities_there p ON p.priority_id = a.priority_id
    CROSS JOIN LATERAL (VALUES
      (1, 'board_id', 'Board not found', true, a.board_id IS NOT NULL AND b.board_id IS NULL),
      (2, 'category_id', 'Category not found', true, a.category_id IS NOT NULL AND c.category_id IS NULL),
      (3, 'category_id', 'The category belongs to another board', false, c.board_id <> a.board_id),
      (4, 'subcategory_id', 'Category not found', true, a.subcategory_id IS NOT NULL AND s.category_id IS NULL),
      (5, 'subcategory_id', 'Its parent is not the selected category', false,
        a.category_id IS NOT NULL AND s.category_id IS NOT NULL AND s.parent_category IS DISTINCT FROM a.category_id),
      (6, 'subcategory_id', 'The category belongs to another board', false, s.board_id <> a.board_id),
      (7, 'priority_id', 'Priority not found', true, a.priority_id IS NOT NULL AND p.priority_id IS NULL)
    ) AS problem (number, field, message, is_missing, holds)
    WHERE problem.holds ORDER BY a.place, problem.number`
  const missing = problems.filter(({ is_missing }) => is_missing)
  if (missing.length > 0) return yield* BadReference.issues(missing.map(issueOf))
  if (problems.length > 0) return yield* ValidationFailed.issues(problems.map(issueOf))
})

/** An item that a ticket has got. */
export interface AppliedItem {
  readonly checklist_item_id: string
  readonly item_name: string
}

/** Puts a template's items at the end of a locked ticket's checklist; those that were put there, in order. */
export const applyTemplate = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  { templateId, tenant, ticketId }: { readonly tenant: string; readonly ticketId: string; readonly templateId: string }
) {
  const [template] = yield* sql<{ readonly is_active: boolean }>`SELECT is_active FROM checklist_templates
    WHERE tenant = ${tenant} AND template_id = ${templateId} FOR KEY SHARE`
  if (template === undefined) return yield* BadReference.to("template_id", "Checklist template")
  if (!template.is_active) return yield* Conflict.because("The checklist template is not active")
  return yield* sql<AppliedItem>`
    WITH added AS (
      INSERT INTO ticket_checklist_items
        (tenant, checklist_item_id, ticket_id, item_name, description, is_required, order_number, source, template_id)
      SELECT i.tenant, checklist_item_id(), ${ticketId}::uuid, i.item_name, i.description, i.is_required,
        (SELECT coalesce(max(order_number), 0) FROM ticket_checklist_items
          WHERE tenant = ${tenant} AND ticket_id = ${ticketId})
          + row_number() OVER (ORDER BY i.order_number, i.template_item_id),
        'template', i.template_id
      FROM checklist_template_items i WHERE i.tenant = ${tenant} AND i.template_id = ${templateId}
      RETURNING checklist_item_id, item_name, order_number
    )
    SELECT checklist_item_id, item_name FROM added ORDER BY order_number`
})
