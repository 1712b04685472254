/** `psa hudu`: a tenant's connection to its Hudu, for operators. */
import { Config, Console, Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import * as support from "../../src/commands/support.ts"
import { TenantService } from "../../src/services/TenantService.ts"
import { enableHudu, huduFeature } from "../domain/Hudu.ts"
import { HuduConnection } from "../services/HuduConnection.ts"

const baseUrl = Flag.String("base-url").pipe(Flag.withDescription("Where Hudu is, such as https://docs.example.com"))
const apiKey = Flag.Redacted("api-key").pipe(Flag.withDescription("A key of that Hudu"))
/** As `--api-key`, a key can be seen by everybody on the machine; from the environment it cannot. */
const newApiKey = apiKey.pipe(
  Flag.withDescription("A key of that Hudu; by default the one in HUDU_API_KEY, or else the stored one"),
  Flag.withFallbackConfig(Config.Redacted("HUDU_API_KEY"))
)
const orStored = <A>(flag: Flag.Flag<A>) => flag.pipe(Flag.optional, Flag.map(Option.getOrUndefined))

/** What a person can mend is a line at the terminal. */
const explained = Effect.catchTags({
  NotFound: ({ error }: { readonly error: { readonly message: string } }) => support.stop(error.message),
  HuduFailure: ({ message }: { readonly message: string }) => support.stop(message),
  SecretsFailure: ({ message }: { readonly message: string }) => support.stop(message)
})

const passwords = (access: boolean) => (access ? "the key may read passwords" : "the key may not read passwords")

const connect = Command.make(
  "connect",
  { tenant: support.tenant, baseUrl, apiKey: orStored(newApiKey), json: support.json },
  (input) =>
    Effect.gen(function* () {
      const hudu = yield* HuduConnection
      const id = yield* support.tenantId(input.tenant)
      const status = yield* hudu.connect(id, input)
      yield* support.print(input.json, status, `Connected to ${status.baseUrl}; ${passwords(status.passwordAccess)}.`)
      const tenants = yield* TenantService
      if (!(yield* tenants.hasFeature(id, huduFeature))) {
        yield* Console.error(`It is not shown to the tenant yet: enable it with \`${enableHudu(id)}\``)
      }
    }).pipe(explained)
).pipe(Command.withDescription("Connect a tenant to its Hudu, or change the address or key"))

const test = Command.make(
  "test",
  { tenant: support.tenant, baseUrl: orStored(baseUrl), apiKey: orStored(apiKey), json: support.json },
  (input) =>
    Effect.gen(function* () {
      const hudu = yield* HuduConnection
      const result = yield* hudu.test(yield* support.tenantId(input.tenant), input)
      if (result.connected) {
        return yield* support.print(input.json, result, `Hudu answers; ${passwords(result.passwordAccess)}.`)
      }
      if (input.json) yield* Console.log(JSON.stringify(result))
      return yield* support.stop(result.error ?? "Hudu does not answer")
    }).pipe(explained)
).pipe(Command.withDescription("Ask Hudu with the stored address and key, or with others; nothing is stored"))

const disconnect = Command.make("disconnect", { tenant: support.tenant, json: support.json }, (input) =>
  Effect.gen(function* () {
    const hudu = yield* HuduConnection
    const disconnected = yield* hudu.disconnect(yield* support.tenantId(input.tenant))
    yield* support.print(
      input.json,
      { disconnected },
      disconnected ? "Disconnected; the stored key is deleted." : "There was no connection."
    )
  }).pipe(explained)
).pipe(Command.withDescription("Delete the stored key, and keep everything else"))

export const huduCommand = Command.make("hudu").pipe(
  Command.withDescription("A tenant's connection to Hudu, the documentation platform"),
  Command.withShortDescription("Connect a tenant to Hudu"),
  Command.withSubcommands([connect, test, disconnect])
)
