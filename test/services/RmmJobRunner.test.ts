/** Jobs in the background of one and of several instances: each is begun once, and none is lost. */
import { assert, layer } from "@effect/vitest"
import { Duration, Effect, Exit, Layer, References, Scope } from "effect"
import { SqlClient } from "effect/sql"
import { newId } from "../../src/services/ids.ts"
import { RmmConnections } from "../../src/services/RmmConnections.ts"
import { RmmJobsRunning, RmmRunnerTimes } from "../../src/services/RmmJobRunner.ts"
import { announceJob } from "../../src/services/rmmJobs.ts"
import { TenantService } from "../../src/services/TenantService.ts"
import { type FakeAnswer, type FakeTactical, makeFakeTactical } from "../support/fakeTactical.ts"
import { connectionServices, connectTo, rmmEnv, until } from "../support/rmm.ts"
import { database, settings } from "../support/service.ts"

const suite = layer(
  connectionServices.pipe(
    Layer.provideMerge(TenantService.layer),
    Layer.provideMerge(settings(rmmEnv)),
    Layer.provideMerge(database),
    Layer.provideMerge(Layer.succeed(References.MinimumLogLevel, "Error"))
  ),
  { excludeTestServices: true }
)

const times = { lease: Duration.seconds(10), poll: Duration.seconds(5), patience: Duration.seconds(5) }

/** An instance that runs jobs, until it is stopped. */
const instance = Effect.fnUntraced(function* (more: Partial<typeof times> = {}) {
  const scope = yield* Scope.make()
  yield* Effect.addFinalizer(() => Scope.close(scope, Exit.void))
  yield* Layer.buildWithScope(Layer.fresh(RmmJobsRunning), scope).pipe(
    Effect.provideService(RmmRunnerTimes, { ...times, ...more })
  )
  return { stop: Scope.close(scope, Exit.void) }
})

let counter = 0

/** A tenant that is connected to a server, and assets of it. */
const makeTenant = Effect.fnUntraced(function* (tactical: FakeTactical, assets: number) {
  const sql = yield* SqlClient.SqlClient
  const name = `runner-${process.pid}-${++counter}`
  const { tenant, user } = yield* (yield* TenantService)
    .create({ client_name: name, email: `admin@${name}.example` })
    .pipe(Effect.orDie)
  const id = tenant.tenant
  yield* connectTo(id, tactical)
  const client_id = newId()
  yield* sql`INSERT INTO clients ${sql.insert({ tenant: id, client_id, client_name: name })}`
  const agents = yield* Effect.forEach(Array.from({ length: assets }), () =>
    Effect.gen(function* () {
      const asset_id = newId()
      const agent_id = `${"agent".repeat(5)}${++counter}`
      tactical.agents.set(agent_id, { agent_id, hostname: agent_id, status: "online" })
      yield* sql`INSERT INTO assets ${sql.insert({
        tenant: id,
        asset_id,
        client_id,
        asset_tag: agent_id,
        name: agent_id,
        status: "active",
        rmm_provider: "tacticalrmm",
        rmm_device_id: agent_id
      })}`
      return { asset_id, agent_id }
    })
  )
  /** Queues a reboot, or a job in another state. */
  const queue = Effect.fnUntraced(function* (index: number, values: Readonly<Record<string, unknown>> = {}) {
    const { agent_id, asset_id } = agents[index]!
    const job_id = newId()
    yield* sql`INSERT INTO rmm_jobs ${sql.insert({
      tenant: id,
      job_id,
      asset_id,
      provider: "tacticalrmm",
      device_id: agent_id,
      action: "reboot",
      requested_by: user.user_id,
      ...values
    })}`
    yield* announceJob(sql)
    return job_id
  })
  const jobs = sql<Job>`SELECT job_id, status, error_code, error, attempts FROM rmm_jobs
    WHERE tenant = ${id} ORDER BY job_id`
  return { id, agents, queue, jobs }
})

interface Job {
  readonly job_id: string
  readonly status: string
  readonly error_code: string | null
  readonly error: string | null
  readonly attempts: number
}

const haveEnded = (jobs: ReadonlyArray<Job>) =>
  jobs.length > 0 && jobs.every(({ status }) => status === "succeeded" || status === "failed")

/** An answer that comes when it is told to. */
const held = () => {
  let give = (_: FakeAnswer) => {}
  const answer = new Promise<FakeAnswer>((resolve) => {
    give = resolve
  })
  return { answer, give: () => give({ status: 200, body: '"ok"' }) }
}

