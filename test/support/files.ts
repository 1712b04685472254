/** Sends files, as browsers do and as they should not. */
import { request as httpRequest } from "node:http"
import { Effect } from "effect"
import { type Answer, type Client, Service } from "./service.ts"

export interface TestFile {
  readonly name?: string
  readonly type?: string
  readonly content: string | Uint8Array<ArrayBuffer>
  /** What the part is called. */
  readonly part?: string
}

/** A multipart body. */
export const formOf = (...files: ReadonlyArray<TestFile>) => {
  const form = new FormData()
  for (const { content, name = "notes.txt", part = "file", type = "text/plain" } of files) {
    form.append(part, new File([content], name, { type }))
  }
  return form
}

/** Sends any body with any headers, and reads the answer as bytes too. */
export const send = Effect.fnUntraced(function* (
  client: Client,
  method: string,
  path: string,
  body?: RequestInit["body"],
  headers: Record<string, string> = {}
) {
  const { url } = yield* Service
  return yield* Effect.promise(async (): Promise<Answer & { readonly bytes: Buffer }> => {
    const streamed = body instanceof ReadableStream ? { duplex: "half" as const } : {}
    const response = await fetch(url + path, {
      method,
      headers: { ...client.headers, ...headers },
      ...(body == null ? {} : { body }),
      ...streamed
    })
    const bytes = Buffer.from(await response.arrayBuffer())
    const text = bytes.toString("utf8")
    const isJson = response.headers.get("content-type")?.includes("json") === true && text !== ""
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text, bytes }
  })
})

/** Uploads one file. */
export const upload = (client: Client, path: string, file: TestFile, headers: Record<string, string> = {}) =>
  send(client, "POST", path, formOf(file), headers)

export const boundary = "----the-boundary"

/** The beginning of a multipart body, up to where the file's bytes begin; and what comes after them. */
export const head = (name = "long.bin", type = "application/octet-stream") =>
  `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: ${type}\r\n\r\n`
export const tail = `\r\n--${boundary}--\r\n`

/** An upload that is written by hand. */
export interface SlowUpload {
  /** Writes bytes, and waits until there is room for more. */
  readonly write: (bytes: string | Uint8Array) => Promise<void>
  readonly end: () => Promise<{ readonly status: number; readonly body: string }>
  /** Hangs up. */
  readonly abort: () => void
}

/** Begins an upload of `length` bytes in all, headers and boundaries included. */
export const slowUpload = Effect.fnUntraced(function* (client: Client, path: string, length: number) {
  const { url } = yield* Service
  return yield* Effect.acquireRelease(
    Effect.sync((): SlowUpload => {
      const outgoing = httpRequest(url + path, {
        method: "POST",
        headers: {
          ...client.headers,
          "content-type": `multipart/form-data; boundary=${boundary}`,
          "content-length": length
        }
      })
      outgoing.on("error", () => {})
      const answered = new Promise<{ status: number; body: string }>((resolve) => {
        outgoing.on("response", (response) => {
          let body = ""
          response.setEncoding("utf8")
          response.on("data", (text: string) => {
            body += text
          })
          response.on("end", () => resolve({ status: response.statusCode ?? 0, body }))
        })
      })
      return {
        write: async (bytes) => {
          if (!outgoing.write(bytes)) await new Promise((resolve) => outgoing.once("drain", resolve))
        },
        end: () => {
          outgoing.end()
          return answered
        },
        abort: () => outgoing.destroy()
      }
    }),
    ({ abort }) => Effect.sync(abort)
  )
})
