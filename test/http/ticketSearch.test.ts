/** What search finds by a ticket's number, and by the names of what a ticket refers to. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { makeClient, makeContact, makeTicket } from "../support/fixtures.ts"
import { makeTenant, suite, type TestTenant } from "../support/service.ts"

const tickets = "/api/v1/tickets"

/** The numbers of the tickets that a search finds; the list must find the same, and count them. */
const numbers = Effect.fnUntraced(function* ({ admin }: TestTenant, text: string) {
  const query = encodeURIComponent(text)
  const found = yield* admin.get(`${tickets}/search?query=${query}&fields=ticket_number&limit=100`)
  const listed = yield* admin.get(`${tickets}?search=${query}&limit=100`)
  assert.deepStrictEqual([found.status, listed.status], [200, 200], JSON.stringify([found.body, listed.body]))
  assert.strictEqual(listed.body.pagination.total, found.body.data.length)
  assert.deepStrictEqual(listed.body.data, found.body.data)
  return found.body.data.map((row: { readonly ticket_number: string }) => row.ticket_number).sort()
})

suite("tickets by their number", (it) => {
  it.effect("are found by any part of it, short or long, in whatever case", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      for (const ticket_number of ["TIC861686", "TIC8616860", "HD-861686", "TIC861", "tic86x686"]) {
        yield* makeTicket(tenant, { ticket_number, title: "Nothing" })
      }
      assert.deepStrictEqual(yield* numbers(tenant, "TIC861686"), ["TIC861686", "TIC8616860"])
      assert.deepStrictEqual(yield* numbers(tenant, "tic861686"), ["TIC861686", "TIC8616860"])
      assert.deepStrictEqual(yield* numbers(tenant, "61686"), ["HD-861686", "TIC861686", "TIC8616860"])
      assert.deepStrictEqual(yield* numbers(tenant, "C8616"), ["TIC861686", "TIC8616860"])
      assert.deepStrictEqual(yield* numbers(tenant, "TIC8616860"), ["TIC8616860"])
      assert.deepStrictEqual(yield* numbers(tenant, "X686"), ["tic86x686"])
      assert.deepStrictEqual(yield* numbers(tenant, "TIC86X68"), ["tic86x686"])
      assert.deepStrictEqual(yield* numbers(tenant, "TIC861687"), [])
      assert.deepStrictEqual(yield* numbers(yield* makeTenant, "TIC861686"), [], "Another tenant has none of them")
    })
  )

  it.effect("are found only if it is there as a whole, and taken literally", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      // It has every five characters of "abcabca" in a row, but never all of them.
      yield* makeTicket(tenant, { ticket_number: "abcabc-bcabca", title: "Nothing" })
      yield* makeTicket(tenant, { ticket_number: '100%_\\{A},"B"', title: "Nothing" })
      assert.deepStrictEqual(yield* numbers(tenant, "abcabca"), [])
      assert.deepStrictEqual(yield* numbers(tenant, "abcabc-"), ["abcabc-bcabca"])
      assert.deepStrictEqual(yield* numbers(tenant, '%_\\{a},"b"'), ['100%_\\{A},"B"'])
      assert.deepStrictEqual(yield* numbers(tenant, "100__"), [])
      assert.deepStrictEqual(yield* numbers(tenant, "1%%\\{"), [])
    })
  )

  it.effect("are found by the number they have just got", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const ticket = yield* makeTicket(tenant, { title: "Nothing" })
      const { body } = yield* tenant.admin.get(`${tickets}/${ticket}`)
      const { board_id, client_id, ticket_number } = body.data
      const created = yield* tenant.admin.post(tickets, { title: "Other", board_id, client_id })
      assert.deepStrictEqual(yield* numbers(tenant, created.body.data.ticket_number), [created.body.data.ticket_number])
      yield* tenant.admin.delete(`${tickets}/${ticket}`)
      assert.deepStrictEqual(yield* numbers(tenant, ticket_number), [])
    })
  )
})

suite("tickets by the names of what they refer to", (it) => {
  it.effect("are found where any client or contact has the text in its name, however many have", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const sql = yield* SqlClient.SqlClient
      const client_id = yield* makeClient(tenant, { client_name: "Walrus & Sons" })
      const contact_name_id = yield* makeContact(tenant, { full_name: "Wanda", client_id })
      yield* makeTicket(tenant, { title: "Nothing", ticket_number: "A1", client_id, contact_name_id })
      yield* makeTicket(tenant, { title: "Nothing", ticket_number: "A2", client_id })
      yield* makeTicket(tenant, { title: "Nothing", ticket_number: "A3" })
      const find = (query: string) =>
        Effect.map(tenant.admin.get(`${tickets}/search?${query}`), ({ body }) =>
          body.data.map((row: { readonly ticket_number: string }) => row.ticket_number).sort()
        )
      const searches = () =>
        Effect.all([find("query=walrus&fields=client_name"), find("query=wan&fields=contact_name")])
      assert.deepStrictEqual(yield* searches(), [["A1", "A2"], ["A1"]])
      assert.deepStrictEqual(yield* find("query=nobody&fields=client_name,contact_name"), [])
      const counted = (yield* tenant.admin.get(`${tickets}/stats?search=walrus`)).body.data
      assert.strictEqual(counted.total_tickets, 2)

      // So many that a statement does not name them one by one any more.
      yield* sql`INSERT INTO clients (tenant, client_id, client_name)
        SELECT ${tenant.tenant.tenant}::uuid, gen_random_uuid(), 'Walrus ' || n FROM generate_series(1, 1200) n`
      yield* sql`INSERT INTO contacts (tenant, contact_name_id, full_name, email)
        SELECT ${tenant.tenant.tenant}::uuid, gen_random_uuid(), 'Wanda ' || n, 'wanda' || n || '@contacts.example'
        FROM generate_series(1, 1200) n`
      assert.deepStrictEqual(yield* searches(), [["A1", "A2"], ["A1"]])
      const { body } = yield* tenant.admin.get(`${tickets}?search=walrus&limit=1`)
      assert.deepStrictEqual([body.data.length, body.pagination.total], [1, 2])
    })
  )
})
