import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { Timestamp } from "../../domain/Field.ts"
import { about } from "../endpoint.ts"

const checks = {
  timestamp: Timestamp,
  /** Seconds since the start. */
  uptime: Schema.Finite,
  version: Schema.String
}

export const Ready = Schema.Struct({
  status: Schema.Literal("ready"),
  ...checks,
  checks: Schema.Struct({ database: Schema.Literal(true) })
})

/** 503: the database does not answer. */
export class NotReady extends Schema.Error<NotReady>("NotReady")(
  Schema.Struct({
    status: Schema.tag("not_ready"),
    ...checks,
    checks: Schema.Struct({ database: Schema.Literal(false) }),
    error: Schema.Struct({ code: Schema.tag("NOT_READY"), message: Schema.String })
  }),
  { httpApiStatus: 503 }
) {
  readonly _tag = "NotReady"
}

/** Open to everybody: what load balancers and monitors ask. */
export class SystemApi extends HttpApiGroup.make("system")
  .add(
    HttpApiEndpoint.get("health", "/health", {
      success: Schema.Struct({ status: Schema.Literal("ok"), version: Schema.String })
    }).annotateMerge(
      about({
        summary: "Is the process there?",
        description: "Answers without asking anything else. Needs no key."
      })
    ),
    HttpApiEndpoint.get("healthz", "/healthz", {
      success: Schema.Struct({ status: Schema.Literal("healthy"), ...checks, environment: Schema.String })
    }).annotateMerge(
      about({
        summary: "Is the process healthy?",
        description: "Like `/api/health`, with the time, the uptime in seconds and the environment. Needs no key."
      })
    ),
    HttpApiEndpoint.get("readyz", "/readyz", { success: Ready, error: NotReady }).annotateMerge(
      about({
        summary: "Can the service do its work?",
        description: "Asks the database, and answers 503 when it does not reply within two seconds. Needs no key."
      })
    )
  )
  .prefix("/api")
  .annotateMerge(OpenApi.annotations({ title: "System", description: "Health and readiness." })) {}
