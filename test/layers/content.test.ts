/** Where files are kept: the same behaviour of a directory and of a bucket, and what is particular to each. */
import { createHash, randomUUID } from "node:crypto"
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Layer, Option, Redacted, References, type Scope, Stream } from "effect"
import { ContentStoreLive } from "../../src/layers/Content.ts"
import { localContent } from "../../src/layers/LocalContent.ts"
import { s3Content, urlOf } from "../../src/layers/S3Content.ts"
import { ContentStore } from "../../src/services/ContentStore.ts"
import { accessKeyId, bucket, type FakeS3, fakeS3, region, secretAccessKey } from "../support/fakeS3.ts"
import { settings } from "../support/service.ts"

/** A directory that is removed with the scope. */
const directory = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "psa-content-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

interface Place {
  readonly layer: Layer.Layer<ContentStore>
  readonly incoming: string
  /** What it keeps, by tenant and hash. */
  readonly kept: () => ReadonlyArray<string>
}

const local: Effect.Effect<Place & { readonly path: string }, never, Scope.Scope> = Effect.map(directory, (path) => ({
  path,
  layer: localContent(path).pipe(Layer.provide(NodeFileSystem.layer)),
  incoming: join(path, "incoming"),
  kept: () =>
    readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => `${entry.parentPath.slice(path.length + 1).split("/")[0]}/${entry.name}`)
}))

const bucketSettings = (endpoint: string) => ({
  endpoint,
  bucket,
  region,
  accessKeyId,
  secretAccessKey: Redacted.make(secretAccessKey),
  forcePathStyle: true
})

const s3: Effect.Effect<Place & { readonly server: FakeS3 }, never, Scope.Scope> = Effect.gen(function* () {
  const server = yield* fakeS3
  const incoming = join(yield* directory, "incoming")
  const patience = { answer: "1500 millis", upload: "3 seconds" } as const
  return {
    server,
    incoming,
    layer: s3Content(bucketSettings(server.endpoint), incoming, patience).pipe(
      Layer.provide([NodeFileSystem.layer, NodeHttpClient.layerUndici])
    ),
    kept: () => [...server.objects.keys()]
  }
})

const bytes = (text: string) => new TextEncoder().encode(text)
const hashOf = (data: Uint8Array | string) => createHash("sha256").update(data).digest("hex")
const entriesOf = (path: string) => (existsSync(path) ? readdirSync(path) : [])

const quiet = Effect.provideService(References.MinimumLogLevel, "None")

/** Puts a text, and says what it was put as. */
const put = Effect.fnUntraced(function* (tenant: string, text: string) {
  const store = yield* ContentStore
  const received = yield* store.receive(Stream.make(bytes(text)))
  yield* store.put(tenant, received)
  return { tenant, sha256: received.sha256, size: received.size }
}, Effect.scoped)

const textOf = <E>(stream: Stream.Stream<Uint8Array, E>) => Stream.mkString(Stream.decodeText(stream))

const get = Effect.fnUntraced(function* (
  content: { readonly tenant: string; readonly sha256: string; readonly size: number },
  range?: { readonly start: number; readonly end: number }
) {
  const store = yield* ContentStore
  return yield* textOf(yield* store.get(content, range))
}, Effect.scoped)

const failureOf = <A, E>(exit: Exit.Exit<A, E>) => Option.getOrUndefined(Exit.findErrorOption(exit))

