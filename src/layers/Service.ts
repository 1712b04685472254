/** The whole service over its database: the edition's routes, what they stand on, and what is said at the start. */
import { Console, Effect, Layer } from "effect"
import { HttpRouter, HttpServer } from "effect/http"
import { SqlClient } from "effect/sql"
import { ApiKeyService } from "../services/ApiKeyService.ts"
import { type Demo, DemoService } from "../services/DemoService.ts"
import { TenantService } from "../services/TenantService.ts"
import { edition } from "./Edition.ts"
import { RateLimiterLive } from "./RateLimitStore.ts"
import { HttpServerLive } from "./Server.ts"
import { Settings } from "./Settings.ts"
import { Exporting, MetricsServer } from "./Telemetry.ts"

/** Up while its layer is. */
export const service = Layer.unwrap(
  Effect.gen(function* () {
    const chosen = yield* edition
    yield* chosen.migrate
    const keys = ApiKeyService.layer.pipe(Layer.provide(chosen.access))
    const welcome = yield* Effect.provide(
      firstStart,
      DemoService.layer.pipe(Layer.provide([TenantService.layer, keys]))
    )
    return HttpRouter.serve(chosen.routes, {
      disableListenLog: true,
      disableLogger: true,
      routerConfig: { ignoreTrailingSlash: true, maxParamLength: 500 }
    }).pipe(
      Layer.merge(MetricsServer),
      Layer.tap(() => announce(welcome))
    )
  })
  // First the port: where that fails, no key is made that nobody gets to see.
).pipe(Layer.provide([HttpServerLive, RateLimiterLive]), Layer.provide(Exporting))

/** Enough tickets for every list to have a second page, and few enough to be there at once. */
const demoTickets = 200

/** What to say where there is no tenant yet: on a database of our own, after making one to try things with. */
const firstStart = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const { databaseUrl } = yield* Settings
  const [tenant] = yield* sql`SELECT 1 FROM tenants LIMIT 1`
  if (tenant !== undefined) return () => ""
  if (databaseUrl !== undefined) return () => noTenant
  const demo = yield* (yield* DemoService).fill({ tickets: demoTickets, seed: 1 })
  return (url: string) => firstKey(url, demo)
}).pipe(Effect.orDie)

const noTenant = `
  There is no tenant yet. To make one, with an administrator and an API key:
    npm run -s psa -- tenant create --name "My Company" --email admin@my-company.example
`

const firstKey = (url: string, { api_key, client_name, tenant, tickets }: Demo) => `
  This is the first start: here is a demo tenant, with ${tickets} tickets, to try things with.
  Tenant:        ${client_name} (${tenant})
  API key:       ${api_key}
                 Keep it: it is not shown again. \`npm run -s psa -- key create --help\` tells how to make another.
  Try:           curl -H "x-api-key: ${api_key}" ${url}/api/v1/tickets
`

const announce = (welcome: (url: string) => string) =>
  Effect.gen(function* () {
    const { address } = yield* HttpServer.HttpServer
    const { host } = yield* Settings
    const shown = host === "0.0.0.0" || host === "::" ? "localhost" : host.includes(":") ? `[${host}]` : host
    const url = `http://${shown}:${"port" in address ? address.port : ""}`
    yield* Console.log(`
  Ready:         ${url}
  Documentation: ${url}/api/docs
${welcome(url)}`)
  })
