import { Effect, Option, Stream } from "effect"
import { Argument, CliError, Command, Flag } from "effect/cli"
import { Actor, operator } from "../domain/Actor.ts"
import { ApiKeyId, NewApiKey } from "../domain/ApiKey.ts"
import { maxLimit } from "../domain/List.ts"
import { ApiKeyService } from "../services/ApiKeyService.ts"
import { TenantService } from "../services/TenantService.ts"
import * as support from "./support.ts"

const present = <A>(name: string, value: Option.Option<A>) =>
  Option.match(value, { onNone: () => ({}), onSome: (value) => ({ [name]: value }) })

/** Who may do to a tenant's keys what nobody in it asked for. */
const keeper = (tenant: string) =>
  operator(tenant, "00000000-0000-0000-0000-000000000000", "api_key:read", "api_key:delete")

const create = Command.make(
  "create",
  {
    tenant: support.tenant,
    email: support.email,
    description: Flag.String("description").pipe(Flag.withDescription("What the key is for"), Flag.optional),
    expiresAt: Flag.String("expires-at").pipe(
      Flag.withDescription("When it stops working, such as 2027-01-31T00:00:00Z; never, if left out"),
      Flag.optional
    ),
    json: support.json
  },
  ({ description, email, expiresAt, json, tenant: idOrName }) =>
    Effect.gen(function* () {
      const tenants = yield* TenantService
      const input = yield* support.checked(NewApiKey, {
        ...present("description", description),
        ...present("expires_at", expiresAt)
      })
      const { tenant } = yield* tenants.find(idOrName)
      const { user_id } = yield* tenants.findUser(tenant, email)
      const key = yield* (yield* ApiKeyService)
        .create(input)
        .pipe(Effect.provideService(Actor, operator(tenant, user_id)))
      const { api_key, api_key_id, expires_at } = key
      yield* support.print(
        json,
        { tenant, ...key },
        `${support.listing({ tenant, user_id, api_key_id, api_key, expires_at: expires_at ?? "never" })}\n\nThe key is not shown again.`
      )
    }).pipe(support.overDatabase)
).pipe(
  Command.withDescription("Make an API key for somebody. It is printed this once, and kept only as a hash"),
  Command.withShortDescription("Make an API key for somebody")
)

/** Every key, whatever their number. */
const all = (tenant: string) =>
  Effect.gen(function* () {
    const keys = yield* ApiKeyService
    return yield* Stream.paginate(1, (page) =>
      keys
        .list({ page, limit: maxLimit }, true)
        .pipe(
          Effect.map(({ rows, total }) => [
            rows,
            page * maxLimit < total ? Option.some(page + 1) : Option.none<number>()
          ])
        )
    ).pipe(Stream.runCollect)
  }).pipe(Effect.provideService(Actor, keeper(tenant)))

const list = Command.make("list", { tenant: support.tenant, json: support.json }, ({ json, tenant: idOrName }) =>
  Effect.gen(function* () {
    const { tenant } = yield* (yield* TenantService).find(idOrName)
    const rows = yield* all(tenant)
    const lines = rows.map(({ active, api_key_id, description, expires_at, last_four, username }) =>
      [
        api_key_id,
        `…${last_four}`,
        active ? "active" : "inactive",
        expires_at ?? "never expires",
        username,
        description ?? ""
      ]
        .join("  ")
        .trimEnd()
    )
    yield* support.print(json, rows, lines.length === 0 ? "No keys." : lines.join("\n"))
  }).pipe(support.overDatabase)
).pipe(
  Command.withDescription("A tenant's API keys, all but the keys themselves, the newest first"),
  Command.withShortDescription("A tenant's API keys")
)

const deactivate = Command.make(
  "deactivate",
  {
    tenant: support.tenant,
    id: Flag.String("id").pipe(Flag.withDescription("The key's id, as `key list` shows it"), Flag.optional),
    key: Argument.String("id").pipe(Argument.withDescription("The key's id"), Argument.optional),
    json: support.json
  },
  ({ id, json, key, tenant: idOrName }) =>
    Effect.gen(function* () {
      const given = Option.orElse(id, () => key)
      const api_key_id = yield* support.checked(
        ApiKeyId,
        Option.getOrElse(given, () => "")
      )
      const { tenant } = yield* (yield* TenantService).find(idOrName)
      yield* (yield* ApiKeyService).deactivate(api_key_id).pipe(Effect.provideService(Actor, keeper(tenant)))
      yield* support.print(json, { tenant, api_key_id, active: false }, `${api_key_id} no longer works.`)
    }).pipe(support.overDatabase)
).pipe(
  Command.validate(({ id, key }) =>
    Option.isSome(id) === Option.isSome(key)
      ? Effect.fail(new CliError.ValidationError({ message: "Expected the key's id, once" }))
      : Effect.void
  ),
  Command.withDescription("Make an API key stop working, at once and for good"),
  Command.withShortDescription("Make an API key stop working")
)

export const key = Command.make("key").pipe(
  Command.withDescription("API keys: what programs send as x-api-key"),
  Command.withShortDescription("Make, list and deactivate API keys"),
  Command.withSubcommands([create, list, deactivate])
)