const asked = (tactical: FakeTactical, count: number) =>
  until(
    Effect.sync(() => tactical.asked(/^POST/).length),
    (length) => length >= count
  )

suite("instances", (it) => {
  it.effect("share the jobs of all tenants, and do each once", () =>
    Effect.gen(function* () {
      const tactical = yield* makeFakeTactical
      const tenants = [yield* makeTenant(tactical, 8), yield* makeTenant(tactical, 8)]
      for (const { agents, queue } of tenants) yield* Effect.forEach(agents, (_, index) => queue(index))
      yield* Effect.all([instance(), instance(), instance()])
      for (const { agents, jobs } of tenants) {
        const done = yield* until(jobs, haveEnded)
        assert.deepStrictEqual(
          done.map(({ attempts, status }) => [status, attempts]),
          agents.map(() => ["succeeded", 1])
        )
      }
      const reboots = tenants.flatMap(({ agents }) => agents.map(({ agent_id }) => `POST /agents/${agent_id}/reboot/`))
      assert.deepStrictEqual(tactical.asked(/^POST/).toSorted(), reboots.toSorted())
    })
  )

  it.effect("hear of a job at once", () =>
    Effect.gen(function* () {
      const tactical = yield* makeFakeTactical
      const { jobs, queue } = yield* makeTenant(tactical, 1)
      // One that only looks now and then would find it tomorrow.
      yield* instance({ poll: Duration.days(1) })
      yield* queue(0)
      yield* announcedUntil(jobs, haveEnded)
    })
  )

  it.effect("leave an RMM that is slow some air, and others their turn", () =>
    Effect.gen(function* () {
      const [slow, fast] = [yield* makeFakeTactical, yield* makeFakeTactical]
      const [waiting, other] = [yield* makeTenant(slow, 6), yield* makeTenant(fast, 1)]
      const answers = waiting.agents.map(() => held())
      for (const { answer } of answers) slow.next.push({ to: /^POST/, give: answer })
      yield* Effect.forEach(waiting.agents, (_, index) => waiting.queue(index))
      yield* instance()
      yield* asked(slow, 4)
      yield* other.queue(0)
      yield* until(other.jobs, haveEnded)
      const states = (yield* waiting.jobs).map(({ status }) => status)
      assert.deepStrictEqual(states, ["running", "running", "running", "running", "queued", "queued"])
      for (const { give } of answers) give()
      assert.isTrue((yield* until(waiting.jobs, haveEnded)).every(({ status }) => status === "succeeded"))
    })
  )

  it.effect("keep what takes longer than a lease", () =>
    Effect.gen(function* () {
      const tactical = yield* makeFakeTactical
      const { id, jobs, queue } = yield* makeTenant(tactical, 1)
      const sql = yield* SqlClient.SqlClient
      const { answer, give } = held()
      tactical.next.push({ to: /^POST/, give: answer })
      yield* queue(0)
      const short = { lease: Duration.millis(900), poll: Duration.millis(50) }
      yield* Effect.all([instance(short), instance(short)])
      yield* asked(tactical, 1)
      const leases = sql<{ leased_until: string }>`SELECT leased_until FROM rmm_jobs WHERE tenant = ${id}`
      const [first] = yield* leases
      const renewed = (row: { leased_until: string } | undefined) =>
        row !== undefined && Date.parse(row.leased_until) > Date.parse(first?.leased_until ?? "") + 900
      yield* until(leases, ([lease]) => renewed(lease))
      assert.strictEqual((yield* jobs)[0]?.status, "running")
      give()
      assert.strictEqual((yield* until(jobs, haveEnded))[0]?.status, "succeeded")
      assert.strictEqual(tactical.asked(/^POST/).length, 1)
    })
  )
})

