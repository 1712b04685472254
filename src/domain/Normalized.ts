/** Fields that are brought into one form as they are read: trimmed, in one case, with what belongs before them. */
import { Schema, SchemaTransformation } from "effect"
import { noNul } from "./Field.ts"

const atMost = (max: number) => Schema.isMaxLength(max, { message: `Expected at most ${max} characters` })

/** A name of 1 to `max` characters, without the blanks around it. */
export const Name = (max = 255) =>
  Schema.String.check(Schema.isPattern(/\S/u, { message: "Expected text that is not empty" }), atMost(max), noNul).pipe(
    Schema.decode(SchemaTransformation.trim())
  )

/** Text that may be left out, or cleared with null or with blanks. */
const clearable = (text: Schema.Codec<string>, normal: (text: string) => string, description: string) =>
  Schema.NullOr(text.annotate({ description })).pipe(
    Schema.decodeTo(
      Schema.NullOr(Schema.String),
      SchemaTransformation.transform({
        decode: (text: string | null) => (text === null || text.trim() === "" ? null : normal(text.trim())),
        encode: (text: string | null) => text
      })
    )
  )

/** An address for mail, in lower case. */
export const ClearableEmail = clearable(
  Schema.String.check(
    Schema.isPattern(/^\s*([\w.!#$%&'*+/=?^`{|}~-]+@[a-z0-9-]+(\.[a-z0-9-]+)+)?\s*$/i, {
      message: "Expected an email address"
    }),
    atMost(255)
  ),
  (email) => email.toLowerCase(),
  "An email address; null or blanks clear it"
)

const scheme = /^https?:\/\//i

const normalUrl = (url: string) => (scheme.test(url) ? url : `https://${url}`)

/** The address of a web site: `https://` goes before one that names no scheme. */
export const ClearableUrl = clearable(
  Schema.String.check(
    Schema.isPattern(/^\s*((https?:\/\/)?[^\s/?#:@.]+(\.[^\s/?#:@.]+)+(:\d{1,5})?([/?#]\S*)?)?\s*$/i, {
      message: "Expected the address of a web site, such as https://example.com"
    }),
    Schema.makeFilter((text) => text.trim() === "" || URL.canParse(normalUrl(text.trim())), {
      message: "Expected the address of a web site, such as https://example.com"
    }),
    atMost(255),
    noNul
  ),
  normalUrl,
  "A web site; `https://` is put before one without a scheme, null or blanks clear it"
)

const phoneParts = /^(\+?)([0-9a-z().\-/ ]*?)(?:\s*(?:ext\.?|x|#)\s*(\d{1,10}))?$/i

/** Whether a text can be a telephone number: 4 to 15 digits, 7 to 15 with a country code, and an extension maybe. */
export const isPhone = (text: string): boolean => {
  const [, plus, number = ""] = phoneParts.exec(text) ?? []
  if (plus === undefined) return false
  const signs = number.replace(/[^0-9a-z]/gi, "")
  return plus === "+" ? /^\d{7,15}$/.test(signs) : signs.length >= 4 && signs.length <= 15 && /\d/.test(signs)
}

/** A telephone number as E.164 where it names its country, else as it was typed. */
export const normalPhone = (text: string): string => {
  const [, plus, number = "", extension] = phoneParts.exec(text) ?? []
  if (plus !== "+") return text
  return `+${number.replace(/\D/g, "")}${extension === undefined ? "" : ` x${extension}`}`
}

export const ClearablePhone = clearable(
  Schema.String.check(
    Schema.isPattern(/^\s*(\+?[0-9a-z().\-/# ]*)\s*$/i, { message: "Expected a telephone number" }),
    Schema.makeFilter((text) => text.trim() === "" || isPhone(text.trim()), { message: "Expected a telephone number" }),
    atMost(64)
  ),
  normalPhone,
  "A telephone number, kept as E.164 where it names its country; null or blanks clear it"
)

/** Text of at most `max` characters. */
export const ClearableText = (max: number) =>
  clearable(Schema.String.check(atMost(max), noNul), (text) => text, "Null or blanks clear it")

/** The code of a currency, in capitals: `EUR`. */
export const Currency = Schema.String.check(
  Schema.isPattern(/^\s*[a-z]{3}\s*$/i, { message: "Expected the three letters of a currency, such as EUR" })
).pipe(
  Schema.decode(
    SchemaTransformation.transform({
      decode: (text: string) => text.trim().toUpperCase(),
      encode: (text: string) => text
    })
  )
)
