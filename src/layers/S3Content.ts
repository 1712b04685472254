/** Content in a bucket of Amazon's S3, or of a server that speaks like it: `<tenant>/<SHA-256>`. */
import { createHash } from "node:crypto"
import { AwsV4Signer } from "aws4fetch"
import {
  ByteSize,
  Data,
  type Duration,
  Effect,
  FileSystem,
  Layer,
  Redacted,
  Schedule,
  type Scope,
  Stream
} from "effect"
import { HttpClient, HttpClientRequest, type HttpClientResponse, HttpIncomingMessage } from "effect/http"
import type { ByteRange } from "../domain/ByteRange.ts"
import { BadGateway } from "../domain/Errors.ts"
import { type Content, ContentMissing, ContentStore, type Received } from "../services/ContentStore.ts"
import type { S3Settings } from "../services/Settings.ts"
import { receiving, tidying } from "./Spool.ts"

/** How long the bucket may take to answer, and to send the next bytes; and how long to take a whole file in. */
export interface Patience {
  readonly answer: Duration.Input
  readonly upload: Duration.Input
}

const usual: Patience = { answer: "30 seconds", upload: "10 minutes" }

/** The bucket does not answer as it should. `transient`: it may, if it is asked again. */
class Trouble extends Data.TaggedError("Trouble")<{ readonly detail: string; readonly transient: boolean }> {}

interface Asking {
  readonly method: "GET" | "PUT" | "HEAD" | "DELETE"
  readonly key: string
  readonly headers?: Readonly<Record<string, string>>
  /** A file to send, and its length in bytes. */
  readonly file?: Received
}

/** The store in a bucket. Files wait in `incoming` on their way there, for their hash has to be known first. */
export const s3Content = (settings: S3Settings, incoming: string, patience: Patience = usual) =>
  Layer.effect(
    ContentStore,
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const client = HttpClient.withScope(yield* HttpClient.HttpClient)
      yield* Effect.forkScoped(tidying(fs, incoming))

      const attempt = Effect.fnUntraced(function* (asking: Asking) {
        const signed = yield* signature(settings, asking)
        const { file } = asking
        const request =
          file === undefined
            ? signed
            : HttpClientRequest.bodyStream(signed, fs.stream(file.path), {
                contentLength: file.size,
                contentType: "application/octet-stream"
              })
        const response = yield* client.execute(request).pipe(
          Effect.mapError(({ message }) => new Trouble({ detail: message, transient: true })),
          Effect.timeoutOrElse({
            duration: file === undefined ? patience.answer : patience.upload,
            orElse: () => Effect.fail(new Trouble({ detail: "No answer in time", transient: false }))
          })
        )
        if (response.status >= 200 && response.status < 300) return response
        const said = `${response.status} ${yield* beginningOf(response)}`
        if (response.status === 404 && !said.includes("NoSuchBucket")) return undefined
        return yield* new Trouble({ detail: said, transient: response.status === 429 || response.status >= 500 })
      })

      /** The answer to a request; undefined where there is no such object. */
      const ask = (
        asking: Asking
      ): Effect.Effect<HttpClientResponse.HttpClientResponse | undefined, Trouble, Scope.Scope> =>
        Effect.retry(attempt(asking), { while: ({ transient }) => transient, schedule: again, times: 2 })

      const has = Effect.fn("ContentStore.has")(
        function* (content: Content) {
          const answer = yield* ask({ method: "HEAD", key: keyOf(content) })
          return answer?.headers["content-length"] === String(content.size)
        },
        Effect.scoped,
        asBadGateway
      )

      const put = Effect.fn("ContentStore.put")(
        function* (tenant: string, file: Received) {
          // Without a look at what is there: who may not list a bucket is told that he may not see what is not in it.
          const answer = yield* ask({ method: "PUT", key: keyOf({ tenant, sha256: file.sha256 }), file })
          if (answer === undefined) return yield* new Trouble({ detail: "Nothing can be put there", transient: false })
        },
        Effect.scoped,
        asBadGateway
      )

      const get = Effect.fn("ContentStore.get")(function* (content: Content, range?: ByteRange) {
        const { start, end } = range ?? { start: 0, end: content.size - 1 }
        const headers = range === undefined ? {} : { range: `bytes=${start}-${end}` }
        const answer = yield* ask({ method: "GET", key: keyOf(content), headers })
        if (answer === undefined) return yield* ContentMissing.of(content)
        const { headers: got, status } = answer
        if (status !== (range === undefined ? 200 : 206) || got["content-length"] !== String(end + 1 - start)) {
          const detail = `Asked for bytes ${start} to ${end}, got ${status} with ${got["content-length"]} bytes`
          return yield* new Trouble({ detail, transient: false })
        }
        return bytesOf(answer, patience)
      }, asBadGateway)

      const remove = Effect.fn("ContentStore.remove")(
        function* (content: Omit<Content, "size">) {
          yield* ask({ method: "DELETE", key: keyOf(content) })
        },
        Effect.scoped,
        asBadGateway
      )

      return ContentStore.of({ receive: receiving(fs, incoming), put, get, has, remove })
    })
  )

