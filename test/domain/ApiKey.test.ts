/** What an API key looks like. */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { generate, hash, isWellFormed, lastFour } from "../../src/domain/ApiKey.ts"

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
const upTo = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum }))

describe("an API key", () => {
  it.prop("is well formed when it is generated", [upTo(1_000_000)], () => {
    const key = generate()
    assert.match(key, /^psa_[0-9A-Za-z]{49}$/)
    assert.isTrue(isWellFormed(key))
    assert.isTrue(key.endsWith(lastFour(key)))
    assert.strictEqual(lastFour(key).length, 4)
  })

  it.prop("is refused with any one character changed", [upTo(52), upTo(alphabet.length - 1)], ([index, letter]) => {
    const key = generate()
    const other = alphabet.charAt(letter)
    const changed = key.slice(0, index) + other + key.slice(index + 1)
    assert.strictEqual(isWellFormed(changed), other === key.charAt(index))
  })

  it.prop("is refused with two neighbours swapped", [upTo(51)], ([index]) => {
    const key = generate()
    const swapped = key.slice(0, index) + key.charAt(index + 1) + key.charAt(index) + key.slice(index + 2)
    assert.strictEqual(isWellFormed(swapped), swapped === key)
  })

  it.prop("is no text that somebody makes up", [Schema.String], ([text]) => {
    assert.isFalse(isWellFormed(text))
    assert.isFalse(isWellFormed(`psa_${text.padEnd(49, "0").slice(0, 49)}`))
  })

  it("is stored as SHA-256", () => {
    assert.strictEqual(hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  })
})
