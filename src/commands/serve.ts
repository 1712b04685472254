import { Effect, Layer } from "effect"
import { Command } from "effect/cli"
import * as Database from "../layers/Database.ts"

/** The service, until it is told to stop. */
export const serving = Effect.suspend(() => {
  // Loading the rest and starting the database take their time; they do it at once.
  const rest = import("../layers/Service.ts")
  // Where it fails, whoever waits for it says so.
  rest.catch(() => {})
  return Layer.launch(
    Layer.unwrap(
      Effect.map(
        Effect.promise(() => rest),
        ({ service }) => service
      )
    ).pipe(Layer.provide(Database.layer({ share: false })))
  )
})

export const serve = Command.make("serve", {}, () => serving).pipe(
  Command.withDescription("Run the service, until it is told to stop. This is what happens without a command, too"),
  Command.withShortDescription("Run the service (the default)")
)
