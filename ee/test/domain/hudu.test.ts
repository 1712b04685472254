/** Which addresses Hudu may have, and how long a retry waits. */
import { assert, describe, it } from "@effect/vitest"
import { Redacted, Result, Schema } from "effect"
import { readApiKey, readBaseUrl, readRetryAfter, retryDelay } from "../../domain/Hudu.ts"

const refused = (text: string) => {
  const read = readBaseUrl(text, false)
  return Result.isFailure(read) ? read.failure.message : `accepted as ${read.success}`
}

describe("the address of a Hudu", () => {
  it.each([
    ["https://docs.example.com", "https://docs.example.com"],
    ["  https://docs.example.com/ ", "https://docs.example.com"],
    ["https://docs.example.com/api", "https://docs.example.com"],
    ["https://docs.example.com/api/v1", "https://docs.example.com"],
    ["https://docs.example.com/api/v1/", "https://docs.example.com"],
    ["https://DOCS.example.com:8443/hudu/api/", "https://docs.example.com:8443/hudu"],
    ["https://93.184.216.34", "https://93.184.216.34"],
    ["https://[2606:2800:220:1::1]/", "https://[2606:2800:220:1::1]"]
  ])("%j is kept as %j", (text, kept) => {
    assert.deepStrictEqual(Result.getOrUndefined(readBaseUrl(text, false)), kept)
    assert.deepStrictEqual(Result.getOrUndefined(readBaseUrl(kept, false)), kept)
  })

  it("is refused where it leads to us, in words that name Hudu", () => {
    assert.match(refused("docs"), /^The Hudu address is not a URL/)
    assert.match(refused("https://localhost"), /^The Hudu address localhost is on this machine or a private network/)
    assert.strictEqual(
      Result.getOrUndefined(readBaseUrl("http://localhost:3000/api/v1", true)),
      "http://localhost:3000"
    )
  })
})

describe("a Hudu key", () => {
  it("is what a header can carry, without the blanks around it", () => {
    const read = readApiKey(Redacted.make("  abc-123\n"))
    assert.deepStrictEqual(Result.isSuccess(read) && Redacted.value(read.success), "abc-123")
    for (const bad of ["a b", "a\nb", "schlüssel", "x".repeat(513)]) {
      assert.isTrue(Result.isFailure(readApiKey(Redacted.make(bad))), bad)
    }
  })
})

const Jitter = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))
const Attempt = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 4 }))
const Millis = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000_000 }))

describe("a retry", () => {
  it.prop(
    "waits twice as long each time, and a quarter of a second at random",
    [Attempt, Jitter],
    ([attempt, jitter]) => {
      const wait = retryDelay(attempt, undefined, jitter)
      const base = [1000, 2000, 4000, 8000][attempt - 1] ?? 0
      assert.isTrue(wait >= base && wait <= base + 250)
    }
  )

  it.prop("waits as long as it is asked to, but never more than a minute", [Millis, Jitter], ([asked, jitter]) => {
    const wait = retryDelay(1, asked, jitter)
    assert.isTrue(wait >= Math.min(asked, 60_000) && wait <= 60_000)
  })

  it("reads seconds and dates", () => {
    const now = Date.parse("2026-03-01T09:30:00Z")
    assert.strictEqual(readRetryAfter("7", now), 7000)
    assert.strictEqual(readRetryAfter("Sun, 01 Mar 2026 09:30:05 GMT", now), 5000)
    assert.strictEqual(readRetryAfter("Sun, 01 Mar 2026 09:00:00 GMT", now), 0)
    for (const none of [undefined, "", "soon"]) assert.isUndefined(readRetryAfter(none, now))
  })
})
