/** What is installed on assets, over HTTP and PostgreSQL. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { foldSoftwareCounts } from "../../src/services/softwareCounts.ts"
import { makeAsset, makeClient } from "../support/fixtures.ts"
import { type Client, makeTenant, suite } from "../support/service.ts"

const base = "/api/v1/assets"
const searching = "/api/v1/software/search"
const nobody = "00000000-0000-4000-8000-000000000000"
const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

type Entry = Readonly<Record<string, unknown>>

const desk = Effect.gen(function* () {
  const tenant = yield* makeTenant
  const asset = yield* makeAsset(tenant)
  return { tenant, admin: tenant.admin, owner: tenant.tenant.tenant, asset, path: `${base}/${asset}/software` }
})

/** Makes these the software of an asset; what that has changed. */
const install = Effect.fnUntraced(function* (client: Client, asset: string, ...software: ReadonlyArray<Entry>) {
  const { body, status } = yield* client.put(`${base}/${asset}/software`, { software })
  assert.strictEqual(status, 200, JSON.stringify(body))
  return body.data
})

const namesAt = Effect.fnUntraced(function* (client: Client, path: string) {
  const { body, status } = yield* client.get(path)
  assert.strictEqual(status, 200, JSON.stringify(body))
  const names: ReadonlyArray<string> = body.data.map(({ name }: { readonly name: string }) => name)
  assert.strictEqual(body.pagination.total, names.length, path)
  return names.join(" ")
})

/** What is found across the tenant: each piece's name and how many have it, in order. */
const found = Effect.fnUntraced(function* (client: Client, query = "") {
  const { body, status } = yield* client.get(`${searching}?${query}`)
  assert.strictEqual(status, 200, JSON.stringify(body))
  assert.strictEqual(body.pagination.total, body.data.length, query)
  const first = yield* client.get(`${searching}?${query}&limit=1`)
  assert.strictEqual(first.body.pagination.total, body.data.length, query)
  return body.data.map((row: Entry) => `${row["name"]} ${row["install_count"]}`).join(", ")
})

const days = (count: number) => new Date(Date.now() + count * 86_400_000).toISOString()

