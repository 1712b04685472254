/** The rules that the layout keeps: which way dependencies point, how long files are, and that SQL names the tenant. */
import { readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"
import { assert, describe, it } from "@effect/vitest"

const root = new URL("../", import.meta.url).pathname

const filesUnder = (folder: string): ReadonlyArray<string> => {
  try {
    return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
      .map((entry) => relative(root, join(entry.parentPath, entry.name)))
      .sort()
  } catch {
    // Without ee/ there is nothing to check in it.
    return []
  }
}

const read = (file: string) => readFileSync(join(root, file), "utf8")
const isTest = (file: string) => file.startsWith("ee/test/")
const sources = [...filesUnder("src"), ...filesUnder("ee").filter((file) => !isTest(file))]

/** What a file imports: a path from the root for our own files, the module's name for others. */
const importsOf = (file: string): ReadonlyArray<string> =>
  [...read(file).matchAll(/(?:\bfrom\s+|\bimport\s*\(?\s*)"([^"]+)"/g)].map(([, target = ""]) =>
    target.startsWith(".") ? relative(root, resolve(root, dirname(file), target)) : target
  )

/** What each part may import of our own, by the name of its folder. */
const mayImport: Readonly<Record<string, ReadonlyArray<string>>> = {
  domain: ["domain"],
  services: ["services", "domain"],
  http: ["http", "services", "domain"]
}

const partOf = (file: string) => file.split("/")[1] ?? ""

describe("dependencies", () => {
  for (const part of Object.keys(mayImport)) {
    it(`of ${part} are ${mayImport[part]?.join(", ")}`, () => {
      const wrong = sources
        .filter((file) => partOf(file) === part)
        .flatMap((file) =>
          importsOf(file)
            .filter((target) => /^(src|ee)\//.test(target) && !mayImport[part]?.includes(partOf(target)))
            .map((target) => `${file} -> ${target}`)
        )
      assert.deepStrictEqual(wrong, [])
    })
  }

  it("of the domain do no input or output", () => {
    const pure =
      /^(effect|effect\/(Schema|Schema[A-Z]\w*|Array|Option|Result|Types|crypto|encoding|net)|node:(crypto|net|zlib))$/
    const wrong = sources
      .filter((file) => partOf(file) === "domain")
      .flatMap((file) =>
        importsOf(file)
          .filter((target) => !/^(src|ee)\//.test(target) && !pure.test(target))
          .map((target) => `${file} -> ${target}`)
      )
    assert.deepStrictEqual(wrong, [])
  })

  it("of src never reach into ee", () => {
    const wrong = filesUnder("src").filter((file) => importsOf(file).some((target) => target.startsWith("ee/")))
    assert.deepStrictEqual(wrong, [])
    const naming = filesUnder("src").filter((file) =>
      /["'`/]ee\//.test(read(file).replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, ""))
    )
    assert.deepStrictEqual(
      naming,
      ["src/bundling.ts", "src/layers/Edition.ts"],
      "Only these name it: to bundle it, and to load it"
    )
  })
})

describe("files", () => {
  it("hold one thing: none is longer than 400 lines", () => {
    const long = sources
      .map((file) => ({ file, lines: read(file).split("\n").length }))
      .filter(({ lines }) => lines > 400)
    assert.deepStrictEqual(long, [])
  })

  it("hide no type errors and leave nothing for later", () => {
    const words = /\bas any\b|: any\b|<any>|@ts-(ignore|nocheck|expect-error)|\b(TODO|FIXME|XXX)\b|console\.(log|debug)/
    assert.deepStrictEqual(
      sources.filter((file) => words.test(read(file))),
      []
    )
  })
})

/** The SQL templates of a source text: each with what is interpolated into it, and what it is nested in left out. */
const templatesOf = (text: string): ReadonlyArray<string> => {
  const found: Array<string> = []
  for (const match of text.matchAll(/\bsql(?:<[^`;]*?>)?`/g)) {
    found.push(text.slice(match.index, endOfTemplate(text, match.index + match[0].length)))
  }
  return found.filter((template, index) => !found.some((other, at) => at < index && other.includes(template)))
}

/** Where the template ends whose text starts at `from`, with the templates in its interpolations. */
const endOfTemplate = (text: string, from: number): number => {
  for (let at = from; at < text.length; at++) {
    if (text[at] === "\\") at++
    else if (text[at] === "`") return at + 1
    else if (text[at] === "$" && text[at + 1] === "{") at = endOfInterpolation(text, at + 2)
  }
  return text.length
}

const endOfInterpolation = (text: string, from: number): number => {
  let depth = 1
  for (let at = from; at < text.length; at++) {
    if (text[at] === "`") at = endOfTemplate(text, at + 1) - 1
    else if (text[at] === "{") depth++
    else if (text[at] === "}" && --depth === 0) return at
  }
  return text.length
}

/** Keywords are upper case in our SQL, so that they are told from words of other kinds. */
const namesTable = (template: string) => /\b(FROM|JOIN|UPDATE|INSERT INTO|DELETE FROM)\s+[a-z_$]/.test(template)

/** The declaration of a name, in the file or in the one that it is imported from. */
const declarationOf = (name: string, file: string): string => {
  const text = read(file)
  const at = text.search(new RegExp(`\\b(const|function|readonly)\\s+${name}\\b`))
  if (at >= 0) return text.slice(at, text.indexOf("\n\n", at) < 0 ? undefined : text.indexOf("\n\n", at))
  const imported = text.match(new RegExp(`import\\s*\\{[^}]*\\b${name}\\b[^}]*\\}\\s*from\\s*"(\\.[^"]+)"`))?.[1]
  return imported === undefined ? "" : declarationOf(name, relative(root, resolve(root, dirname(file), imported)))
}

/** Does the template, or something that is interpolated into it, name the tenant? */
const namesTenant = (template: string, file: string, depth = 0): boolean => {
  if (/tenant/.test(template)) return true
  if (depth > 3) return false
  const names = [...template.matchAll(/\$\{\s*(?:\.\.\.)?([\w$]+)/g)].map(([, name = ""]) => name)
  return names.some((name) => name !== "sql" && namesTenant(declarationOf(name, file), file, depth + 1))
}

/** Statements that are about no tenant's rows, and why. */
const beyondTenants: ReadonlyArray<readonly [file: string, statement: RegExp, why: string]> = [
  ["src/services/list.ts", /FROM \$\{source\} WHERE \$\{where\}/, "Every list says in `where` whose rows it shows"],
  ["src/services/list.ts", /FROM \$\{source\} WHERE \$\{wanted\}/, "And a page of it in `wanted`"],
  ["src/services/IdempotencyKeys.ts", /^sql`DELETE FROM idempotency_keys WHERE created_at/, "Old keys go, whose ever"],
  ["src/services/TicketStatsService.ts", /FROM \$\{sql\.literal\(ticketJoins\)\}/, "`ticketConditions` says whose"],
  ["src/services/TicketStatsService.ts", /(FROM|WITH) (matching|named)/, "These are made of a tenant's tickets"],
  ["src/services/AssetStatsService.ts", /FROM assets a WHERE/, "`assetConditions` says whose"],
  ["src/services/AssetStatsService.ts", /FROM (matching|counted)/, "These are made of a tenant's assets"],
  ["src/services/softwareSearch.ts", /versions AS \(\$\{versions\}\)/, "`chosen` and `versions` are a tenant's"],
  ["src/services/insertAll.ts", /INSERT INTO \$\{sql\(table\)\}/, "The rows that it is given hold their tenant"]
]

describe("SQL", () => {
  const statements = sources
    .filter((file) => partOf(file) === "services" || partOf(file) === "http")
    .flatMap((file) => templatesOf(read(file)).map((template) => ({ file, template })))
    .filter(({ template }) => namesTable(template))

  it("is seen by this test", () => {
    assert.isAbove(statements.length, 40)
  })

  it("names the tenant in every statement", () => {
    const wrong = statements.filter(
      ({ file, template }) =>
        !namesTenant(template, file) &&
        !beyondTenants.some(([where, statement]) => where === file && statement.test(template))
    )
    assert.deepStrictEqual(wrong, [])
  })

  it("has no exception that is no longer needed", () => {
    const unused = beyondTenants.filter(
      ([file, statement]) => !statements.some((one) => one.file === file && statement.test(one.template))
    )
    assert.deepStrictEqual(unused, [])
  })
})
