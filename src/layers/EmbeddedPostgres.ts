/**
 * A PostgreSQL server of our own, from the binaries that npm brings, with its data under `DATA_DIR`.
 *
 * It listens on a Unix socket only, in a directory that nobody else may enter, so it needs no password. It runs under a
 * small guard process that stops it when this process goes away, however it goes away.
 */
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as net from "node:net"
import * as os from "node:os"
import * as path from "node:path"
import { Data, Effect, Schedule, type Scope } from "effect"
import { type Account, isReachable } from "./PostgresBinaries.ts"
import { AlreadyMade, type Cluster, clusterOf, ensure, isThere, placeOf, user } from "./PostgresCluster.ts"
import { StartupError } from "./Settings.ts"

/** How to reach the server. */
export interface Socket {
  /** The directory that holds the socket. */
  readonly directory: string
  readonly port: number
}

/** The whole path of a server's socket. */
export const socketPath = (socket: Socket) => path.join(socket.directory, `.s.PGSQL.${socket.port}`)

export { user } from "./PostgresCluster.ts"

/** Another process has the data. */
class Taken extends Data.TaggedError("Taken")<{ readonly directory: string; readonly pid: number | undefined }> {}

/** How a server of ours ends: at once, or when the last of those who share it has gone. */
type Ending = "fast" | "smart"

/**
 * Starts the server of `dataDir` for as long as the scope is open, creating it if it is not there yet.
 * Fails with a line that says why when another process has it, or it cannot start.
 */
export const start = (dataDir: string): Effect.Effect<Socket, StartupError, Scope.Scope> =>
  Effect.andThen(whenFree(dataDir), launchFree(dataDir, "fast")).pipe(Effect.catchTag("Taken", refusal))

/** The server that runs on `dataDir`, or else one that is started for as long as the scope is open. */
export const join = (dataDir: string): Effect.Effect<Socket, StartupError, Scope.Scope> =>
  Effect.gen(function* () {
    const postmaster = readPostmaster(clusterOf(dataDir))
    if (postmaster === undefined) return yield* launchFree(dataDir, "smart")
    if (yield* serves(postmaster.socket)) return postmaster.socket
    if (yield* isBusy(clusterOf(dataDir), postmaster)) return yield* taken(dataDir, postmaster)
    return yield* launchFree(dataDir, "smart")
  }).pipe(
    // It starts or stops just now: look again.
    Effect.retry({ while: ({ _tag }) => _tag === "Taken", schedule: Schedule.spaced("100 millis"), times: 100 }),
    Effect.catchTag("Taken", refusal)
  )

const taken = (dataDir: string, { pid }: Postmaster) => new Taken({ directory: path.resolve(dataDir), pid })

const refusal = ({ directory, pid }: Taken) =>
  Effect.fail(
    new StartupError({
      message:
        `${directory} is in use by another service${pid === undefined ? "" : ` (PostgreSQL process ${pid})`}. ` +
        "Stop it first, or set DATA_DIR to another directory."
    })
  )

const launchFree = (dataDir: string, ending: Ending) =>
  Effect.gen(function* () {
    const cluster = yield* clusterFor(dataDir)
    yield* attempt(() => disown(cluster.directory))
    const directory = yield* attempt(() => socketDirectory(cluster.account))
    const server = yield* Effect.acquireRelease(launch(cluster, directory, ending), (server) =>
      Effect.promise(server.stop)
    )
    if (cluster.isNew) {
      const syncing = Effect.andThen(
        Effect.sleep("5 seconds"),
        attempt(() => writeThrough(cluster))
      )
      yield* Effect.forkScoped(Effect.ignore(syncing))
    }
    return server.socket
  })

