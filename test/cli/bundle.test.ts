/** The program runs from its bundle when that is of the sources as they are, and from the sources when it is not. */
import { execFileSync } from "node:child_process"
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"

const root = new URL("../../", import.meta.url).pathname

describe("the bundle", { timeout: 60_000 }, () => {
  let tree = ""
  beforeAll(() => {
    tree = mkdtempSync(join(tmpdir(), "psa-bundle-"))
    for (const name of ["src", "ee", "migrations", "package.json", "package-lock.json"]) {
      if (existsSync(join(root, name))) cpSync(join(root, name), join(tree, name), { recursive: true })
    }
    symlinkSync(join(root, "node_modules"), join(tree, "node_modules"))
  })
  afterAll(() => rmSync(tree, { recursive: true, force: true }))

  const node = (file: string, args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}) =>
    execFileSync(process.execPath, [join(tree, file), ...args], {
      encoding: "utf8",
      maxBuffer: 2 ** 26,
      stdio: "pipe",
      env: { PATH: process.env["PATH"], ...env }
    })
  const psa = (args: ReadonlyArray<string>, env?: Readonly<Record<string, string>>) => node("src/main.ts", args, env)
  const bundles = () => (existsSync(join(tree, ".cache")) ? readdirSync(join(tree, ".cache")) : [])
  const replace = (file: string, from: string, to: string) => {
    const text = readFileSync(file, "utf8")
    assert.include(text, from)
    writeFileSync(file, text.replaceAll(from, to))
  }

  it("says what the sources say, in both editions, and is left when they change", () => {
    const editions = existsSync(join(tree, "ee")) ? ["community", "enterprise"] : ["community"]
    const documents = () => editions.map((EDITION) => psa(["openapi"], { EDITION }))
    const said = documents()
    assert.deepStrictEqual(bundles(), [], "A command makes none")

    node("src/bundling.ts", [])
    const [first = ""] = bundles()
    assert.match(first, /^bundle-[0-9a-f]{16}$/)
    assert.deepStrictEqual(documents(), said)
    replace(join(tree, ".cache", first, "cli.js"), "The API of a", "From the bundle, the API of a")
    assert.include(psa(["--help"]), "From the bundle, the API of a")

    replace(join(tree, "src/cli.ts"), "The API of a", "Since then, the API of a")
    assert.include(psa(["--help"]), "Since then, the API of a")
    for (const changed of ["One", "Two", "Three"]) {
      writeFileSync(join(tree, "src/domain/version.ts"), `export const version = "${changed}"\n`)
      node("src/bundling.ts", [])
      assert.include(psa(["--version"]), changed)
    }
    assert.strictEqual(bundles().length, 3, "The latest are kept")
    assert.notInclude(bundles(), first)
  })

  it("is done without, where the sources are none that it can be made of", () => {
    writeFileSync(join(tree, "src/domain/unfinished.ts"), "export const unfinished =\n")
    replace(join(tree, "src/cli.ts"), "import { version }", 'import "./domain/unfinished.ts"\nimport { version }')
    const before = bundles()
    assert.throws(() => node("src/bundling.ts", []), /could not be bundled/)
    assert.deepStrictEqual(bundles(), before, "Nothing half done is left")
  })
})
