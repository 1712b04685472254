/** API keys as the service knows them: one instance, or several over the same database. */
import { assert, layer } from "@effect/vitest"
import { Clock, Context, Effect, Exit, Layer, Redacted, References, Schedule, Scope } from "effect"
import { SqlClient } from "effect/sql"
import { TestClock } from "effect/testing"
import { Actor, type Caller } from "../../src/domain/Actor.ts"
import { generate, hash } from "../../src/domain/ApiKey.ts"
import { AccessScopes } from "../../src/services/AccessScopes.ts"
import { ApiKeyService } from "../../src/services/ApiKeyService.ts"
import { newId } from "../../src/services/ids.ts"
import { TenantService } from "../../src/services/TenantService.ts"
import { database } from "../support/service.ts"
import { counted } from "../support/statements.ts"

const services = Layer.merge(TenantService.layer, AccessScopes.unnarrowed).pipe(
  Layer.provideMerge(database),
  Layer.provideMerge(Layer.succeed(References.MinimumLogLevel, "Warn"))
)

/** Another instance of the service, as another process would have it. */
const instance = Effect.map(Layer.build(Layer.fresh(ApiKeyService.layer)), (context) =>
  Context.get(context, ApiKeyService)
)

let counter = 0

/** A tenant, its administrator and a key of theirs. */
const owner = Effect.gen(function* () {
  const tenants = yield* TenantService
  const keys = yield* instance
  const name = `keys-${++counter}`
  const created = yield* tenants.create({ client_name: name, email: `admin@${name}.example` })
  const actor: Caller = {
    tenant: created.tenant.tenant,
    userId: created.user.user_id,
    userType: "internal",
    apiKeyId: undefined,
    permissions: new Set()
  }
  const made = yield* keys.create({ description: "Mine" }).pipe(Effect.provideService(Actor, actor))
  return { ...actor, actor, keys, id: made.api_key_id, text: made.api_key, key: Redacted.make(made.api_key) }
})

/** Asks until it is so. */
const until = <A, E, R>(effect: Effect.Effect<A, E, R>, holds: (value: A) => boolean) =>
  effect.pipe(
    Effect.repeat({ until: holds, schedule: Schedule.spaced("5 millis") }),
    Effect.timeout("10 seconds"),
    Effect.orDie
  )

type Keys = ApiKeyService["Service"]

/** The instance hears of changes by now, and answers for the key from memory. */
const cached = (keys: Keys, key: Redacted.Redacted) =>
  until(counted(keys.verify(key)), ({ exit, statements }) => Exit.isSuccess(exit) && statements === 0)

/** How many milliseconds it takes until the instance refuses the key. */
const refusedAfter = Effect.fnUntraced(function* (keys: Keys, key: Redacted.Redacted) {
  const start = yield* Clock.currentTimeMillis
  yield* until(Effect.exit(keys.verify(key)), Exit.isFailure)
  return (yield* Clock.currentTimeMillis) - start
})

const refuses = Effect.fnUntraced(function* (keys: Keys, key: Redacted.Redacted) {
  const failure = yield* Effect.flip(keys.verify(key))
  assert.strictEqual(failure.error.message, "Invalid API key")
})

