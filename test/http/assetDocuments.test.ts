/** Documents of assets, over HTTP, PostgreSQL and a content store. */
import { randomUUID } from "node:crypto"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { newId } from "../../src/services/ids.ts"
import { TenantService } from "../../src/services/TenantService.ts"
import { boundary, send, upload } from "../support/files.ts"
import { makeAsset, makeTicket } from "../support/fixtures.ts"
import { keyOf, makeTenant, suite, type TestTenant } from "../support/service.ts"

const base = "/api/v1/assets"
const nobody = "00000000-0000-4000-8000-000000000000"
const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

const desk = Effect.gen(function* () {
  const tenant = yield* makeTenant
  const asset = yield* makeAsset(tenant)
  return { ...tenant, owner: tenant.tenant.tenant, asset, path: `${base}/${asset}/documents` }
})

/** A document of a new ticket: its id, and where it is. */
const ticketDocument = Effect.fnUntraced(function* (tenant: TestTenant, content = "Shared") {
  const path = `/api/v1/tickets/${yield* makeTicket(tenant)}/documents`
  const { body } = yield* upload(tenant.admin, path, { name: "shared.txt", content })
  const document_id: string = body.data.document_id
  return { document_id, path: `${path}/${document_id}` }
})

/** Somebody with just these permissions. */
const holding = Effect.fnUntraced(function* (owner: string, ...permissions: ReadonlyArray<string>) {
  const sql = yield* SqlClient.SqlClient
  const tenants = yield* TenantService
  const role = { tenant: owner, role_id: newId(), role_name: `Role ${newId()}`, msp: true, client: false }
  yield* sql`INSERT INTO roles ${sql.insert(role)}`.pipe(Effect.orDie)
  yield* sql`INSERT INTO role_permissions (tenant, role_id, permission_id)
    SELECT tenant, ${role.role_id}::uuid, permission_id FROM permissions
    WHERE tenant = ${owner} AND msp AND resource || ':' || action = ANY(${permissions}::text[])`.pipe(Effect.orDie)
  const { user_id } = yield* tenants
    .createUser(owner, { email: `${role.role_id}@example.com`, roles: [role.role_name] })
    .pipe(Effect.orDie)
  return yield* keyOf(owner, user_id)
})

/** How many documents and associations the tenant has. */
const counts = Effect.fnUntraced(function* (tenant: string) {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ readonly documents: number; readonly associations: number }>`
    SELECT (SELECT count(*) FROM documents WHERE tenant = ${tenant}) AS documents,
      (SELECT count(*) FROM document_associations WHERE tenant = ${tenant}) AS associations`
  return [row!.documents, row!.associations]
})

const eventsOf = Effect.fnUntraced(function* (owner: string, asset: string) {
  const sql = yield* SqlClient.SqlClient
  return yield* sql<{ readonly event_type: string; readonly payload: unknown }>`SELECT event_type, payload FROM events
    WHERE tenant = ${owner} AND entity_type = 'asset' AND entity_id = ${asset} ORDER BY event_id`
})

