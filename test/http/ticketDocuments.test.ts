/** Documents of tickets, over HTTP, PostgreSQL and a content store. */
import { createHash, randomUUID } from "node:crypto"
import { existsSync, readdirSync, statSync } from "node:fs"
import { get as httpGet, type IncomingMessage } from "node:http"
import { join } from "node:path"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { assert, layer } from "@effect/vitest"
import { Context, Effect, Exit, Layer, References } from "effect"
import { SqlClient } from "effect/sql"
import { BadGateway } from "../../src/domain/Errors.ts"
import { community } from "../../src/layers/Edition.ts"
import { ContentStore } from "../../src/services/ContentStore.ts"
import { sweepContent } from "../../src/services/contentSweep.ts"
import { insertAll } from "../../src/services/insertAll.ts"
import { Settings } from "../../src/services/Settings.ts"
import { accessKeyId, bucket, type FakeS3, fakeS3, region, secretAccessKey } from "../support/fakeS3.ts"
import { boundary, formOf, head, send, slowUpload, tail, upload } from "../support/files.ts"
import { makeTicket } from "../support/fixtures.ts"
import { makeTenant, Service, serviceOf, suite, type TestTenant } from "../support/service.ts"

const nobody = "00000000-0000-4000-8000-000000000000"
const multipart = { "content-type": `multipart/form-data; boundary=${boundary}` }

const desk = Effect.gen(function* () {
  const tenant = yield* makeTenant
  const ticket = yield* makeTicket(tenant)
  return { ...tenant, owner: tenant.tenant.tenant, ticket, path: `/api/v1/tickets/${ticket}/documents` }
})

const hashOf = (content: string | Uint8Array) => createHash("sha256").update(content).digest("hex")

/** What is on its way in. */
const incoming = Effect.map(Settings, ({ dataDir }) => join(dataDir, "content", "incoming"))
const entriesOf = (path: string) => (existsSync(path) ? readdirSync(path) : [])

const until = (condition: () => boolean) =>
  Effect.gen(function* () {
    while (!condition()) yield* Effect.sleep("2 millis")
  })

/** How many documents and contents the tenant has. */
const counts = Effect.fnUntraced(function* (tenant: string) {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ readonly documents: number; readonly associations: number; readonly files: number }>`
    SELECT (SELECT count(*) FROM documents WHERE tenant = ${tenant}) AS documents,
      (SELECT count(*) FROM document_associations WHERE tenant = ${tenant}) AS associations,
      (SELECT count(*) FROM external_files WHERE tenant = ${tenant}) AS files`
  return [row!.documents, row!.associations, row!.files]
})

const fileIssue = (answer: { readonly status: number; readonly body: { readonly error?: unknown } }) => {
  const { code, details } = answer.body.error as { code: string; details?: ReadonlyArray<{ path: unknown }> }
  return [answer.status, code, details?.[0]?.path]
}

