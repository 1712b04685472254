/** Tickets entered where somebody sees an asset, over HTTP and PostgreSQL. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { newId } from "../../src/services/ids.ts"
import { makeClient, makeContact, references } from "../support/fixtures.ts"
import { client, makeTenant, Service, suite } from "../support/service.ts"

const nobody = "00000000-0000-4000-8000-000000000000"
const path = "/api/v1/tickets/from-asset"

const desk = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const tenant = yield* makeTenant
  const { board_id, priority_id, statuses } = yield* references(tenant)
  const client_id = yield* makeClient(tenant)
  const asset_id = newId()
  const asset = { tenant: tenant.tenant.tenant, asset_id, client_id, asset_tag: "A1", name: "Router", status: "active" }
  yield* sql`INSERT INTO assets ${sql.insert(asset)}`
  const body = { title: "Router is down", asset_id, client_id, board_id, priority_id, status_id: statuses["New"] }
  const tickets = Effect.map(tenant.admin.get("/api/v1/tickets"), (answer) => answer.body.pagination.total)
  return { ...tenant, sql, board_id, statuses, client_id, asset_id, body, tickets }
})

suite("tickets from assets", (it) => {
  it.effect("are about the asset, and linked to it", () =>
    Effect.gen(function* () {
      const own = yield* desk
      const { admin, asset_id, body, client_id, sql } = own
      const contact_name_id = yield* makeContact(own, { client_id })
      const category_id = newId()
      yield* sql`INSERT INTO categories ${sql.insert({
        tenant: own.tenant.tenant,
        category_id,
        category_name: "Network",
        board_id: own.board_id
      })}`
      const more = { description: "No light at all", contact_name_id, category_id }
      const created = yield* admin.post(path, { ...body, ...more })
      assert.strictEqual(created.status, 201, JSON.stringify(created.body))
      assert.deepInclude(created.body.data, {
        title: "Router is down",
        client_id,
        contact_name_id,
        category_id,
        source: "api",
        ticket_origin: "api",
        attributes: { description: "No light at all", created_from_asset: asset_id }
      })
      assert.isString(created.body.data.ticket_number)
      const ticket = created.body.data.ticket_id
      const [linked, ...others] = (yield* admin.get(`/api/v1/tickets/${ticket}/assets`)).body.data
      assert.deepStrictEqual(others, [])
      assert.deepInclude(linked, { asset_id, relationship_type: "affected", association_notes: null })
      const told = yield* sql`SELECT event_type, payload->>'asset_id' AS asset_id FROM events
        WHERE entity_id = ${ticket} ORDER BY event_id`
      assert.deepStrictEqual(told, [
        { event_type: "TICKET_CREATED", asset_id: null },
        { event_type: "TICKET_ASSET_LINKED", asset_id }
      ])
    })
  )

  it.effect("take status and priority from the board, if none are given", () =>
    Effect.gen(function* () {
      const { admin, asset_id, body, board_id, client_id, sql, statuses, tenant } = yield* desk
      yield* sql`UPDATE boards SET default_priority_id = ${body.priority_id}
        WHERE tenant = ${tenant.tenant} AND board_id = ${board_id}`
      const created = yield* admin.post(path, {
        title: "Router",
        asset_id: asset_id.toUpperCase(),
        client_id,
        board_id
      })
      assert.strictEqual(created.status, 201, JSON.stringify(created.body))
      assert.deepInclude(created.body.data, {
        status_id: statuses["New"],
        priority_id: body.priority_id,
        attributes: { created_from_asset: asset_id }
      })
    })
  )

  it.effect("need an asset, of that client", () =>
    Effect.gen(function* () {
      const own = yield* desk
      const { admin, asset_id, body, client_id, tickets } = own
      const missing = yield* admin.post(path, { title: "Router", asset_id: nobody, client_id })
      assert.deepStrictEqual([missing.status, missing.body.error.message], [404, "Asset not found"])
      const theirs = yield* desk
      assert.strictEqual((yield* admin.post(path, { ...body, asset_id: theirs.asset_id })).status, 404)
      const refused = (more: object) =>
        Effect.map(admin.post(path, { ...body, ...more }), ({ body, status }) => [
          status,
          body.error.details.map((issue: { path: ReadonlyArray<string> }) => issue.path.join())
        ])
      assert.deepStrictEqual(yield* refused({ client_id: yield* makeClient(own) }), [400, ["client_id"]])
      assert.deepStrictEqual(yield* refused({ client_id: nobody }), [400, ["client_id"]])
      assert.deepStrictEqual(yield* refused({ board_id: undefined }), [400, ["board_id"]])
      assert.deepStrictEqual(yield* refused({ board_id: nobody }), [400, ["board_id"]])
      assert.deepStrictEqual(yield* refused({ status_id: nobody }), [400, ["status_id"]])
      assert.deepStrictEqual(yield* refused({ contact_name_id: nobody }), [400, ["contact_name_id"]])
      assert.deepStrictEqual(yield* refused({ title: " ", asset_id: "x" }), [400, ["title", "asset_id"]])
      assert.strictEqual(yield* tickets, 0, "Nothing is left of what was refused")
      const linked = (yield* admin.get(`/api/v1/assets/${asset_id}/tickets`)).body.data
      assert.deepStrictEqual(linked, [])
    })
  )

  it.effect("are made once for each key, by those who may create tickets", () =>
    Effect.gen(function* () {
      const { admin, as, body, tickets } = yield* desk
      const answers = yield* Effect.forEach([1, 2], () => admin.post(path, body, { "idempotency-key": "router" }))
      assert.deepStrictEqual(answers[0]?.body, answers[1]?.body)
      assert.strictEqual(yield* tickets, 1)
      assert.strictEqual((yield* (yield* as("Finance")).post(path, body)).status, 403)
    })
  )

  it.effect("are posted: their path knows no other method, for whoever has a key", () =>
    Effect.gen(function* () {
      const { admin, body } = yield* desk
      const { url } = yield* Service
      for (const method of ["GET", "PUT", "DELETE"]) {
        const {
          body: answer,
          headers,
          status
        } = yield* admin.send(method, `${path}?x=1`, method === "PUT" ? body : undefined)
        assert.deepStrictEqual(
          [status, answer.error.code, headers.get("allow")],
          [405, "METHOD_NOT_ALLOWED", "POST"],
          method
        )
      }
      assert.strictEqual((yield* client(url).get(path)).status, 401)
      const other = yield* admin.get("/api/v1/tickets/from-nowhere")
      assert.deepStrictEqual([other.status, other.body.error.message], [400, "Invalid ticket ID format"])
    })
  )
})
