/**
 * API keys, and who is calling with one.
 *
 * A verified key is kept in memory until something about it changes anywhere: the database announces each change of a
 * key, its owner, their roles, what narrows them or the tenant, and every instance listens. While an instance cannot
 * listen it keeps nothing.
 */
import { Clock, Context, Effect, Layer, Queue, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { Actor, type Caller } from "../domain/Actor.ts"
import {
  ApiKey,
  generate,
  hash,
  isWellFormed,
  lastFour,
  type NewApiKey,
  type NewlyCreatedApiKey
} from "../domain/ApiKey.ts"
import { Forbidden, NotFound, Unauthorized, ValidationFailed } from "../domain/Errors.ts"
import * as List from "../domain/List.ts"
import type { Permission } from "../domain/Permission.ts"
import { AccessScopes } from "./AccessScopes.ts"
import { Announcements } from "./Announcements.ts"
import { columnsOf } from "./columns.ts"
import { unfailing } from "./constraints.ts"
import { newId } from "./ids.ts"
import { conditions, page } from "./list.ts"

export const ApiKeyList = List.make({
  filters: {
    active: List.flag("k.active"),
    user_id: List.id("k.user_id")
  },
  sorts: {
    created_at: List.byTime("k.created_at"),
    last_used_at: List.orNull(List.byTime("k.last_used_at")),
    expires_at: List.orNull(List.byTime("k.expires_at")),
    description: List.orNull(List.byText("k.description"))
  },
  defaultSort: "created_at",
  defaultOrder: "desc",
  id: "k.api_key_id",
  search: ["k.description"]
})

type Row = typeof ApiKey.Type

export class ApiKeyService extends Context.Service<
  ApiKeyService,
  {
    /** The key's owner, if the key is known, active, unexpired and its owner may log in. */
    readonly verify: (key: Redacted.Redacted) => Effect.Effect<Caller, Unauthorized>
    /** The caller's keys; with `all`, every key of the tenant, for who holds `api_key:read`. */
    readonly list: (
      query: List.Query,
      all: boolean
    ) => Effect.Effect<List.Page<Row>, Forbidden | ValidationFailed, Actor>
    readonly get: (id: string) => Effect.Effect<Row, NotFound, Actor>
    /** A new key of the caller. The answer holds the key itself, which is not kept. */
    readonly create: (
      input: typeof NewApiKey.Type
    ) => Effect.Effect<typeof NewlyCreatedApiKey.Type, ValidationFailed, Actor>
    /** Makes a key stop working, everywhere, within a second. */
    readonly deactivate: (id: string) => Effect.Effect<void, NotFound, Actor>
  }
>()("psa/ApiKeyService") {
  static readonly layer = Layer.effect(
    ApiKeyService,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const access = yield* AccessScopes
      const cache = yield* makeCache
      const usage = yield* makeUsage

      const lookUp = Effect.fnUntraced(function* (keyHash: string) {
        const [row] = yield* sql<Verified>`
          SELECT k.tenant, k.api_key_id, k.user_id, k.usage_limit, u.user_type,
            (extract(epoch FROM k.expires_at) * 1000)::float8 AS expires_at,
            ARRAY(SELECT DISTINCT p.resource || ':' || p.action AS permission
              FROM user_roles ur
              JOIN roles r ON r.tenant = ur.tenant AND r.role_id = ur.role_id AND r.msp
              JOIN role_permissions rp ON rp.tenant = r.tenant AND rp.role_id = r.role_id
              JOIN permissions p ON p.tenant = rp.tenant AND p.permission_id = rp.permission_id AND p.msp
              WHERE ur.tenant = k.tenant AND ur.user_id = k.user_id ORDER BY permission) AS permissions
          FROM api_keys k
          JOIN users u ON u.tenant = k.tenant AND u.user_id = k.user_id AND NOT u.is_inactive AND u.user_type = 'internal'
          JOIN tenants t ON t.tenant = k.tenant AND t.suspended_at IS NULL
          WHERE k.api_key = ${keyHash} AND k.active`.pipe(unfailing)
        return row
      })

      const retire = ({ apiKeyId, tenant }: KeyHolder) =>
        sql`UPDATE api_keys SET active = false, updated_at = now()
            WHERE tenant = ${tenant} AND api_key_id = ${apiKeyId} AND active`.pipe(unfailing)

      // Touches nothing that other instances must hear of; a key that is used up is retired when it is next tried.
      const spend = ({ apiKeyId, tenant }: KeyHolder) =>
        sql`UPDATE api_keys SET usage_count = usage_count + 1
            WHERE tenant = ${tenant} AND api_key_id = ${apiKeyId} AND active AND usage_count < usage_limit
            RETURNING api_key_id`.pipe(unfailing)

      const verifyAnew = Effect.fnUntraced(function* (keyHash: string, now: number) {
        const generation = cache.generation()
        const row = yield* lookUp(keyHash)
        if (row === undefined) return yield* Unauthorized.because("Invalid API key")
        const holder = holderOf(row)
        const isUsable = row.expires_at === null || now < row.expires_at
        if (!isUsable || (row.usage_limit !== null && (yield* spend(holder)).length === 0)) {
          yield* retire(holder)
          return yield* Unauthorized.because("Invalid API key")
        }
        const scopes = yield* access.of(holder)
        const caller = scopes === undefined ? holder : { ...holder, scopes }
        // A key with a number of uses is counted by the database each time.
        if (row.usage_limit === null) {
          const until = Math.min(now + longest, row.expires_at ?? Number.POSITIVE_INFINITY)
          cache.set(keyHash, { caller, until }, generation)
        }
        usage.note(caller, now)
        return caller
      })

      const verify = (secret: Redacted.Redacted) =>
        Effect.clockWith((clock): Effect.Effect<Caller, Unauthorized> => {
          const key = Redacted.value(secret)
          const now = clock.currentTimeMillisUnsafe()
          const keyHash = hash(key)
          const known = cache.get(keyHash)
          if (known !== undefined && now < known.until) {
            usage.note(known.caller, now)
            return Effect.succeed(known.caller)
          }
          // One that was verified before needs no checksum.
          if (!isWellFormed(key)) return Effect.fail(Unauthorized.because("Invalid API key"))
          cache.delete(keyHash)
          return verifyAnew(keyHash, now)
        })

      const columns = columnsOf(ApiKey, "k", {
        username: "u.username",
        first_name: "u.first_name",
        last_name: "u.last_name"
      })
      const from = "api_keys k JOIN users u ON u.tenant = k.tenant AND u.user_id = k.user_id"

      const list = Effect.fn("ApiKeyService.list")(function* (query: List.Query, all: boolean) {
        const actor = yield* Actor
        if (all && !actor.permissions.has("api_key:read")) {
          return yield* Forbidden.to("read", "api_key")
        }
        const where = sql.and([
          sql`k.tenant = ${actor.tenant}`,
          ...(all ? [] : [sql`k.user_id = ${actor.userId}`]),
          ...conditions(sql, ApiKeyList, query)
        ])
        return yield* page(sql, ApiKeyList, query, { columns, from, where })
      })

      /** The own key, or any of the tenant's for who holds `permission`. */
      const visible = (actor: Caller, permission: Permission, id: string) =>
        sql.and([
          sql`k.tenant = ${actor.tenant} AND k.api_key_id = ${id}`,
          ...(actor.permissions.has(permission) ? [] : [sql`k.user_id = ${actor.userId}`])
        ])

      const get = Effect.fn("ApiKeyService.get")(function* (id: string) {
        const actor = yield* Actor
        const [row] = yield* sql<Row>`SELECT ${sql.literal(columns.text)} FROM ${sql.literal(from)}
          WHERE ${visible(actor, "api_key:read", id)}`.pipe(unfailing)
        return row ?? (yield* NotFound.of("API key"))
      })

      const create = Effect.fn("ApiKeyService.create")(function* (input: typeof NewApiKey.Type) {
        const { tenant, userId } = yield* Actor
        const now = yield* Clock.currentTimeMillis
        const expiresAt = input.expires_at ?? null
        if (expiresAt !== null && Date.parse(expiresAt) <= now) {
          return yield* ValidationFailed.at("expires_at", "Expected a time in the future")
        }
        const key = generate()
        const [row] = yield* sql<typeof NewlyCreatedApiKey.Type>`
          INSERT INTO api_keys (tenant, api_key_id, api_key, last_four, user_id, description, expires_at)
          VALUES (${tenant}, ${newId()}, ${hash(key)}, ${lastFour(key)}, ${userId}, ${input.description ?? null},
            ${expiresAt}::timestamptz)
          RETURNING api_key_id, ${key}::text AS api_key, user_id, last_four, description, created_at, expires_at, purpose,
            metadata, usage_limit, usage_count`.pipe(unfailing)
        return row!
      })

      const deactivate = Effect.fn("ApiKeyService.deactivate")(function* (id: string) {
        const actor = yield* Actor
        const found = yield* sql`UPDATE api_keys k SET active = false, updated_at = now()
          WHERE ${visible(actor, "api_key:delete", id)} RETURNING k.api_key_id`.pipe(unfailing)
        if (found.length === 0) return yield* NotFound.of("API key")
      })

      return ApiKeyService.of({ verify, list, get, create, deactivate })
    })
  )
}