const battery = (name: string, place: Effect.Effect<Place, never, Scope.Scope>) => {
  const run = <A, E>(test: (place: Place) => Effect.Effect<A, E, ContentStore | Scope.Scope>) =>
    Effect.flatMap(place, (made) => Effect.provide(test(made), made.layer))

  describe(name, () => {
    it.live("takes bytes in, and keeps them whole", () =>
      run(({ incoming, kept }) =>
        Effect.gen(function* () {
          const store = yield* ContentStore
          const tenant = randomUUID()
          const pieces = ["Über", "all ", "🔥", ""]
          yield* Effect.scoped(
            Effect.gen(function* () {
              const received = yield* store.receive(Stream.fromIterable(pieces.map(bytes)))
              assert.deepInclude(received, { sha256: hashOf(pieces.join("")), size: bytes(pieces.join("")).length })
              assert.deepStrictEqual(
                kept().filter((key) => !key.startsWith("incoming/")),
                [],
                "Nobody's content yet"
              )
              yield* store.put(tenant, received)
            })
          )
          const content = { tenant, sha256: hashOf(pieces.join("")), size: bytes(pieces.join("")).length }
          assert.strictEqual(yield* get(content), "Überall 🔥")
          assert.deepStrictEqual(kept(), [`${tenant}/${content.sha256}`])
          assert.deepStrictEqual(entriesOf(incoming), [], "Nothing is left of what came in")
        })
      )
    )

    it.live("gives parts", () =>
      run(() =>
        Effect.gen(function* () {
          const content = yield* put(randomUUID(), "0123456789")
          const part = (start: number, end: number) => get(content, { start, end })
          assert.deepStrictEqual(
            [yield* part(0, 0), yield* part(0, 9), yield* part(3, 5), yield* part(9, 9)],
            ["0", "0123456789", "345", "9"]
          )
        })
      )
    )

    it.live("keeps megabytes as they are", () =>
      run(() =>
        Effect.gen(function* () {
          const store = yield* ContentStore
          const tenant = randomUUID()
          const piece = Buffer.alloc(100_003, "0123456789abcdef~")
          const whole = createHash("sha256")
          for (let count = 0; count < 50; count++) whole.update(piece)
          const sha256 = whole.digest("hex")
          const received = yield* store.receive(Stream.fromIterable(Array.from({ length: 50 }, () => piece)))
          assert.deepInclude(received, { sha256, size: 50 * piece.length })
          yield* store.put(tenant, received)
          const back = createHash("sha256")
          const stream = yield* store.get({ tenant, sha256, size: received.size })
          yield* Stream.runForEach(stream, (chunk) => Effect.sync(() => back.update(chunk)))
          assert.strictEqual(back.digest("hex"), sha256)
        })
      )
    )

    it.live("keeps tenants apart", () =>
      run(({ kept }) =>
        Effect.gen(function* () {
          const store = yield* ContentStore
          const [mine, theirs] = [randomUUID(), randomUUID()]
          const content = yield* put(mine, "A secret")
          assert.isTrue(yield* store.has(content))
          assert.isFalse(yield* store.has({ ...content, tenant: theirs }))
          const missing = yield* Effect.exit(get({ ...content, tenant: theirs }))
          assert.strictEqual(failureOf(missing)?._tag, "ContentMissing")
          yield* put(theirs, "A secret")
          yield* store.remove(content)
          assert.deepStrictEqual(kept(), [`${theirs}/${content.sha256}`])
        })
      )
    )

    it.live("can be put to again, and removed from again", () =>
      run(({ incoming, kept }) =>
        Effect.gen(function* () {
          const store = yield* ContentStore
          const tenant = randomUUID()
          const content = yield* put(tenant, "Twice")
          yield* Effect.all([put(tenant, "Twice"), put(tenant, "Twice"), put(tenant, "Twice")], {
            concurrency: "unbounded"
          })
          assert.strictEqual(yield* get(content), "Twice")
          assert.strictEqual(kept().length, 1)
          yield* store.remove(content)
          yield* store.remove(content)
          assert.isFalse(yield* store.has(content))
          assert.strictEqual(failureOf(yield* Effect.exit(get(content)))?._tag, "ContentMissing")
          assert.deepStrictEqual(kept(), [])
          assert.deepStrictEqual(entriesOf(incoming), [])
        })
      )
    )

    it.live("can be read to the end by who has begun when it is removed", () =>
      run(() =>
        Effect.gen(function* () {
          const store = yield* ContentStore
          const content = yield* put(randomUUID(), "Still here")
          const stream = yield* store.get(content)
          yield* store.remove(content)
          assert.strictEqual(yield* textOf(stream), "Still here")
        })
      )
    )

    it.live("keeps nothing of what breaks off, fails or is not put", () =>
      run(({ incoming, kept }) =>
        Effect.gen(function* () {
          const store = yield* ContentStore
          const some = Stream.make(bytes("some"))
          const failing = Effect.scoped(store.receive(Stream.concat(some, Stream.fail("cut off"))))
          assert.strictEqual(failureOf(yield* Effect.exit(failing)), "cut off")
          const hanging = yield* Effect.forkChild(Effect.scoped(store.receive(Stream.concat(some, Stream.never))))
          while (entriesOf(incoming).length === 0) yield* Effect.sleep("1 millis")
          yield* Fiber.interrupt(hanging)
          yield* Effect.scoped(store.receive(some))
          assert.deepStrictEqual([entriesOf(incoming), kept()], [[], []])
        })
      )
    )

    it.live("forgets at its start what a process that is gone has left on its way in", () =>
      Effect.gen(function* () {
        const { incoming, layer } = yield* place
        const [left, recent] = [randomUUID(), randomUUID()]
        yield* Effect.gen(function* () {
          const store = yield* ContentStore
          yield* Effect.scoped(store.receive(Stream.make(bytes("x"))))
        }).pipe(Effect.provide(layer))
        for (const name of [left, recent]) writeFileSync(join(incoming, name), "half a file")
        const before = Date.now() / 1000 - 3700
        utimesSync(join(incoming, left), before, before)
        const tidied = Effect.gen(function* () {
          while (entriesOf(incoming).includes(left)) yield* Effect.sleep("1 millis")
        })
        yield* Effect.provide(tidied, Layer.fresh(layer))
        assert.deepStrictEqual(entriesOf(incoming), [recent], "Another process may still be at work on it")
      })
    )
  })
}

