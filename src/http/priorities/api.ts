import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { NotFound } from "../../domain/Errors.ts"
import * as List from "../../domain/List.ts"
import { Priority, PriorityId } from "../../domain/Priority.ts"
import { PriorityList } from "../../services/PriorityService.ts"
import { about } from "../endpoint.ts"
import { One, Page } from "../envelope.ts"

export class PrioritiesApi extends HttpApiGroup.make("priorities")
  .add(
    HttpApiEndpoint.get("list", "/", { query: List.query(PriorityList), success: Page(Priority) }).annotateMerge(
      about({
        summary: "List priorities",
        description: "The priorities of tickets and project tasks in their order, then by name.",
        requires: ["ticket:read"]
      })
    ),
    HttpApiEndpoint.get("get", "/:id", {
      params: { id: PriorityId },
      success: One(Priority),
      error: NotFound
    }).annotateMerge(
      about({ summary: "Get a priority", description: "One priority, by its id.", requires: ["ticket:read"] })
    )
  )
  .prefix("/api/v1/priorities")
  .annotateMerge(OpenApi.annotations({ title: "Priorities", description: "How urgent tickets and tasks are." })) {}
