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
  /** The longest file that may be uploaded; what one request may store in S3 is the most that is possible. */
  maxUploadBytes: whole("MAX_UPLOAD_BYTES", 1, 5 * 1024 ** 3).pipe(Config.withDefault(25 * 1024 ** 2)),
  s3: Config.all({
    endpoint: optional("S3_ENDPOINT"),
    bucket: optional("S3_BUCKET"),
    region: Config.NonEmptyString("S3_REGION").pipe(Config.withDefault("us-east-1")),
    accessKeyId: optional("S3_ACCESS_KEY_ID"),
    secretAccessKey: secret("S3_SECRET_ACCESS_KEY"),
    forcePathStyle: flag("S3_FORCE_PATH_STYLE", false)
  }),
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
  huduAllowInsecureUrl: flag("HUDU_ALLOW_INSECURE_URL", false),
  /** Lets an RMM be plain HTTP and on a private address. */
  rmmAllowInsecureUrl: flag("RMM_ALLOW_INSECURE_URL", false)
})

/** A bucket for files, of Amazon's S3 or of a server that speaks like it. */
export interface S3Settings {
  readonly endpoint: string
  readonly bucket: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: Redacted.Redacted
  /** The bucket is named in the path, not in the host. */
  readonly forcePathStyle: boolean
}

export class Settings extends Context.Service<
  Settings,
  {
    readonly edition: "community" | "enterprise"
    readonly port: number
    readonly host: string
    readonly dataDir: string
    /** In bytes. */
    readonly maxUploadBytes: number
    /** Where files are kept; absent, if that is under `dataDir`. */
    readonly s3: S3Settings | undefined
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
    readonly rmmAllowInsecureUrl: boolean
  }
>()("psa/Settings") {
  static readonly layer = Layer.effect(
    Settings,
    Effect.gen(function* () {
      const { s3, ...settings } = yield* all
      return { ...settings, s3: yield* bucketOf(s3) }
    }).pipe(Effect.catchTag("ConfigError", ({ cause }) => bad(oneLine(cause))))
  )
}

const bad = (message: string) => Effect.fail(new StartupError({ message: `Bad configuration: ${message}` }))

type SomeS3 = Pick<S3Settings, "region" | "forcePathStyle"> & {
  readonly [Name in "endpoint" | "bucket" | "accessKeyId" | "secretAccessKey"]: S3Settings[Name] | undefined
}

/** All that it takes to use a bucket, if one is named. */
const bucketOf = (given: SomeS3): Effect.Effect<S3Settings | undefined, StartupError> => {
  const { accessKeyId, bucket, forcePathStyle, region, secretAccessKey } = given
  const endpoint = given.endpoint ?? `https://s3.${region}.amazonaws.com`
  if (bucket === undefined) return Effect.succeed(undefined)
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    return bad("S3_BUCKET needs S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY, too")
  }
  if (!/^https?:$/.test(URL.parse(endpoint)?.protocol ?? "")) return bad("S3_ENDPOINT: Expected an http or https URL")
  return Effect.succeed({ endpoint, bucket, region, accessKeyId, secretAccessKey, forcePathStyle })
}

const format = SchemaIssue.makeFormatterStandardSchemaV1()

/** What is wrong with which variable. */
const oneLine = (cause: Config.ConfigError["cause"]) =>
  cause._tag === "SchemaError"
    ? format(cause.issue)
        .issues.map(({ message, path = [] }) => `${path.map(String).join(".")}: ${message}`)
        .join("; ")
    : cause.message.replaceAll("\n", " ")
