/** Ids in paths: malformed, unknown, and another tenant's. */
import { randomUUID } from "node:crypto"
import { Effect } from "effect"
import { type Endpoint, installed, nameOf } from "./declared.ts"
import { rowsFor, snapshot, succeeds } from "./registry.ts"
import { allBut, check, equal, exampleBody, freshTenant, reportChecks, send, suite, urlOf } from "./speak.ts"

reportChecks("ids")

const withIds = installed.guarded.filter(({ params }) => params.length > 0)

/** Two tenants, and somebody in each who may do anything. */
const twoTenants = Effect.gen(function* () {
  const [own, other] = yield* Effect.all([freshTenant, freshTenant])
  return { own, other, us: yield* allBut(own), them: yield* allBut(other) }
})

const bodyOf = (endpoint: Endpoint) => (endpoint.body === undefined ? {} : { body: exampleBody(endpoint) })

/** A request may be refused for what its body names before its path is looked up. */
const namesOthers = (endpoint: Endpoint) => /[0-9a-f]{8}-[0-9a-f]{4}-7/.test(JSON.stringify(bodyOf(endpoint)))

const isNotFound = (endpoint: Endpoint, status: number, code: string) =>
  status === 404 || (status === 400 && code === "BAD_REQUEST" && namesOthers(endpoint))

suite("malformed ids", (it) => {
  const shared = Effect.runSync(Effect.cached(twoTenants))
  for (const endpoint of withIds) {
    it.effect(nameOf(endpoint), () =>
      Effect.gen(function* () {
        const { us } = yield* shared
        for (const [index, { schema }] of endpoint.params.entries()) {
          if (schema["format"] !== "uuid") continue
          for (const bad of [
            "abc",
            "123",
            `${randomUUID()}x`,
            "%00",
            randomUUID().replaceAll("-", ""),
            "%F0%9F%94%A5"
          ]) {
            const path = endpoint.params.map((_, at) => (at === index ? bad : randomUUID()))
            const { body, status } = yield* send(us, endpoint, { path, ...bodyOf(endpoint) })
            equal([status, body.error?.code], [400, "VALIDATION_ERROR"], bad)
            check(/^Invalid .+ ID format$/.test(body.error.message), () => `${bad}: ${body.error.message}`)
          }
        }
      })
    )
  }
})

suite("paths that are no UTF-8", (it) => {
  const shared = Effect.runSync(Effect.cached(twoTenants))
  for (const endpoint of withIds) {
    it.effect(nameOf(endpoint), () =>
      Effect.gen(function* () {
        const { us } = yield* shared
        for (const bad of ["%ED%A0%80", "%FF", "%", "%zz"]) {
          const url = urlOf(
            endpoint,
            endpoint.params.map(() => bad)
          )
          const { body, headers, status } = yield* us.send(endpoint.method, url)
          equal([status, body.error?.code], [400, "VALIDATION_ERROR"], bad)
          check(headers.get("x-request-id") !== null, () => "X-Request-Id")
        }
      })
    )
  }
})

suite("unknown ids", (it) => {
  const shared = Effect.runSync(Effect.cached(twoTenants))
  for (const endpoint of withIds) {
    it.effect(nameOf(endpoint), () =>
      Effect.gen(function* () {
        const { us } = yield* shared
        const path = endpoint.params.map(() => randomUUID())
        const { body, status } = yield* send(us, endpoint, { path, ...bodyOf(endpoint) })
        check(isNotFound(endpoint, status, body.error?.code), () => `${status} ${JSON.stringify(body)}`)
      })
    )
  }
})

suite("another tenant's ids", (it) => {
  const shared = Effect.runSync(Effect.cached(twoTenants))
  for (const endpoint of withIds) {
    it.effect(nameOf(endpoint), () =>
      Effect.gen(function* () {
        const { other, own, them, us } = yield* shared
        const theirs = yield* rowsFor(endpoint, other)
        const before = yield* snapshot(endpoint, other, theirs)
        check(
          before.every((row) => row !== undefined),
          () => "The other tenant's rows are there"
        )
        const { body, status } = yield* send(us, endpoint, { path: theirs, ...bodyOf(endpoint) })
        check(isNotFound(endpoint, status, body.error?.code), () => `${status} ${JSON.stringify(body)}`)
        // With an id of our own before it, theirs is still not ours.
        if (theirs.length > 1) {
          const ours = yield* rowsFor(endpoint, own)
          const mixed = [...ours.slice(0, -1), ...theirs.slice(-1)]
          const again = yield* send(us, endpoint, { path: mixed, ...bodyOf(endpoint) })
          check(isNotFound(endpoint, again.status, again.body.error?.code), () => `${again.status}`)
        }
        equal(yield* snapshot(endpoint, other, theirs), before, "The other tenant's rows are as they were")
        // Whose they are finds them, which shows that it was the tenant that kept us out.
        if (endpoint.method === "GET") {
          const { status } = yield* send(them, endpoint, { path: theirs })
          check(succeeds(endpoint, status), () => `Their owner sees them: ${status}`)
        }
      })
    )
  }
})
