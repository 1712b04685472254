/** `psa rmm`: a tenant's connection to its RMM, for operators. */
import { Config, Effect, Layer, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { askableProviders } from "../domain/Rmm.ts"
import { type RmmConnection, RmmConnections } from "../services/RmmConnections.ts"
import { Secrets } from "../services/Secrets.ts"
import { TenantService } from "../services/TenantService.ts"
import * as support from "./support.ts"

const provider = Flag.Literals("provider", askableProviders).pipe(Flag.withDescription("Which RMM it is"))
const baseUrl = Flag.String("base-url").pipe(Flag.withDescription("Where its API is, such as https://api.example.com"))
/** As `--api-key`, a key can be seen by everybody on the machine; from the environment it cannot. */
const apiKey = Flag.Redacted("api-key").pipe(
  Flag.withDescription("A key of that RMM; by default the one in PSA_RMM_API_KEY, or else the stored one"),
  Flag.withFallbackConfig(Config.Redacted("PSA_RMM_API_KEY")),
  Flag.optional,
  Flag.map(Option.getOrUndefined)
)

/** What a person can mend is a line at the terminal. */
const explained = Effect.catchTags({
  NotFound: ({ error }: { readonly error: { readonly message: string } }) => support.stop(error.message),
  RmmFailure: ({ message }: { readonly message: string }) => support.stop(message),
  SecretsFailure: ({ message }: { readonly message: string }) => support.stop(message)
})

const connected = ({ base_url, provider }: RmmConnection) => `${provider} at ${base_url} is connected.`

const connect = Command.make(
  "connect",
  { tenant: support.tenant, provider, baseUrl, apiKey, json: support.json },
  (input) =>
    Effect.gen(function* () {
      const connections = yield* RmmConnections
      const connection = yield* connections.connect(yield* support.tenantId(input.tenant), input.provider, input)
      yield* support.print(input.json, connection, connected(connection))
    }).pipe(explained)
).pipe(
  Command.withDescription("Connect a tenant to its RMM, or change the address or key, once the RMM accepts them"),
  Command.withShortDescription("Connect a tenant to its RMM"),
  Command.withExamples([
    {
      command: "psa rmm connect --tenant 'Acme IT' --provider tacticalrmm --base-url https://api.rmm.example.com",
      description: "With the key in PSA_RMM_API_KEY"
    }
  ])
)

const test = Command.make("test", { tenant: support.tenant, provider, json: support.json }, (input) =>
  Effect.gen(function* () {
    const connections = yield* RmmConnections
    const connection = yield* connections.test(yield* support.tenantId(input.tenant), input.provider)
    yield* support.print(input.json, connection, connected(connection))
  }).pipe(explained)
).pipe(Command.withDescription("Ask the RMM with the stored address and key"))

const disconnect = Command.make("disconnect", { tenant: support.tenant, provider, json: support.json }, (input) =>
  Effect.gen(function* () {
    const connections = yield* RmmConnections
    const disconnected = yield* connections.disconnect(yield* support.tenantId(input.tenant), input.provider)
    yield* support.print(
      input.json,
      { disconnected },
      disconnected ? "Disconnected; the stored key is deleted." : "There was no connection."
    )
  }).pipe(explained)
).pipe(Command.withDescription("Delete the stored key; assets stay tied to their agents"))

/** Loaded when it is needed: an HTTP client takes a while, which other commands do without. */
const providers = Layer.unwrap(
  Effect.map(
    Effect.promise(() => import("../services/rmm/providers.ts")),
    ({ RmmProvidersLive }) => RmmProvidersLive
  )
)

/** What the commands work with, over the database. */
export const RmmCommandServices = RmmConnections.layer.pipe(
  Layer.provide([providers, Secrets.layer]),
  Layer.provideMerge(TenantService.layer)
)

/** `psa rmm`, without the database that it works on. */
export const rmmCommand = Command.make("rmm").pipe(
  Command.withDescription("A tenant's connection to its RMM, the system for remote monitoring and management"),
  Command.withShortDescription("Connect a tenant to its RMM"),
  Command.withSubcommands([connect, test, disconnect])
)

export const rmm = rmmCommand.pipe(Command.provide(RmmCommandServices.pipe(Layer.provideMerge(support.database))))