suite("documents of an asset", (it) => {
  it.effect("are uploaded, listed, downloaded and deleted", () =>
    Effect.gen(function* () {
      const { admin, asset, owner, path, user } = yield* desk
      const before = (yield* admin.get(`${base}/${asset}`)).body.data
      const content = "Hold the button for ten seconds.\n"
      const added = yield* upload(admin, path, { name: "Manual.txt", content })
      assert.strictEqual(added.status, 201, JSON.stringify(added.body))
      const document = added.body.data
      assert.deepInclude(document, {
        tenant: owner,
        entity_type: "asset",
        entity_id: asset,
        notes: null,
        document_name: "Manual.txt",
        original_filename: "Manual.txt",
        mime_type: "text/plain",
        type_name: "text/*",
        type_icon: "file-text",
        file_size: content.length,
        created_by: user.user_id,
        created_by_full_name: user.email
      })
      assert.strictEqual(document.uploaded_at, document.updated_at)
      assert.strictEqual(document.created_at, document.association_created_at)
      for (const time of ["created_at", "updated_at", "document_created_at"]) assert.match(document[time], iso)
      assert.deepStrictEqual((yield* admin.get(path)).body, { data: [document] })
      const detail = (yield* admin.get(`${base}/${asset}`)).body.data
      assert.deepStrictEqual(detail.documents, [document])
      assert.strictEqual(detail.updated_at, before.updated_at, "Documents are no part of an asset's version")

      const file = yield* send(admin, "GET", `${path}/${document.document_id}`)
      assert.deepStrictEqual([file.status, file.bytes.toString()], [200, content])
      assert.match(file.headers.get("content-disposition") ?? "", /^attachment; filename="Manual.txt"/)
      const part = yield* send(admin, "GET", `${path}/${document.document_id}`, undefined, { range: "bytes=0-3" })
      assert.deepStrictEqual([part.status, part.bytes.toString()], [206, "Hold"])

      const later = (yield* upload(admin, path, { name: "Later.txt", content: "2" })).body.data
      const names = (yield* admin.get(path)).body.data.map(({ document_name }: typeof document) => document_name)
      assert.deepStrictEqual(names, ["Later.txt", "Manual.txt"])
      assert.strictEqual((yield* admin.delete(`${path}/${document.document_id}`)).status, 204)
      assert.strictEqual((yield* admin.delete(`${path}/${document.document_id}`)).status, 404)
      assert.strictEqual((yield* admin.get(`${path}/${document.document_id}`)).status, 404)
      assert.strictEqual((yield* admin.delete(`${base}/documents/${later.association_id}`)).status, 204)
      assert.deepStrictEqual(yield* counts(owner), [0, 0])
      const told = yield* eventsOf(owner, asset)
      assert.deepStrictEqual(
        told.map(({ event_type }) => event_type),
        ["ASSET_DOCUMENT_ADDED", "ASSET_DOCUMENT_ADDED", "ASSET_DOCUMENT_REMOVED", "ASSET_DOCUMENT_REMOVED"]
      )
      assert.deepStrictEqual(told[2]?.payload, {
        document_id: document.document_id,
        changes: { document: { old: "Manual.txt", new: null } }
      })
    })
  )

  it.effect("can be those of something else as well", () =>
    Effect.gen(function* () {
      const tenant = yield* desk
      const { admin, asset, owner, path } = tenant
      const { document_id, path: onTicket } = yield* ticketDocument(tenant)
      const added = yield* admin.post(path, { document_id: document_id.toUpperCase(), notes: "How to install it" })
      assert.strictEqual(added.status, 201, JSON.stringify(added.body))
      const association = added.body.data
      assert.deepInclude(association, {
        tenant: owner,
        document_id,
        entity_id: asset,
        entity_type: "asset",
        notes: "How to install it",
        document_name: "shared.txt",
        original_filename: "shared.txt"
      })
      assert.notStrictEqual(association.created_at, undefined)
      assert.deepStrictEqual((yield* admin.get(path)).body.data, [association])
      assert.deepStrictEqual((yield* admin.get(`${base}/${asset}`)).body.data.documents, [association])
      assert.strictEqual((yield* send(admin, "GET", `${path}/${document_id}`)).body, "Shared")
      assert.deepStrictEqual(yield* counts(owner), [1, 2])
      const [told] = yield* eventsOf(owner, asset)
      assert.deepStrictEqual(told, {
        event_type: "ASSET_DOCUMENT_ADDED",
        payload: { document_id, changes: { document: { old: null, new: "shared.txt" } } }
      })

      const again = yield* admin.post(path, { document_id })
      assert.deepStrictEqual([again.status, again.body.error.code], [409, "CONFLICT"])
      assert.strictEqual((yield* admin.delete(`${base}/documents/${association.association_id}`)).status, 204)
      assert.strictEqual((yield* admin.delete(`${base}/documents/${association.association_id}`)).status, 404)
      assert.strictEqual((yield* send(admin, "GET", onTicket)).body, "Shared", "The ticket still has it")
      assert.strictEqual((yield* admin.post(path, { document_id })).status, 201)
      yield* admin.delete(onTicket)
      assert.strictEqual((yield* send(admin, "GET", `${path}/${document_id}`)).body, "Shared", "And so does the asset")
      yield* admin.delete(`${path}/${document_id}`)
      assert.deepStrictEqual(yield* counts(owner), [0, 0])
    })
  )

  it.effect("are associated once, however many try", () =>
    Effect.gen(function* () {
      const tenant = yield* desk
      const { admin, owner, path } = tenant
      const { document_id } = yield* ticketDocument(tenant)
      const answers = yield* Effect.all(
        Array.from({ length: 4 }, () => admin.post(path, { document_id })),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(answers.map(({ status }) => status).sort(), [201, 409, 409, 409])
      assert.deepStrictEqual(yield* counts(owner), [1, 2])
    })
  )

  it.effect("that go while they are associated are associated before, or not at all", () =>
    Effect.gen(function* () {
      const tenant = yield* desk
      const { admin, owner, path } = tenant
      for (let run = 0; run < 5; run++) {
        const { document_id, path: onTicket } = yield* ticketDocument(tenant)
        const [added, removed] = yield* Effect.all([admin.post(path, { document_id }), admin.delete(onTicket)], {
          concurrency: "unbounded"
        })
        assert.strictEqual(removed.status, 200)
        assert.include([201, 404], added.status)
        const file = yield* admin.get(`${path}/${document_id}`)
        assert.strictEqual(file.status, added.status === 201 ? 200 : 404)
      }
      const [documents, associations] = yield* counts(owner)
      assert.strictEqual(documents, associations)
    })
  )

  it.effect("come in one of two kinds of body", () =>
    Effect.gen(function* () {
      const tenant = yield* desk
      const { admin, owner, path } = tenant
      const { document_id } = yield* ticketDocument(tenant)
      const before = yield* counts(owner)
      const status = (body: unknown, headers: Record<string, string> = {}) =>
        Effect.map(admin.post(path, body, headers), (answer) => answer.status)
      assert.strictEqual(yield* status("{nope"), 400)
      assert.strictEqual(yield* status("null"), 400)
      assert.strictEqual(yield* status("[]"), 400)
      assert.strictEqual(yield* status(undefined), 400)
      assert.strictEqual(yield* status({}), 400)
      assert.strictEqual(yield* status({ document_id: "abc" }), 400)
      assert.strictEqual(yield* status({ document_id, notes: "x".repeat(10_001) }), 400)
      assert.strictEqual(yield* status({ document_id, notes: "\u0000" }), 400)
      assert.strictEqual(yield* status({ document_id }, { "content-type": "text/plain" }), 415)
      assert.strictEqual(yield* status({ document_id }, { "content-type": "multipart/mixed; boundary=x" }), 415)
      assert.strictEqual(yield* status({ document_id, notes: "x".repeat(1024 * 1024) }), 413)
      assert.strictEqual(yield* status({ document_id, colour: "red" }, { prefer: "handling=strict" }), 400)
      const missing = yield* admin.post(path, { notes: 5 })
      assert.deepStrictEqual(
        [missing.body.error.code, missing.body.error.message],
        ["VALIDATION_ERROR", "Validation failed"]
      )
      assert.sameDeepMembers(
        missing.body.error.details.map(({ path: at }: { readonly path: unknown }) => at),
        [["document_id"], ["notes"]]
      )
      const cut = yield* send(admin, "POST", path, `--${boundary}\r\n`, {
        "content-type": `multipart/form-data; boundary=${boundary}`
      })
      assert.deepStrictEqual([cut.status, cut.body.error.details[0].path], [400, ["file"]])
      assert.strictEqual((yield* upload(admin, path, { name: "setup.exe", content: "MZ" })).status, 400)
      assert.deepStrictEqual(yield* counts(owner), before)
      const noted = yield* admin.post(path, { document_id, colour: "red" })
      assert.deepStrictEqual([noted.status, noted.body.meta], [201, { ignored: ["colour"] }])
    })
  )

  it.effect("that are not there, or another's, are not associated", () =>
    Effect.gen(function* () {
      const tenant = yield* desk
      const stranger = yield* desk
      const { admin, path } = tenant
      const theirs = yield* ticketDocument(stranger)
      const ours = yield* ticketDocument(tenant)
      const message = (answer: { readonly status: number; readonly body: { error?: { message: string } } }) => [
        answer.status,
        answer.body.error?.message
      ]
      for (const document_id of [nobody, theirs.document_id]) {
        assert.deepStrictEqual(message(yield* admin.post(path, { document_id })), [404, "Document not found"])
      }
      const { document_id } = ours
      for (const asset of [nobody, stranger.asset]) {
        const answer = yield* admin.post(`${base}/${asset}/documents`, { document_id })
        assert.deepStrictEqual(message(answer), [404, "Asset not found"])
      }
      assert.strictEqual((yield* admin.post(`${base}/abc/documents`, { document_id })).status, 400)
      const { association_id } = (yield* upload(stranger.admin, stranger.path, { content: "x" })).body.data
      const sql = yield* SqlClient.SqlClient
      const [ofTicket] = yield* sql<{
        readonly association_id: string
      }>`SELECT association_id FROM document_associations
        WHERE tenant = ${tenant.owner} AND document_id = ${document_id}`
      for (const id of [nobody, association_id, ofTicket!.association_id]) {
        assert.strictEqual((yield* admin.delete(`${base}/documents/${id}`)).status, 404, id)
      }
      assert.strictEqual((yield* admin.delete(`${base}/documents/abc`)).status, 400)
      assert.deepStrictEqual(yield* counts(stranger.owner), [2, 2])
      assert.deepStrictEqual(yield* counts(tenant.owner), [1, 1])
    })
  )

  it.effect("are for those who may", () =>
    Effect.gen(function* () {
      const tenant = yield* desk
      const { admin, as, owner, path } = tenant
      const { document_id } = yield* ticketDocument(tenant)
      const own = (yield* upload(admin, path, { content: "x" })).body.data
      const reader = yield* as("Dispatcher")
      const updater = yield* holding(owner, "asset:update")
      const librarian = yield* holding(owner, "asset:update", "document:read")
      for (const [who, list, file, post, link, remove] of [
        [reader, 200, 200, 403, 403, 403],
        [updater, 403, 403, 201, 403, 404],
        [librarian, 403, 403, 201, 201, 404]
      ] as const) {
        assert.strictEqual((yield* who.get(path)).status, list)
        assert.strictEqual((yield* who.get(`${path}/${own.document_id}`)).status, file)
        assert.strictEqual((yield* upload(who, path, { content: "y" })).status, post)
        assert.strictEqual((yield* who.post(path, { document_id })).status, link)
        assert.strictEqual((yield* who.delete(`${path}/${nobody}`)).status, remove)
        assert.strictEqual((yield* who.delete(`${base}/documents/${nobody}`)).status, remove)
      }
      const refused = yield* updater.post(path, "{nope")
      assert.deepStrictEqual(
        [refused.status, refused.body.error.message],
        [403, "Permission denied: Cannot read document"]
      )
    })
  )

  it.effect("are one, however often a request is sent again with its key", () =>
    Effect.gen(function* () {
      const tenant = yield* desk
      const { admin, owner, path } = tenant
      const { document_id } = yield* ticketDocument(tenant)
      const file = { name: "once.txt", content: "Once" }
      const first = { "idempotency-key": randomUUID() }
      const uploaded = yield* upload(admin, path, file, first)
      const replayed = yield* upload(admin, path, file, first)
      assert.deepStrictEqual([replayed.status, replayed.body], [201, uploaded.body])
      assert.strictEqual(replayed.headers.get("idempotency-replayed"), "true")
      const second = { "idempotency-key": randomUUID() }
      const linked = yield* admin.post(path, { document_id, notes: "Once" }, second)
      const again = yield* admin.post(path, { notes: "Once", document_id }, second)
      assert.deepStrictEqual([linked.status, again.status, again.body], [201, 201, linked.body])
      assert.strictEqual(again.headers.get("idempotency-replayed"), "true")
      const reused = yield* admin.post(path, { document_id, notes: "Twice" }, second)
      assert.deepStrictEqual([reused.status, reused.body.error.code], [422, "IDEMPOTENCY_KEY_REUSED"])
      assert.strictEqual((yield* upload(admin, path, file, second)).status, 422)
      assert.strictEqual((yield* admin.post(path, { document_id }, { "idempotency-key": "x y" })).status, 400)
      assert.deepStrictEqual(yield* counts(owner), [2, 3])
    })
  )

  it.effect("go with their asset, unless they belong to something else", () =>
    Effect.gen(function* () {
      const tenant = yield* desk
      const { admin, asset, owner, path } = tenant
      const { document_id, path: onTicket } = yield* ticketDocument(tenant)
      yield* admin.post(path, { document_id })
      yield* upload(admin, path, { content: "Only here" })
      yield* admin.put(`${base}/${asset}/notes`, { blockData: [] })
      assert.deepStrictEqual(yield* counts(owner), [3, 4])
      const [gone, late] = yield* Effect.all(
        [admin.delete(`${base}/${asset}`), upload(admin, path, { content: "Late" })],
        { concurrency: "unbounded" }
      )
      assert.strictEqual(gone.status, 204)
      assert.include([201, 404], late.status)
      assert.deepStrictEqual(yield* counts(owner), [1, 1])
      assert.strictEqual((yield* send(admin, "GET", onTicket)).body, "Shared")
      assert.strictEqual((yield* admin.get(path)).status, 404)
    })
  )
})
