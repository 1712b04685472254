/** Authorization bundles themselves: their rules and whom they are assigned to. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { newId } from "../../../src/services/ids.ts"
import { makeClient, makeTeam, makeUser, references } from "../../../test/support/fixtures.ts"
import { type Answer, makeTenant, type TestTenant } from "../../../test/support/service.ts"
import { assign, bundles, makeBundle, type RuleOf, whoIs } from "../support/narrowing.ts"
import { enterpriseSuite } from "../support/suite.ts"

const nobody = "00000000-0000-4000-8000-000000000000"

const ticket = (template_key: string, config?: NonNullable<RuleOf["config"]>) => ({
  resource_type: "ticket",
  action: "read",
  template_key,
  ...(config === undefined ? {} : { config })
})
const asset = (template_key: string, config?: NonNullable<RuleOf["config"]>) => ({
  ...ticket(template_key, config),
  resource_type: "asset"
})

const refusal = ({ body, status }: Answer) => [status, body.error?.code]
const issues = ({ body }: Answer): ReadonlyArray<unknown> =>
  body.error.details.map(({ path }: { readonly path: unknown }) => path)
const names = ({ body }: Answer): ReadonlyArray<string> => body.data.map(({ name }: { readonly name: string }) => name)
const sent = (rules: ReadonlyArray<Readonly<Record<string, unknown>>>) =>
  rules.map(({ rule_id: _, ...rule }) => ({ config: {}, ...rule }))

/** What was told of a tenant's bundles. */
const eventsOf = Effect.fnUntraced(function* ({ tenant: { tenant } }: TestTenant) {
  const sql = yield* SqlClient.SqlClient
  return yield* sql<{ readonly event_type: string; readonly entity_id: string; readonly payload: unknown }>`
    SELECT event_type, entity_id, payload FROM events
    WHERE tenant = ${tenant} AND entity_type = 'authorization_bundle' ORDER BY event_id`
})

