import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { about } from "../endpoint.ts"
import { One } from "../envelope.ts"
import { PermissionMatrix } from "./permissions.ts"

export class MetaApi extends HttpApiGroup.make("meta")
  .add(
    HttpApiEndpoint.get("openapi", "/openapi", {
      query: {
        format: Schema.optionalKey(Schema.Literals(["json", "yaml"])).annotate({ description: "`json` if left out" })
      },
      success: [
        Schema.Record(Schema.String, Schema.Json).annotate({ description: "The document, without an envelope" }),
        Schema.String.pipe(HttpApiSchema.asText({ contentType: "application/x-yaml" }))
      ]
    }).annotateMerge(
      about({
        summary: "Get the OpenAPI document",
        description:
          "The description of this API, as it is served, in JSON or YAML. It may be kept for five minutes. The operations " +
          "name the permissions they need in `x-required-permissions`.",
        requires: ["metadata:read"]
      })
    ),
    HttpApiEndpoint.get("permissions", "/permissions", { success: One(PermissionMatrix) }).annotateMerge(
      about({
        summary: "List the permissions",
        description:
          "Every permission with the endpoints that need it, and the roles that every tenant starts with with what they " +
          "grant.",
        requires: ["metadata:read"]
      })
    )
  )
  .prefix("/api/v1/meta")
  .annotateMerge(OpenApi.annotations({ title: "Meta", description: "What this API says of itself." })) {}
