/** What is exported can be imported: nothing changes by it. */
import { assert } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { newId } from "../../src/services/ids.ts"
import { insertAll } from "../../src/services/insertAll.ts"
import { recordsOf } from "../support/csv.ts"
import { send } from "../support/files.ts"
import { makeClient, makeLocation } from "../support/fixtures.ts"
import { makeTenant, suite, type TestTenant } from "../support/service.ts"

const Signs = Schema.Array(
  Schema.Literals([
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    "\r\n",
    "'",
    '"',
    '""',
    ",",
    ";",
    " ",
    "a",
    "1",
    "ü",
    "🔥",
    "\\"
  ])
)
const Anything = Schema.String.check(Schema.makeFilter((text) => text.isWellFormed() && !text.includes("\u0000")))
const Nasty = Schema.Union([Signs, Anything])
const textOf = (value: typeof Nasty.Type) => (typeof value === "string" ? value : value.join(""))

const Values = Schema.Union([Nasty, Schema.Finite, Schema.Boolean, Schema.Array(Anything), Schema.Null])

const shared = Effect.runSync(
  Effect.cached(
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const client_id = yield* makeClient(tenant, { client_name: '=Formulas, "Inc"\r\n' })
      const location_id = yield* makeLocation(tenant, client_id, { is_active: false })
      return { tenant, id: tenant.tenant.tenant, admin: tenant.admin, client_id, location_id }
    })
  )
)

const clear = Effect.fnUntraced(function* ({ tenant: { tenant } }: TestTenant) {
  const sql = yield* SqlClient.SqlClient
  yield* sql`DELETE FROM assets WHERE tenant = ${tenant}`
  yield* sql`DELETE FROM events WHERE tenant = ${tenant}`
}, Effect.orDie)

const rowsOf = Effect.fnUntraced(function* (tenant: string) {
  const sql = yield* SqlClient.SqlClient
  return yield* sql`SELECT a.*, (SELECT count(*) FROM events e WHERE e.tenant = a.tenant) AS events
    FROM assets a WHERE tenant = ${tenant} ORDER BY asset_id`
}, Effect.orDie)

suite("assets that are exported and imported", (it) => {
  it.effect.prop(
    "stay as they are, whatever is written on them",
    { texts: Schema.Array(Nasty), values: Schema.Array(Values), when: Schema.Int },
    ({ texts, values, when }) =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const { admin, client_id, id, location_id, tenant } = yield* shared
        yield* clear(tenant)
        const text = (index: number) => textOf(texts[index % Math.max(1, texts.length)] ?? "")
        const value = (index: number) => {
          const one = values[index % Math.max(1, values.length)] ?? null
          return Array.isArray(one) && index % 2 === 0 ? textOf(one) : one
        }
        const time = new Date(Math.abs(when) % 4e12).toISOString()
        const rows = Array.from({ length: 6 }, (_, n) => ({
          tenant: id,
          asset_id: newId(),
          client_id,
          // Numbers and tags that several have, too.
          asset_tag: text(n) || "T",
          name: text(n + 1) || "N",
          status: text(n + 2) || "S",
          serial_number: n % 3 === 0 ? null : text(n + 3),
          location: text(n + 4),
          location_id: n % 2 === 0 ? location_id : null,
          asset_type: n % 2 === 0 ? "workstation" : "network_device",
          purchase_date: n === 1 ? null : time,
          attributes: JSON.stringify({ note: text(n) }),
          extension_data: JSON.stringify({
            os_type: value(n),
            cpu_cores: value(n + 1),
            installed_software: value(n + 2),
            supports_poe: value(n + 3),
            vlan_config: { x: [value(n + 4)] },
            of_old: value(n)
          })
        }))
        yield* insertAll(sql, "assets", rows).pipe(Effect.orDie)
        const before = yield* rowsOf(id)
        const { body: file } = yield* admin.get("/api/v1/assets/export")
        for (const record of recordsOf(file)) {
          for (const cell of Object.values(record)) assert.notMatch(cell, /^[=+\-@\t\r]/)
        }
        const answer = yield* send(admin, "POST", "/api/v1/assets/import", file, { "content-type": "text/csv" })
        assert.strictEqual(answer.status, 200, JSON.stringify(answer.body))
        assert.deepStrictEqual(answer.body.data.summary, { lines: 6, create: 0, update: 0, unchanged: 6, errors: 0 })
        assert.deepStrictEqual(yield* rowsOf(id), before)
      }),
    { arbitrary: { runs: 40 } }
  )
})
