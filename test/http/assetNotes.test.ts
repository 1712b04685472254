/** The notes of assets, over HTTP and PostgreSQL. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { upload } from "../support/files.ts"
import { makeAsset, makeTicket } from "../support/fixtures.ts"
import { makeTenant, suite } from "../support/service.ts"

const base = "/api/v1/assets"
const nobody = "00000000-0000-4000-8000-000000000000"
const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

const desk = Effect.gen(function* () {
  const tenant = yield* makeTenant
  const asset = yield* makeAsset(tenant, { name: "Front desk" })
  return { ...tenant, owner: tenant.tenant.tenant, asset, one: `${base}/${asset}`, path: `${base}/${asset}/notes` }
})

const blocks = (text: string) => [
  { id: "1", type: "heading", props: { level: 2 }, content: [{ type: "text", text: "<b>", styles: {} }], children: [] },
  { id: "2", type: "paragraph", props: {}, content: [{ type: "text", text, styles: { bold: true } }], children: [] }
]

const eventsOf = Effect.fnUntraced(function* (owner: string, asset: string) {
  const sql = yield* SqlClient.SqlClient
  return yield* sql<{ readonly event_type: string; readonly payload: Record<string, unknown> }>`
    SELECT event_type, payload FROM events
    WHERE tenant = ${owner} AND entity_type = 'asset' AND entity_id = ${asset} ORDER BY event_id`
})

/** How many documents, associations and contents the tenant has. */
const counts = Effect.fnUntraced(function* (tenant: string) {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ readonly documents: number; readonly associations: number; readonly contents: number }>`
    SELECT (SELECT count(*) FROM documents WHERE tenant = ${tenant}) AS documents,
      (SELECT count(*) FROM document_associations WHERE tenant = ${tenant}) AS associations,
      (SELECT count(*) FROM document_block_content WHERE tenant = ${tenant}) AS contents`
  return [row!.documents, row!.associations, row!.contents]
})

