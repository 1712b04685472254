import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { Forbidden } from "../../../src/domain/Errors.ts"
import { about } from "../../../src/http/endpoint.ts"
import { One } from "../../../src/http/envelope.ts"
import { HuduStatus } from "../../domain/Hudu.ts"

const example = {
  success: true,
  data: {
    status: "connected",
    baseUrl: "https://docs.example.com",
    connectedAt: "2026-03-01T09:30:00.000Z",
    lastSyncedAt: null,
    passwordAccess: true
  }
}

export class HuduApi extends HttpApiGroup.make("hudu")
  .add(
    HttpApiEndpoint.get("status", "/", {
      success: Schema.Struct({ success: Schema.Literal(true), ...One(HuduStatus).fields }),
      error: Forbidden
    }).annotateMerge(
      about({
        summary: "Is Hudu connected?",
        description:
          "The tenant's connection to its Hudu, without any secret. The integration is behind the feature `hudu`: " +
          "where it is not enabled for the tenant, this is a 403 that says how an operator enables it.",
        requires: ["system_settings:read"],
        example: { response: example }
      })
    )
  )
  .prefix("/api/integrations/hudu")
  .annotateMerge(
    OpenApi.annotations({
      title: "Hudu",
      description: "The connection to Hudu, the documentation platform. Operators make it on the command line."
    })
  ) {}
