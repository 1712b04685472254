/** What an RMM knows of assets, and is told to do with them: over HTTP, down to a fake of the RMM. */
import { assert, layer } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { community } from "../../src/layers/Edition.ts"
import { RmmConnections } from "../../src/services/RmmConnections.ts"
import { RmmPatience } from "../../src/services/RmmProvider.ts"
import { type FakeAnswer, linuxAgent, newAgent, windowsAgent } from "../support/fakeTactical.ts"
import { connectionServices, connectTo, ended, makeAsset, makeManaged, rmmEnv, tie, until } from "../support/rmm.ts"
import { makeTenant, serviceOf } from "../support/service.ts"

/** Waits long enough for whoever answers, and not long for whoever does not. */
const patience = Layer.succeed(RmmPatience, () => 3000)

const suite = layer(
  connectionServices.pipe(Layer.provideMerge(serviceOf(community, rmmEnv)), Layer.provide(patience)),
  { excludeTestServices: true }
)

const assets = "/api/v1/assets"

/** What was accounted for of an asset, the oldest first. */
const audits = Effect.fnUntraced(function* (tenant: string, asset: string) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<{ operation: string; user_id: string; details: Record<string, unknown> }>`
    SELECT operation, user_id, details FROM audit_logs
    WHERE tenant = ${tenant} AND table_name = 'assets' AND record_id = ${asset} ORDER BY audit_id`
  return rows
})

const statusOf = Effect.fnUntraced(function* (tenant: string) {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ status: string; last_error: string | null }>`
    SELECT status, last_error FROM rmm_connections WHERE tenant = ${tenant}`
  return row
})

suite("the tie of an asset to its agent", (it) => {
  it.effect("is made, changed and undone with the asset", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const { admin } = tenant
      const id = yield* makeAsset(tenant, tie())
      const made = (yield* admin.get(`${assets}/${id}`)).body.data
      assert.include(made, { rmm_provider: "tacticalrmm", rmm_device_id: windowsAgent, agent_status: null })
      for (const half of ["rmm_provider", "rmm_device_id"]) {
        const untied = yield* admin.put(`${assets}/${id}`, { [half]: null })
        assert.include(untied.body.data, { rmm_provider: null, rmm_device_id: null })
        assert.strictEqual((yield* admin.put(`${assets}/${id}`, tie(linuxAgent))).body.data.rmm_device_id, linuxAgent)
      }
      const history = (yield* admin.get(`${assets}/${id}/history`)).body.data
      assert.deepInclude(history[0].changes, { field: "rmm_device_id", from: null, to: linuxAgent })
    })
  )

  it.effect("is whole or not at all, and to an RMM that there is", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const { admin } = tenant
      const id = yield* makeAsset(tenant)
      const cases: ReadonlyArray<readonly [Readonly<Record<string, unknown>>, string]> = [
        [{ rmm_provider: "tacticalrmm" }, "rmm_device_id"],
        [{ rmm_device_id: windowsAgent }, "rmm_device_id"],
        [{ rmm_provider: null, rmm_device_id: windowsAgent }, "rmm_device_id"],
        [{ ...tie(), rmm_provider: "fleetwatch" }, "rmm_provider"],
        [tie(""), "rmm_device_id"],
        [tie("a/b"), "rmm_device_id"],
        [tie("x".repeat(256)), "rmm_device_id"]
      ]
      for (const [change, field] of cases) {
        const { body, status } = yield* admin.put(`${assets}/${id}`, change)
        assert.strictEqual(status, 400, JSON.stringify(change))
        assert.deepStrictEqual(body.error.details[0].path, [field])
      }
      assert.isNull((yield* admin.get(`${assets}/${id}`)).body.data.rmm_provider)
    })
  )

  it.effect("is one asset's of the tenant, however many try", () =>
    Effect.gen(function* () {
      const [tenant, other] = [yield* makeTenant, yield* makeTenant]
      const ids = yield* Effect.forEach([1, 2, 3, 4], () => makeAsset(tenant))
      const answers = yield* Effect.all(
        ids.map((id) => tenant.admin.put(`${assets}/${id}`, tie())),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(answers.map(({ status }) => status).sort(), [200, 409, 409, 409])
      const refused = answers.find(({ status }) => status === 409)
      assert.strictEqual(refused?.body.error.message, "Another asset is tied to this agent already")
      // Another tenant may have the same agent: it is its own RMM's.
      yield* makeAsset(other, tie())
    })
  )

  it.effect("takes along what was known of the agent", () =>
    Effect.gen(function* () {
      const { admin, asset, path } = yield* makeManaged
      yield* admin.post(`${path}/refresh`)
      const { body } = yield* admin.put(`${assets}/${asset}`, tie(linuxAgent))
      assert.include(body.data, { agent_status: null, last_seen_at: null, last_rmm_sync_at: null })
      assert.deepStrictEqual((yield* admin.get(path)).body, {
        data: null,
        message: "The agent of this asset has not been read yet"
      })
    })
  )
})

