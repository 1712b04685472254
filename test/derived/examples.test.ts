/** The examples that endpoints give of requests work as they are, on a tenant that has just been made. */
import { Effect } from "effect"
import { beyondTenant } from "../../src/domain/Permission.ts"
import type { TestTenant } from "../support/service.ts"
import { type Endpoint, installed, nameOf } from "./declared.ts"
import { rowsFor, succeeds } from "./registry.ts"
import { allBut, check, equal, freshTenant, neededQuery, reportChecks, send, suite } from "./speak.ts"

reportChecks("examples")

/** The administrator, or for what reaches beyond the tenant somebody who holds that too. */
const whoMay = (endpoint: Endpoint, tenant: TestTenant) =>
  endpoint.requires.some((permission) => beyondTenant.includes(permission))
    ? allBut(tenant)
    : Effect.succeed(tenant.admin)

suite("examples", (it) => {
  for (const endpoint of installed.guarded.filter(({ example }) => example.request !== undefined)) {
    it.effect(nameOf(endpoint), () =>
      Effect.gen(function* () {
        const tenant = yield* freshTenant
        const us = yield* whoMay(endpoint, tenant)
        const path = yield* rowsFor(endpoint, tenant)
        const { body, status } = yield* send(us, endpoint, { path, body: endpoint.example.request })
        check(succeeds(endpoint, status), () => `${status} ${JSON.stringify(body)}`)
        equal(body.meta?.ignored, undefined, "Every field in it is one that the endpoint knows")
      })
    )
  }
})

suite("reading", (it) => {
  for (const endpoint of installed.endpoints.filter(({ method }) => method === "GET")) {
    it.effect(`${nameOf(endpoint)} needs no more than its path, and what it says it needs`, () =>
      Effect.gen(function* () {
        const tenant = yield* freshTenant
        const us = yield* whoMay(endpoint, tenant)
        const path = yield* rowsFor(endpoint, tenant)
        const { body, status } = yield* send(us, endpoint, { path, query: neededQuery(endpoint) })
        check(succeeds(endpoint, status), () => `${status} ${JSON.stringify(body).slice(0, 500)}`)
      })
    )
  }
})
