/**
 * A small server that speaks like S3: it checks the signature of each request as Amazon documents it (Signature Version 4),
 * and that what is put is what was signed. It can be told to fail, and to be slow.
 */
import { createHash, createHmac } from "node:crypto"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { Effect } from "effect"

export const bucket = "files"
export const region = "eu-central-1"
export const accessKeyId = "AKIDEXAMPLE"
export const secretAccessKey = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

export interface FakeS3 {
  readonly endpoint: string
  /** What it holds, by key. */
  readonly objects: Map<string, Buffer>
  /** What it was asked: method, path and headers. */
  readonly requests: Array<{
    readonly method: string
    readonly path: string
    readonly headers: IncomingMessage["headers"]
  }>
  /** How it answers the next requests: with this status, with only the head of an answer, or not at all. */
  readonly next: Array<number | "stalled" | "silent">
}

const sha256 = (data: string | Buffer) => createHash("sha256").update(data).digest("hex")
const hmac = (key: string | Buffer, data: string) => createHmac("sha256", key).update(data).digest()

const header = (request: IncomingMessage, name: string) => String(request.headers[name] ?? "").trim()

/** The signature that the request should have. */
const signatureOf = (request: IncomingMessage, signedHeaders: string) => {
  const [path = "", query = ""] = (request.url ?? "").split("?")
  const canonical = [
    request.method,
    path,
    query,
    ...signedHeaders.split(";").map((name) => `${name}:${header(request, name)}`),
    "",
    signedHeaders,
    header(request, "x-amz-content-sha256")
  ].join("\n")
  const time = header(request, "x-amz-date")
  const day = time.slice(0, 8)
  const text = ["AWS4-HMAC-SHA256", time, `${day}/${region}/s3/aws4_request`, sha256(canonical)].join("\n")
  const key = [day, region, "s3", "aws4_request"].reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`)
  return hmac(key, text).toString("hex")
}

/** What is wrong with who sends the request, if anything is. */
const refusal = (request: IncomingMessage) => {
  const parts =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/
  const [, id, , where, signedHeaders = "", signature] = parts.exec(header(request, "authorization")) ?? []
  if (id !== accessKeyId) return "InvalidAccessKeyId"
  if (where !== region) return "AuthorizationHeaderMalformed"
  const needed = ["host", ...Object.keys(request.headers).filter((name) => name.startsWith("x-amz-"))]
  if (!needed.every((name) => signedHeaders.split(";").includes(name))) return "AccessDenied"
  return signatureOf(request, signedHeaders) === signature ? undefined : "SignatureDoesNotMatch"
}

const fail = (response: ServerResponse, status: number, code: string) =>
  response
    .writeHead(status, { "content-type": "application/xml" })
    .end(`<?xml version="1.0"?><Error><Code>${code}</Code></Error>`)

const send = (request: IncomingMessage, response: ServerResponse, object: Buffer) => {
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(header(request, "range")) ?? []
  const part = first === undefined ? object : object.subarray(Number(first), Number(last) + 1)
  response.writeHead(first === undefined ? 200 : 206, { "content-length": part.length })
  response.end(request.method === "HEAD" ? undefined : part)
}

const handle = (s3: Omit<FakeS3, "endpoint">, request: IncomingMessage, response: ServerResponse, body: Buffer) => {
  const { pathname } = new URL(request.url ?? "", "http://s3")
  s3.requests.push({ method: request.method ?? "", path: pathname, headers: request.headers })
  const told = s3.next.shift()
  if (told === "silent") return
  if (told === "stalled") return response.writeHead(200, { "content-length": body.length + 5 }).write("x")
  if (told !== undefined) return fail(response, told, "ToldTo")
  const refused = refusal(request)
  if (refused !== undefined) return fail(response, 403, refused)
  if (!pathname.startsWith(`/${bucket}/`)) return fail(response, 404, "NoSuchBucket")
  const key = pathname.slice(bucket.length + 2)
  const object = s3.objects.get(key)
  switch (request.method) {
    case "PUT":
      if (Number(header(request, "content-length")) !== body.length) return fail(response, 411, "MissingContentLength")
      if (sha256(body) !== header(request, "x-amz-content-sha256"))
        return fail(response, 400, "XAmzContentSHA256Mismatch")
      s3.objects.set(key, body)
      return response.writeHead(200).end()
    case "DELETE":
      s3.objects.delete(key)
      return response.writeHead(204).end()
    default:
      return object === undefined ? fail(response, 404, "NoSuchKey") : send(request, response, object)
  }
}

/** Up for as long as the scope is open. */
export const fakeS3 = Effect.acquireRelease(
  Effect.callback<{ readonly s3: FakeS3; readonly close: () => void }>((resume) => {
    const told: Omit<FakeS3, "endpoint"> = { objects: new Map(), requests: [], next: [] }
    const server = createServer((request, response) => {
      const chunks: Array<Buffer> = []
      request.on("data", (chunk: Buffer) => chunks.push(chunk))
      request.on("end", () => handle(told, request, response, Buffer.concat(chunks)))
    })
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo
      const close = () => {
        server.closeAllConnections()
        server.close()
      }
      resume(Effect.succeed({ s3: { ...told, endpoint: `http://127.0.0.1:${port}` }, close }))
    })
  }),
  ({ close }) => Effect.sync(close)
).pipe(Effect.map(({ s3 }) => s3))
