/** Where the rate limits' buckets are kept: in memory, or in Redis for all instances together. */
import { connect } from "node:net"
import { Effect, Layer, Redacted } from "effect"
import { RateLimiter } from "effect/persistence"
import { refuse, Settings, StartupError } from "./Settings.ts"

const redis = (url: Redacted.Redacted) =>
  Layer.unwrap(
    Effect.gen(function* () {
      yield* reachable(Redacted.value(url))
      const NodeRedis = yield* Effect.promise(() => import("@effect/platform-node/NodeRedis"))
      return RateLimiter.layerStoreRedis({ prefix: "psa:rate:" }).pipe(
        Layer.provide(NodeRedis.layer({ url: Redacted.value(url), disableOfflineQueue: true })),
        Layer.catchTag("RedisError", (error) =>
          refuse<RateLimiter.RateLimiterStore>(`Redis at REDIS_URL cannot be reached: ${error.cause}`)
        )
      )
    })
  )

export const RateLimiterLive = RateLimiter.layer.pipe(
  Layer.provide(
    Layer.unwrap(
      Effect.map(Settings, ({ redisUrl }) => (redisUrl === undefined ? RateLimiter.layerStoreMemory : redis(redisUrl)))
    )
  )
)

/** The client itself would say in many lines what is wrong. */
const reachable = (url: string) =>
  Effect.callback<void, StartupError>((resume) => {
    const refused = (reason: string) =>
      resume(Effect.fail(new StartupError({ message: `Redis at REDIS_URL cannot be reached: ${reason}` })))
    if (!/^rediss?:$/.test(URL.parse(url)?.protocol ?? "")) return refused("expected a URL such as redis://host:6379")
    const { hostname, port } = new URL(url)
    const connection = connect({ host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || 6379), timeout: 5000 })
    connection.once("connect", () => connection.destroy())
    connection.once("timeout", () => connection.destroy(new Error("no answer within 5 seconds")))
    connection.once("error", ({ message }) => refused(message))
    connection.once("close", () => resume(Effect.void))
    return Effect.sync(() => connection.destroy())
  })