battery("content in a directory", local)
battery("content in a bucket", s3)

describe("content in a directory, on a disk that fails", () => {
  it.live("is a defect that names the file", () =>
    Effect.gen(function* () {
      const { layer, path } = yield* local
      yield* Effect.gen(function* () {
        const content = yield* put(randomUUID(), "Whole")
        const { sha256, tenant } = content
        const file = join(path, tenant, sha256.slice(0, 2), sha256.slice(2, 4), sha256)
        assert.strictEqual(readFileSync(file, "utf8"), "Whole")
        truncateSync(file, 2)
        const damaged = yield* Effect.exit(get(content))
        assert.isTrue(Exit.hasDies(damaged))
        assert.include(String(Exit.isFailure(damaged) && damaged.cause), file)
        assert.isFalse(yield* (yield* ContentStore).has(content), "What is damaged can be put again")
        yield* put(tenant, "Whole")
        assert.strictEqual(yield* get(content), "Whole")
      }).pipe(Effect.provide(layer))
    })
  )

  it.live("cannot be made where a file is", () =>
    Effect.gen(function* () {
      const { path } = yield* local
      writeFileSync(join(path, "file"), "")
      const layer = localContent(join(path, "file")).pipe(Layer.provide(NodeFileSystem.layer))
      const exit = yield* Effect.exit(Effect.provide(put(randomUUID(), "x"), layer))
      assert.isTrue(Exit.hasDies(exit))
    }).pipe(quiet)
  )
})

describe("content in a bucket", () => {
  const run = <A, E>(test: (server: FakeS3) => Effect.Effect<A, E, ContentStore | Scope.Scope>) =>
    s3.pipe(
      Effect.flatMap(({ layer, server }) => Effect.provide(test(server), layer)),
      quiet
    )

  const codeOf = <A, E>(effect: Effect.Effect<A, E, ContentStore>) =>
    Effect.map(Effect.exit(effect), (exit) => failureOf(exit))

  it.live("is put in one request, with its length and hash", () =>
    run(({ requests }) =>
      Effect.gen(function* () {
        const tenant = randomUUID()
        const content = yield* put(tenant, "Signed")
        const [sent, ...others] = requests
        assert.deepStrictEqual([sent?.method, others.length], ["PUT", 0])
        assert.deepInclude(sent, { path: `/${bucket}/${tenant}/${content.sha256}` })
        assert.deepInclude(sent?.headers, { "content-length": "6", "x-amz-content-sha256": content.sha256 })
        assert.notProperty(sent?.headers, "transfer-encoding")
      })
    )
  )

  it.live("is asked for again where the bucket fails for a moment", () =>
    run(({ next, objects }) =>
      Effect.gen(function* () {
        next.push(500, 503)
        const content = yield* put(randomUUID(), "Patience")
        next.push(503, 500)
        assert.strictEqual(yield* get(content), "Patience")
        next.push(500)
        yield* (yield* ContentStore).remove(content)
        assert.strictEqual(objects.size, 0)
      })
    )
  )

  it.live("is a bad gateway where the bucket goes on failing, refuses, or is silent", () =>
    run(({ next, requests }) =>
      Effect.gen(function* () {
        const content = yield* put(randomUUID(), "There")
        for (const told of [[500, 500, 500], [403], [301], ["silent"], ["stalled"]] as const) {
          next.push(...told)
          const failure = yield* codeOf(get(content))
          assert.strictEqual(failure?._tag, "BadGateway", String(told))
          assert.deepStrictEqual(next, [])
        }
        next.push(500, 500, 500)
        assert.strictEqual((yield* codeOf(put(randomUUID(), "x")))?._tag, "BadGateway")
        next.push(404)
        assert.strictEqual((yield* codeOf(put(randomUUID(), "x")))?._tag, "BadGateway", "A PUT finds no bucket")
        const before = requests.length
        next.push(403)
        assert.strictEqual((yield* codeOf(put(randomUUID(), "x")))?._tag, "BadGateway")
        assert.strictEqual(requests.length, before + 1, "A refusal is final")
        assert.strictEqual(yield* get(content), "There", "And then it answers again")
      })
    )
  )

  it.live("is a bad gateway with other credentials, another bucket, and where nobody listens", () =>
    Effect.gen(function* () {
      const { incoming, server } = yield* s3
      const right = bucketSettings(server.endpoint)
      for (const wrong of [
        { accessKeyId: "SOMEBODY" },
        { secretAccessKey: Redacted.make("a guess") },
        { region: "us-east-1" },
        { bucket: "others" },
        { endpoint: "http://127.0.0.1:9" }
      ]) {
        const layer = s3Content({ ...right, ...wrong }, incoming).pipe(
          Layer.provide([NodeFileSystem.layer, NodeHttpClient.layerUndici])
        )
        const content = { tenant: randomUUID(), sha256: hashOf("x"), size: 1 }
        const failures = yield* Effect.all([codeOf(get(content)), codeOf(put(content.tenant, "x"))]).pipe(
          Effect.provide(layer)
        )
        assert.deepStrictEqual(
          failures.map((failure) => failure?._tag),
          ["BadGateway", "BadGateway"],
          Object.keys(wrong).join()
        )
      }
      assert.deepStrictEqual(server.objects.size, 0)
    }).pipe(quiet)
  )
})

