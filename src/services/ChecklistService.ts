/** What is to be done on a ticket, item by item. */
import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import type { Fragment } from "effect/sql/Statement"
import { Actor, type Caller } from "../domain/Actor.ts"
import {
  ChecklistItem,
  type ChecklistItemChanges,
  differences,
  type NewChecklistItem,
  storedId
} from "../domain/Checklist.ts"
import { BadReference, type Conflict, type Forbidden, NotFound } from "../domain/Errors.ts"
import { applyTemplate } from "./checklistTemplates.ts"
import { columnsOf } from "./columns.ts"
import { refusing, unfailing } from "./constraints.ts"
import { type NewEvent, recordEvent, recordEvents } from "./events.ts"
import { newId } from "./ids.ts"
import { personName } from "./personName.ts"
import { lockTicket, requireTicket } from "./ticketAccess.ts"

type Item = typeof ChecklistItem.Type
type Refused = NotFound | Forbidden

export class ChecklistService extends Context.Service<
  ChecklistService,
  {
    /** The items of a ticket's checklist, in order. */
    readonly list: (ticketId: string) => Effect.Effect<ReadonlyArray<Item>, Refused, Actor>
    /** Adds an item at the end. */
    readonly add: (ticketId: string, input: typeof NewChecklistItem.Type) => Effect.Effect<Item, Refused, Actor>
    /** Completes an item in the caller's name, or reopens it. What is so already stays as it is. */
    readonly setCompleted: (ticketId: string, itemId: string, completed: boolean) => Effect.Effect<Item, Refused, Actor>
    readonly update: (
      ticketId: string,
      itemId: string,
      changes: typeof ChecklistItemChanges.Type
    ) => Effect.Effect<Item, Refused | BadReference, Actor>
    readonly remove: (ticketId: string, itemId: string) => Effect.Effect<void, Refused, Actor>
    /** Adds the items of an active template at the end; the whole checklist. */
    readonly applyTemplate: (
      ticketId: string,
      templateId: string
    ) => Effect.Effect<ReadonlyArray<Item>, Refused | BadReference | Conflict, Actor>
  }
