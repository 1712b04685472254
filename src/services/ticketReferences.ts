/** What a ticket refers to: that it is there, in the tenant, and fits together. One statement, whatever is asked. */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql"
import { BadReference, type Issue, ValidationFailed } from "../domain/Errors.ts"
import type { EnabledRules } from "./closeRules.ts"
import { unfailing } from "./constraints.ts"

/** The references of a ticket as it is to be. */
export interface TicketReferences {
  readonly client_id: string
  readonly board_id: string
  /** The board's default, if left out. */
  readonly status_id: string | undefined
  /** The board's default, if left out. */
  readonly priority_id: string | undefined
  readonly contact_name_id: string | null
  readonly location_id: string | null
  readonly category_id: string | null
  readonly subcategory_id: string | null
  /** If left out, the board's default as long as they are active, or else the lead of its default team; nobody, if null. */
  readonly assigned_to: string | null | undefined
}

/** What the checked references come to. */
export interface ResolvedReferences {
  readonly status_id: string
  readonly is_closed: boolean
  readonly priority_id: string
  readonly assigned_to: string | null
  /** The team that the board gives its new tickets to. */
  readonly assigned_team_id: string | null
  /** What the board asks for when a ticket is closed, if it does. */
  readonly close_rules: EnabledRules | null
}

interface Found {
  readonly client: boolean
  readonly board: {
    readonly default_priority_id: string | null
    readonly default_assigned_to: string | null
    readonly default_assigned_team_id: string | null
    readonly close_rules: EnabledRules | null
  } | null
  readonly status: { readonly status_id: string; readonly is_closed: boolean } | null
  readonly priority: boolean
  readonly contact: { readonly client_id: string | null } | null
  readonly location: boolean
  readonly category: { readonly board_id: string; readonly parent_category: string | null } | null
  readonly subcategory: { readonly board_id: string; readonly parent_category: string | null } | null
  readonly assignee: boolean
}

/** Fails with everything that is wrong: a 400 for what is not there, or else for what does not fit together. */
export const resolveReferences = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  tenant: string,
  asked: TicketReferences
) {
  const category = (id: string | null) =>
    sql`(SELECT jsonb_build_object('board_id', board_id, 'parent_category', parent_category) FROM categories
      WHERE tenant = ${tenant} AND category_id = ${id}::uuid)`
  const [row] = yield* sql<Found>`SELECT
    EXISTS (SELECT FROM clients WHERE tenant = ${tenant} AND client_id = ${asked.client_id}) AS client,
    (SELECT jsonb_build_object('default_priority_id', b.default_priority_id, 'close_rules', to_jsonb(r),
        'default_assigned_team_id', b.default_assigned_team_id, 'default_assigned_to', coalesce(u.user_id, m.user_id))
      FROM boards b
      LEFT JOIN board_close_rules r ON r.tenant = b.tenant AND r.board_id = b.board_id AND r.is_enabled
      LEFT JOIN users u ON u.tenant = b.tenant AND u.user_id = b.default_assigned_to
        AND u.user_type = 'internal' AND NOT u.is_inactive
      LEFT JOIN teams g ON g.tenant = b.tenant AND g.team_id = b.default_assigned_team_id
      LEFT JOIN users m ON m.tenant = g.tenant AND m.user_id = g.manager_id
        AND m.user_type = 'internal' AND NOT m.is_inactive
      WHERE b.tenant = ${tenant} AND b.board_id = ${asked.board_id}) AS board,
    (SELECT jsonb_build_object('status_id', status_id, 'is_closed', is_closed) FROM statuses
      WHERE tenant = ${tenant} AND board_id = ${asked.board_id}
        AND CASE WHEN ${asked.status_id ?? null}::uuid IS NULL THEN is_default
          ELSE status_id = ${asked.status_id ?? null}::uuid END) AS status,
    EXISTS (SELECT FROM priorities WHERE tenant = ${tenant} AND priority_id = ${asked.priority_id ?? null}::uuid
      AND item_type = 'ticket') AS priority,
    (SELECT jsonb_build_object('client_id', client_id) FROM contacts
      WHERE tenant = ${tenant} AND contact_name_id = ${asked.contact_name_id}::uuid) AS contact,
    EXISTS (SELECT FROM client_locations WHERE tenant = ${tenant} AND client_id = ${asked.client_id}
      AND location_id = ${asked.location_id}::uuid AND is_active) AS location,
    ${category(asked.category_id)} AS category,
    ${category(asked.subcategory_id)} AS subcategory,
    EXISTS (SELECT FROM users WHERE tenant = ${tenant} AND user_id = ${asked.assigned_to ?? null}::uuid
      AND user_type = 'internal' AND NOT is_inactive) AS assignee`.pipe(unfailing)
  const found = row!
  const missing = missingReferences(asked, found)
  if (missing.length > 0) return yield* BadReference.issues(missing)
  const misfits = misfittingReferences(asked, found)
  if (misfits.length > 0) return yield* ValidationFailed.issues(misfits)
  const resolved: ResolvedReferences = {
    ...found.status!,
    priority_id: asked.priority_id ?? found.board!.default_priority_id!,
    assigned_to: asked.assigned_to === undefined ? found.board!.default_assigned_to : asked.assigned_to,
    assigned_team_id: found.board!.default_assigned_team_id,
    close_rules: found.board!.close_rules
  }
  return resolved
})