suite("documents of a ticket", (it) => {
  it.effect("are uploaded, listed, downloaded and deleted", () =>
    Effect.gen(function* () {
      const { admin, owner, path, ticket, user } = yield* desk
      const content = "Hold the button for ten seconds.\n"
      const added = yield* upload(admin, path, { name: "Printer manual.txt", content })
      assert.strictEqual(added.status, 201, JSON.stringify(added.body))
      const document = added.body.data
      assert.deepInclude(document, {
        tenant: owner,
        document_name: "Printer manual.txt",
        mime_type: "text/plain",
        type_name: "text/*",
        type_icon: "file-text",
        file_size: content.length,
        created_by: user.user_id
      })
      for (const id of [document.document_id, document.file_id, document.association_id]) {
        assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7/)
      }
      assert.strictEqual(document.created_by_full_name, user.email)
      assert.deepStrictEqual((yield* admin.get(path)).body, { data: [document] })

      const file = yield* send(admin, "GET", `${path}/${document.document_id}`)
      assert.deepStrictEqual([file.status, file.bytes.toString()], [200, content])
      const header = (name: string) => file.headers.get(name)
      assert.strictEqual(header("content-type"), "text/plain")
      assert.strictEqual(header("content-length"), String(content.length))
      assert.strictEqual(
        header("content-disposition"),
        `attachment; filename="Printer%20manual.txt"; filename*=UTF-8''Printer%20manual.txt`
      )
      assert.deepStrictEqual(["cache-control", "x-content-type-options", "accept-ranges", "etag"].map(header), [
        "no-store",
        "nosniff",
        "bytes",
        `"${hashOf(content)}"`
      ])

      const shown = (yield* admin.get(`/api/v1/tickets/${ticket}`)).body.data
      assert.deepStrictEqual(shown.documents, [document])
      assert.strictEqual(shown.updated_by, user.user_id)
      const gone = yield* admin.delete(`${path}/${document.document_id}`)
      assert.deepStrictEqual([gone.status, gone.body], [200, { data: null }])
      assert.deepStrictEqual((yield* admin.get(path)).body.data, [])
      assert.strictEqual((yield* admin.get(`${path}/${document.document_id}`)).status, 404)
      assert.strictEqual((yield* admin.delete(`${path}/${document.document_id}`)).status, 404)
      assert.deepStrictEqual(yield* counts(owner), [0, 0, 1])

      const sql = yield* SqlClient.SqlClient
      const events = yield* sql`SELECT event_type, user_id, payload FROM events
        WHERE tenant = ${owner} AND entity_type = 'ticket' AND entity_id = ${ticket} ORDER BY event_id`
      const name = "Printer manual.txt"
      assert.deepStrictEqual(events, [
        {
          event_type: "TICKET_DOCUMENT_ADDED",
          user_id: user.user_id,
          payload: { document_id: document.document_id, changes: { document: { old: null, new: name } } }
        },
        {
          event_type: "TICKET_DOCUMENT_REMOVED",
          user_id: user.user_id,
          payload: { document_id: document.document_id, changes: { document: { old: name, new: null } } }
        }
      ])
      assert.deepStrictEqual(entriesOf(yield* incoming), [], "Nothing is left of what came in")
    })
  )

  it.effect("come with the last one first, and share their content within the tenant only", () =>
    Effect.gen(function* () {
      const ours = yield* desk
      const theirs = yield* desk
      const first = (yield* upload(ours.admin, ours.path, { name: "a.txt", content: "Same" })).body.data
      const second = (yield* upload(ours.admin, ours.path, { name: "b.txt", content: "Same" })).body.data
      const other = (yield* upload(theirs.admin, theirs.path, { name: "a.txt", content: "Same" })).body.data
      assert.strictEqual(first.file_id, second.file_id)
      assert.notStrictEqual(first.document_id, second.document_id)
      assert.notStrictEqual(first.file_id, other.file_id)
      const names = (yield* ours.admin.get(ours.path)).body.data.map(
        (row: { document_name: string }) => row.document_name
      )
      assert.deepStrictEqual(names, ["b.txt", "a.txt"])
      yield* ours.admin.delete(`${ours.path}/${second.document_id}`)
      assert.strictEqual((yield* send(ours.admin, "GET", `${ours.path}/${first.document_id}`)).body, "Same")
      const store = yield* ContentStore
      for (const tenant of [ours.owner, theirs.owner]) {
        assert.isTrue(yield* store.has({ tenant, sha256: hashOf("Same"), size: 4 }))
      }
    })
  )

  it.effect("have a name without folders, and a type by what they say or are called", () =>
    Effect.gen(function* () {
      const { admin, path } = yield* desk
      const sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
      for (const [name, type, expected] of [
        [
          "../../etc/Übersicht 2026.pdf",
          "application/pdf",
          ["Übersicht 2026.pdf", "application/pdf", "application/pdf"]
        ],
        ["C:\\Users\\dana\\plan.xlsx", "", ["plan.xlsx", sheet, sheet]],
        ["日本.PNG", "application/octet-stream", ["日本.PNG", "image/png", "image/*"]],
        ["settings.json", "application/json", ["settings.json", "application/json", "application/json"]],
        ["page.html", "text/html; charset=utf-8", ["page.html", "text/html", "text/html"]],
        ["drawing.svg", "image/svg+xml", ["drawing.svg", "image/svg+xml", "image/*"]],
        [
          "no-extension",
          "application/octet-stream",
          ["no-extension", "application/octet-stream", "application/octet-stream"]
        ],
        ["odd.xyzzy", "nonsense", ["odd.xyzzy", "application/octet-stream", "application/octet-stream"]],
        ["chemistry.txt", "chemical/x-pdb", ["chemistry.txt", "chemical/x-pdb", "application/octet-stream"]],
        [`${"n".repeat(251)}.txt`, "text/plain", [`${"n".repeat(251)}.txt`, "text/plain", "text/*"]]
      ] as const) {
        const { body, status } = yield* upload(admin, path, { name, type, content: "x" })
        assert.strictEqual(status, 201, `${name}: ${JSON.stringify(body)}`)
        const [document_name, mime_type, type_name] = expected
        assert.deepInclude(body.data, { document_name, mime_type, type_name })
      }
    })
  )

  it.effect("are attachments, whatever they are called", () =>
    Effect.gen(function* () {
      const { admin, path } = yield* desk
      const name = `Größe (1)'s; "x" 100%.html`
      const { data } = (yield* upload(admin, path, { name, type: "text/html", content: "<script>alert(1)</script>" }))
        .body
      const file = yield* send(admin, "GET", `${path}/${data.document_id}`)
      assert.strictEqual(file.headers.get("content-type"), "text/html")
      const disposition = file.headers.get("content-disposition") ?? ""
      const [, plain = "", extended = ""] =
        /^attachment; filename="([^"]*)"; filename\*=UTF-8''([\w%.!~-]+)$/.exec(disposition) ?? []
      assert.strictEqual(decodeURIComponent(plain), data.document_name, disposition)
      assert.strictEqual(decodeURIComponent(extended), data.document_name)
      assert.strictEqual(file.headers.get("content-security-policy"), "default-src 'none'; sandbox")
    })
  )

  it.effect("are no programs, have a name, and are not empty", () =>
    Effect.gen(function* () {
      const { admin, owner, path } = yield* desk
      for (const file of [
        { name: "setup.exe", content: "MZ" },
        { name: "Setup.EXE. ", content: "MZ" },
        { name: "invoice.pdf.js", type: "application/pdf", content: "x" },
        { name: "clean.ps1", content: "x" },
        { name: "harmless.txt", type: "application/x-msdownload", content: "x" },
        { name: "harmless.txt", type: "text/javascript", content: "x" },
        { name: "..", content: "x" },
        { name: "folder/", content: "x" },
        { name: "n".repeat(256), content: "x" },
        { name: "tab\there.txt", content: "x" },
        { name: "fdp.\u202eexe.pdf", content: "x" },
        { name: "empty.txt", content: "" }
      ]) {
        assert.deepStrictEqual(
          fileIssue(yield* upload(admin, path, file)),
          [400, "VALIDATION_ERROR", ["file"]],
          file.name
        )
      }
      assert.deepStrictEqual(yield* counts(owner), [0, 0, 0])
    })
  )

  it.effect("come as one part of a multipart body", () =>
    Effect.gen(function* () {
      const { admin, owner, path } = yield* desk
      const post = (body?: RequestInit["body"], headers: Record<string, string> = {}) =>
        send(admin, "POST", path, body, headers)
      const bad: ReadonlyArray<readonly [string, Parameters<typeof post>]> = [
        ["no body", []],
        ["no body, but a type", ["", multipart]],
        ["no boundary", [head() + tail, { "content-type": "multipart/form-data" }]],
        ["no parts", [`--${boundary}--\r\n`, multipart]],
        ["other parts only", [formOf({ part: "attachment", content: "x" })]],
        [
          "a field instead of a file",
          [`--${boundary}\r\nContent-Disposition: form-data; name="file"\r\n\r\ntext${tail}`, multipart]
        ],
        ["two files", [formOf({ content: "one" }, { content: "two" })]],
        ["no end", [`${head()}cut off`, multipart]],
        ["no end of the head", [`--${boundary}\r\nContent-Disposition: form-da`, multipart]],
        ["another boundary", [`${head()}x${tail}`, { "content-type": "multipart/form-data; boundary=other" }]],
        ["nonsense", ["\u0000\u0001", multipart]]
      ]
      for (const [what, args] of bad) {
        assert.deepStrictEqual(fileIssue(yield* post(...args)), [400, "VALIDATION_ERROR", ["file"]], what)
      }
      for (const type of [
        "application/json",
        "text/plain",
        "application/octet-stream",
        "multipart/mixed; boundary=x"
      ]) {
        const { body, status } = yield* post("{}", { "content-type": type })
        assert.deepStrictEqual([status, body.error.code], [415, "UNSUPPORTED_MEDIA_TYPE"], type)
      }
      const many = formOf(...Array.from({ length: 30 }, (_, at) => ({ part: `part${at}`, content: "x" })))
      assert.strictEqual((yield* post(many)).status, 400)
      assert.deepStrictEqual([yield* counts(owner), entriesOf(yield* incoming)], [[0, 0, 0], []])

      const more = () => formOf({ part: "thumbnail", content: "y" }, { content: "x" }, { part: "note", content: "z" })
      const noted = yield* post(more())
      assert.deepStrictEqual([noted.status, noted.body.meta], [201, { ignored: ["thumbnail", "note"] }])
      const strict = yield* post(more(), { prefer: "handling=strict" })
      assert.strictEqual(strict.status, 400)
      assert.deepStrictEqual(yield* counts(owner), [1, 1, 1])
    })
  )

  it.effect("are read in parts, and not again by who has them", () =>
    Effect.gen(function* () {
      const { admin, path } = yield* desk
      const content = "0123456789"
      const { data } = (yield* upload(admin, path, { content })).body
      const own = `${path}/${data.document_id}`
      const tag = `"${hashOf(content)}"`
      const ask = (headers: Record<string, string>, method = "GET") => send(admin, method, own, undefined, headers)
      for (const [range, expected, where] of [
        ["bytes=0-3", "0123", "bytes 0-3/10"],
        ["bytes=7-", "789", "bytes 7-9/10"],
        ["bytes=-4", "6789", "bytes 6-9/10"],
        ["bytes=-99", content, "bytes 0-9/10"],
        ["bytes=9-99", "9", "bytes 9-9/10"],
        ["Bytes = 2-2", "2", "bytes 2-2/10"]
      ] as const) {
        const { bytes, headers, status } = yield* ask({ range })
        assert.deepStrictEqual(
          [status, bytes.toString(), headers.get("content-range"), headers.get("content-length"), headers.get("etag")],
          [206, expected, where, String(expected.length), tag],
          range
        )
      }
      for (const range of ["bytes=0-1,4-5", "bytes=5-2", "bytes=-", "bytes=a-b", "lines=0-1", "nonsense"]) {
        const { bytes, headers, status } = yield* ask({ range })
        assert.deepStrictEqual([status, bytes.toString(), headers.get("content-range")], [200, content, null], range)
      }
      for (const range of ["bytes=10-", "bytes=10-12", "bytes=-0", "bytes=99999999999999999999-"]) {
        const { body, headers, status } = yield* ask({ range })
        assert.deepStrictEqual(
          [status, body.error.code, headers.get("content-range")],
          [416, "RANGE_NOT_SATISFIABLE", "bytes */10"],
          range
        )
      }
      const range = "bytes=0-0"
      assert.strictEqual((yield* ask({ range, "if-range": tag })).status, 206)
      for (const other of ['"other"', `W/${tag}`, "Mon, 02 Mar 2026 09:30:00 GMT"]) {
        const { body, status } = yield* ask({ range, "if-range": other })
        assert.deepStrictEqual([status, body], [200, content], other)
      }
      for (const tags of [tag, `W/${tag}`, `"other", ${tag}`, "*"]) {
        const { bytes, headers, status } = yield* ask({ "if-none-match": tags, range })
        assert.deepStrictEqual([status, bytes.length, headers.get("etag")], [304, 0, tag], tags)
      }
      assert.strictEqual((yield* ask({ "if-none-match": '"other"' })).status, 200)
      const looked = yield* ask({ range }, "HEAD")
      assert.deepStrictEqual(
        [looked.status, looked.bytes.length, looked.headers.get("content-length"), looked.headers.get("etag")],
        [200, 0, "10", tag]
      )
    })
  )

  it.effect("need a ticket, and the right to read or change it", () =>
    Effect.gen(function* () {
      const { admin, as, owner, path, ticket } = yield* desk
      const { data } = (yield* upload(admin, path, { content: "x" })).body
      const own = `${path}/${data.document_id}`
      const reader = yield* as("Dispatcher")
      const outsider = yield* as("partner-admin")
      for (const [who, list, file, post, remove] of [
        [outsider, 403, 403, 403, 403],
        [reader, 200, 200, 201, 404]
      ] as const) {
        assert.strictEqual((yield* who.get(path)).status, list)
        assert.strictEqual((yield* who.get(own)).status, file)
        assert.strictEqual((yield* upload(who, path, { content: "y" })).status, post)
        assert.strictEqual((yield* who.delete(`${path}/${nobody}`)).status, remove)
      }
      const stranger = yield* desk
      const elsewhere = `/api/v1/tickets/${yield* makeTicket(stranger)}/documents/${data.document_id}`
      const sibling = `/api/v1/tickets/${yield* makeTicket({ ...stranger, tenant: { ...stranger.tenant } })}/documents`
      for (const target of [own, elsewhere, `${sibling}/${data.document_id}`, `${path}/${nobody}`]) {
        assert.strictEqual((yield* stranger.admin.get(target)).status, 404, target)
        assert.strictEqual((yield* stranger.admin.delete(target)).status, 404, target)
      }
      assert.strictEqual((yield* stranger.admin.get(path)).status, 404)
      assert.strictEqual((yield* upload(stranger.admin, path, { content: "z" })).status, 404)
      assert.strictEqual((yield* upload(admin, `/api/v1/tickets/${nobody}/documents`, { content: "z" })).status, 404)
      assert.strictEqual((yield* upload(admin, "/api/v1/tickets/x/documents", { content: "z" })).status, 400)
      assert.strictEqual((yield* admin.get(`${path}/x`)).status, 400)
      assert.strictEqual((yield* admin.get(`/api/v1/tickets/${ticket}/documents`)).body.data.length, 2)
      assert.deepStrictEqual(yield* counts(owner), [2, 2, 2])
      assert.deepStrictEqual(yield* counts(stranger.owner), [0, 0, 0])
    })
  )

  it.effect("are deleted once, and uploaded as often as they are sent", () =>
    Effect.gen(function* () {
      const { admin, owner, path } = yield* desk
      const added = yield* Effect.all(
        Array.from({ length: 6 }, () => upload(admin, path, { content: "At once" })),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(
        added.map(({ status }) => status),
        Array.from({ length: 6 }, () => 201)
      )
      assert.deepStrictEqual(yield* counts(owner), [6, 6, 1])
      const own = `${path}/${added[0]?.body.data.document_id}`
      const gone = yield* Effect.all([admin.delete(own), admin.delete(own), admin.delete(own)], {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual(gone.map(({ status }) => status).sort(), [200, 404, 404])
      assert.deepStrictEqual(yield* counts(owner), [5, 5, 1])
    })
  )

  it.effect("that belong to something else too stay when one lets go", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const tenant = yield* desk
      const { admin, owner, path } = tenant
      const { data } = (yield* upload(admin, path, { content: "Shared" })).body
      const other = yield* makeTicket(tenant)
      const elsewhere = `/api/v1/tickets/${other}/documents/${data.document_id}`
      assert.strictEqual((yield* admin.get(elsewhere)).status, 404)
      yield* sql`INSERT INTO document_associations ${sql.insert({
        tenant: owner,
        association_id: randomUUID(),
        document_id: data.document_id,
        entity_type: "ticket",
        entity_id: other
      })}`
      const letGo = yield* Effect.all([admin.delete(`${path}/${data.document_id}`), admin.get(elsewhere)])
      assert.deepStrictEqual(
        letGo.map(({ status }) => status),
        [200, 200]
      )
      assert.deepStrictEqual(yield* counts(owner), [1, 1, 1])
      assert.strictEqual((yield* admin.delete(elsewhere)).status, 200)
      assert.deepStrictEqual(yield* counts(owner), [0, 0, 1])
    })
  )

  it.effect("go with their ticket", () =>
    Effect.gen(function* () {
      const tenant = yield* desk
      const { admin, owner, path, ticket } = tenant
      for (const content of ["One", "Two"]) yield* upload(admin, path, { content })
      yield* upload(admin, `/api/v1/tickets/${yield* makeTicket(tenant)}/documents`, { content: "Another's" })
      assert.deepStrictEqual(yield* counts(owner), [3, 3, 3])
      const [gone, late] = yield* Effect.all(
        [admin.delete(`/api/v1/tickets/${ticket}`), upload(admin, path, { content: "Late" })],
        { concurrency: "unbounded" }
      )
      assert.strictEqual(gone.status, 204)
      assert.include([201, 404], late.status)
      assert.deepStrictEqual((yield* counts(owner)).slice(0, 2), [1, 1])
      assert.strictEqual((yield* admin.get(path)).status, 404)
    })
  )

  it.effect("are one, however often a request is sent again with its key", () =>
    Effect.gen(function* () {
      const { admin, owner, path } = yield* desk
      const key = { "idempotency-key": randomUUID() }
      const file = { name: "once.txt", content: "Once" }
      const first = yield* upload(admin, path, file, key)
      assert.deepStrictEqual([first.status, first.headers.get("idempotency-replayed")], [201, null])
      const again = yield* upload(admin, path, file, key)
      assert.deepStrictEqual([again.status, again.body], [201, first.body])
      assert.strictEqual(again.headers.get("idempotency-replayed"), "true")
      for (const other of [
        { ...file, content: "Else" },
        { ...file, name: "else.txt" },
        { ...file, type: "text/csv" }
      ]) {
        const { body, status } = yield* upload(admin, path, other, key)
        assert.deepStrictEqual([status, body.error.code], [422, "IDEMPOTENCY_KEY_REUSED"])
      }
      const atOnce = { "idempotency-key": randomUUID() }
      const all = yield* Effect.all(
        Array.from({ length: 4 }, () => upload(admin, path, file, atOnce)),
        { concurrency: "unbounded" }
      )
      assert.isTrue(
        all.every(({ status }) => status === 201 || status === 409),
        all.map(({ status }) => status).join()
      )
      assert.isTrue(all.some(({ status }) => status === 201))
      assert.strictEqual((yield* counts(owner))[0], 2)
      const refused = { "idempotency-key": randomUUID() }
      assert.strictEqual((yield* upload(admin, path, { name: "x.exe", content: "x" }, refused)).status, 400)
      assert.strictEqual((yield* upload(admin, path, file, refused)).status, 201, "A failure is not kept")
      const bad = yield* upload(admin, path, file, { "idempotency-key": "x".repeat(256) })
      assert.deepStrictEqual([bad.status, bad.body.error.details[0].path], [400, ["Idempotency-Key"]])
    })
  )

  it.effect("leave nothing when they break off", () =>
    Effect.gen(function* () {
      const { admin, owner, path } = yield* desk
      const directory = yield* incoming
      const slow = yield* slowUpload(admin, path, 10_000_000)
      yield* Effect.promise(() => slow.write(head()))
      yield* Effect.promise(() => slow.write(Buffer.alloc(1_000_000)))
      yield* until(() => entriesOf(directory).length === 1)
      slow.abort()
      yield* until(() => entriesOf(directory).length === 0)
      assert.deepStrictEqual(yield* counts(owner), [0, 0, 0])
      assert.strictEqual((yield* upload(admin, path, { content: "And on" })).status, 201)
    })
  )

  it.effect("without a file, or whose file is lost, are not downloaded", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const store = yield* ContentStore
      const { admin, owner, path } = yield* desk
      const content = "Lost"
      const lost = (yield* upload(admin, path, { content })).body.data
      yield* store.remove({ tenant: owner, sha256: hashOf(content) })
      const answer = yield* admin.get(`${path}/${lost.document_id}`)
      assert.deepStrictEqual([answer.status, answer.body.error.code], [500, "INTERNAL_ERROR"])
      const again = yield* upload(admin, path, { content })
      assert.strictEqual(again.status, 201)
      assert.strictEqual((yield* send(admin, "GET", `${path}/${lost.document_id}`)).body, content, "It is there again")
      yield* sql`UPDATE documents SET file_id = NULL WHERE tenant = ${owner} AND document_id = ${lost.document_id}`
      assert.strictEqual((yield* admin.get(`${path}/${lost.document_id}`)).status, 404)
    }).pipe(Effect.provideService(References.MinimumLogLevel, "None"))
  )
})

