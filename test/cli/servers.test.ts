/** The service on servers that it does not start itself: PostgreSQL by DATABASE_URL, Redis by REDIS_URL. */
import { randomUUID } from "node:crypto"
import { existsSync } from "node:fs"
import { connect } from "node:net"
import { join } from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { layerUrl } from "../../src/layers/Database.ts"
import { dataDirectory, json, keyIn, removeAll, serve } from "../support/process.ts"

const postgres = process.env["TEST_POSTGRES_URL"] ?? "postgres://postgres@127.0.0.1:5432/postgres"
const redis = process.env["TEST_REDIS_URL"] ?? "redis://127.0.0.1:6379"

const isThere = (url: string) =>
  new Promise<boolean>((resolve) => {
    const { hostname, port } = new URL(url)
    const connection = connect({ host: hostname, port: Number(port) })
    connection.once("connect", () => resolve(true)).once("error", () => resolve(false))
    connection.once("connect", () => connection.destroy())
  })

const inPostgres = (statement: string) =>
  Effect.runPromise(
    Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe(statement)).pipe(
      Effect.provide(layerUrl(Redacted.make(postgres), 1))
    )
  )

const usable = await inPostgres("SELECT 1").then(
  () => true,
  () => false
)
const redisUsable = usable && (await isThere(redis))
if (!usable) console.warn(`NOT TESTED: DATABASE_URL, for there is no PostgreSQL at ${postgres} (TEST_POSTGRES_URL)`)
if (!redisUsable) console.warn(`NOT TESTED: REDIS_URL, for there is no Redis at ${redis} (TEST_REDIS_URL)`)

const database = `psa_test_${randomUUID().replaceAll("-", "")}`
const DATABASE_URL = Object.assign(new URL(postgres), { pathname: `/${database}` }).href

afterAll(async () => {
  await removeAll()
  if (usable) await inPostgres(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`)
})

describe.runIf(usable)("on a PostgreSQL server of somebody's", { timeout: 120_000 }, () => {
  it("starts none of its own, makes no demo, and does everything else", async () => {
    await inPostgres(`CREATE DATABASE ${database}`)
    const DATA_DIR = dataDirectory()
    const env = { DATA_DIR, DATABASE_URL }
    const first = await serve(env)
    assert.strictEqual(keyIn(first.output.stdout), "")
    assert.include(first.output.stdout, "psa -- tenant create")
    const { api_key } = await json(["tenant", "create", "--name", "Elsewhere", "--email", "a@elsewhere.example"], env)
    const status = async (url: string) =>
      (await fetch(`${url}/api/v1/tickets`, { headers: { "x-api-key": api_key } })).status
    assert.strictEqual(await status(first.url), 200)
    assert.strictEqual((await first.stop()).code, 0)
    assert.isFalse(existsSync(join(DATA_DIR, "postgres")))
    // Two at once, on one database.
    const both = await Promise.all([serve(env), serve(env)])
    for (const { output, stop, url } of both) {
      assert.notInclude(output.stdout, "tenant create")
      assert.strictEqual(await status(url), 200)
      assert.strictEqual((await stop()).code, 0)
    }
  })

  it.runIf(redisUsable)("shares one bucket a key between instances, by Redis", async () => {
    const env = { DATA_DIR: dataDirectory(), DATABASE_URL, REDIS_URL: redis, LOG_LEVEL: "warn" }
    const { api_key } = await json(["tenant", "create", "--name", "Limited", "--email", "a@limited.example"], env)
    const [one, other] = await Promise.all([serve(env), serve(env)])
    const ask = async (url: string) => {
      const response = await fetch(`${url}/api/v1/boards`, { headers: { "x-api-key": api_key } })
      await response.text()
      return { status: response.status, remaining: Number(response.headers.get("x-ratelimit-remaining")) }
    }
    const started = performance.now()
    const answers = await Promise.all(
      Array.from({ length: 300 }, (_, index) => ask(index % 2 === 0 ? one.url : other.url))
    )
    const passed = answers.filter(({ status }) => status === 200).length
    // One bucket: what it holds, and what came back meanwhile. Two would have let twice as many pass.
    assert.isAtLeast(passed, 120)
    assert.isAtMost(passed, 121 + Math.ceil((performance.now() - started) / 1000))
    assert.strictEqual((await one.stop()).code, 0)
    assert.strictEqual((await other.stop()).code, 0)
  })
})
