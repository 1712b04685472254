/** Totals of ticket lists: those that are kept are those that are counted. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { newId } from "../../src/services/ids.ts"
import { foldTicketCounts } from "../../src/services/ticketCounts.ts"
import { makeTicket, references } from "../support/fixtures.ts"
import { makeTenant, suite } from "../support/service.ts"

const tickets = "/api/v1/tickets"

suite("totals of tickets", (it) => {
  it.effect("are exact by priority, category and assignment, whatever happens to the tickets", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const sql = yield* SqlClient.SqlClient
      const { board_id, priority_id, statuses } = yield* references(tenant)
      const { admin } = tenant
      const category_id = newId()
      yield* sql`INSERT INTO categories ${sql.insert({
        tenant: tenant.tenant.tenant,
        category_id,
        category_name: "Printers",
        board_id
      })}`
      const [other] = (yield* admin.get(`${tickets}/priorities`)).body.data.filter(
        (priority: { readonly priority_id: string }) => priority.priority_id !== priority_id
      )
      const filters = [
        `priority_id=${priority_id}`,
        `priority_id=${other.priority_id}`,
        `category_id=${category_id}`,
        "has_assignment=true",
        "has_assignment=false",
        `has_assignment=true&is_open=true&priority_id=${priority_id}`,
        `category_id=${category_id}&status_id=${statuses["New"]}`
      ]
      // Nothing is kept by when a ticket was entered: with this filter, each ticket is looked at.
      const all = "entered_from=2000-01-01T00:00:00Z"
      const total = (query: string) =>
        Effect.map(admin.get(`${tickets}?limit=1&${query}`), (got) => got.body.pagination.total)
      const totals = Effect.gen(function* () {
        const kept = yield* Effect.forEach(filters, total)
        assert.deepStrictEqual(kept, yield* Effect.forEach(filters, (filter) => total(`${filter}&${all}`)))
        return kept
      })

      assert.deepStrictEqual(yield* totals, [0, 0, 0, 0, 0, 0, 0])
      const [first, second, third] = yield* Effect.all([
        makeTicket(tenant, { category_id, assigned_to: tenant.user.user_id }),
        makeTicket(tenant, { category_id }),
        makeTicket(tenant, { priority_id: other.priority_id })
      ])
      assert.deepStrictEqual(yield* totals, [2, 1, 2, 1, 2, 1, 2])
      yield* admin.put(`${tickets}/${first}/assignment`, { assigned_to: null })
      yield* admin.put(`${tickets}/${second}`, { priority_id: other.priority_id, category_id: null })
      assert.deepStrictEqual(yield* totals, [1, 2, 1, 0, 3, 0, 1])
      yield* admin.put(`${tickets}/${third}/assignment`, { assigned_to: tenant.user.user_id })
      yield* admin.put(`${tickets}/${first}/status`, { status_id: statuses["Closed"] })
      yield* admin.delete(`${tickets}/${second}`)
      assert.deepStrictEqual(yield* totals, [1, 1, 1, 1, 1, 0, 0])
      yield* foldTicketCounts
      assert.deepStrictEqual(yield* totals, [1, 1, 1, 1, 1, 0, 0])
    })
  )
})
