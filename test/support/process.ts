/** The real thing: `node src/main.ts ...` as a process of its own, on data of its own. */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url))

type Env = Readonly<Record<string, string>>

const start = (args: ReadonlyArray<string>, env: Env) => {
  // Nothing of this process's own settings, but what a process needs to run.
  const { HOME = "/", PATH = "" } = process.env
  return spawn(process.execPath, [main, ...args], {
    env: { HOME, PATH, TMPDIR: tmpdir(), ...env },
    stdio: ["ignore", "pipe", "pipe"]
  })
}

const collect = (child: ChildProcess) => {
  const output = { stdout: "", stderr: "" }
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    output.stdout += text
  })
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    output.stderr += text
  })
  return output
}

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A command, run to its end. */
export const run = async (args: ReadonlyArray<string>, env: Env): Promise<Ended> => {
  const child = start(args, env)
  const output = collect(child)
  const [code] = await once(child, "close")
  return { code, ...output }
}

/** A command with `--json`, and what it printed: one JSON value, and nothing else. */
// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever the command prints
export const json = async (args: ReadonlyArray<string>, env: Env): Promise<any> => {
  const { code, stderr, stdout } = await run([...args, "--json"], env)
  if (code !== 0) throw new Error(`psa ${args.join(" ")} ended with ${code}: ${stderr}`)
  return JSON.parse(stdout)
}

export interface Running {
  readonly url: string
  /** What it has printed by now. */
  readonly output: { readonly stdout: string; readonly stderr: string }
  /** Sends a signal; resolves with how it ended. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<Ended>
}

const running = new Set<ChildProcess>()

/** The service, once it says that it is ready. */
export const serve = async (env: Env): Promise<Running> => {
  const child = start(["serve"], { PORT: "0", HOST: "127.0.0.1", ...env })
  running.add(child)
  const output = collect(child)
  const ended = once(child, "close").then(([code]): Ended => {
    running.delete(child)
    return { code, ...output }
  })
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.on("data", () => {
      // The last thing it says ends with an empty line.
      const found = /Ready: +(http:\S+)\n[\s\S]*\n\n$/.exec(output.stdout)?.[1]
      if (found !== undefined) resolve(found)
    })
    void ended.then(({ code, stderr }) => reject(new Error(`ended with ${code}: ${stderr}`)))
  })
  const stop = (signal: NodeJS.Signals = "SIGTERM") => {
    child.kill(signal)
    return ended
  }
  return { url, output, stop }
}

/** The key that the first start shows. */
export const keyIn = (stdout: string) => /API key: +(psa_\w+)/.exec(stdout)?.[1] ?? ""

const directories: Array<string> = []

/** An empty directory for data; `removeAll` removes it. */
export const dataDirectory = () => {
  const directory = mkdtempSync(join(tmpdir(), "psa-cli-"))
  directories.push(directory)
  return directory
}

/** Stops what a failed test has left, and removes the data. */
export const removeAll = async () => {
  await Promise.all(
    [...running].map((child) => {
      child.kill("SIGKILL")
      return once(child, "close")
    })
  )
  await Promise.all(directories.map(postgresGone))
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true })
}

/** Resolves when no PostgreSQL server runs on the data any more. */
export const postgresGone = async (directory: string) => {
  while (isThere(lockHolder(directory))) {
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** The process that the server's lock names, while there is one: the file may go between any two looks. */
const lockHolder = (directory: string): number => {
  try {
    return Number(readFileSync(join(directory, "postgres/postmaster.pid"), "utf8").split("\n")[0])
  } catch {
    return Number.NaN
  }
}

const isThere = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
