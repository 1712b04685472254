/** Who may not: without a key, beyond the rate, without a permission; before anything of the request is looked at. */
import { randomUUID } from "node:crypto"
import { layer } from "@effect/vitest"
import { Effect } from "effect"
import { generate } from "../../src/domain/ApiKey.ts"
import { type Permission, resourceAndAction } from "../../src/domain/Permission.ts"
import { type Client, client, makeTenant, Service, serviceOf } from "../support/service.ts"
import { type Endpoint, installed, nameOf } from "./declared.ts"
import { allBut, check, equal, reportChecks, send, suite } from "./speak.ts"

reportChecks("access")

/** Wrong in its path, its query and its body. */
const malformed = (endpoint: Endpoint) => ({
  path: endpoint.params.map(() => "not-an-id"),
  query: "?limit=abc&sort=nope",
  ...(endpoint.body === undefined ? {} : { body: "{nope" })
})

const codeOf = (body: { readonly error?: { readonly code?: string } }) => body.error?.code

suite("without a good key", (it) => {
  for (const endpoint of installed.guarded) {
    it.effect(nameOf(endpoint), () =>
      Effect.gen(function* () {
        const { url } = yield* Service
        const keys = [undefined, "", "nonsense", "\u00e9".repeat(10), generate(), randomUUID().repeat(50)]
        for (const key of keys) {
          const nobody = client(url, key === undefined ? {} : { "x-api-key": key })
          const { body, status } = yield* send(nobody, endpoint, malformed(endpoint))
          equal([status, codeOf(body)], [401, "UNAUTHORIZED"], `key ${key}`)
        }
      })
    )
  }
})

suite("with a key for another tenant than the header names", (it) => {
  for (const endpoint of installed.guarded) {
    it.effect(nameOf(endpoint), () =>
      Effect.gen(function* () {
        const { admin } = yield* shared
        const { status } = yield* send(admin, endpoint, {
          ...malformed(endpoint),
          headers: { "x-tenant-id": randomUUID() }
        })
        equal(status, 401, nameOf(endpoint))
      })
    )
  }
  const shared = Effect.runSync(Effect.cached(makeTenant))
})

suite("without a permission", (it) => {
  const shared = Effect.runSync(Effect.cached(makeTenant))
  const clients = new Map<Permission, Client>()
  const lacking = Effect.fnUntraced(function* (permission: Permission) {
    const known = clients.get(permission)
    if (known !== undefined) return known
    const made = yield* allBut(yield* shared, permission)
    clients.set(permission, made)
    return made
  })
  for (const endpoint of installed.guarded.filter(({ requires }) => requires.length > 0)) {
    it.effect(nameOf(endpoint), () =>
      Effect.gen(function* () {
        for (const permission of endpoint.requires) {
          const [resource, action] = resourceAndAction(permission)
          const { body, status } = yield* send(yield* lacking(permission), endpoint, malformed(endpoint))
          equal(
            [status, body],
            [403, { error: { code: "FORBIDDEN", message: `Permission denied: Cannot ${action} ${resource}` } }],
            permission
          )
        }
      })
    )
  }
})

layer(serviceOf(installed.edition, { RATE_LIMIT_ENFORCE: "true" }), { excludeTestServices: true })(
  "beyond the rate",
  (it) => {
    const exhausted = Effect.runSync(
      Effect.cached(
        Effect.gen(function* () {
          const tenant = yield* makeTenant
          return yield* tenant.as()
        })
      )
    )
    for (const endpoint of installed.guarded) {
      it.effect(nameOf(endpoint), () =>
        Effect.gen(function* () {
          const { url } = yield* Service
          const caller = yield* exhausted
          // A token comes back each second: whoever finds one spends it, and asks again.
          let answer = yield* send(caller, endpoint, malformed(endpoint))
          for (let tries = 0; answer.status !== 429 && tries < 300; tries++) {
            answer = yield* send(caller, endpoint, malformed(endpoint))
          }
          equal([answer.status, codeOf(answer.body)], [429, "RATE_LIMITED"], nameOf(endpoint))
          equal(answer.headers.get("x-ratelimit-remaining"), "0", "remaining")
          check(Number(answer.headers.get("retry-after")) >= 1, () => "Retry-After of at least a second")
          const nobody = yield* send(client(url, { "x-api-key": generate() }), endpoint, malformed(endpoint))
          equal(nobody.status, 401, "401 comes before 429")
        })
      )
    }
  }
)
