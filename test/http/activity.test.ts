/** A ticket's history, over HTTP and PostgreSQL. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { Actor } from "../../src/domain/Actor.ts"
import type { Permission } from "../../src/domain/Permission.ts"
import { ActivityService } from "../../src/services/ActivityService.ts"
import { newId } from "../../src/services/ids.ts"
import { makeClient, makeTicket, makeUser, references } from "../support/fixtures.ts"
import { makeTenant, suite } from "../support/service.ts"

const nobody = "00000000-0000-4000-8000-000000000000"

interface Row {
  readonly activity_id: string
  readonly event_type: string
  readonly summary: string
  readonly changes: ReadonlyArray<unknown>
  readonly occurred_at: string
}

const desk = Effect.gen(function* () {
  const tenant = yield* makeTenant
  const { admin } = tenant
  const refs = yield* references(tenant)
  const client_id = yield* makeClient(tenant)
  const input = { title: "Printer", client_id, board_id: refs.board_id, priority_id: refs.priority_id }
  const created = yield* admin.post("/api/v1/tickets", { ...input, status_id: refs.statuses["New"] })
  const ticket: string = created.body.data.ticket_id
  const path = `/api/v1/tickets/${ticket}`
  /** Oldest first. */
  const history = (query = ""): Effect.Effect<ReadonlyArray<Row>> =>
    Effect.map(admin.get(`${path}/activity?order=asc${query}`), ({ body }) => body.data)
  const summaries = Effect.map(history(), (rows) => rows.map(({ summary }) => summary))
  return { ...tenant, ...refs, client_id, ticket, path, history, summaries }
})

