/** Habits of existing clients that a service must not trip over. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { makeClient, makeTeam, makeTicket } from "../support/fixtures.ts"
import { atDesk, Desk, said } from "./desk.ts"

const tickets = "/api/v1/tickets"

atDesk("clients may", (it) => {
  for (const name of ["limit", "pageSize", "page_size"]) {
    it.effect(`call a page's size ${name}`, () =>
      Effect.gen(function* () {
        const { admin, owner } = yield* Desk
        for (let made = 0; made < 3; made++) yield* makeTicket(owner)
        const { body, status } = yield* admin.get(`${tickets}?page=2&${name}=2`)
        assert.deepStrictEqual([status, body.pagination.limit, body.pagination.page], [200, 2, 2])
        assert.isNotEmpty(body.data)
        assert.isTrue(body.pagination.hasPrev)
      })
    )
  }

  for (const name of ["search", "search_term"]) {
    it.effect(`call what they search by ${name}`, () =>
      Effect.gen(function* () {
        const { admin, owner } = yield* Desk
        const client_id = yield* makeClient(owner, { client_name: `Known by its ${name}.` })
        const { body } = yield* admin.get(`/api/v1/clients?${name}=${encodeURIComponent(`BY ITS ${name}.`)}`)
        assert.deepStrictEqual(
          body.data.map((row: { readonly client_id: string }) => row.client_id),
          [client_id]
        )
      })
    )
  }

  it.effect("send a JSON body with DELETE, which is read", () =>
    Effect.gen(function* () {
      const { admin, app, owner, technician } = yield* Desk
      const id = yield* makeTicket(owner)
      const members = [owner.user.user_id, technician.user_id]
      const team_id = yield* makeTeam(owner, members)
      const agents = Effect.map(admin.get(`${tickets}/${id}/agents`), ({ body }) => body.data.additional_agents.length)
      yield* admin.put(`${tickets}/${id}/team`, { team_id })
      yield* said(() => app.call("DELETE", `${tickets}/${id}/team`, { body: { mode: "keep_all" } }))
      assert.strictEqual(yield* agents, 1)
      yield* admin.put(`${tickets}/${id}/team`, { team_id })
      yield* said(() => app.call("DELETE", `${tickets}/${id}/team`))
      assert.strictEqual(yield* agents, 0)
    })
  )

  it.effect("send a JSON body with a DELETE that reads none", () =>
    Effect.gen(function* () {
      const { admin, owner } = yield* Desk
      const id = yield* makeTicket(owner)
      assert.strictEqual((yield* admin.delete(`${tickets}/${id}`, { reason: "Twice" })).status, 204)
    })
  )

  it.effect("call a GET without a body JSON", () =>
    Effect.gen(function* () {
      const { admin, owner } = yield* Desk
      const id = yield* makeTicket(owner)
      const { body, status } = yield* admin.get(`${tickets}/${id}`, { "content-type": "application/json" })
      assert.deepStrictEqual([status, body.data.ticket_id], [200, id])
    })
  )

  it.effect("send query parameters that nobody knows, and are told so", () =>
    Effect.gen(function* () {
      const { admin } = yield* Desk
      const { body, status } = yield* admin.get(`${tickets}?overdue=true&colour=red`)
      assert.deepStrictEqual([status, body.meta.ignored], [200, ["overdue", "colour"]])
    })
  )

  it.effect("send body fields that nobody knows, and are told so", () =>
    Effect.gen(function* () {
      const { admin, owner } = yield* Desk
      const id = yield* makeTicket(owner)
      const { body, status } = yield* admin.put(`${tickets}/${id}`, { title: "Renamed", reason: "Clearer" })
      assert.deepStrictEqual([status, body.data.title, body.meta.ignored], [200, "Renamed", ["reason"]])
    })
  )

  const unpaged = [
    "/statuses",
    "/priorities",
    "/{id}/comments",
    "/{id}/checklist",
    "/{id}/materials",
    "/{id}/documents"
  ]
  for (const path of unpaged) {
    it.effect(`ask for a page of ${path}, which has none`, () =>
      Effect.gen(function* () {
        const { admin, owner } = yield* Desk
        const id = yield* makeTicket(owner)
        const { body, status } = yield* admin.get(`${tickets}${path.replace("{id}", id)}?page=1&limit=100`)
        assert.strictEqual(status, 200, JSON.stringify(body))
        assert.isArray(body.data)
        assert.notProperty(body, "pagination")
      })
    )
  }

  it.effect("send the key as a bearer token beside x-api-key", () =>
    Effect.gen(function* () {
      const { admin, adminKey } = yield* Desk
      const { status } = yield* admin.get(tickets, { authorization: `Bearer ${adminKey}` })
      assert.strictEqual(status, 200)
    })
  )
})
