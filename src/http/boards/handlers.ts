import { Effect } from "effect"
import { BoardList, BoardService } from "../../services/BoardService.ts"
import { CommunityApi } from "../Api.ts"
import { answers } from "../answers.ts"
import { one, page } from "../envelope.ts"
import { group } from "../group.ts"

export const BoardsHandlers = group(
  CommunityApi,
  "boards",
  Effect.fn(function* (handlers) {
    const boards = yield* BoardService
    return handlers.handleAll(
      answers({
        list: ({ query }) => Effect.map(boards.list(query), (found) => page(BoardList, query, found)),
        get: ({ params }) => Effect.map(boards.get(params.id), one),
        create: ({ payload }) => Effect.map(boards.create(payload), one),
        update: ({ params, payload }) => Effect.map(boards.update(params.id, payload), one),
        delete: ({ params }) => boards.delete(params.id),
        closeRules: ({ params }) => Effect.map(boards.closeRules(params.id), one),
        changeCloseRules: ({ params, payload }) => Effect.map(boards.changeCloseRules(params.id, payload), one)
      })
    )
  })
)
