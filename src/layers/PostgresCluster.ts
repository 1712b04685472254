/**
 * The files of the embedded PostgreSQL's databases, under `DATA_DIR`.
 *
 * Plain Node, so that making them, which takes about a second, begins before anything else is loaded.
 */
import { type ChildProcess, spawn } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { type Account, accountFor, type Binaries, findBinaries, isReachable } from "./PostgresBinaries.ts"

/** `DATA_DIR`, where it is not set. */
export const defaultDirectory = "data"

/** The user that the server starts with and its database belongs to. */
export const user = "psa"

/** Another process has made the cluster meanwhile. */
export class AlreadyMade extends Error {}

export interface Cluster {
  readonly directory: string
  readonly binaries: Binaries
  /** Whom the server runs as; this process's own user, where absent. */
  readonly account: Account | undefined
  /** Whether it was just made. */
  readonly isNew: boolean
}

export const clusterOf = (dataDir: string) => path.resolve(dataDir, "postgres")

/** What `begin` began, by directory. */
const begun = new Map<string, Making>()

interface Making {
  readonly cluster: Promise<Cluster>
  readonly abort: () => void
}

/** Begins to make the cluster, if there is none; waits until that goes on by itself. What comes of it, `ensure` says. */
export const begin = async (dataDir: string) => {
  const directory = clusterOf(dataDir)
  if (fs.existsSync(directory)) return
  await new Promise<void>((resolve) => {
    const making = make(directory, resolve)
    begun.set(directory, making)
    making.cluster.then(
      () => resolve(),
      () => resolve()
    )
  })
}

/** The cluster of `dataDir`, made if it is not there yet. */
export const ensure = (dataDir: string): Making => {
  const directory = clusterOf(dataDir)
  const making = begun.get(directory) ?? make(directory)
  begun.delete(directory)
  return making
}

const make = (directory: string, started: () => void = () => {}): Making => {
  const controller = new AbortController()
  return { cluster: prepare(directory, controller.signal, started), abort: () => controller.abort() }
}

/**
 * Initialises the cluster's directory unless it is there. It gets its name when it is finished: a crash in the middle
 * leaves nothing that looks like one, and of two at once one finds it made.
 */
const prepare = async (directory: string, signal: AbortSignal, started: () => void): Promise<Cluster> => {
  const account = accountFor(directory)
  const binaries = await findBinaries(account)
  if (fs.existsSync(path.join(directory, "PG_VERSION"))) return { directory, binaries, account, isNew: false }
  fs.mkdirSync(path.dirname(directory), { recursive: true })
  removeLeftovers(directory)
  const partial = fs.mkdtempSync(`${directory}-new-${process.pid}-`)
  const discard = () => {
    try {
      fs.rmSync(partial, { recursive: true, force: true })
    } catch {
      // What is left, a later start removes.
    }
  }
  process.once("exit", discard)
  try {
    if (account !== undefined) fs.chownSync(partial, account.uid, account.gid)
    const initialised = initialise(partial, binaries, account, signal)
    started()
    await initialised
    moveTo(partial, directory)
  } finally {
    discard()
    process.off("exit", discard)
  }
  return { directory, binaries, account, isNew: true }
}

const moveTo = (partial: string, directory: string) => {
  try {
    fs.renameSync(partial, directory)
  } catch (cause) {
    throw fs.existsSync(path.join(directory, "PG_VERSION")) ? new AlreadyMade() : cause
  }
}

/** Removes what starts that crashed in the middle of an initialisation have left. */
const removeLeftovers = (cluster: string) => {
  const directory = path.dirname(cluster)
  for (const name of fs.readdirSync(directory)) {
    const pid = /^postgres-new-(\d+)-/.exec(name)?.[1]
    if (pid !== undefined && !isThere(Number(pid))) {
      fs.rmSync(path.join(directory, name), { recursive: true, force: true, maxRetries: 3 })
    }
  }
}

export const isThere = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch (cause) {
    return cause instanceof Error && "code" in cause && cause.code === "EPERM"
  }
}

/** Runs to its end, in a session of its own: a Ctrl-C is for this process, which then stops it. */
const initialise = async (
  directory: string,
  binaries: Binaries,
  account: Account | undefined,
  signal: AbortSignal
): Promise<void> => {
  signal.throwIfAborted()
  const place = placeOf(directory, account)
  const initdb = spawn(
    binaries.initdb,
    [
      ...["-D", place.name, "-U", user, "-A", "trust", "-E", "UTF8", "--no-sync", "--no-instructions"],
      // Letters of all languages have their two cases, and sort the same on every machine.
      ...["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    ],
    { ...account, cwd: place.cwd, detached: true, stdio: ["ignore", "ignore", "pipe"] }
  )
  const kill = () => killGroup(initdb)
  signal.addEventListener("abort", kill)
  process.prependOnceListener("exit", kill)
  try {
    await new Promise<void>((resolve, reject) => {
      let log = ""
      initdb.stderr.setEncoding("utf8").on("data", (text: string) => {
        log += text
      })
      initdb.once("error", reject)
      initdb.once("close", (code) =>
        code === 0 ? resolve() : reject(new Error(log === "" ? `initdb ended with ${code}` : log))
      )
    })
  } finally {
    process.off("exit", kill)
  }
}

/** With the servers that it runs for a moment. */
const killGroup = ({ pid }: ChildProcess) => {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL")
  } catch {
    // It has ended.
  }
}

/**
 * How a directory is named to a program, and where the program starts. An account that cannot pass through the directories
 * above it, such as those of root's home, is started inside it, and calls it by where it is.
 */
export const placeOf = (directory: string, account: Account | undefined) =>
  account === undefined || isReachable(fs.realpathSync(path.dirname(directory)))
    ? { name: directory, cwd: "/" }
    : { name: "/proc/self/cwd", cwd: directory }
