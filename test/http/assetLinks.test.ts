/** The links of assets and tickets, from both sides, over HTTP and PostgreSQL. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { Actor, operator } from "../../src/domain/Actor.ts"
import { AssetLinkService } from "../../src/services/AssetLinkService.ts"
import { newId } from "../../src/services/ids.ts"
import { makeClient, makeTicket, references } from "../support/fixtures.ts"
import { type Answer, makeTenant, suite, type TestTenant } from "../support/service.ts"

const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

const makeAsset = Effect.fnUntraced(function* (tenant: TestTenant, fields: Record<string, unknown> = {}) {
  const client_id = yield* makeClient(tenant)
  const asset = { client_id, asset_type: "server", asset_tag: "S-1", name: "Server", status: "active", ...fields }
  const { body, status } = yield* tenant.admin.post("/api/v1/assets", asset)
  assert.strictEqual(status, 201)
  const id: string = body.data.asset_id
  return id
})

/** A tenant with an asset and a ticket, of two clients, and where each lists the other. */
const pair = Effect.gen(function* () {
  const tenant = yield* makeTenant
  const asset_id = yield* makeAsset(tenant)
  const ticket_id = yield* makeTicket(tenant)
  return {
    tenant,
    id: tenant.tenant.tenant,
    admin: tenant.admin,
    asset_id,
    ticket_id,
    tickets: `/api/v1/assets/${asset_id}/tickets`,
    assets: `/api/v1/tickets/${ticket_id}/assets`
  }
})

const refusal = ({ body, status }: Answer) => [status, body.error.code, body.error.message]
const statuses = (answers: ReadonlyArray<Answer>) => answers.map(({ status }) => status)
const ids = ({ body }: Answer, key: string): ReadonlyArray<string> =>
  body.data.map((row: Readonly<Record<string, string>>) => row[key])

const already = {
  asset: [409, "CONFLICT", "Asset is already linked to this ticket"],
  ticket: [409, "CONFLICT", "Ticket is already linked to this asset"]
}
const missing = {
  asset: [404, "NOT_FOUND", "Asset not found"],
  ticket: [404, "NOT_FOUND", "Ticket not found"],
  onTicket: [404, "NOT_FOUND", "ticket not found"],
  link: [404, "NOT_FOUND", "Asset-ticket association not found"]
}