suite("the software of an asset", (it) => {
  it.effect("is replaced as a whole, and what was there is remembered", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { admin, asset, owner, path } = yield* desk
      const first = yield* install(
        admin,
        asset,
        {
          name: "  Mozilla   Firefox ",
          publisher: "Mozilla",
          version: "138.0",
          category: "Browser",
          install_date: "2026-02-11T01:00:00+01:00",
          install_path: "C:\\Program Files\\Firefox",
          size_bytes: 5_000_000_000
        },
        {
          name: "Defender",
          category: "Security",
          is_security_relevant: true,
          is_managed: true,
          software_type: "system"
        },
        { name: "Graphics driver", publisher: null, version: " ", software_type: "driver", install_date: days(-3) }
      )
      const none = { updated: 0, uninstalled: 0, unchanged: 0, duplicates: 0 }
      assert.deepStrictEqual(first, { asset_id: asset, total_installed: 3, installed: 3, ...none })
      const { body } = yield* admin.get(path)
      assert.deepStrictEqual(
        body.data.map(({ name }: Entry) => name),
        ["Defender", "Graphics driver", "Mozilla   Firefox"]
      )
      const firefox = body.data[2]
      const { first_seen_at, last_seen_at, software_id, ...row } = firefox
      assert.deepStrictEqual(row, {
        name: "Mozilla   Firefox",
        publisher: "Mozilla",
        category: "Browser",
        software_type: "application",
        is_managed: false,
        is_security_relevant: false,
        version: "138.0",
        install_date: "2026-02-11T00:00:00.000Z",
        install_path: "C:\\Program Files\\Firefox",
        size_bytes: 5_000_000_000,
        is_current: true,
        uninstalled_at: null
      })
      assert.match(first_seen_at, iso)
      assert.strictEqual(first_seen_at, last_seen_at)
      assert.deepInclude(body.data[1], { publisher: null, version: null, category: null })
      assert.deepStrictEqual(body.summary, {
        total_installed: 3,
        by_category: { Browser: 1, Security: 1, Uncategorized: 1 },
        by_type: { application: 1, driver: 1, update: 0, system: 1 },
        security_software_count: 1,
        managed_software_count: 1,
        recently_installed_count: 2
      })
      assert.deepStrictEqual(body.pagination, {
        page: 1,
        limit: 50,
        total: 3,
        totalPages: 1,
        hasNext: false,
        hasPrev: false
      })
      assert.deepStrictEqual(body.meta, { sort: "name", order: "asc", filters: {} })

      const second = yield* install(
        admin,
        asset,
        { name: "mozilla firefox", publisher: "Mozilla", version: "139.0" },
        { name: "DEFENDER" },
        { name: "Vim", category: "Development" }
      )
      assert.deepStrictEqual(second, {
        asset_id: asset,
        total_installed: 3,
        installed: 1,
        updated: 1,
        uninstalled: 1,
        unchanged: 1,
        duplicates: 0
      })
      const now = (yield* admin.get(`${path}?include_uninstalled=true`)).body
      assert.deepStrictEqual(
        now.data.map(({ is_current, name, version }: Entry) => [name, version, is_current]),
        [
          ["Defender", null, true],
          ["Graphics driver", null, false],
          ["Mozilla   Firefox", "139.0", true],
          ["Vim", null, true]
        ]
      )
      const updated = now.data[2]
      assert.deepInclude(updated, { software_id, first_seen_at, install_date: null, category: "Browser" })
      assert.isTrue(updated.last_seen_at > last_seen_at)
      const gone = now.data[1]
      assert.match(gone.uninstalled_at, iso)
      assert.strictEqual(now.summary.total_installed, 3, "What is not installed does not count")
      assert.strictEqual(yield* namesAt(admin, path), "Defender Mozilla   Firefox Vim")

      const back = yield* install(admin, asset, { name: "Graphics driver" })
      assert.deepInclude(back, { installed: 1, uninstalled: 3, total_installed: 1 })
      const [driver] = (yield* admin.get(path)).body.data
      assert.deepInclude(driver, { software_id: gone.software_id, uninstalled_at: null })
      assert.strictEqual(driver.first_seen_at, gone.first_seen_at)
      assert.deepInclude(yield* install(admin, asset, { name: "Graphics driver" }), { unchanged: 1, installed: 0 })
      assert.deepInclude(yield* install(admin, asset), { total_installed: 0, uninstalled: 1 })
      const empty = (yield* admin.get(path)).body
      assert.deepStrictEqual(empty.data, [])
      assert.deepStrictEqual(empty.summary, {
        total_installed: 0,
        by_category: {},
        by_type: { application: 0, driver: 0, update: 0, system: 0 },
        security_software_count: 0,
        managed_software_count: 0,
        recently_installed_count: 0
      })
      const told = yield* sql<{ readonly payload: unknown }>`SELECT payload FROM events
        WHERE tenant = ${owner} AND entity_type = 'asset' AND entity_id = ${asset}
          AND event_type = 'ASSET_SOFTWARE_CHANGED' ORDER BY event_id`
      const totals = (before: number, after: number) => ({ total_installed: { old: before, new: after } })
      assert.deepStrictEqual(
        told.map(({ payload }) => payload),
        [
          { installed: 3, updated: 0, uninstalled: 0, total_installed: 3, changes: totals(0, 3) },
          { installed: 1, updated: 1, uninstalled: 1, total_installed: 3, changes: {} },
          { installed: 1, updated: 0, uninstalled: 3, total_installed: 1, changes: totals(3, 1) },
          { installed: 0, updated: 0, uninstalled: 1, total_installed: 0, changes: totals(1, 0) }
        ]
      )
    })
  )

  it.effect("is one a name and publisher, whose kind is the tenant's", () =>
    Effect.gen(function* () {
      const { admin, asset, path, tenant } = yield* desk
      const other = yield* makeAsset(tenant)
      const change = yield* install(
        admin,
        asset,
        { name: "Python", publisher: "PSF", version: "3.10" },
        { name: "PYTHON", publisher: "PSF", version: "3.13", category: "Development", software_type: "system" },
        { name: "Python", version: "2.7" },
        { name: "Python", publisher: "Other", version: "1" }
      )
      assert.deepInclude(change, { total_installed: 3, installed: 3, duplicates: 1 })
      const rows = () =>
        Effect.map(admin.get(`${path}?sort=publisher`), ({ body }) =>
          body.data.map(({ category, publisher, software_type, version }: Entry) => [
            publisher,
            version,
            category,
            software_type
          ])
        )
      assert.deepStrictEqual(yield* rows(), [
        ["Other", "1", null, "application"],
        ["PSF", "3.13", "Development", "system"],
        [null, "2.7", null, "application"]
      ])
      yield* install(admin, other, { name: "python", publisher: "PSF", category: null, software_type: null })
      assert.deepStrictEqual((yield* rows())[1], ["PSF", "3.13", "Development", "system"], "What is not said stays")
      yield* install(admin, other, { name: "python", publisher: "PSF", category: "Runtime", is_managed: true })
      assert.deepStrictEqual((yield* rows())[1], ["PSF", "3.13", "Runtime", "system"])
      assert.strictEqual((yield* admin.get(path)).body.summary.managed_software_count, 1)
      assert.strictEqual((yield* admin.get(searching)).body.pagination.total, 3)
    })
  )

  it.effect("is listed by every filter and sort, and counted by the same", () =>
    Effect.gen(function* () {
      const { admin, asset, path } = yield* desk
      yield* install(
        admin,
        asset,
        { name: "alpha", publisher: "Acme 100%", category: "Browser", version: "2", size_bytes: 3 },
        { name: "Beta", publisher: "Globex", category: "Driver", software_type: "driver", install_date: days(-40) },
        { name: "gamma", category: "Browser", software_type: "update", size_bytes: 1, install_date: days(-1) },
        { name: "Gone" }
      )
      yield* install(
        admin,
        asset,
        { name: "alpha", publisher: "Acme 100%", version: "2", size_bytes: 3 },
        { name: "Beta", publisher: "Globex", install_date: days(-40) },
        { name: "gamma", size_bytes: 1, install_date: days(-1) }
      )
      for (const [query, names] of Object.entries({
        "": "alpha Beta gamma",
        "category=Browser": "alpha gamma",
        "software_type=driver": "Beta",
        "category=Browser&software_type=update": "gamma",
        "search=ACME": "alpha",
        "search=100%25": "alpha",
        "search=a": "alpha Beta gamma",
        "search=o": "Beta",
        "include_uninstalled=false": "alpha Beta gamma",
        "include_uninstalled=true": "alpha Beta gamma Gone",
        "include_uninstalled=true&search=gone": "Gone",
        "search=gone": "",
        "order=desc": "gamma Beta alpha",
        "sort=size_bytes": "gamma alpha Beta",
        "sort=install_date": "Beta gamma alpha",
        "sort=software_type": "alpha Beta gamma"
      })) {
        assert.strictEqual(yield* namesAt(admin, `${path}?${query}`), names, query)
      }
      const cut = (yield* admin.get(`${path}?limit=2`)).body
      assert.deepStrictEqual([cut.data.length, cut.pagination.total, cut.summary.total_installed], [2, 3, 3])
      assert.strictEqual(cut.summary.recently_installed_count, 2, "Without a date, when it was first seen counts")
      for (const query of [
        "category=Nope",
        "software_type=nope",
        "include_uninstalled=maybe",
        "sort=path",
        "limit=101"
      ]) {
        const { body, status } = yield* admin.get(`${path}?${query}`)
        assert.deepStrictEqual([status, body.error.code], [400, "VALIDATION_ERROR"], query)
      }
    })
  )

  it.effect("is refused whole where an entry is wrong", () =>
    Effect.gen(function* () {
      const { admin, asset, path } = yield* desk
      yield* install(admin, asset, { name: "Kept" })
      for (const [entry, where] of [
        [{}, "name"],
        [{ name: "" }, "name"],
        [{ name: " " }, "name"],
        [{ name: "x".repeat(501) }, "name"],
        [{ name: "a\u0000" }, "name"],
        [{ name: "x", publisher: "x".repeat(256) }, "publisher"],
        [{ name: "x", version: 5 }, "version"],
        [{ name: "x", category: "browser" }, "category"],
        [{ name: "x", software_type: "app" }, "software_type"],
        [{ name: "x", is_managed: "yes" }, "is_managed"],
        [{ name: "x", install_date: "2026-02-30" }, "install_date"],
        [{ name: "x", install_path: "x".repeat(1001) }, "install_path"],
        [{ name: "x", size_bytes: -1 }, "size_bytes"],
        [{ name: "x", size_bytes: 1.5 }, "size_bytes"],
        [{ name: "x", size_bytes: 2 ** 60 }, "size_bytes"]
      ] as const) {
        const { body, status } = yield* admin.put(path, { software: [{ name: "Fine" }, entry] })
        assert.deepStrictEqual([status, body.error?.code], [400, "VALIDATION_ERROR"], JSON.stringify(entry))
        assert.deepStrictEqual(body.error.details[0].path, ["software", 1, where])
      }
      for (const body of [{}, { software: "x" }, { software: null }, { software: [null] }, []]) {
        assert.strictEqual((yield* admin.put(path, body)).status, 400)
      }
      assert.strictEqual(yield* namesAt(admin, path), "Kept")
    })
  )

  it.effect("is up to 5000 entries, of the longest names", () =>
    Effect.gen(function* () {
      const { admin, asset, path } = yield* desk
      const entries = (count: number) =>
        Array.from({ length: count }, (_, at) => ({ name: `Package ${at}`, publisher: `P${at % 7}`, version: "1.0.0" }))
      const refused = yield* admin.put(path, { software: entries(5001) })
      assert.deepStrictEqual([refused.status, refused.body.error.details[0].path], [400, ["software"]])
      assert.deepInclude(yield* install(admin, asset, ...entries(5000)), { installed: 5000, total_installed: 5000 })
      assert.deepInclude(yield* install(admin, asset, ...entries(4999)), { uninstalled: 1, unchanged: 4999 })
      const { body } = yield* admin.get(`${path}?page=50&limit=100`)
      assert.deepStrictEqual([body.data.length, body.pagination.total], [99, 4999])
      const long = { name: "日".repeat(500), publisher: "本".repeat(255), version: "語".repeat(255) }
      assert.deepInclude(yield* install(admin, asset, long), { installed: 1, uninstalled: 4999 })
      assert.strictEqual(
        (yield* admin.get(`${searching}?search=${encodeURIComponent("日日")}`)).body.pagination.total,
        1
      )
    })
  )

  it.effect("is whole, whoever replaces it at the same time", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { admin, asset, owner, path, tenant } = yield* desk
      const sets = ["a", "b", "c", "d"].map((set) => Array.from({ length: 30 }, (_, at) => ({ name: `${set} ${at}` })))
      yield* Effect.forEach(sets, (software) => install(admin, asset, ...software), { concurrency: "unbounded" })
      const names = (yield* namesAt(admin, path)).split(/(?<=\d) /)
      assert.strictEqual(names.length, 30)
      assert.strictEqual(new Set(names.map((name) => name[0])).size, 1)

      // The same pieces in different orders, with different kinds, on many assets at once: each is there once after.
      const assets = yield* Effect.forEach(Array.from({ length: 8 }), () => makeAsset(tenant))
      const shared = Array.from({ length: 60 }, (_, at) => `Shared ${at}`)
      for (let round = 0; round < 3; round++) {
        yield* Effect.forEach(
          assets,
          (one, at) => {
            const from = at * 7
            const names = [...shared.slice(from), ...shared.slice(0, from)]
            const ordered = at % 2 === 0 ? names : names.toReversed()
            const category = ["Browser", "Runtime", "Creative"][(at + round) % 3]
            return install(admin, one, ...ordered.map((name) => ({ name, category, version: `${round}` })))
          },
          { concurrency: "unbounded" }
        )
      }
      const { body } = yield* admin.get(`${searching}?search=shared&limit=100`)
      assert.strictEqual(body.pagination.total, 60)
      for (const row of body.data) {
        assert.deepInclude(row, { install_count: 8, versions: [{ version: "2", count: 8 }], version_count: 1 })
      }
      const [stored] = yield* sql<{ readonly rows: number }>`SELECT count(*) AS rows FROM software_catalog
        WHERE tenant = ${owner} AND normalized_name LIKE 'shared%'`
      assert.strictEqual(stored?.rows, 60)
    })
  )

  it.effect("is for those who may, in their own tenant", () =>
    Effect.gen(function* () {
      const { admin, asset, path, tenant } = yield* desk
      const stranger = yield* desk
      yield* install(admin, asset, { name: "Ours" })
      const software = [{ name: "Theirs" }]
      const outsider = yield* tenant.as("partner-admin")
      for (const [who, get, put, search] of [
        [outsider, 403, 403, 403],
        [yield* tenant.as("Dispatcher"), 200, 403, 200],
        [yield* tenant.as("Technician"), 200, 200, 200],
        [stranger.admin, 404, 404, 200]
      ] as const) {
        assert.strictEqual((yield* who.get(path)).status, get)
        assert.strictEqual((yield* who.put(path, { software })).status, put)
        assert.strictEqual((yield* who.get(searching)).status, search)
      }
      assert.strictEqual(yield* found(stranger.admin), "")
      for (const [id, status] of [
        [nobody, 404],
        ["abc", 400]
      ] as const) {
        assert.strictEqual((yield* admin.get(`${base}/${id}/software`)).status, status)
        assert.strictEqual((yield* admin.put(`${base}/${id}/software`, { software })).status, status)
      }
    })
  )
})

