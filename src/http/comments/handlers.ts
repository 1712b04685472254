import { Effect } from "effect"
import { CommentService } from "../../services/CommentService.ts"
import { CommunityApi } from "../Api.ts"
import { answers } from "../answers.ts"
import { one } from "../envelope.ts"
import { group } from "../group.ts"

export const CommentsHandlers = group(
  CommunityApi,
  "comments",
  Effect.fn(function* (handlers) {
    const comments = yield* CommentService
    return handlers.handleAll(
      answers({
        list: ({ params, query }) => Effect.map(comments.list(params.id, query), one),
        get: ({ params }) => Effect.map(comments.get(params.id, params.commentId), one),
        add: ({ params, payload }) => Effect.map(comments.add(params.id, payload), one),
        edit: ({ params, payload }) => Effect.map(comments.edit(params.id, params.commentId, payload), one),
        delete: ({ params }) => comments.delete(params.id, params.commentId),
        react: ({ params, payload }) => Effect.map(comments.react(params.id, params.commentId, payload), one)
      })
    )
  })
)
