/** New ids. */
import { assert, describe, it } from "@effect/vitest"
import { newId } from "../../src/services/ids.ts"

describe("new ids", () => {
  it("are UUIDv7 of now, each greater than the one before", () => {
    const before = Date.now()
    const ids = Array.from({ length: 20_000 }, newId)
    for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    assert.deepStrictEqual(ids, [...ids].sort())
    assert.strictEqual(new Set(ids).size, ids.length)
    const time = Number.parseInt(ids[0]!.replace("-", "").slice(0, 12), 16)
    assert.isAtLeast(time, before)
    assert.isAtMost(time, Date.now() + 10)
  })
})
