/** Requests that are sent again, and changes of what somebody else has changed. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { makeClient, makeTicket, references } from "../support/fixtures.ts"
import { makeTenant, suite } from "../support/service.ts"

const tickets = "/api/v1/tickets"

suite("a request with an Idempotency-Key", (it) => {
  const prepared = Effect.gen(function* () {
    const tenant = yield* makeTenant
    const { board_id } = yield* references(tenant)
    const client_id = yield* makeClient(tenant)
    const body = (title: string) => ({ title, client_id, board_id })
    const count = Effect.map(tenant.admin.get(`${tickets}?limit=1`), ({ body }) => body.pagination.total)
    return { tenant, body, count }
  })

  it.effect("is done once, and answered the same again", () =>
    Effect.gen(function* () {
      const { body, count, tenant } = yield* prepared
      const send = (title: string, key = "k-1") => tenant.admin.post(tickets, body(title), { "idempotency-key": key })
      const first = yield* send("Once")
      assert.strictEqual(first.status, 201)
      assert.strictEqual(first.headers.get("idempotency-replayed"), null)
      const again = yield* send("Once")
      assert.deepStrictEqual([again.status, again.body], [201, first.body])
      assert.strictEqual(again.headers.get("idempotency-replayed"), "true")
      assert.isNotNull(again.headers.get("x-ratelimit-limit"))
      const reused = yield* send("Another")
      assert.deepStrictEqual([reused.status, reused.body.error.code], [422, "IDEMPOTENCY_KEY_REUSED"])
      assert.strictEqual((yield* send("Another", "k-2")).status, 201)
      assert.strictEqual(yield* count, 2)
    })
  )

  it.effect("that failed has written nothing, and may be sent again", () =>
    Effect.gen(function* () {
      const { body, count, tenant } = yield* prepared
      const headers = { "idempotency-key": "again" }
      const wrong = yield* tenant.admin.post(
        tickets,
        { ...body("x"), tags: ["a"], client_id: tenant.user.user_id },
        headers
      )
      assert.strictEqual(wrong.status, 400)
      assert.strictEqual((yield* tenant.admin.post(tickets, body("x"), headers)).status, 201)
      assert.strictEqual(yield* count, 1)
    })
  )

  it.effect("is refused while the first is being handled, so that many at once make one", () =>
    Effect.gen(function* () {
      const { body, count, tenant } = yield* prepared
      const answers = yield* Effect.all(
        Array.from({ length: 8 }, () => tenant.admin.post(tickets, body("Many"), { "idempotency-key": "many" })),
        { concurrency: "unbounded" }
      )
      for (const { status } of answers) assert.include([201, 409], status)
      const made = new Set(answers.flatMap(({ body, status }) => (status === 201 ? [body.data.ticket_id] : [])))
      assert.strictEqual(made.size, 1)
      assert.strictEqual(yield* count, 1)
    })
  )

  it.effect("is one user's, and forgotten after a day", () =>
    Effect.gen(function* () {
      const { body, count, tenant } = yield* prepared
      const colleague = yield* tenant.as("Technician")
      const headers = { "idempotency-key": "shared" }
      yield* tenant.admin.post(tickets, body("Mine"), headers)
      assert.strictEqual((yield* colleague.post(tickets, body("Theirs"), headers)).body.data.title, "Theirs")
      const sql = yield* SqlClient.SqlClient
      yield* sql`UPDATE idempotency_keys SET created_at = now() - interval '25 hours' WHERE tenant = ${tenant.tenant.tenant}`
      assert.strictEqual((yield* tenant.admin.post(tickets, body("Later"), headers)).body.data.title, "Later")
      assert.strictEqual(yield* count, 3)
    })
  )

  it.effect("brings a key that is one, where it brings one", () =>
    Effect.gen(function* () {
      const { body, tenant } = yield* prepared
      for (const key of ["with space", "x".repeat(256)]) {
        const { body: answer, status } = yield* tenant.admin.post(tickets, body("x"), { "idempotency-key": key })
        assert.deepStrictEqual([status, answer.error.details[0].path], [400, ["Idempotency-Key"]])
      }
    })
  )
})

suite("a change with If-Match", (it) => {
  it.effect("is made of the version that was read, and of no other", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const id = yield* makeTicket(tenant)
      const path = `${tickets}/${id}`
      const read = yield* tenant.admin.get(path)
      const tag = read.headers.get("etag") ?? ""
      assert.match(tag, /^"[\w-]+"$/)
      const changed = yield* tenant.admin.put(path, { title: "First" }, { "if-match": tag })
      assert.strictEqual(changed.status, 200)
      const next = changed.headers.get("etag") ?? ""
      assert.notStrictEqual(next, tag)
      assert.strictEqual((yield* tenant.admin.get(`${path}?fields=title`)).headers.get("etag"), next)
      for (const [method, where, body] of [
        ["PUT", path, { title: "Stale" }],
        ["PUT", `${path}/assignment`, { assigned_to: null }],
        ["PUT", `${path}/status`, { status_id: changed.body.data.status_id }],
        ["DELETE", path, undefined]
      ] as const) {
        const stale = yield* tenant.admin.send(method, where, body, { "if-match": tag })
        assert.deepStrictEqual(
          [stale.status, stale.body.error.code],
          [412, "PRECONDITION_FAILED"],
          `${method} ${where}`
        )
      }
      assert.strictEqual((yield* tenant.admin.get(path)).body.data.title, "First")
      const either = yield* tenant.admin.put(path, { title: "Second" }, { "if-match": `${tag}, W/${next}` })
      assert.strictEqual(either.status, 200)
      assert.strictEqual((yield* tenant.admin.delete(path, undefined, { "if-match": "*" })).status, 204)
    })
  )

  it.effect("is made by one of two at once", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const path = `${tickets}/${yield* makeTicket(tenant)}`
      const tag = (yield* tenant.admin.get(path)).headers.get("etag") ?? ""
      const statuses = yield* Effect.all(
        ["a", "b", "c"].map((title) =>
          Effect.map(tenant.admin.put(path, { title }, { "if-match": tag }), ({ status }) => status)
        ),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(statuses.toSorted(), [200, 412, 412])
    })
  )

  it.effect("is refused after a comment has changed the ticket, too", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const path = `${tickets}/${yield* makeTicket(tenant)}`
      const tag = (yield* tenant.admin.get(path)).headers.get("etag") ?? ""
      yield* tenant.admin.post(`${path}/comments`, { comment_text: "Wait" })
      assert.strictEqual((yield* tenant.admin.put(path, { title: "x" }, { "if-match": tag })).status, 412)
    })
  )
})