suite("what is known of an agent", (it) => {
  it.effect("is what was last read", () =>
    Effect.gen(function* () {
      const { admin, asset, id, path, tactical, user } = yield* makeManaged
      assert.deepStrictEqual((yield* admin.get(path)).body, {
        data: null,
        message: "The agent of this asset has not been read yet"
      })
      const refreshed = yield* admin.post(`${path}/refresh`)
      assert.strictEqual(refreshed.status, 200, JSON.stringify(refreshed.body))
      assert.strictEqual(refreshed.body.message, "RMM data refreshed")
      const { data } = refreshed.body
      assert.include(data, {
        provider: "tacticalrmm",
        agent_status: "online",
        last_check_in: "2026-06-01T12:00:00.123Z",
        current_user: "kim",
        lan_ip: "192.168.1.17",
        wan_ip: "203.0.113.9",
        memory_total_gb: 16,
        cpu_utilization_percent: null
      })
      assert.strictEqual(data.storage.length, 2)
      assert.deepStrictEqual((yield* admin.get(path)).body, { data })
      assert.deepStrictEqual(tactical.asked(), [`GET /agents/${windowsAgent}/`])
      assert.include((yield* admin.get(`${assets}/${asset}`)).body.data, {
        agent_status: "online",
        last_seen_at: data.last_check_in,
        last_rmm_sync_at: data.last_rmm_sync_at
      })
      assert.deepStrictEqual(yield* audits(id, asset), [
        {
          operation: "RMM_REFRESH",
          user_id: user.user_id,
          details: {
            outcome: "succeeded",
            provider: "tacticalrmm",
            device_id: windowsAgent,
            agent_status: "online"
          }
        }
      ])
    })
  )

  it.effect("follows the agent, and its history tells when the agent comes and goes", () =>
    Effect.gen(function* () {
      const { admin, asset, path, tactical } = yield* makeManaged
      yield* admin.post(`${path}/refresh`)
      yield* admin.post(`${path}/refresh`)
      tactical.agents.set(windowsAgent, {
        ...tactical.agents.get(windowsAgent),
        agent_id: windowsAgent,
        status: "offline"
      })
      const { data } = (yield* admin.post(`${path}/refresh`)).body
      assert.include(data, { agent_status: "offline", uptime_seconds: null })
      const history = (yield* admin.get(`${assets}/${asset}/history?change_type=updated`)).body.data
      assert.deepStrictEqual(
        history.map(({ changes }: { changes: unknown }) => changes),
        [
          [{ field: "agent_status", from: "online", to: "offline" }],
          [{ field: "agent_status", from: null, to: "online" }]
        ]
      )
    })
  )

  it.effect("is nothing where no RMM manages the asset", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const path = `${assets}/${yield* makeAsset(tenant)}/rmm`
      const shown = yield* tenant.admin.get(path)
      assert.deepStrictEqual(
        [shown.status, shown.body],
        [200, { data: null, message: "This asset is not managed by an RMM" }]
      )
      const asking = [
        tenant.admin.post(`${path}/refresh`),
        tenant.admin.post(`${path}/reboot`),
        tenant.admin.post(`${path}/script`, { script_id: 12 }),
        tenant.admin.get(`${path}/remote-control`)
      ]
      for (const { body, status } of yield* Effect.all(asking)) {
        assert.strictEqual(status, 409)
        assert.deepStrictEqual(body.error, {
          code: "CONFLICT",
          message: "This asset is not managed by an RMM",
          details: { code: "RMM_NOT_MANAGED" }
        })
      }
    })
  )

  it.effect("is not read without a connection, of an RMM that cannot be asked, or of no agent", () =>
    Effect.gen(function* () {
      const { admin, asset, id, path, tactical } = yield* makeManaged
      const refused = Effect.map(admin.post(`${path}/refresh`), ({ body, status }) => [
        status,
        body.error.details?.code
      ])
      yield* admin.put(`${assets}/${asset}`, tie("x".repeat(40)))
      assert.deepStrictEqual(yield* refused, [409, "RMM_AGENT_MISSING"])
      yield* admin.put(`${assets}/${asset}`, { ...tie(), rmm_provider: "ninjaone" })
      assert.deepStrictEqual(yield* refused, [409, "RMM_UNSUPPORTED"])
      assert.deepStrictEqual((yield* admin.post(`${path}/reboot`)).body.error.details, { code: "RMM_UNSUPPORTED" })
      yield* admin.put(`${assets}/${asset}`, tie())
      yield* (yield* RmmConnections).disconnect(id, "tacticalrmm")
      assert.deepStrictEqual(yield* refused, [409, "RMM_NOT_CONNECTED"])
      assert.deepStrictEqual((yield* admin.post(`${path}/reboot`)).body.error.details, { code: "RMM_NOT_CONNECTED" })
      assert.deepStrictEqual((yield* admin.get(`${path}/jobs`)).body.data, [])
      yield* connectTo(id, tactical)
      assert.strictEqual((yield* admin.post(`${path}/refresh`)).status, 200)
    })
  )

  const failures: ReadonlyArray<readonly [string, FakeAnswer | "silence" | "hangup", RegExp]> = [
    ["does not accept the key", { status: 401, body: { detail: "The token has expired." } }, /The token has expired/],
    ["does not allow it", { status: 403, body: { detail: "You do not" } }, /its role needs can_list_agents/],
    ["has failed", { status: 500, body: "<html>" }, /has failed \(500\)/],
    ["answers with a page", { status: 200, body: "<html>Log in</html>" }, /does not answer as Tactical RMM does/],
    ["never answers", "silence", /did not answer within 3 seconds/],
    ["hangs up", "hangup", /cannot be reached: it closed the connection/]
  ]
  for (const [what, give, message] of failures) {
    it.effect(`stays as it was when the RMM ${what}`, () =>
      Effect.gen(function* () {
        const { admin, asset, id, path, tactical } = yield* makeManaged
        yield* admin.post(`${path}/refresh`)
        const before = (yield* admin.get(path)).body
        tactical.next.push({ to: /./, give })
        const { body, status } = yield* admin.post(`${path}/refresh`)
        assert.deepStrictEqual([status, body.error.code], [502, "BAD_GATEWAY"])
        assert.match(body.error.message, message)
        assert.deepStrictEqual((yield* admin.get(path)).body, before)
        const [, failed] = yield* audits(id, asset)
        assert.include(failed?.details, { outcome: "failed", error: body.error.message })
      })
    )
  }

  it.effect("tells operators that the key is not accepted any more, until it is", () =>
    Effect.gen(function* () {
      const { admin, id, path, tactical } = yield* makeManaged
      tactical.next.push({ to: /./, give: { status: 401, body: { detail: "Invalid token." } } })
      yield* admin.post(`${path}/refresh`)
      const failing = yield* statusOf(id)
      assert.strictEqual(failing?.status, "failing")
      assert.match(failing?.last_error ?? "", /does not accept the API key/)
      yield* admin.post(`${path}/refresh`)
      assert.deepStrictEqual(yield* statusOf(id), { status: "connected", last_error: null })
    })
  )

  it.effect("is not kept of an agent that the asset was untied from meanwhile", () =>
    Effect.gen(function* () {
      const { admin, asset, path, tactical } = yield* makeManaged
      let answer = (_: FakeAnswer) => {}
      tactical.next.push({
        to: /./,
        give: new Promise((resolve) => {
          answer = resolve
        })
      })
      const refreshing = yield* Effect.forkChild(admin.post(`${path}/refresh`))
      yield* until(
        Effect.sync(() => tactical.calls.length),
        (calls) => calls > 0
      )
      yield* admin.put(`${assets}/${asset}`, tie(newAgent))
      answer({ status: 200, body: tactical.agents.get(windowsAgent) })
      const { status } = yield* Fiber.join(refreshing)
      assert.strictEqual(status, 409)
      assert.isNull((yield* admin.get(path)).body.data)
      assert.isNull((yield* admin.get(`${assets}/${asset}`)).body.data.agent_status)
    })
  )
})

