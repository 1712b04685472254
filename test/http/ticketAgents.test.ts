/** Agents and teams of tickets, over HTTP and PostgreSQL. */
import { assert, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Actor } from "../../src/domain/Actor.ts"
import { TicketAgentService } from "../../src/services/TicketAgentService.ts"
import { makeTeam, makeTicket, makeUser } from "../support/fixtures.ts"
import { type Answer, communityService, makeTenant, suite } from "../support/service.ts"

const nobody = "00000000-0000-4000-8000-000000000000"

/** A tenant with a ticket that is nobody's, and four people. */
const desk = Effect.gen(function* () {
  const tenant = yield* makeTenant
  const { admin } = tenant
  const id = tenant.tenant.tenant
  const ticket = yield* makeTicket(tenant)
  const [ann = "", ben = "", cho = "", dee = ""] = yield* Effect.forEach(["Ann", "Ben", "Cho", "Dee"], (first_name) =>
    makeUser(tenant, { first_name })
  )
  const at = (of: string) => `/api/v1/tickets/${of}`
  const read = (of = ticket) => Effect.map(admin.get(at(of)), ({ body }) => body.data)
  /** Who is on a ticket: the assignee, and the others by role. */
  const crew = (of = ticket) => Effect.map(admin.get(`${at(of)}/agents`), crewIn)
  const add = (user_id: string, more: object = {}, of = ticket) => admin.post(`${at(of)}/agents`, { user_id, ...more })
  /** What was told of a ticket, oldest first. */
  const told = Effect.fnUntraced(function* (of = ticket) {
    const sql = yield* SqlClient.SqlClient
    return yield* sql<{ event_type: string; payload: unknown }>`SELECT event_type, payload FROM events
      WHERE tenant = ${id} AND entity_type = 'ticket' AND entity_id = ${of} ORDER BY event_id`
  })
  const team = (...members: ReadonlyArray<string>) => makeTeam(tenant, members)
  const assign = (team_id: string, more: object = {}, of = ticket) => admin.put(`${at(of)}/team`, { team_id, ...more })
  return { ...tenant, mine: tenant, id, ticket, ann, ben, cho, dee, at, read, crew, add, told, team, assign }
})

interface Crew {
  readonly primary: string | undefined
  readonly others: Readonly<Record<string, string>>
}

const crewIn = ({ body }: Answer): Crew => ({
  primary: body.data.primary_agent?.user_id,
  others: Object.fromEntries(
    body.data.additional_agents.map(({ role, user_id }: { role: string; user_id: string }) => [user_id, role])
  )
})