>()("psa/ChecklistService") {
  static readonly layer = Layer.effect(
    ChecklistService,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const columns = sql.literal(columnsOf(ChecklistItem, "i", { completed_by_name: personName("u") }).text)

      /** The items that `source` holds: a table, or what a statement has written. */
      const itemsFrom = (source: string) => sql`SELECT ${columns} FROM ${sql.literal(source)} i
        LEFT JOIN users u ON u.tenant = i.tenant AND u.user_id = i.completed_by`

      const all = (tenant: string, ticketId: string) =>
        sql<Item>`${itemsFrom("ticket_checklist_items")} WHERE i.tenant = ${tenant} AND i.ticket_id = ${ticketId}
          ORDER BY i.order_number, i.checklist_item_id`

      /** The item, of this very ticket. */
      const find = Effect.fnUntraced(function* (tenant: string, ticketId: string, itemId: string) {
        const [item] = yield* sql<Item>`${itemsFrom("ticket_checklist_items")}
          WHERE i.tenant = ${tenant} AND i.ticket_id = ${ticketId} AND i.checklist_item_id = ${itemId}`
        return item ?? (yield* NotFound.of("checklist item"))
      })

      const write = (tenant: string, itemId: string, assignments: Fragment) =>
        Effect.map(
          sql<Item>`WITH written AS (
            UPDATE ticket_checklist_items SET ${assignments}, updated_at = now()
            WHERE tenant = ${tenant} AND checklist_item_id = ${itemId} RETURNING *
          ) ${itemsFrom("written")}`,
          ([item]) => item!
        )

      const list = Effect.fn("ChecklistService.list")(function* (ticketId: string) {
        const actor = yield* Actor
        yield* requireTicket(sql, actor, ticketId)
        return yield* all(actor.tenant, ticketId)
      }, unfailing)

      const add = Effect.fn("ChecklistService.add")(
        function* (
          ticketId: string,
          { description = null, is_required = true, item_name }: typeof NewChecklistItem.Type
        ) {
          const actor = yield* Actor
          const { tenant } = actor
          yield* lockTicket(sql, actor, ticketId)
          const [item] = yield* sql<Item>`WITH added AS (
            INSERT INTO ticket_checklist_items
              (tenant, checklist_item_id, ticket_id, item_name, description, is_required, order_number)
            SELECT ${tenant}::uuid, ${newId()}::uuid, ${ticketId}::uuid, ${item_name}, ${description}::text,
              ${is_required}::boolean, coalesce(max(order_number), 0) + 1
            FROM ticket_checklist_items WHERE tenant = ${tenant} AND ticket_id = ${ticketId} RETURNING *
          ) ${itemsFrom("added")}`
          yield* recordEvent(sql, eventOf(actor, ticketId, "ADDED", item!))
          return item!
        },
        sql.withTransaction,
        unfailing
      )

      const setCompleted = Effect.fn("ChecklistService.setCompleted")(
        function* (ticketId: string, itemId: string, completed: boolean) {
          const actor = yield* Actor
          yield* lockTicket(sql, actor, ticketId)
          const current = yield* find(actor.tenant, ticketId, itemId)
          if (current.completed === completed) return current
          const item = yield* write(
            actor.tenant,
            itemId,
            completed
              ? sql`completed = true, completed_by = ${actor.userId}::uuid, completed_at = now()`
              : sql`completed = false, completed_by = NULL, completed_at = NULL`
          )
          const changes = differences(current, { completed })
          yield* recordEvent(sql, eventOf(actor, ticketId, completed ? "COMPLETED" : "REOPENED", item, { changes }))
          return item
        },
        sql.withTransaction,
        unfailing
      )

      const activeUserExists = Effect.fnUntraced(function* (tenant: string, userId: string) {
        const found = yield* sql`SELECT 1 FROM users WHERE tenant = ${tenant} AND user_id = ${userId}
          AND user_type = 'internal' AND NOT is_inactive`
        if (found.length === 0) return yield* assigneeNotFound()
      })

      const update = Effect.fn("ChecklistService.update")(
        function* (ticketId: string, itemId: string, { assigned_to, ...sent }: typeof ChecklistItemChanges.Type) {
          const actor = yield* Actor
          yield* lockTicket(sql, actor, ticketId)
          const current = yield* find(actor.tenant, ticketId, itemId)
          const assignee = storedId(assigned_to)
          const fields = { ...sent, ...(assigned_to === undefined ? {} : { assigned_to: assignee }) }
          const changes = differences(current, fields)
          if (Object.keys(changes).length === 0) return current
          if ("assigned_to" in changes && assignee !== null) yield* activeUserExists(actor.tenant, assignee)
          const item = yield* write(actor.tenant, itemId, sql`${sql.update(fields)}`)
          yield* recordEvent(sql, eventOf(actor, ticketId, "CHANGED", item, { changes }))
          return item
        },
        sql.withTransaction,
        refusing<BadReference>({ ticket_checklist_items_assigned_to_fkey: () => assigneeNotFound() })
      )

      const remove = Effect.fn("ChecklistService.remove")(
        function* (ticketId: string, itemId: string) {
          const actor = yield* Actor
          yield* lockTicket(sql, actor, ticketId)
          const item = yield* find(actor.tenant, ticketId, itemId)
          yield* sql`DELETE FROM ticket_checklist_items WHERE tenant = ${actor.tenant} AND checklist_item_id = ${itemId}`
          yield* recordEvent(sql, eventOf(actor, ticketId, "REMOVED", item))
        },
        sql.withTransaction,
        unfailing
      )

      const apply = Effect.fn("ChecklistService.applyTemplate")(
        function* (ticketId: string, templateId: string) {
          const actor = yield* Actor
          const { tenant } = actor
          yield* lockTicket(sql, actor, ticketId)
          const added = yield* applyTemplate(sql, { tenant, ticketId, templateId })
          yield* recordEvents(
            sql,
            added.map((item) => eventOf(actor, ticketId, "ADDED", item, { template_id: storedId(templateId) }))
          )
          return yield* all(tenant, ticketId)
        },
        sql.withTransaction,
        unfailing
      )

      return ChecklistService.of({ list, add, setCompleted, update, remove, applyTemplate: apply })
    })
  )
}

const assigneeNotFound = () => BadReference.to("assigned_to", "Active user")

/** What happened to an item: it is told of its ticket. */
const eventOf = (
  { tenant, userId }: Caller,
  ticketId: string,
  what: "ADDED" | "COMPLETED" | "REOPENED" | "CHANGED" | "REMOVED",
  item: Pick<Item, "checklist_item_id" | "item_name">,
  more: Readonly<Record<string, unknown>> = {}
): NewEvent => ({
  tenant,
  userId,
  type: `TICKET_CHECKLIST_ITEM_${what}`,
  entityType: "ticket",
  entityId: ticketId,
  payload: { item: { id: item.checklist_item_id, name: item.item_name }, ...more }
})
