/** Starts the command line, with what was compiled at the last start kept for the next. */
import { enableCompileCache } from "node:module"

enableCompileCache()
await import("./cli.ts")
