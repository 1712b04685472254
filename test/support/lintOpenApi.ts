/** Lints the OpenAPI document of each edition that is here: `npm run openapi:lint`. Any error or warning fails. */
import { execFile } from "node:child_process"
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { community, type Edition } from "../../src/layers/Edition.ts"

const root = new URL("../../", import.meta.url).pathname

const enterprise = async (): Promise<ReadonlyArray<Edition>> => {
  const entry = join(root, "ee/layers/Enterprise.ts")
  if (!existsSync(entry)) return []
  const module: { readonly enterprise: Edition } = await import(entry)
  return [module.enterprise]
}

interface Report {
  readonly totals: { readonly errors: number; readonly warnings: number }
  readonly problems: ReadonlyArray<{
    readonly ruleId: string
    readonly severity: string
    readonly message: string
    readonly location: ReadonlyArray<{ readonly pointer?: string }>
  }>
}

/** `/assets/maintenance/{scheduleId}` and `/assets/{id}/maintenance` are told apart by the router: what is fixed wins. */
const passed = ["--skip-rule=no-ambiguous-paths"]

/** Redocly's report on a document, by its recommended rules. Nothing is asked of the network. */
const lint = (file: string) =>
  new Promise<Report>((resolve, reject) => {
    const redocly = join(root, "node_modules/@redocly/cli/bin/cli.js")
    const options = ["lint", file, "--extends=recommended", "--format=json", "--max-problems=1000", ...passed]
    const env = { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true", NO_COLOR: "1" }
    execFile(process.execPath, [redocly, ...options], { env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      try {
        resolve(JSON.parse(stdout.slice(stdout.indexOf("{"), stdout.lastIndexOf("}") + 1)))
      } catch {
        reject(error ?? new Error(stderr))
      }
    })
  })

const directory = mkdtempSync(join(tmpdir(), "psa-openapi-"))
try {
  for (const edition of [community, ...(await enterprise())]) {
    const file = join(directory, `${edition.name}.json`)
    const document = edition.openApi()
    writeFileSync(file, JSON.stringify(document))
    const { problems, totals } = await lint(file)
    for (const { location, message, ruleId, severity } of problems) {
      process.stdout.write(`${severity} ${ruleId} ${location[0]?.pointer ?? ""}: ${message}\n`)
    }
    const operations = Object.values(document.paths).reduce((count, path) => count + Object.keys(path).length, 0)
    process.stdout.write(
      `${edition.name}: ${operations} operations, ${totals.errors} errors, ${totals.warnings} warnings\n`
    )
    if (totals.errors + totals.warnings > 0) process.exitCode = 1
  }
} finally {
  rmSync(directory, { recursive: true })
}
