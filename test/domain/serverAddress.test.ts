/** Which addresses other systems may have. */
import { assert, describe, it } from "@effect/vitest"
import { Redacted, Result, Schema } from "effect"
import { isPublicAddress } from "../../src/domain/publicAddress.ts"
import { readServerAddress, withoutKey } from "../../src/domain/serverAddress.ts"

const readBaseUrl = (text: string, allowInsecure: boolean) =>
  readServerAddress(text, {
    name: "Example",
    example: "https://api.example.com",
    ending: /\/api(\/v1)?$/,
    allowInsecure
  })

const refused = (text: string) => {
  const read = readBaseUrl(text, false)
  return Result.isFailure(read) ? read.failure : `accepted as ${read.success}`
}

const dotted = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join(".")

/** Networks that nobody may be sent to, by first and last address. */
const privateRanges = [
  [0x00000000, 0x00ffffff],
  [0x0a000000, 0x0affffff],
  [0x64400000, 0x647fffff],
  [0x7f000000, 0x7fffffff],
  [0xa9fe0000, 0xa9feffff],
  [0xac100000, 0xac1fffff],
  [0xc0a80000, 0xc0a8ffff],
  [0xc6120000, 0xc613ffff],
  [0xe0000000, 0xffffffff]
] as const

const Position = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 0xffffffff }))
const Octet = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 }))

describe("the address of another system", () => {
  it.each(["", "docs.example.com", "https://", "https://exa mple.com", `https://a.example/${"x".repeat(3000)}`])(
    "%j is no URL",
    (text) => assert.match(refused(text), /is not a URL/)
  )

  it.each(["http://docs.example.com", "ftp://docs.example.com", "file:///etc/passwd", "javascript:alert(1)"])(
    "%j is not HTTPS",
    (text) => assert.match(refused(text), /must start with https:/)
  )

  it.each(["https://a:b@docs.example.com", "https://docs.example.com?x=1", "https://docs.example.com#x"])(
    "%j has more than an address",
    (text) => assert.match(refused(text), /must have no user name, query or fragment/)
  )

  it.each([
    "https://localhost",
    "https://LOCALHOST.",
    "https://hudu.localhost:3000",
    "https://127.0.0.1",
    "https://127.1",
    "https://2130706433",
    "https://0x7f000001",
    "https://0177.0.0.1",
    "https://127.0.0.1.",
    "https://①②⑦.0.0.1",
    "https://0.0.0.0",
    "https://169.254.169.254/latest",
    "https://[::1]",
    "https://[::]",
    "https://[::ffff:127.0.0.1]",
    "https://[::ffff:a00:1]",
    "https://[::127.0.0.1]",
    "https://[64:ff9b::7f00:1]",
    "https://[2002:7f00:1::]",
    "https://[fc00::1]",
    "https://[fd12:3456::1]",
    "https://[fe80::1]",
    "https://[ff02::1]"
  ])("%j is ours", (text) => assert.match(refused(text), /on this machine or a private network/))

  it("may be plain and private in development", () => {
    assert.deepStrictEqual(
      Result.getOrUndefined(readBaseUrl("http://localhost:3000/api/v1", true)),
      "http://localhost:3000"
    )
    assert.isTrue(Result.isFailure(readBaseUrl("ftp://localhost", true)))
  })

  it.prop(
    "is never in a private IPv4 network, however it is written",
    { range: Schema.Literals(privateRanges.map((_, index) => index)), position: Position },
    ({ position, range }) => {
      const [first, last] = privateRanges[range] ?? privateRanges[0]
      const value = first + (position % (last - first + 1))
      const hexadecimal = value.toString(16)
      const mapped = `::ffff:${hexadecimal.slice(0, -4) || "0"}:${hexadecimal.slice(-4)}`
      for (const host of [
        dotted(value),
        String(value),
        `0x${hexadecimal}`,
        `[${mapped}]`,
        `[::ffff:${dotted(value)}]`
      ]) {
        assert.match(refused(`https://${host}`), /private network/, host)
      }
      assert.isFalse(isPublicAddress(dotted(value)))
      assert.isFalse(isPublicAddress(mapped))
    }
  )

  it.prop("may be any address of a public network", { a: Octet, b: Octet, c: Octet }, ({ a, b, c }) => {
    assert.isTrue(isPublicAddress(`8.${a}.${b}.${c}`))
    assert.isTrue(isPublicAddress(`2606:4700:${a.toString(16)}:${b.toString(16)}::${c.toString(16)}`))
    assert.isFalse(isPublicAddress(`fd00:${a.toString(16)}:${b.toString(16)}::${c.toString(16)}`))
    assert.isFalse(isPublicAddress(`fe80::${a.toString(16)}:${b.toString(16)}%eth0`))
  })

  it.prop("is text of any kind without doing harm", [Schema.String], ([text]) => {
    const read = readBaseUrl(text, false)
    if (Result.isSuccess(read)) assert.match(read.success, /^https:/)
    assert.isFalse(isPublicAddress(text))
  })
})

describe("a key", () => {
  it.prop("is in no text", [Schema.String], ([around]) => {
    const key = Redacted.make("s3cr3t-key")
    assert.notInclude(withoutKey(`${around}s3cr3t-key${around} s3cr3t-key`, key), "s3cr3t-key")
  })
})