suite("notes of an asset", (it) => {
  it.effect("are none at first, then one document", () =>
    Effect.gen(function* () {
      const { admin, asset, one, owner, path, user } = yield* desk
      const none = yield* admin.get(path)
      const { updated_at, ...nothing } = none.body.data
      assert.strictEqual(none.status, 200)
      assert.deepStrictEqual(nothing, {
        document: null,
        blockData: null,
        lastUpdated: null,
        markdown: null,
        html: null
      })
      assert.strictEqual(updated_at, (yield* admin.get(one)).body.data.created_at)

      const saved = yield* admin.put(path, { blockData: blocks("Ring twice") })
      assert.deepStrictEqual([saved.status, Object.keys(saved.body)], [200, ["data", "message"]])
      const { document_id } = saved.body.data
      const { data } = (yield* admin.get(path)).body
      assert.deepStrictEqual(data.blockData, blocks("Ring twice"))
      assert.strictEqual(data.markdown, "## <b>\n**Ring twice**")
      assert.strictEqual(data.html, "<h2>&lt;b&gt;</h2><p><strong>Ring twice</strong></p>")
      assert.deepInclude(data.document, {
        tenant: owner,
        document_id,
        document_name: "Front desk Notes",
        mime_type: "application/json",
        file_id: null,
        created_by: user.user_id,
        created_by_full_name: user.email
      })
      assert.match(data.lastUpdated, iso)
      assert.deepStrictEqual([data.updated_at, data.document.updated_at], [data.lastUpdated, data.lastUpdated])
      assert.isAbove(data.document.file_size, 100)
      assert.strictEqual((yield* admin.get(one)).body.data.notes_document_id, document_id)
      const [listed] = (yield* admin.get(`${one}/documents`)).body.data
      assert.deepInclude(listed, { document_id, document_name: "Front desk Notes", uploaded_at: data.lastUpdated })
      assert.strictEqual((yield* admin.get(`${one}/documents/${document_id}`)).status, 404, "It is no file")

      const more = yield* admin.put(path, { blockData: blocks("Ring once") })
      assert.strictEqual(more.body.data.document_id, document_id)
      const after = (yield* admin.get(path)).body.data
      assert.deepStrictEqual(after.blockData, blocks("Ring once"))
      assert.isTrue(after.lastUpdated > data.lastUpdated)
      assert.strictEqual(after.document.created_at, data.document.created_at)
      const same = yield* admin.put(path, { blockData: blocks("Ring once") })
      assert.strictEqual(same.body.data.updated_at, after.lastUpdated, "What changes nothing is no change")
      assert.deepStrictEqual(yield* counts(owner), [1, 1, 1])
      const changes = (before: string | null, now: string | null) => ({
        document_id,
        changes: { notes: { old: before, new: now } }
      })
      assert.deepStrictEqual(yield* eventsOf(owner, asset), [
        { event_type: "ASSET_NOTES_UPDATED", payload: changes(null, "<b>\nRing twice") },
        { event_type: "ASSET_NOTES_UPDATED", payload: changes("<b>\nRing twice", "<b>\nRing once") }
      ])
      const history = (yield* admin.get(`${one}/history`)).body.data[0]
      assert.deepInclude(history, { change_type: "notes_updated", changed_by: user.user_id })
    })
  )

  it.effect("are any JSON", () =>
    Effect.gen(function* () {
      const { admin, path } = yield* desk
      const many = Array.from({ length: 500 }, (_, at) => ({ type: "paragraph", content: `Line ${at}` }))
      for (const [blockData, markdown, html] of [
        ["Just text", "Just text", "<p>Just text</p>"],
        [JSON.stringify(blocks("Serialised")), "## <b>\n**Serialised**", undefined],
        [[], "", ""],
        ["", "", ""],
        [null, null, null],
        [5, null, null],
        [false, null, null],
        [{ type: "doc", content: [{ type: "text", text: "Übermut 🔥" }] }, null, null],
        [[1, [2, { b: "a", a: null }]], null, null],
        [many, many.map(({ content }) => content).join("\n"), undefined]
      ] as const) {
        const saved = yield* admin.put(path, { blockData })
        assert.strictEqual(saved.status, 200, JSON.stringify(saved.body))
        const { data } = (yield* admin.get(path)).body
        assert.deepStrictEqual([data.blockData, data.markdown], [blockData, markdown])
        if (html !== undefined) assert.strictEqual(data.html, html)
      }
    })
  )

  it.effect("that cannot be saved are refused, and leave what is there", () =>
    Effect.gen(function* () {
      const { admin, owner, path } = yield* desk
      const missing = yield* admin.put(path, { blocks: [] })
      assert.deepStrictEqual(missing.status, 400)
      assert.deepStrictEqual(missing.body.error, {
        code: "VALIDATION_ERROR",
        message: "Missing blockData in request body",
        details: [{ path: ["blockData"], message: "Missing key" }]
      })
      let deep: unknown = "x"
      for (let level = 0; level < 200; level++) deep = [deep]
      for (const [body, status] of [
        [undefined, 400],
        ["", 400],
        ["{nope", 400],
        ["[]", 400],
        ["null", 400],
        [{ blockData: "a\u0000b" }, 400],
        [{ blockData: ["\ud800"] }, 400],
        [{ blockData: deep }, 400],
        [{ blockData: "x".repeat(1024 * 1024) }, 413]
      ] as const) {
        assert.strictEqual((yield* admin.put(path, body)).status, status, JSON.stringify(body)?.slice(0, 50))
      }
      assert.strictEqual((yield* admin.put(path, { blockData: 1 }, { "content-type": "text/plain" })).status, 415)
      assert.deepStrictEqual(yield* counts(owner), [0, 0, 0])
      const long = "x".repeat(1024 * 1024 - 100)
      assert.strictEqual((yield* admin.put(path, { blockData: long })).status, 200)
      assert.strictEqual((yield* admin.get(path)).body.data.blockData, long)
    })
  )

  it.effect("are saved whole, whoever saves at the same time", () =>
    Effect.gen(function* () {
      const { admin, owner, path } = yield* desk
      const texts = ["One", "Two", "Three", "Four", "Five"]
      const answers = yield* Effect.all(
        texts.map((text) => admin.put(path, { blockData: blocks(text) })),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(
        answers.map(({ status }) => status),
        texts.map(() => 200)
      )
      assert.strictEqual(new Set(answers.map(({ body }) => body.data.document_id)).size, 1)
      assert.strictEqual(new Set(answers.map(({ body }) => body.data.updated_at)).size, 5, "Each is a version")
      assert.deepStrictEqual(yield* counts(owner), [1, 1, 1])
      const { data } = (yield* admin.get(path)).body
      const last = answers.findIndex(({ body }) => body.data.updated_at === data.updated_at)
      assert.deepStrictEqual(data.blockData, blocks(texts[last]!))
    })
  )

  it.effect("are changed only as they were read, where the caller says how", () =>
    Effect.gen(function* () {
      const { admin, path } = yield* desk
      const tagOf = (answer: { readonly headers: Headers }) => answer.headers.get("etag") ?? ""
      const match = (tag: string) => ({ "if-match": tag })
      const none = tagOf(yield* admin.get(path))
      const both = yield* Effect.all(
        ["Mine", "Yours"].map((blockData) => admin.put(path, { blockData }, match(none))),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(both.map(({ status }) => status).sort(), [200, 412])
      const first = tagOf(both.find(({ status }) => status === 200)!)
      assert.strictEqual(tagOf(yield* admin.get(path)), first)
      assert.notStrictEqual(first, none)
      assert.strictEqual((yield* admin.put(path, { blockData: "Second" }, match(first))).status, 200)
      const stale = yield* admin.put(path, { blockData: "Third" }, match(first))
      assert.deepStrictEqual([stale.status, stale.body.error.code], [412, "PRECONDITION_FAILED"])
      assert.strictEqual((yield* admin.delete(path, undefined, match(first))).status, 412)
      assert.strictEqual((yield* admin.get(path)).body.data.blockData, "Second")
      const gone = yield* admin.delete(path, undefined, match(tagOf(yield* admin.get(path))))
      assert.deepStrictEqual([gone.status, tagOf(gone)], [200, none])
      assert.strictEqual((yield* admin.put(path, { blockData: "Anew" }, match(none))).status, 200)
    })
  )

  it.effect("are taken away, with their document or without", () =>
    Effect.gen(function* () {
      const { admin, asset, one, owner, path } = yield* desk
      const nothing = yield* admin.delete(path)
      assert.deepStrictEqual([nothing.status, nothing.body.data.document_id], [200, null])
      assert.isString(nothing.body.data.message)
      const first = (yield* admin.put(path, { blockData: "First" })).body.data.document_id
      const unlinked = yield* admin.delete(path)
      assert.deepStrictEqual([unlinked.status, unlinked.body.data.document_id], [200, first])
      assert.strictEqual((yield* admin.get(path)).body.data.document, null)
      assert.strictEqual((yield* admin.get(one)).body.data.notes_document_id, null)
      const ids = () =>
        Effect.map(admin.get(`${one}/documents`), ({ body }) =>
          body.data.map(({ document_id }: { readonly document_id: string }) => document_id)
        )
      assert.deepStrictEqual(yield* ids(), [first])
      const second = (yield* admin.put(path, { blockData: "Second" })).body.data.document_id
      assert.deepStrictEqual(yield* ids(), [second, first])
      assert.strictEqual((yield* admin.delete(`${path}?delete_document=maybe`)).status, 400)
      const deleted = yield* admin.delete(`${path}?delete_document=true`)
      assert.deepStrictEqual([deleted.status, deleted.body.data.document_id], [200, second])
      assert.deepStrictEqual(yield* ids(), [first])
      assert.deepStrictEqual(yield* counts(owner), [1, 1, 1])
      const told = (yield* eventsOf(owner, asset)).filter(({ event_type }) => event_type === "ASSET_NOTES_DELETED")
      assert.deepStrictEqual(
        told.map(({ payload }) => payload),
        [first, second].map((document_id, at) => ({
          document_id,
          changes: { notes: { old: at === 0 ? "First" : "Second", new: null } }
        }))
      )
    })
  )

  it.effect("go when their document is taken from the asset, and stay where else it belongs", () =>
    Effect.gen(function* () {
      const tenant = yield* desk
      const { admin, asset, one, owner, path } = tenant
      const notes = () => Effect.map(admin.get(path), ({ body }) => body.data.blockData)
      const first = (yield* admin.put(path, { blockData: "First" })).body.data.document_id
      yield* upload(admin, `${one}/documents`, { content: "A file" })
      assert.strictEqual(yield* notes(), "First", "Another document is nothing to them")
      assert.strictEqual((yield* admin.delete(`${one}/documents/${first}`)).status, 204)
      assert.strictEqual(yield* notes(), null)

      const second = (yield* admin.put(path, { blockData: "Second" })).body.data.document_id
      const other = yield* makeAsset(tenant)
      const elsewhere = `${base}/${other}/documents`
      assert.strictEqual((yield* admin.post(elsewhere, { document_id: second })).status, 201)
      const [association] = (yield* admin.get(`${one}/documents`)).body.data
      assert.strictEqual(association.document_id, second)
      assert.strictEqual((yield* admin.delete(`${base}/documents/${association.association_id}`)).status, 204)
      assert.strictEqual(yield* notes(), null)
      assert.strictEqual((yield* admin.get(elsewhere)).body.data[0].document_id, second)

      const third = (yield* admin.put(path, { blockData: "Third" })).body.data.document_id
      yield* admin.post(elsewhere, { document_id: third })
      yield* admin.delete(`${path}?delete_document=true`)
      assert.strictEqual((yield* admin.get(elsewhere)).body.data.length, 2)
      assert.strictEqual((yield* admin.get(`${one}/documents`)).body.data.length, 1)
      yield* admin.put(path, { blockData: "Fourth" })
      yield* makeTicket(tenant)
      assert.strictEqual((yield* admin.delete(`${base}/${asset}`)).status, 204)
      assert.deepStrictEqual(yield* counts(owner), [2, 2, 2])
    })
  )

  it.effect("are for those who may, in their own tenant", () =>
    Effect.gen(function* () {
      const { admin, as, path } = yield* desk
      const stranger = yield* desk
      const reader = yield* as("Dispatcher")
      const technician = yield* as("Technician")
      const outsider = yield* as("partner-admin")
      for (const [who, get, put, remove] of [
        [outsider, 403, 403, 403],
        [reader, 200, 403, 403],
        [technician, 200, 200, 200],
        [stranger.admin, 404, 404, 404]
      ] as const) {
        const answers = yield* Effect.all([who.get(path), who.put(path, { blockData: "x" }), who.delete(path)])
        assert.deepStrictEqual(
          answers.map(({ status }) => status),
          [get, put, remove]
        )
      }
      for (const [id, status] of [
        [nobody, 404],
        ["abc", 400]
      ] as const) {
        assert.strictEqual((yield* admin.get(`${base}/${id}/notes`)).status, status)
        assert.strictEqual((yield* admin.put(`${base}/${id}/notes`, { blockData: 1 })).status, status)
        assert.strictEqual((yield* admin.delete(`${base}/${id}/notes`)).status, status)
      }
    })
  )
})