suite("agents of a ticket", (it) => {
  it.effect("are its assignee, and those who are added besides, the last first", () =>
    Effect.gen(function* () {
      const { add, admin, ann, at, ben, cho, read, ticket, user } = yield* desk
      const none = yield* admin.get(`${at(ticket)}/agents`)
      assert.deepStrictEqual(
        [none.status, none.body.data],
        [200, { ticket_id: ticket, primary_agent: null, additional_agents: [] }]
      )
      const first = yield* add(ann, { role: "lead" })
      assert.strictEqual(first.status, 201, JSON.stringify(first.body))
      const person = (yield* admin.get(`${at(ticket)}/agents`)).body.data.primary_agent
      assert.deepStrictEqual(Object.keys(person).sort(), ["email", "first_name", "last_name", "user_id"])
      assert.deepInclude(person, { user_id: ann, first_name: "Ann" })
      assert.deepStrictEqual(first.body.data, { ticket_id: ticket, primary_agent: person, additional_agents: [] })
      const before = yield* read()
      assert.deepInclude(before, { assigned_to: ann, updated_by: user.user_id })
      yield* add(ben.toUpperCase())
      const both = yield* add(cho, { role: "  on site  " })
      assert.strictEqual(both.status, 201)
      assert.deepStrictEqual(both.body.data.primary_agent, person)
      const [last, earlier] = both.body.data.additional_agents
      assert.deepInclude(last, { user_id: cho, first_name: "Cho", role: "on site" })
      assert.deepInclude(earlier, { user_id: ben, role: "support" })
      assert.match(last.assigned_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
      assert.match(last.assignment_id, /^[0-9a-f-]{36}$/)
      assert.deepStrictEqual((yield* admin.get(`${at(ticket)}/agents`)).body, { data: both.body.data })
      const after = yield* read()
      assert.isAbove(Date.parse(after.updated_at), Date.parse(before.updated_at))
      assert.strictEqual(after.assigned_to, ann)
    })
  )

  it.effect("are told of, with what is not to be notified", () =>
    Effect.gen(function* () {
      const { add, admin, ann, at, ben, ticket, told } = yield* desk
      yield* add(ann, { suppressContactNotifications: true })
      const flags = { suppressContactNotifications: true, suppressInternalNotifications: true }
      const [row] = (yield* add(ben, flags)).body.data.additional_agents
      assert.strictEqual((yield* admin.delete(`${at(ticket)}/agents/${ben}`)).status, 204)
      const agent = { additional_user_id: ben, assignment_id: row.assignment_id, role: "support" }
      assert.deepStrictEqual(yield* told(), [
        {
          event_type: "TICKET_ASSIGNED",
          payload: { changes: { assigned_to: { old: null, new: ann } }, suppressContactNotifications: true }
        },
        { event_type: "TICKET_ADDITIONAL_AGENT_ASSIGNED", payload: { ...agent, ...flags } },
        { event_type: "TICKET_ADDITIONAL_AGENT_REMOVED", payload: agent }
      ])
    })
  )

  it.effect("are active internal users of the tenant, each once", () =>
    Effect.gen(function* () {
      const { add, ann, ben, crew, mine, told } = yield* desk
      const stranger = yield* desk
      const inactive = yield* makeUser(mine, { is_inactive: true })
      const client = yield* makeUser(mine, { user_type: "client" })
      // Neither as the assignee nor besides one.
      for (const primary of [undefined, ann]) {
        if (primary !== undefined) yield* add(primary)
        for (const user of [nobody, stranger.ann, inactive, client]) {
          const refused = yield* add(user)
          assert.deepStrictEqual([refused.status, refused.body.error.message], [404, "User not found"])
        }
      }
      yield* add(ben)
      const before = (yield* told()).length
      const assignee = yield* add(ann)
      assert.deepStrictEqual([assignee.status, assignee.body.error.code], [409, "CONFLICT"])
      const again = yield* add(ben, { role: "other" })
      assert.strictEqual(again.status, 409)
      assert.match(again.body.error.message, /already an additional agent/)
      assert.deepStrictEqual(yield* crew(), { primary: ann, others: { [ben]: "support" } })
      assert.strictEqual((yield* told()).length, before)
    })
  )

  it.effect("say what is wrong with a request", () =>
    Effect.gen(function* () {
      const { add, admin, ann, as, at, mine, ticket } = yield* desk
      const pathOf = ({ body, status }: Answer) => [status, body.error.details[0].path]
      assert.deepStrictEqual(pathOf(yield* admin.post(`${at(ticket)}/agents`, {})), [400, ["user_id"]])
      assert.deepStrictEqual(pathOf(yield* add("ann")), [400, ["user_id"]])
      assert.deepStrictEqual(pathOf(yield* add(ann, { role: "  " })), [400, ["role"]])
      assert.deepStrictEqual(pathOf(yield* add(ann, { role: "x".repeat(51) })), [400, ["role"]])
      assert.deepStrictEqual(pathOf(yield* add(ann, { suppressInternalNotifications: true })), [
        400,
        ["suppressInternalNotifications"]
      ])
      const malformed = yield* admin.delete(`${at(ticket)}/agents/ann`)
      assert.deepStrictEqual([malformed.status, malformed.body.error.message], [400, "Invalid user ID format"])
      assert.strictEqual((yield* admin.get(`${at(nobody)}/agents`)).status, 404)
      assert.strictEqual((yield* add(ann, {}, nobody)).status, 404)
      assert.strictEqual((yield* admin.delete(`${at(nobody)}/agents/${ann}`)).status, 404)
      const stranger = yield* desk
      const theirs = yield* makeTicket(stranger.mine, { assigned_to: stranger.ann })
      assert.strictEqual((yield* admin.get(`${at(theirs)}/agents`)).status, 404)
      assert.strictEqual((yield* add(ann, {}, theirs)).status, 404)
      const outsider = yield* as("partner-admin")
      assert.strictEqual((yield* outsider.get(`${at(ticket)}/agents`)).status, 403)
      const technician = yield* mine.as("Technician")
      assert.strictEqual((yield* technician.post(`${at(ticket)}/agents`, { user_id: ann })).status, 201)
    })
  )

  it.effect("leave, all but the assignee", () =>
    Effect.gen(function* () {
      const { add, admin, ann, at, ben, cho, crew, ticket } = yield* desk
      for (const user of [ann, ben, cho]) yield* add(user)
      assert.strictEqual((yield* admin.delete(`${at(ticket)}/agents/${ben}`)).status, 204)
      assert.strictEqual((yield* admin.delete(`${at(ticket)}/agents/${ben}`)).status, 404)
      assert.strictEqual((yield* admin.delete(`${at(ticket)}/agents/${ann}`)).status, 404)
      assert.deepStrictEqual(yield* crew(), { primary: ann, others: { [cho]: "support" } })
      assert.strictEqual((yield* admin.delete(at(ticket))).status, 204)
      const sql = yield* SqlClient.SqlClient
      assert.deepStrictEqual(yield* sql`SELECT 1 FROM ticket_resources WHERE ticket_id = ${ticket}`, [])
    })
  )

  it.effect("go along when the ticket is reassigned, and go when it is nobody's", () =>
    Effect.gen(function* () {
      const { add, admin, ann, at, ben, cho, crew, dee, ticket } = yield* desk
      const sql = yield* SqlClient.SqlClient
      const assists = Effect.map(
        sql<{ assigned_to: string }>`SELECT DISTINCT assigned_to FROM ticket_resources WHERE ticket_id = ${ticket}`,
        (rows) => rows.map(({ assigned_to }) => assigned_to)
      )
      for (const user of [ann, ben, cho]) yield* add(user)
      assert.deepStrictEqual(yield* assists, [ann])
      yield* admin.put(at(ticket), { assigned_to: dee })
      assert.deepStrictEqual(yield* crew(), { primary: dee, others: { [ben]: "support", [cho]: "support" } })
      assert.deepStrictEqual(yield* assists, [dee])
      yield* admin.put(`${at(ticket)}/assignment`, { assigned_to: ben })
      assert.deepStrictEqual(yield* crew(), { primary: ben, others: { [cho]: "support" } })
      assert.deepStrictEqual(yield* assists, [ben])
      yield* admin.put(`${at(ticket)}/assignment`, { assigned_to: null })
      assert.deepStrictEqual(yield* crew(), { primary: undefined, others: {} })
    })
  )

  it.effect("are held to what they are by the database, whoever writes", () =>
    Effect.gen(function* () {
      const { add, ann, ben, cho, id, ticket } = yield* desk
      const sql = yield* SqlClient.SqlClient
      const insert = (user: string) =>
        Effect.exit(sql`INSERT INTO ticket_resources (tenant, assignment_id, ticket_id, assigned_to, additional_user_id)
          VALUES (${id}, gen_random_uuid(), ${ticket}, ${cho}, ${user}) RETURNING assigned_to`)
      assert.strictEqual((yield* insert(ben))._tag, "Failure", "nobody to assist")
      yield* add(ann)
      assert.strictEqual((yield* insert(ann))._tag, "Failure", "the assignee")
      const inserted = yield* insert(ben)
      assert.deepStrictEqual(inserted._tag === "Success" && inserted.value, [{ assigned_to: ann }])
    })
  )

  it.effect("are added once, however many try at once", () =>
    Effect.gen(function* () {
      const { add, ann, ben, cho, crew } = yield* desk
      const statuses = (users: ReadonlyArray<string>) =>
        Effect.map(
          Effect.all(
            users.map((user) => add(user)),
            { concurrency: "unbounded" }
          ),
          (answers) => answers.map(({ status }) => status).sort()
        )
      assert.deepStrictEqual(yield* statuses([ann, ann, ann]), [201, 409, 409])
      assert.deepStrictEqual(yield* crew(), { primary: ann, others: {} })
      assert.deepStrictEqual(yield* statuses([ben, ben, cho, ben]), [201, 201, 409, 409])
      assert.deepStrictEqual(yield* crew(), { primary: ann, others: { [ben]: "support", [cho]: "support" } })
    })
  )

  it.effect("keep one assignee when several come first at once", () =>
    Effect.gen(function* () {
      const { add, ann, ben, cho, crew } = yield* desk
      const answers = yield* Effect.all([add(ann), add(ben), add(cho)], { concurrency: "unbounded" })
      assert.deepStrictEqual(
        answers.map(({ status }) => status),
        [201, 201, 201]
      )
      const { others, primary } = yield* crew()
      assert.deepStrictEqual([primary, ...Object.keys(others)].sort(), [ann, ben, cho].sort())
    })
  )

  it.effect("are added once by a request that is sent again", () =>
    Effect.gen(function* () {
      const { admin, ann, at, ben, crew, ticket } = yield* desk
      const post = (user_id: string) =>
        admin.post(`${at(ticket)}/agents`, { user_id }, { "idempotency-key": `add ${user_id}`.replace(" ", "-") })
      yield* post(ann)
      const first = yield* post(ben)
      const again = yield* post(ben)
      assert.deepStrictEqual([again.status, again.body], [201, first.body])
      assert.strictEqual(again.headers.get("idempotency-replayed"), "true")
      assert.deepStrictEqual(yield* crew(), { primary: ann, others: { [ben]: "support" } })
    })
  )
})

suite("the team of a ticket", (it) => {
  it.effect("brings its lead as the assignee, and its active members", () =>
    Effect.gen(function* () {
      const { ann, assign, ben, crew, mine, team, ticket, told, user } = yield* desk
      const inactive = yield* makeUser(mine, { is_inactive: true })
      const client = yield* makeUser(mine, { user_type: "client" })
      const desks = yield* team(ann, ben, inactive, client)
      const flags = { suppressContactNotifications: true }
      const given = yield* assign(desks, flags)
      assert.strictEqual(given.status, 200, JSON.stringify(given.body))
      assert.deepInclude(given.body.data, {
        ticket_id: ticket,
        assigned_team_id: desks,
        assigned_to: ann,
        updated_by: user.user_id
      })
      assert.match(given.body.data.assigned_to_name, /^Ann /)
      assert.property(given.body.data, "description_html")
      assert.deepStrictEqual(yield* crew(), { primary: ann, others: { [ben]: "team_member" } })
      const events = yield* told()
      assert.deepStrictEqual(
        events.map(({ event_type }) => event_type),
        ["TICKET_ASSIGNED", "TICKET_ADDITIONAL_AGENT_ASSIGNED"]
      )
      assert.deepStrictEqual(events[0]!.payload, {
        changes: { assigned_to: { old: null, new: ann }, assigned_team_id: { old: null, new: desks } },
        ...flags
      })
      assert.deepInclude(events[1]!.payload, { additional_user_id: ben, role: "team_member", ...flags })
    })
  )

  it.effect("leaves those who are there, and can be assigned again", () =>
    Effect.gen(function* () {
      const { add, ann, assign, ben, cho, crew, dee, mine, read, team, told } = yield* desk
      yield* add(dee)
      yield* add(ben, { role: "expert" })
      const first = yield* team(ann, ben)
      yield* assign(first)
      const there = { primary: dee, others: { [ann]: "team_member", [ben]: "expert" } }
      assert.deepStrictEqual(yield* crew(), there)
      const before = (yield* told()).length
      assert.strictEqual((yield* assign(first)).status, 200)
      assert.deepStrictEqual(yield* crew(), there)
      assert.strictEqual((yield* told()).length, before, "Nothing has happened")
      const second = yield* makeTeam(mine, [cho, dee])
      yield* assign(second)
      assert.deepStrictEqual(yield* crew(), {
        primary: dee,
        others: { [ann]: "team_member", [ben]: "expert", [cho]: "team_member" }
      })
      assert.strictEqual((yield* read()).assigned_team_id, second)
      assert.deepStrictEqual((yield* told()).at(-2), {
        event_type: "TICKET_ASSIGNED",
        payload: { changes: { assigned_team_id: { old: first, new: second } } }
      })
    })
  )

  it.effect("must be one of the tenant, with a lead who is active", () =>
    Effect.gen(function* () {
      const { ann, assign, crew, mine, read, team, ticket } = yield* desk
      const stranger = yield* desk
      const theirs = yield* makeTeam(stranger.mine, [stranger.ann])
      const good = yield* team(ann)
      const refusal = ({ body, status }: Answer) => [status, body.error.message]
      assert.deepStrictEqual(refusal(yield* assign(nobody)), [404, "Team not found"])
      assert.deepStrictEqual(refusal(yield* assign(theirs)), [404, "Team not found"])
      assert.deepStrictEqual(refusal(yield* assign(good, {}, nobody)), [404, "ticket not found"])
      assert.strictEqual((yield* stranger.assign(theirs, {}, ticket)).status, 404)
      const inactive = yield* makeUser(mine, { is_inactive: true })
      for (const manager_id of [null, inactive]) {
        const { body, status } = yield* assign(yield* makeTeam(mine, [ann], { manager_id }))
        assert.deepStrictEqual([status, body.error.details[0].path], [400, ["team_id"]])
      }
      const flags = yield* assign(good, { suppressInternalNotifications: true })
      assert.deepStrictEqual(flags.body.error.details[0].path, ["suppressInternalNotifications"])
      assert.strictEqual((yield* assign("abc")).status, 400)
      assert.deepStrictEqual(yield* crew(), { primary: undefined, others: {} })
      assert.strictEqual((yield* read()).assigned_team_id, null)
    })
  )

  it.effect("goes with all of its members, with none, or with some", () =>
    Effect.gen(function* () {
      const { add, admin, ann, assign, at, ben, cho, crew, dee, team, ticket, told, user } = yield* desk
      const desks = yield* team(ann, ben, cho)
      const remove = (body?: unknown) => admin.delete(`${at(ticket)}/team`, body)
      const member = "team_member"
      const start = Effect.andThen(assign(desks), add(dee))

      yield* start
      const gone = yield* remove()
      assert.strictEqual(gone.status, 200, JSON.stringify(gone.body))
      assert.deepInclude(gone.body.data, { assigned_team_id: null, assigned_to: ann, updated_by: user.user_id })
      assert.deepStrictEqual(yield* crew(), { primary: ann, others: { [dee]: "support" } })
      const events = (yield* told()).slice(-3)
      assert.deepStrictEqual(events[0], {
        event_type: "TICKET_UPDATED",
        payload: { changes: { assigned_team_id: { old: desks, new: null } } }
      })
      assert.deepStrictEqual(
        events.slice(1).map(({ event_type }) => event_type),
        ["TICKET_ADDITIONAL_AGENT_REMOVED", "TICKET_ADDITIONAL_AGENT_REMOVED"]
      )

      yield* start
      yield* remove({ mode: "keep_all" })
      assert.deepStrictEqual(yield* crew(), {
        primary: ann,
        others: { [ben]: member, [cho]: member, [dee]: "support" }
      })

      yield* start
      yield* remove({ mode: "selective", keep_user_ids: [cho.toUpperCase(), nobody] })
      assert.deepStrictEqual(yield* crew(), { primary: ann, others: { [cho]: member, [dee]: "support" } })

      yield* start
      assert.strictEqual((yield* remove({ mode: "remove_all", keep_user_ids: [cho] })).status, 200)
      assert.deepStrictEqual(yield* crew(), { primary: ann, others: { [dee]: "support" } })
      const before = (yield* told()).length
      assert.strictEqual((yield* remove({})).status, 200, "It has no team, and no members of one")
      assert.strictEqual((yield* told()).length, before)
    })
  )

  it.effect("goes only by a body that is sound, if there is one", () =>
    Effect.gen(function* () {
      const { admin, ann, assign, at, ben, crew, read, team, ticket } = yield* desk
      const desks = yield* team(ann, ben)
      yield* assign(desks)
      const path = `${at(ticket)}/team`
      const pathOf = ({ body, status }: Answer) => [status, body.error.details[0].path]
      assert.deepStrictEqual(pathOf(yield* admin.delete(path, { mode: "some" })), [400, ["mode"]])
      assert.deepStrictEqual(pathOf(yield* admin.delete(path, { mode: "selective" })), [400, ["keep_user_ids"]])
      assert.deepStrictEqual(pathOf(yield* admin.delete(path, { mode: "selective", keep_user_ids: [] })), [
        400,
        ["keep_user_ids"]
      ])
      assert.deepStrictEqual(pathOf(yield* admin.delete(path, { mode: "selective", keep_user_ids: ["x"] })), [
        400,
        ["keep_user_ids", 0]
      ])
      assert.strictEqual((yield* admin.delete(path, "{nope")).status, 400)
      assert.strictEqual((yield* admin.delete(path, "null")).status, 400)
      assert.strictEqual((yield* admin.delete(path, "a", { "content-type": "text/plain" })).status, 415)
      const strict = yield* admin.delete(path, { reason: "x" }, { prefer: "handling=strict" })
      assert.deepStrictEqual(pathOf(strict), [400, ["reason"]])
      assert.strictEqual((yield* admin.delete(`${at(nobody)}/team`)).status, 404)
      const stranger = yield* desk
      assert.strictEqual((yield* stranger.admin.delete(path)).status, 404)
      assert.strictEqual((yield* read()).assigned_team_id, desks)
      assert.deepStrictEqual(yield* crew(), { primary: ann, others: { [ben]: "team_member" } })
      const named = yield* admin.delete(path, { mode: "keep_all", reason: "x" })
      assert.deepStrictEqual([named.status, named.body.meta], [200, { ignored: ["reason"] }])
      // A type without a body is no body.
      const typed = yield* admin.delete(path, undefined, { "content-type": "text/plain" })
      assert.strictEqual(typed.status, 200, JSON.stringify(typed.body))
    })
  )

  it.effect("changes only as the ticket was read, for who says so", () =>
    Effect.gen(function* () {
      const { admin, ann, at, team, ticket } = yield* desk
      const team_id = yield* team(ann)
      const path = `${at(ticket)}/team`
      const read = (yield* admin.get(at(ticket))).headers.get("etag") ?? ""
      const given = yield* admin.put(path, { team_id }, { "if-match": read })
      assert.strictEqual(given.status, 200)
      const stale = yield* admin.put(path, { team_id }, { "if-match": read })
      assert.strictEqual(stale.status, 412)
      assert.strictEqual((yield* admin.delete(path, undefined, { "if-match": read })).status, 412)
      const now = given.headers.get("etag") ?? ""
      assert.notStrictEqual(now, read)
      assert.strictEqual((yield* admin.get(at(ticket))).headers.get("etag"), now)
      assert.strictEqual((yield* admin.delete(path, undefined, { "if-match": now })).status, 200)
    })
  )

  it.effect("is one, whoever assigns another at the same time", () =>
    Effect.gen(function* () {
      const { ann, assign, ben, cho, crew, dee, read, team } = yield* desk
      const [first, second] = [yield* team(ann, ben, dee), yield* team(cho, ben, dee)]
      const answers = yield* Effect.all([assign(first), assign(second), assign(first), assign(second)], {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual(
        answers.map(({ status }) => status),
        [200, 200, 200, 200]
      )
      const { others, primary } = yield* crew()
      assert.include([ann, cho], primary)
      assert.includeMembers([first, second], [(yield* read()).assigned_team_id])
      assert.deepStrictEqual([primary, ...Object.keys(others)].sort(), [ann, ben, cho, dee].sort())
    })
  )
})

suite("agents in bundles", (it) => {
  const bundle = Effect.gen(function* () {
    const made = yield* desk
    const child = yield* makeTicket(made.mine)
    const bundled = yield* made.admin.post(`${made.at(made.ticket)}/bundle`, { child_ticket_ids: [child] })
    assert.strictEqual(bundled.status, 201)
    return { ...made, child }
  })

  it.effect("of a child with sync_updates cannot be its assignee", () =>
    Effect.gen(function* () {
      const { add, admin, ann, assign, at, ben, child, crew, read, team, ticket } = yield* bundle
      const desks = yield* team(ann, ben)
      for (const locked of [yield* add(ann, {}, child), yield* assign(desks, {}, child)]) {
        assert.deepStrictEqual(
          [locked.status, locked.body.error.details],
          [409, { code: "BUNDLED_FIELDS_LOCKED", fields: ["assigned_to"], master_ticket_id: ticket }]
        )
      }
      assert.deepStrictEqual(yield* crew(child), { primary: undefined, others: {} })
      assert.strictEqual((yield* read(child)).assigned_team_id, null)
      // What leaves the assignee as it is, is the child's own.
      yield* add(ann)
      assert.strictEqual((yield* add(ben, {}, child)).status, 201)
      assert.strictEqual((yield* assign(desks, {}, child)).status, 200)
      assert.deepStrictEqual(yield* crew(child), { primary: ann, others: { [ben]: "support" } })
      assert.strictEqual((yield* admin.delete(`${at(child)}/team`)).status, 200)
    })
  )

  it.effect("of a child with link_only are its own", () =>
    Effect.gen(function* () {
      const { add, admin, ann, at, ben, child, crew, ticket } = yield* bundle
      yield* admin.put(`${at(ticket)}/bundle/settings`, { mode: "link_only" })
      yield* add(ann)
      assert.deepStrictEqual(yield* crew(child), { primary: undefined, others: {} })
      assert.strictEqual((yield* add(ben, {}, child)).status, 201)
      assert.deepStrictEqual(yield* crew(child), { primary: ben, others: {} })
    })
  )

  it.effect("follow when the master gets its assignee", () =>
    Effect.gen(function* () {
      const { add, admin, ann, assign, at, ben, child, cho, crew, read, team, ticket, told } = yield* bundle
      yield* add(ann)
      assert.deepStrictEqual(yield* crew(child), { primary: ann, others: {} })
      assert.deepStrictEqual((yield* told(child)).at(-1), {
        event_type: "TICKET_UPDATED",
        payload: { changes: { assigned_to: { old: null, new: ann } }, masterTicketId: ticket }
      })
      for (const user of [ben, cho]) yield* add(user, {}, child)
      yield* admin.put(`${at(ticket)}/assignment`, { assigned_to: ben })
      assert.deepStrictEqual(yield* crew(child), { primary: ben, others: { [cho]: "support" } })
      yield* admin.put(`${at(ticket)}/assignment`, { assigned_to: null })
      assert.deepStrictEqual(yield* crew(child), { primary: undefined, others: {} })
      yield* assign(yield* team(cho, ann))
      assert.deepStrictEqual(yield* crew(), { primary: cho, others: { [ann]: "team_member" } })
      assert.deepStrictEqual(yield* crew(child), { primary: cho, others: {} })
      assert.strictEqual((yield* read(child)).assigned_team_id, null)
    })
  )
})

layer(TicketAgentService.layer.pipe(Layer.provideMerge(communityService)), { excludeTestServices: true })(
  "agents of tickets that a caller may not read",
  (it) => {
    it.effect("are neither seen nor changed", () =>
      Effect.gen(function* () {
        const { ann, ben, crew, id, mine, team, ticket, user } = yield* desk
        const agents = yield* TicketAgentService
        const desks = yield* team(ann, ben)
        const readsOwn = Effect.provideService(Actor, {
          tenant: id,
          userId: user.user_id,
          userType: "internal",
          apiKeyId: undefined,
          permissions: new Set(["ticket:read", "ticket:update"] as const),
          scopes: { "ticket:read": [{ template: "own" }] }
        })
        const refused = yield* Effect.forEach(
          [
            agents.list(ticket),
            agents.add(ticket, { user_id: ann }),
            agents.remove(ticket, ann),
            agents.assignTeam(ticket, { team_id: desks }),
            agents.removeTeam(ticket, {})
          ],
          (request) => request.pipe(readsOwn, Effect.flip)
        )
        assert.deepStrictEqual(
          refused.map(({ _tag }) => _tag),
          refused.map(() => "Forbidden")
        )
        assert.deepStrictEqual(yield* crew(), { primary: undefined, others: {} })
        const own = yield* makeTicket(mine, { entered_by: user.user_id })
        const added = yield* agents.add(own, { user_id: ann }).pipe(readsOwn)
        assert.strictEqual(added.primary_agent?.user_id, ann)
      })
    )
  }
)
