/** Where the rate limits' buckets are kept: in memory, or in Redis for all instances together. */
import { Effect, Layer, Redacted } from "effect"
import { RateLimiter } from "effect/persistence"
import { refuse, Settings } from "./Settings.ts"

const redis = (url: Redacted.Redacted) =>
  Layer.unwrap(
    Effect.gen(function* () {
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