suite("a reboot", (it) => {
  it.effect("is a job that is done once, and can be asked after", () =>
    Effect.gen(function* () {
      const { admin, asset, id, path, tactical, user } = yield* makeManaged
      const queued = yield* admin.post(`${path}/reboot`)
      assert.strictEqual(queued.status, 202, JSON.stringify(queued.body))
      const { data, ...old } = queued.body
      assert.deepStrictEqual(old, {
        success: true,
        message: "Reboot queued for execution on DESK-17",
        jobId: data.job_id
      })
      assert.include(data, {
        asset_id: asset,
        provider: "tacticalrmm",
        device_id: windowsAgent,
        action: "reboot",
        status: "queued",
        attempts: 0,
        requested_by: user.user_id,
        started_at: null,
        error: null
      })
      const job = yield* ended(admin, path, data.job_id)
      assert.include(job, { status: "succeeded", attempts: 1, error: null, error_code: null, output: null })
      assert.isTrue(job.started_at >= job.created_at && job.finished_at >= job.started_at)
      assert.deepStrictEqual(tactical.asked(/reboot/), [`POST /agents/${windowsAgent}/reboot/`])
      const kept = yield* audits(id, asset)
      assert.deepStrictEqual(
        kept.map(({ details, operation, user_id }) => [operation, user_id, details["outcome"], details["job_id"]]),
        [
          ["RMM_REBOOT", user.user_id, "queued", job.job_id],
          ["RMM_REBOOT", user.user_id, "succeeded", job.job_id]
        ]
      )
      const history = (yield* admin.get(`${assets}/${asset}/history`)).body.data
      assert.deepStrictEqual(
        history.slice(0, 2).map(({ change_type }: { change_type: string }) => change_type),
        ["rmm_job_finished", "rmm_job_queued"]
      )
    })
  )

  it.effect("is one, however often the request is sent", () =>
    Effect.gen(function* () {
      const { admin, path, tactical } = yield* makeManaged
      const send = admin.post(`${path}/reboot`, undefined, { "idempotency-key": "reboot-1" })
      const first = yield* send
      const again = yield* Effect.all([send, send, send, send], { concurrency: "unbounded" })
      for (const { body, status } of again) {
        assert.include([202, 409], status)
        if (status === 202) assert.deepStrictEqual(body, first.body)
      }
      yield* ended(admin, path, first.body.jobId)
      assert.strictEqual((yield* send).body.jobId, first.body.jobId)
      assert.strictEqual((yield* admin.get(`${path}/jobs`)).body.pagination.total, 1)
      assert.strictEqual(tactical.asked(/reboot/).length, 1)
    })
  )

  const endings: ReadonlyArray<readonly [string, RegExp, FakeAnswer | "silence" | "hangup", string]> = [
    ["the agent is offline", /ping/, { status: 200, body: { status: "offline" } }, "RMM_AGENT_OFFLINE"],
    ["the agent has gone", /ping/, { status: 404, body: { detail: "No Agent matches" } }, "RMM_AGENT_MISSING"],
    [
      "the agent cannot be contacted",
      /reboot/,
      { status: 400, body: '"Unable to contact the agent"' },
      "RMM_AGENT_OFFLINE"
    ],
    ["the key is not accepted", /ping/, { status: 401, body: { detail: "Invalid token." } }, "RMM_REFUSED"],
    ["a right is missing", /reboot/, { status: 403, body: { detail: "You do not" } }, "RMM_FORBIDDEN"],
    ["nobody answers the ping", /ping/, "silence", "RMM_TIMEOUT"],
    ["nobody answers", /reboot/, "silence", "OUTCOME_UNKNOWN"],
    ["the connection breaks", /reboot/, "hangup", "OUTCOME_UNKNOWN"],
    ["the server fails", /reboot/, { status: 500, body: "<html>" }, "OUTCOME_UNKNOWN"]
  ]
  for (const [what, to, give, code] of endings) {
    it.effect(`fails, and is not tried again, when ${what}`, () =>
      Effect.gen(function* () {
        const { admin, asset, id, path, tactical } = yield* makeManaged
        tactical.next.push({ to, give })
        const { body, status } = yield* admin.post(`${path}/reboot`)
        assert.strictEqual(status, 202)
        const job = yield* ended(admin, path, body.data.job_id)
        assert.include(job, { status: "failed", error_code: code, attempts: 1 })
        assert.isAbove(job.error.length, 10)
        assert.isAtMost(tactical.asked(/reboot/).length, 1)
        const last = (yield* audits(id, asset)).at(-1)
        assert.include(last?.details, { outcome: "failed", error_code: code, error: job.error })
      })
    )
  }
})