/** The cluster. Being told to stop stops its making, too. */
const clusterFor = (dataDir: string) =>
  Effect.suspend(() => {
    const making = ensure(dataDir)
    return Effect.tryPromise({
      try: () => making.cluster,
      catch: (cause) =>
        cause instanceof AlreadyMade ? new Taken({ directory: path.resolve(dataDir), pid: undefined }) : failure(cause)
    }).pipe(
      Effect.onInterrupt(() => {
        making.abort()
        return Effect.promise(() => making.cluster.then(ignore, ignore))
      })
    )
  })

const ignore = () => {}

const failure = (cause: unknown) =>
  new StartupError({ message: `The embedded PostgreSQL did not start: ${text(cause)}` })
const text = (cause: unknown) =>
  (cause instanceof Error ? cause.message : String(cause)).trim().replace(/\s*\n\s*/g, " ")
const attempt = <A>(evaluate: () => A) => Effect.try({ try: evaluate, catch: failure })

/** Waits up to three seconds for a server that is shutting down. */
const whenFree = (dataDir: string): Effect.Effect<void, Taken> =>
  Effect.gen(function* () {
    const postmaster = readPostmaster(clusterOf(dataDir))
    if (postmaster !== undefined && (yield* isBusy(clusterOf(dataDir), postmaster))) {
      return yield* taken(dataDir, postmaster)
    }
  }).pipe(Effect.retry({ schedule: Schedule.spaced("100 millis"), times: 30 }))

interface Postmaster {
  readonly pid: number
  readonly socket: Socket
}

/** The lock file of a server says its process, port and socket directory. It stays behind when the server is killed. */
const readPostmaster = (cluster: string): Postmaster | undefined => {
  try {
    const lines = fs.readFileSync(path.join(cluster, "postmaster.pid"), "utf8").split("\n")
    return { pid: Number(lines[0]), socket: { directory: lines[4] ?? "", port: Number(lines[3]) } }
  } catch {
    return undefined
  }
}

const isBusy = (cluster: string, postmaster: Postmaster) =>
  isPostmaster(cluster, postmaster.pid) ? Effect.succeed(true) : answers(postmaster.socket)

/** Whether the process is the cluster's server, where the system shows such things; its number may be another's by now. */
const isPostmaster = (cluster: string, pid: number) => {
  try {
    return (
      fs.readFileSync(`/proc/${pid}/comm`, "utf8").trim() === "postgres" &&
      fs.readlinkSync(`/proc/${pid}/cwd`) === fs.realpathSync(cluster)
    )
  } catch {
    return false
  }
}

/**
 * A lock file that was left behind can name a process that is another by now, which the server would take for one of its
 * own kind. So it gets a number that no process has; the rest, by which the server knows whether its memory is still in
 * use, stays.
 */
const disown = (cluster: string) => {
  const file = path.join(cluster, "postmaster.pid")
  const pid = readPostmaster(cluster)?.pid
  if (pid === undefined || !isThere(pid) || !fs.existsSync("/proc/self/comm") || isPostmaster(cluster, pid)) return
  fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace(/^\d+/, "2147483647"))
}

const answers = (socket: Socket) => ask(socket, (resume, connection) => connection.once("connect", () => resume(true)))

/** Whether the server takes part in the protocol: one that starts or stops says so with an error, and is no use. */
const serves = (socket: Socket) =>
  ask(socket, (resume, connection) => {
    const parameters = `user\0${user}\0database\0postgres\0\0`
    const startup = Buffer.alloc(8 + parameters.length)
    startup.writeInt32BE(startup.length, 0)
    startup.writeInt32BE(196_608, 4)
    startup.write(parameters, 8)
    connection.write(startup)
    connection.once("data", (answer) => resume(answer.at(0) === "R".charCodeAt(0)))
  })

const ask = (socket: Socket, question: (resume: (answer: boolean) => void, connection: net.Socket) => void) =>
  Effect.callback<boolean>((resume) => {
    const connection = net.connect(socketPath(socket))
    const done = (answer: boolean) => {
      connection.destroy()
      resume(Effect.succeed(answer))
    }
    connection.once("error", () => done(false)).once("close", () => done(false))
    question(done, connection)
  })