suite("activity", (it) => {
  it.effect("tells every change: who, when, and what it was and is, by its name", () =>
    Effect.gen(function* () {
      const own = yield* desk
      const { admin, history, path, statuses, summaries, user } = own
      const assignee = yield* makeUser(own, { first_name: "Ada", last_name: "Agent" })
      yield* admin.put(`${path}/status`, { status_id: statuses["In Progress"] })
      yield* admin.put(path, { title: "Printer is offline", assigned_to: assignee })
      yield* admin.put(path, { attributes: { description: "On the 2nd floor", floor: 2 } })
      yield* admin.put(path, { attributes: { description: "On the 3rd floor", floor: 2 } })
      const rows = (yield* admin.get(`${path}/activity`)).body
      assert.deepInclude(rows.pagination, { total: 5, page: 1 })
      assert.deepInclude(rows.meta, { sort: "occurred_at", order: "desc" })
      const [, , , moved, created] = rows.data
      assert.deepInclude(created, { event_type: "TICKET_CREATED", user_id: user.user_id, changes: [] })
      assert.deepStrictEqual(
        { ...moved, activity_id: "", occurred_at: "", user_name: "" },
        {
          activity_id: "",
          event_type: "TICKET_UPDATED",
          user_id: user.user_id,
          user_name: "",
          occurred_at: "",
          summary: "Status changed from New to In Progress",
          changes: [
            {
              field: "status_id",
              from: statuses["New"],
              to: statuses["In Progress"],
              from_name: "New",
              to_name: "In Progress"
            }
          ]
        }
      )
      assert.isString(moved.user_name)
      assert.match(moved.occurred_at, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
      const [, , both, described, again] = yield* history()
      assert.deepStrictEqual(both?.changes, [
        { field: "title", from: "Printer", to: "Printer is offline", from_name: null, to_name: null },
        { field: "assigned_to", from: null, to: assignee, from_name: null, to_name: "Ada Agent" }
      ])
      assert.deepStrictEqual(
        described?.changes.map((change) => (change as { readonly field: string }).field),
        ["attributes.floor", "attributes.description"]
      )
      assert.deepStrictEqual(again?.changes, [
        {
          field: "attributes.description",
          from: "On the 2nd floor",
          to: "On the 3rd floor",
          from_name: null,
          to_name: null
        }
      ])
      assert.deepStrictEqual(yield* summaries, [
        "Ticket created (api)",
        "Status changed from New to In Progress",
        "Title and assignee changed",
        "Floor and description changed",
        "Description changed from On the 2nd floor to On the 3rd floor"
      ])
    })
  )

  it.effect("tells nothing where nothing changed, and nothing twice", () =>
    Effect.gen(function* () {
      const own = yield* desk
      const { admin, history, path, statuses } = own
      const assignee = yield* makeUser(own, { first_name: "Ada", last_name: "Agent" })
      yield* admin.put(path, {})
      yield* admin.put(path, { title: "Printer" })
      yield* admin.put(`${path}/status`, { status_id: statuses["Closed"] })
      yield* admin.put(`${path}/assignment`, { assigned_to: assignee })
      yield* admin.put(`${path}/assignment`, { assigned_to: null })
      assert.deepStrictEqual(
        (yield* history()).map(({ event_type, summary }) => [event_type, summary]),
        [
          ["TICKET_CREATED", "Ticket created (api)"],
          ["TICKET_UPDATED", "Status changed from New to Closed"],
          ["TICKET_UPDATED", "Assigned to Ada Agent"],
          ["TICKET_UPDATED", "Unassigned"]
        ]
      )
      // Whoever asks for them finds them.
      const asked = yield* history("&event_type=TICKET_CLOSED,TICKET_ASSIGNED")
      assert.deepStrictEqual(
        asked.map(({ event_type, summary }) => [event_type, summary]),
        [
          ["TICKET_CLOSED", "Ticket closed"],
          ["TICKET_ASSIGNED", "Assigned to Ada Agent"],
          ["TICKET_ASSIGNED", "Unassigned"]
        ]
      )
    })
  )

  it.effect("tells of comments, and not what they say", () =>
    Effect.gen(function* () {
      const { admin, client_id, history, path, summaries, tenant, ticket } = yield* desk
      const said = (yield* admin.post(`${path}/comments`, { comment_text: "Secret", is_internal: true })).body.data
      yield* admin.put(`${path}/comments/${said.comment_id}`, { comment_text: "Secret indeed" })
      yield* admin.post(`${path}/comments`, { comment_text: "Secret to nobody" })
      yield* admin.delete(`${path}/comments/${said.comment_id}`)
      assert.deepStrictEqual(yield* summaries, [
        "Ticket created (api)",
        "Internal comment added",
        "Internal comment edited",
        "Comment added",
        "Internal comment deleted"
      ])
      assert.notInclude(JSON.stringify(yield* history()), "Secret")
      // People of the client are told of what was said to them.
      const layer = ActivityService.layer
      const seen = yield* Effect.flatMap(ActivityService, (activity) =>
        activity.list(ticket, { order: "asc" }).pipe(
          Effect.provideService(Actor, {
            tenant: tenant.tenant,
            userId: nobody,
            userType: "client",
            apiKeyId: undefined,
            permissions: new Set<Permission>(),
            scopes: { "ticket:read": [{ template: "selected_clients", client_ids: [client_id] }] }
          })
        )
      ).pipe(Effect.provide(layer))
      assert.deepStrictEqual(
        seen.rows.map(({ summary }) => summary),
        ["Ticket created (api)", "Comment added"]
      )
    })
  )

  it.effect("tells of assets and bundles by the names of what they are about", () =>
    Effect.gen(function* () {
      const own = yield* desk
      const { admin, client_id, path, summaries, ticket } = own
      const sql = yield* SqlClient.SqlClient
      const asset_id = newId()
      const { tenant } = own.tenant
      yield* sql`INSERT INTO assets ${sql.insert({ tenant, asset_id, client_id, asset_tag: "A1", name: "Router", status: "active" })}`
      yield* admin.post(`${path}/assets`, { asset_id })
      yield* admin.delete(`${path}/assets/${asset_id}`)
      const master = yield* makeTicket(own, { ticket_number: "MASTER1" })
      yield* admin.post(`/api/v1/tickets/${master}/bundle`, { child_ticket_ids: [ticket] })
      yield* admin.post(`/api/v1/tickets/${master}/comments`, { comment_text: "We are on it" })
      yield* admin.put(`/api/v1/tickets/${master}/status`, { status_id: own.statuses["In Progress"] })
      assert.deepStrictEqual(yield* summaries, [
        "Ticket created (api)",
        "Asset Router linked (affected)",
        "Asset Router unlinked (affected)",
        "Bundled under ticket MASTER1",
        "Comment added from master ticket MASTER1",
        "Status changed from New to In Progress, with master ticket MASTER1"
      ])
      // Who may not read assets is not told their names.
      const reader = yield* own.as("Dispatcher")
      yield* sql`DELETE FROM role_permissions rp USING permissions p WHERE rp.tenant = ${tenant} AND p.tenant = rp.tenant
        AND p.permission_id = rp.permission_id AND p.resource = 'asset'`
      const told = JSON.stringify((yield* reader.get(`${path}/activity`)).body)
      assert.include(told, "Asset linked (affected)")
      assert.notInclude(told, "Router")
    })
  )

  it.effect("can be asked for what somebody did, and when", () =>
    Effect.gen(function* () {
      const { admin, as, history, path, user } = yield* desk
      const technician = yield* as("Technician")
      yield* technician.put(path, { title: "Scanner" })
      yield* admin.put(path, { title: "Copier" })
      const titles = (query: string) =>
        Effect.map(history(query), (rows) => rows.map(({ summary }) => summary.replace(/.* to /, "")))
      const all = yield* history()
      assert.deepStrictEqual(yield* titles(`&user_id=${user.user_id}&event_type=TICKET_UPDATED`), ["Copier"])
      assert.deepStrictEqual(yield* titles(`&occurred_from=${all[2]?.occurred_at}`), ["Copier"])
      assert.strictEqual((yield* titles(`&occurred_to=${all[0]?.occurred_at}`)).length, 1)
      assert.strictEqual((yield* titles("&search=created")).length, 1)
      assert.deepStrictEqual(yield* titles("&limit=1&page=2"), ["Scanner"])
      const first = yield* admin.get(`${path}/activity?limit=2`)
      const rest = yield* admin.get(`${path}/activity?limit=2&cursor=${first.body.pagination.nextCursor}`)
      assert.deepStrictEqual(
        [...first.body.data, ...rest.body.data].map(({ activity_id }: Row) => activity_id),
        all.map(({ activity_id }) => activity_id).toReversed()
      )
      for (const query of ["event_type=nonsense", "user_id=me", "occurred_from=yesterday", "sort=title", "limit=101"]) {
        assert.strictEqual((yield* admin.get(`${path}/activity?${query}`)).status, 400, query)
      }
    })
  )

  it.effect("is for those who may read the ticket", () =>
    Effect.gen(function* () {
      const { admin, as, path, ticket } = yield* desk
      assert.strictEqual((yield* admin.get(`/api/v1/tickets/${nobody}/activity`)).status, 404)
      const outsider = yield* as("partner-admin")
      assert.strictEqual((yield* outsider.get(`${path}/activity`)).status, 403)
      const stranger = yield* makeTenant
      assert.strictEqual((yield* stranger.admin.get(`${path}/activity`)).status, 404)
      const untold = yield* admin.get(`${path}/activity?event_type=TICKET_NEVER`)
      assert.deepStrictEqual([untold.status, untold.body.data], [200, []])
      assert.strictEqual((yield* admin.delete(`/api/v1/tickets/${ticket}`)).status, 204)
      assert.strictEqual((yield* admin.get(`${path}/activity`)).status, 404)
    })
  )
})
