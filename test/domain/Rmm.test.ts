/** What is read of an agent, whatever the RMM says; and how much is kept of what a script writes. */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { bounded, maxOutputBytes, RmmAgent } from "../../src/domain/Rmm.ts"
import { gigabytes, isAgentId, readAgent, runsIn, scriptIn } from "../../src/domain/TacticalAgent.ts"

const isAgent = Schema.is(RmmAgent)

const Anything = Schema.Union([Schema.String, Schema.Finite, Schema.Boolean, Schema.Null, Schema.Json])

describe("an agent", () => {
  it.prop(
    "is read from whatever its fields hold",
    {
      status: Anything,
      last_seen: Anything,
      boot_time: Anything,
      logged_in_username: Anything,
      local_ips: Anything,
      public_ip: Anything,
      total_ram: Anything,
      disks: Schema.Union([Schema.Array(Schema.Record(Schema.String, Schema.Json)), Anything])
    },
    (detail) => assert.isTrue(isAgent(readAgent(detail, 1_780_000_000_000)), JSON.stringify(detail))
  )

  it("has been up since it started, while it is online", () => {
    const up = (status: string, boot_time: number | null) =>
      readAgent({ status, boot_time }, 1_780_000_000_000).uptime_seconds
    assert.strictEqual(up("online", 1_779_999_000.75), 999)
    assert.strictEqual(up("online", 1_780_000_500), 0)
    assert.deepStrictEqual([up("online", 0), up("online", null), up("offline", 1_779_999_000)], [null, null, null])
  })

  it.each([
    ["192.168.1.5", "192.168.1.5"],
    [" fe80::1 , 10.0.0.7/24", "10.0.0.7"],
    ["2001:db8::1", "2001:db8::1"],
    ["error getting local ips", null],
    [["", "10.1.1.1/8"], "10.1.1.1"],
    [null, null]
  ])("has of the addresses %j the first", (local_ips, first) =>
    assert.strictEqual(readAgent({ local_ips }, 0).lan_ip, first)
  )

  it.each([
    ["kim", "kim"],
    ["None", null],
    ["-", null],
    ["", null],
    [null, null],
    [" kim ", "kim"]
  ])("has of the user %j %j logged in", (logged_in_username, user) =>
    assert.strictEqual(readAgent({ logged_in_username }, 0).current_user, user)
  )

  it("has an id that cannot lead elsewhere", () => {
    assert.isTrue(isAgentId("KmYxQvTzWpLsRnHdGbFcJaEuIoNyBtVxZqMwPkSr"))
    for (const id of ["", "..", "x".repeat(20), "x".repeat(256), `${"x".repeat(30)}/..`, `${"x".repeat(30)} `]) {
      assert.isFalse(isAgentId(id), id)
    }
  })
})

describe("a size", () => {
  it.each([
    ["465.1 GB", 465.1],
    ["1.8 TB", 1843.2],
    ["512.0 MB", 0.5],
    ["0 B", 0],
    ["1 PB", 1_048_576],
    ["n/a", null],
    ["", null],
    ["12 apples", null],
    [12, null],
    [null, null]
  ])("%j is %j GB", (text, amount) => assert.strictEqual(gigabytes(text), amount))
})

describe("scripts and their runs", () => {
  it.prop("are read from any JSON", [Schema.Json, Schema.Int], ([json, id]) => {
    assert.strictEqual(scriptIn(json, id).id, id)
    assert.isAbove(scriptIn(json, id).timeout, 0)
    assert.isAtLeast(runsIn(json, id).size, 0)
  })

  it("are those of the script that is asked for", () => {
    const run = (id: number, script: number, retcode?: number) => ({
      id,
      type: "script_run",
      script,
      script_results: retcode === undefined ? null : { retcode }
    })
    const history = [run(3, 12), run(1, 12, 0), run(2, 13, 1), { ...run(4, 12, 0), type: "cmd_run" }]
    assert.deepStrictEqual(
      [...runsIn(history, 12)],
      [
        [3, undefined],
        [1, 0]
      ]
    )
  })
})

describe("what a script writes", () => {
  it.prop("is kept as it is while it is short", [Schema.String], ([text]) => {
    const kept = text.replaceAll("\u0000", "").toWellFormed()
    assert.deepStrictEqual(bounded(text), { output: kept, output_truncated: false })
  })

  it.prop("is cut between characters", [Schema.String.check(Schema.isMinLength(1))], ([text]) => {
    const unit = text.replaceAll("\u0000", "é").toWellFormed()
    const long = unit.repeat(Math.ceil((maxOutputBytes + 1) / Buffer.byteLength(unit)))
    const { output, output_truncated } = bounded(long)
    assert.isTrue(output_truncated)
    assert.isTrue(long.startsWith(output))
    assert.isAtMost(Buffer.byteLength(output), maxOutputBytes)
    assert.isAbove(Buffer.byteLength(output), maxOutputBytes - 4)
  })
})
