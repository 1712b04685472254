import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import {
  ChecklistTemplate,
  ChecklistTemplateChanges,
  ChecklistTemplateId,
  NewChecklistTemplate
} from "../../domain/Checklist.ts"
import { BadReference, Conflict, NotFound } from "../../domain/Errors.ts"
import * as List from "../../domain/List.ts"
import { ChecklistTemplateList } from "../../services/ChecklistTemplateService.ts"
import { about } from "../endpoint.ts"
import { One, Page } from "../envelope.ts"

const example = {
  template_name: "New workstation",
  description: "From the box to the desk",
  items: [
    { item_name: "Install updates" },
    { item_name: "Join the domain", description: "With the client's own administrator" },
    { item_name: "Label it", is_required: false }
  ],
  rules: [{ board_id: null, is_enabled: false }]
}

const params = { id: ChecklistTemplateId }

export class ChecklistTemplatesApi extends HttpApiGroup.make("checklistTemplates")
  .add(
    HttpApiEndpoint.get("list", "/", {
      query: List.query(ChecklistTemplateList),
      success: Page(ChecklistTemplate)
    }).annotateMerge(
      about({
        summary: "List checklist templates",
        description: "The tenant's checklist templates with their items and rules, by name.",
        requires: ["ticket_settings:read"]
      })
    ),
    HttpApiEndpoint.get("get", "/:id", { params, success: One(ChecklistTemplate), error: NotFound }).annotateMerge(
      about({
        summary: "Get a checklist template",
        description: "One checklist template, with its items in order and its rules.",
        requires: ["ticket_settings:read"]
      })
    ),
    HttpApiEndpoint.post("create", "/", {
      payload: NewChecklistTemplate,
      success: One(ChecklistTemplate).pipe(HttpApiSchema.status(201)),
      error: [Conflict, BadReference]
    }).annotateMerge(
      about({
        summary: "Create a checklist template",
        description:
          "While it is active, every ticket that is entered gets its items once if one of its enabled rules fits: a rule " +
          "fits the tickets that have the board, category, subcategory and priority that it names. A template without rules " +
          "is applied by hand. A name that another template has is a 409.",
        requires: ["ticket_settings:create"],
        example: { request: example }
      })
    ),
    HttpApiEndpoint.put("update", "/:id", {
      params,
      payload: ChecklistTemplateChanges,
      success: One(ChecklistTemplate),
      error: [NotFound, Conflict, BadReference]
    }).annotateMerge(
      about({
        summary: "Change a checklist template",
        description:
          "Changes the fields that are sent. Items and rules are replaced as a whole, and rules that are replaced have new " +
          "ids. Tickets keep the items they have got.",
        requires: ["ticket_settings:update"],
        example: { request: { items: [{ item_name: "Install updates" }, { item_name: "Join the domain" }] } }
      })
    ),
    HttpApiEndpoint.delete("delete", "/:id", {
      params,
      success: HttpApiSchema.NoContent,
      error: NotFound
    }).annotateMerge(
      about({
        summary: "Delete a checklist template",
        description: "Deletes a template with its items and rules. Tickets keep the items they have got.",
        requires: ["ticket_settings:delete"]
      })
    )
  )
  .prefix("/api/v1/checklist-templates")
  .annotateMerge(
    OpenApi.annotations({
      title: "Checklist templates",
      description: "Checklists that tickets get when they are entered, or when somebody applies them."
    })
  ) {}
