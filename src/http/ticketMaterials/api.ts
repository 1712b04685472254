import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { BadReference, Conflict, Forbidden, NotFound, ValidationFailed } from "../../domain/Errors.ts"
import { MaterialId, NewMaterial, TicketMaterial } from "../../domain/Material.ts"
import { TicketId } from "../../domain/Ticket.ts"
import { about } from "../endpoint.ts"
import { One } from "../envelope.ts"
import { Idempotency } from "../middleware/Idempotency.ts"

export class TicketMaterialsApi extends HttpApiGroup.make("ticketMaterials")
  .add(
    HttpApiEndpoint.get("list", "/", {
      params: { id: TicketId },
      success: One(Schema.Array(TicketMaterial)),
      error: [NotFound, Forbidden]
    }).annotateMerge(
      about({
        summary: "List a ticket's materials",
        description: "The products that were used on a ticket, the newest first.",
        requires: ["ticket:read"]
      })
    ),
    HttpApiEndpoint.post("add", "/", {
      params: { id: TicketId },
      payload: NewMaterial,
      success: One(TicketMaterial).pipe(HttpApiSchema.status(201)),
      error: [NotFound, Forbidden, Conflict, BadReference, ValidationFailed]
    })
      .middleware(Idempotency)
      .annotateMerge(
        about({
          summary: "Add a material to a ticket",
          description:
            "A product whose stock is tracked is taken from one location that has enough of it, the default one first. Of a " +
            "serialized product say which unit: it becomes the client's, and an asset of theirs that is linked to the " +
            "ticket, if the product is set up so. A unit that is not in stock any more is a 409.",
          requires: ["ticket:update"]
        })
      ),
    HttpApiEndpoint.delete("remove", "/:materialId", {
      params: { id: TicketId, materialId: MaterialId },
      success: HttpApiSchema.NoContent,
      error: [NotFound, Forbidden, Conflict]
    }).annotateMerge(
      about({
        summary: "Remove a material from a ticket",
        description:
          "What was taken goes back to where it lay; an asset that was made of it becomes `inactive`, and its link to the " +
          "ticket goes. A material that is billed, or a unit that has moved on since, is a 409.",
        requires: ["ticket:update"]
      })
    )
  )
  .prefix("/api/v1/tickets/:id/materials")
  .annotateMerge(
    OpenApi.annotations({
      title: "Ticket materials",
      description: "Products that were used on a ticket. They leave the stock, and are billed to the ticket's client."
    })
  ) {}
