/** What authorization bundles leave of the tickets, wherever tickets are read, and when. */
import { assert } from "@effect/vitest"
import { Clock, Effect, Queue, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { Announcements } from "../../../src/services/Announcements.ts"
import { ApiKeyService } from "../../../src/services/ApiKeyService.ts"
import { newId } from "../../../src/services/ids.ts"
import { makeClient, makeContact, makeTeam, makeTicket, makeUser } from "../../../test/support/fixtures.ts"
import { type Answer, type Client, keyOf, makeTenant } from "../../../test/support/service.ts"
import { counted } from "../../../test/support/statements.ts"
import { assign, bundles, makeBundle, narrow, type RuleOf, until, whoIs } from "../support/narrowing.ts"
import { enterpriseSuite } from "../support/suite.ts"

const tickets = "/api/v1/tickets"

const nothing: RuleOf = { template_key: "selected_clients", config: { client_ids: [] } }

/** A technician, and tickets that each have to do with them in one way; `both` is entered by them and assigned to them. */
const desk = Effect.gen(function* () {
  const tenant = yield* makeTenant
  const owner = tenant.tenant.tenant
  const sql = yield* SqlClient.SqlClient
  const technician = yield* tenant.as("Technician")
  const { api_key_id, user_id } = yield* whoIs(technician)
  const employer = yield* makeClient(tenant)
  const contact_id = yield* makeContact(tenant, { client_id: employer })
  yield* sql`UPDATE users SET contact_id = ${contact_id} WHERE tenant = ${owner} AND user_id = ${user_id}`
  const report = yield* makeUser(tenant, { reports_to: user_id })
  const team = yield* makeTeam(tenant, [user_id])
  const client = yield* makeClient(tenant)
  const { board_id, status_id } = yield* anotherBoard(tenant.admin)
  const made: Record<string, string> = {}
  for (const [name, values] of Object.entries({
    own: { entered_by: user_id },
    assigned: { assigned_to: user_id },
    both: { entered_by: user_id, assigned_to: user_id },
    managed: { assigned_to: report },
    employer: { client_id: employer },
    portfolio: { client_id: yield* makeClient(tenant, { account_manager_id: user_id }) },
    client: { client_id: client },
    team: { assigned_team_id: team },
    board: { board_id, status_id },
    none: {}
  })) {
    made[name] = yield* makeTicket(tenant, { title: `Needle ${name}`, ...values })
  }
  return { tenant, owner, technician, api_key_id, user_id, report, team, client, board_id, ids: made }
})

const anotherBoard = Effect.fnUntraced(function* (admin: Client) {
  const { board_id } = (yield* admin.post("/api/v1/boards", { board_name: "Night shift" })).body.data
  const status = { name: "New", status_type: "ticket", board_id, is_default: true }
  const { status_id } = (yield* admin.post("/api/v1/statuses", status)).body.data
  return { board_id: String(board_id), status_id: String(status_id) }
})

const total = (client: Client, query = "") =>
  Effect.map(client.get(`${tickets}?limit=1${query}`), ({ body }): number => body.pagination.total)

/** Waits until the client reads so many tickets. */
const reads = (client: Client, count: number) => until(total(client), (found) => found === count)

const idsOf = ({ body }: Answer): ReadonlyArray<string> =>
  body.data.map(({ ticket_id }: { readonly ticket_id: string }) => ticket_id)

const refusalOf = ({ body, status }: Answer) => [status, body.error?.message]
const refused = [403, "Permission denied: Cannot read ticket"]

/** Goes through a list one by one, by its cursors. */
const walk = Effect.fnUntraced(function* (client: Client) {
  const found: Array<string> = []
  let next: string | undefined = ""
  while (next !== undefined) {
    const answer: Answer = yield* client.get(`${tickets}?limit=1${next}`)
    found.push(...idsOf(answer))
    const { nextCursor } = answer.body.pagination
    next = nextCursor === undefined ? undefined : `&cursor=${nextCursor}`
  }
  return found
})

/** Wherever tickets are read, the client reads these of the desk's and no other. */
const readsOnly = Effect.fnUntraced(function* (
  client: Client,
  all: Readonly<Record<string, string>>,
  names: ReadonlyArray<string>
) {
  const expected = names.map((name) => all[name]!)
  const listed = yield* client.get(`${tickets}?limit=100`)
  assert.sameMembers([...idsOf(listed)], expected)
  assert.strictEqual(listed.body.pagination.total, expected.length)
  assert.sameMembers(yield* walk(client), expected)
  assert.strictEqual(yield* total(client, "&search=needle"), expected.length)
  assert.strictEqual(yield* total(client, "&is_open=true"), expected.length)
  assert.sameMembers([...idsOf(yield* client.get(`${tickets}/search?query=needle`))], expected)
  for (const query of ["", "?is_open=true"]) {
    const { data } = (yield* client.get(`${tickets}/stats${query}`)).body
    assert.deepStrictEqual([data.total_tickets, data.open_tickets], [expected.length, expected.length])
  }
  for (const [name, id] of Object.entries(all)) {
    for (const path of [id, `${id}?fields=title`]) {
      const answer = yield* client.get(`${tickets}/${path}`)
      if (names.includes(name)) assert.strictEqual(answer.status, 200, name)
      else assert.deepStrictEqual(refusalOf(answer), refused, name)
    }
  }
})

enterpriseSuite("somebody narrowed by a bundle", (it) => {
  const templates: Readonly<Record<string, ReadonlyArray<string>>> = {
    own: ["own", "both"],
    assigned: ["assigned", "both"],
    managed: ["managed"],
    own_or_assigned: ["own", "assigned", "both"],
    own_or_managed: ["own", "both", "managed"],
    same_client: ["employer"],
    client_portfolio: ["portfolio"],
    selected_clients: ["client"],
    same_team: ["team"],
    selected_boards: ["board"]
  }
  const shared = Effect.runSync(Effect.cached(desk))

  for (const [template_key, names] of Object.entries(templates)) {
    it.effect(`by ${template_key} reads these tickets, and all again afterwards`, () =>
      Effect.gen(function* () {
        const { board_id, client, ids, technician, tenant } = yield* shared
        const config =
          template_key === "selected_clients"
            ? { client_ids: [client] }
            : template_key === "selected_boards"
              ? { board_ids: [board_id] }
              : {}
        yield* readsOnly(technician, ids, Object.keys(ids))
        const assignment = yield* narrow(tenant, technician, [{ template_key, config }])
        yield* reads(technician, names.length)
        yield* readsOnly(technician, ids, names)
        assert.strictEqual(yield* total(tenant.admin), Object.keys(ids).length, "Nobody else is narrowed")
        assert.strictEqual((yield* tenant.admin.delete(assignment)).status, 204)
        yield* reads(technician, Object.keys(ids).length)
      })
    )
  }

  it.effect("reads what all rules let through, whichever bundles they are from", () =>
    Effect.gen(function* () {
      const { ids, technician, tenant } = yield* desk
      yield* narrow(tenant, technician, [{ template_key: "own" }])
      yield* reads(technician, 2)
      yield* narrow(tenant, technician, [{ template_key: "assigned" }])
      yield* reads(technician, 1)
      yield* readsOnly(technician, ids, ["both"])
      yield* narrow(tenant, technician, [{ template_key: "own_or_assigned" }, { template_key: "managed" }])
      yield* reads(technician, 0)
      yield* readsOnly(technician, ids, [])
    })
  )

  it.effect("reads nothing where nothing is selected", () =>
    Effect.gen(function* () {
      const { ids, technician, tenant } = yield* desk
      yield* narrow(tenant, technician, [nothing])
      yield* reads(technician, 0)
      yield* readsOnly(technician, ids, [])
      yield* narrow(tenant, technician, [{ template_key: "selected_boards", config: { board_ids: [] } }])
      yield* readsOnly(technician, ids, [])
    })
  )

  it.effect("is not narrowed by rules for something else, or by none", () =>
    Effect.gen(function* () {
      const { ids, technician, tenant } = yield* desk
      yield* narrow(tenant, technician, [])
      yield* narrow(tenant, technician, [{ ...nothing, resource_type: "asset" }])
      const keys = yield* ApiKeyService
      const caller = keys.verify(Redacted.make(technician.headers["x-api-key"]!)).pipe(Effect.orDie)
      yield* until(caller, ({ scopes }) => scopes !== undefined)
      assert.deepStrictEqual((yield* caller).scopes, {
        "asset:read": [{ template: "selected_clients", client_ids: [] }]
      })
      yield* readsOnly(technician, ids, Object.keys(ids))
    })
  )

  it.effect("meets no unreadable ticket in a ticket's bundle, and writes to none", () =>
    Effect.gen(function* () {
      const { ids, technician, tenant } = yield* desk
      const { assigned = "", both = "", none = "", own = "" } = ids
      const members = (id: string) => `${tickets}/${id}/bundle`
      const { admin } = tenant
      yield* admin.post(members(assigned), { child_ticket_ids: [both, none] })
      yield* narrow(tenant, technician, [{ template_key: "assigned" }])
      yield* reads(technician, 2)
      const seen = (yield* technician.get(members(assigned))).body.data
      assert.deepStrictEqual(
        [
          seen.role,
          seen.master.ticket_id,
          idsOf({ ...(yield* technician.get(tickets)), body: { data: seen.children } })
        ],
        ["master", assigned, [both]]
      )
      assert.deepStrictEqual(refusalOf(yield* technician.get(members(none))), refused)
      for (const answer of [
        yield* technician.post(members(assigned), { child_ticket_ids: [own] }),
        yield* technician.post(`${members(assigned)}/children`, { child_ticket_ids: [own] }),
        yield* technician.delete(`${members(assigned)}/children/${none}`),
        yield* technician.post(`${members(assigned)}/promote`, { new_master_ticket_id: none }),
        yield* technician.post(members(none), { child_ticket_ids: [both] }),
        yield* technician.delete(members(own)),
        yield* technician.put(`${members(own)}/settings`, { mode: "link_only" })
      ]) {
        assert.deepStrictEqual(refusalOf(answer), refused)
      }
      assert.strictEqual((yield* admin.get(members(assigned))).body.data.children.length, 2)
      // A master that may not be read is not told of to the reader of its child.
      yield* admin.post(`${members(assigned)}/promote`, { new_master_ticket_id: none })
      const child = (yield* technician.get(members(both))).body.data
      assert.deepStrictEqual([child.role, child.master], ["child", null])
      assert.sameMembers(
        child.children.map(({ ticket_id }: { readonly ticket_id: string }) => ticket_id),
        [assigned, both]
      )
    })
  )

  it.effect("meets no unreadable ticket at an asset, and links none", () =>
    Effect.gen(function* () {
      const { client, ids, owner, technician, tenant } = yield* desk
      const { assigned = "", none = "", own = "" } = ids
      const { admin } = tenant
      const sql = yield* SqlClient.SqlClient
      const asset_id = newId()
      const asset = { asset_id, client_id: client, asset_tag: "S-1", name: "Server", status: "active" }
      yield* sql`INSERT INTO assets ${sql.insert({ tenant: owner, ...asset })}`
      const linked = `/api/v1/assets/${asset_id}/tickets`
      for (const ticket_id of [assigned, none]) yield* admin.post(linked, { ticket_id })
      yield* narrow(tenant, technician, [{ template_key: "assigned" }])
      yield* reads(technician, 2)
      const { body } = yield* technician.get(linked)
      assert.deepStrictEqual([body.pagination.total, body.data.length, body.data[0].ticket_id], [1, 1, assigned])
      assert.strictEqual((yield* technician.get(`${tickets}/${assigned}/assets`)).body.pagination.total, 1)
      for (const answer of [
        yield* technician.post(linked, { ticket_id: own }),
        yield* technician.delete(`${linked}/${none}`),
        yield* technician.get(`${tickets}/${none}/assets`),
        yield* technician.post(`${tickets}/${own}/assets`, { asset_id }),
        yield* technician.delete(`${tickets}/${none}/assets/${asset_id}`)
      ]) {
        assert.deepStrictEqual(refusalOf(answer), refused)
      }
      assert.strictEqual((yield* admin.get(linked)).body.pagination.total, 2)
    })
  )

  it.effect("finds another tenant's ticket no more than anybody else does", () =>
    Effect.gen(function* () {
      const { technician, tenant } = yield* desk
      const theirs = yield* makeTicket(yield* makeTenant)
      yield* narrow(tenant, technician, [nothing])
      yield* reads(technician, 0)
      assert.strictEqual((yield* technician.get(`${tickets}/${theirs}`)).status, 404)
      assert.strictEqual((yield* technician.put(`${tickets}/${theirs}`, { title: "Mine" })).status, 404)
    })
  )
})

enterpriseSuite("a bundle", (it) => {
  it.effect("on a key narrows just that key", () =>
    Effect.gen(function* () {
      const { api_key_id, ids, owner, technician, tenant, user_id } = yield* desk
      const second = yield* keyOf(owner, user_id)
      yield* assign(tenant, yield* makeBundle(tenant, [{ template_key: "own" }]), "api_key", api_key_id)
      yield* reads(technician, 2)
      yield* readsOnly(technician, ids, ["own", "both"])
      yield* readsOnly(second, ids, Object.keys(ids))
      // A key with a limit is verified each time.
      const sql = yield* SqlClient.SqlClient
      yield* sql`UPDATE api_keys SET usage_limit = 1000 WHERE tenant = ${owner} AND api_key_id = ${api_key_id}`
      const keys = yield* ApiKeyService
      const key = Redacted.make(technician.headers["x-api-key"]!)
      yield* until(counted(keys.verify(key)), ({ statements }) => statements > 2)
      yield* readsOnly(technician, ids, ["own", "both"])
    })
  )

  it.effect("on a role narrows whoever has it, the administrator too", () =>
    Effect.gen(function* () {
      const { ids, owner, technician, tenant, user_id } = yield* desk
      const sql = yield* SqlClient.SqlClient
      const roles = yield* sql<{ readonly role_id: string; readonly role_name: string }>`
        SELECT role_id, role_name FROM roles WHERE tenant = ${owner} AND msp`
      const role = (name: string) => roles.find(({ role_name }) => role_name === name)!.role_id
      const bundle = yield* makeBundle(tenant, [nothing])
      yield* assign(tenant, bundle, "role", role("Dispatcher"))
      yield* sql`INSERT INTO user_roles (tenant, user_id, role_id) VALUES (${owner}, ${user_id}, ${role("Dispatcher")})`
      yield* reads(technician, 0)
      yield* sql`DELETE FROM user_roles
        WHERE tenant = ${owner} AND user_id = ${user_id} AND role_id = ${role("Dispatcher")}`
      yield* reads(technician, Object.keys(ids).length)
      const taken = yield* assign(tenant, bundle, "role", role("Admin"))
      yield* reads(tenant.admin, 0)
      yield* readsOnly(tenant.admin, ids, [])
      assert.strictEqual((yield* tenant.admin.delete(taken)).status, 204)
      yield* reads(tenant.admin, Object.keys(ids).length)
    })
  )

  it.effect("on a team narrows whoever is in it", () =>
    Effect.gen(function* () {
      const { ids, owner, team, technician, tenant, user_id } = yield* desk
      const sql = yield* SqlClient.SqlClient
      yield* assign(tenant, yield* makeBundle(tenant, [{ template_key: "own" }]), "team", team)
      yield* reads(technician, 2)
      yield* sql`DELETE FROM team_members WHERE tenant = ${owner} AND user_id = ${user_id}`
      yield* reads(technician, Object.keys(ids).length)
      yield* sql`INSERT INTO team_members (tenant, team_id, user_id) VALUES (${owner}, ${team}, ${user_id})`
      yield* reads(technician, 2)
    })
  )

  it.effect("narrows by its rules as they are, while it is active and there", () =>
    Effect.gen(function* () {
      const { ids, technician, tenant, user_id } = yield* desk
      const { admin } = tenant
      const every = Object.keys(ids).length
      const bundle = yield* makeBundle(tenant, [{ template_key: "own" }])
      const one = `${bundles}/${bundle}`
      yield* assign(tenant, bundle, "user", user_id)
      yield* reads(technician, 2)
      yield* admin.put(one, { rules: [{ resource_type: "ticket", action: "read", template_key: "own_or_assigned" }] })
      yield* reads(technician, 3)
      yield* admin.put(one, { status: "archived" })
      yield* reads(technician, every)
      yield* admin.put(one, { status: "active" })
      yield* reads(technician, 3)
      yield* admin.put(one, { rules: [] })
      yield* reads(technician, every)
      yield* admin.put(one, { rules: [{ resource_type: "ticket", action: "read", template_key: "own" }] })
      yield* reads(technician, 2)
      assert.strictEqual((yield* admin.delete(one)).status, 204)
      yield* reads(technician, every)
    })
  )

  it.effect("follows who reports to whom, and tells every instance of it", () =>
    Effect.gen(function* () {
      const { owner, report, technician, tenant, user_id } = yield* desk
      const sql = yield* SqlClient.SqlClient
      yield* narrow(tenant, technician, [{ template_key: "managed" }])
      yield* reads(technician, 1)
      const announced = yield* (yield* Announcements).listen("access")
      yield* sql`UPDATE users SET reports_to = NULL WHERE tenant = ${owner} AND user_id = ${report}`
      assert.strictEqual((yield* Queue.take(announced)).payload, owner)
      yield* reads(technician, 0)
      yield* sql`UPDATE users SET reports_to = ${user_id} WHERE tenant = ${owner} AND user_id = ${report}`
      yield* reads(technician, 1)
    })
  )

  it.effect("that is taken back gives back what it took, within a second", () =>
    Effect.gen(function* () {
      const { ids, technician, tenant } = yield* desk
      const assignment = yield* narrow(tenant, technician, [nothing])
      yield* reads(technician, 0)
      yield* tenant.admin.delete(assignment)
      const start = yield* Clock.currentTimeMillis
      yield* reads(technician, Object.keys(ids).length)
      assert.isBelow((yield* Clock.currentTimeMillis) - start, 1000)
    })
  )

  it.effect("costs a statement when a key is verified, and none after", () =>
    Effect.gen(function* () {
      const { technician, tenant } = yield* desk
      const keys = yield* ApiKeyService
      yield* narrow(tenant, technician, [{ template_key: "own" }])
      yield* reads(technician, 2)
      const key = Redacted.make(technician.headers["x-api-key"]!)
      yield* until(counted(keys.verify(key)), ({ statements }) => statements === 0)
      const sql = yield* SqlClient.SqlClient
      yield* sql`SELECT pg_notify('access', ${tenant.tenant.tenant})`
      yield* until(counted(keys.verify(key)), ({ statements }) => statements === 2)
      yield* until(counted(keys.verify(key)), ({ statements }) => statements === 0)
    })
  )

  it.effect("of another tenant narrows nobody here, whoever it is assigned to", () =>
    Effect.gen(function* () {
      const { ids, technician, tenant, user_id } = yield* desk
      const other = yield* makeTenant
      const bundle = yield* makeBundle(other, [nothing])
      const answer = yield* other.admin.post(`${bundles}/${bundle}/assignments`, {
        target_type: "user",
        target_id: user_id
      })
      assert.deepStrictEqual([answer.status, answer.body.error.details[0].path], [400, ["target_id"]])
      const sql = yield* SqlClient.SqlClient
      const owner = other.tenant.tenant
      // Even a user of the same id, there.
      yield* sql`INSERT INTO users ${sql.insert({
        tenant: owner,
        user_id,
        username: newId(),
        email: "twin@there.example",
        hashed_password: "none"
      })}`
      yield* assign(other, bundle, "user", user_id)
      yield* sql`SELECT pg_notify('access', ${tenant.tenant.tenant})`
      yield* readsOnly(technician, ids, Object.keys(ids))
    })
  )
})
