/** The requests that measurements are made of, and what a server answers to one. */
import type { Load } from "./load.ts"

export type Requests = Load["requests"]

/** Element `index` of values that are gone through again and again. */
export const pick = <A>(values: ReadonlyArray<A>, index: number) => values[index % values.length]!

/** One GET by each of the keys. */
export const gets = (keys: ReadonlyArray<string>, path: (index: number) => string): Requests =>
  keys.map((key, index) => ({ method: "GET", path: path(index), headers: { "x-api-key": key } }))

/** One POST by each of the keys. */
export const posts = (
  keys: ReadonlyArray<string>,
  path: (index: number) => string,
  body: (index: number) => object
): Requests =>
  keys.map((key, index) => ({
    method: "POST",
    path: path(index),
    headers: { "x-api-key": key, "content-type": "application/json" },
    body: JSON.stringify(body(index))
  }))

/** Differ from answer to answer, whoever answers. */
const generated = new Set([
  "ticket_id",
  "ticket_number",
  "entered_at",
  "updated_at",
  "comment_id",
  "thread_id",
  "created_at"
])
const spoken = ["content-type", "x-ratelimit-limit", "etag"]

export interface Heard {
  readonly status: number
  readonly headers: Readonly<Record<string, string | null>>
  readonly body: unknown
}

/** What a server answers to a request; what it generates, only as what it is. */
export const ask = async (url: string, { body, headers, method, path }: Requests[number]): Promise<Heard> => {
  const response = await fetch(url + path, { method, headers, ...(body === undefined ? {} : { body }) })
  if (response.headers.get("x-request-id") === null) throw new Error(`${url}${path} has no request id`)
  const text = await response.text()
  return {
    status: response.status,
    headers: Object.fromEntries(spoken.map((name) => [name, response.headers.get(name)?.split(";")[0] ?? null])),
    body: JSON.parse(text, (name, value) => (method === "POST" && generated.has(name) ? typeof value : value))
  }
}

/** Cursors of pages of 25 of the list at `path` that follow each other from after this row, read from a server. */
export const cursorsAfter = async (
  url: string,
  path: string,
  keys: ReadonlyArray<string>,
  row: number
): Promise<ReadonlyArray<string>> => {
  const cursors: Array<string> = []
  let page = `page=${Math.max(1, Math.floor(row / 25))}`
  while (cursors.length < 20) {
    const [request] = gets(keys.slice(0, 1), () => `${path}?limit=25&${page}`)
    const { body } = await ask(url, request!)
    const cursor = (body as { readonly pagination: { readonly nextCursor?: string } }).pagination.nextCursor
    if (cursor === undefined) throw new Error(`${url}${request!.path} has no next page`)
    cursors.push(cursor)
    page = `cursor=${cursor}`
  }
  return cursors
}

/** Has every key verified once, so that all are in memory when measuring begins. */
export const warmKeys = async (url: string, keys: ReadonlyArray<string>) => {
  const next = gets(keys, () => "/api/v1/bench/guarded").values()
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      for (const request of next) await ask(url, request)
    })
  )
}
