/** What stands before every endpoint: who calls, how often they may, and what they may do. */
import { hash, randomUUID } from "node:crypto"
import { crc32 } from "node:zlib"
import type { Sql } from "postgres"

export interface Caller {
  readonly tenant: string
  readonly userId: string
  readonly apiKeyId: string
  readonly permissions: ReadonlySet<string>
}

interface Entry {
  readonly caller: Caller
  readonly expiresAt: number | null
  readonly usageLimit: number | null
}

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

const isWellFormed = (key: string) => {
  if (key.length !== 53 || !key.startsWith("psa_")) return false
  let rest = crc32(key.slice(4, 47))
  for (let at = 52; at > 46; at--) {
    if (key.charCodeAt(at) !== alphabet.charCodeAt(rest % 62)) return false
    rest = Math.floor(rest / 62)
  }
  return true
}

const lookUp = `
  SELECT k.tenant, k.api_key_id, k.user_id, k.usage_limit, (extract(epoch FROM k.expires_at) * 1000)::float8 AS expires_at,
    ARRAY(SELECT DISTINCT p.resource || ':' || p.action
      FROM user_roles ur
      JOIN roles r ON r.tenant = ur.tenant AND r.role_id = ur.role_id AND r.msp
      JOIN role_permissions rp ON rp.tenant = r.tenant AND rp.role_id = r.role_id
      JOIN permissions p ON p.tenant = rp.tenant AND p.permission_id = rp.permission_id AND p.msp
      WHERE ur.tenant = k.tenant AND ur.user_id = k.user_id) AS permissions
  FROM api_keys k
  JOIN users u ON u.tenant = k.tenant AND u.user_id = k.user_id AND NOT u.is_inactive AND u.user_type = 'internal'
  JOIN tenants t ON t.tenant = k.tenant AND t.suspended_at IS NULL
  WHERE k.api_key = $1 AND k.active`

/** Verified keys, kept until the database announces a change of their tenant; when each was last used, half a minute late. */
export const makeKeys = async (sql: Sql) => {
  const entries = new Map<string, Entry>()
  // People have few roles, so most keys have the permissions that another has.
  const permissionSets = new Map<string, ReadonlySet<string>>()
  const permissionSet = (permissions: ReadonlyArray<string>) => {
    const key = permissions.join()
    const known = permissionSets.get(key)
    if (known !== undefined) return known
    const made = new Set(permissions)
    permissionSets.set(key, made)
    return made
  }
  const used = new Map<string, { readonly tenant: string; at: number }>()
  await sql.listen("access", (tenant) => {
    for (const [key, { caller }] of entries) if (caller.tenant === tenant) entries.delete(key)
  })
  setInterval(async () => {
    const batch = [...used]
    used.clear()
    if (batch.length === 0) return
    await sql`WITH used AS (
        SELECT * FROM unnest(${batch.map(([, { tenant }]) => tenant)}::uuid[], ${batch.map(([id]) => id)}::uuid[],
          ${batch.map(([, { at }]) => at)}::float8[]) AS used (tenant, api_key_id, at)
      ), free AS (
        SELECT k.tenant, k.api_key_id, used.at FROM used
        JOIN api_keys k ON k.tenant = used.tenant AND k.api_key_id = used.api_key_id
        FOR NO KEY UPDATE OF k SKIP LOCKED
      )
      UPDATE api_keys k SET last_used_at = greatest(k.last_used_at, to_timestamp(free.at / 1000.0))
      FROM free WHERE k.tenant = free.tenant AND k.api_key_id = free.api_key_id`
  }, 30_000).unref()

  const current = ({ caller, expiresAt }: Entry): Caller | undefined => {
    const now = Date.now()
    if (expiresAt !== null && now >= expiresAt) return undefined
    const known = used.get(caller.apiKeyId)
    if (known === undefined) used.set(caller.apiKeyId, { tenant: caller.tenant, at: now })
    else known.at = now
    return caller
  }

  const find = async (keyHash: string) => {
    const [row] = await sql.unsafe(lookUp, [keyHash], { prepare: true })
    if (row === undefined) return undefined
    const entry: Entry = {
      caller: {
        tenant: row["tenant"],
        userId: row["user_id"],
        apiKeyId: row["api_key_id"],
        permissions: permissionSet(row["permissions"])
      },
      expiresAt: row["expires_at"],
      usageLimit: row["usage_limit"]
    }
    if (entry.usageLimit === null) entries.set(keyHash, entry)
    return current(entry)
  }

  /** The key's owner: at once if the key is in memory. */
  return (key: string): Caller | undefined | Promise<Caller | undefined> => {
    if (!isWellFormed(key)) return undefined
    const keyHash = hash("sha256", key, "hex")
    const entry = entries.get(keyHash)
    return entry === undefined ? find(keyHash) : current(entry)
  }
}

export const burst = 120
const perMillisecond = 1 / 1000

interface Bucket {
  tokens: number
  at: number
}

/** One token bucket a key: 120 at once, refilled at one a second. */
export const makeLimits = () => {
  const buckets = new Map<string, Bucket>()
  setInterval(() => {
    const now = Date.now()
    for (const [key, { at }] of buckets) if (now - at > burst / perMillisecond) buckets.delete(key)
  }, 60_000).unref()
  /** Tokens left after taking one, or how many milliseconds it takes until there is one. */
  return (caller: Caller): { readonly remaining: number; readonly retryAfter: number } => {
    const key = `${caller.tenant}:${caller.apiKeyId}`
    const now = Date.now()
    let bucket = buckets.get(key)
    if (bucket === undefined) {
      bucket = { tokens: burst, at: now }
      buckets.set(key, bucket)
    }
    const tokens = Math.min(burst, bucket.tokens + (now - bucket.at) * perMillisecond)
    bucket.at = now
    bucket.tokens = tokens >= 1 ? tokens - 1 : tokens
    return tokens >= 1
      ? { remaining: Math.floor(bucket.tokens), retryAfter: 0 }
      : { remaining: 0, retryAfter: (1 - tokens) / perMillisecond }
  }
}

/** A UUIDv7: the time, then what a random id has. */
export const newId = () => {
  const time = Date.now().toString(16).padStart(12, "0")
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`
}
