/** The running totals of tickets stay exact while they are folded. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { foldTicketCounts } from "../../src/services/ticketCounts.ts"
import { makeClient, makeTicket, references } from "../support/fixtures.ts"
import { makeTenant, suite } from "../support/service.ts"

suite("the running totals of tickets", (it) => {
  it.effect("are folded without a ticket being lost or counted twice", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const sql = yield* SqlClient.SqlClient
      const id = tenant.tenant.tenant
      const { statuses } = yield* references(tenant)
      const client_id = yield* makeClient(tenant)
      const make = (status: string) =>
        makeTicket(tenant, {
          client_id,
          status_id: statuses[status]!,
          ...(status === "Closed" ? { is_closed: true, closed_at: new Date(0).toISOString() } : {})
        })
      const names = Array.from({ length: 120 }, (_, n) => (n % 3 === 0 ? "Closed" : "New"))
      // Folding goes on while tickets are made, twice at once, as by two instances.
      yield* Effect.all(
        names.flatMap((name, n) => (n % 20 === 0 ? [make(name), foldTicketCounts, foldTicketCounts] : [make(name)])),
        { concurrency: 8 }
      )
      yield* foldTicketCounts
      const counted = yield* sql<{ status_id: string; total: number }>`SELECT status_id, sum(amount)::int AS total
        FROM ticket_counts WHERE tenant = ${id} GROUP BY status_id`
      const real = yield* sql<{ status_id: string; total: number }>`SELECT status_id, count(*)::int AS total
        FROM tickets WHERE tenant = ${id} GROUP BY status_id`
      assert.sameDeepMembers([...counted], [...real])
      const [rows] = yield* sql<{ n: number }>`SELECT count(*)::int AS n FROM ticket_counts WHERE tenant = ${id}`
      assert.isBelow(rows!.n, 100)
      assert.strictEqual((yield* tenant.admin.get("/api/v1/tickets?limit=1")).body.pagination.total, 120)
    })
  )
})
