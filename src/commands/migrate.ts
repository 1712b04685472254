import { Effect } from "effect"
import { Command } from "effect/cli"
import { Settings } from "../layers/Settings.ts"
import * as support from "./support.ts"

export const migrate = Command.make("migrate", { json: support.json }, ({ json }) =>
  Effect.gen(function* () {
    const { edition } = yield* Settings
    yield* support.print(json, { edition, migrated: true }, `The database is up to date for the ${edition} edition.`)
  }).pipe(Effect.provide(support.database))
).pipe(
  Command.withDescription("Bring the database up to date. The service does this itself when it starts"),
  Command.withShortDescription("Bring the database up to date")
)
