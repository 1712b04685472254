/** The history of assets, over HTTP and PostgreSQL. */
import { assert } from "@effect/vitest"
import { Effect, Exit } from "effect"
import { SqlClient } from "effect/sql"
import { Actor, operator } from "../../src/domain/Actor.ts"
import { AssetHistoryService } from "../../src/services/AssetHistoryService.ts"
import { newId } from "../../src/services/ids.ts"
import { makeClient, makeTicket, makeUser } from "../support/fixtures.ts"
import { makeTenant, suite } from "../support/service.ts"

const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

interface Row {
  readonly tenant: string
  readonly asset_id: string
  readonly history_id: string
  readonly kind: string
  readonly change_type: string
  readonly changed_by: string | null
  readonly changed_by_name: string | null
  readonly changed_at: string
  readonly changes: ReadonlyArray<{ readonly field: string; readonly from: unknown; readonly to: unknown }>
  readonly schedule_id: string | null
  readonly maintenance_type: string | null
  readonly description: string | null
  readonly maintenance_data: unknown
  readonly performed_at: string | null
  readonly performed_by: string | null
  readonly performed_by_user_name: string | null
  readonly created_at: string | null
}

/** A tenant with an asset, and its history, oldest first. */
const owned = Effect.gen(function* () {
  const tenant = yield* makeTenant
  const { admin } = tenant
  const client_id = yield* makeClient(tenant)
  const body = { client_id, asset_type: "workstation", asset_tag: "W-1", name: "Desk", status: "active" }
  const asset = (yield* admin.post("/api/v1/assets", body)).body.data
  const one = `/api/v1/assets/${asset.asset_id}`
  const history = Effect.fnUntraced(function* (query = "") {
    const answer = yield* admin.get(`${one}/history?order=asc${query}`)
    assert.strictEqual(answer.status, 200, JSON.stringify(answer.body))
    const rows: ReadonlyArray<Row> = answer.body.data
    return rows
  })
  /** Done in the tenant's database: a schedule, and what was done at a time. */
  const maintained = Effect.fnUntraced(function* (performed_at: string, performed_by: string) {
    const sql = yield* SqlClient.SqlClient
    const schedule_id = newId()
    yield* sql`INSERT INTO asset_maintenance_schedules ${sql.insert({
      tenant: tenant.tenant.tenant,
      schedule_id,
      asset_id: asset.asset_id,
      schedule_name: "Dust",
      maintenance_type: "inspection",
      frequency: "yearly",
      next_maintenance: performed_at,
      created_by: performed_by
    })}`
    const record = {
      tenant: tenant.tenant.tenant,
      history_id: newId(),
      schedule_id,
      asset_id: asset.asset_id,
      maintenance_type: "inspection",
      description: "Blown out",
      performed_at,
      performed_by
    }
    yield* sql`INSERT INTO asset_maintenance_history ${sql.insert({
      ...record,
      maintenance_data: JSON.stringify({ cost: 5 })
    })}`
    return record
  })
  return { ...tenant, client_id, asset, one, history, maintained }
})