suite("a job", (it) => {
  it.effect("whose instance has gone has failed, and is not begun again", () =>
    Effect.gen(function* () {
      const tactical = yield* makeFakeTactical
      const { id, jobs, queue } = yield* makeTenant(tactical, 2)
      const running = (leased_until: Date) => ({ status: "running", attempts: 1, runner: newId(), leased_until })
      yield* queue(0, running(new Date(Date.now() - 1000)))
      yield* queue(1, running(new Date(Date.now() + 3_600_000)))
      yield* instance()
      const [lost, other] = yield* until(jobs, ([job]) => job?.status === "failed")
      assert.include(lost, { error_code: "OUTCOME_UNKNOWN", attempts: 1 })
      assert.match(lost?.error ?? "", /Whether it was done is not known/)
      assert.strictEqual(other?.status, "running")
      assert.deepStrictEqual(tactical.asked(/^POST/), [])
      const sql = yield* SqlClient.SqlClient
      const [audit, ...more] = yield* sql<{ operation: string; details: Record<string, unknown> }>`
        SELECT operation, details FROM audit_logs WHERE tenant = ${id} AND operation LIKE 'RMM%'`
      assert.strictEqual(audit?.operation, "RMM_REBOOT")
      assert.include(audit?.details, { outcome: "failed", error_code: "OUTCOME_UNKNOWN", job_id: lost?.job_id })
      assert.deepStrictEqual(more, [])
    })
  )

  it.effect("that nobody has begun in time is not begun", () =>
    Effect.gen(function* () {
      const tactical = yield* makeFakeTactical
      const { jobs, queue } = yield* makeTenant(tactical, 2)
      yield* queue(0, { created_at: new Date(Date.now() - 11 * 60_000) })
      yield* queue(1, { created_at: new Date(Date.now() - 9 * 60_000) })
      yield* instance()
      const [late, timely] = yield* until(jobs, haveEnded)
      assert.include(late, { status: "failed", error_code: "NOT_BEGUN", attempts: 0 })
      assert.include(timely, { status: "succeeded", attempts: 1 })
      assert.strictEqual(tactical.asked(/^POST/).length, 1)
    })
  )

  it.effect("of an instance that stops is waited for a while", () =>
    Effect.gen(function* () {
      const tactical = yield* makeFakeTactical
      const { jobs, queue } = yield* makeTenant(tactical, 2)
      const { answer, give } = held()
      tactical.next.push({ to: /^POST/, give: answer })
      yield* queue(0)
      const { stop } = yield* instance({ patience: Duration.minutes(1) })
      yield* asked(tactical, 1)
      yield* Effect.all([stop, Effect.andThen(queue(1), Effect.sync(give))], { concurrency: "unbounded" })
      const [done, later] = yield* jobs
      assert.strictEqual(done?.status, "succeeded")
      assert.strictEqual(later?.status, "queued")
    })
  )

  it.effect("of an instance that stops in the middle has an outcome that nobody knows", () =>
    Effect.gen(function* () {
      const tactical = yield* makeFakeTactical
      const { jobs, queue } = yield* makeTenant(tactical, 1)
      tactical.next.push({ to: /^POST/, give: "silence" })
      yield* queue(0)
      const { stop } = yield* instance({ patience: Duration.millis(1) })
      yield* asked(tactical, 1)
      yield* stop
      const [broken] = yield* jobs
      assert.include(broken, { status: "failed", error_code: "OUTCOME_UNKNOWN" })
      assert.match(broken?.error ?? "", /^The service was stopped/)
      yield* instance()
      assert.strictEqual(tactical.asked(/^POST/).length, 1)
    })
  )

  it.effect("is not done once the asset is tied to another agent, or the tenant is not connected any more", () =>
    Effect.gen(function* () {
      const tactical = yield* makeFakeTactical
      const { agents, id, jobs, queue } = yield* makeTenant(tactical, 2)
      const sql = yield* SqlClient.SqlClient
      yield* queue(0)
      yield* sql`UPDATE assets SET rmm_device_id = 'another' WHERE tenant = ${id} AND asset_id = ${agents[0]!.asset_id}`
      yield* instance()
      assert.include((yield* until(jobs, haveEnded))[0], { status: "failed", error_code: "NOT_MANAGED" })
      yield* (yield* RmmConnections).disconnect(id, "tacticalrmm")
      yield* queue(1)
      const [, unconnected] = yield* until(jobs, haveEnded)
      assert.include(unconnected, { status: "failed", error_code: "RMM_NOT_CONNECTED" })
      assert.deepStrictEqual(tactical.asked(/^POST/), [])
    })
  )
})

/** Whoever has only just begun to listen may have missed the first announcement. */
const announcedUntil = <A, E, R>(wanted: Effect.Effect<A, E, R>, holds: (value: A) => boolean) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    return yield* until(Effect.andThen(announceJob(sql), wanted), holds)
  })
