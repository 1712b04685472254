import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Actor, type Caller } from "../domain/Actor.ts"
import {
  type BadReference,
  type Conflict,
  type Forbidden,
  NotFound,
  type PreconditionFailed,
  ValidationFailed
} from "../domain/Errors.ts"
import type * as List from "../domain/List.ts"
import { toHtml } from "../domain/RichText.ts"
import {
  type CreatedTicket,
  type NewTicket,
  readDetailFields,
  readFields,
  type SparseTicket,
  type SparseTicketRow,
  type Ticket,
  type TicketChanges,
  type TicketPriority,
  type TicketRow,
  type TicketStatus
} from "../domain/Ticket.ts"
import { detachFromBundle, lockBundles, lockedByBundle, propagate } from "./bundleSync.ts"
import { checkCloseRules } from "./closeRules.ts"
import type { Columns } from "./columns.ts"
import { refusing, unfailing } from "./constraints.ts"
import { dependencies } from "./dependencies.ts"
import { releaseDocuments } from "./documentOwners.ts"
import { recordEvents } from "./events.ts"
import { heldTicket } from "./heldTicket.ts"
import { conditions, page } from "./list.ts"
import { admit, isReadable, requireTicket } from "./ticketAccess.ts"
import { joinTeam } from "./ticketAgents.ts"
import { changedEvents, changedReferences, type StoredTicket } from "./ticketChanges.ts"
import { insertTicket, json } from "./ticketInsert.ts"
import { resolveReferences } from "./ticketReferences.ts"
import {
  CountedTicketList,
  detailColumns,
  detailJoins,
  isCounted,
  sparseColumns,
  sparseDetailColumns,
  TicketList,
  ticketColumns,
  ticketJoins
} from "./ticketRows.ts"
import { isSyncOrder, settledUntil, ticketConditions } from "./ticketSearch.ts"
import { replaceTags, tagsOf } from "./ticketTags.ts"
import { unchanged } from "./versions.ts"

export type TicketQuery = List.Query & { readonly fields?: ReadonlyArray<string> }
type Row = typeof TicketRow.Type | typeof SparseTicketRow.Type
type Detail = typeof Ticket.Type
type Changes = typeof TicketChanges.Type
type Refusal = NotFound | Forbidden | Conflict | PreconditionFailed

export class TicketService extends Context.Service<
  TicketService,
  {
    readonly list: (query: TicketQuery) => Effect.Effect<List.Page<Row>, ValidationFailed, Actor>
    readonly get: (id: string) => Effect.Effect<Detail, NotFound | Forbidden, Actor>
    /** Only some fields of a ticket, those that every row has, and its `updated_at`. */
    readonly getFields: (
      id: string,
      fields: ReadonlyArray<string>
    ) => Effect.Effect<typeof SparseTicket.Type, NotFound | Forbidden | ValidationFailed, Actor>
    /** A new ticket, numbered; what is left out comes from the board. */
    readonly create: (
      input: typeof NewTicket.Type
    ) => Effect.Effect<typeof CreatedTicket.Type, ValidationFailed | BadReference, Actor>
    /** Changes what is sent; what follows from it, on the ticket and on its bundle, in the same transaction. */
    readonly update: (
      id: string,
      changes: Changes
    ) => Effect.Effect<Detail, Refusal | ValidationFailed | BadReference, Actor>
    /** Deletes a ticket nothing depends on; what is left of its bundle stays sound. */
    readonly delete: (id: string) => Effect.Effect<void, Refusal, Actor>
    /** The ticket statuses of all boards, or of one, in order. */
    readonly statuses: (
      boardId: string | undefined
    ) => Effect.Effect<ReadonlyArray<typeof TicketStatus.Type>, never, Actor>
    readonly priorities: Effect.Effect<ReadonlyArray<typeof TicketPriority.Type>, never, Actor>
  }
