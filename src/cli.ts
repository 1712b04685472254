/** The command line. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Cause, Console, Effect } from "effect"
import { Command } from "effect/cli"
import { serve } from "./commands/serve.ts"
import { version } from "./domain/version.ts"
import { Settings, StartupError } from "./layers/Settings.ts"

const psa = Command.make("psa").pipe(
  Command.withDescription("The API of a professional-services-automation platform"),
  Command.withSubcommands([serve])
)

/** What a person can mend is one line; anything else is a defect, and told in full. */
const explain = (cause: Cause.Cause<unknown>) => {
  const failure = Cause.squash(cause)
  if (Cause.hasInterruptsOnly(cause)) return Effect.void
  return Console.error(failure instanceof StartupError ? `psa: ${failure.message}` : Cause.pretty(cause))
}

psa.pipe(
  Command.run({ version }),
  Effect.provide(Settings.layer),
  Effect.tapCause(explain),
  Effect.provide(NodeServices.layer),
  NodeRuntime.runMain({ disableErrorReporting: true })
)
