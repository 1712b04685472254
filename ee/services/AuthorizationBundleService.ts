import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Actor, type Caller } from "../../src/domain/Actor.ts"
import { BadReference, Conflict, NotFound, type ValidationFailed } from "../../src/domain/Errors.ts"
import * as List from "../../src/domain/List.ts"
import { columnsOf } from "../../src/services/columns.ts"
import { refusing, unfailing } from "../../src/services/constraints.ts"
import { recordEvent } from "../../src/services/events.ts"
import { newId } from "../../src/services/ids.ts"
import { insertAll } from "../../src/services/insertAll.ts"
import { conditions, page } from "../../src/services/list.ts"
import {
  AuthorizationBundle,
  type AuthorizationBundleChanges,
  BundleAssignment,
  type NewAuthorizationBundle,
  type NewBundleAssignment,
  type RuleTerms,
  ruleTerms,
  selected,
  targetTypes
} from "../domain/AuthorizationBundle.ts"

export const AuthorizationBundleList = List.make({
  filters: {
    status: List.oneOf("b.status", ["active", "archived"]),
    bundle_key: List.equals("b.bundle_key")
  },
  sorts: {
    name: "b.name",
    status: "b.status",
    created_at: List.byTime("b.created_at"),
    updated_at: List.byTime("b.updated_at")
  },
  defaultSort: "name",
  defaultOrder: "asc",
  id: "b.bundle_id",
  search: ["b.name", "b.description"]
})

export const BundleAssignmentList = List.make({
  filters: {
    target_type: List.oneOf("a.target_type", targetTypes),
    target_id: List.id("a.target_id")
  },
  sorts: {
    created_at: List.byTime("a.created_at"),
    target_type: "a.target_type"
  },
  defaultSort: "created_at",
  defaultOrder: "asc",
  id: "a.assignment_id",
  search: []
})

type Bundle = typeof AuthorizationBundle.Type
type Assignment = typeof BundleAssignment.Type

export class AuthorizationBundleService extends Context.Service<
  AuthorizationBundleService,
  {
    /** The tenant's bundles with their rules, by name. */
    readonly list: (query: List.Query) => Effect.Effect<List.Page<Bundle>, ValidationFailed, Actor>
    readonly get: (id: string) => Effect.Effect<Bundle, NotFound, Actor>
    /** A new bundle. The clients and boards that its rules select must be there. */
    readonly create: (
      input: typeof NewAuthorizationBundle.Type
    ) => Effect.Effect<Bundle, Conflict | BadReference, Actor>
    /** Changes what is sent; rules are replaced as a whole. */
    readonly update: (
      id: string,
      changes: typeof AuthorizationBundleChanges.Type
    ) => Effect.Effect<Bundle, NotFound | Conflict | BadReference, Actor>
    /** Deletes a bundle with its rules and assignments: whom it narrowed, it narrows no more. */
    readonly delete: (id: string) => Effect.Effect<void, NotFound, Actor>
    /** What a bundle is assigned to, in the order it was. */
    readonly assignments: (
      id: string,
      query: List.Query
    ) => Effect.Effect<List.Page<Assignment>, NotFound | ValidationFailed, Actor>
    /** Assigns a bundle to a role, team, user or API key of the tenant, once. */
    readonly assign: (
      id: string,
      target: typeof NewBundleAssignment.Type
    ) => Effect.Effect<Assignment, NotFound | Conflict | BadReference, Actor>
    readonly unassign: (id: string, assignmentId: string) => Effect.Effect<void, NotFound, Actor>
  }