>()("psa/TicketService") {
  static readonly layer = Layer.effect(
    TicketService,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const columnsFor = (fields: ReadonlyArray<string> | undefined): Effect.Effect<Columns<Row>, ValidationFailed> => {
        if (fields === undefined || fields.length === 0) return Effect.succeed(ticketColumns)
        const read = readFields(fields)
        return read.unknown.length === 0
          ? Effect.succeed(sparseColumns(read.fields))
          : Effect.fail(unknownFields(read.unknown))
      }

      const counted = (tenant: string, query: List.Query) =>
        sql`SELECT coalesce(sum(n.amount), 0)::int
          FROM ticket_counts n
          LEFT JOIN statuses s ON s.tenant = n.tenant AND s.status_id = n.status_id
          LEFT JOIN boards b ON b.tenant = s.tenant AND b.board_id = s.board_id
          WHERE ${sql.and([sql`n.tenant = ${tenant}`, ...conditions(sql, CountedTicketList, query)])}`

      const list = Effect.fnUntraced(function* (query: TicketQuery) {
        const actor = yield* Actor
        const { tenant } = actor
        const columns = yield* columnsFor(query.fields)
        const isSync = isSyncOrder(query)
        const where = sql.and([
          ...(yield* ticketConditions(sql, actor, query)),
          ...(isSync ? [sql`t.updated_at < ${yield* settledUntil(sql)}::timestamptz`] : [])
        ])
        return yield* page(sql, TicketList, query, {
          columns,
          from: ticketJoins,
          where,
          isOpenEnded: isSync,
          ...(isCounted(query) && actor.scopes === undefined ? { total: counted(tenant, query) } : {})
        })
      }, unfailing)

      const getText = `SELECT ${detailColumns.text} FROM ${detailJoins} WHERE t.tenant = $1 AND t.ticket_id = $2`

      const get = Effect.fnUntraced(function* (id: string) {
        const actor = yield* Actor
        if (actor.scopes !== undefined) yield* requireTicket(sql, actor, id)
        return yield* read(actor.tenant, id)
      }, unfailing)

      const read = Effect.fnUntraced(function* (tenant: string, id: string) {
        const [values] = yield* sql.unsafe(getText, [tenant, id]).values
        if (values === undefined) return yield* NotFound.of("ticket")
        const ticket = detailColumns.read(values)
        return { ...ticket, description_html: descriptionHtml(ticket.attributes) }
      })

      const getFields = Effect.fn("TicketService.getFields")(function* (id: string, names: ReadonlyArray<string>) {
        const actor = yield* Actor
        const { fields, unknown } = readDetailFields(names)
        if (unknown.length > 0) return yield* unknownFields(unknown)
        if (actor.scopes !== undefined) yield* requireTicket(sql, actor, id)
        const columns = sparseDetailColumns(fields)
        const [values] = yield* sql`SELECT ${sql.literal(columns.text)} FROM ${sql.literal(detailJoins)}
          WHERE t.tenant = ${actor.tenant} AND t.ticket_id = ${id}`.values
        if (values === undefined) return yield* NotFound.of("ticket")
        const ticket = columns.read(values)
        if (!fields.includes("description_html")) return ticket
        const { attributes, ...rest } = ticket
        return {
          ...rest,
          ...(fields.includes("attributes") ? { attributes } : {}),
          description_html: descriptionHtml(attributes ?? null)
        }
      }, unfailing)

      const withTags = Effect.fnUntraced(function* (
        actor: Caller,
        created: typeof CreatedTicket.Type,
        tags: ReadonlyArray<string>
      ) {
        yield* replaceTags(sql, { tenant: actor.tenant, userId: actor.userId, ticketId: created.ticket_id, tags })
        return { ...created, tags }
      })

      const create = Effect.fnUntraced(function* (input: typeof NewTicket.Type) {
        const actor = yield* Actor
        const resolved = yield* resolveReferences(sql, actor.tenant, {
          client_id: input.client_id,
          board_id: input.board_id,
          status_id: input.status_id,
          priority_id: input.priority_id,
          contact_name_id: input.contact_name_id ?? null,
          location_id: input.location_id ?? null,
          category_id: input.category_id ?? null,
          subcategory_id: input.subcategory_id ?? null,
          assigned_to: input.assigned_to
        })
        const inserted = Effect.map(insertTicket(sql, actor, input, resolved), ([created]) => created!)
        const { tags } = input
        // A ticket without tags and team is one statement, which needs no transaction around it.
        if (tags === undefined && resolved.assigned_team_id === null) return yield* inserted
        const joined = Effect.tap(inserted, (created) => joinTeam(sql, actor, created))
        return yield* sql.withTransaction(
          tags === undefined ? joined : Effect.flatMap(joined, (created) => withTags(actor, created, tags))
        )
      }, goneReferences)

      const update = Effect.fn("TicketService.update")(
        function* (id: string, changes: Changes) {
          const actor = yield* Actor
          const current = yield* heldTicket(sql, actor, id)
          yield* unchanged(current.updated_at)
          yield* lockedByBundle(current, changes)
          const references = yield* changedReferences(current, changes)
          const resolved =
            references === undefined ? undefined : yield* resolveReferences(sql, actor.tenant, references.check)
          const { now } = current
          const isClosed = resolved?.is_closed ?? current.is_closed
          const {
            suppressContactNotifications: _,
            suppressInternalNotifications: __,
            override_close_rules,
            override_close_rules_reason,
            tags,
            attributes,
            ...fields
          } = changes
          const columns = {
            ...fields,
            ...references?.cleared,
            ...(isClosed === current.is_closed
              ? {}
              : { is_closed: isClosed, closed_at: isClosed ? now : null, closed_by: isClosed ? actor.userId : null }),
            updated_by: actor.userId
          }
          if (isClosed && !current.is_closed) {
            const rules = resolved?.close_rules ?? null
            const override = { override_close_rules, override_close_rules_reason }
            yield* checkCloseRules(sql, actor, { ...current, ...columns }, rules, override)
          }
          yield* sql`UPDATE tickets SET ${sql.update(columns)}${
            attributes === undefined ? sql`` : sql`, attributes = ${json(attributes)}::jsonb`
          } WHERE tenant = ${actor.tenant} AND ticket_id = ${id}`
          const oldTags = tags === undefined ? [] : yield* tagsOf(sql, actor.tenant, id)
          if (tags !== undefined) {
            yield* replaceTags(sql, { tenant: actor.tenant, userId: actor.userId, ticketId: id, tags })
          }
          const changed = { ...changes, ...references?.cleared }
          yield* recordEvents(sql, changedEvents(actor, { ...current, tags: oldTags }, changed, isClosed, now))
          if (current.own_bundle_mode === "sync_updates") yield* propagate(sql, actor, current, changes, now)
          // Shown to who changed it, even if it is now out of their sight.
          return yield* read(actor.tenant, id)
        },
        sql.withTransaction,
        goneReferences
      )

      const remove = Effect.fn("TicketService.delete")(
        function* (id: string) {
          const actor = yield* Actor
          const { tenant } = actor
          yield* lockBundles(sql, tenant)
          const [found] = yield* sql<
            Pick<StoredTicket, "ticket_id" | "ticket_number" | "master_ticket_id" | "updated_at"> & {
              readonly readable: boolean
            }
          >`SELECT t.ticket_id, t.ticket_number, t.master_ticket_id, t.updated_at, ${isReadable(sql, actor)} AS readable
            FROM tickets t WHERE t.tenant = ${tenant} AND t.ticket_id = ${id} FOR UPDATE OF t`
          const ticket = yield* admit(found)
          yield* unchanged(ticket.updated_at)
          yield* dependencies(sql, "ticket", [
            {
              type: "time_entry",
              label: "time entries",
              count: sql`SELECT count(*) FROM time_entries
                WHERE tenant = ${tenant} AND work_item_type = 'ticket' AND work_item_id = ${id}`
            },
            {
              type: "ticket_material",
              label: "ticket materials",
              count: sql`SELECT count(*) FROM ticket_materials WHERE tenant = ${tenant} AND ticket_id = ${id}`
            },
            {
              type: "asset_association",
              label: "asset associations",
              count: sql`SELECT count(*) FROM asset_associations
            WHERE tenant = ${tenant} AND entity_type = 'ticket' AND entity_id = ${id}`
            }
          ])
          yield* detachFromBundle(sql, actor, ticket)
          yield* sql`DELETE FROM tag_mappings WHERE tenant = ${tenant} AND tagged_type = 'ticket' AND tagged_id = ${id}`
          yield* releaseDocuments(sql, tenant, "ticket", id)
          yield* sql`DELETE FROM tickets WHERE tenant = ${tenant} AND ticket_id = ${id}`
          yield* recordEvents(sql, [
            {
              tenant,
              userId: actor.userId,
              type: "TICKET_DELETED",
              entityType: "ticket",
              entityId: id,
              payload: { ticket_number: ticket.ticket_number }
            }
          ])
        },
        sql.withTransaction,
        unfailing
      )

      const statuses = Effect.fn("TicketService.statuses")(function* (boardId: string | undefined) {
        const { tenant } = yield* Actor
        return yield* sql<typeof TicketStatus.Type>`
          SELECT status_id, board_id, name, is_closed, is_default, order_number FROM statuses
          WHERE tenant = ${tenant} AND status_type = 'ticket' AND board_id IS NOT NULL
            AND board_id = coalesce(${boardId ?? null}::uuid, board_id)
          ORDER BY board_id, order_number, name`
      }, unfailing)

      const priorities = Effect.gen(function* () {
        const { tenant } = yield* Actor
        return yield* sql<typeof TicketPriority.Type>`SELECT priority_id, priority_name FROM priorities
          WHERE tenant = ${tenant} AND item_type = 'ticket' ORDER BY priority_name`
      }).pipe(unfailing)

      return TicketService.of({ list, get, getFields, create, update, delete: remove, statuses, priorities })
    })
  )
}

