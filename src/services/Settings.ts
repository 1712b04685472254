/** What the environment says. Read once, at start; a value that does not fit is one line that names its variable. */
import { Config, Context, Data, Effect, Layer, Option, type Redacted } from "effect"

/** Why the service could not start or a command could not run: one line, for the person at the terminal. */
export class StartupError extends Data.TaggedError("StartupError")<{ readonly message: string }> {}

/** A layer that is not there, because of `message`. */
export const refuse = <A = never>(message: string): Layer.Layer<A, StartupError> =>
  Layer.effectContext(Effect.fail(new StartupError({ message })))

const flag = (name: string, fallback: boolean) => Config.Boolean(name).pipe(Config.withDefault(fallback))
const optional = (name: string) => Config.option(Config.NonEmptyString(name)).pipe(Config.map(Option.getOrUndefined))
const secret = (name: string) => Config.option(Config.Redacted(name)).pipe(Config.map(Option.getOrUndefined))

const all = Config.all({
  /** `community` or `enterprise` (`ee` is accepted). */
  edition: Config.Literals(["community", "enterprise", "ee"], "EDITION").pipe(
    Config.withDefault("community" as const),
    Config.map((edition) => (edition === "community" ? ("community" as const) : ("enterprise" as const)))
  ),
  port: Config.Port("PORT").pipe(Config.withDefault(3000)),
  host: Config.NonEmptyString("HOST").pipe(Config.withDefault("0.0.0.0")),
  dataDir: Config.NonEmptyString("DATA_DIR").pipe(Config.withDefault("data")),
  databaseUrl: secret("DATABASE_URL"),
  databasePoolSize: Config.Int("DATABASE_POOL_SIZE").pipe(Config.withDefault(10)),
  redisUrl: secret("REDIS_URL"),
  rateLimitEnforce: flag("RATE_LIMIT_ENFORCE", true),
  metricsPort: Config.option(Config.Port("METRICS_PORT")).pipe(Config.map(Option.getOrUndefined)),
  metricsToken: secret("METRICS_TOKEN"),
  otlpEndpoint: optional("OTEL_EXPORTER_OTLP_ENDPOINT"),
  logLevel: Config.LogLevel("LOG_LEVEL").pipe(Config.withDefault("Info" as const)),
  /** Origins a browser may call from, comma separated; `*` is any. Never with credentials: the key is in a header. */
  corsOrigins: Config.NonEmptyString("CORS_ORIGINS").pipe(
    Config.withDefault("*"),
    Config.map((origins) => origins.split(",").map((origin) => origin.trim()))
  ),
  /** 32 bytes, base64 or hex: what integration secrets are encrypted with. */
  secretsKey: secret("SECRETS_KEY"),
  /** Lets Hudu be plain HTTP and on a private address: for development only. */
  huduAllowInsecureUrl: flag("HUDU_ALLOW_INSECURE_URL", false)
})

export class Settings extends Context.Service<
  Settings,
  {
    readonly edition: "community" | "enterprise"
    readonly port: number
    readonly host: string
    readonly dataDir: string
    readonly databaseUrl: Redacted.Redacted | undefined
    readonly databasePoolSize: number
    readonly redisUrl: Redacted.Redacted | undefined
    readonly rateLimitEnforce: boolean
    readonly metricsPort: number | undefined
    readonly metricsToken: Redacted.Redacted | undefined
    readonly otlpEndpoint: string | undefined
    readonly logLevel: typeof Config.LogLevel extends () => Config.Config<infer Level> ? Level : never
    readonly corsOrigins: ReadonlyArray<string>
    readonly secretsKey: Redacted.Redacted | undefined
    readonly huduAllowInsecureUrl: boolean
  }
>()("psa/Settings") {
  static readonly layer = Layer.effect(
    Settings,
    Effect.gen(function* () {
      return yield* all
    }).pipe(
      Effect.mapError(
        (error) => new StartupError({ message: `Bad configuration: ${error.message.replaceAll("\n", " ")}` })
      )
    )
  )
}
