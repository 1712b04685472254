/** Whatever is sent, the answer is a declared one, and never a server error. */
import { randomUUID } from "node:crypto"
import { Effect } from "effect"
import type { TestTenant } from "../support/service.ts"
import { type Endpoint, installed, nameOf } from "./declared.ts"
import { body as bodyFor, oddHeaders, queryString, type Random, seeded, segment } from "./generate.ts"
import { kinds, rowsFor } from "./registry.ts"
import { allBut, equal, freshTenant, reportChecks, send, suite } from "./speak.ts"

reportChecks("garbage")

const runs = 24

/** Ids that references may name: of every registered kind, our own and another tenant's, and the caller's own. */
const idsOf = Effect.fnUntraced(function* (own: TestTenant, other: TestTenant) {
  const ids: Array<string> = [own.user.user_id, own.tenant.tenant, other.user.user_id, randomUUID()]
  for (const kind of Object.values(kinds)) {
    ids.push(yield* kind.make(own, undefined), yield* kind.make(other, undefined))
  }
  return ids
}, Effect.orDie)

const prepared = Effect.gen(function* () {
  const [own, other] = yield* Effect.all([freshTenant, freshTenant])
  return { own, us: yield* allBut(own), ids: yield* idsOf(own, other) }
})

/** Rows of our own, or odd segments, for an endpoint's path. */
const pathFor = Effect.fnUntraced(function* (endpoint: Endpoint, own: TestTenant, random: Random) {
  if (endpoint.params.length === 0) return []
  const rows = yield* rowsFor(endpoint, own)
  return random.chance(0.15) ? rows.map((id) => (random.chance(0.5) ? segment(random) : id)) : rows
})

suite("garbage", (it) => {
  const shared = Effect.runSync(Effect.cached(prepared))
  for (const endpoint of installed.endpoints) {
    it.effect(nameOf(endpoint), () =>
      Effect.gen(function* () {
        const { ids, own, us } = yield* shared
        for (let run = 0; run < runs; run++) {
          const random = seeded(`${nameOf(endpoint)} ${run}`)
          yield* send(us, endpoint, {
            path: yield* pathFor(endpoint, own, random),
            query: queryString(endpoint.query, random, ids),
            ...(endpoint.body === undefined ? {} : { body: bodyFor(endpoint.body, random, ids) }),
            headers: random.chance(0.3) ? oddHeaders(random) : {}
          })
        }
      })
    )
  }
})

suite("bodies that are none", (it) => {
  const shared = Effect.runSync(Effect.cached(prepared))
  for (const endpoint of installed.guarded.filter(({ body }) => body !== undefined)) {
    it.effect(nameOf(endpoint), () =>
      Effect.gen(function* () {
        const { own, us } = yield* shared
        const path = yield* rowsFor(endpoint, own)
        const status = (body: string, headers: Record<string, string> = {}) =>
          Effect.map(send(us, endpoint, { path, body, headers }), (answer) => answer.status)
        equal(yield* status("{nope"), 400, "malformed JSON")
        equal(yield* status("null"), 400, "null")
        equal(yield* status("[]"), 400, "a list")
        equal(yield* status('"text"'), 400, "a text")
        equal(yield* status("{}", { "content-type": "text/plain" }), 415, "plain text")
        equal(yield* status("a=b", { "content-type": "application/x-www-form-urlencoded" }), 415, "a form")
        equal(yield* status(`{"a":"${"x".repeat(1024 * 1024)}"}`), 413, "more than 1 MiB")
        equal(yield* status(`{"no_such_field":1}`, { prefer: "handling=strict" }), 400, "an unknown field, strictly")
      })
    )
  }
})
