/**
 * Bundles: a master ticket and its children. Who belongs together changes under the tenant's bundle lock, so of two
 * requests that want the same ticket, one gets it and the other is told.
 */
import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Actor, type Caller } from "../domain/Actor.ts"
import type {
  Bundle,
  Bundled,
  BundleMember,
  BundleSettings,
  ChildrenOfMaster,
  NewBundle,
  Promoted,
  RemovedChild,
  StoredBundleSettings
} from "../domain/Bundle.ts"
import { Conflict, Forbidden, NotFound, ValidationFailed } from "../domain/Errors.ts"
import { dropEmptyBundle, lockBundles, movedEvents, recordSplit, releaseChildren } from "./bundleSync.ts"
import { unfailing } from "./constraints.ts"
import { recordEvents } from "./events.ts"
import { admit, isReadable } from "./ticketAccess.ts"

type Refusal = NotFound | Forbidden | ValidationFailed | Conflict

export class BundleService extends Context.Service<
  BundleService,
  {
    /** The bundle a ticket belongs to, from the ticket's point of view. */
    readonly get: (id: string) => Effect.Effect<typeof Bundle.Type, NotFound | Forbidden, Actor>
    /** Makes a ticket the master of others, all or none; on a master, adds children and sets the mode. */
    readonly create: (id: string, input: typeof NewBundle.Type) => Effect.Effect<typeof Bundled.Type, Refusal, Actor>
    /** Adds children, to a new bundle if the ticket has none. */
    readonly addChildren: (
      id: string,
      childIds: ReadonlyArray<string>
    ) => Effect.Effect<typeof ChildrenOfMaster.Type, Refusal, Actor>
    /** Takes a child out of this master's bundle; with the last one the bundle ends. */
    readonly removeChild: (id: string, childId: string) => Effect.Effect<typeof RemovedChild.Type, Refusal, Actor>
    /** Ends a bundle: its children become tickets of their own. */
    readonly unbundle: (id: string) => Effect.Effect<typeof ChildrenOfMaster.Type, Refusal, Actor>
    /** Makes a child the master, and the master its child. */
    readonly promote: (id: string, newMasterId: string) => Effect.Effect<typeof Promoted.Type, Refusal, Actor>
    readonly changeSettings: (
      id: string,
      settings: typeof BundleSettings.Type
    ) => Effect.Effect<typeof StoredBundleSettings.Type, NotFound | Forbidden, Actor>
  }
