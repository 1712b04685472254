/** Every list behaves as all lists do: its pages, its orders, and what it does not know. */
import { Effect } from "effect"
import { isObject } from "../../src/http/openApiSchemas.ts"
import { type Endpoint, installed, isList, nameOf } from "./declared.ts"
import { kinds, rowsFor } from "./registry.ts"
import { allBut, check, equal, freshTenant, reportChecks, send, suite } from "./speak.ts"

reportChecks("lists")

const rowsOfEach = 5
const lists = installed.guarded.filter(isList)

/** A tenant with some rows of every kind. */
const populated = Effect.gen(function* () {
  const own = yield* freshTenant
  for (const kind of Object.values(kinds)) {
    for (let row = 0; row < rowsOfEach; row++) yield* kind.make(own, undefined).pipe(Effect.orDie)
  }
  return { own, us: yield* allBut(own) }
})

const sortsOf = ({ query }: Endpoint): ReadonlyArray<unknown> => {
  const values = query.find(({ name }) => name === "sort")?.schema["enum"]
  return Array.isArray(values) ? values : []
}

/** What tells the rows of a list apart, whatever their id is called. */
const keyOf = (row: unknown) => JSON.stringify(row)

suite("lists", (it) => {
  const shared = Effect.runSync(Effect.cached(populated))

  /** Asks a list, of a thing of our own where its path names one. */
  const asking = Effect.fnUntraced(function* (endpoint: Endpoint) {
    const { own, us } = yield* shared
    const path = yield* rowsFor(endpoint, own)
    return (query: string, headers: Record<string, string> = {}) => send(us, endpoint, { path, query, headers })
  })

  for (const endpoint of lists) {
    it.effect(`${nameOf(endpoint)}: refuses what is no page, order or sort`, () =>
      Effect.gen(function* () {
        const ask = yield* asking(endpoint)
        for (const [name, value] of [
          ...["0", "101", "-1", "abc", "1.5", "1e1000"].map((value) => ["limit", value] as const),
          ...["0", "-1", "abc", "99999999999999999999"].map((value) => ["page", value] as const),
          ["sort", "no_such_column"],
          ["sort", "tenant;--"],
          ["order", "sideways"],
          ["pageSize", "0"],
          ["page_size", "101"]
        ] as const) {
          const { body, status } = yield* ask(`?${name}=${value}`)
          equal([status, body.error?.code], [400, "VALIDATION_ERROR"], `${name}=${value}`)
          const path = /^page_?size$/i.test(name) ? "limit" : name
          equal(body.error.details[0].path, [path], `${name}=${value} is what is wrong`)
        }
      })
    )

    it.effect(`${nameOf(endpoint)}: ignores what is empty, and names what it does not know`, () =>
      Effect.gen(function* () {
        const ask = yield* asking(endpoint)
        const plain = yield* ask("")
        const empty = yield* ask(`?${endpoint.query.map(({ name }) => `${name}=`).join("&")}`)
        equal([empty.status, empty.body], [200, plain.body], "Empty values are absent ones")
        const odd = yield* ask("?colour=red&shape=round")
        equal(odd.body, { ...plain.body, meta: { ...plain.body.meta, ignored: ["colour", "shape"] } }, "meta.ignored")
        const strict = yield* ask("?colour=red", { prefer: "handling=strict" })
        equal(
          [strict.status, strict.body.error?.details?.[0]?.path],
          [400, ["colour"]],
          "What is unknown is refused where the caller is strict"
        )
      })
    )

    it.effect(`${nameOf(endpoint)}: has pages that add up`, () =>
      Effect.gen(function* () {
        const ask = yield* asking(endpoint)
        const { total } = (yield* ask("?limit=1")).body.pagination
        for (const limit of [1, 2, 100]) {
          for (const page of [1, 2, total + 1]) {
            const { body, status } = yield* ask(`?limit=${limit}&page=${page}`)
            const totalPages = Math.ceil(total / limit)
            const expected = { page, limit, total, totalPages, hasNext: page < totalPages, hasPrev: page > 1 }
            const { nextCursor, ...pagination } = body.pagination
            equal([status, pagination], [200, expected], `page ${page} of ${limit}`)
            equal(nextCursor !== undefined, expected.hasNext, "a cursor where there is more")
            equal(body.data.length, Math.max(0, Math.min(limit, total - (page - 1) * limit)), "as many as there are")
          }
        }
        for (const alias of ["pageSize", "page_size"]) {
          equal((yield* ask(`?${alias}=2`)).body, (yield* ask("?limit=2")).body, `${alias} is limit`)
        }
      })
    )

    it.effect(`${nameOf(endpoint)}: is walked by cursors, in every order`, () =>
      Effect.gen(function* () {
        const ask = yield* asking(endpoint)
        for (const sort of sortsOf(endpoint)) {
          for (const order of ["asc", "desc"]) {
            const sorted = `?sort=${sort}&order=${order}`
            const whole = yield* ask(`${sorted}&limit=100`)
            const { nextCursor, total } = whole.body.pagination
            equal(nextCursor !== undefined, total > 100, "No cursor where there is no more")
            const walked: Array<string> = []
            let answer = yield* ask(`${sorted}&limit=2`)
            for (let page = 1; page <= 8; page++) {
              const { data, pagination } = answer.body
              walked.push(...data.map(keyOf))
              equal([pagination.page, pagination.total], [page, total], "page and total")
              const more = walked.length < total
              equal(
                [pagination.hasNext, pagination.nextCursor !== undefined],
                [more, more],
                "says whether there is more"
              )
              if (!more) break
              answer = yield* ask(`${sorted}&limit=2&cursor=${pagination.nextCursor}`)
            }
            equal(walked, whole.body.data.map(keyOf).slice(0, walked.length), `by ${sort} ${order}`)
          }
        }
      })
    )

    it.effect(`${nameOf(endpoint)}: refuses what is no cursor of it`, () =>
      Effect.gen(function* () {
        const ask = yield* asking(endpoint)
        const { nextCursor } = (yield* ask("?limit=1")).body.pagination
        if (nextCursor === undefined) return
        const [sort] = sortsOf(endpoint)
        for (const [query, path] of [
          ["?cursor=abc", "cursor"],
          [`?cursor=${nextCursor.slice(0, -4)}`, "cursor"],
          [`?cursor=${Buffer.from('[2,"x",[1,2]]').toString("base64url")}`, "cursor"],
          [`?cursor=${nextCursor}&search=x`, "cursor"],
          [`?cursor=${nextCursor}&sort=${sort}&order=asc`, "cursor"],
          [`?cursor=${nextCursor}&sort=${sort}&order=desc`, "cursor"],
          [`?cursor=${nextCursor}&page=2`, "page"]
        ] as const) {
          const { body, status } = yield* ask(query)
          // One of the two orders is the list's own, if the first sort is its default.
          if (status === 200 && query.includes("order=")) continue
          equal([status, body.error?.details?.[0]?.path], [400, [path]], query)
        }
      })
    )

    it.effect(`${nameOf(endpoint)}: is sorted in a stable order, both ways`, () =>
      Effect.gen(function* () {
        const ask = yield* asking(endpoint)
        for (const sort of sortsOf(endpoint)) {
          for (const order of ["asc", "desc"]) {
            const whole = yield* ask(`?sort=${sort}&order=${order}&limit=100`)
            equal([whole.body.meta.sort, whole.body.meta.order], [sort, order], "meta says how it is sorted")
            const all: ReadonlyArray<string> = whole.body.data.map(keyOf)
            equal(new Set(all).size, all.length, "No row twice")
            for (const limit of [1, 2]) {
              const walked: Array<string> = []
              const pages = Math.min(8, Math.ceil(all.length / limit))
              for (let page = 1; page <= pages; page++) {
                const { body } = yield* ask(`?sort=${sort}&order=${order}&limit=${limit}&page=${page}`)
                walked.push(...body.data.map(keyOf))
              }
              equal(walked, all.slice(0, walked.length), `Pages of ${limit} by ${sort} ${order} are parts of the whole`)
            }
            checkOrdered(whole.body.data, String(sort), order)
          }
        }
      })
    )
  }
})

/** Where the rows show what they are sorted by, they are in its order: numbers, times and booleans, nulls last going up. */
const checkOrdered = (rows: ReadonlyArray<unknown>, sort: string, order: string) => {
  const values = rows.flatMap((row) => (isObject(row) && sort in row ? [row[sort]] : []))
  const comparable = values.filter(
    (value): value is number | string | boolean =>
      typeof value === "number" ||
      typeof value === "boolean" ||
      (typeof value === "string" && /^\d{4}-\d\d-\d\dT/.test(value))
  )
  if (comparable.length !== values.filter((value) => value !== null).length) return
  const upward = order === "asc" ? comparable : comparable.toReversed()
  check(
    upward.every((value, index) => index === 0 || upward[index - 1]! <= value),
    () => `Not in the order of ${sort} ${order}: ${JSON.stringify(values)}`
  )
}
