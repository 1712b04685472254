/** The commands, while the service runs on the same data and while it does not. */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { dataDirectory, json, removeAll, run, serve } from "../support/process.ts"

describe("the commands", { timeout: 120_000 }, () => {
  let DATA_DIR = ""
  beforeAll(() => {
    DATA_DIR = dataDirectory()
  })
  afterAll(removeAll)

  it("make tenants, users and keys with and without the service, and say in one line what they refuse", async () => {
    const env = { DATA_DIR }
    const made = await json(
      ["tenant", "create", "--name", "Acme IT", "--email", "Admin@acme.example", "--password", "Blue7!Harbor"],
      env
    )
    assert.deepStrictEqual(Object.keys(made), ["tenant", "client_name", "email", "user_id", "api_key_id", "api_key"])
    assert.strictEqual(made.email, "admin@acme.example")

    const again = await run(["tenant", "create", "--name", "acme it", "--email", "x@acme.example"], env)
    assert.deepStrictEqual([again.code, again.stdout], [1, ""])
    assert.match(again.stderr, /^psa: A tenant with this name already exists\n$/)
    const weak = await run(
      ["tenant", "create", "--name", "B", "--email", "b@b.example", "--password", "Password1!"],
      env
    )
    assert.match(weak.stderr, /^psa: password: Expected something less common\n$/)

    const service = await serve(env)
    assert.notInclude(service.output.stdout, "API key")
    const status = async (key: string) =>
      (await fetch(`${service.url}/api/v1/boards`, { headers: { "x-api-key": key } })).status
    assert.strictEqual(await status(made.api_key), 200)

    const user = await json(
      ["user", "create", "--tenant", "ACME it", "--email", "tech@acme.example"].concat(
        ["--role", "technician"],
        ["--role", "partner-admin"]
      ),
      env
    )
    assert.strictEqual(user.tenant, made.tenant)
    const key = await json(
      ["key", "create", "--tenant", made.tenant, "--email", "tech@acme.example"].concat(
        ["--description", "Laptop"],
        ["--expires-at", "2199-01-01T00:00:00+02:00"]
      ),
      env
    )
    assert.deepStrictEqual(
      [key.user_id, key.description, key.expires_at],
      [user.user_id, "Laptop", "2198-12-31T22:00:00.000Z"]
    )
    assert.strictEqual(await status(key.api_key), 200)

    const listed: ReadonlyArray<{ api_key_id: string }> = await json(["key", "list", "--tenant", "Acme IT"], env)
    assert.deepStrictEqual(
      listed.map(({ api_key_id }) => api_key_id),
      [key.api_key_id, made.api_key_id]
    )
    assert.notInclude(JSON.stringify(listed), key.api_key)

    const gone = await json(["key", "deactivate", "--tenant", "Acme IT", "--id", key.api_key_id], env)
    assert.deepStrictEqual(gone, { tenant: made.tenant, api_key_id: key.api_key_id, active: false })
    while ((await status(key.api_key)) !== 401) await new Promise((resolve) => setImmediate(resolve))
    assert.strictEqual(await status(made.api_key), 200)

    assert.deepStrictEqual(await json(["feature", "enable", "--tenant", "Acme IT", "--feature", "hudu"], env), {
      tenant: made.tenant,
      feature: "hudu",
      enabled: true
    })
    assert.deepStrictEqual(await json(["migrate"], env), { edition: "community", migrated: true })

    const refused: ReadonlyArray<readonly [ReadonlyArray<string>, RegExp]> = [
      [["key", "list", "--tenant", "Nobody"], /^psa: Tenant Nobody not found\n$/],
      [["key", "create", "--tenant", "Acme IT", "--email", "x@y.example"], /^psa: User x@y.example not found\n$/],
      [
        ["user", "create", "--tenant", "Acme IT", "--email", "n@acme.example", "--role", "Boss"],
        /^psa: Role Boss not found\n$/
      ],
      [["user", "create", "--tenant", "Acme IT", "--email", "nonsense", "--role", "Admin"], /^psa: email: .*\n$/],
      [["key", "deactivate", "--tenant", "Acme IT", "nonsense"], /^psa: Invalid API key ID format\n$/]
    ]
    for (const [args, expected] of refused) {
      const { code, stderr, stdout } = await run(args, env)
      assert.deepStrictEqual([code, stdout], [1, ""])
      assert.match(stderr, expected)
    }
    assert.strictEqual((await service.stop()).code, 0)
  })

  it("make up the same data for the same seed", async () => {
    const env = { DATA_DIR }
    const one = await json(["seed", "--tickets", "300", "--seed", "7"], env)
    const other = await json(["seed", "--tickets", "300", "--seed", "7"], env)
    const service = await serve(env)
    const titles = async (key: string) => {
      const response = await fetch(`${service.url}/api/v1/tickets?sort=ticket_number&order=asc&limit=100&page=2`, {
        headers: { "x-api-key": key }
      })
      const body: { data: ReadonlyArray<{ title: string }> } = JSON.parse(await response.text())
      return body.data.map(({ title }) => title)
    }
    const own = ["tenant", "client_name", "user_id", "api_key_id", "api_key"]
    const counts = (demo: object) => Object.entries(demo).filter(([name]) => !own.includes(name))
    assert.strictEqual(one.tickets, 300)
    assert.deepStrictEqual(counts(other), counts(one))
    assert.notStrictEqual(other.tenant, one.tenant)
    const found = await titles(one.api_key)
    assert.strictEqual(found.length, 100)
    assert.isAbove(new Set(found).size, 20)
    assert.deepStrictEqual(await titles(other.api_key), found)
    assert.strictEqual((await service.stop()).code, 0)
  })

  it("explain themselves, and what they are given wrongly", async () => {
    const help = await run(["key", "create", "--help"], { DATA_DIR })
    assert.strictEqual(help.code, 0)
    assert.include(help.stdout, "--expires-at")
    const unknown = await run(["key", "list", "--tenant", "x", "--nonsense"], { DATA_DIR })
    assert.deepStrictEqual([unknown.code, unknown.stdout], [1, ""])
    assert.include(unknown.stderr, "--nonsense")
    const missing = await run(["tenant", "create", "--name", "x"], { DATA_DIR })
    assert.strictEqual(missing.code, 1)
    assert.include(missing.stderr, "--email")
  })

  it("print the OpenAPI document without a database", async () => {
    const asJson = await run(["openapi"], { DATA_DIR: "/dev/null/nowhere" })
    assert.strictEqual(asJson.code, 0)
    const document: { openapi: string; paths: object } = JSON.parse(asJson.stdout)
    assert.match(document.openapi, /^3\.1\./)
    assert.include(Object.keys(document.paths), "/api/v1/tickets/{id}")
    const asYaml = await run(["openapi", "--format", "yaml"], { DATA_DIR: "/dev/null/nowhere" })
    assert.match(asYaml.stdout, /^openapi: "3\.1\./)
  })
})
