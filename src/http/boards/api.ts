import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { Board, BoardChanges, BoardId, NewBoard } from "../../domain/Board.ts"
import { CloseRules, CloseRulesChanges } from "../../domain/CloseRules.ts"
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
        description:
          "A new board has no statuses yet: create them with `POST /api/v1/statuses`. A ticket that does not say " +
          "otherwise gets the board's default status, priority, user and team. A user who is not active any more is passed " +
          "over, and a board without a default user gives its tickets to its team's manager.",
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
        description:
          "Changes the fields that are sent, and leaves the others as they are. The tickets on the board keep what they " +
          "have: defaults are for new ones.",
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
    ),
    HttpApiEndpoint.get("closeRules", "/:id/close-rules", {
      params: { id: BoardId },
      success: One(CloseRules),
      error: NotFound
    }).annotateMerge(
      about({
        summary: "Get a board's close rules",
        description:
          "What the board asks of a ticket before it is closed. A board that was never told asks for nothing.",
        requires: ["ticket:read"]
      })
    ),
    HttpApiEndpoint.put("changeCloseRules", "/:id/close-rules", {
      params: { id: BoardId },
      payload: CloseRulesChanges,
      success: One(CloseRules),
      error: NotFound
    }).annotateMerge(
      about({
        summary: "Change a board's close rules",
        description:
          "Changes the rules that are sent, and leaves the others as they are. While they are enabled, a ticket that " +
          "goes from an open status to a closed one must satisfy them as it will be after the change, on the board where it " +
          "will be: otherwise the change is a 400 with one entry for each rule that it does not satisfy. Children that are " +
          "closed with the master of a bundle with `sync_updates` are not held to the rules of their boards, and do not " +
          "count as open; those of a bundle with `link_only` count as long as they are open. Who holds " +
          "`ticket:close_override` can send `override_close_rules` with the change.",
        requires: ["ticket:update"],
        example: { request: { is_enabled: true, require_time_entry: true, required_fields: ["category_id"] } }
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