suite("a script", (it) => {
  it.effect("is run, and what it writes is kept", () =>
    Effect.gen(function* () {
      const { admin, path, tactical } = yield* makeManaged
      const { body, status } = yield* admin.post(`${path}/script`, { script_id: 12, args: ["-Verbose"], timeout: 60 })
      assert.strictEqual(status, 202, JSON.stringify(body))
      assert.strictEqual(body.message, "Script queued for execution on DESK-17")
      assert.include(body.data, { action: "script", script_id: "12", timeout_seconds: 60, status: "queued" })
      const job = yield* ended(admin, path, body.jobId)
      assert.include(job, { status: "succeeded", output: "3 files deleted\r\n", exit_code: 0, output_truncated: false })
      assert.deepStrictEqual(job.args, ["-Verbose"])
      const run = tactical.calls.find(({ call }) => call.includes("/runscript/"))
      const sent: unknown = JSON.parse(run?.body ?? "")
      assert.deepStrictEqual(sent, {
        script: 12,
        output: "wait",
        args: ["-Verbose"],
        env_vars: ["LEVEL=2"],
        run_as_user: true,
        timeout: 60
      })
    })
  )

  it.effect("may be named as existing clients do", () =>
    Effect.gen(function* () {
      const { admin, path } = yield* makeManaged
      for (const script of [{ scriptId: "13" }, { scriptId: 13 }, { script_id: "13", scriptId: 13 }]) {
        const { body } = yield* admin.post(`${path}/script`, script)
        assert.include(yield* ended(admin, path, body.jobId), { status: "succeeded", output: "hello\n", args: null })
      }
    })
  )

  it.effect("that ends badly fails, and what it wrote is kept", () =>
    Effect.gen(function* () {
      const { admin, path, tactical } = yield* makeManaged
      const run = (script_id: number) =>
        Effect.flatMap(admin.post(`${path}/script`, { script_id }), ({ body }) => ended(admin, path, body.jobId))
      tactical.outputs.set(13, { output: "no such file", retcode: 3_221_225_477 })
      assert.include(yield* run(13), {
        status: "failed",
        error_code: "SCRIPT_FAILED",
        error: "The script ended with exit code 3221225477",
        exit_code: 3_221_225_477,
        output: "no such file"
      })
      tactical.outputs.set(13, { output: "half\nScript timed out after 90 seconds", retcode: 98 })
      assert.include(yield* run(13), { status: "failed", error_code: "SCRIPT_TIMED_OUT", exit_code: 98 })
      assert.include(yield* run(77), { status: "failed", error_code: "RMM_SCRIPT_MISSING", output: null })
      for (const [body, code] of [
        ["timeout", "OUTCOME_UNKNOWN"],
        ["natsdown", "RMM_SERVER_ERROR"]
      ] as const) {
        tactical.next.push({ to: /runscript/, give: { status: 200, body: JSON.stringify(body) } })
        assert.include(yield* run(13), { status: "failed", error_code: code, output: null })
      }
    })
  )

  it.effect("that writes much has the first 64 KiB of it kept, in whole characters", () =>
    Effect.gen(function* () {
      const { admin, path, tactical } = yield* makeManaged
      tactical.outputs.set(13, { output: `\u0000x${"é".repeat(40_000)}`, retcode: 0 })
      const { body } = yield* admin.post(`${path}/script`, { script_id: 13 })
      const job = yield* ended(admin, path, body.jobId)
      assert.include(job, { status: "succeeded", output_truncated: true })
      assert.strictEqual(job.output, `x${"é".repeat(32_767)}`)
    })
  )

  it.effect("is checked before it is queued", () =>
    Effect.gen(function* () {
      const { admin, path, tactical } = yield* makeManaged
      const cases: ReadonlyArray<readonly [unknown, ReadonlyArray<unknown>]> = [
        [{}, ["script_id"]],
        [{ script_id: "" }, ["script_id"]],
        [{ script_id: "clear" }, ["script_id"]],
        [{ script_id: 12, scriptId: 13 }, ["scriptId"]],
        [{ script_id: 12, timeout: 0 }, ["timeout"]],
        [{ script_id: 12, timeout: 281 }, ["timeout"]],
        [{ script_id: 12, args: "-Verbose" }, ["args"]],
        [{ script_id: 12, args: ["fine", "{{global.password}}"] }, ["args", 1]],
        [{ script_id: 12, args: Array.from({ length: 51 }, () => "x") }, ["args"]]
      ]
      for (const [script, field] of cases) {
        const { body, status } = yield* admin.post(`${path}/script`, script)
        assert.strictEqual(status, 400, JSON.stringify(script))
        assert.deepStrictEqual(body.error.details[0].path, field, JSON.stringify(body))
      }
      assert.deepStrictEqual(tactical.calls, [])
      assert.strictEqual((yield* admin.get(`${path}/jobs`)).body.pagination.total, 0)
    })
  )

  it.effect("leaves no argument in what is accounted for", () =>
    Effect.gen(function* () {
      const { admin, asset, id, path } = yield* makeManaged
      const { body } = yield* admin.post(`${path}/script`, { script_id: 12, args: ["hunter2-secret"] })
      yield* ended(admin, path, body.jobId)
      const kept = yield* audits(id, asset)
      assert.deepStrictEqual(
        kept.map(({ details, operation }) => [operation, details["outcome"]]),
        [
          ["RMM_SCRIPT", "queued"],
          ["RMM_SCRIPT", "succeeded"]
        ]
      )
      assert.notInclude(JSON.stringify(kept), "hunter2-secret")
    })
  )
})

