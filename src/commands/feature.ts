import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { Text } from "../domain/Field.ts"
import { TenantService } from "../services/TenantService.ts"
import * as support from "./support.ts"

const switching = (name: string, enabled: boolean, description: string) =>
  Command.make(
    name,
    {
      tenant: support.tenant,
      feature: Flag.String("feature").pipe(Flag.withDescription("The feature, by its name")),
      json: support.json
    },
    ({ feature: given, json, tenant: idOrName }) =>
      Effect.gen(function* () {
        const tenants = yield* TenantService
        const feature = yield* support.checked(Text(100), given)
        const { client_name, tenant } = yield* tenants.find(idOrName)
        yield* tenants.setFeature(tenant, feature, enabled)
        const state = enabled ? "enabled" : "disabled"
        yield* support.print(json, { tenant, feature, enabled }, `${feature} is ${state} for ${client_name}.`)
      }).pipe(support.overDatabase)
  ).pipe(Command.withDescription(description))

export const feature = Command.make("feature").pipe(
  Command.withDescription("Features that are switched on or off tenant by tenant"),
  Command.withShortDescription("Switch features on or off"),
  Command.withSubcommands([
    switching("enable", true, "Switch a feature on for a tenant"),
    switching("disable", false, "Switch a feature off for a tenant")
  ])
)
