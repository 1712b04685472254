/** Comments on tickets, over HTTP and PostgreSQL. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { makeTicket } from "../support/fixtures.ts"
import { makeTenant, suite } from "../support/service.ts"

const nobody = "00000000-0000-4000-8000-000000000000"

const desk = Effect.gen(function* () {
  const tenant = yield* makeTenant
  const ticket = yield* makeTicket(tenant)
  return { ...tenant, ticket, other: yield* makeTicket(tenant), path: `/api/v1/tickets/${ticket}/comments` }
})

suite("comments", (it) => {
  it.effect("are added, listed, and edited by their author", () =>
    Effect.gen(function* () {
      const { admin, as, path, user } = yield* desk
      const added = yield* admin.post(path, { comment_text: "First <b>", is_internal: true, metadata: { a: 1 } })
      assert.strictEqual(added.status, 201, JSON.stringify(added.body))
      assert.deepInclude(added.body.data, {
        comment_text: "First <b>",
        note: "First <b>",
        comment_html: "<p>First &lt;b&gt;</p>",
        author_type: "internal",
        is_internal: true,
        is_resolution: false,
        created_by: user.user_id,
        metadata: { a: 1 },
        reactions: []
      })
      yield* admin.post(path, { comment_text: "Second" })
      const texts = (query: string) =>
        Effect.map(admin.get(path + query), ({ body }) =>
          body.data.map((row: { comment_text: string }) => row.comment_text)
        )
      assert.deepStrictEqual(yield* texts(""), ["First <b>", "Second"])
      assert.deepStrictEqual(yield* texts("?order=desc"), ["Second", "First <b>"])
      assert.deepStrictEqual(yield* texts("?limit=1&offset=1"), ["Second"])
      const own = `${path}/${added.body.data.comment_id}`
      assert.strictEqual((yield* admin.put(own, { comment_text: "First" })).body.data.comment_text, "First")
      const technician = yield* as("Technician")
      assert.strictEqual((yield* technician.put(own, { comment_text: "Mine" })).status, 400)
      assert.strictEqual((yield* admin.put(`${path}/${nobody}`, { comment_text: "x" })).status, 404)
      assert.deepStrictEqual(yield* texts(""), ["First", "Second"])
    })
  )

  it.effect("are shown as Markdown, too", () =>
    Effect.gen(function* () {
      const { admin, path } = yield* desk
      const rich = JSON.stringify([
        { type: "heading", props: { level: 2 }, content: [{ type: "text", text: "Done", styles: {} }], children: [] },
        { type: "bulletListItem", content: [{ type: "text", text: "fast", styles: { bold: true } }], children: [] }
      ])
      const { body } = yield* admin.post(path, { comment_text: rich })
      assert.strictEqual(body.data.comment_html, "<h2>Done</h2><ul><li><strong>fast</strong></li></ul>")
      const [row] = (yield* admin.get(`${path}?content_format=markdown`)).body.data
      assert.strictEqual(row.markdown_content, "## Done\n- **fast**")
      assert.notProperty(row, "comment_text")
    })
  )

  it.effect("form threads, and a reply is as internal as its thread", () =>
    Effect.gen(function* () {
      const { admin, other, path } = yield* desk
      const root = (yield* admin.post(path, { comment_text: "Root", is_internal: true })).body.data
      const reply = (yield* admin.post(path, { comment_text: "Reply", parent_comment_id: root.comment_id })).body.data
      assert.deepInclude(reply, { thread_id: root.thread_id, parent_comment_id: root.comment_id, is_internal: true })
      const elsewhere = yield* admin.post(`/api/v1/tickets/${other}/comments`, {
        comment_text: "Reply",
        parent_comment_id: root.comment_id
      })
      assert.deepStrictEqual([elsewhere.status, elsewhere.body.error.details[0].path], [400, ["parent_comment_id"]])
      assert.strictEqual((yield* admin.post(path, { comment_text: "x", parent_comment_id: nobody })).status, 404)
    })
  )

  it.effect("have a length, as a reader counts it", () =>
    Effect.gen(function* () {
      const { admin, path } = yield* desk
      assert.strictEqual((yield* admin.post(path, { comment_text: "x".repeat(5000) })).status, 201)
      const long = yield* admin.post(path, { comment_text: "x".repeat(5001) })
      assert.strictEqual(long.status, 400)
      assert.match(long.body.error.message, /too long/)
      assert.deepStrictEqual(long.body.error.details[0].path, ["comment_text"])
      assert.strictEqual((yield* admin.post(path, { comment_text: "  " })).status, 400)
      assert.strictEqual((yield* admin.post(path, {})).status, 400)
      const flags = yield* admin.post(path, { comment_text: "x", suppressInternalNotifications: true })
      assert.deepStrictEqual(flags.body.error.details[0].path, ["suppressInternalNotifications"])
    })
  )

  it.effect("need a ticket, and the right to change it", () =>
    Effect.gen(function* () {
      const { admin, as, path, ticket } = yield* desk
      assert.strictEqual((yield* admin.get(`/api/v1/tickets/${nobody}/comments`)).status, 404)
      assert.strictEqual((yield* admin.post(`/api/v1/tickets/${nobody}/comments`, { comment_text: "x" })).status, 404)
      assert.strictEqual((yield* admin.get(`${path}?limit=0`)).status, 400)
      const outsider = yield* as("partner-admin")
      assert.strictEqual((yield* outsider.get(path)).status, 403)
      assert.strictEqual((yield* outsider.post(path, { comment_text: "x" })).status, 403)
      const stranger = yield* desk
      assert.strictEqual((yield* stranger.admin.post(path, { comment_text: "x" })).status, 404)
      assert.strictEqual((yield* admin.get(`/api/v1/tickets/${ticket}`)).body.data.response_state, null)
      yield* admin.post(path, { comment_text: "Your turn" })
      assert.strictEqual((yield* admin.get(`/api/v1/tickets/${ticket}`)).body.data.response_state, "awaiting_client")
    })
  )
})
