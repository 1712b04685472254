import { assert, it } from "@effect/vitest"
import { Schema } from "effect"
import { Yaml } from "effect/encoding"
import { toYaml } from "../../src/http/yaml.ts"

it.prop("what is written as YAML reads the same", [Schema.Record(Schema.String, Schema.Json)], ([value]) => {
  // JSON has no negative zero.
  assert.deepStrictEqual(Yaml.parse(toYaml(value)), JSON.parse(JSON.stringify(value)))
})

it("YAML is written in blocks", () => {
  const value = { a: [1, { b: "x: y", c: [] }], no: null, "/p{q}": { d: [["e"]], f: {} } }
  assert.strictEqual(
    toYaml(value),
    `a:
  - 1
  -
    b: "x: y"
    c: []
"no": null
"/p{q}":
  d:
    -
      - "e"
  f: {}
`
  )
  assert.deepStrictEqual(Yaml.parse(toYaml(value)), value)
})