suite("remote control", (it) => {
  it.effect("is handed out to who asks, and kept nowhere", () =>
    Effect.gen(function* () {
      const { admin, asset, id, path } = yield* makeManaged
      const splashtop = yield* admin.get(`${path}/remote-control`)
      assert.strictEqual(splashtop.status, 200, JSON.stringify(splashtop.body))
      assert.strictEqual(splashtop.headers.get("cache-control"), "no-store")
      assert.strictEqual(splashtop.body.data.type, "splashtop")
      assert.include(splashtop.body.data.url, "viewmode=11")
      const shell = (yield* admin.get(`${path}/remote-control?type=shell`)).body.data
      assert.include(shell.url, "viewmode=12")
      const kept = yield* audits(id, asset)
      assert.deepStrictEqual(
        kept.map(({ details, operation }) => [operation, details["outcome"], details["type"]]),
        [
          ["RMM_REMOTE_CONTROL", "succeeded", "splashtop"],
          ["RMM_REMOTE_CONTROL", "succeeded", "shell"]
        ]
      )
      assert.notInclude(JSON.stringify(kept), "login")
    })
  )

  it.effect("is refused where there is none", () =>
    Effect.gen(function* () {
      const { admin, asset, id, path, tactical } = yield* makeManaged
      const asked = (type: string) =>
        Effect.map(admin.get(`${path}/remote-control?type=${type}`), ({ body, status }) => [
          status,
          body.error.details?.code ?? body.error.code
        ])
      assert.strictEqual((yield* admin.get(`${path}/remote-control?type=telepathy`)).status, 400)
      assert.deepStrictEqual(yield* asked("teamviewer"), [409, "RMM_UNSUPPORTED"])
      tactical.next.push({ to: /mesh/, give: { status: 500, body: "<html>" } })
      assert.deepStrictEqual(yield* asked("rdp"), [502, "BAD_GATEWAY"])
      tactical.next.push({ to: /mesh/, give: "silence" })
      assert.deepStrictEqual(yield* asked("rdp"), [502, "BAD_GATEWAY"])
      yield* admin.put(`${assets}/${asset}`, tie(linuxAgent))
      assert.deepStrictEqual(yield* asked("rdp"), [409, "RMM_AGENT_OFFLINE"])
      const outcomes = (yield* audits(id, asset)).map(({ details }) => details["outcome"])
      assert.deepStrictEqual(outcomes, ["failed", "failed", "failed", "failed"])
    })
  )
})

