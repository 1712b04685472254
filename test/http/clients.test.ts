/** The clients endpoints, over HTTP and PostgreSQL. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { newId } from "../../src/services/ids.ts"
import { makeClient, makeContact, makeLocation, makeTicket } from "../support/fixtures.ts"
import { type Answer, type Client, makeTenant, suite } from "../support/service.ts"

const path = "/api/v1/clients"
const nobody = "00000000-0000-4000-8000-000000000000"

const create = Effect.fnUntraced(function* (client: Client, body: Record<string, unknown>) {
  const answer = yield* client.post(path, { billing_cycle: "monthly", ...body })
  assert.strictEqual(answer.status, 201, JSON.stringify(answer.body))
  return answer.body.data
})

const names = (answer: Answer): ReadonlyArray<string> =>
  answer.body.data.map(({ client_name }: { client_name: string }) => client_name)

const events = Effect.fnUntraced(function* (tenant: string) {
  const sql = yield* SqlClient.SqlClient
  return yield* sql<{ readonly event_type: string; readonly entity_id: string; readonly payload: unknown }>`
    SELECT event_type, entity_id, payload FROM events WHERE tenant = ${tenant} ORDER BY event_id`
})

suite("clients", (it) => {
  it.effect("are created with what belongs to their location, and come back as they are read", () =>
    Effect.gen(function* () {
      const { admin, tenant, user } = yield* makeTenant
      const created = yield* create(admin, {
        client_name: "  Wonder Widgets ",
        email: " Office@Widgets.EXAMPLE ",
        phone_no: "+49 (30) 901-820",
        address: "12 Market Street",
        url: "widgets.example/about",
        default_currency_code: " eur",
        credit_limit: 500_000,
        account_manager_id: user.user_id,
        properties: { industry: "Manufacturing", favourite_color: "blue" }
      })
      assert.deepInclude(created, {
        tenant: tenant.tenant,
        client_name: "Wonder Widgets",
        email: "office@widgets.example",
        phone_no: "+4930901820",
        address: "12 Market Street",
        url: "https://widgets.example/about",
        default_currency_code: "EUR",
        credit_limit: 500_000,
        account_manager_full_name: user.username,
        properties: { industry: "Manufacturing", favourite_color: "blue" },
        client_type: "company",
        is_inactive: false,
        credit_balance: 0,
        logoUrl: null
      })
      assert.deepStrictEqual((yield* admin.get(`${path}/${created.client_id}`)).body.data, created)
      assert.deepStrictEqual((yield* admin.get(path)).body.data, [created])
      const { body } = yield* admin.get(`${path}/${created.client_id}/locations`)
      assert.strictEqual(body.data.length, 1)
      assert.deepInclude(body.data[0], { is_default: true, email: created.email, address_line1: created.address })
    })
  )

  it.effect("have no location where there is nothing to keep there", () =>
    Effect.gen(function* () {
      const { admin } = yield* makeTenant
      const { client_id, ...created } = yield* create(admin, { client_name: "Acme", email: "", phone_no: null })
      assert.deepInclude(created, { email: null, phone_no: null, address: null, url: "", default_currency_code: "USD" })
      assert.deepStrictEqual((yield* admin.get(`${path}/${client_id}/locations`)).body.data, [])
      assert.strictEqual((yield* admin.put(`${path}/${client_id}`, { email: null })).body.data.email, null)
      assert.deepStrictEqual((yield* admin.get(`${path}/${client_id}/locations`)).body.data, [])
      assert.strictEqual((yield* admin.put(`${path}/${client_id}`, { email: "a@acme.example" })).status, 200)
      assert.strictEqual((yield* admin.get(`${path}/${client_id}/locations`)).body.data.length, 1)
      assert.strictEqual((yield* admin.get(`${path}/${nobody}/locations`)).status, 404)
    })
  )

  it.effect("change in what is sent alone, and null clears", () =>
    Effect.gen(function* () {
      const { admin } = yield* makeTenant
      const { client_id } = yield* create(admin, {
        client_name: "Acme",
        email: "office@acme.example",
        address: "1 Main Street",
        notes: "Closed on Fridays",
        url: "acme.example",
        properties: { industry: "Retail", company_size: "1-10" }
      })
      const one = `${path}/${client_id}`
      const changed = yield* admin.put(one, { phone_no: "030 901820", properties: { industry: "Finance" } })
      assert.strictEqual(changed.status, 200)
      assert.deepInclude(changed.body.data, {
        client_name: "Acme",
        email: "office@acme.example",
        phone_no: "030 901820",
        address: "1 Main Street",
        notes: "Closed on Fridays",
        properties: { industry: "Finance" }
      })
      const cleared = yield* admin.put(one, { email: null, notes: null, url: null, properties: null })
      assert.deepInclude(cleared.body.data, {
        email: null,
        phone_no: "030 901820",
        address: "1 Main Street",
        notes: null,
        url: "",
        properties: null
      })
      assert.deepStrictEqual((yield* admin.get(one)).body.data, cleared.body.data)
      assert.deepStrictEqual((yield* admin.put(one, {})).body.data, cleared.body.data)
    })
  )

  it.effect("take their contacts and their logins along when they become inactive", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const { admin } = tenant
      const sql = yield* SqlClient.SqlClient
      const client_id = yield* makeClient(tenant)
      const contact = yield* makeContact(tenant, { client_id })
      yield* makeContact(tenant, { client_id: yield* makeClient(tenant) })
      yield* sql`INSERT INTO users ${sql.insert({
        tenant: tenant.tenant.tenant,
        user_id: newId(),
        username: "visitor",
        email: "visitor@acme.example",
        hashed_password: "!",
        user_type: "client",
        contact_id: contact
      })}`
      const inactive = Effect.gen(function* () {
        const contacts = yield* sql<{ readonly id: string }>`SELECT contact_name_id AS id FROM contacts
          WHERE tenant = ${tenant.tenant.tenant} AND is_inactive`
        const users = yield* sql<{ readonly id: string }>`SELECT username AS id FROM users
          WHERE tenant = ${tenant.tenant.tenant} AND is_inactive`
        return [...contacts, ...users].map(({ id }) => id)
      })
      assert.strictEqual((yield* admin.put(`${path}/${client_id}`, { is_inactive: true })).body.data.is_inactive, true)
      assert.deepStrictEqual(yield* inactive, [contact, "visitor"])
      assert.strictEqual(
        (yield* admin.put(`${path}/${client_id}`, { is_inactive: false })).body.data.is_inactive,
        false
      )
      assert.deepStrictEqual(yield* inactive, [contact, "visitor"])
    })
  )

  it.effect("leave a trace of what was done, and none of what was refused", () =>
    Effect.gen(function* () {
      const { admin, tenant } = yield* makeTenant
      const { client_id } = yield* create(admin, { client_name: "Acme" })
      yield* admin.put(`${path}/${client_id}`, { client_name: "Acme Ltd", email: "office@acme.example" })
      yield* admin.put(`${path}/${client_id}`, { client_name: "Acme Ltd" })
      yield* admin.put(`${path}/${client_id}`, { email: "new@acme.example", account_manager_id: nobody })
      yield* admin.delete(`${path}/${client_id}`)
      const found = yield* events(tenant.tenant)
      assert.deepStrictEqual(
        found.map(({ event_type, entity_id }) => [event_type, entity_id]),
        [
          ["CLIENT_CREATED", client_id],
          ["CLIENT_UPDATED", client_id],
          ["CLIENT_DELETED", client_id]
        ]
      )
      assert.deepStrictEqual(found[1]?.payload, {
        changes: {
          client_name: { old: "Acme", new: "Acme Ltd" },
          email: { old: null, new: "office@acme.example" }
        }
      })
    })
  )

  it.effect("are deleted with their locations, unless something still belongs to them", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const { admin, user } = tenant
      const id = tenant.tenant.tenant
      const sql = yield* SqlClient.SqlClient
      const client_id = yield* makeClient(tenant)
      const one = `${path}/${client_id}`
      yield* makeLocation(tenant, client_id)
      yield* makeContact(tenant, { client_id })
      yield* makeContact(tenant, { client_id })
      yield* makeTicket(tenant, { client_id })
      yield* sql`INSERT INTO assets ${sql.insert({
        tenant: id,
        asset_id: newId(),
        client_id,
        asset_tag: "A-1",
        name: "Laptop",
        status: "active"
      })}`
      const document_id = newId()
      yield* sql`INSERT INTO documents ${sql.insert({
        tenant: id,
        document_id,
        document_name: "Contract",
        mime_type: "text/plain",
        file_size: 1,
        created_by: user.user_id
      })}`
      yield* sql`INSERT INTO document_associations ${sql.insert({
        tenant: id,
        association_id: newId(),
        document_id,
        entity_type: "client",
        entity_id: client_id
      })}`
      const refused = yield* admin.delete(one)
      assert.deepStrictEqual(refused.body.error, {
        code: "CONFLICT",
        message:
          "This client has associated records that must be removed or reassigned first: " +
          "2 contacts, 1 ticket, 1 asset, 1 document.",
        details: {
          code: "DEPENDENCIES_EXIST",
          dependencies: [
            { type: "contact", count: 2, label: "contacts" },
            { type: "ticket", count: 1, label: "tickets" },
            { type: "asset", count: 1, label: "assets" },
            { type: "document", count: 1, label: "documents" }
          ]
        }
      })
      for (const table of ["tickets", "assets", "contacts", "documents"]) {
        assert.strictEqual((yield* admin.delete(one)).status, 409, table)
        yield* sql`DELETE FROM ${sql(table)} WHERE tenant = ${id}`
      }
      assert.strictEqual((yield* admin.delete(one)).status, 204)
      assert.strictEqual((yield* admin.get(one)).status, 404)
      assert.strictEqual((yield* admin.delete(one)).body.error.message, "client not found")
      const left = yield* sql`SELECT 1 FROM client_locations WHERE tenant = ${id}`
      assert.strictEqual(left.length, 0)
      const own = yield* makeClient(tenant, { is_default: true })
      assert.strictEqual((yield* admin.delete(`${path}/${own}`)).status, 409)
    })
  )

  it.effect("are not deleted under a contact that is being made at the same time", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const client_id = yield* makeClient(tenant)
      const [made, deleted] = yield* Effect.all(
        [Effect.exit(makeContact(tenant, { client_id })), tenant.admin.delete(`${path}/${client_id}`)],
        { concurrency: 2 }
      )
      assert.include([204, 409], deleted.status)
      assert.strictEqual(made._tag, deleted.status === 204 ? "Failure" : "Success")
    })
  )

  it.effect("have one name each, whoever is first", () =>
    Effect.gen(function* () {
      const { admin } = yield* makeTenant
      const answers = yield* Effect.all(
        Array.from({ length: 5 }, () => admin.post(path, { client_name: "Acme", billing_cycle: "weekly" })),
        { concurrency: 5 }
      )
      assert.deepStrictEqual(answers.map(({ status }) => status).sort(), [201, 409, 409, 409, 409])
      assert.strictEqual(
        answers.find(({ status }) => status === 409)?.body.error.message,
        "A client with this name already exists"
      )
      const other = yield* create(admin, { client_name: "Other" })
      assert.strictEqual((yield* admin.put(`${path}/${other.client_id}`, { client_name: " Acme " })).status, 409)
    })
  )

  it.effect("are filtered, searched and sorted", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const { admin, user } = tenant
      yield* create(admin, {
        client_name: "Alpha",
        email: "office@alpha.example",
        phone_no: "+1 555 010 0001",
        properties: { industry: "Retail", company_size: "1-10" },
        region_code: "US-CA",
        credit_limit: 0,
        account_manager_id: user.user_id
      })
      yield* create(admin, {
        client_name: "Beta 100%",
        client_type: "individual",
        billing_cycle: "annually",
        is_tax_exempt: true,
        is_inactive: true,
        url: "beta.example"
      })
      const found = (query: string) => Effect.map(admin.get(`${path}?sort=client_name&order=asc&${query}`), names)
      const only: Readonly<Record<string, string>> = {
        "client_name=ALPH": "Alpha",
        "client_name=0%25": "Beta 100%",
        "email=alpha": "Alpha",
        "client_type=individual": "Beta 100%",
        "billing_cycle=annually": "Beta 100%",
        "is_inactive=false": "Alpha",
        "is_active=false": "Beta 100%",
        "is_active=true": "Alpha",
        "is_tax_exempt=true": "Beta 100%",
        [`account_manager_id=${user.user_id}`]: "Alpha",
        "region_code=US-CA": "Alpha",
        "has_credit_limit=true": "Alpha",
        "has_credit_limit=false": "Beta 100%",
        "industry=Retail": "Alpha",
        "company_size=1-10": "Alpha",
        "search=5550100001": "Alpha",
        "search=beta.ex": "Beta 100%",
        "search=OFFICE": "Alpha"
      }
      for (const [query, name] of Object.entries(only)) assert.deepStrictEqual(yield* found(query), [name], query)
      assert.deepStrictEqual(yield* found("credit_balance_min=0&credit_balance_max=0.5"), ["Alpha", "Beta 100%"])
      assert.deepStrictEqual(yield* found("credit_balance_min=0.01"), [])
      assert.deepStrictEqual(yield* found("client_name=%25"), ["Beta 100%"])
      assert.deepStrictEqual(yield* found("created_to=2020-01-01"), [])
      assert.deepStrictEqual(yield* found("updated_from=2020-01-01T00:00:00%2B02:00"), ["Alpha", "Beta 100%"])
      assert.deepStrictEqual(names(yield* admin.get(`${path}?limit=1&search=`)), ["Beta 100%"])
      const second = yield* admin.get(`${path}?limit=1&page=2`)
      assert.deepStrictEqual(names(second), ["Alpha"])
      assert.deepInclude(second.body.pagination, { total: 2, totalPages: 2, hasNext: false, hasPrev: true })
      for (const sort of ["client_name", "created_at", "updated_at", "client_type", "billing_cycle", "is_inactive"]) {
        assert.strictEqual(names(yield* admin.get(`${path}?sort=${sort}`)).length, 2, sort)
      }
    })
  )

  it.effect("say what is wrong with a request", () =>
    Effect.gen(function* () {
      const { admin } = yield* makeTenant
      const wrong = Effect.fnUntraced(function* (body: Record<string, unknown>, field: string) {
        const answer = yield* admin.post(path, { client_name: "Acme", billing_cycle: "monthly", ...body })
        assert.strictEqual(answer.status, 400, JSON.stringify(body))
        assert.strictEqual(answer.body.error.code, "VALIDATION_ERROR")
        assert.strictEqual(answer.body.error.details[0].path[0], field)
      })
      yield* wrong({ client_name: "   " }, "client_name")
      yield* wrong({ client_name: "x".repeat(256) }, "client_name")
      yield* wrong({ client_name: "a\u0000b" }, "client_name")
      yield* wrong({ billing_cycle: "daily" }, "billing_cycle")
      yield* wrong({ email: "nobody" }, "email")
      yield* wrong({ url: "javascript:alert(1)" }, "url")
      yield* wrong({ url: "localhost" }, "url")
      yield* wrong({ phone_no: "+1 555" }, "phone_no")
      yield* wrong({ phone_no: "call me" }, "phone_no")
      yield* wrong({ credit_limit: -1 }, "credit_limit")
      yield* wrong({ credit_limit: 1e300 }, "credit_limit")
      yield* wrong({ default_currency_code: "EURO" }, "default_currency_code")
      yield* wrong({ properties: { industry: 1 } }, "properties")
      yield* wrong({ properties: { anything: "\u0000" } }, "properties")
      yield* wrong({ properties: { anything: "\ud800" } }, "properties")
      yield* wrong({ client_name: "\ud800" }, "client_name")
      const deep = `{"client_name":"A","billing_cycle":"weekly","properties":{"x":${"[".repeat(20_000)}${"]".repeat(20_000)}}}`
      assert.strictEqual((yield* admin.post(path, deep)).status, 400)
      yield* wrong({ account_manager_id: "me" }, "account_manager_id")
      const missing = yield* admin.post(path, { client_name: "Acme" })
      assert.deepStrictEqual([missing.status, missing.body.error.details[0].path], [400, ["billing_cycle"]])
      for (const field of ["account_manager_id", "billing_contact_id"]) {
        const unknown = yield* admin.post(path, { client_name: "Acme", billing_cycle: "monthly", [field]: nobody })
        assert.deepStrictEqual([unknown.status, unknown.body.error.code], [400, "BAD_REQUEST"])
        assert.deepStrictEqual(unknown.body.error.details[0].path, [field])
      }
      assert.deepStrictEqual((yield* admin.get(path)).body.data, [])
      assert.strictEqual((yield* admin.get(`${path}/abc`)).body.error.message, "Invalid client ID format")
      assert.strictEqual((yield* admin.get(`${path}?sort=tenant`)).status, 400)
      assert.strictEqual((yield* admin.get(`${path}?has_credit_limit=maybe`)).status, 400)
      assert.strictEqual((yield* admin.put(`${path}/${nobody}`, { client_name: "Acme" })).status, 404)
    })
  )

  it.effect("are for those who may, and for their own tenant", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const { client_id } = yield* create(tenant.admin, { client_name: "Acme", email: "office@acme.example" })
      const one = `${path}/${client_id}`
      const dispatcher = yield* tenant.as("Dispatcher")
      assert.strictEqual((yield* dispatcher.get(one)).status, 200)
      assert.strictEqual((yield* dispatcher.put(one, { notes: "x" })).status, 403)
      assert.strictEqual((yield* dispatcher.post(path, { client_name: "B", billing_cycle: "weekly" })).status, 403)
      assert.strictEqual((yield* dispatcher.delete(one)).status, 403)
      const stranger = yield* makeTenant
      for (const answer of [
        yield* stranger.admin.get(one),
        yield* stranger.admin.get(`${one}/locations`),
        yield* stranger.admin.put(one, { notes: "x", email: "mine@stranger.example", is_inactive: true }),
        yield* stranger.admin.delete(one)
      ]) {
        assert.strictEqual(answer.status, 404)
      }
      const manager = yield* stranger.admin.post(path, {
        client_name: "Mine",
        billing_cycle: "weekly",
        account_manager_id: tenant.user.user_id
      })
      assert.strictEqual(manager.status, 400)
      assert.deepInclude((yield* tenant.admin.get(one)).body.data, { notes: null, email: "office@acme.example" })
      assert.deepStrictEqual((yield* stranger.admin.get(path)).body.data, [])
    })
  )
})
