import { Effect, Schema } from "effect"
import type { HttpServerRequest } from "effect/http"
import { AssetNotesInput } from "../../domain/AssetNotes.ts"
import { ValidationFailed } from "../../domain/Errors.ts"
import { AssetNotesService } from "../../services/AssetNotesService.ts"
import { CommunityApi } from "../Api.ts"
import { answers } from "../answers.ts"
import { one } from "../envelope.ts"
import { group } from "../group.ts"
import { readJson } from "../middleware/Validation.ts"

interface Saving {
  readonly params: { readonly id: string }
  readonly request: HttpServerRequest.HttpServerRequest
}

/** What is sent, which may lack the blocks: clients know what is said of that. */
const Sent = Schema.Struct({ blockData: Schema.optionalKey(AssetNotesInput.fields.blockData) })

const missing = ValidationFailed.issues(
  [{ path: ["blockData"], message: "Missing key" }],
  "Missing blockData in request body"
)

export const AssetNotesHandlers = group(
  CommunityApi,
  "assetNotes",
  Effect.fn(function* (handlers) {
    const notes = yield* AssetNotesService

    const save = Effect.fnUntraced(function* ({ params, request }: Saving) {
      const { blockData } = yield* readJson(request, Sent)
      if (blockData === undefined) return yield* missing
      return { ...one(yield* notes.save(params.id, blockData)), message: "Notes saved" }
    })

    return handlers.handleRaw("save", answers({ save }).save).handleAll(
      answers({
        get: ({ params }) => Effect.map(notes.get(params.id), one),
        delete: ({ params, query }) =>
          Effect.map(notes.delete(params.id, { deletesDocument: query.delete_document === true }), one)
      })
    )
  })
)