suite("content that nobody needs", (it) => {
  /** Makes all content of a tenant as old as the sweep wants it. */
  const age = Effect.fnUntraced(function* (tenant: string) {
    const sql = yield* SqlClient.SqlClient
    yield* sql`UPDATE external_files SET used_at = now() - interval '61 minutes' WHERE tenant = ${tenant}`
  })

  it.effect("goes an hour after it was last used, and nothing else does", () =>
    Effect.gen(function* () {
      const store = yield* ContentStore
      const { admin, owner, path } = yield* desk
      const needed = (yield* upload(admin, path, { content: "Needed" })).body.data
      const unneeded = (yield* upload(admin, path, { content: "Unneeded" })).body.data
      const has = (content: string) => store.has({ tenant: owner, sha256: hashOf(content), size: content.length })
      yield* admin.delete(`${path}/${unneeded.document_id}`)
      yield* sweepContent
      assert.deepStrictEqual([yield* has("Needed"), yield* has("Unneeded")], [true, true], "It was used just now")
      yield* age(owner)
      yield* sweepContent
      assert.deepStrictEqual([yield* has("Needed"), yield* has("Unneeded")], [true, false])
      assert.deepStrictEqual(yield* counts(owner), [1, 1, 1])
      assert.strictEqual((yield* send(admin, "GET", `${path}/${needed.document_id}`)).body, "Needed")
      assert.strictEqual((yield* upload(admin, path, { content: "Unneeded" })).status, 201)
      assert.isTrue(yield* has("Unneeded"), "It can come again")
    })
  )

  it.effect("that is put again while it goes is there in the end", () =>
    Effect.gen(function* () {
      const { admin, owner, path } = yield* desk
      for (let round = 0; round < 10; round++) {
        const { data } = (yield* upload(admin, path, { content: "Back and forth" })).body
        yield* admin.delete(`${path}/${data.document_id}`)
        yield* age(owner)
        const [again] = yield* Effect.all(
          [upload(admin, path, { content: "Back and forth" }), sweepContent, sweepContent],
          {
            concurrency: "unbounded"
          }
        )
        assert.strictEqual(again.status, 201)
        const own = `${path}/${again.body.data.document_id}`
        assert.strictEqual((yield* send(admin, "GET", own)).body, "Back and forth")
        yield* admin.delete(own)
      }
    })
  )

  it.effect("is remembered where the store cannot remove it, and more than a batch goes at once", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const store = yield* ContentStore
      const { admin, owner, path } = yield* desk
      const { data } = (yield* upload(admin, path, { content: "Stuck" })).body
      yield* admin.delete(`${path}/${data.document_id}`)
      const others = Array.from({ length: 120 }, (_, at) => ({
        tenant: owner,
        file_id: randomUUID(),
        content_hash: hashOf(String(at)),
        file_size: 1
      }))
      yield* insertAll(sql, "external_files", others)
      yield* age(owner)
      const failing = { ...store, remove: () => Effect.fail(BadGateway.because("Down")) }
      const exit = yield* Effect.exit(Effect.provideService(sweepContent, ContentStore, failing))
      assert.isTrue(Exit.isFailure(exit))
      assert.deepStrictEqual(yield* counts(owner), [0, 0, 121])
      yield* sweepContent
      assert.deepStrictEqual(yield* counts(owner), [0, 0, 0])
      assert.isFalse(yield* store.has({ tenant: owner, sha256: hashOf("Stuck"), size: 5 }))
    })
  )
})

