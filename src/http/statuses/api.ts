import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { BadReference, Conflict, NotFound, ValidationFailed } from "../../domain/Errors.ts"
import * as List from "../../domain/List.ts"
import { NewStatus, Status, StatusChanges, StatusId } from "../../domain/Status.ts"
import { StatusList } from "../../services/StatusService.ts"
import { about } from "../endpoint.ts"
import { One, Page } from "../envelope.ts"

export class StatusesApi extends HttpApiGroup.make("statuses")
  .add(
    HttpApiEndpoint.get("list", "/", {
      query: List.query(StatusList),
      success: Page(Status),
      error: ValidationFailed
    }).annotateMerge(
      about({
        summary: "List statuses",
        description:
          "The statuses in their order, then by name. Ticket statuses belong to boards: `type=ticket` needs `board_id`.",
        requires: ["ticket:read"]
      })
    ),
    HttpApiEndpoint.get("get", "/:id", {
      params: { id: StatusId },
      success: One(Status),
      error: NotFound
    }).annotateMerge(
      about({ summary: "Get a status", description: "One status, by its id.", requires: ["ticket:read"] })
    ),
    HttpApiEndpoint.post("create", "/", {
      payload: NewStatus,
      success: One(Status).pipe(HttpApiSchema.status(201)),
      error: [Conflict, BadReference, ValidationFailed]
    }).annotateMerge(
      about({
        summary: "Create a status",
        description:
          "A ticket status belongs to a board, the others to their type alone. Name and order number are unique there; " +
          "without an order number it comes last. A new default takes the place of the old one.",
        requires: ["ticket:create"],
        example: { request: { name: "On hold", status_type: "project", color: "#8B5CF6" } }
      })
    ),
    HttpApiEndpoint.put("update", "/:id", {
      params: { id: StatusId },
      payload: StatusChanges,
      success: One(Status),
      error: [NotFound, Conflict]
    }).annotateMerge(
      about({
        summary: "Change a status",
        description:
          "Changes the fields that are sent; type and board stay. `is_closed` cannot change while tickets have the " +
          "status, because that would close or reopen them all: a 409 says how many they are.",
        requires: ["ticket:update"],
        example: { request: { color: "#F59E0B", icon: "pause" } }
      })
    ),
    HttpApiEndpoint.delete("delete", "/:id", {
      params: { id: StatusId },
      success: HttpApiSchema.NoContent,
      error: [NotFound, Conflict]
    }).annotateMerge(
      about({
        summary: "Delete a status",
        description: "Deletes a status. One that tickets have is a 409 that says how many.",
        requires: ["ticket:delete"]
      })
    )
  )
  .prefix("/api/v1/statuses")
  .annotateMerge(
    OpenApi.annotations({ title: "Statuses", description: "Where tickets, projects, tasks and interactions stand." })
  ) {}
