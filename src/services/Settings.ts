/** What the environment says. Read once, at start; a value that does not fit is one line that names its variable. */
import { Config, Context, Data, Effect, Layer, Option, type Redacted, Schema, SchemaIssue } from "effect"

/** Why the service could not start or a command could not run: one line, for the person at the terminal. */
export class StartupError extends Data.TaggedError("StartupError")<{ readonly message: string }> {}

/** A layer that is not there, because of `message`. */
export const refuse = <A = never>(message: string): Layer.Layer<A, StartupError> =>
  Layer.effectContext(Effect.fail(new StartupError({ message })))

const flag = (name: string, fallback: boolean) => Config.Boolean(name).pipe(Config.withDefault(fallback))
const optional = (name: string) => Config.option(Config.NonEmptyString(name)).pipe(Config.map(Option.getOrUndefined))
const secret = (name: string) => Config.option(Config.Redacted(name)).pipe(Config.map(Option.getOrUndefined))

const whole = (name: string, minimum: number, maximum: number) =>
  Config.schema(
    Schema.Int.check(
      Schema.isBetween({ minimum, maximum }, { message: `Expected a whole number from ${minimum} to ${maximum}` })
    ),
    name
  )

const logLevels = ["All", "Trace", "Debug", "Info", "Warn", "Error", "Fatal", "None"] as const
const logLevelOf: Readonly<Record<string, (typeof logLevels)[number]>> = Object.fromEntries(
  logLevels.map((level) => [level.toLowerCase(), level])
)

const all = Config.all({
  /** `community` or `enterprise` (`ee` is accepted). */
  edition: Config.Literals(["community", "enterprise", "ee"], "EDITION").pipe(
    Config.withDefault("community" as const),
    Config.map((edition) => (edition === "community" ? ("community" as const) : ("enterprise" as const)))
  ),
  /** 0 is any that is free. */
  port: whole("PORT", 0, 65_535).pipe(Config.withDefault(3000)),
  host: Config.NonEmptyString("HOST").pipe(Config.withDefault("0.0.0.0")),
  dataDir: Config.NonEmptyString("DATA_DIR").pipe(Config.withDefault("data")),
  databaseUrl: secret("DATABASE_URL"),
  databasePoolSize: whole("DATABASE_POOL_SIZE", 1, 1000).pipe(Config.withDefault(10)),
  redisUrl: secret("REDIS_URL"),
  rateLimitEnforce: flag("RATE_LIMIT_ENFORCE", true),
  metricsPort: Config.option(whole("METRICS_PORT", 1, 65_535)).pipe(Config.map(Option.getOrUndefined)),
  metricsToken: secret("METRICS_TOKEN"),
  otlpEndpoint: optional("OTEL_EXPORTER_OTLP_ENDPOINT"),
  /** In upper or lower case. */
  logLevel: Config.Literals([...logLevels, ...Object.keys(logLevelOf)], "LOG_LEVEL").pipe(
    Config.withDefault("info"),
    Config.map((level) => logLevelOf[level.toLowerCase()] ?? "Info")
  ),
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
    readonly logLevel: (typeof logLevels)[number]
    readonly corsOrigins: ReadonlyArray<string>
    readonly secretsKey: Redacted.Redacted | undefined
    readonly huduAllowInsecureUrl: boolean
  }
>()("psa/Settings") {
  static readonly layer = Layer.effect(
    Settings,
    Effect.gen(function* () {
      return yield* all
    }).pipe(Effect.mapError(({ cause }) => new StartupError({ message: `Bad configuration: ${oneLine(cause)}` })))
  )
}

const format = SchemaIssue.makeFormatterStandardSchemaV1()

/** What is wrong with which variable. */
const oneLine = (cause: Config.ConfigError["cause"]) =>
  cause._tag === "SchemaError"
    ? format(cause.issue)
        .issues.map(({ message, path = [] }) => `${path.map(String).join(".")}: ${message}`)
        .join("; ")
    : cause.message.replaceAll("\n", " ")
