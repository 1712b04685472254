/** The processes of a measurement: two servers, and the one that sends requests. */
import { type ChildProcess, fork } from "node:child_process"
import { rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import manifest from "../package.json" with { type: "json" }
import { root } from "../src/bundle.ts"
import { write } from "../src/bundling.ts"
import type { Load, LoadResult } from "./load.ts"
import type { Question, ServerConfig, Usage } from "./measured.ts"

// As the command line has it: what was compiled at the last start is kept for the next.
const env = { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), "node-compile-cache") }

/** What `npm start` tells Node.js: our service is measured as it is run. */
const startFlags = (manifest.scripts.start.match(/ (--\S+)/g) ?? []).map((flag) => flag.trim())

const source = (name: string) => fileURLToPath(new URL(`${name}.ts`, import.meta.url))
const bundles = join(root, ".cache", "bench")

/** Bundles both servers as `npm start` bundles ours. */
export const bundleServers = () => {
  rmSync(bundles, { recursive: true, force: true })
  return write({ ours: source("ours"), peer: source("peer") }, bundles)
}

const start = (file: string, flags: ReadonlyArray<string>, ...args: ReadonlyArray<string>) =>
  fork(file, args, { execPath: process.execPath, execArgv: [...flags], env })

/** The next message of a process. */
const answer = <A>(child: ChildProcess, question?: Question | Load): Promise<A> =>
  new Promise((resolve, reject) => {
    const done = () => {
      child.off("message", onMessage)
      child.off("exit", onExit)
    }
    const onMessage = (message: A) => {
      done()
      resolve(message)
    }
    const onExit = (code: number | null) => {
      done()
      reject(new Error(`${child.spawnargs[1]} ended with ${code}`))
    }
    child.on("message", onMessage)
    child.on("exit", onExit)
    if (question !== undefined) child.send(question)
  })

const stop = async (child: ChildProcess) => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once("exit", resolve))
  child.disconnect()
  await ended
}

export interface Server {
  readonly url: string
  readonly usage: () => Promise<Usage>
  /** Profiles while `work` runs, into a `.cpuprofile`. */
  readonly profile: (file: string, work: () => Promise<unknown>) => Promise<void>
  readonly stop: () => Promise<void>
}

/** Starts a server, and waits until it listens: from its bundle, or from the sources, whose names a profile shows. */
export const startServer = async (
  side: "ours" | "peer",
  config: ServerConfig,
  from: "bundle" | "sources" = "bundle"
): Promise<Server> => {
  const file = from === "bundle" ? join(bundles, `${side}.js`) : source(side)
  const child = start(file, side === "ours" ? startFlags : [], JSON.stringify(config))
  const { port } = await answer<{ readonly port: number }>(child)
  return {
    url: `http://127.0.0.1:${port}`,
    usage: () => answer<Usage>(child, { ask: "usage" }),
    profile: async (file, work) => {
      await answer(child, { ask: "profile" })
      await work()
      await answer(child, { ask: "profiled", file })
    },
    stop: () => stop(child)
  }
}

export interface Loader {
  readonly run: (load: Load) => Promise<LoadResult>
  readonly stop: () => Promise<void>
}

export const startLoader = async (): Promise<Loader> => {
  const child = start(source("load"), [])
  await answer(child)
  return { run: (load) => answer<LoadResult>(child, load), stop: () => stop(child) }
}
