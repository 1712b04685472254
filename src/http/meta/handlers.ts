import { Effect } from "effect"
import { HttpServerResponse } from "effect/http"
import { CommunityApi } from "../Api.ts"
import { answers } from "../answers.ts"
import { one } from "../envelope.ts"
import { group } from "../group.ts"
import { ApiDocument } from "../openApi.ts"
import { toYaml } from "../yaml.ts"
import { permissionMatrix } from "./permissions.ts"

export const MetaHandlers = group(
  CommunityApi,
  "meta",
  Effect.fn(function* (handlers) {
    const { document } = yield* ApiDocument
    // The same for everybody, and long: made once, when first asked for.
    const json = yield* Effect.cached(Effect.sync(() => documentAnswer(JSON.stringify(document()), "application/json")))
    const yaml = yield* Effect.cached(Effect.sync(() => documentAnswer(toYaml(document()), "application/x-yaml")))
    const permissions = yield* Effect.cached(Effect.sync(() => one(permissionMatrix(document()))))
    return handlers.handleAll(
      answers({
        openapi: ({ query }) => (query.format === "yaml" ? yaml : json),
        permissions: () => permissions
      })
    )
  })
)

const documentAnswer = (text: string, contentType: string) =>
  HttpServerResponse.text(text, { contentType, headers: { "cache-control": "public, max-age=300" } })
