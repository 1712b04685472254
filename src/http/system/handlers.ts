import { DateTime, Effect } from "effect"
import { SqlClient } from "effect/sql"
import { version } from "../../domain/version.ts"
import { CommunityApi } from "../Api.ts"
import { answers } from "../answers.ts"
import { group } from "../group.ts"
import { NotReady } from "./api.ts"

const now = Effect.map(DateTime.now, (time) => ({
  timestamp: DateTime.formatIso(time),
  uptime: Math.round(process.uptime() * 1000) / 1000,
  version
}))

export const SystemHandlers = group(
  CommunityApi,
  "system",
  Effect.fn(function* (handlers) {
    const sql = yield* SqlClient.SqlClient
    const ask = sql`SELECT 1`.pipe(Effect.timeout("2 seconds"))
    return handlers.handleAll(
      answers({
        health: () => Effect.succeed({ status: "ok" as const, version }),
        healthz: () =>
          Effect.map(now, (facts) => ({
            status: "healthy" as const,
            ...facts,
            environment: process.env["NODE_ENV"] ?? "production"
          })),
        readyz: () =>
          Effect.flatMap(now, (facts) =>
            ask.pipe(
              Effect.as({ status: "ready" as const, ...facts, checks: { database: true as const } }),
              Effect.catchCause((cause) =>
                Effect.andThen(
                  Effect.logError("not ready", cause),
                  Effect.fail(
                    new NotReady({
                      ...facts,
                      checks: { database: false },
                      error: { message: "The database does not answer" }
                    })
                  )
                )
              )
            )
          )
      })
    )
  })
)
