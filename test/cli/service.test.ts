/** The service as a process: its first start, its end, and what it survives. */
import { once } from "node:events"
import { existsSync } from "node:fs"
import { createServer } from "node:http"
import { type AddressInfo, connect } from "node:net"
import { join } from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { dataDirectory, keyIn, postgresGone, removeAll, run, serve } from "../support/process.ts"

afterAll(removeAll)

const tickets = async (url: string, key: string) => {
  const response = await fetch(`${url}/api/v1/tickets?limit=1`, { headers: { "x-api-key": key } })
  const body: { pagination: { total: number } } = JSON.parse(await response.text())
  return { status: response.status, total: body.pagination.total }
}

describe("the service", { timeout: 120_000 }, () => {
  it("shows a working key on the first start, once; keeps its data; stops when told to", async () => {
    const DATA_DIR = dataDirectory()
    const first = await serve({ DATA_DIR })
    const key = keyIn(first.output.stdout)
    assert.deepStrictEqual(await tickets(first.url, key), { status: 200, total: 200 })
    assert.strictEqual((await fetch(`${first.url}/api/docs`)).status, 200)

    const second = await run(["serve"], { DATA_DIR, PORT: "0" })
    assert.strictEqual(second.code, 1)
    assert.match(second.stderr, /^psa: \S+ is in use by another service .*\n$/)
    assert.strictEqual(second.stdout, "")

    const ended = await first.stop("SIGINT")
    assert.strictEqual(ended.code, 0)
    assert.isFalse(existsSync(join(DATA_DIR, "postgres/postmaster.pid")))

    const again = await serve({ DATA_DIR })
    assert.strictEqual(keyIn(again.output.stdout), "")
    assert.deepStrictEqual(await tickets(again.url, key), { status: 200, total: 200 })

    await again.stop("SIGKILL")
    await postgresGone(DATA_DIR)
    const recovered = await serve({ DATA_DIR })
    assert.deepStrictEqual(await tickets(recovered.url, key), { status: 200, total: 200 })
    assert.strictEqual((await recovered.stop()).code, 0)
    assert.isFalse(existsSync(join(DATA_DIR, "postgres/postmaster.pid")))
  })

  it("answers what is in flight before it stops, whoever holds connections open", async () => {
    const DATA_DIR = dataDirectory()
    const service = await serve({ DATA_DIR, LOG_LEVEL: "warn" })
    const key = keyIn(service.output.stdout)
    const { hostname, port } = new URL(service.url)
    const connection = () => connect({ host: hostname, port: Number(port) }).setEncoding("utf8")

    const unused = connection()
    const idle = connection()
    idle.write(`GET /api/health HTTP/1.1\r\nHost: x\r\n\r\n`)
    await once(idle, "data")
    const slow = connection()
    const body = JSON.stringify({ board_name: "Late" })
    slow.write(
      `POST /api/v1/boards HTTP/1.1\r\nHost: x\r\nX-Api-Key: ${key}\r\nContent-Type: application/json\r\n` +
        `Content-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`
    )
    // The service has read the head, and waits for the body.
    assert.match(String(await once(slow, "data")), /^HTTP\/1.1 100 /)

    const ended = service.stop()
    // It takes no new connections any more, and lets go of those that are idle.
    await Promise.all([once(unused.resume(), "close"), once(idle.resume(), "close")])
    await assertRefused(hostname, Number(port))
    slow.write(body)
    let answer = ""
    slow.on("data", (text) => {
      answer += text
    })
    await once(slow, "close")
    assert.match(answer, /^HTTP\/1.1 201 /)
    assert.match(answer, /connection: close/i)
    assert.match(answer, /"board_name":"Late"/)
    assert.strictEqual((await ended).code, 0)
  })

  it("makes no key that nobody sees when its port is taken", async () => {
    const DATA_DIR = dataDirectory()
    const other = createServer().listen(0, "127.0.0.1")
    await once(other, "listening")
    const { port } = other.address() as AddressInfo
    const refused = await run(["serve"], { DATA_DIR, HOST: "127.0.0.1", PORT: String(port) })
    other.close()
    assert.strictEqual(refused.code, 1)
    assert.match(refused.stderr, /^psa: Cannot listen on 127.0.0.1:\d+: .*\n$/)
    const service = await serve({ DATA_DIR })
    assert.match(keyIn(service.output.stdout), /^psa_/)
    assert.strictEqual((await service.stop()).code, 0)
  })

  it("names what is wrong with its settings in one line", async () => {
    const cases: ReadonlyArray<readonly [Record<string, string>, RegExp]> = [
      [{ EDITION: "professional" }, /^psa: Bad configuration: EDITION: .*\n$/],
      [{ PORT: "http" }, /^psa: Bad configuration: PORT: .*\n$/],
      [{ PORT: "65536" }, /^psa: Bad configuration: PORT: .*\n$/],
      [{ LOG_LEVEL: "loud" }, /^psa: Bad configuration: LOG_LEVEL: .*\n$/],
      [{ DATABASE_URL: "postgres://someone:hush@127.0.0.1:1/psa" }, /^psa: The database cannot be reached: .*\n$/],
      [{ DATABASE_URL: "nonsense" }, /^psa: The database cannot be reached: .*\n$/],
      [{}, /^psa: The embedded PostgreSQL did not start: .*\n$/]
    ]
    for (const [env, expected] of cases) {
      const { code, stderr, stdout } = await run(["serve"], { DATA_DIR: "/dev/null/data", PORT: "0", ...env })
      assert.strictEqual(code, 1)
      assert.match(stderr, expected)
      assert.notInclude(stderr, "hush")
      assert.strictEqual(stdout, "")
    }
  })
})

const assertRefused = async (host: string, port: number) => {
  const [error] = await once(connect({ host, port }), "error")
  assert.strictEqual(error.code, "ECONNREFUSED")
}