suite("asset links", (it) => {
  it.effect("are one record, seen from both sides", () =>
    Effect.gen(function* () {
      const { admin, asset_id, assets, id, tenant, ticket_id, tickets } = yield* pair
      const made = yield* admin.post(assets, { asset_id, notes: "Fan is loud" })
      assert.strictEqual(made.status, 201)
      assert.match(made.body.data.created_at, iso)
      assert.deepStrictEqual(made.body.data, {
        tenant: id,
        asset_id,
        entity_id: ticket_id,
        entity_type: "ticket",
        relationship_type: "affected",
        notes: "Fan is loud",
        created_by: tenant.user.user_id,
        created_at: made.body.data.created_at
      })
      const link = {
        relationship_type: "affected",
        association_notes: "Fan is loud",
        linked_at: made.body.data.created_at
      }

      const onTicket = yield* admin.get(assets)
      assert.strictEqual(onTicket.status, 200)
      const asset = (yield* admin.get(`/api/v1/assets/${asset_id}`)).body.data
      const { client, documents, extension_data, maintenance_schedules, relationships, warranty_status, ...row } = asset
      assert.deepStrictEqual(onTicket.body.data, [{ ...row, ...link }])
      assert.deepStrictEqual(onTicket.body.meta, { sort: "linked_at", order: "desc", filters: {} })
      assert.deepStrictEqual(onTicket.body.pagination, {
        page: 1,
        limit: 100,
        total: 1,
        totalPages: 1,
        hasNext: false,
        hasPrev: false
      })

      const onAsset = yield* admin.get(tickets)
      assert.strictEqual(onAsset.status, 200)
      const ticket = (yield* admin.get(`/api/v1/tickets/${ticket_id}`)).body.data
      const { assigned_to, board_id, client_id, entered_at, is_closed, priority_id, status_id, status_name } = ticket
      const { ticket_number, title, updated_at } = ticket
      assert.deepStrictEqual(onAsset.body.data, [
        {
          ticket_id,
          ticket_number,
          title,
          status_id,
          status_name,
          is_closed,
          priority_id,
          assigned_to,
          client_id,
          board_id,
          entered_at,
          updated_at,
          ...link
        }
      ])
      assert.deepStrictEqual(onAsset.body.meta, { sort: "updated_at", order: "desc", filters: {} })

      // Unlinked on the side it was not made on.
      const one = `${tickets}/${ticket_id}`
      assert.strictEqual((yield* admin.delete(one)).status, 204)
      assert.deepStrictEqual(refusal(yield* admin.delete(one)), missing.link)
      assert.deepStrictEqual(refusal(yield* admin.delete(`${assets}/${asset_id}`)), missing.link)
      assert.deepStrictEqual((yield* admin.get(assets)).body.data, [])
      assert.deepStrictEqual((yield* admin.get(tickets)).body.pagination.total, 0)

      const again = yield* admin.post(tickets, { ticket_id, relationship_type: "primary" })
      assert.strictEqual(again.status, 201)
      assert.deepInclude(again.body.data, { asset_id, entity_id: ticket_id, relationship_type: "primary", notes: null })
      assert.strictEqual((yield* admin.delete(`${assets}/${asset_id}`)).status, 204)
    })
  )

  it.effect("are made once, whatever their type", () =>
    Effect.gen(function* () {
      const { admin, asset_id, assets, ticket_id, tickets } = yield* pair
      assert.strictEqual((yield* admin.post(assets, { asset_id })).status, 201)
      assert.deepStrictEqual(refusal(yield* admin.post(assets, { asset_id })), already.asset)
      assert.deepStrictEqual(
        refusal(yield* admin.post(assets, { asset_id: asset_id.toUpperCase(), relationship_type: "related" })),
        already.asset
      )
      assert.deepStrictEqual(
        refusal(yield* admin.post(tickets, { ticket_id, relationship_type: "related" })),
        already.ticket
      )
      assert.strictEqual((yield* admin.get(assets)).body.data[0].relationship_type, "affected")
    })
  )

  it.effect("are made once when two ask at the same time, each from their side", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { admin, asset_id, assets, id, ticket_id, tickets } = yield* pair
      for (let round = 0; round < 10; round++) {
        const answers = yield* Effect.all(
          [
            admin.post(assets, { asset_id, relationship_type: "related" }),
            round % 2 === 0 ? admin.post(tickets, { ticket_id }) : admin.post(assets, { asset_id })
          ],
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(statuses(answers).sort(), [201, 409])
        const [first, second] = answers
        if (first.status === 409) assert.deepStrictEqual(refusal(first), already.asset)
        if (second.status === 409)
          assert.deepStrictEqual(refusal(second), round % 2 === 0 ? already.ticket : already.asset)
        const undone = yield* Effect.all(
          [admin.delete(`${assets}/${asset_id}`), admin.delete(`${tickets}/${ticket_id}`)],
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(statuses(undone).sort(), [204, 404])
      }
      const events = yield* sql<{ readonly event_type: string; readonly count: number }>`
        SELECT event_type, count(*) AS count FROM events
        WHERE tenant = ${id} AND entity_type = 'ticket' AND entity_id = ${ticket_id} GROUP BY 1 ORDER BY 1`
      assert.deepStrictEqual(events, [
        { event_type: "TICKET_ASSET_LINKED", count: 10 },
        { event_type: "TICKET_ASSET_UNLINKED", count: 10 }
      ])
    })
  )

  it.effect("never point at what is deleted at the same time", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { admin, id, tenant } = yield* pair
      for (let round = 0; round < 10; round++) {
        const [asset_id, ticket_id] = [yield* makeAsset(tenant), yield* makeTicket(tenant)]
        const ticket = `/api/v1/tickets/${ticket_id}`
        const asset = `/api/v1/assets/${asset_id}`
        const [linked, deleted] = yield* Effect.all(
          [admin.post(`${ticket}/assets`, { asset_id }), admin.delete(round % 2 === 0 ? ticket : asset)],
          { concurrency: "unbounded" }
        )
        // A ticket with assets is not deleted; an asset takes its links along.
        if (round % 2 === 0) assert.include(["201 409", "404 204"], `${linked.status} ${deleted.status}`)
        else assert.include(["201 204", "404 204"], `${linked.status} ${deleted.status}`)
      }
      const dangling = yield* sql`SELECT 1 FROM asset_associations l WHERE l.tenant = ${id} AND (
        NOT EXISTS (SELECT 1 FROM tickets t WHERE t.tenant = l.tenant AND t.ticket_id = l.entity_id)
        OR NOT EXISTS (SELECT 1 FROM assets a WHERE a.tenant = l.tenant AND a.asset_id = l.asset_id))`
      assert.deepStrictEqual(dangling, [])
    })
  )

  it.effect("tell the ticket's history what happened", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { admin, asset_id, assets, id, tenant, ticket_id, tickets } = yield* pair
      yield* admin.post(tickets, { ticket_id, relationship_type: "primary", notes: "n" })
      yield* admin.post(assets, { asset_id })
      yield* admin.delete(`${assets}/${asset_id}`)
      yield* admin.delete(`${assets}/${asset_id}`)
      const events = yield* sql`SELECT event_type, user_id, payload FROM events
        WHERE tenant = ${id} AND entity_type = 'ticket' AND entity_id = ${ticket_id} ORDER BY occurred_at`
      const { user_id } = tenant.user
      assert.deepStrictEqual(events, [
        {
          event_type: "TICKET_ASSET_LINKED",
          user_id,
          payload: { asset_id, relationship_type: "primary", notes: "n" }
        },
        { event_type: "TICKET_ASSET_UNLINKED", user_id, payload: { asset_id, relationship_type: "primary" } }
      ])
    })
  )

  it.effect("are changed from either side", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { admin, asset_id, assets, id, ticket_id, tickets } = yield* pair
      const made = (yield* admin.post(assets, { asset_id, notes: "n" })).body.data
      const fromTicket = yield* admin.put(`${assets}/${asset_id}`, { relationship_type: "primary" })
      assert.deepStrictEqual(
        [fromTicket.status, fromTicket.body.data],
        [200, { ...made, relationship_type: "primary" }]
      )
      const fromAsset = yield* admin.put(`${tickets}/${ticket_id}`, { notes: null })
      assert.deepStrictEqual(fromAsset.body.data, { ...made, relationship_type: "primary", notes: null })
      for (const body of [{}, { relationship_type: "primary", notes: null }]) {
        assert.deepStrictEqual((yield* admin.put(`${tickets}/${ticket_id}`, body)).body, fromAsset.body)
      }
      const [linked] = (yield* admin.get(assets)).body.data
      assert.deepInclude(linked, { relationship_type: "primary", association_notes: null })
      for (const relationship_type of ["", null, "x".repeat(256)]) {
        assert.strictEqual((yield* admin.put(`${assets}/${asset_id}`, { relationship_type })).status, 400)
      }
      const events = yield* sql`SELECT event_type, entity_type, payload FROM events WHERE tenant = ${id}
        AND event_type LIKE '%LINK_UPDATED' ORDER BY event_id`
      const changes = [{ relationship_type: { old: "affected", new: "primary" } }, { notes: { old: "n", new: null } }]
      assert.deepStrictEqual(
        events,
        changes.flatMap((changes) => [
          { event_type: "TICKET_ASSET_LINK_UPDATED", entity_type: "ticket", payload: { asset_id, changes } },
          { event_type: "ASSET_TICKET_LINK_UPDATED", entity_type: "asset", payload: { ticket_id, changes } }
        ])
      )
      const activity = (yield* admin.get(`/api/v1/tickets/${ticket_id}/activity?order=asc`)).body.data
      assert.deepStrictEqual(
        activity.map(({ event_type }: { readonly event_type: string }) => event_type),
        ["TICKET_ASSET_LINKED", "TICKET_ASSET_LINK_UPDATED", "TICKET_ASSET_LINK_UPDATED"]
      )
      yield* admin.delete(`${assets}/${asset_id}`)
      for (const gone of [`${assets}/${asset_id}`, `${tickets}/${ticket_id}`, `${assets}/${newId()}`]) {
        assert.deepStrictEqual(refusal(yield* admin.put(gone, { notes: "x" })), missing.link)
      }
    })
  )

  it.effect("are found by what they and their ends are", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { admin, asset_id, assets, id, tenant, ticket_id, tickets } = yield* pair
      const spare = yield* makeAsset(tenant, { name: "Spare", asset_type: "printer", status: "spare" })
      yield* admin.post(assets, { asset_id })
      yield* admin.post(assets, { asset_id: spare, relationship_type: "related" })
      const { statuses: byName } = yield* references(tenant)
      const closed = yield* makeTicket(tenant, {
        status_id: byName["Closed"]!,
        is_closed: true,
        closed_at: new Date(0).toISOString()
      })
      yield* admin.post(tickets, { ticket_id: closed, relationship_type: "primary" })
      const cases: ReadonlyArray<readonly [string, string, ReadonlyArray<string>]> = [
        [assets, "asset_type=printer", [spare]],
        [assets, "asset_type=server", [asset_id]],
        [assets, "status=spare", [spare]],
        [assets, "relationship_type=affected", [asset_id]],
        [assets, "status=spare&asset_type=server", []],
        [tickets, "is_closed=true", [closed]],
        [tickets, "is_closed=false", [ticket_id]],
        [tickets, "is_open=true", [ticket_id]],
        [tickets, "status=Closed", [closed]],
        [tickets, `status_id=${byName["New"]}`, [ticket_id]],
        [tickets, "relationship_type=primary", [closed]]
      ]
      for (const [list, query, expected] of cases) {
        const found = yield* admin.get(`${list}?${query}`)
        assert.deepStrictEqual(ids(found, list === assets ? "asset_id" : "ticket_id"), expected, query)
        assert.strictEqual(found.body.pagination.total, expected.length, query)
      }
      assert.strictEqual((yield* admin.get(`${tickets}?is_closed=perhaps`)).status, 400)

      // Who may read only some of the assets is shown those, and touches no others.
      const [own] = yield* sql<{ readonly client_id: string }>`SELECT client_id FROM assets
        WHERE tenant = ${id} AND asset_id = ${spare}`
      const narrowed = {
        ...operator(id, tenant.user.user_id),
        scopes: { "asset:read": [{ template: "selected_clients", client_ids: [own!.client_id] }] as const }
      }
      const told = <A, E>(use: (links: AssetLinkService["Service"]) => Effect.Effect<A, E, Actor>) =>
        Effect.flatMap(AssetLinkService, use).pipe(
          Effect.provideService(Actor, narrowed),
          Effect.match({ onFailure: (error) => Object(error)._tag, onSuccess: (value) => value }),
          Effect.provide(AssetLinkService.layer)
        )
      const shown = yield* told((links) => links.assetsOf(ticket_id, {}))
      assert.deepStrictEqual([shown.total, shown.rows.map((row: { asset_id: string }) => row.asset_id)], [1, [spare]])
      for (const use of [
        (links: AssetLinkService["Service"]) => links.ticketsOf(asset_id, {}),
        (links: AssetLinkService["Service"]) => links.link(asset_id, ticket_id, {}, "asset"),
        (links: AssetLinkService["Service"]) => links.change(asset_id, ticket_id, { notes: "mine" }),
        (links: AssetLinkService["Service"]) => links.unlink(asset_id, ticket_id)
      ]) {
        assert.strictEqual(yield* told<unknown, unknown>(use), "Forbidden")
      }
      assert.strictEqual((yield* told((links) => links.ticketsOf(spare, {}))).total, 1)
      assert.strictEqual((yield* admin.get(assets)).body.data[1].association_notes, null)
    })
  )

  it.effect("need both their ends", () =>
    Effect.gen(function* () {
      const { admin, asset_id, assets, ticket_id, tickets } = yield* pair
      const nothing = newId()
      const noTicket = `/api/v1/tickets/${nothing}/assets`
      const noAsset = `/api/v1/assets/${nothing}/tickets`
      assert.deepStrictEqual(refusal(yield* admin.get(noTicket)), missing.onTicket)
      assert.deepStrictEqual(refusal(yield* admin.get(noAsset)), missing.asset)
      assert.deepStrictEqual(refusal(yield* admin.post(assets, { asset_id: nothing })), missing.asset)
      assert.deepStrictEqual(refusal(yield* admin.post(tickets, { ticket_id: nothing })), missing.ticket)
      assert.deepStrictEqual(refusal(yield* admin.post(noTicket, { asset_id })), missing.ticket)
      assert.deepStrictEqual(refusal(yield* admin.post(noAsset, { ticket_id })), missing.asset)
      assert.deepStrictEqual(refusal(yield* admin.post(noTicket, { asset_id: nothing })), missing.ticket)
      assert.deepStrictEqual(refusal(yield* admin.post(noAsset, { ticket_id: nothing })), missing.asset)
      assert.deepStrictEqual(refusal(yield* admin.delete(`${assets}/${nothing}`)), missing.link)
      assert.deepStrictEqual(refusal(yield* admin.delete(`${noAsset}/${ticket_id}`)), missing.link)
    })
  )

  it.effect("say which field is wrong", () =>
    Effect.gen(function* () {
      const { admin, asset_id, assets, ticket_id, tickets } = yield* pair
      const field = ({ body, status }: Answer) => [status, body.error.code, ...body.error.details[0].path]
      const wrong = (name: string) => [400, "VALIDATION_ERROR", name]
      assert.deepStrictEqual(field(yield* admin.post(assets, {})), wrong("asset_id"))
      assert.deepStrictEqual(field(yield* admin.post(tickets, {})), wrong("ticket_id"))
      assert.deepStrictEqual(field(yield* admin.post(assets, { asset_id: "abc" })), wrong("asset_id"))
      assert.deepStrictEqual(
        field(yield* admin.post(assets, { asset_id, relationship_type: "" })),
        wrong("relationship_type")
      )
      assert.deepStrictEqual(field(yield* admin.post(tickets, { ticket_id, notes: "\u0000" })), wrong("notes"))
      assert.deepStrictEqual(field(yield* admin.post(tickets, { ticket_id, notes: 1 })), wrong("notes"))
      for (const body of [undefined, "{nope", "[]", "null"]) {
        assert.strictEqual((yield* admin.post(assets, body)).status, 400, String(body))
        assert.strictEqual((yield* admin.post(tickets, body)).status, 400, String(body))
      }
      const malformed = [
        [admin.get("/api/v1/tickets/abc/assets"), "ticket"],
        [admin.post("/api/v1/tickets/abc/assets", { asset_id }), "ticket"],
        [admin.delete(`${assets}/abc`), "asset"],
        [admin.get("/api/v1/assets/abc/tickets"), "asset"],
        [admin.post("/api/v1/assets/abc/tickets", { ticket_id }), "asset"],
        [admin.delete(`${tickets}/abc`), "ticket"]
      ] as const
      for (const [request, what] of malformed) {
        const { body, status } = yield* request
        assert.deepStrictEqual([status, body.error.message], [400, `Invalid ${what} ID format`])
      }
      for (const query of ["sort=nope", "order=up", "limit=101", "page=0"]) {
        assert.strictEqual((yield* admin.get(`${assets}?${query}`)).status, 400, query)
        assert.strictEqual((yield* admin.get(`${tickets}?${query}`)).status, 400, query)
      }
    })
  )

  it.effect("are listed in pages: on tickets by when they were made, on assets by the last change", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { admin, asset_id, assets, id, tenant, ticket_id, tickets } = yield* pair
      const others = [
        yield* makeAsset(tenant, { name: "Alpha", serial_number: "SN-77" }),
        yield* makeAsset(tenant, { name: "Beta", asset_tag: "B-2" })
      ]
      for (const linked of [asset_id, ...others]) yield* admin.post(assets, { asset_id: linked })
      const newest = [...others].reverse().concat(asset_id)
      const linked = yield* Effect.forEach([1, 2, 3], (page) => admin.get(`${assets}?limit=1&page=${page}`))
      assert.deepStrictEqual(
        linked.flatMap((answer) => ids(answer, "asset_id")),
        newest
      )
      const { nextCursor, ...middle } = linked[1]!.body.pagination
      assert.isString(nextCursor)
      assert.deepStrictEqual(middle, {
        page: 2,
        limit: 1,
        total: 3,
        totalPages: 3,
        hasNext: true,
        hasPrev: true
      })
      assert.deepStrictEqual(ids(yield* admin.get(`${assets}?sort=name&order=asc`), "name"), [
        "Alpha",
        "Beta",
        "Server"
      ])
      const searched = yield* admin.get(`${assets}?search=sn-7`)
      assert.deepStrictEqual([ids(searched, "name"), searched.body.pagination.total], [["Alpha"], 1])

      const second = yield* makeTicket(tenant, { title: "Second" })
      yield* admin.post(tickets, { ticket_id: second })
      yield* sql`UPDATE tickets SET updated_at = now() + interval '1 hour'
        WHERE tenant = ${id} AND ticket_id = ${ticket_id}`
      assert.deepStrictEqual(ids(yield* admin.get(tickets), "ticket_id"), [ticket_id, second])
      assert.deepStrictEqual(ids(yield* admin.get(`${tickets}?sort=linked_at`), "ticket_id"), [second, ticket_id])
      const found = yield* admin.get(`${tickets}?search=second`)
      assert.deepStrictEqual([ids(found, "ticket_id"), found.body.pagination.total], [[second], 1])
      const beyond = yield* admin.get(`${tickets}?page=99`)
      assert.deepStrictEqual([beyond.status, beyond.body.data, beyond.body.pagination.total], [200, [], 2])
    })
  )

  it.effect("do not cross tenants", () =>
    Effect.gen(function* () {
      const ours = yield* pair
      const theirs = yield* pair
      yield* theirs.admin.post(theirs.assets, { asset_id: theirs.asset_id })
      const { admin, assets, tickets } = ours
      assert.deepStrictEqual(refusal(yield* admin.get(theirs.assets)), missing.onTicket)
      assert.deepStrictEqual(refusal(yield* admin.get(theirs.tickets)), missing.asset)
      assert.deepStrictEqual(refusal(yield* admin.post(assets, { asset_id: theirs.asset_id })), missing.asset)
      assert.deepStrictEqual(refusal(yield* admin.post(tickets, { ticket_id: theirs.ticket_id })), missing.ticket)
      assert.deepStrictEqual(refusal(yield* admin.post(theirs.assets, { asset_id: ours.asset_id })), missing.ticket)
      assert.deepStrictEqual(refusal(yield* admin.post(theirs.tickets, { ticket_id: ours.ticket_id })), missing.asset)
      assert.deepStrictEqual(refusal(yield* admin.delete(`${theirs.assets}/${theirs.asset_id}`)), missing.link)
      assert.deepStrictEqual(refusal(yield* admin.delete(`${theirs.tickets}/${theirs.ticket_id}`)), missing.link)
      assert.strictEqual((yield* theirs.admin.get(theirs.assets)).body.pagination.total, 1)
      assert.strictEqual((yield* admin.get(assets)).body.pagination.total, 0)
    })
  )

  it.effect("are for those who may", () =>
    Effect.gen(function* () {
      const { asset_id, assets, tenant, ticket_id, tickets } = yield* pair
      // Only technicians change assets; all three read assets and tickets, and change tickets.
      const allowed: Readonly<Record<string, ReadonlyArray<number>>> = {
        Technician: [200, 200, 201, 204, 201, 204],
        Dispatcher: [200, 200, 201, 204, 403, 403],
        Finance: [200, 200, 201, 204, 403, 403]
      }
      for (const [role, expected] of Object.entries(allowed)) {
        const client = yield* tenant.as(role)
        const answers = yield* Effect.all([
          client.get(assets),
          client.get(tickets),
          client.post(assets, { asset_id }),
          client.delete(`${assets}/${asset_id}`),
          client.post(tickets, { ticket_id }),
          client.delete(`${tickets}/${ticket_id}`)
        ])
        assert.deepStrictEqual(statuses(answers), expected, role)
      }
      const denied = yield* (yield* tenant.as("Dispatcher")).post("/api/v1/assets/abc/tickets", {})
      assert.deepStrictEqual(refusal(denied), [403, "FORBIDDEN", "Permission denied: Cannot update asset"])
    })
  )

  it.effect("need both permissions of an endpoint", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { asset_id, assets, id, tenant, ticket_id, tickets } = yield* pair
      /** Somebody with just these permissions. */
      const having = Effect.fnUntraced(function* (...permissions: ReadonlyArray<string>) {
        const role_id = newId()
        const role_name = `just ${permissions.join(" ")} ${role_id}`
        yield* sql`INSERT INTO roles ${sql.insert({ tenant: id, role_id, role_name, msp: true, client: false })}`
        yield* sql`INSERT INTO role_permissions (tenant, role_id, permission_id)
          SELECT tenant, ${role_id}::uuid, permission_id FROM permissions
          WHERE tenant = ${id} AND msp AND resource || ':' || action = ANY(${permissions}::text[])`
        return yield* tenant.as(role_name)
      })
      const cases = [
        ["get", assets, ["asset:read", "ticket:read"]],
        ["get", tickets, ["asset:read", "ticket:read"]],
        ["linkAsset", assets, ["ticket:update", "asset:read"]],
        ["changeAsset", `${assets}/${asset_id}`, ["ticket:update", "asset:read"]],
        ["changeTicket", `${tickets}/${ticket_id}`, ["asset:update", "ticket:read"]],
        ["unlinkAsset", assets, ["ticket:update", "asset:read"]],
        ["linkTicket", tickets, ["asset:update", "ticket:read"]],
        ["unlinkTicket", tickets, ["asset:update", "ticket:read"]]
      ] as const
      for (const [what, path, needed] of cases) {
        const send = Effect.fnUntraced(function* (...permissions: ReadonlyArray<string>) {
          const client = yield* having(...permissions)
          if (what === "get") return (yield* client.get(path)).status
          if (what === "changeAsset" || what === "changeTicket") return (yield* client.put(path, { notes: "x" })).status
          if (what === "linkAsset") return (yield* client.post(path, { asset_id })).status
          if (what === "linkTicket") return (yield* client.post(path, { ticket_id })).status
          return (yield* client.delete(`${path}/${what === "unlinkAsset" ? asset_id : ticket_id}`)).status
        })
        for (const one of needed) assert.strictEqual(yield* send(one), 403, `${what} with ${one}`)
        assert.include([200, 201, 204], yield* send(...needed), what)
      }
    })
  )
})