>()("psa/ee/AuthorizationBundleService") {
  static readonly layer = Layer.effect(
    AuthorizationBundleService,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient

      const list = Effect.fn("AuthorizationBundleService.list")(function* (query: List.Query) {
        const { tenant } = yield* Actor
        const where = sql.and([sql`b.tenant = ${tenant}`, ...conditions(sql, AuthorizationBundleList, query)])
        return yield* page(sql, AuthorizationBundleList, query, {
          columns: bundleColumns,
          from: "authorization_bundles b",
          where
        })
      })

      const read = Effect.fnUntraced(function* (tenant: string, id: string) {
        const [bundle] = yield* sql<Bundle>`SELECT ${sql.literal(bundleColumns.text)} FROM authorization_bundles b
          WHERE b.tenant = ${tenant} AND b.bundle_id = ${id}`
        return bundle ?? (yield* notFound)
      })

      const get = Effect.fn("AuthorizationBundleService.get")(function* (id: string) {
        const { tenant } = yield* Actor
        return yield* read(tenant, id)
      }, unfailing)

      /** Fails unless the clients and boards that the rules select are the tenant's. */
      const checkSelected = Effect.fnUntraced(function* (tenant: string, rules: ReadonlyArray<RuleTerms>) {
        const clients = selected(rules, "client_ids")
        const boards = selected(rules, "board_ids")
        if (clients.length === 0 && boards.length === 0) return
        const missing = yield* sql<{ readonly field: string; readonly id: string }>`
          SELECT 'client_ids' AS field, id FROM unnest(${clients.map(({ id }) => id)}::uuid[]) AS id
          WHERE NOT EXISTS (SELECT FROM clients c WHERE c.tenant = ${tenant} AND c.client_id = id)
          UNION
          SELECT 'board_ids', id FROM unnest(${boards.map(({ id }) => id)}::uuid[]) AS id
          WHERE NOT EXISTS (SELECT FROM boards b WHERE b.tenant = ${tenant} AND b.board_id = id)`
        if (missing.length === 0) return
        const absent = new Set(missing.map(({ field, id }) => `${field} ${id}`))
        const issues = (field: "client_ids" | "board_ids", what: string) =>
          selected(rules, field)
            .filter(({ id }) => absent.has(`${field} ${id}`))
            .map(({ index, rule }) => ({ path: ["rules", rule, "config", field, index], message: `${what} not found` }))
        return yield* BadReference.issues([...issues("client_ids", "Client"), ...issues("board_ids", "Board")])
      })

      const insertRules = (tenant: string, bundle_id: string, rules: ReadonlyArray<RuleTerms>) =>
        insertAll(
          sql,
          "authorization_bundle_rules",
          rules.map((rule) => ({ tenant, rule_id: newId(), bundle_id, ...rule, config: JSON.stringify(rule.config) }))
        )

      const tell = (
        { tenant, userId }: Caller,
        type: string,
        bundle: string,
        payload: Readonly<Record<string, unknown>>
      ) => recordEvent(sql, { tenant, userId, type, entityType: "authorization_bundle", entityId: bundle, payload })

      const create = Effect.fn("AuthorizationBundleService.create")(
        function* ({ rules = [], ...fields }: typeof NewAuthorizationBundle.Type) {
          const actor = yield* Actor
          const { tenant, userId } = actor
          const bundle_id = newId()
          const terms = ruleTerms(rules)
          yield* checkSelected(tenant, terms)
          yield* sql`INSERT INTO authorization_bundles
            ${sql.insert({ tenant, bundle_id, created_by: userId, ...fields })}`
          yield* insertRules(tenant, bundle_id, terms)
          yield* tell(actor, "AUTHORIZATION_BUNDLE_CREATED", bundle_id, { name: fields.name, rules: terms })
          // It has just been made.
          return yield* Effect.orDie(read(tenant, bundle_id))
        },
        sql.withTransaction,
        refusals
      )

      const update = Effect.fn("AuthorizationBundleService.update")(
        function* (id: string, { rules, ...fields }: typeof AuthorizationBundleChanges.Type) {
          const actor = yield* Actor
          const { tenant } = actor
          // Locked first and read then, so that what others did while this waited is seen.
          yield* sql`SELECT 1 FROM authorization_bundles WHERE tenant = ${tenant} AND bundle_id = ${id} FOR NO KEY UPDATE`
          const current = yield* read(tenant, id)
          const before = { ...current, rules: ruleTerms(current.rules) }
          const after = rules === undefined ? fields : { ...fields, rules: ruleTerms(rules) }
          const changes = differences(before, after)
          if (Object.keys(changes).length === 0) return current
          if (rules !== undefined && "rules" in changes) {
            yield* checkSelected(tenant, ruleTerms(rules))
            yield* sql`DELETE FROM authorization_bundle_rules WHERE tenant = ${tenant} AND bundle_id = ${id}`
            yield* insertRules(tenant, id, ruleTerms(rules))
          }
          yield* sql`UPDATE authorization_bundles SET ${sql.update({ name: current.name, ...fields })},
              updated_at = greatest(clock_timestamp(), updated_at + interval '1 millisecond')
            WHERE tenant = ${tenant} AND bundle_id = ${id}`
          yield* tell(actor, "AUTHORIZATION_BUNDLE_UPDATED", current.bundle_id, { changes })
          return yield* read(tenant, id)
        },
        sql.withTransaction,
        refusals
      )

      const remove = Effect.fn("AuthorizationBundleService.delete")(
        function* (id: string) {
          const actor = yield* Actor
          const [deleted] = yield* sql<Pick<Bundle, "bundle_id" | "name">>`DELETE FROM authorization_bundles
            WHERE tenant = ${actor.tenant} AND bundle_id = ${id} RETURNING bundle_id, name`
          if (deleted === undefined) return yield* notFound
          yield* tell(actor, "AUTHORIZATION_BUNDLE_DELETED", deleted.bundle_id, { name: deleted.name })
        },
        sql.withTransaction,
        unfailing
      )

      const assignments = Effect.fn("AuthorizationBundleService.assignments")(function* (
        id: string,
        query: List.Query
      ) {
        const { tenant } = yield* Actor
        const [bundle] = yield* sql`SELECT FROM authorization_bundles WHERE tenant = ${tenant} AND bundle_id = ${id}`
        if (bundle === undefined) return yield* notFound
        return yield* page(sql, BundleAssignmentList, query, {
          columns: assignmentColumns,
          from: "authorization_bundle_assignments a",
          where: sql.and([
            sql`a.tenant = ${tenant} AND a.bundle_id = ${id}`,
            ...conditions(sql, BundleAssignmentList, query)
          ])
        })
      }, unfailing)

      const assign = Effect.fn("AuthorizationBundleService.assign")(
        function* (id: string, { target_id, target_type }: typeof NewBundleAssignment.Type) {
          const actor = yield* Actor
          const [assignment] = yield* sql<Assignment>`INSERT INTO authorization_bundle_assignments
            ${sql.insert({ tenant: actor.tenant, assignment_id: newId(), bundle_id: id, target_type, target_id })}
            RETURNING assignment_id, bundle_id, target_type, target_id, created_at`
          yield* tell(actor, "AUTHORIZATION_BUNDLE_ASSIGNED", assignment!.bundle_id, {
            target_type,
            target_id: assignment!.target_id
          })
          return assignment!
        },
        sql.withTransaction,
        refusing<NotFound | Conflict | BadReference>({
          authorization_bundle_assignments_bundle_fkey: () => missing,
          authorization_bundle_assignments_target_key: () => Conflict.because("The bundle is assigned to this already"),
          authorization_bundle_assignments_role_fkey: () => BadReference.to("target_id", "Role"),
          authorization_bundle_assignments_team_fkey: () => BadReference.to("target_id", "Team"),
          authorization_bundle_assignments_user_fkey: () => BadReference.to("target_id", "User"),
          authorization_bundle_assignments_api_key_fkey: () => BadReference.to("target_id", "API key")
        })
      )

      const unassign = Effect.fn("AuthorizationBundleService.unassign")(
        function* (id: string, assignmentId: string) {
          const actor = yield* Actor
          const [assignment] = yield* sql<Assignment>`DELETE FROM authorization_bundle_assignments
            WHERE tenant = ${actor.tenant} AND bundle_id = ${id} AND assignment_id = ${assignmentId}
            RETURNING bundle_id, target_type, target_id`
          if (assignment === undefined) return yield* NotFound.of("assignment")
          const { bundle_id, target_id, target_type } = assignment
          yield* tell(actor, "AUTHORIZATION_BUNDLE_UNASSIGNED", bundle_id, { target_type, target_id })
        },
        sql.withTransaction,
        unfailing
      )

      return AuthorizationBundleService.of({
        list,
        get,
        create,
        update,
        delete: remove,
        assignments,
        assign,
        unassign
      })
    })
  )
}

const missing = NotFound.of("authorization bundle")
const notFound = Effect.fail(missing)

const bundleColumns = columnsOf(AuthorizationBundle, "b", {
  rules: `(SELECT coalesce(json_agg(json_build_object('rule_id', r.rule_id, 'resource_type', r.resource_type,
      'action', r.action, 'template_key', r.template_key, 'config', r.config) ORDER BY r.rule_id), '[]')
    FROM authorization_bundle_rules r WHERE r.tenant = b.tenant AND r.bundle_id = b.bundle_id)`
})

const assignmentColumns = columnsOf(BundleAssignment, "a")

/** `{ field: { old, new } }` for each field that is not as it was. */
const differences = (before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(
    Object.entries(after)
      .filter(([field, value]) => JSON.stringify(before[field]) !== JSON.stringify(value))
      .map(([field, value]) => [field, { old: before[field], new: value }])
  )

const refusals = refusing<Conflict>({
  authorization_bundles_name_key: () => Conflict.because("An authorization bundle with this name already exists"),
  authorization_bundles_key_key: () => Conflict.because("An authorization bundle with this key already exists")
})