const issue = (path: string, message: string): Issue => ({ path: [path], message })

const missingReferences = (asked: TicketReferences, found: Found): ReadonlyArray<Issue> => [
  ...(found.client ? [] : [issue("client_id", "Client not found")]),
  ...(found.board === null ? [issue("board_id", "Board not found")] : []),
  ...(asked.priority_id !== undefined && !found.priority ? [issue("priority_id", "Priority not found")] : []),
  ...(asked.contact_name_id !== null && found.contact === null ? [issue("contact_name_id", "Contact not found")] : []),
  ...(asked.category_id !== null && found.category === null ? [issue("category_id", "Category not found")] : []),
  ...(asked.subcategory_id !== null && found.subcategory === null
    ? [issue("subcategory_id", "Category not found")]
    : []),
  ...(asked.assigned_to != null && !found.assignee ? [issue("assigned_to", "Active user not found")] : [])
]

const misfittingReferences = (asked: TicketReferences, found: Found): ReadonlyArray<Issue> => [
  ...(found.status === null ? [noStatus(asked)] : []),
  ...(asked.priority_id === undefined && found.board?.default_priority_id == null
    ? [issue("priority_id", "Expected a priority: the board has no default one")]
    : []),
  ...(found.contact !== null && found.contact.client_id !== null && found.contact.client_id !== asked.client_id
    ? [issue("contact_name_id", "Invalid contact: the contact belongs to another client")]
    : []),
  ...(asked.location_id !== null && !found.location
    ? [issue("location_id", "Invalid location: Location does not belong to the selected client")]
    : []),
  ...(found.category !== null && found.category.board_id !== asked.board_id
    ? [issue("category_id", "Invalid category: the category belongs to another board")]
    : []),
  ...(found.subcategory !== null &&
  asked.category_id !== null &&
  found.subcategory.parent_category !== asked.category_id
    ? [issue("subcategory_id", "Invalid subcategory: its parent is not the selected category")]
    : []),
  ...(found.subcategory !== null && found.subcategory.board_id !== asked.board_id
    ? [issue("subcategory_id", "Invalid subcategory: the category belongs to another board")]
    : [])
]

const noStatus = ({ board_id, status_id }: TicketReferences) =>
  status_id === undefined
    ? issue("status_id", "Expected a status: the board has no default one")
    : issue("status_id", `status_id ${status_id} does not belong to board_id ${board_id}`)