>()("psa/BundleService") {
  static readonly layer = Layer.effect(
    BundleService,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient

      const get = Effect.fn("BundleService.get")(function* (id: string) {
        const actor = yield* Actor
        const { tenant } = actor
        const rows = yield* sql<Member>`
          WITH asked AS (SELECT coalesce(master_ticket_id, ticket_id) AS master_id FROM tickets
            WHERE tenant = ${tenant} AND ticket_id = ${id})
          SELECT t.ticket_id, t.ticket_number, t.title, t.status_id, t.client_id, t.master_ticket_id,
            s.mode, s.reopen_on_child_reply, ${isReadable(sql, actor)} AS readable
          FROM asked
          JOIN tickets t ON t.tenant = ${tenant} AND (t.ticket_id = asked.master_id OR t.master_ticket_id = asked.master_id)
          LEFT JOIN ticket_bundle_settings s ON s.tenant = t.tenant AND s.master_ticket_id = t.ticket_id
          ORDER BY length(t.ticket_number), t.ticket_number`
        const own = rows.find(({ ticket_id }) => ticket_id === id.toLowerCase())
        if (own === undefined) return yield* NotFound.because("Ticket not found")
        const masterId = own.master_ticket_id ?? own.ticket_id
        const master = rows.find(({ ticket_id }) => ticket_id === masterId)
        const children = rows.filter(({ master_ticket_id }) => master_ticket_id === masterId)
        if (!own.readable) return yield* Forbidden.to("read", "ticket")
        return {
          role:
            own.master_ticket_id !== null
              ? ("child" as const)
              : children.length > 0
                ? ("master" as const)
                : ("standalone" as const),
          master_ticket_id: masterId,
          // Who may not read a ticket does not meet it here either.
          master: master?.readable === true ? member(master) : null,
          children: children.filter(({ readable }) => readable).map(member),
          settings:
            master?.mode == null || children.length === 0
              ? null
              : { mode: master.mode, reopen_on_child_reply: master.reopen_on_child_reply ?? false }
        }
      }, unfailing)

      /** Waits for the tenant's other bundle changes, and locks the ticket at the head of this one. */
      const lockHead = Effect.fnUntraced(function* (actor: Caller, id: string, missing: string) {
        yield* lockBundles(sql, actor.tenant)
        return yield* lockMember(actor, id, missing)
      })

      /** A ticket of the bundle, which the caller must be allowed to read. */
      const lockMember = Effect.fnUntraced(function* (actor: Caller, id: string, missing: string) {
        const [ticket] = yield* sql<Head & Judged>`SELECT t.ticket_id, t.master_ticket_id,
            ${isReadable(sql, actor)} AS readable
          FROM tickets t WHERE t.tenant = ${actor.tenant} AND t.ticket_id = ${id} FOR NO KEY UPDATE OF t`
        if (ticket === undefined) return yield* NotFound.because(missing)
        return yield* admit(ticket)
      })

      /** The tickets that are to become children, locked and fit for it. */
      const lockChildren = Effect.fnUntraced(function* (actor: Caller, ids: ReadonlyArray<string>) {
        const { tenant } = actor
        const children = yield* sql<Candidate & Judged>`
          SELECT t.ticket_id, t.ticket_number, t.master_ticket_id, ${isReadable(sql, actor)} AS readable,
            EXISTS (SELECT FROM tickets c WHERE c.tenant = t.tenant AND c.master_ticket_id = t.ticket_id) AS is_master
          FROM tickets t WHERE t.tenant = ${tenant} AND t.ticket_id = ANY(${ids}::uuid[])
          ORDER BY t.ticket_id FOR NO KEY UPDATE OF t`
        const missing = ids.find((id) => !children.some(({ ticket_id }) => ticket_id === id))
        if (missing !== undefined) return yield* NotFound.because(`Child ticket not found: ${missing}`)
        if (children.some(({ readable }) => !readable)) return yield* Forbidden.to("read", "ticket")
        const masters = children.filter(({ is_master }) => is_master).map(({ ticket_number }) => ticket_number)
        if (masters.length > 0) {
          return yield* Conflict.because(
            `${masters.length === 1 ? "Ticket" : "Tickets"} ${masters.join(", ")} ${
              masters.length === 1 ? "is already a bundle master" : "are already bundle masters"
            } and cannot be added as children. Unbundle them first, or use one of them as the master.`
          )
        }
        const bundled = children.filter(({ master_ticket_id }) => master_ticket_id !== null)
        if (bundled.length > 0) {
          const numbers = bundled.map(({ ticket_number }) => ticket_number).join(", ")
          return yield* Conflict.because(
            `${bundled.length === 1 ? "Ticket is" : "Tickets are"} already bundled: ${numbers}`
          )
        }
      })

      const attach = Effect.fnUntraced(function* (
        actor: Caller,
        master: string,
        children: ReadonlyArray<string>,
        reason: string
      ) {
        const { tenant, userId } = actor
        yield* sql`UPDATE tickets SET master_ticket_id = ${master}, updated_by = ${userId}
          WHERE tenant = ${tenant} AND ticket_id = ANY(${children}::uuid[])`
        yield* recordEvents(
          sql,
          children.map((child) => merged(actor, child, master, reason))
        )
      })

      const create = Effect.fn("BundleService.create")(
        function* (id: string, input: typeof NewBundle.Type) {
          const actor = yield* Actor
          const mode = input.mode ?? "sync_updates"
          const children = distinct(input.child_ticket_ids, id)
          if (children.length === 0) {
            return yield* ValidationFailed.because("Select at least one child ticket different from the master.")
          }
          const master = yield* lockHead(actor, id, "Master ticket not found.")
          if (master.master_ticket_id !== null) {
            return yield* ValidationFailed.because("Cannot select a child ticket as the master.")
          }
          yield* lockChildren(actor, children)
          yield* sql`INSERT INTO ticket_bundle_settings AS s (tenant, master_ticket_id, mode)
          VALUES (${actor.tenant}, ${master.ticket_id}, ${mode})
          ON CONFLICT (tenant, master_ticket_id) DO UPDATE SET mode = excluded.mode, updated_at = now()`
          yield* attach(actor, master.ticket_id, children, `bundle:${mode}`)
          return { masterTicketId: master.ticket_id, childTicketIds: children, mode }
        },
        sql.withTransaction,
        unfailing
      )

      const addChildren = Effect.fn("BundleService.addChildren")(
        function* (id: string, childIds: ReadonlyArray<string>) {
          const actor = yield* Actor
          const children = distinct(childIds, id)
          if (children.length === 0) return yield* ValidationFailed.because("No child tickets provided.")
          const master = yield* lockHead(actor, id, "Master ticket not found.")
          if (master.master_ticket_id !== null) {
            return yield* ValidationFailed.because("Cannot add children to a bundled child ticket.")
          }
          yield* lockChildren(actor, children)
          yield* sql`INSERT INTO ticket_bundle_settings (tenant, master_ticket_id)
            VALUES (${actor.tenant}, ${master.ticket_id}) ON CONFLICT (tenant, master_ticket_id) DO NOTHING`
          yield* attach(actor, master.ticket_id, children, "bundle:added_children")
          return { masterTicketId: master.ticket_id, childTicketIds: children }
        },
        sql.withTransaction,
        unfailing
      )

      const removeChild = Effect.fn("BundleService.removeChild")(
        function* (id: string, childId: string) {
          const actor = yield* Actor
          const { tenant, userId } = actor
          const master = yield* lockHead(actor, id, "Master ticket not found.")
          const child = yield* lockMember(actor, childId, "Ticket not found")
          if (child.master_ticket_id === null) return yield* ValidationFailed.because("Ticket is not bundled")
          if (child.master_ticket_id !== master.ticket_id) {
            return yield* ValidationFailed.because("Ticket is not a child of this master ticket")
          }
          yield* sql`UPDATE tickets SET master_ticket_id = NULL, updated_by = ${userId}
          WHERE tenant = ${tenant} AND ticket_id = ${child.ticket_id}`
          yield* dropEmptyBundle(sql, tenant, master.ticket_id, child.ticket_id)
          yield* recordSplit(sql, actor, master.ticket_id, [child.ticket_id], "bundle:remove_child")
          const [remaining] = yield* sql<{ readonly count: number }>`SELECT count(*) FROM tickets
          WHERE tenant = ${tenant} AND master_ticket_id = ${master.ticket_id}`
          return {
            masterTicketId: master.ticket_id,
            childTicketId: child.ticket_id,
            remainingChildren: remaining!.count
          }
        },
        sql.withTransaction,
        unfailing
      )

      const unbundle = Effect.fn("BundleService.unbundle")(
        function* (id: string) {
          const actor = yield* Actor
          const master = yield* lockHead(actor, id, "Master ticket not found")
          if (master.master_ticket_id !== null) {
            return yield* ValidationFailed.because("Cannot unbundle from a child ticket id")
          }
          const children = yield* releaseChildren(sql, actor, master.ticket_id)
          yield* sql`DELETE FROM ticket_bundle_settings
          WHERE tenant = ${actor.tenant} AND master_ticket_id = ${master.ticket_id}`
          yield* recordSplit(sql, actor, master.ticket_id, children, "bundle:unbundle_master")
          return { masterTicketId: master.ticket_id, childTicketIds: children }
        },
        sql.withTransaction,
        unfailing
      )

      const promote = Effect.fn("BundleService.promote")(
        function* (id: string, newMasterId: string) {
          const actor = yield* Actor
          const { tenant, userId } = actor
          const next = newMasterId.toLowerCase()
          if (next === id.toLowerCase()) {
            return yield* ValidationFailed.because("New master ticket must be different from the current master.")
          }
          const old = yield* lockHead(actor, id, "Old master ticket not found")
          if (old.master_ticket_id !== null) return yield* ValidationFailed.because("Old master ticket is not a master")
          const child = yield* lockMember(actor, next, "New master ticket not found")
          if (child.master_ticket_id !== old.ticket_id) {
            return yield* ValidationFailed.because("New master ticket must be a child of the current master")
          }
          yield* sql`UPDATE ticket_bundle_settings SET master_ticket_id = ${next}, updated_at = now()
          WHERE tenant = ${tenant} AND master_ticket_id = ${old.ticket_id}`
          const moved = yield* sql<Head>`UPDATE tickets SET updated_by = ${userId},
            master_ticket_id = CASE WHEN ticket_id = ${next}::uuid THEN NULL ELSE ${next}::uuid END
          WHERE tenant = ${tenant} AND (master_ticket_id = ${old.ticket_id} OR ticket_id = ${old.ticket_id})
          RETURNING ticket_id, master_ticket_id`
          const others = moved
            .map(({ ticket_id }) => ticket_id)
            .filter((ticket) => ticket !== next && ticket !== old.ticket_id)
          yield* recordEvents(sql, [
            merged(actor, old.ticket_id, next, "bundle:promote_master"),
            ...movedEvents(actor, [next], old.ticket_id, null),
            ...movedEvents(actor, others, old.ticket_id, next)
          ])
          return { oldMasterTicketId: old.ticket_id, newMasterTicketId: next }
        },
        sql.withTransaction,
        unfailing
      )

      const changeSettings = Effect.fn("BundleService.changeSettings")(
        function* (id: string, { mode, reopen_on_child_reply }: typeof BundleSettings.Type) {
          const actor = yield* Actor
          const { tenant, userId } = actor
          yield* lockHead(actor, id, "Ticket not found")
          const [settings] = yield* sql<typeof StoredBundleSettings.Type>`UPDATE ticket_bundle_settings SET
              mode = coalesce(${mode ?? null}::text, mode),
              reopen_on_child_reply = coalesce(${reopen_on_child_reply ?? null}::boolean, reopen_on_child_reply),
              updated_at = now()
            WHERE tenant = ${tenant} AND master_ticket_id = ${id}
            RETURNING master_ticket_id, mode, reopen_on_child_reply`
          if (settings === undefined) return yield* NotFound.because("Bundle settings not found")
          yield* recordEvents(sql, [
            {
              tenant,
              userId,
              type: "BUNDLE_SETTINGS_CHANGED",
              entityType: "ticket",
              entityId: settings.master_ticket_id,
              payload: { mode: settings.mode, reopen_on_child_reply: settings.reopen_on_child_reply }
            }
          ])
          return settings
        },
        sql.withTransaction,
        unfailing
      )

      return BundleService.of({ get, create, addChildren, removeChild, unbundle, promote, changeSettings })
    })
  )
}

interface Judged {
  readonly readable: boolean
}

interface Head {
  readonly ticket_id: string
  readonly master_ticket_id: string | null
}

type Candidate = Head & { readonly ticket_number: string; readonly is_master: boolean }

type Member = typeof BundleMember.Type &
  Head &
  Judged & {
    readonly mode: "link_only" | "sync_updates" | null
    readonly reopen_on_child_reply: boolean | null
  }

const member = ({ client_id, status_id, ticket_id, ticket_number, title }: Member) => ({
  ticket_id,
  ticket_number,
  title,
  status_id,
  client_id
})

/** The ids in lower case, each once, without the master's own. */
const distinct = (ids: ReadonlyArray<string>, master: string): ReadonlyArray<string> =>
  [...new Set(ids.map((id) => id.toLowerCase()))].filter((id) => id !== master.toLowerCase())

const merged = ({ tenant, userId }: Caller, source: string, target: string, reason: string) => ({
  tenant,
  userId,
  type: "TICKET_MERGED",
  entityType: "ticket",
  entityId: source,
  payload: { sourceTicketId: source, targetTicketId: target, reason }
})
