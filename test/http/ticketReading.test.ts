/** Finding tickets: search, figures, small answers, parts of long texts, and the stream of changes. */
import { assert } from "@effect/vitest"
import { Effect, Fiber, Ref } from "effect"
import { SqlClient } from "effect/sql"
import { makeClient, makeContact, makeTicket, references } from "../support/fixtures.ts"
import { type Client, makeTenant, suite } from "../support/service.ts"

const tickets = "/api/v1/tickets"

suite("searching tickets", (it) => {
  it.effect("finds text in title and number, newest first, open ones only unless asked", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const { statuses } = yield* references(tenant)
      const client_id = yield* makeClient(tenant, { client_name: "Printworks" })
      const old = yield* makeTicket(tenant, {
        title: "The PRINTER is on fire",
        entered_at: "2026-01-01T00:00:00Z",
        client_id
      })
      const recent = yield* makeTicket(tenant, {
        title: "Two printers, 100% jammed",
        entered_at: "2026-02-01T00:00:00Z"
      })
      const closed = yield* makeTicket(tenant, {
        title: "printer gone",
        status_id: statuses["Closed"]!,
        is_closed: true,
        closed_at: "2026-02-02T00:00:00Z",
        entered_at: "2026-02-02T00:00:00Z"
      })
      yield* makeTicket(tenant, { title: "Scanner" })
      const find = (query: string) =>
        Effect.map(tenant.admin.get(`${tickets}/search?${query}`), ({ body, status }) => {
          assert.strictEqual(status, 200, JSON.stringify(body))
          return body.data.map(({ ticket_id }: { ticket_id: string }) => ticket_id)
        })
      assert.deepStrictEqual(yield* find("query=printer"), [recent, old])
      assert.deepStrictEqual(yield* find("query=printer&include_closed=true"), [closed, recent, old])
      assert.deepStrictEqual(yield* find("query=printer&limit=1"), [recent])
      assert.deepStrictEqual(yield* find(`query=${encodeURIComponent("0% j")}`), [recent], "wildcards are text")
      assert.deepStrictEqual(yield* find("query=_"), [])
      assert.deepStrictEqual(yield* find("query=printworks"), [], "the client's name is looked at when asked")
      assert.deepStrictEqual(yield* find("query=printworks&fields=client_name"), [old])
      assert.deepStrictEqual(yield* find(`query=printer&client_ids=${client_id}`), [old])
      const [{ ticket_number, client_name, status_name }] = (yield* tenant.admin.get(`${tickets}/search?query=fire`))
        .body.data
      assert.deepStrictEqual([client_name, status_name], ["Printworks", "New"])
      assert.deepStrictEqual(yield* find(`query=${ticket_number}`), [old])
      const missing = yield* tenant.admin.get(`${tickets}/search`)
      assert.deepStrictEqual([missing.status, missing.body.error.details[0].path], [400, ["query"]])
      assert.strictEqual((yield* tenant.admin.get(`${tickets}/search?query=a&fields=nope`)).status, 400)
      const drawer = yield* makeTicket(tenant, { title: "GRÜNE Übergabe" })
      assert.deepStrictEqual(yield* find(`query=${encodeURIComponent("grüne über")}`), [drawer], "in whatever case")
      const other = yield* makeTenant
      assert.deepStrictEqual((yield* other.admin.get(`${tickets}/search?query=printer`)).body.data, [])
    })
  )

  it.effect("is the same in the list, where it looks at the client's name too and counts what it finds", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const client_id = yield* makeClient(tenant, { client_name: "Zebra Labs" })
      const contact_name_id = yield* makeContact(tenant, { full_name: "Zoe", client_id })
      yield* makeTicket(tenant, { title: "Nothing", client_id, contact_name_id })
      yield* makeTicket(tenant, { title: "A zebra crossing" })
      yield* makeTicket(tenant, { title: "Other" })
      const { body } = yield* tenant.admin.get(`${tickets}?search=zebra&limit=1`)
      assert.deepStrictEqual([body.data.length, body.pagination.total], [1, 2])
      const next = yield* tenant.admin.get(`${tickets}?search=zebra&limit=1&cursor=${body.pagination.nextCursor}`)
      assert.deepStrictEqual([next.body.data.length, next.body.pagination.hasNext], [1, false])
      const byContact = yield* tenant.admin.get(`${tickets}/search?query=zoe&fields=contact_name`)
      assert.deepStrictEqual(byContact.body.data.length, 1)
    })
  )
})