interface Verified {
  readonly tenant: string
  readonly api_key_id: string
  readonly user_id: string
  readonly user_type: Caller["userType"]
  readonly usage_limit: number | null
  /** Milliseconds since the epoch. */
  readonly expires_at: number | null
  readonly permissions: ReadonlyArray<Permission>
}

/** Somebody who calls with a key. */
type KeyHolder = Caller & { readonly apiKeyId: string }

/** A verified key. */
interface Entry {
  readonly caller: KeyHolder
  /** When it is to be verified anew, in milliseconds since the epoch: when it expires, or after a while. */
  readonly until: number
}

/** How long a verified key is believed, in milliseconds, even if nothing is heard: a connection can die unnoticed. */
const longest = 30_000

const holderOf = (row: Verified): KeyHolder => ({
  tenant: row.tenant,
  userId: row.user_id,
  userType: row.user_type,
  apiKeyId: row.api_key_id,
  permissions: permissionSet(row.permissions)
})

const permissionSets = new Map<string, ReadonlySet<Permission>>()

/** Many keys have the same few sets of some two hundred permissions: each is kept once. */
const permissionSet = (permissions: ReadonlyArray<Permission>): ReadonlySet<Permission> => {
  const name = permissions.join()
  const known = permissionSets.get(name)
  if (known !== undefined) return known
  if (permissionSets.size >= 1000) permissionSets.clear()
  const made = new Set(permissions)
  permissionSets.set(name, made)
  return made
}

