/** Starts the command line, with what was compiled at the last start kept for the next. */
import { enableCompileCache } from "node:module"

enableCompileCache()

// A new database of our own takes about as long to make as everything else to load: that goes on meanwhile.
const [, , command = "serve"] = process.argv
const { DATABASE_URL = "", DATA_DIR = "" } = process.env
if (command === "serve" && DATABASE_URL === "") {
  const { begin, defaultDirectory } = await import("./layers/PostgresCluster.ts")
  await begin(DATA_DIR === "" ? defaultDirectory : DATA_DIR)
}

await import("./cli.ts")
