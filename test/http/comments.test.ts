/** Comments on tickets, over HTTP and PostgreSQL. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { makeTicket, references } from "../support/fixtures.ts"
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
        reactions: [],
        kind: "comment",
        event_type: null,
        event_text: null,
        publish_state: "published",
        deleted_at: null
      })
      assert.deepStrictEqual((yield* admin.get(`${path}/${added.body.data.comment_id}`)).body.data, added.body.data)
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
      assert.strictEqual((yield* admin.get(`${path}/${nobody}`)).status, 404)
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
      // A reply may be replied to, in the same thread; what it asks for itself does not count.
      const deeper = yield* admin.post(path, {
        comment_text: "Deeper",
        parent_comment_id: reply.comment_id,
        is_internal: false
      })
      assert.deepInclude(deeper.body.data, {
        thread_id: root.thread_id,
        parent_comment_id: reply.comment_id,
        is_internal: true
      })
      const sql = yield* SqlClient.SqlClient
      const [thread] = yield* sql<{ readonly reply_count: number; readonly last_activity_at: string }>`
        SELECT reply_count, last_activity_at FROM comment_threads WHERE thread_id = ${root.thread_id}`
      assert.deepStrictEqual(thread, { reply_count: 2, last_activity_at: deeper.body.data.created_at })
    })
  )

  it.effect("keep one order, however they are paged and whoever comments meanwhile", () =>
    Effect.gen(function* () {
      const { admin, path } = yield* desk
      yield* Effect.all(
        Array.from({ length: 12 }, (_, n) => admin.post(path, { comment_text: `Number ${n}` })),
        { concurrency: "unbounded" }
      )
      const ids = (query: string) =>
        Effect.map(admin.get(path + query), ({ body }) =>
          body.data.map((row: { comment_id: string }) => row.comment_id)
        )
      const all = yield* ids("")
      assert.strictEqual(new Set(all).size, 12)
      assert.deepStrictEqual(yield* ids("?order=desc"), all.toReversed())
      const pages = yield* Effect.forEach([0, 5, 10], (offset) => ids(`?limit=5&offset=${offset}`))
      assert.deepStrictEqual(pages.flat(), all)
      for (const query of ["limit=201", "offset=-1", "order=up", "content_format=html"]) {
        assert.strictEqual((yield* admin.get(`${path}?${query}`)).status, 400, query)
      }
    })
  )

  it.effect("are deleted by their author, and keep their place without their text", () =>
    Effect.gen(function* () {
      const { admin, as, path, ticket, user } = yield* desk
      const root = (yield* admin.post(path, { comment_text: "Secret", metadata: { secret: 1 } })).body.data
      const own = `${path}/${root.comment_id}`
      const reply = (yield* admin.post(path, { comment_text: "Reply", parent_comment_id: root.comment_id })).body.data
      yield* admin.post(`${own}/reactions`, { emoji: "👍" })
      const technician = yield* as("Technician")
      const refused = yield* technician.delete(own)
      assert.deepStrictEqual(
        [refused.status, refused.body.error.message],
        [400, "A comment is deleted by its author only"]
      )
      assert.strictEqual((yield* admin.delete(own)).status, 204)
      const rows = (yield* admin.get(path)).body.data
      assert.deepStrictEqual(
        rows.map((row: { comment_id: string }) => row.comment_id),
        [root.comment_id, reply.comment_id]
      )
      assert.deepInclude(rows[0], {
        note: "",
        comment_text: "",
        comment_html: "",
        markdown_content: "",
        metadata: null,
        reactions: [],
        reaction_user_names: {},
        thread_id: root.thread_id,
        created_by: user.user_id
      })
      assert.isString(rows[0].deleted_at)
      const [markdown] = (yield* admin.get(`${path}?content_format=markdown`)).body.data
      assert.deepInclude(markdown, { markdown_content: "", deleted_at: rows[0].deleted_at })
      assert.deepStrictEqual((yield* admin.get(own)).body.data, rows[0])
      assert.strictEqual((yield* admin.delete(own)).status, 404)
      assert.strictEqual((yield* admin.put(own, { comment_text: "Back" })).status, 404)
      assert.strictEqual((yield* admin.post(`${own}/reactions`, { emoji: "👍" })).status, 404)
      const late = yield* admin.post(path, { comment_text: "Late", parent_comment_id: root.comment_id })
      assert.deepStrictEqual([late.status, late.body.error.details[0].path], [400, ["parent_comment_id"]])
      // The rest of the thread goes on, and the ticket can go with all of it.
      const further = yield* admin.post(path, { comment_text: "Further", parent_comment_id: reply.comment_id })
      assert.strictEqual(further.body.data.thread_id, root.thread_id)
      assert.strictEqual((yield* admin.delete(`/api/v1/tickets/${ticket}`)).status, 204)
    })
  )

  it.effect("are reacted to, and not any more when reacted to again", () =>
    Effect.gen(function* () {
      const { admin, as, other, path, user } = yield* desk
      const { comment_id } = (yield* admin.post(path, { comment_text: "Done" })).body.data
      const reactions = `${path}/${comment_id}/reactions`
      const technician = yield* as("Technician")
      const toggle = (emoji: unknown) =>
        Effect.map(admin.post(reactions, { emoji }), ({ body, status }) => [status, body.data?.added])
      assert.deepStrictEqual(yield* toggle(" 👍 "), [200, true])
      assert.deepStrictEqual(yield* toggle(":tada:"), [200, true])
      yield* technician.post(reactions, { emoji: "👍" })
      const seen = (yield* admin.get(`${path}/${comment_id}`)).body.data
      const technicianId = seen.reactions[0].userIds[1]
      assert.deepStrictEqual(seen.reactions, [
        { emoji: "👍", count: 2, userIds: [user.user_id, technicianId], currentUserReacted: true },
        { emoji: ":tada:", count: 1, userIds: [user.user_id], currentUserReacted: true }
      ])
      assert.sameMembers(Object.keys(seen.reaction_user_names), [user.user_id, technicianId])
      const [theirs] = (yield* technician.get(path)).body.data
      assert.strictEqual(theirs.reactions[1].currentUserReacted, false)
      assert.deepStrictEqual(yield* toggle("👍"), [200, false])
      assert.deepStrictEqual(
        (yield* admin.get(path)).body.data[0].reactions.map((one: { emoji: string; count: number }) => [
          one.emoji,
          one.count
        ]),
        [
          [":tada:", 1],
          ["👍", 1]
        ]
      )
      for (const emoji of ["", "  ", "x".repeat(51), "a\u0000b", "a\nb", "\u200d", "\ud83d", 1, null, undefined]) {
        assert.deepStrictEqual((yield* toggle(emoji))[0], 400, JSON.stringify(emoji))
      }
      for (const emoji of ["👨‍👩‍👧‍👦", "❤️", "1️⃣", "x".repeat(50), "👍".repeat(50)]) {
        assert.deepStrictEqual(yield* toggle(emoji), [200, true], emoji)
      }
      const elsewhere = `/api/v1/tickets/${other}/comments/${comment_id}/reactions`
      assert.strictEqual((yield* admin.post(elsewhere, { emoji: "👍" })).status, 404)
      assert.strictEqual((yield* admin.post(`${path}/${nobody}/reactions`, { emoji: "👍" })).status, 404)
      const stranger = yield* makeTenant
      assert.strictEqual((yield* stranger.admin.post(reactions, { emoji: "👍" })).status, 404)
    })
  )

  it.effect("are reacted to by many at once, each reaction counting once", () =>
    Effect.gen(function* () {
      const { admin, as, path } = yield* desk
      const { comment_id } = (yield* admin.post(path, { comment_text: "Done" })).body.data
      const reactions = `${path}/${comment_id}/reactions`
      const technician = yield* as("Technician")
      const storm = [admin, admin, admin, technician, technician].map((who) => who.post(reactions, { emoji: "👍" }))
      const answers = yield* Effect.all(storm, { concurrency: "unbounded" })
      assert.deepStrictEqual(
        answers.map(({ status }) => status),
        [200, 200, 200, 200, 200]
      )
      const added = answers.map(({ body }) => body.data.added)
      assert.deepStrictEqual(added.slice(0, 3).sort(), [false, true, true])
      assert.deepStrictEqual(added.slice(3).sort(), [false, true])
      assert.strictEqual((yield* admin.get(path)).body.data[0].reactions[0].count, 1)
    })
  )

  it.effect("are added once, however often the same request comes", () =>
    Effect.gen(function* () {
      const { admin, path } = yield* desk
      const key = { "idempotency-key": "said-once" }
      const first = yield* admin.post(path, { comment_text: "Once" }, key)
      const again = yield* admin.post(path, { comment_text: "Once" }, key)
      assert.deepStrictEqual([again.status, again.body], [201, first.body])
      assert.strictEqual((yield* admin.get(path)).body.data.length, 1)
      const reactions = `${path}/${first.body.data.comment_id}/reactions`
      for (const _ of [1, 2]) {
        const { body } = yield* admin.post(reactions, { emoji: "👍" }, { "idempotency-key": "liked-once" })
        assert.deepStrictEqual(body.data, { added: true })
      }
    })
  )

  it.effect("of a bundle's master are copied, changed and deleted on its children", () =>
    Effect.gen(function* () {
      const { admin, other: child, path, ticket: master } = yield* desk
      const childPath = `/api/v1/tickets/${child}/comments`
      const onChild = (query = "") => Effect.map(admin.get(childPath + query), ({ body }) => body.data)
      const before = (yield* admin.post(path, { comment_text: "Before" })).body.data
      yield* admin.post(`/api/v1/tickets/${master}/bundle`, { child_ticket_ids: [child] })
      const root = (yield* admin.post(path, { comment_text: "Root" })).body.data
      yield* admin.post(path, { comment_text: "Among us", is_internal: true })
      yield* admin.post(path, { comment_text: "Reply", parent_comment_id: root.comment_id })
      yield* admin.post(path, { comment_text: "Old thread", parent_comment_id: before.comment_id })
      const [copy, reply, alone, ...more] = yield* onChild()
      assert.deepStrictEqual(more, [])
      assert.deepInclude(copy, { note: "Root", author_type: "unknown", user_id: null, is_system_generated: true })
      // A reply joins its parent's copy, where there is one.
      assert.deepInclude(reply, { note: "Reply", thread_id: copy.thread_id, parent_comment_id: copy.comment_id })
      assert.deepInclude(alone, { note: "Old thread", parent_comment_id: null })
      assert.notStrictEqual(alone.thread_id, copy.thread_id)
      const state = (yield* admin.get(`/api/v1/tickets/${child}`)).body.data.response_state
      assert.strictEqual(state, "awaiting_client")
      yield* admin.put(`${path}/${root.comment_id}`, { comment_text: "Changed" })
      assert.deepInclude((yield* onChild())[0], { note: "Changed", markdown_content: "Changed" })
      for (const refused of [
        yield* admin.put(`${childPath}/${copy.comment_id}`, { comment_text: "x" }),
        yield* admin.delete(`${childPath}/${copy.comment_id}`)
      ]) {
        assert.match(refused.body.error.message, /^A system-generated comment cannot be (edited|deleted)$/)
      }
      assert.strictEqual((yield* admin.delete(`${path}/${root.comment_id}`)).status, 204)
      const [deleted, kept] = yield* onChild()
      assert.deepInclude(deleted, { comment_id: copy.comment_id, note: "", comment_html: "" })
      assert.isString(deleted.deleted_at)
      assert.deepInclude(kept, { note: "Reply", deleted_at: null })
      const sql = yield* SqlClient.SqlClient
      const told = yield* sql<{ readonly event_type: string }>`SELECT event_type FROM events
        WHERE entity_id = ${child} AND event_type LIKE 'TICKET_COMMENT%' ORDER BY event_id`
      assert.deepStrictEqual(
        told.map(({ event_type }) => event_type.replace("TICKET_COMMENT_", "")),
        ["ADDED", "ADDED", "ADDED", "UPDATED", "DELETED"]
      )
      assert.strictEqual((yield* admin.delete(`/api/v1/tickets/${child}`)).status, 204)
    })
  )

  it.effect("on a bundle's child reopen its master, a public reply in whatever thread", () =>
    Effect.gen(function* () {
      const own = yield* desk
      const { admin, other: child, ticket: master } = own
      const { statuses } = yield* references(own)
      const bundle = `/api/v1/tickets/${master}/bundle`
      const said = `/api/v1/tickets/${child}/comments`
      yield* admin.post(bundle, { child_ticket_ids: [child], mode: "link_only" })
      yield* admin.put(`${bundle}/settings`, { reopen_on_child_reply: true })
      const close = admin.put(`/api/v1/tickets/${master}/status`, { status_id: statuses["Closed"] })
      const isClosed = Effect.map(admin.get(`/api/v1/tickets/${master}`), ({ body }) => body.data.is_closed)
      const open = (yield* admin.post(said, { comment_text: "Public" })).body.data
      const hidden = (yield* admin.post(said, { comment_text: "Internal", is_internal: true })).body.data
      const reply = (parent: string, is_internal: boolean) =>
        admin.post(said, { comment_text: "Reply", parent_comment_id: parent, is_internal })
      yield* close
      yield* reply(hidden.comment_id, false)
      assert.strictEqual(yield* isClosed, true, "A reply among colleagues is as internal as its thread")
      yield* reply(open.comment_id, true)
      assert.strictEqual(yield* isClosed, false, "A reply in a public thread is public")
      // Many at once, while the master is closed again and again: nobody waits for somebody who waits for them.
      const storm = Array.from({ length: 6 }, () => [close, admin.post(said, { comment_text: "Still broken" })]).flat()
      const answers = yield* Effect.all(storm, { concurrency: "unbounded" })
      assert.deepStrictEqual(
        answers.filter(({ status }) => status >= 400),
        []
      )
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
      const empty = JSON.stringify([{ type: "paragraph", content: [{ type: "text", text: " ", styles: {} }] }])
      const nothing = yield* admin.post(path, { comment_text: empty })
      assert.deepStrictEqual([nothing.status, nothing.body.error.details[0].path], [400, ["comment_text"]])
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