const limit = 100_000

layer(serviceOf(community, { MAX_UPLOAD_BYTES: String(limit) }), { excludeTestServices: true })(
  "files that are too long",
  (it) => {
    it.effect("are refused, however they come, and the longest is not", () =>
      Effect.gen(function* () {
        const { admin, owner, path } = yield* desk
        const tooLong = [413, "PAYLOAD_TOO_LARGE", ["file"]]
        const streamed = (size: number) =>
          ReadableStream.from(
            (function* () {
              yield Buffer.from(head())
              for (let sent = 0; sent < size; sent += 10_000) yield Buffer.alloc(Math.min(10_000, size - sent), "x")
              yield Buffer.from(tail)
            })()
          )
        const longest = yield* upload(admin, path, { content: Buffer.alloc(limit, "x") })
        assert.deepStrictEqual([longest.status, longest.body.data?.file_size], [201, limit])
        assert.strictEqual((yield* send(admin, "POST", path, streamed(limit), multipart)).status, 201)
        for (const size of [limit + 1, limit * 10, limit * 50]) {
          assert.deepStrictEqual(
            fileIssue(yield* upload(admin, path, { content: Buffer.alloc(size, "x") })),
            tooLong,
            `${size}`
          )
        }
        for (const size of [limit + 1, limit * 2]) {
          assert.deepStrictEqual(
            fileIssue(yield* send(admin, "POST", path, streamed(size), multipart)),
            tooLong,
            `${size}`
          )
        }
        const besides = formOf({ content: "x" }, { part: "other", content: Buffer.alloc(limit + 2 * 1024 * 1024) })
        assert.deepStrictEqual(fileIssue(yield* send(admin, "POST", path, besides)), tooLong)
        assert.deepStrictEqual(yield* counts(owner), [2, 2, 1])
        assert.deepStrictEqual(entriesOf(yield* incoming), [])
      })
    )
  }
)

