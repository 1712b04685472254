/** The processes of a measurement: two servers, and the one that sends requests. */
import { type ChildProcess, fork } from "node:child_process"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import manifest from "../package.json" with { type: "json" }
import type { Load, LoadResult } from "./load.ts"
import type { Question, ServerConfig, Usage } from "./measured.ts"

// As the command line has it: what was compiled at the last start is kept for the next.
const env = { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), "node-compile-cache") }

/** What `npm start` tells Node.js: our service is measured as it is run. */
const startFlags = (manifest.scripts.start.match(/ (--\S+)/g) ?? []).map((flag) => flag.trim())

const start = (file: string, ...args: ReadonlyArray<string>) =>
  fork(fileURLToPath(new URL(file, import.meta.url)), args, {
    execPath: process.execPath,
    execArgv: file === "ours.ts" ? startFlags : [],
    env
  })

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

/** Starts `ours.ts` or `peer.ts`, and waits until it listens. */
export const startServer = async (side: "ours" | "peer", config: ServerConfig): Promise<Server> => {
  const child = start(`${side}.ts`, JSON.stringify(config))
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
  const child = start("load.ts")
  await answer(child)
  return { run: (load) => answer<LoadResult>(child, load), stop: () => stop(child) }
}