describe("the address of an object", () => {
  it("names the bucket in its host, or in its path", () => {
    const of = (endpoint: string, forcePathStyle: boolean) =>
      urlOf({ ...bucketSettings(endpoint), forcePathStyle }, "tenant/hash")
    assert.deepStrictEqual(
      [
        of("https://s3.eu-central-1.amazonaws.com", false),
        of("http://minio:9000/", true),
        of("https://storage.example/s3/", true)
      ],
      [
        "https://files.s3.eu-central-1.amazonaws.com/tenant/hash",
        "http://minio:9000/files/tenant/hash",
        "https://storage.example/s3/files/tenant/hash"
      ]
    )
  })
})

describe("the settings", () => {
  const chosen = (env: Record<string, string>) =>
    ContentStoreLive.pipe(Layer.provide([settings(env), NodeFileSystem.layer]))

  it.live("choose a directory under DATA_DIR, or else a bucket", () =>
    Effect.gen(function* () {
      const path = yield* directory
      const server = yield* fakeS3
      const tenant = randomUUID()
      const { sha256 } = yield* Effect.provide(put(tenant, "Here"), chosen({ DATA_DIR: path }))
      assert.isTrue(existsSync(join(path, "content", tenant, sha256.slice(0, 2), sha256.slice(2, 4), sha256)))
      const env = {
        DATA_DIR: path,
        S3_ENDPOINT: server.endpoint,
        S3_BUCKET: bucket,
        S3_REGION: region,
        S3_ACCESS_KEY_ID: accessKeyId,
        S3_SECRET_ACCESS_KEY: secretAccessKey,
        S3_FORCE_PATH_STYLE: "true"
      }
      yield* Effect.provide(put(tenant, "There"), chosen(env))
      assert.deepStrictEqual([...server.objects.keys()], [`${tenant}/${hashOf("There")}`])
    })
  )

  it.live("that name a bucket must say how to get into it", () =>
    Effect.gen(function* () {
      const refused = Effect.fnUntraced(function* (env: Record<string, string>) {
        const exit = yield* Effect.exit(Effect.scoped(Layer.build(settings({ S3_BUCKET: bucket, ...env }))))
        return failureOf(exit)?.message
      })
      assert.strictEqual(
        yield* refused({ S3_ACCESS_KEY_ID: "x" }),
        "Bad configuration: S3_BUCKET needs S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY, too"
      )
      const keys = { S3_ACCESS_KEY_ID: "x", S3_SECRET_ACCESS_KEY: "y" }
      assert.strictEqual(
        yield* refused({ ...keys, S3_ENDPOINT: "files.example" }),
        "Bad configuration: S3_ENDPOINT: Expected an http or https URL"
      )
      assert.isUndefined(yield* refused(keys))
    })
  )
})