suite("the figures of tickets", (it) => {
  it.effect("count all, or those that the filters find, the same way", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const { board_id, statuses } = yield* references(tenant)
      const days = (n: number) => new Date(Date.now() - n * 86_400_000).toISOString()
      const user = tenant.user.user_id
      yield* makeTicket(tenant, { entered_at: days(0), due_date: days(1), assigned_to: user })
      yield* makeTicket(tenant, { entered_at: days(3) })
      yield* makeTicket(tenant, { entered_at: days(20) })
      yield* makeTicket(tenant, { entered_at: days(400) })
      const closed = { status_id: statuses["Closed"]!, is_closed: true }
      yield* makeTicket(tenant, { ...closed, entered_at: days(40), closed_at: days(39), due_date: days(39) })
      yield* makeTicket(tenant, { ...closed, entered_at: days(40), closed_at: days(37) })
      const all = (yield* tenant.admin.get(`${tickets}/stats`)).body.data
      assert.deepInclude(all, {
        total_tickets: 6,
        open_tickets: 4,
        closed_tickets: 2,
        unassigned_tickets: 5,
        overdue_tickets: 1,
        tickets_by_status: { [statuses["New"]!]: 4, [statuses["Closed"]!]: 2 },
        tickets_by_category: {},
        tickets_created_today: 1,
        tickets_created_this_week: 2,
        tickets_created_this_month: 3,
        average_resolution_time: 48
      })
      assert.deepStrictEqual(Object.values(all.tickets_by_board), [6])
      assert.deepStrictEqual(Object.values(all.tickets_by_priority), [6])
      const filtered = (yield* tenant.admin.get(`${tickets}/stats?board_id=${board_id}`)).body.data
      assert.deepStrictEqual(filtered, all, "A filter that all match changes nothing")
      const open = (yield* tenant.admin.get(`${tickets}/stats?is_closed=false&has_assignment=false`)).body.data
      assert.deepInclude(open, {
        total_tickets: 3,
        closed_tickets: 0,
        unassigned_tickets: 3,
        overdue_tickets: 0,
        average_resolution_time: null
      })
      // What a ticket is counted as follows its changes.
      const { body } = yield* tenant.admin.get(`${tickets}?is_open=true&has_assignment=false&limit=1`)
      yield* tenant.admin.put(`${tickets}/${body.data[0].ticket_id}/assignment`, { assigned_to: user })
      yield* tenant.admin.delete(`${tickets}/${body.data[0].ticket_id}`)
      const after = (yield* tenant.admin.get(`${tickets}/stats`)).body.data
      assert.deepInclude(after, { total_tickets: 5, unassigned_tickets: 4 })
      assert.deepStrictEqual(after, (yield* tenant.admin.get(`${tickets}/stats?board_id=${board_id}`)).body.data)
    })
  )

  it.effect("are zeros for a tenant without tickets", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const { body } = yield* tenant.admin.get(`${tickets}/stats`)
      assert.deepInclude(body.data, { total_tickets: 0, tickets_by_board: {}, average_resolution_time: null })
    })
  )
})

suite("small answers", (it) => {
  it.effect("hold the fields of one ticket that are asked for", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const id = yield* makeTicket(tenant, { attributes: '{"description":"Wet"}' })
      const { body } = yield* tenant.admin.get(`${tickets}/${id}?fields=title,description_html`)
      assert.sameMembers(Object.keys(body.data), [
        ...["title", "description_html", "updated_at"],
        ...["ticket_id", "status_id", "entered_by", "assigned_to", "client_id", "board_id", "assigned_team_id"]
      ])
      assert.strictEqual(body.data.description_html, "<p>Wet</p>")
      const small = yield* tenant.admin.get(`${tickets}/${id}?fields=mobile_list`)
      assert.includeMembers(Object.keys(small.body.data), ["status_name", "tags", "client_name"])
      const wrong = yield* tenant.admin.get(`${tickets}/${id}?fields=title,nope`)
      assert.deepStrictEqual([wrong.status, wrong.body.error.message], [400, "Unknown fields requested: nope"])
    })
  )

  it.effect("hold parts of long texts, cut between characters", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const text = "Grüße aus dem Serverraum"
      const id = yield* makeTicket(tenant, { title: text, attributes: JSON.stringify({ description: text }) })
      // The bytes are the second half of the ü and the first of the ß.
      const { body } = yield* tenant.admin.get(`${tickets}/${id}?field=title&range=3-4`)
      assert.strictEqual(body.data.title, "")
      const more = yield* tenant.admin.get(`${tickets}/${id}?field=title&range=1-3`)
      assert.strictEqual(more.body.data.title, "rü")
      assert.deepStrictEqual(more.body.meta.truncated_fields["data.title"], {
        selector: "title",
        total_bytes: Buffer.byteLength(text),
        returned_bytes: 3,
        requested_range_start: 1,
        requested_range_end: 3,
        actual_range_start: 1,
        actual_range_end: 3,
        truncated: true,
        has_more: true,
        encoding: "utf-8"
      })
      const listed = yield* tenant.admin.get(
        `${tickets}?${encodeURIComponent("field_ranges[attributes.description]")}=0-1&field_ranges[title]=0-999`
      )
      assert.strictEqual(listed.body.data[0].attributes.description, "Gr")
      assert.strictEqual(listed.body.data[0].title, text)
      assert.deepStrictEqual(Object.keys(listed.body.meta.truncated_fields).sort(), [
        "data[0].attributes.description",
        "data[0].title"
      ])
      assert.strictEqual(listed.body.meta.ignored, undefined)
      for (const query of ["field=title&range=9-1", "field=title&range=x", "field_ranges[title]=1"]) {
        const wrong = yield* tenant.admin.get(`${tickets}/${id}?${query}`)
        assert.strictEqual(wrong.status, 400, query)
      }
    })
  )
})