const again = Schedule.jittered(Schedule.exponential("100 millis"))

const keyOf = ({ sha256, tenant }: Omit<Content, "size">) => `${tenant}/${sha256}`

/** The address of an object. */
export const urlOf = ({ bucket, endpoint, forcePathStyle }: S3Settings, key: string) => {
  const url = new URL(endpoint)
  if (!forcePathStyle) url.hostname = `${bucket}.${url.hostname}`
  url.pathname = [url.pathname.replace(/\/+$/, ""), ...(forcePathStyle ? [bucket] : []), key].join("/")
  return url.href
}

const nothing = createHash("sha256").digest("hex")

/** The request, signed: for what the file must hash to, too, so that the bucket takes in nothing else. */
const signature = (
  { accessKeyId, region, secretAccessKey, ...settings }: S3Settings,
  { file, headers, key, method }: Asking
) =>
  Effect.promise(async () => {
    const signer = new AwsV4Signer({
      method,
      url: urlOf({ accessKeyId, region, secretAccessKey, ...settings }, key),
      headers: { ...headers, "x-amz-content-sha256": file?.sha256 ?? nothing },
      accessKeyId,
      secretAccessKey: Redacted.value(secretAccessKey),
      service: "s3",
      region
    })
    const signed = await signer.sign()
    return HttpClientRequest.make(method)(signed.url.href, { headers: Object.fromEntries(signed.headers) })
  })

/** The bytes of an answer, as they come. */
const bytesOf = (
  response: HttpClientResponse.HttpClientResponse,
  { answer: duration }: Patience
): Stream.Stream<Uint8Array, BadGateway> =>
  Stream.mapError(response.stream, ({ message }) => message).pipe(
    Stream.timeoutOrElse({ duration, orElse: () => Stream.fail("No more bytes in time") }),
    Stream.catch((detail) => Stream.fromEffect(unreachable(detail)))
  )

/** What an answer that refuses says, as far as it is short. */
const beginningOf = (response: HttpClientResponse.HttpClientResponse) =>
  response.text.pipe(
    Effect.provideService(HttpIncomingMessage.MaxBodySize, ByteSize.bytes(16_384)),
    Effect.map((text) => text.slice(0, 500)),
    Effect.orElseSucceed(() => "")
  )

/** Operators learn what is wrong, callers that something is. */
const unreachable = (detail: string): Effect.Effect<never, BadGateway> =>
  Effect.andThen(
    Effect.logWarning(`The bucket for files does not answer as it should: ${detail}`),
    Effect.fail(BadGateway.because("The store of files does not answer as it should; try again later"))
  )

const asBadGateway = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.catchIf(effect, isTrouble<E>, ({ detail }) => unreachable(detail))

const isTrouble = <E>(error: E): error is Extract<E, Trouble> => error instanceof Trouble
