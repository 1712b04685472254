import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import {
  ChecklistCompletion,
  ChecklistItem,
  ChecklistItemChanges,
  ChecklistItemId,
  NewChecklistItem,
  TemplateApplication
} from "../../domain/Checklist.ts"
import { BadReference, Conflict, Forbidden, NotFound } from "../../domain/Errors.ts"
import { TicketId } from "../../domain/Ticket.ts"
import { about } from "../endpoint.ts"
import { One } from "../envelope.ts"
import { Idempotency } from "../middleware/Idempotency.ts"

const ofTicket = { id: TicketId }
const ofItem = { id: TicketId, itemId: ChecklistItemId }
const Checklist = One(Schema.Array(ChecklistItem))

export class TicketChecklistApi extends HttpApiGroup.make("ticketChecklist")
  .add(
    HttpApiEndpoint.get("list", "/", {
      params: ofTicket,
      success: Checklist,
      error: [NotFound, Forbidden]
    }).annotateMerge(
      about({
        summary: "List a ticket's checklist",
        description: "All items of a ticket's checklist, in order. Not paged.",
        requires: ["ticket:read"]
      })
    ),
    HttpApiEndpoint.post("add", "/", {
      params: ofTicket,
      payload: NewChecklistItem,
      success: One(ChecklistItem).pipe(HttpApiSchema.status(201)),
      error: [NotFound, Forbidden]
    })
      .middleware(Idempotency)
      .annotateMerge(
        about({
          summary: "Add a checklist item",
          description:
            "Adds an item at the end of the checklist, required unless it says otherwise. A field that is not known is a 400.",
          requires: ["ticket:update"],
          example: { request: { item_name: "Call the user back", is_required: true } },
          strict: true
        })
      ),
    HttpApiEndpoint.post("applyTemplate", "/apply-template", {
      params: ofTicket,
      payload: TemplateApplication,
      success: Checklist.pipe(HttpApiSchema.status(201)),
      error: [NotFound, Forbidden, BadReference, Conflict]
    })
      .middleware(Idempotency)
      .annotateMerge(
        about({
          summary: "Apply a checklist template to a ticket",
          description:
            "Adds the template's items at the end of the ticket's checklist, whatever the template's rules say, and again if " +
            "they are there already. Answers with the whole checklist. A template that is not active is a 409.",
          requires: ["ticket:update"]
        })
      ),
    HttpApiEndpoint.patch("setCompleted", "/:itemId", {
      params: ofItem,
      payload: ChecklistCompletion,
      success: One(ChecklistItem),
      error: [NotFound, Forbidden]
    }).annotateMerge(
      about({
        summary: "Complete or reopen a checklist item",
        description:
          "Completing notes who did it, and when; reopening clears both. An item that is so already stays as it is. A field " +
          "that is not known is a 400.",
        requires: ["ticket:update"],
        example: { request: { completed: true } },
        strict: true
      })
    ),
    HttpApiEndpoint.put("update", "/:itemId", {
      params: ofItem,
      payload: ChecklistItemChanges,
      success: One(ChecklistItem),
      error: [NotFound, Forbidden, BadReference]
    }).annotateMerge(
      about({
        summary: "Change a checklist item",
        description:
          "Changes the fields that are sent. Items are in the order of their `order_number`, those that share one in the " +
          "order they were added in.",
        requires: ["ticket:update"],
        example: { request: { item_name: "Call the user back by noon", order_number: 1 } }
      })
    ),
    HttpApiEndpoint.delete("remove", "/:itemId", {
      params: ofItem,
      success: HttpApiSchema.NoContent,
      error: [NotFound, Forbidden]
    }).annotateMerge(
      about({
        summary: "Remove a checklist item",
        description: "Removes an item from the ticket's checklist, completed or not.",
        requires: ["ticket:update"]
      })
    )
  )
  .prefix("/api/v1/tickets/:id/checklist")
  .annotateMerge(
    OpenApi.annotations({
      title: "Ticket checklists",
      description: "What is to be done on a ticket, item by item."
    })
  ) {}