layer(services, { excludeTestServices: true })("API keys", (it) => {
  it.effect("say who is calling, and are stored as a hash", () =>
    Effect.gen(function* () {
      const { id, key, keys, tenant, text, userId } = yield* owner
      const sql = yield* SqlClient.SqlClient
      const caller = yield* keys.verify(key)
      assert.deepInclude(caller, { tenant, userId, userType: "internal", apiKeyId: id })
      assert.isTrue(caller.permissions.has("ticket:read"))
      assert.isFalse(caller.permissions.has("tenant:create"))
      const [row] = yield* sql`SELECT * FROM api_keys WHERE tenant = ${tenant} AND api_key_id = ${id}`
      assert.strictEqual(row?.["api_key"], hash(text))
      assert.notInclude(JSON.stringify(row), text)
    })
  )

  it.effect("are refused without a query when they are mistyped, and with one when they are unknown", () =>
    Effect.gen(function* () {
      const { keys, text } = yield* owner
      const swapped = `${text.slice(0, 20)}${text.charAt(20) === "x" ? "y" : "x"}${text.slice(21)}`
      const mistyped = yield* counted(keys.verify(Redacted.make(swapped)))
      assert.deepStrictEqual([mistyped.exit._tag, mistyped.statements], ["Failure", 0])
      const unknown = yield* counted(keys.verify(Redacted.make(generate())))
      assert.deepStrictEqual([unknown.exit._tag, unknown.statements], ["Failure", 1])
    })
  )

  it.effect("are looked up once, and then known", () =>
    Effect.gen(function* () {
      const { key, keys } = yield* owner
      yield* cached(keys, key)
      const again = yield* counted(Effect.all(Array.from({ length: 50 }, () => keys.verify(key))))
      assert.deepStrictEqual([again.exit._tag, again.statements], ["Success", 0])
    })
  )

  it.effect("stop working at the very second they expire, and are inactive from then on", () =>
    Effect.gen(function* () {
      const { actor, keys, tenant } = yield* owner
      const sql = yield* SqlClient.SqlClient
      const expiry = Date.now() + 3_600_000
      const { api_key, api_key_id } = yield* keys
        .create({ expires_at: new Date(expiry).toISOString() })
        .pipe(Effect.provideService(Actor, actor))
      const key = Redacted.make(api_key)
      yield* cached(keys, key)
      const active = Effect.map(
        sql<{
          readonly active: boolean
        }>`SELECT active FROM api_keys WHERE tenant = ${tenant} AND api_key_id = ${api_key_id}`,
        ([row]) => row?.active
      )
      yield* Effect.gen(function* () {
        yield* TestClock.setTime(expiry - 1)
        assert.strictEqual((yield* keys.verify(key)).apiKeyId, api_key_id)
        assert.isTrue(yield* active)
        yield* TestClock.setTime(expiry)
        yield* refuses(keys, key)
        assert.isFalse(yield* active)
        // Not even a clock that is late brings it back.
        yield* TestClock.setTime(expiry - 1)
        yield* refuses(keys, key)
      }).pipe(Effect.provide(TestClock.layer()))
    })
  )

  it.effect("are not made to expire in the past", () =>
    Effect.gen(function* () {
      const { actor, keys } = yield* owner
      const failure = yield* keys
        .create({ expires_at: new Date(Date.now() - 1).toISOString() })
        .pipe(Effect.provideService(Actor, actor), Effect.flip)
      assert.deepStrictEqual(failure.error.details, [
        { path: ["expires_at"], message: "Expected a time in the future" }
      ])
    })
  )

  it.effect("stop working in every instance within a second once one deactivates them", () =>
    Effect.gen(function* () {
      const { actor, id, key, keys } = yield* owner
      const second = yield* instance
      yield* cached(keys, key)
      yield* cached(second, key)
      yield* keys.deactivate(id).pipe(Effect.provideService(Actor, actor))
      assert.isBelow(yield* refusedAfter(second, key), 1000)
      yield* refuses(keys, key)
    })
  )

  it.effect("lose and gain what their owner's roles do", () =>
    Effect.gen(function* () {
      const { key, keys, tenant, userId } = yield* owner
      const sql = yield* SqlClient.SqlClient
      yield* cached(keys, key)
      const may = Effect.map(keys.verify(key), ({ permissions }) => permissions.has("ticket:delete"))
      yield* sql`DELETE FROM user_roles WHERE tenant = ${tenant} AND user_id = ${userId}`
      yield* until(may, (holds) => !holds)
      yield* sql`INSERT INTO user_roles (tenant, user_id, role_id)
        SELECT tenant, ${userId}::uuid, role_id FROM roles WHERE tenant = ${tenant} AND msp AND role_name = 'Admin'`
      yield* until(may, (holds) => holds)
      yield* sql`DELETE FROM role_permissions rp USING permissions p
        WHERE rp.tenant = ${tenant} AND p.tenant = rp.tenant AND p.permission_id = rp.permission_id
          AND p.resource = 'ticket' AND p.action = 'delete'`
      yield* until(may, (holds) => !holds)
    })
  )

  it.effect("work only while their owner is active and the tenant is not suspended", () =>
    Effect.gen(function* () {
      const { key, keys, tenant, userId } = yield* owner
      const sql = yield* SqlClient.SqlClient
      yield* cached(keys, key)
      yield* sql`UPDATE users SET is_inactive = true WHERE tenant = ${tenant} AND user_id = ${userId}`
      assert.isBelow(yield* refusedAfter(keys, key), 1000)
      yield* sql`UPDATE users SET is_inactive = false WHERE tenant = ${tenant} AND user_id = ${userId}`
      yield* cached(keys, key)
      yield* sql`UPDATE tenants SET suspended_at = now() WHERE tenant = ${tenant}`
      assert.isBelow(yield* refusedAfter(keys, key), 1000)
      yield* sql`UPDATE tenants SET suspended_at = NULL WHERE tenant = ${tenant}`
      yield* cached(keys, key)
    })
  )

  it.effect("of a client's portal user are refused", () =>
    Effect.gen(function* () {
      const { keys, tenant } = yield* owner
      const sql = yield* SqlClient.SqlClient
      const user_id = newId()
      const text = generate()
      yield* sql`INSERT INTO users ${sql.insert({
        tenant,
        user_id,
        username: "visitor",
        email: "visitor@client.example",
        hashed_password: "!",
        user_type: "client"
      })}`
      yield* sql`INSERT INTO api_keys ${sql.insert({
        tenant,
        api_key_id: newId(),
        api_key: hash(text),
        last_four: "0000",
        user_id
      })}`
      yield* refuses(keys, Redacted.make(text))
    })
  )

  it.effect("with a number of uses work just as often, however many come at once", () =>
    Effect.gen(function* () {
      const { id, key, keys, tenant } = yield* owner
      const sql = yield* SqlClient.SqlClient
      const second = yield* instance
      yield* sql`UPDATE api_keys SET usage_limit = 5 WHERE tenant = ${tenant} AND api_key_id = ${id}`
      const exits = yield* Effect.all(
        Array.from({ length: 20 }, (_, index) => Effect.exit((index % 2 === 0 ? keys : second).verify(key))),
        { concurrency: 20 }
      )
      assert.strictEqual(exits.filter(Exit.isSuccess).length, 5)
      const [row] = yield* sql`SELECT usage_count, active FROM api_keys WHERE tenant = ${tenant} AND api_key_id = ${id}`
      assert.deepStrictEqual(row, { usage_count: 5, active: false })
      yield* refuses(keys, key)
    })
  )

  it.effect("note when they were last used without a write each time", () =>
    Effect.gen(function* () {
      const { id, key, tenant } = yield* owner
      const sql = yield* SqlClient.SqlClient
      const lastUsed = Effect.map(
        sql<{ readonly last_used_at: string | null }>`
          SELECT last_used_at FROM api_keys WHERE tenant = ${tenant} AND api_key_id = ${id}`,
        ([row]) => row?.last_used_at ?? null
      )
      const scope = yield* Scope.make()
      const keys = yield* Scope.provide(instance, scope)
      yield* cached(keys, key)
      const before = yield* Clock.currentTimeMillis
      const used = yield* counted(Effect.all(Array.from({ length: 20 }, () => keys.verify(key))))
      assert.deepStrictEqual([used.exit._tag, used.statements], ["Success", 0])
      assert.isNull(yield* lastUsed)
      yield* Scope.close(scope, Exit.void)
      assert.isAtLeast(Date.parse((yield* lastUsed) ?? ""), before)
    })
  )

  it.effect("are noted by instances that used the same ones, neither in the other's way", () =>
    Effect.gen(function* () {
      const { actor, keys: maker, tenant } = yield* owner
      const sql = yield* SqlClient.SqlClient
      const made = yield* Effect.all(
        Array.from({ length: 100 }, () => maker.create({})),
        { concurrency: 8 }
      ).pipe(Effect.provideService(Actor, actor))
      const keys = made.map(({ api_key }) => Redacted.make(api_key))
      for (let round = 0; round < 2; round++) {
        yield* sql`UPDATE api_keys SET last_used_at = NULL WHERE tenant = ${tenant}`
        const scopes = yield* Effect.all([Scope.make(), Scope.make()])
        const [first, second] = yield* Effect.all(scopes.map((scope) => Scope.provide(instance, scope)))
        yield* Effect.forEach(keys, first!.verify)
        yield* Effect.forEach([...keys].reverse(), second!.verify)
        yield* Effect.all(
          scopes.map((scope) => Scope.close(scope, Exit.void)),
          { concurrency: "unbounded" }
        )
        const [unnoted] = yield* sql<{ readonly count: number }>`SELECT count(*)::int FROM api_keys
          WHERE tenant = ${tenant} AND last_used_at IS NULL AND api_key_id = ANY(${made.map(({ api_key_id }) => api_key_id)}::uuid[])`
        assert.strictEqual(unnoted!.count, 0)
      }
    })
  )
})