suite("the history of assets", (it) => {
  it.effect("tells who changed what, when, and what it was before", () =>
    Effect.gen(function* () {
      const own = yield* owned
      const { admin, asset, client_id, history, one } = own
      const other = yield* makeClient(own)
      const technician = yield* own.as("Technician")
      yield* technician.put(one, { status: "maintenance", serial_number: "SN-1" })
      yield* admin.put(one, { client_id: other, extension_data: { ram_gb: 16, os_type: "Linux" } })
      yield* admin.put(one, { serial_number: null, extension_data: { ram_gb: 32, os_type: null } })
      yield* admin.put(one, { status: "maintenance", name: "Desk" })
      yield* admin.put(one, { asset_type: "nope" })
      const rows = yield* history()
      const created = { client_id, name: "Desk", asset_tag: "W-1", asset_type: "workstation", status: "active" }
      const [first, second] = rows
      assert.deepStrictEqual(
        rows.map(({ change_type, kind }) => [kind, change_type]),
        [
          ["change", "created"],
          ["change", "updated"],
          ["change", "updated"],
          ["change", "updated"]
        ]
      )
      assert.sameDeepMembers(
        [...first!.changes],
        Object.entries(created).map(([field, to]) => ({ field, from: null, to }))
      )
      const { changes: _, ...rest } = first!
      assert.deepStrictEqual(rest, {
        tenant: own.tenant.tenant,
        asset_id: asset.asset_id,
        history_id: first!.history_id,
        kind: "change",
        change_type: "created",
        changed_by: own.user.user_id,
        changed_by_name: own.user.username,
        changed_at: first!.changed_at,
        // What screens that know maintenance only show of it.
        schedule_id: null,
        maintenance_type: null,
        maintenance_data: null,
        description: "Created",
        performed_at: first!.changed_at,
        performed_by: own.user.user_id,
        performed_by_user_name: own.user.username,
        created_at: first!.changed_at
      })
      assert.match(first!.changed_at, iso)
      assert.strictEqual(second!.description, "Updated: status, serial number")
      assert.notStrictEqual(second!.changed_by, own.user.user_id)
      assert.sameDeepMembers(
        rows.slice(1).map(({ changes }) => [...changes].sort((a, b) => (a.field < b.field ? -1 : 1))),
        [
          [
            { field: "serial_number", from: null, to: "SN-1" },
            { field: "status", from: "active", to: "maintenance" }
          ],
          [
            { field: "client_id", from: client_id, to: other },
            { field: "extension_data.os_type", from: null, to: "Linux" },
            { field: "extension_data.ram_gb", from: null, to: 16 }
          ],
          [
            { field: "extension_data.os_type", from: "Linux", to: null },
            { field: "extension_data.ram_gb", from: 16, to: 32 },
            { field: "serial_number", from: "SN-1", to: null }
          ]
        ]
      )
      const times = rows.map(({ changed_at }) => changed_at)
      assert.deepStrictEqual(times, [...times].sort())
    })
  )

  it.effect("tells of tickets that are linked, and how", () =>
    Effect.gen(function* () {
      const own = yield* owned
      const { admin, history, one } = own
      const ticket_id = yield* makeTicket(own)
      yield* admin.post(`${one}/tickets`, { ticket_id })
      yield* admin.put(`${one}/tickets/${ticket_id}`, { relationship_type: "primary", notes: "n" })
      yield* admin.delete(`/api/v1/tickets/${ticket_id}/assets/${own.asset.asset_id}`)
      const rows = (yield* history()).slice(1)
      assert.deepStrictEqual(
        rows.map(({ change_type, changes }) => [change_type, changes]),
        [
          ["ticket_linked", [{ field: "ticket_id", from: null, to: ticket_id }]],
          [
            "ticket_link_updated",
            [
              { field: "notes", from: null, to: "n" },
              { field: "relationship_type", from: "affected", to: "primary" }
            ]
          ],
          ["ticket_unlinked", [{ field: "ticket_id", from: ticket_id, to: null }]]
        ]
      )
    })
  )

  it.effect("tells of the maintenance that was done, beside the changes", () =>
    Effect.gen(function* () {
      const own = yield* owned
      const { admin, history, maintained, one } = own
      const performer = yield* makeUser(own, { first_name: "Dana", last_name: "Fix" })
      const old = yield* maintained("2020-01-01T10:00:00.000Z", performer)
      const late = yield* maintained("2999-01-01T10:00:00.000Z", performer)
      const rows = (yield* admin.get(`${one}/history`)).body.data
      assert.deepStrictEqual(
        rows.map((row: Row) => [row.kind, row.history_id === old.history_id, row.history_id === late.history_id]),
        [
          ["maintenance", false, true],
          ["change", false, false],
          ["maintenance", true, false]
        ]
      )
      assert.deepStrictEqual(rows[2], {
        ...old,
        kind: "maintenance",
        change_type: "maintenance",
        changed_by: performer,
        changed_by_name: "Dana Fix",
        changed_at: old.performed_at,
        changes: [],
        maintenance_data: { cost: 5 },
        performed_by_user_name: "Dana Fix",
        created_at: rows[2].created_at
      })
      assert.match(rows[2].created_at, iso)
      const kinds = (found: ReadonlyArray<Row>) => found.map(({ kind }) => kind)
      assert.deepStrictEqual(kinds(yield* history("&kind=change")), ["change"])
      assert.deepStrictEqual(kinds(yield* history("&kind=maintenance")), ["maintenance", "maintenance"])
      assert.deepStrictEqual(kinds(yield* history("&change_type=created,maintenance")), [
        "maintenance",
        "change",
        "maintenance"
      ])
      assert.lengthOf(yield* history(`&changed_by=${performer}`), 2)
      assert.lengthOf(yield* history("&changed_to=2020-02-01"), 1)
      assert.lengthOf(yield* history("&changed_from=2020-02-01"), 2)
      assert.lengthOf(yield* history("&search=blown"), 2)
      assert.lengthOf(yield* history("&search=dana"), 2)
      const page = (yield* admin.get(`${one}/history?limit=1&page=2`)).body
      assert.deepStrictEqual([page.data[0].kind, page.pagination.total, page.pagination.totalPages], ["change", 3, 3])
      for (const query of ["kind=nope", "change_type=A!", "changed_by=x", "sort=nope", "limit=0"]) {
        assert.strictEqual((yield* admin.get(`${one}/history?${query}`)).status, 400, query)
      }
    })
  )

  it.effect("reads events that say less", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const own = yield* owned
      const { asset, history } = own
      const event = (event_type: string, payload: unknown) =>
        sql`INSERT INTO events ${sql.insert({
          tenant: own.tenant.tenant,
          event_id: newId(),
          event_type,
          entity_type: "asset",
          entity_id: asset.asset_id,
          payload: JSON.stringify(payload)
        })}`
      yield* event("ASSET_UPDATED", { changes: { name: "New", extension_data: { a: 1 } } })
      yield* event("ASSET_UPDATED", { changes: { extension_data: { old: { a: 1, b: 2 }, new: { a: 1, b: 3 } } } })
      yield* event("ASSET_CREATED", { name: "Made" })
      yield* event("ASSET_DOCUMENT_ADDED", { document_id: "x" })
      yield* event("ASSET_ODD", [])
      // The record of the maintenance tells of it.
      yield* event("ASSET_MAINTENANCE_RECORDED", { changes: {} })
      const rows = (yield* history()).slice(1)
      assert.deepStrictEqual(
        rows.map(({ change_type, changed_by, changed_by_name, changes }) => [
          change_type,
          changed_by,
          changed_by_name,
          changes
        ]),
        [
          [
            "updated",
            null,
            null,
            [
              { field: "name", from: null, to: "New" },
              { field: "extension_data.a", from: null, to: 1 }
            ]
          ],
          ["updated", null, null, [{ field: "extension_data.b", from: 2, to: 3 }]],
          ["created", null, null, [{ field: "name", from: null, to: "Made" }]],
          ["document_added", null, null, []],
          ["odd", null, null, []]
        ]
      )
    })
  )

  it.effect("is for those who may read the asset", () =>
    Effect.gen(function* () {
      const ours = yield* owned
      const theirs = yield* owned
      const { admin } = ours
      for (const [path, status] of [
        [`${theirs.one}/history`, 404],
        [`/api/v1/assets/${newId()}/history`, 404],
        ["/api/v1/assets/abc/history", 400]
      ] as const) {
        assert.strictEqual((yield* admin.get(path)).status, status, path)
      }
      const narrowed = {
        ...operator(ours.tenant.tenant, ours.user.user_id),
        scopes: { "asset:read": [{ template: "selected_clients", client_ids: [] }] as const }
      }
      const told = yield* Effect.flatMap(AssetHistoryService, (histories) =>
        Effect.exit(Effect.provideService(histories.list(ours.asset.asset_id, {}), Actor, narrowed))
      ).pipe(Effect.provide(AssetHistoryService.layer))
      assert.isTrue(Exit.isFailure(told) && JSON.stringify(told).includes("Cannot read asset"))
    })
  )
})
