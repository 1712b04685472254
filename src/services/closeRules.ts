/** Holds a ticket that is to be closed to what its board asks for. */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql"
import type { Caller } from "../domain/Actor.ts"
import {
  brokenRules,
  type CloseOverride,
  type CloseRules,
  type ClosingFacts,
  type RequirableField
} from "../domain/CloseRules.ts"
import { ValidationFailed } from "../domain/Errors.ts"
import { recordAudit } from "./audit.ts"
import { statusOnChildren } from "./bundleSync.ts"
import type { StoredTicket } from "./ticketChanges.ts"

type Stored = typeof CloseRules.Type

/** The rules of a board, none of them enabled where nothing was ever said; nothing, if there is no such board. */
export const readCloseRules = (sql: SqlClient.SqlClient, tenant: string, boardId: string) =>
  Effect.map(
    sql<Stored>`SELECT b.board_id, coalesce(r.is_enabled, false) AS is_enabled,
        coalesce(r.require_resolution_comment, false) AS require_resolution_comment,
        coalesce(r.require_time_entry, false) AS require_time_entry,
        coalesce(r.require_checklist_complete, false) AS require_checklist_complete,
        coalesce(r.require_no_open_children, false) AS require_no_open_children,
        coalesce(r.required_fields, '[]') AS required_fields
      FROM boards b LEFT JOIN board_close_rules r ON r.tenant = b.tenant AND r.board_id = b.board_id
      WHERE b.tenant = ${tenant} AND b.board_id = ${boardId}`,
    ([rules]) => rules
  )

/** Stores the rules of a board that is locked. */
export const writeCloseRules = (sql: SqlClient.SqlClient, tenant: string, rules: Stored) => {
  const stored = { ...rules, required_fields: JSON.stringify(rules.required_fields) }
  const { board_id: _, ...changed } = stored
  return sql`INSERT INTO board_close_rules ${sql.insert({ tenant, ...stored })}
    ON CONFLICT (tenant, board_id) DO UPDATE SET ${sql.update(changed)}`
}

/** A board's rules, where it has any that are enabled. */
export type EnabledRules = Omit<Stored, "board_id">

type Closing = Pick<StoredTicket, "ticket_id" | "status_id" | "own_bundle_mode" | RequirableField>

/**
 * Fails unless the ticket, locked, may be closed as it will be: 400 with one entry for each rule it does not satisfy. Who
 * may and does override the rules passes, which the audit log then tells.
 */
export const checkCloseRules = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  actor: Caller,
  ticket: Closing,
  rules: EnabledRules | null,
  override: CloseOverride
) {
  if (rules === null) return
  const broken = brokenRules(rules, ticket, yield* factsOf(sql, actor.tenant, ticket))
  if (broken.length === 0) return
  if (override.override_close_rules !== true || !actor.permissions.has("ticket:close_override")) {
    const issues = broken.map((rule) => ({ path: ["status_id"], ...rule }))
    return yield* ValidationFailed.issues(issues, "Ticket close rules not satisfied")
  }
  yield* recordAudit(sql, actor, {
    operation: "TICKET_CLOSE_RULES_OVERRIDDEN",
    table_name: "tickets",
    record_id: ticket.ticket_id,
    changed_data: { rules: broken.map(({ message: _, ...rule }) => rule) },
    details: { reason: override.override_close_rules_reason ?? null }
  })
})

const factsOf = (sql: SqlClient.SqlClient, tenant: string, { own_bundle_mode, status_id, ticket_id }: Closing) => {
  // What follows the master is closed with it.
  const passedOn = own_bundle_mode === "sync_updates" ? status_id : null
  return Effect.map(
    sql<ClosingFacts>`SELECT
      EXISTS (SELECT FROM comments WHERE tenant = ${tenant} AND ticket_id = ${ticket_id} AND deleted_at IS NULL
        AND publish_state = 'published' AND (is_resolution OR metadata->>'closes_ticket' = 'true')) AS "hasResolution",
      EXISTS (SELECT FROM time_entries WHERE tenant = ${tenant} AND ticket_id = ${ticket_id}
        AND end_time IS NOT NULL) AS "hasTimeEntry",
      (SELECT count(*)::int FROM ticket_checklist_items WHERE tenant = ${tenant} AND ticket_id = ${ticket_id}
        AND is_required AND NOT completed) AS "incompleteItems",
      (SELECT count(*)::int FROM tickets t ${statusOnChildren(sql, passedOn)}
        WHERE t.tenant = ${tenant} AND t.master_ticket_id = ${ticket_id} AND t.closed_at IS NULL
          AND mapped.is_closed IS NOT TRUE) AS "openChildren"`,
    ([facts]) => facts!
  )
}
