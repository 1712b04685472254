/** Files on their way in: each in a directory for all of them, until it is known whole and has its place. */
import { createHash, randomUUID } from "node:crypto"
import { join } from "node:path"
import { Clock, Effect, type FileSystem, Option, type Scope, Stream } from "effect"
import type { PlatformError } from "effect/PlatformError"
import type { ContentStore, Received } from "../services/ContentStore.ts"

/** How long a file may wait for its next bytes before it counts as left behind by a process that is gone, in milliseconds. */
export const staleAfter = 60 * 60 * 1000

/** Only this user reads what people upload. */
export const privateDirectory = { recursive: true, mode: 0o700 }

/** Takes files into `directory`, which is made when the first one comes. */
export const receiving =
  (fs: FileSystem.FileSystem, directory: string): ContentStore["Service"]["receive"] =>
  <E, R>(bytes: Stream.Stream<Uint8Array, E, R>): Effect.Effect<Received, E, R | Scope.Scope> =>
    Effect.gen(function* () {
      yield* Effect.orDie(fs.makeDirectory(directory, privateDirectory))
      const path = join(directory, randomUUID())
      yield* Effect.addFinalizer(() => Effect.orDie(fs.remove(path, { force: true })))
      const hash = createHash("sha256")
      let size = 0
      const write = (file: FileSystem.File) =>
        Stream.runForEach(bytes, (chunk) => {
          hash.update(chunk)
          size += chunk.length
          return Effect.orDie(file.writeAll(chunk))
        })
      yield* Effect.scoped(Effect.flatMap(Effect.orDie(fs.open(path, { flag: "wx", mode: 0o600 })), write))
      return { path, sha256: hash.digest("hex"), size }
    })

/** Removes, now and every hour, what processes that are gone have left in `directory`. */
export const tidying = (fs: FileSystem.FileSystem, directory: string): Effect.Effect<never> =>
  tidy(fs, directory).pipe(
    Effect.catchCause((cause) => Effect.logWarning("Could not remove what uploads have left behind", cause)),
    Effect.andThen(Effect.sleep("1 hour")),
    Effect.forever
  )

const tidy = Effect.fnUntraced(function* (fs: FileSystem.FileSystem, directory: string) {
  const names = yield* absent(fs.readDirectory(directory), [])
  const now = yield* Clock.currentTimeMillis
  yield* Effect.forEach(names, (name) => removeStale(fs, join(directory, name), now), { discard: true })
})

const removeStale = Effect.fnUntraced(function* (fs: FileSystem.FileSystem, path: string, now: number) {
  const info = yield* absent(Effect.asSome(fs.stat(path)), Option.none())
  const changed = Option.flatMap(info, ({ mtime }) => mtime)
  if (Option.exists(changed, (time) => now - time.getTime() > staleAfter)) yield* fs.remove(path, { force: true })
})

/** `otherwise`, where the file or directory is not there. */
export const absent = <A, B, R>(
  effect: Effect.Effect<A, PlatformError, R>,
  otherwise: B
): Effect.Effect<A | B, PlatformError, R> =>
  Effect.catchIf(
    effect,
    ({ reason }) => reason._tag === "NotFound",
    () => Effect.succeed(otherwise)
  )