suite("the stream of changes", (it) => {
  interface Seen {
    readonly ticket_id: string
    readonly updated_at: string
  }

  /** Goes on from a cursor, or the beginning, until there is no more for now. */
  const follow = (client: Client, from: string | undefined, seen: Array<Seen>) =>
    Effect.gen(function* () {
      const query = `${tickets}?sort=updated_at&order=asc&updated_from=2020-01-01&limit=7&fields=updated_at`
      let cursor = from
      while (true) {
        const { body, status } = yield* client.get(cursor === undefined ? query : `${query}&cursor=${cursor}`)
        assert.strictEqual(status, 200, JSON.stringify(body))
        seen.push(...body.data)
        cursor = body.pagination.endCursor ?? cursor
        if (!body.pagination.hasNext) return cursor
      }
    })

  it.effect("shows each change once, whatever is written meanwhile", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const sql = yield* SqlClient.SqlClient
      const client_id = yield* makeClient(tenant)
      const ids: Array<string> = []
      for (let n = 0; n < 20; n++) ids.push(yield* makeTicket(tenant, { client_id }))
      const done = yield* Ref.make(false)
      const seen: Array<Seen> = []
      const reader = yield* Effect.gen(function* () {
        let cursor: string | undefined
        while (!(yield* Ref.get(done))) cursor = yield* follow(tenant.admin, cursor, seen)
        return yield* follow(tenant.admin, cursor, seen)
      }).pipe(Effect.forkChild)
      // Transactions that overlap: each changes a ticket at once and commits later, in another order.
      const slow = (n: number) =>
        sql.withTransaction(
          Effect.gen(function* () {
            yield* sql`UPDATE tickets SET title = ${`Slow ${n}`} WHERE tenant = ${tenant.tenant.tenant} AND ticket_id = ${ids[n % 20]!}`
            yield* sql`SELECT pg_sleep(${((n * 7) % 5) / 100})`
          })
        )
      yield* Effect.all(
        Array.from({ length: 60 }, (_, n) =>
          n % 3 === 0
            ? slow(n)
            : n % 3 === 1
              ? tenant.admin.put(`${tickets}/${ids[(n * 3) % 20]}`, { title: `Change ${n}` })
              : makeTicket(tenant, { client_id })
        ),
        { concurrency: 6 }
      )
      yield* Ref.set(done, true)
      yield* Fiber.join(reader)
      const versions = seen.map(({ ticket_id, updated_at }) => `${ticket_id} ${updated_at}`)
      assert.strictEqual(new Set(versions).size, versions.length, "No change twice")
      const times = seen.map(({ updated_at }) => updated_at)
      assert.deepStrictEqual(times, times.toSorted(), "In the order of time")
      const last = new Map(seen.map(({ ticket_id, updated_at }) => [ticket_id, updated_at]))
      const stored = yield* sql<Seen>`SELECT ticket_id, updated_at FROM tickets WHERE tenant = ${tenant.tenant.tenant}`
      assert.strictEqual(stored.length, 40)
      for (const { ticket_id, updated_at } of stored) assert.strictEqual(last.get(ticket_id), updated_at, "None missed")
    })
  )

  it.effect("goes through every ticket once while others come and go", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const client_id = yield* makeClient(tenant)
      const ids: Array<string> = []
      for (let n = 0; n < 12; n++) ids.push(yield* makeTicket(tenant, { client_id }))
      const seen: Array<string> = []
      let cursor: string | undefined
      while (true) {
        const { body } = yield* tenant.admin.get(`${tickets}?limit=3${cursor === undefined ? "" : `&cursor=${cursor}`}`)
        seen.push(...body.data.map(({ ticket_id }: Seen) => ticket_id))
        cursor = body.pagination.nextCursor
        if (cursor === undefined) break
        // One that was shown goes, the one that ends the page too, and a new one comes before all.
        yield* tenant.admin.delete(`${tickets}/${body.data.at(-1).ticket_id}`)
        yield* makeTicket(tenant, { client_id })
      }
      assert.deepStrictEqual(seen, ids.toReversed())
    })
  )
})