/** Memory that is in use after everything that can be freed was freed, in bytes. */
const memory = (() => {
  setFlagsFromString("--expose-gc")
  const collect: () => void = runInNewContext("gc")
  return () => {
    // What the first one has found to be free is counted as free by the second.
    collect()
    collect()
    const { external, heapUsed } = process.memoryUsage()
    return external + heapUsed
  }
})()

const mebibyte = 1024 * 1024

suite("files of 25 MiB", (it) => {
  it.effect("are never in memory as a whole, neither coming nor going", () =>
    Effect.gen(function* () {
      const { admin, path } = yield* desk
      const { url } = yield* Service
      const directory = yield* incoming
      yield* upload(admin, path, { content: "So that everything is loaded" })
      const size = 25 * mebibyte
      const piece = Buffer.alloc(mebibyte / 4, "0123456789abcdef")
      const slow = yield* slowUpload(admin, path, head().length + size + tail.length)
      yield* Effect.promise(() => slow.write(head()))
      const before = memory()
      for (let sent = 0; sent < size; sent += piece.length) yield* Effect.promise(() => slow.write(piece))
      // The file is all but there, and its end is not: who kept it in memory has it there now.
      yield* until(() =>
        entriesOf(directory).some((name) => statSync(join(directory, name)).size > size - mebibyte / 2)
      )
      const during = memory()
      assert.isBelow(during - before, 8 * mebibyte)
      yield* Effect.promise(() => slow.write(tail))
      const { body, status } = yield* Effect.promise(slow.end)
      assert.strictEqual(status, 201, body)
      const { data } = JSON.parse(body)
      assert.strictEqual(data.file_size, size)

      const reading = memory()
      const response = yield* Effect.promise(
        () =>
          new Promise<IncomingMessage>((resolve) => {
            httpGet(`${url}${path}/${data.document_id}`, { headers: admin.headers }, resolve)
          })
      )
      const hash = createHash("sha256")
      let received = 0
      let most = 0
      yield* Effect.promise(async () => {
        for await (const chunk of response) {
          hash.update(chunk)
          received += chunk.length
          if (Math.floor(received / (5 * mebibyte)) > Math.floor((received - chunk.length) / (5 * mebibyte))) {
            most = Math.max(most, memory())
          }
        }
      })
      assert.strictEqual(received, size)
      assert.strictEqual(`"${hash.digest("hex")}"`, response.headers.etag)
      assert.isBelow(most - reading, 8 * mebibyte)
    })
  )
})

