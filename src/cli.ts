/** The command line. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Cause, ConfigProvider, Console, Effect, Exit, Layer, Runtime } from "effect"
import { CliError, CliOutput, Command } from "effect/cli"
import { feature } from "./commands/feature.ts"
import { key } from "./commands/key.ts"
import { migrate } from "./commands/migrate.ts"
import { openapi } from "./commands/openapi.ts"
import { rmm } from "./commands/rmm.ts"
import { seed } from "./commands/seed.ts"
import { serve, serving } from "./commands/serve.ts"
import { database } from "./commands/support.ts"
import { tenant } from "./commands/tenant.ts"
import { user } from "./commands/user.ts"
import { version } from "./domain/version.ts"
import { Settings, StartupError } from "./layers/Settings.ts"
import { Logging } from "./layers/Telemetry.ts"

/** What the edition that is asked for adds. */
const editionCommands = Effect.gen(function* () {
  const settings = yield* Settings
  if (settings.edition === "community") return []
  const { edition } = yield* Effect.promise(() => import("./layers/Edition.ts"))
  return ((yield* edition).commands ?? []).map(Command.provide(database))
})

const psa = Effect.map(editionCommands, (more) =>
  Command.make("psa", {}, () => serving).pipe(
    Command.withDescription("The API of a professional-services-automation platform. Without a command, it is served."),
    Command.withSubcommands([serve, migrate, seed, tenant, user, key, feature, rmm, openapi, ...more])
  )
)

/** What a person can mend is one line; anything else is a defect, and told in full. */
const explain = (cause: Cause.Cause<unknown>) => {
  const failure = Cause.squash(cause)
  // The command line itself has said what is wrong with the words it was given.
  if (Cause.hasInterruptsOnly(cause) || CliError.isCliError(failure)) return Effect.void
  return Console.error(failure instanceof StartupError ? `psa: ${failure.message}` : Cause.pretty(cause))
}

/** Standard output is for what was asked for: what is wrong with a command goes to standard error, usage and all. */
const Presenting = CliOutput.layerPresenter({
  present: (event) =>
    event._tag === "InvalidInvocation"
      ? Effect.gen(function* () {
          const formatter = CliOutput.defaultFormatter({ colors: process.stderr.isTTY })
          yield* Console.error(formatter.formatHelpDoc(event.helpDoc))
          yield* Console.error(formatter.formatErrors(event.errors))
        })
      : CliOutput.defaultPresenter.present(event)
})

/** An empty variable is one that is not set. */
const Environment = ConfigProvider.layer(
  ConfigProvider.fromEnv({
    env: Object.fromEntries(
      Object.entries(process.env).flatMap(([name, value]) =>
        value === undefined || value === "" ? [] : [[name, value]]
      )
    )
  })
)

/** Being told to stop is how the service ends; for a command it is a failure. */
const isServing = process.argv[2] === undefined || process.argv[2] === "serve"
const teardown: Runtime.Teardown = (exit, onExit) =>
  isServing && Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)
    ? onExit(0)
    : Runtime.defaultTeardown(exit, onExit)

// Who reads the output may have seen enough of it.
process.stdout.on("error", (error) => process.exit("code" in error && error.code === "EPIPE" ? 0 : 1))

Effect.flatMap(psa, Command.run({ version })).pipe(
  Effect.provide(Logging.pipe(Layer.provideMerge(Settings.layer), Layer.provide(Environment))),
  Effect.tapCause(explain),
  Effect.provide([NodeServices.layer, Presenting]),
  NodeRuntime.runMain({ disableErrorReporting: true, teardown })
)
