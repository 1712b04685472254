/** Content in a directory of this machine: `<tenant>/ab/cd/<SHA-256>`, and in `incoming` what is on its way in. */
import { dirname, join } from "node:path"
import { Effect, FileSystem, Layer, Option, Stream } from "effect"
import type { ByteRange } from "../domain/ByteRange.ts"
import { type Content, ContentMissing, ContentStore, type Received } from "../services/ContentStore.ts"
import { absent, privateDirectory, receiving, tidying } from "./Spool.ts"

/** How much is read from the disk at once, in bytes. */
const pieceSize = 64 * 1024

/** A disk that fails is nothing that a caller could put right. */
const unfailing = Effect.orDie

/** The store in `directory`, which is made when the first file comes. */
export const localContent = (directory: string) =>
  Layer.effect(
    ContentStore,
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const incoming = join(directory, "incoming")
      yield* Effect.forkScoped(tidying(fs, incoming))

      const placeOf = ({ sha256, tenant }: Omit<Content, "size">) =>
        join(directory, tenant, sha256.slice(0, 2), sha256.slice(2, 4), sha256)

      /** Makes what was done to a file or directory outlast a crash. */
      const sync = (path: string, flag: "r" | "r+") =>
        Effect.scoped(Effect.flatMap(fs.open(path, { flag }), (file) => file.sync))

      const has = Effect.fn("ContentStore.has")(function* (content: Content) {
        const info = yield* absent(Effect.asSome(fs.stat(placeOf(content))), Option.none())
        return Option.exists(info, ({ size }) => Number(size) === content.size)
      }, unfailing)

      const put = Effect.fn("ContentStore.put")(function* (tenant: string, { path, sha256, size }: Received) {
        const content = { tenant, sha256, size }
        if (yield* has(content)) return
        const place = placeOf(content)
        yield* fs.makeDirectory(dirname(place), privateDirectory)
        yield* sync(path, "r+")
        yield* fs.rename(path, place)
        // The name is in its directory, and each of those, perhaps new, in the one above it.
        for (let folder = dirname(place); folder.length >= directory.length; folder = dirname(folder)) {
          yield* sync(folder, "r")
        }
      }, unfailing)

      const get = Effect.fn("ContentStore.get")(function* (content: Content, range?: ByteRange) {
        const opened = yield* unfailing(absent(Effect.asSome(fs.open(placeOf(content))), Option.none()))
        if (Option.isNone(opened)) return yield* ContentMissing.of(content)
        const { size } = yield* unfailing(opened.value.stat)
        if (Number(size) !== content.size)
          return yield* Effect.die(new Error(`${placeOf(content)} is damaged: ${size} bytes`))
        const { start, end } = range ?? { start: 0, end: content.size - 1 }
        return Stream.unfold(start, (position) => piece(opened.value, position, end + 1 - position))
      })

      const remove = (content: Omit<Content, "size">) => unfailing(fs.remove(placeOf(content), { force: true }))

      return ContentStore.of({ receive: receiving(fs, incoming), put, get, has, remove })
    })
  )

/** The next piece of a file of which `left` bytes are wanted, and where the one after it begins. */
const piece = (file: FileSystem.File, position: number, left: number) => {
  if (left <= 0) return Effect.succeed(undefined)
  return file.readAlloc(Math.min(left, pieceSize), { position: BigInt(position) }).pipe(
    Effect.map(Option.getOrThrowWith(() => new Error("A file of the content store is shorter than it was"))),
    Effect.map((bytes) => [bytes, position + bytes.length] as const),
    unfailing
  )
}
