import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import {
  Bundle,
  Bundled,
  BundleSettings,
  ChildrenOfMaster,
  NewBundle,
  NewChildren,
  Promoted,
  Promotion,
  RemovedChild,
  StoredBundleSettings
} from "../../domain/Bundle.ts"
import { Conflict, NotFound } from "../../domain/Errors.ts"
import { TicketId } from "../../domain/Ticket.ts"
import { about } from "../endpoint.ts"
import { One } from "../envelope.ts"
import { Idempotency } from "../middleware/Idempotency.ts"

const params = { id: TicketId }
const error = [NotFound, Conflict]

export class BundlesApi extends HttpApiGroup.make("bundles")
  .add(
    HttpApiEndpoint.get("get", "/", { params, success: One(Bundle), error: NotFound }).annotateMerge(
      about({
        summary: "Get a ticket's bundle",
        description: "The bundle a ticket belongs to, its children by number, and which part the ticket has in it.",
        requires: ["ticket:read"]
      })
    ),
    HttpApiEndpoint.post("create", "/", {
      params,
      payload: NewBundle,
      success: One(Bundled).pipe(HttpApiSchema.status(201)),
      error
    })
      .middleware(Idempotency)
      .annotateMerge(
        about({
          summary: "Bundle tickets",
          description:
            "Makes the ticket the master of the others: all of them, or none. Ids that repeat, and the master's own, do " +
            "not count. A ticket that is in a bundle already, as child or as master, is a 409 that names it. On a ticket that is a " +
            "master already this adds children and sets the mode. Tickets of other clients and boards may be bundled.",
          requires: ["ticket:update"]
        })
      ),
    HttpApiEndpoint.delete("unbundle", "/", { params, success: One(ChildrenOfMaster), error }).annotateMerge(
      about({
        summary: "End a bundle",
        description: "The master's children become tickets of their own. On a ticket that has none, nothing happens.",
        requires: ["ticket:update"]
      })
    ),
    HttpApiEndpoint.post("addChildren", "/children", {
      params,
      payload: NewChildren,
      success: One(ChildrenOfMaster),
      error
    })
      .middleware(Idempotency)
      .annotateMerge(
        about({
          summary: "Add children to a bundle",
          description:
            "Like bundling, leaving the mode as it is; a ticket with no bundle becomes a master with `sync_updates`.",
          requires: ["ticket:update"]
        })
      ),
    HttpApiEndpoint.delete("removeChild", "/children/:childId", {
      params: { ...params, childId: TicketId },
      success: One(RemovedChild),
      error
    }).annotateMerge(
      about({
        summary: "Remove a child from a bundle",
        description: "The child, of this very master, becomes a ticket of its own. With the last one the bundle ends.",
        requires: ["ticket:update"]
      })
    ),
    HttpApiEndpoint.post("promote", "/promote", {
      params,
      payload: Promotion,
      success: One(Promoted),
      error
    })
      .middleware(Idempotency)
      .annotateMerge(
        about({
          summary: "Make a child the master",
          description:
            "The child becomes the master, with the bundle's settings, and the old master one of its children.",
          requires: ["ticket:update"]
        })
      ),
    HttpApiEndpoint.put("settings", "/settings", {
      params,
      payload: BundleSettings,
      success: One(StoredBundleSettings),
      error: NotFound
    }).annotateMerge(
      about({
        summary: "Change a bundle's settings",
        description: "Changes the mode, or whether a public comment on a child reopens a closed master, or both.",
        requires: ["ticket:update"]
      })
    )
  )
  .prefix("/api/v1/tickets/:id/bundle")
  .annotateMerge(
    OpenApi.annotations({
      title: "Bundles",
      description: "A master ticket and its children, worked on as one."
    })
  ) {}
