import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { ApiKey, ApiKeyId, NewApiKey, NewlyCreatedApiKey } from "../../domain/ApiKey.ts"
import { Forbidden, NotFound, ValidationFailed } from "../../domain/Errors.ts"
import * as List from "../../domain/List.ts"
import { ApiKeyList } from "../../services/ApiKeyService.ts"
import { about } from "../endpoint.ts"
import { One, Page } from "../envelope.ts"

export class ApiKeysApi extends HttpApiGroup.make("apiKeys")
  .add(
    HttpApiEndpoint.get("list", "/", {
      query: {
        ...List.query(ApiKeyList),
        all: Schema.optionalKey(Schema.Boolean).annotate({
          description: "The keys of everybody in the tenant; needs `api_key:read`"
        })
      },
      success: Page(ApiKey),
      error: Forbidden
    }).annotateMerge(
      about({
        summary: "List API keys",
        description: "Your own keys, the newest first; with `all=true` the whole tenant's. Never the keys themselves."
      })
    ),
    HttpApiEndpoint.get("get", "/:id", {
      params: { id: ApiKeyId },
      success: One(ApiKey),
      error: NotFound
    }).annotateMerge(
      about({
        summary: "Get an API key",
        description: "What is known of one of your keys; of anybody's in the tenant, with `api_key:read`."
      })
    ),
    HttpApiEndpoint.post("create", "/", {
      payload: NewApiKey,
      success: One(NewlyCreatedApiKey).pipe(HttpApiSchema.status(201)),
      error: ValidationFailed
    }).annotateMerge(
      about({
        summary: "Create an API key",
        description:
          "A new key of your own. It may do what you may. The answer holds the key itself: keep it, it is not shown again.",
        example: { request: { description: "Nightly export" } }
      })
    ),
    HttpApiEndpoint.delete("delete", "/:id", {
      params: { id: ApiKeyId },
      success: HttpApiSchema.NoContent,
      error: NotFound
    }).annotateMerge(
      about({
        summary: "Deactivate an API key",
        description:
          "One of your keys stops working everywhere within a second, and stays listed as inactive. With " +
          "`api_key:delete`, anybody's key in the tenant."
      })
    )
  )
  .prefix("/api/v1/api-keys")
  .annotateMerge(
    OpenApi.annotations({ title: "API keys", description: "The keys that requests are made with, each of one user." })
  ) {}