enterpriseSuite("authorization bundles", (it) => {
  it.effect("are made, read, changed and deleted", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const { admin, user } = tenant
      const client = yield* makeClient(tenant)
      const { board_id } = yield* references(tenant)
      const rules = [
        ticket("own_or_assigned"),
        ticket("selected_clients", { client_ids: [client.toUpperCase()] }),
        ticket("selected_boards", { board_ids: [board_id] }),
        asset("client_portfolio"),
        asset("selected_clients", { client_ids: [] })
      ]
      const made = yield* admin.post(bundles, { name: " Field ", bundle_key: "field", description: "On site", rules })
      assert.strictEqual(made.status, 201, JSON.stringify(made.body))
      const { bundle_id, created_at, updated_at, ...fields } = made.body.data
      assert.deepStrictEqual(
        { ...fields, rules: sent(fields.rules) },
        {
          bundle_key: "field",
          name: "Field",
          description: "On site",
          status: "active",
          rules: sent(rules.with(1, ticket("selected_clients", { client_ids: [client] }))),
          created_by: user.user_id
        }
      )
      assert.strictEqual(created_at, updated_at)
      const one = `${bundles}/${bundle_id}`
      assert.deepStrictEqual((yield* admin.get(one)).body.data, made.body.data)

      const renamed = yield* admin.put(one, { name: "Field work", rules })
      assert.strictEqual(renamed.status, 200)
      assert.deepStrictEqual(renamed.body.data.rules, fields.rules, "Rules that stay the same keep their ids")
      assert.isAbove(Date.parse(renamed.body.data.updated_at), Date.parse(updated_at))
      assert.deepStrictEqual((yield* admin.put(one, { name: "Field work" })).body.data, renamed.body.data)
      const replaced = yield* admin.put(one, {
        rules: [ticket("own")],
        description: null,
        bundle_key: null,
        status: "archived"
      })
      assert.deepInclude(replaced.body.data, { description: null, bundle_key: null, status: "archived" })
      assert.deepStrictEqual(sent(replaced.body.data.rules), sent([ticket("own")]))
      assert.deepStrictEqual((yield* admin.put(one, { rules: [] })).body.data.rules, [])

      assert.strictEqual((yield* admin.delete(one)).status, 204)
      for (const answer of [yield* admin.get(one), yield* admin.put(one, { name: "A" }), yield* admin.delete(one)]) {
        assert.deepStrictEqual([answer.status, answer.body.error.message], [404, "authorization bundle not found"])
      }
      const told = yield* eventsOf(tenant)
      assert.deepStrictEqual(
        told.map(({ event_type }) => event_type.replace("AUTHORIZATION_BUNDLE_", "")),
        ["CREATED", "UPDATED", "UPDATED", "UPDATED", "DELETED"]
      )
      assert.deepStrictEqual(told[1]?.payload, { changes: { name: { old: "Field", new: "Field work" } } })
    })
  )

  it.effect("are listed by name, and found by status, key and text", () =>
    Effect.gen(function* () {
      const { admin } = yield* makeTenant
      yield* admin.post(bundles, { name: "Remote", bundle_key: "remote", rules: [ticket("own")] })
      yield* admin.post(bundles, { name: "Field", description: "Remote areas", status: "archived" })
      yield* admin.post(bundles, { name: "Desk" })
      const list = (query: string) => Effect.map(admin.get(`${bundles}?${query}`), names)
      assert.deepStrictEqual(yield* list(""), ["Desk", "Field", "Remote"])
      assert.deepStrictEqual(yield* list("sort=created_at&order=desc"), ["Desk", "Field", "Remote"])
      assert.deepStrictEqual(yield* list("status=archived"), ["Field"])
      assert.deepStrictEqual(yield* list("bundle_key=remote"), ["Remote"])
      assert.deepStrictEqual(yield* list("search=remote"), ["Field", "Remote"])
      assert.strictEqual((yield* admin.get(`${bundles}?status=draft`)).status, 400)
      const [remote] = (yield* admin.get(`${bundles}?bundle_key=remote`)).body.data
      assert.deepStrictEqual(sent(remote.rules), sent([ticket("own")]))
    })
  )

  it.effect("have rules that fit their resource, and what these need", () =>
    Effect.gen(function* () {
      const { admin } = yield* makeTenant
      const { bundle_id } = (yield* admin.post(bundles, { name: "Kept", rules: [ticket("own")] })).body.data
      const one = `${bundles}/${bundle_id}`
      const before = (yield* admin.get(one)).body.data
      const ids = [nobody]
      for (const [rule, path] of [
        [ticket("mine"), ["rules", 1, "template_key"]],
        [asset("own"), ["rules", 1, "template_key"]],
        [asset("selected_boards", { board_ids: ids }), ["rules", 1, "template_key"]],
        [{ ...ticket("own"), resource_type: "project" }, ["rules", 1, "resource_type"]],
        [{ ...ticket("own"), action: "update" }, ["rules", 1, "action"]],
        [ticket("selected_clients"), ["rules", 1, "config", "client_ids"]],
        [ticket("selected_boards", {}), ["rules", 1, "config", "board_ids"]],
        [ticket("selected_boards", { board_ids: [], client_ids: [] }), ["rules", 1, "config", "client_ids"]],
        [ticket("own", { client_ids: ids }), ["rules", 1, "config", "client_ids"]],
        [ticket("selected_clients", { client_ids: ["abc"] }), ["rules", 1, "config", "client_ids", 0]]
      ] as const) {
        const rules = [ticket("assigned"), rule]
        for (const answer of [yield* admin.post(bundles, { name: "New", rules }), yield* admin.put(one, { rules })]) {
          assert.deepStrictEqual(refusal(answer), [400, "VALIDATION_ERROR"], JSON.stringify(rule))
          assert.deepStrictEqual(issues(answer), [path], JSON.stringify(answer.body))
        }
      }
      const both = yield* admin.put(one, { rules: [ticket("selected_boards", { client_ids: [] })] })
      assert.deepStrictEqual(issues(both), [
        ["rules", 0, "config", "client_ids"],
        ["rules", 0, "config", "board_ids"]
      ])
      const many = yield* admin.put(one, { rules: Array.from({ length: 51 }, () => ticket("own")) })
      assert.deepStrictEqual(refusal(many), [400, "VALIDATION_ERROR"])
      assert.deepStrictEqual((yield* admin.get(one)).body.data, before)
      assert.deepStrictEqual(names(yield* admin.get(bundles)), ["Kept"])
    })
  )

  it.effect("select clients and boards that are there", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const { admin } = tenant
      const stranger = yield* makeTenant
      const client = yield* makeClient(tenant)
      const theirs = yield* makeClient(stranger)
      const { board_id } = yield* references(tenant)
      const board = (yield* references(stranger)).board_id
      const { bundle_id } = (yield* admin.post(bundles, { name: "Kept", rules: [ticket("own")] })).body.data
      const before = (yield* admin.get(`${bundles}/${bundle_id}`)).body.data
      const rules = [
        ticket("own"),
        ticket("selected_clients", { client_ids: [client, theirs] }),
        ticket("selected_boards", { board_ids: [board, board_id, client] }),
        asset("selected_clients", { client_ids: [nobody, client] })
      ]
      for (const answer of [
        yield* admin.post(bundles, { name: "New", rules }),
        yield* admin.put(`${bundles}/${bundle_id}`, { name: "Changed", rules })
      ]) {
        assert.deepStrictEqual(refusal(answer), [400, "BAD_REQUEST"])
        assert.deepStrictEqual(answer.body.error.details, [
          { path: ["rules", 1, "config", "client_ids", 1], message: "Client not found" },
          { path: ["rules", 3, "config", "client_ids", 0], message: "Client not found" },
          { path: ["rules", 2, "config", "board_ids", 0], message: "Board not found" },
          { path: ["rules", 2, "config", "board_ids", 2], message: "Board not found" }
        ])
      }
      assert.deepStrictEqual((yield* admin.get(bundles)).body.data, [before])
    })
  )

  it.effect("have a name and a key that no other has", () =>
    Effect.gen(function* () {
      const { admin } = yield* makeTenant
      const other = yield* makeTenant
      const made = yield* Effect.all(
        ["Field", "FIELD", "field"].map((name) => admin.post(bundles, { name })),
        { concurrency: "unbounded" }
      )
      assert.sameMembers(
        made.map(({ status }) => status),
        [201, 409, 409]
      )
      const { bundle_id } = (yield* admin.post(bundles, { name: "Desk", bundle_key: "desk" })).body.data
      const one = `${bundles}/${bundle_id}`
      yield* admin.post(bundles, { name: "Other", bundle_key: "other" })
      for (const answer of [
        yield* admin.put(one, { name: "fiELD" }),
        yield* admin.put(one, { bundle_key: "other" }),
        yield* admin.post(bundles, { name: "Third", bundle_key: "desk" })
      ]) {
        assert.deepStrictEqual(refusal(answer), [409, "CONFLICT"])
      }
      assert.strictEqual((yield* admin.put(one, { name: "desk", bundle_key: "desk" })).status, 200)
      assert.strictEqual((yield* other.admin.post(bundles, { name: "Field", bundle_key: "desk" })).status, 201)
      for (const bad of [{}, { name: "  " }, { name: "A", bundle_key: "" }, { name: "A", status: "draft" }]) {
        assert.deepStrictEqual(refusal(yield* admin.post(bundles, bad)), [400, "VALIDATION_ERROR"])
      }
    })
  )

  it.effect("have one set of rules, whoever changes them at once", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const { admin } = tenant
      const one = `${bundles}/${yield* makeBundle(tenant, [])}`
      const sets = [
        [ticket("own"), ticket("assigned")],
        [ticket("managed"), ticket("same_team")],
        [asset("same_client"), asset("client_portfolio")]
      ]
      const changed = yield* Effect.all(
        sets.map((rules) => admin.put(one, { rules })),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(
        changed.map(({ status }) => status),
        [200, 200, 200]
      )
      const { rules } = (yield* admin.get(one)).body.data
      assert.deepInclude(sets.map(sent), sent(rules))
    })
  )

  it.effect("are for those who may", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const technician = yield* tenant.as("Technician")
      const one = `${bundles}/${yield* makeBundle(tenant, [])}`
      for (const [answer, action] of [
        [yield* technician.get(bundles), "read"],
        [yield* technician.get(`${one}/assignments`), "read"],
        [yield* technician.post(bundles, { name: "Mine" }), "create"],
        [yield* technician.put(one, { rules: [] }), "update"],
        [yield* technician.delete(one), "delete"]
      ] as const) {
        assert.deepStrictEqual(
          [answer.status, answer.body.error.message],
          [403, `Permission denied: Cannot ${action} security_settings`]
        )
      }
    })
  )
})

