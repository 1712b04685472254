/** Starts the command line: from the bundle, and with what was compiled at the last start kept for the next. */
import { existsSync } from "node:fs"
import { enableCompileCache } from "node:module"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { bundleDirectory, makeBundle } from "./bundle.ts"

enableCompileCache()

const [, , command = "serve"] = process.argv

// Who is told to stop before there is anything to stop, goes.
const leave = () => process.exit(command === "serve" ? 0 : 130)
process.on("SIGINT", leave).on("SIGTERM", leave)

// A new database of our own takes about as long to make as everything else to load: that goes on meanwhile.
const { DATABASE_URL = "", DATA_DIR = "" } = process.env
if (command === "serve" && DATABASE_URL === "") {
  const { begin, defaultDirectory } = await import("./layers/PostgresCluster.ts")
  await begin(DATA_DIR === "" ? defaultDirectory : DATA_DIR)
}

const bundle = bundleDirectory()
if (command === "serve" && !existsSync(bundle)) await makeBundle()
await import(existsSync(bundle) ? pathToFileURL(join(bundle, "cli.js")).href : "./cli.ts")
process.off("SIGINT", leave).off("SIGTERM", leave)
