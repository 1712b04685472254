/** Our service as it is served, on the benchmark's database, with two endpoints more that do nothing. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { ConfigProvider, Effect, Layer, Schema } from "effect"
import { HttpRouter, HttpServer } from "effect/http"
import { HttpApiEndpoint, HttpApiGroup } from "effect/http-api"
import { communityGroups, documentation, guarded } from "../src/http/Api.ts"
import { answers } from "../src/http/answers.ts"
import { about } from "../src/http/endpoint.ts"
import { One, one } from "../src/http/envelope.ts"
import { group } from "../src/http/group.ts"
import { ApiDocument } from "../src/http/openApi.ts"
import { SystemApi } from "../src/http/system/api.ts"
import { CommunityHandlers, CommunityServices, Gates } from "../src/layers/Community.ts"
import { layerSocket } from "../src/layers/Database.ts"
import { listening } from "../src/layers/Listening.ts"
import { RateLimiterLive } from "../src/layers/RateLimitStore.ts"
import { routes } from "../src/layers/Server.ts"
import { Settings } from "../src/layers/Settings.ts"
import { Exporting, Logging } from "../src/layers/Telemetry.ts"
import { AccessScopes } from "../src/services/AccessScopes.ts"
import { config, report } from "./measured.ts"

const nothing = HttpApiEndpoint.get("nothing", "/", { success: One(Schema.Null) })

class GuardedApi extends HttpApiGroup.make("benchGuarded")
  .add(
    nothing.annotateMerge(about({ summary: "Nothing", description: "Behind the gates.", requires: ["ticket:read"] }))
  )
  .prefix("/api/v1/bench/guarded") {}

class OpenApi extends HttpApiGroup.make("benchOpen")
  .add(nothing.annotateMerge(about({ summary: "Nothing", description: "Without the gates." })))
  .prefix("/api/v1/bench/open") {}

class BenchApi extends guarded(communityGroups.add(GuardedApi))
  .add(SystemApi)
  .add(OpenApi)
  .annotateMerge(documentation) {}

const handler = answers({ nothing: () => Effect.succeed(one(null)) })
const BenchHandlers = Layer.merge(
  group(
    BenchApi,
    "benchGuarded",
    Effect.fn(function* (handlers) {
      return handlers.handleAll(handler)
    })
  ),
  group(
    BenchApi,
    "benchOpen",
    Effect.fn(function* (handlers) {
      return handlers.handleAll(handler)
    })
  )
)

const { database, poolSize, socketDirectory, socketPort } = config()

const served = routes(BenchApi).pipe(
  Layer.provide([CommunityHandlers, BenchHandlers]),
  Layer.provide(Gates),
  Layer.provide(CommunityServices),
  Layer.provide(AccessScopes.unnarrowed),
  Layer.provide(ApiDocument.layer(BenchApi))
)

const reporting = Layer.effectDiscard(
  Effect.map(HttpServer.HttpServer, ({ address }) => {
    if (address._tag === "InetAddressV4") report(address.port)
  })
)

const settings = Settings.layer.pipe(
  Layer.provide(
    ConfigProvider.layer(ConfigProvider.fromEnv({ env: { LOG_LEVEL: "Warn", RATE_LIMIT_ENFORCE: "false" } }))
  )
)

HttpRouter.serve(served, {
  disableListenLog: true,
  disableLogger: true,
  routerConfig: { ignoreTrailingSlash: true, maxParamLength: 500 }
}).pipe(
  Layer.merge(reporting),
  Layer.provide(listening("127.0.0.1", 0)),
  Layer.provide(RateLimiterLive),
  Layer.provide(layerSocket({ directory: socketDirectory, port: socketPort }, poolSize, database)),
  Layer.provide(Exporting),
  Layer.provide(Logging),
  Layer.provide(settings),
  Layer.launch,
  NodeRuntime.runMain
)
