import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { Board, BoardChanges, BoardId, NewBoard } from "../../domain/Board.ts"
import { BadReference, Conflict, NotFound } from "../../domain/Errors.ts"
import * as List from "../../domain/List.ts"
import { BoardList } from "../../services/BoardService.ts"
import { about } from "../endpoint.ts"
import { One, Page } from "../envelope.ts"

const example = { board_name: "Security", description: "Incidents, and how to avoid them", is_default: false }

export class BoardsApi extends HttpApiGroup.make("boards")
  .add(
    HttpApiEndpoint.get("list", "/", { query: List.query(BoardList), success: Page(Board) }).annotateMerge(
      about({
        summary: "List boards",
        description: "The tenant's boards in display order: the active ones, or all with `include_inactive=true`.",
        requires: ["ticket:read"]
      })
    ),
    HttpApiEndpoint.get("get", "/:id", { params: { id: BoardId }, success: One(Board), error: NotFound }).annotateMerge(
      about({
        summary: "Get a board",
        description: "One board, by its id.",
        requires: ["ticket:read"]
      })
    ),
    HttpApiEndpoint.post("create", "/", {
      payload: NewBoard,
      success: One(Board).pipe(HttpApiSchema.status(201)),
      error: [Conflict, BadReference]
    }).annotateMerge(
      about({
        summary: "Create a board",
        description: "A new board has no statuses yet: create them with `POST /api/v1/statuses`.",
        requires: ["ticket:create"],
        example: { request: example }
      })
    ),
    HttpApiEndpoint.put("update", "/:id", {
      params: { id: BoardId },
      payload: BoardChanges,
      success: One(Board),
      error: [NotFound, Conflict, BadReference]
    }).annotateMerge(
      about({
        summary: "Change a board",
        description: "Changes the fields that are sent, and leaves the others as they are.",
        requires: ["ticket:update"],
        example: { request: { description: "Work that was planned, and sold" } }
      })
    ),
    HttpApiEndpoint.delete("delete", "/:id", {
      params: { id: BoardId },
      success: HttpApiSchema.NoContent,
      error: [NotFound, Conflict]
    }).annotateMerge(
      about({
        summary: "Delete a board",
        description:
          "Deletes a board and its statuses. A board with tickets or categories is a 409 that says how many.",
        requires: ["ticket:delete"]
      })
    )
  )
  .prefix("/api/v1/boards")
  .annotateMerge(
    OpenApi.annotations({
      title: "Boards",
      description: "A board groups tickets of one team or kind, and owns their statuses."
    })
  ) {}
