/** Fields that are brought into one form as they are read. */
import { assert, describe, it } from "@effect/vitest"
import { Exit, Schema } from "effect"
import {
  ClearableEmail,
  ClearablePhone,
  ClearableText,
  ClearableUrl,
  Currency,
  isPhone,
  Name,
  normalPhone
} from "../../src/domain/Normalized.ts"

const reader =
  <A, E>(schema: Schema.Codec<A, E>) =>
  (input: unknown) => {
    const exit = Schema.decodeUnknownExit(schema)(input)
    return Exit.isSuccess(exit) ? exit.value : "refused"
  }

const digits = (minimum: number, maximum: number) =>
  Schema.String.check(Schema.isPattern(new RegExp(`^[0-9]{${minimum},${maximum}}$`)))

describe("normalized fields", () => {
  it("are trimmed", () => {
    assert.deepStrictEqual(["  Acme ", " ", ""].map(reader(Name())), ["Acme", "refused", "refused"])
    assert.deepStrictEqual([" a ", " ", null].map(reader(ClearableText(5))), ["a", null, null])
  })

  it("are email addresses in lower case", () => {
    assert.deepStrictEqual([" A.B+c@Example.COM ", "", null, "a@b", "a b@c.de"].map(reader(ClearableEmail)), [
      "a.b+c@example.com",
      null,
      null,
      "refused",
      "refused"
    ])
  })

  it("are web sites with a scheme", () => {
    const sites = [
      "example.com",
      "HTTP://a.b/c?d#e",
      "example.com:8080/x",
      " ",
      "localhost",
      "ftp://a.b",
      "a b.c",
      "https://"
    ]
    assert.deepStrictEqual(sites.map(reader(ClearableUrl)), [
      "https://example.com",
      "HTTP://a.b/c?d#e",
      "https://example.com:8080/x",
      null,
      "refused",
      "refused",
      "refused",
      "refused"
    ])
  })

  it("are currencies in capitals", () => {
    assert.deepStrictEqual([" eur", "USD", "EURO", "12x"].map(reader(Currency)), ["EUR", "USD", "refused", "refused"])
  })

  it("are telephone numbers", () => {
    assert.deepStrictEqual(
      [
        "+49 (30) 901-820",
        "030 901820",
        "1-800-FLOWERS",
        "+1 555",
        "555",
        "+49 30 901820 ext. 12",
        "call me",
        "++4930901820"
      ].map(reader(ClearablePhone)),
      ["+4930901820", "030 901820", "1-800-FLOWERS", "refused", "refused", "+4930901820 x12", "refused", "refused"]
    )
  })

  it.prop("telephone numbers with a country code come out as E.164", [digits(7, 15)], ([number]) => {
    const spaced = `+${[...number].join(" ")}`
    assert.isTrue(isPhone(spaced))
    assert.strictEqual(normalPhone(spaced), `+${number}`)
    assert.strictEqual(normalPhone(normalPhone(spaced)), normalPhone(spaced))
  })

  it.prop("what is read is read the same again", [Schema.String], ([text]) => {
    for (const schema of [ClearableEmail, ClearableUrl, ClearablePhone, ClearableText(255)]) {
      const once = reader(schema)(text)
      if (once !== "refused") assert.strictEqual(reader(schema)(once), once)
    }
  })
})
