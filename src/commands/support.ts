/** What the commands share: their flags, the database they work on, how they print and how they refuse. */
import { Console, Effect, Layer, Schema, SchemaIssue } from "effect"
import { Flag } from "effect/cli"
import type { BadReference, Conflict, Forbidden, Issue, NotFound } from "../domain/Errors.ts"
import { ValidationFailed } from "../domain/Errors.ts"
import * as Database from "../layers/Database.ts"
import { migrateCommunity } from "../layers/Migrations.ts"
import { Settings, StartupError } from "../layers/Settings.ts"
import { AccessScopes } from "../services/AccessScopes.ts"
import { ApiKeyService } from "../services/ApiKeyService.ts"
import { DemoService } from "../services/DemoService.ts"
import { TenantService } from "../services/TenantService.ts"

export const json = Flag.Boolean("json").pipe(
  Flag.withDescription("Print one JSON value, for programs"),
  Flag.withDefault(false)
)

export const tenant = Flag.String("tenant").pipe(Flag.withDescription("The tenant, by its id or its name"))

export const email = Flag.String("email").pipe(Flag.withDescription("The user, by their email address"))

/** Brings the database up to date for the edition that the settings ask for. */
export const migrate = Effect.gen(function* () {
  const settings = yield* Settings
  if (settings.edition === "community") return yield* Effect.asVoid(migrateCommunity)
  // Only now: loading an edition takes a while.
  const { edition } = yield* Effect.promise(() => import("../layers/Edition.ts"))
  yield* (yield* edition).migrate
})

/** The database, up to date, whether the service runs on it or not. */
export const database = Database.layer({ share: true }).pipe(
  Layer.tap((context) => Effect.provideContext(migrate, context))
)

const services = DemoService.layer.pipe(
  Layer.provideMerge([TenantService.layer, ApiKeyService.layer]),
  // Commands make keys and call with none.
  Layer.provide(AccessScopes.unnarrowed),
  Layer.provide(database)
)

type Refusal = BadReference | Conflict | Forbidden | NotFound | StartupError | ValidationFailed

/** Runs a command's work over the database; what is refused is one line. */
export const overDatabase = <A, R>(work: Effect.Effect<A, Refusal, R>) =>
  work.pipe(Effect.mapError(lineOf), Effect.provide(services))

const lineOf = (refusal: Refusal) => {
  if (refusal._tag === "StartupError") return refusal
  const { details, message } = refusal.error
  return new StartupError({ message: Array.isArray(details) ? details.map(issueLine).join("; ") : message })
}

const issueLine = ({ message, path }: Issue) =>
  path.length === 0 ? message : `${path.map(String).join(".")}: ${message}`

const format = SchemaIssue.makeFormatterStandardSchemaV1()

/** What flags say, checked as a request's body is. */
export const checked = <A>(schema: Schema.ConstraintDecoder<A>, input: unknown): Effect.Effect<A, ValidationFailed> =>
  Schema.decodeUnknownEffect(schema)(input, { errors: "all" }).pipe(
    Effect.mapError(({ issue }) =>
      ValidationFailed.issues(
        format(issue).issues.map(({ message, path = [] }) => ({
          path: path.map((segment) => (typeof segment === "object" ? segment.key : segment)),
          message
        }))
      )
    )
  )

/** The result of a command: for programs, or for people. */
export const print = (asJson: boolean, value: unknown, text: string) =>
  Console.log(asJson ? JSON.stringify(value) : text)

/** Names and values below each other. */
export const listing = (values: Readonly<Record<string, unknown>>) => {
  const width = Math.max(...Object.keys(values).map(({ length }) => length))
  return Object.entries(values)
    .map(([name, value]) => `${name.padEnd(width)}  ${value}`)
    .join("\n")
}

/** The id of a tenant that is named by it, or by its name. */
export const tenantId = (idOrName: string) =>
  TenantService.pipe(
    Effect.flatMap((tenants) => tenants.find(idOrName)),
    Effect.map(({ tenant }) => tenant)
  )

/** What a person can mend is a line at the terminal. */
export const stop = (message: string) => Effect.fail(new StartupError({ message }))