const maxEntries = 10_000

/** Verified keys, dropped when the database announces a change of their tenant, and all while it cannot be heard. */
const makeCache = Effect.gen(function* () {
  const { listen: listenTo } = yield* Announcements
  const entries = new Map<string, Entry>()
  let listening = false
  // Rises with every announcement, so that what was looked up before one is not kept after it.
  let generation = 0

  const forget = (tenant: string) => {
    generation++
    for (const [key, { caller }] of entries) if (caller.tenant === tenant) entries.delete(key)
  }
  const forgetAll = (state: boolean) => {
    generation++
    listening = state
    entries.clear()
  }

  const listen = Effect.gen(function* () {
    const announcements = yield* listenTo("access")
    forgetAll(true)
    while (true) forget((yield* Queue.take(announcements)).payload)
  }).pipe(
    Effect.scoped,
    Effect.ensuring(Effect.sync(() => forgetAll(false))),
    Effect.catchCause((cause) => Effect.logWarning("Not hearing changes of API keys; verifying each", cause)),
    Effect.andThen(Effect.sleep("1 second")),
    Effect.forever
  )
  yield* Effect.forkScoped(listen)

  return {
    get: (key: string) => entries.get(key),
    generation: () => generation,
    set: (key: string, entry: Entry, since: number) => {
      if (!listening || since !== generation) return
      if (entries.size >= maxEntries) entries.delete(entries.keys().next().value ?? "")
      entries.set(key, entry)
    },
    delete: (key: string) => entries.delete(key)
  }
})

/** When each key was last used: noted in memory, written every half minute and at the end, in one statement. */
const makeUsage = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  let noted = new Map<string, { readonly tenant: string; at: number }>()

  const write = Effect.gen(function* () {
    if (noted.size === 0) return
    const batch = [...noted]
    noted = new Map()
    // Another instance that notes the same keys just now is not waited for: it notes about the same time.
    yield* sql`WITH used AS (
        SELECT * FROM unnest(${batch.map(([, { tenant }]) => tenant)}::uuid[], ${batch.map(([id]) => id)}::uuid[],
          ${batch.map(([, { at }]) => at)}::float8[]) AS used (tenant, api_key_id, at)
      ), free AS (
        SELECT k.tenant, k.api_key_id, used.at FROM used
        JOIN api_keys k ON k.tenant = used.tenant AND k.api_key_id = used.api_key_id
        FOR NO KEY UPDATE OF k SKIP LOCKED
      )
      UPDATE api_keys k SET last_used_at = greatest(k.last_used_at, to_timestamp(free.at / 1000.0))
      FROM free WHERE k.tenant = free.tenant AND k.api_key_id = free.api_key_id`
  }).pipe(Effect.catchCause((cause) => Effect.logWarning("Could not note when API keys were used", cause)))

  yield* Effect.addFinalizer(() => write)
  yield* Effect.forkScoped(Effect.forever(Effect.andThen(Effect.sleep("30 seconds"), write)))

  return {
    note: ({ apiKeyId, tenant }: KeyHolder, at: number) => {
      const known = noted.get(apiKeyId)
      if (known === undefined) noted.set(apiKeyId, { tenant, at })
      else known.at = at
    }
  }
})