enterpriseSuite("assignments of authorization bundles", (it) => {
  it.effect("name a role, a team, a user or a key, each once", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const { admin } = tenant
      const sql = yield* SqlClient.SqlClient
      const owner = tenant.tenant.tenant
      const [role] = yield* sql<{ readonly role_id: string }>`SELECT role_id FROM roles
        WHERE tenant = ${owner} AND role_name = 'Technician'`
      const { api_key_id, user_id } = yield* whoIs(yield* tenant.as("Technician"))
      const bundle = yield* makeBundle(tenant, [ticket("own")])
      const path = `${bundles}/${bundle}/assignments`
      const targets = {
        role: role!.role_id,
        team: yield* makeTeam(tenant),
        user: user_id,
        api_key: api_key_id
      }
      const made: Array<Record<string, string>> = []
      for (const [target_type, target_id] of Object.entries(targets)) {
        const answer = yield* admin.post(path, { target_type, target_id: target_id.toUpperCase() })
        assert.strictEqual(answer.status, 201, JSON.stringify(answer.body))
        const { assignment_id, created_at, ...rest } = answer.body.data
        assert.deepStrictEqual(rest, { bundle_id: bundle, target_type, target_id })
        assert.deepStrictEqual(refusal(yield* admin.post(path, { target_type, target_id })), [409, "CONFLICT"])
        made.push(answer.body.data)
      }
      const listed = yield* admin.get(path)
      assert.deepStrictEqual([listed.body.data, listed.body.pagination.total], [made, 4])
      assert.deepStrictEqual((yield* admin.get(`${path}?target_type=team`)).body.data, [made[1]])
      assert.deepStrictEqual((yield* admin.get(`${path}?target_id=${user_id}`)).body.data, [made[2]])

      const one = `${path}/${made[0]!["assignment_id"]}`
      assert.strictEqual((yield* admin.delete(one)).status, 204)
      assert.deepStrictEqual(refusal(yield* admin.delete(one)), [404, "NOT_FOUND"])
      const elsewhere = `${bundles}/${yield* makeBundle(tenant, [])}/assignments/${made[1]!["assignment_id"]}`
      assert.deepStrictEqual(refusal(yield* admin.delete(elsewhere)), [404, "NOT_FOUND"])
      assert.strictEqual((yield* admin.get(path)).body.pagination.total, 3)
      const target = { target_type: "role", target_id: role!.role_id }
      const told = (yield* eventsOf(tenant)).filter(({ event_type }) => /ASSIGNED$/.test(event_type))
      assert.strictEqual(told.length, 5)
      assert.deepStrictEqual(told[4], {
        event_type: "AUTHORIZATION_BUNDLE_UNASSIGNED",
        entity_id: bundle,
        payload: target
      })
    })
  )

  it.effect("name what is there, in the tenant", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const { admin } = tenant
      const stranger = yield* makeTenant
      const user = yield* makeUser(tenant)
      const bundle = yield* makeBundle(tenant, [])
      const path = `${bundles}/${bundle}/assignments`
      const theirs = yield* whoIs(stranger.admin)
      for (const [target_type, target_id, what] of [
        ["role", user, "Role"],
        ["team", yield* makeTeam(stranger), "Team"],
        ["user", theirs.user_id, "User"],
        ["api_key", theirs.api_key_id, "API key"],
        ["user", newId(), "User"]
      ] as const) {
        const answer = yield* admin.post(path, { target_type, target_id })
        assert.deepStrictEqual(refusal(answer), [400, "BAD_REQUEST"])
        assert.deepStrictEqual(answer.body.error.details, [{ path: ["target_id"], message: `${what} not found` }])
      }
      for (const bad of [{}, { target_type: "client", target_id: user }, { target_type: "user", target_id: "abc" }]) {
        assert.deepStrictEqual(refusal(yield* admin.post(path, bad)), [400, "VALIDATION_ERROR"])
      }
      const absent = `${bundles}/${newId()}/assignments`
      for (const answer of [
        yield* admin.get(absent),
        yield* admin.post(absent, { target_type: "user", target_id: user }),
        yield* stranger.admin.get(path),
        yield* stranger.admin.post(path, { target_type: "user", target_id: theirs.user_id })
      ]) {
        assert.deepStrictEqual(refusal(answer), [404, "NOT_FOUND"])
      }
      assert.strictEqual((yield* admin.get(path)).body.pagination.total, 0)
    })
  )

  it.effect("are made once, however many ask at once", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const target_id = yield* makeUser(tenant)
      const path = `${bundles}/${yield* makeBundle(tenant, [])}/assignments`
      const made = yield* Effect.all(
        [1, 2, 3].map(() => tenant.admin.post(path, { target_type: "user", target_id })),
        { concurrency: "unbounded" }
      )
      assert.sameMembers(
        made.map(({ status }) => status),
        [201, 409, 409]
      )
      assert.strictEqual((yield* tenant.admin.get(path)).body.pagination.total, 1)
    })
  )

  it.effect("go with what they name, and with their bundle", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const sql = yield* SqlClient.SqlClient
      const owner = tenant.tenant.tenant
      const bundle = yield* makeBundle(tenant, [ticket("own")])
      const path = `${bundles}/${bundle}/assignments`
      const team = yield* makeTeam(tenant)
      const user = yield* makeUser(tenant)
      yield* assign(tenant, bundle, "team", team)
      yield* assign(tenant, bundle, "user", user)
      const count = Effect.map(tenant.admin.get(path), ({ body }) => body.pagination.total)
      assert.strictEqual(yield* count, 2)
      yield* sql`DELETE FROM teams WHERE tenant = ${owner} AND team_id = ${team}`
      assert.strictEqual(yield* count, 1)
      yield* sql`DELETE FROM users WHERE tenant = ${owner} AND user_id = ${user}`
      assert.strictEqual(yield* count, 0)
      yield* assign(tenant, bundle, "team", yield* makeTeam(tenant))
      assert.strictEqual((yield* tenant.admin.delete(`${bundles}/${bundle}`)).status, 204)
      assert.deepStrictEqual(
        yield* sql`SELECT 1 FROM authorization_bundle_assignments WHERE tenant = ${owner}
          UNION ALL SELECT 1 FROM authorization_bundle_rules WHERE tenant = ${owner}`,
        []
      )
    })
  )
})
