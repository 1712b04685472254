import { Console, Effect, Layer } from "effect"
import { Command } from "effect/cli"
import { HttpRouter } from "effect/http"
import * as Database from "../layers/Database.ts"
import { edition } from "../layers/Edition.ts"
import { RateLimiterLive } from "../layers/RateLimitStore.ts"
import { HttpServerLive } from "../layers/Server.ts"
import { Settings } from "../layers/Settings.ts"
import { Exporting, Logging, MetricsServer } from "../layers/Telemetry.ts"

const announce = Effect.gen(function* () {
  const { port } = yield* Settings
  yield* Console.log(`\n  Ready:         http://localhost:${port}`)
  yield* Console.log(`  Documentation: http://localhost:${port}/api/docs\n`)
})

/** The whole service, up while its layer is. */
const service = Layer.unwrap(
  Effect.gen(function* () {
    const chosen = yield* edition
    yield* chosen.migrate
    return HttpRouter.serve(chosen.routes, {
      disableListenLog: true,
      disableLogger: true,
      routerConfig: { ignoreTrailingSlash: true, maxParamLength: 500 }
    }).pipe(
      Layer.provide(HttpServerLive),
      Layer.tap(() => announce)
    )
  })
)

export const serve = Command.make("serve", {}, () =>
  Layer.launch(
    Layer.merge(service, MetricsServer).pipe(
      Layer.provide(RateLimiterLive),
      Layer.provide(Database.layer({ share: false })),
      Layer.provide(Exporting),
      Layer.provide(Logging)
    )
  )
).pipe(Command.withDescription("Run the service (the default)"))