class Bucket extends Context.Service<Bucket, FakeS3>()("test/Bucket") {}

const overBucket = Layer.unwrap(
  Effect.map(Bucket, ({ endpoint }) =>
    serviceOf(community, {
      S3_ENDPOINT: endpoint,
      S3_BUCKET: bucket,
      S3_REGION: region,
      S3_ACCESS_KEY_ID: accessKeyId,
      S3_SECRET_ACCESS_KEY: secretAccessKey,
      S3_FORCE_PATH_STYLE: "true"
    })
  )
).pipe(Layer.provideMerge(Layer.effect(Bucket, fakeS3)))

layer(overBucket, { excludeTestServices: true })("over a bucket", (it) => {
  const parts = Effect.fnUntraced(function* ({ admin, path }: TestTenant & { readonly path: string }) {
    const { data } = (yield* upload(admin, path, { content: "0123456789" })).body
    const own = `${path}/${data.document_id}`
    const part = yield* send(admin, "GET", own, undefined, { range: "bytes=2-4" })
    return [own, [(yield* send(admin, "GET", own)).body, part.status, part.body]] as const
  })

  it.effect("documents are kept and read as in a directory, and go from it", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { objects } = yield* Bucket
      const tenant = yield* desk
      const [own, read] = yield* parts(tenant)
      assert.deepStrictEqual(read, ["0123456789", 206, "234"])
      const key = `${tenant.owner}/${hashOf("0123456789")}`
      assert.deepStrictEqual(
        [...objects.keys()].filter((one) => one.startsWith(tenant.owner)),
        [key]
      )
      yield* tenant.admin.delete(own)
      yield* sql`UPDATE external_files SET used_at = now() - interval '2 hours' WHERE tenant = ${tenant.owner}`
      yield* sweepContent
      assert.isFalse(objects.has(key))
    })
  )

  it.effect("a bucket that fails is a bad gateway, and leaves no document", () =>
    Effect.gen(function* () {
      const { next, requests } = yield* Bucket
      const tenant = yield* desk
      const { admin, owner, path } = tenant
      next.push(403)
      const refused = yield* upload(admin, path, { content: "0123456789" })
      assert.deepStrictEqual([refused.status, refused.body.error.code], [502, "BAD_GATEWAY"])
      assert.notInclude(JSON.stringify(refused.body), "403")
      assert.deepStrictEqual((yield* counts(owner)).slice(0, 2), [0, 0])
      assert.deepStrictEqual(entriesOf(yield* incoming), [])
      const [own] = yield* parts(tenant)
      next.push(403)
      const unread = yield* send(admin, "GET", own)
      assert.deepStrictEqual([unread.status, unread.body.error.code], [502, "BAD_GATEWAY"])
      const before = requests.length
      for (const headers of [{ "if-none-match": `"${hashOf("0123456789")}"` }, { range: "bytes=10-" }]) {
        yield* send(admin, "GET", own, undefined, headers)
      }
      yield* send(admin, "HEAD", own)
      assert.strictEqual(requests.length, before, "What needs no bytes does not ask for any")
    })
  )
})
