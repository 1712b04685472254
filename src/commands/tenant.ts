import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { Actor, operator } from "../domain/Actor.ts"
import { NewTenant } from "../domain/Tenant.ts"
import { ApiKeyService } from "../services/ApiKeyService.ts"
import { TenantService } from "../services/TenantService.ts"
import * as support from "./support.ts"

const create = Command.make(
  "create",
  {
    name: Flag.String("name").pipe(Flag.withDescription("The provider's name; no two tenants have the same")),
    email: Flag.String("email").pipe(Flag.withDescription("The first administrator's email address")),
    password: Flag.String("password").pipe(
      Flag.withDescription("The first administrator's password; without one, nobody can log in with one"),
      Flag.optional
    ),
    json: support.json
  },
  ({ email, json, name, password }) =>
    Effect.gen(function* () {
      const input = yield* support.checked(NewTenant, {
        client_name: name,
        email,
        ...Option.match(password, { onNone: () => ({}), onSome: (password) => ({ password }) })
      })
      const { tenant, user } = yield* (yield* TenantService).create(input)
      const key = yield* (yield* ApiKeyService)
        .create({ description: "First key" })
        .pipe(Effect.provideService(Actor, operator(tenant.tenant, user.user_id)))
      const result = {
        tenant: tenant.tenant,
        client_name: tenant.client_name,
        email: user.email,
        user_id: user.user_id,
        api_key_id: key.api_key_id,
        api_key: key.api_key
      }
      yield* support.print(json, result, `${support.listing(result)}\n\nThe key is not shown again.`)
    }).pipe(support.overDatabase)
).pipe(
  Command.withDescription(
    "Make a tenant with its roles, boards, statuses and priorities, an administrator, and an API key for them"
  ),
  Command.withShortDescription("Make a tenant, its administrator and an API key"),
  Command.withExamples([
    {
      command: "psa tenant create --name 'Acme IT' --email admin@acme.example --password 'Blue7!Harbor'",
      description: "A tenant whose administrator can log in"
    }
  ])
)

export const tenant = Command.make("tenant").pipe(
  Command.withDescription("Tenants: managed service providers, each with everything of its own"),
  Command.withShortDescription("Make tenants"),
  Command.withSubcommands([create])
)
