import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { NewUser } from "../domain/User.ts"
import { TenantService } from "../services/TenantService.ts"
import * as support from "./support.ts"

const create = Command.make(
  "create",
  {
    tenant: support.tenant,
    email: Flag.String("email").pipe(Flag.withDescription("Their email address")),
    password: Flag.String("password").pipe(
      Flag.withDescription("Their password; without one, they cannot log in with one"),
      Flag.optional
    ),
    role: Flag.String("role").pipe(
      Flag.withDescription("A role by its name, such as Technician; more than one, by repeating the flag"),
      Flag.atLeast(1)
    ),
    json: support.json
  },
  ({ email, json, password, role, tenant: idOrName }) =>
    Effect.gen(function* () {
      const tenants = yield* TenantService
      const input = yield* support.checked(NewUser, {
        email,
        roles: role,
        ...Option.match(password, { onNone: () => ({}), onSome: (password) => ({ password }) })
      })
      const { tenant } = yield* tenants.find(idOrName)
      const { email: stored, user_id, username } = yield* tenants.createUser(tenant, input)
      const result = { tenant, user_id, username, email: stored, roles: input.roles }
      yield* support.print(json, result, support.listing({ ...result, roles: input.roles.join(", ") }))
    }).pipe(support.overDatabase)
).pipe(
  Command.withDescription(
    "Add somebody to a tenant. Here, and only here, they can be made partner-admin, who creates tenants"
  ),
  Command.withShortDescription("Add somebody to a tenant")
)

export const user = Command.make("user").pipe(
  Command.withDescription("The people of a tenant"),
  Command.withShortDescription("Add people"),
  Command.withSubcommands([create])
)
