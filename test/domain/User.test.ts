/** What makes a password good enough. */
import { assert, describe, it } from "@effect/vitest"
import { passwordProblems } from "../../src/domain/User.ts"

describe("a password", () => {
  it.each(["Copper-Kettle-58!", "xT4#mmmm", "Ünïcode-Wörter-7"])("may be %s", (password) => {
    assert.deepStrictEqual(passwordProblems(password), [])
  })

  it.each([
    ["short1!A".slice(1), "Expected 8 to 128 characters"],
    [`Aa1!${"x".repeat(125)}`, "Expected 8 to 128 characters"],
    ["copper-kettle-58!", "Expected an upper-case letter"],
    ["COPPER-KETTLE-58!", "Expected a lower-case letter"],
    ["Copper-Kettle-!!", "Expected a digit"],
    ["CopperKettle58", "Expected a special character"],
    ["Password1234!", "Expected something less common"],
    ["Kx!abcdef92", "Expected no run of 6 neighbouring letters, digits or keys"],
    ["Kx!654321zz", "Expected no run of 6 neighbouring letters, digits or keys"],
    ["Kx!7QwErTyu", "Expected no run of 6 neighbouring letters, digits or keys"]
  ])("may not be %s", (password, problem) => {
    assert.include(passwordProblems(password), problem)
  })
})