const unknownFields = (names: ReadonlyArray<string>) =>
  ValidationFailed.because(`Unknown fields requested: ${names.join(", ")}`)

const descriptionHtml = (attributes: Detail["attributes"]) => {
  const description = attributes?.["description"]
  return typeof description === "string"
    ? toHtml(description)
    : description == null
      ? ""
      : toHtml(JSON.stringify(description))
}

/** What was there when it was checked, and is gone when the ticket is written. */
const goneReferences = refusing<ValidationFailed>({
  tickets_client_fkey: () => ValidationFailed.at("client_id", "Client not found"),
  tickets_contact_fkey: () => ValidationFailed.at("contact_name_id", "Contact not found"),
  tickets_status_fkey: () => ValidationFailed.at("status_id", "Status not found on the board"),
  tickets_board_fkey: () => ValidationFailed.at("board_id", "Board not found"),
  tickets_priority_fkey: () => ValidationFailed.at("priority_id", "Priority not found"),
  tickets_category_fkey: () => ValidationFailed.at("category_id", "Category not found"),
  tickets_subcategory_fkey: () => ValidationFailed.at("subcategory_id", "Category not found"),
  tickets_location_fkey: () => ValidationFailed.at("location_id", "Location not found"),
  tickets_assigned_to_fkey: () => ValidationFailed.at("assigned_to", "User not found")
})
