import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Actor } from "../domain/Actor.ts"
import {
  type ChecklistTemplate,
  type ChecklistTemplateChanges,
  differences,
  type NewChecklistTemplate,
  type RuleTerms,
  templateItems,
  templateRules
} from "../domain/Checklist.ts"
import { type BadReference, Conflict, NotFound, type ValidationFailed } from "../domain/Errors.ts"
import * as List from "../domain/List.ts"
import { checkRules, templateColumns } from "./checklistTemplates.ts"
import { refusing, unfailing } from "./constraints.ts"
import { recordEvent } from "./events.ts"
import { newId } from "./ids.ts"
import { insertAll } from "./insertAll.ts"
import { conditions, page } from "./list.ts"

export const ChecklistTemplateList = List.make({
  filters: {
    is_active: List.flag("t.is_active"),
    created_from: List.from("t.created_at"),
    created_to: List.to("t.created_at"),
    updated_from: List.from("t.updated_at"),
    updated_to: List.to("t.updated_at")
  },
  sorts: {
    template_name: "t.template_name",
    name: "t.template_name",
    is_active: List.byFlag("t.is_active"),
    created_at: List.byTime("t.created_at"),
    updated_at: List.byTime("t.updated_at")
  },
  defaultSort: "template_name",
  defaultOrder: "asc",
  id: "t.template_id",
  search: ["t.template_name", "t.description"]
})

type Template = typeof ChecklistTemplate.Type
type Items = Template["items"]
type Refused = Conflict | BadReference | ValidationFailed

export class ChecklistTemplateService extends Context.Service<
  ChecklistTemplateService,
  {
    /** The tenant's templates with their items and rules, by name. */
    readonly list: (query: List.Query) => Effect.Effect<List.Page<Template>, ValidationFailed, Actor>
    readonly get: (id: string) => Effect.Effect<Template, NotFound, Actor>
    /** A new template. What its rules name must be there, and fit together. */
    readonly create: (input: typeof NewChecklistTemplate.Type) => Effect.Effect<Template, Refused, Actor>
    /** Changes what is sent; items and rules are replaced as a whole. Tickets keep the items they have got. */
    readonly update: (
      id: string,
      changes: typeof ChecklistTemplateChanges.Type
    ) => Effect.Effect<Template, NotFound | Refused, Actor>
    /** Deletes a template with its items and rules. Tickets keep the items they have got. */
    readonly delete: (id: string) => Effect.Effect<void, NotFound, Actor>
  }
>()("psa/ChecklistTemplateService") {
  static readonly layer = Layer.effect(
    ChecklistTemplateService,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient

      const list = Effect.fn("ChecklistTemplateService.list")(function* (query: List.Query) {
        const { tenant } = yield* Actor
        const where = sql.and([sql`t.tenant = ${tenant}`, ...conditions(sql, ChecklistTemplateList, query)])
        return yield* page(sql, ChecklistTemplateList, query, {
          columns: templateColumns,
          from: "checklist_templates t",
          where
        })
      })

      const read = (tenant: string, id: string) =>
        Effect.map(
          sql<Template>`SELECT ${sql.literal(templateColumns.text)} FROM checklist_templates t
            WHERE t.tenant = ${tenant} AND t.template_id = ${id}`,
          ([template]) => template
        )

      const get = Effect.fn("ChecklistTemplateService.get")(function* (id: string) {
        const { tenant } = yield* Actor
        return (yield* read(tenant, id)) ?? (yield* NotFound.of("checklist template"))
      }, unfailing)

      const insertItems = (tenant: string, template_id: string, items: Items) =>
        insertAll(
          sql,
          "checklist_template_items",
          items.map((item) => ({ tenant, template_id, template_item_id: newId(), ...item }))
        )

      const insertRules = (tenant: string, template_id: string, rules: ReadonlyArray<RuleTerms>) =>
        insertAll(
          sql,
          "checklist_template_apply_rules",
          rules.map((rule) => ({ tenant, template_id, rule_id: newId(), ...rule }))
        )

      const tell = (type: string, template_id: string, payload: Readonly<Record<string, unknown>>) =>
        Effect.flatMap(Actor, ({ tenant, userId }) =>
          recordEvent(sql, { tenant, userId, type, entityType: "checklist_template", entityId: template_id, payload })
        )

      const create = Effect.fn("ChecklistTemplateService.create")(
        function* ({ items = [], rules = [], ...fields }: typeof NewChecklistTemplate.Type) {
          const { tenant, userId } = yield* Actor
          const template_id = newId()
          const terms = templateRules(rules)
          yield* checkRules(sql, tenant, terms)
          yield* sql`INSERT INTO checklist_templates ${sql.insert({ tenant, template_id, created_by: userId, ...fields })}`
          yield* insertItems(tenant, template_id, templateItems(items))
          yield* insertRules(tenant, template_id, terms)
          yield* tell("CHECKLIST_TEMPLATE_CREATED", template_id, { template_name: fields.template_name })
          return (yield* read(tenant, template_id))!
        },
        sql.withTransaction,
        refusals
      )

      const update = Effect.fn("ChecklistTemplateService.update")(
        function* (id: string, { items, rules, ...fields }: typeof ChecklistTemplateChanges.Type) {
          const { tenant } = yield* Actor
          // Locked first and read then, so that what others did while this waited is seen.
          yield* sql`SELECT 1 FROM checklist_templates WHERE tenant = ${tenant} AND template_id = ${id} FOR NO KEY UPDATE`
          const current = yield* read(tenant, id)
          if (current === undefined) return yield* NotFound.of("checklist template")
          const changes = differences(
            { ...current, rules: templateRules(current.rules) },
            {
              ...fields,
              ...(items === undefined ? {} : { items: templateItems(items) }),
              ...(rules === undefined ? {} : { rules: templateRules(rules) })
            }
          )
          if (Object.keys(changes).length === 0) return current
          if (rules !== undefined && "rules" in changes) {
            yield* checkRules(sql, tenant, templateRules(rules))
            yield* sql`DELETE FROM checklist_template_apply_rules WHERE tenant = ${tenant} AND template_id = ${id}`
            yield* insertRules(tenant, id, templateRules(rules))
          }
          if (items !== undefined && "items" in changes) {
            yield* sql`DELETE FROM checklist_template_items WHERE tenant = ${tenant} AND template_id = ${id}`
            yield* insertItems(tenant, id, templateItems(items))
          }
          const columns = { template_name: current.template_name, ...fields }
          yield* sql`UPDATE checklist_templates SET ${sql.update(columns)}, updated_at = now()
            WHERE tenant = ${tenant} AND template_id = ${id}`
          yield* tell("CHECKLIST_TEMPLATE_UPDATED", id, { changes })
          return (yield* read(tenant, id))!
        },
        sql.withTransaction,
        refusals
      )

      const remove = Effect.fn("ChecklistTemplateService.delete")(
        function* (id: string) {
          const { tenant } = yield* Actor
          const [deleted] = yield* sql<Pick<Template, "template_name">>`DELETE FROM checklist_templates
            WHERE tenant = ${tenant} AND template_id = ${id} RETURNING template_name`
          if (deleted === undefined) return yield* NotFound.of("checklist template")
          yield* tell("CHECKLIST_TEMPLATE_DELETED", id, { template_name: deleted.template_name })
        },
        sql.withTransaction,
        unfailing
      )

      return ChecklistTemplateService.of({ list, get, create, update, delete: remove })
    })
  )
}

const refusals = refusing<Conflict>({
  checklist_templates_name_key: () => Conflict.because("A checklist template with this name already exists")
})