/** A new cluster's files reach the disk soon after the start. A crash of the machine before that may lose it. */
const writeThrough = ({ account, binaries, directory }: Cluster) => {
  const place = placeOf(directory, account)
  spawn(binaries.initdb, ["-D", place.name, "--sync-only"], { ...account, cwd: place.cwd, stdio: "ignore" })
    .once("error", () => {})
    .unref()
}

/**
 * Keeps the server for as long as its standard input is open, which is as long as the process that holds the other end.
 * A session of its own keeps a Ctrl-C at the terminal from reaching the server before the last answer is out.
 */
const guard = `signal=$1 directory=$2; shift 2; exec 3<&0; "$@" </dev/null & server=$!
(cat <&3; kill -$signal $server) >/dev/null 2>&1 & wait $server; code=$?; rm -rf "$directory"; exit $code`

const signals = { fast: "INT", smart: "TERM" } satisfies Record<Ending, string>

interface Server {
  readonly socket: Socket
  readonly stop: () => Promise<void>
}

/**
 * A connection keeps up to 16 MB that it is done with, where its memory is glibc's. To give it back and get it again for
 * each statement that is planned anew, as searches are, takes longer than the search on machines whose memory is virtual.
 */
const env = { ...process.env, MALLOC_TRIM_THRESHOLD_: "16777216", MALLOC_MMAP_THRESHOLD_: "16777216" }

const launch = (cluster: Cluster, directory: string, ending: Ending) =>
  Effect.callback<Server, StartupError | Taken>((resume) => {
    const socket: Socket = { directory, port: 5432 }
    const { account, binaries } = cluster
    const place = placeOf(cluster.directory, account)
    const server = spawn(
      "/bin/sh",
      [
        "-c",
        guard,
        "postgres-guard",
        signals[ending],
        directory,
        binaries.postgres,
        "-D",
        place.name,
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
      { ...account, cwd: place.cwd, env, detached: true, stdio: ["pipe", "ignore", "pipe"] }
    )
    const stopped = new Promise<void>((resolve) => server.once("exit", () => resolve()))
    const stop = async () => {
      server.stdin.end()
      await stopped
      fs.rmSync(directory, { recursive: true, force: true })
    }
    let log = ""
    server.stdin.on("error", () => {})
    server.stderr.setEncoding("utf8").on("data", (text: string) => {
      log = (log + text).slice(-4096)
      if (log.includes("ready to accept connections")) resume(Effect.succeed({ socket, stop }))
    })
    server.once("error", (cause) => resume(Effect.fail(failure(cause))))
    server.once("exit", () => server.stdin.destroy())
    server.once("close", () => {
      const taken = /lock file "postmaster.pid" already exists/.test(log)
      const pid = Number(/PID (\d+)/.exec(log)?.[1])
      resume(
        Effect.fail(taken ? new Taken({ directory: path.dirname(cluster.directory), pid }) : failure(lastFatal(log)))
      )
    })
  })

/** A new directory that the server's user can reach, with a path that is short enough for a socket's name. */
const socketDirectory = (account: Account | undefined) => {
  const parent = [os.tmpdir(), "/tmp", "/var/tmp"].find((candidate) => {
    try {
      fs.accessSync(candidate, fs.constants.W_OK)
    } catch {
      return false
    }
    return candidate.length <= 70 && (account === undefined || isReachable(fs.realpathSync(candidate)))
  })
  if (parent === undefined) throw new Error("there is no directory for its socket: set TMPDIR to one")
  const directory = fs.mkdtempSync(path.join(parent, "psa-"))
  if (account !== undefined) fs.chownSync(directory, account.uid, account.gid)
  return directory
}

const lastFatal = (log: string) =>
  log
    .split("\n")
    .filter((line) => /FATAL|HINT|ERROR/.test(line))
    .join(" ") || log.trim()