suite("the software of all assets", (it) => {
  it.effect("is found with how many have it, in which versions, and where", () =>
    Effect.gen(function* () {
      const { admin, owner, tenant } = yield* desk
      const [acme, globex] = [
        yield* makeClient(tenant, { client_name: "Acme" }),
        yield* makeClient(tenant, { client_name: "Globex" })
      ]
      const make = (client_id: string, name: string) => makeAsset(tenant, { client_id, name })
      const [one, two, three] = [yield* make(acme, "one"), yield* make(acme, "two"), yield* make(globex, "three")]
      const firefox = { name: "Firefox", publisher: "Mozilla", category: "Browser", is_managed: true }
      const defender = { name: "Defender", software_type: "system", is_security_relevant: true, category: "Security" }
      yield* install(admin, one, { ...firefox, version: "1", install_date: "2026-01-01" }, defender, { name: "Vim" })
      yield* install(admin, two, { ...firefox, version: "2" }, defender)
      yield* install(admin, three, { ...firefox, version: "2" })
      const expected: Readonly<Record<string, string>> = {
        "": "Firefox 3, Defender 2, Vim 1",
        "order=asc": "Vim 1, Defender 2, Firefox 3",
        "sort=name&order=asc": "Defender 2, Firefox 3, Vim 1",
        "search=MOZ": "Firefox 3",
        "search=e": "Firefox 3, Defender 2",
        "category=Security": "Defender 2",
        "software_type=application": "Firefox 3, Vim 1",
        "is_managed=true": "Firefox 3",
        "is_managed=false": "Defender 2, Vim 1",
        "is_security_relevant=true": "Defender 2",
        [`client_id=${acme}`]: "Firefox 2, Defender 2, Vim 1",
        [`client_id=${globex}`]: "Firefox 1",
        [`client_id=${globex}&category=Security`]: "",
        [`client_id=${nobody}`]: "",
        "search=nothing": ""
      }
      for (const [query, names] of Object.entries(expected)) {
        const sorted = (text: string) => (query.startsWith("client_id") ? text.split(", ").sort().join(", ") : text)
        assert.strictEqual(sorted(yield* found(admin, query)), sorted(names), query)
      }
      const { body } = yield* admin.get(searching)
      const { software_id, ...row } = body.data[0]
      const onAsset = { asset_type: "unknown", install_date: null, version: "2" }
      const onTwo = { ...onAsset, asset_id: two, asset_name: "two", client_id: acme, client_name: "Acme" }
      const onThree = { ...onAsset, asset_id: three, asset_name: "three", client_id: globex, client_name: "Globex" }
      const onOne = {
        ...onTwo,
        asset_id: one,
        asset_name: "one",
        version: "1",
        install_date: "2026-01-01T00:00:00.000Z"
      }
      assert.deepStrictEqual(row, {
        name: "Firefox",
        publisher: "Mozilla",
        category: "Browser",
        software_type: "application",
        is_managed: true,
        is_security_relevant: false,
        install_count: 3,
        version_count: 2,
        versions: [
          { version: "2", count: 2 },
          { version: "1", count: 1 }
        ],
        assets: [onThree, onTwo, onOne]
      })
      assert.deepStrictEqual(body.data[1].versions, [{ version: null, count: 2 }])
      assert.deepInclude(body.pagination, { limit: 50, total: 3, totalPages: 1 })
      const atAcme = (yield* admin.get(`${searching}?client_id=${acme}&search=firefox`)).body.data
      assert.deepStrictEqual(atAcme, [
        {
          software_id,
          ...row,
          install_count: 2,
          versions: [
            { version: "2", count: 1 },
            { version: "1", count: 1 }
          ],
          assets: [onTwo, onOne]
        }
      ])
      for (const query of ["category=x", "software_type=x", "is_managed=x", "client_id=x", "sort=x", "limit=0"]) {
        assert.strictEqual((yield* admin.get(`${searching}?${query}`)).status, 400, query)
      }

      const whole = yield* admin.get(searching)
      yield* foldSoftwareCounts
      assert.deepStrictEqual((yield* admin.get(searching)).body, whole.body, "Folding changes nothing")
      const sql = yield* SqlClient.SqlClient
      const [left] = yield* sql<{ readonly rows: number; readonly appended: number }>`SELECT count(*) AS rows,
        count(*) FILTER (WHERE NOT is_folded) AS appended FROM software_counts WHERE tenant = ${owner}`
      assert.deepStrictEqual(left, { rows: 7, appended: 0 }, "A total a piece, and one a version of it")

      yield* admin.put(`${base}/${two}`, { client_id: globex })
      assert.strictEqual(yield* found(admin, `client_id=${globex}`), "Firefox 2, Defender 1")
      yield* install(admin, one)
      yield* admin.delete(`${base}/${three}`)
      const after = (yield* admin.get(searching)).body
      assert.deepStrictEqual(after.data.map(({ install_count, name }: Entry) => [name, install_count]).sort(), [
        ["Defender", 1],
        ["Firefox", 1]
      ])
      const still = after.data.find(({ name }: Entry) => name === "Firefox")
      assert.deepInclude(still, { versions: [{ version: "2", count: 1 }], version_count: 1 })
      assert.deepStrictEqual(
        still.assets.map(({ asset_id }: Entry) => asset_id),
        [two]
      )
      yield* foldSoftwareCounts
      assert.strictEqual(yield* found(admin, "sort=name&order=asc"), "Defender 1, Firefox 1")
    })
  )

  it.effect("shows the newest ten assets, and the fifty versions that most have", () =>
    Effect.gen(function* () {
      const { admin, tenant } = yield* desk
      const client_id = yield* makeClient(tenant)
      const assets = yield* Effect.forEach(Array.from({ length: 54 }), () => makeAsset(tenant, { client_id }))
      yield* Effect.forEach(
        assets,
        (asset, at) => install(admin, asset, { name: "Agent", version: at < 3 ? "1.0" : `2.${at}` }),
        { concurrency: 4 }
      )
      for (const query of ["", `client_id=${client_id}`]) {
        const [agent] = (yield* admin.get(`${searching}?${query}`)).body.data
        assert.deepInclude(agent, { install_count: 54, version_count: 52 })
        assert.deepStrictEqual([agent.versions.length, agent.versions[0]], [50, { version: "1.0", count: 3 }])
        assert.deepStrictEqual(
          agent.assets.map(({ asset_id }: Entry) => asset_id),
          assets.toReversed().slice(0, 10)
        )
      }
    })
  )

  it.effect("is counted to the piece while it changes and is folded", () =>
    Effect.gen(function* () {
      const { admin, tenant } = yield* desk
      const assets = yield* Effect.forEach(Array.from({ length: 6 }), () => makeAsset(tenant))
      yield* Effect.forEach(
        assets.flatMap((asset, at) => [
          install(admin, asset, { name: "Both", version: `${at}` }, { name: "First" }),
          foldSoftwareCounts,
          install(admin, asset, { name: "Both", version: "now" }),
          foldSoftwareCounts
        ]),
        (step) => step,
        { concurrency: 6 }
      )
      yield* Effect.forEach(assets, (asset) => install(admin, asset, { name: "Both", version: "now" }))
      const check = Effect.gen(function* () {
        const { body } = yield* admin.get(searching)
        const [both] = body.data
        assert.deepStrictEqual(
          [body.pagination.total, both.install_count, both.versions],
          [1, 6, [{ version: "now", count: 6 }]]
        )
      })
      yield* check
      yield* foldSoftwareCounts
      yield* check
    })
  )
})