suite("jobs", (it) => {
  it.effect("are listed for their asset, the latest first, without their output", () =>
    Effect.gen(function* () {
      const managed = yield* makeManaged
      const { admin, path, tactical } = managed
      const reboot = (yield* admin.post(`${path}/reboot`)).body.jobId
      yield* ended(admin, path, reboot)
      tactical.outputs.set(13, { output: "oops", retcode: 1 })
      const script = (yield* admin.post(`${path}/script`, { script_id: 13 })).body.jobId
      yield* ended(admin, path, script)
      const idsOf = (query: string) =>
        Effect.map(admin.get(`${path}/jobs${query}`), ({ body }) =>
          body.data.map(({ job_id }: { job_id: string }) => job_id)
        )
      assert.deepStrictEqual(yield* idsOf(""), [script, reboot])
      assert.deepStrictEqual(yield* idsOf("?order=asc&limit=1"), [reboot])
      assert.deepStrictEqual(yield* idsOf("?status=failed"), [script])
      assert.deepStrictEqual(yield* idsOf("?action=reboot"), [reboot])
      assert.deepStrictEqual(yield* idsOf("?status=queued"), [])
      const { body } = yield* admin.get(`${path}/jobs`)
      assert.strictEqual(body.pagination.total, 2)
      for (const job of body.data) assert.notProperty(job, "output")
      const other = `${assets}/${yield* makeAsset(managed)}/rmm/jobs`
      assert.deepStrictEqual((yield* admin.get(other)).body.data, [])
      assert.strictEqual((yield* admin.get(`${other}/${script}`)).status, 404)
      assert.strictEqual((yield* admin.get(`${path}/jobs/nonsense`)).status, 400)
    })
  )

  it.effect("and all else are the tenant's, and for those who may", () =>
    Effect.gen(function* () {
      const { admin, as, path, tactical } = yield* makeManaged
      const { jobId } = (yield* admin.post(`${path}/reboot`)).body
      yield* ended(admin, path, jobId)
      const technician = yield* as("Technician")
      const denied = { code: "FORBIDDEN", message: "Permission denied: Cannot execute_command rmm" }
      const acting = [
        technician.post(`${path}/reboot`),
        technician.post(`${path}/script`, { script_id: 12 }),
        technician.get(`${path}/remote-control`)
      ]
      for (const { body, status } of yield* Effect.all(acting))
        assert.deepStrictEqual([status, body.error], [403, denied])
      const reading = [
        technician.get(path),
        technician.get(`${path}/jobs`),
        technician.get(`${path}/jobs/${jobId}`),
        technician.post(`${path}/refresh`)
      ]
      for (const { status } of yield* Effect.all(reading)) assert.strictEqual(status, 200)
      assert.strictEqual((yield* (yield* as("Finance")).post(`${path}/refresh`)).status, 403)
      const asked = tactical.calls.length
      const stranger = (yield* makeTenant).admin
      const strangers = [
        stranger.get(path),
        stranger.post(`${path}/refresh`),
        stranger.post(`${path}/reboot`),
        stranger.post(`${path}/script`, { script_id: 12 }),
        stranger.get(`${path}/remote-control`),
        stranger.get(`${path}/jobs`),
        stranger.get(`${path}/jobs/${jobId}`)
      ]
      for (const { status } of yield* Effect.all(strangers)) assert.strictEqual(status, 404)
      assert.strictEqual(tactical.calls.length, asked)
    })
  )

  it.effect("go with their asset", () =>
    Effect.gen(function* () {
      const { admin, asset, id, path } = yield* makeManaged
      yield* ended(admin, path, (yield* admin.post(`${path}/reboot`)).body.jobId)
      yield* admin.post(`${path}/refresh`)
      assert.strictEqual((yield* admin.delete(`${assets}/${asset}`)).status, 204)
      const sql = yield* SqlClient.SqlClient
      assert.deepStrictEqual(yield* sql`SELECT 1 FROM rmm_jobs WHERE tenant = ${id}`, [])
      assert.deepStrictEqual(yield* sql`SELECT 1 FROM asset_rmm_data WHERE tenant = ${id}`, [])
    })
  )
})
