/** Who may not read a ticket is refused at every route that names it: before anything of it is told or changed. */
import { Effect } from "effect"
import { type Endpoint, installed, nameOf } from "../../../test/derived/declared.ts"
import { kinds, kindsOf, rowsFor, snapshot } from "../../../test/derived/registry.ts"
import {
  check,
  equal,
  exampleBody,
  freshTenant,
  neededQuery,
  reportChecks,
  send,
  suite
} from "../../../test/derived/speak.ts"
import { narrow } from "../support/narrowing.ts"

reportChecks("narrowing")

const naming = installed.guarded.filter((endpoint) => kindsOf(endpoint).includes(kinds["tickets"]!))

const upload = [
  "--part",
  'content-disposition: form-data; name="file"; filename="notes.txt"',
  "content-type: text/plain",
  "",
  "Seen",
  "--part--",
  ""
].join("\r\n")

/** What an endpoint is sent: the example of its body, or a file. */
const requestOf = (endpoint: Endpoint) => {
  const query = neededQuery(endpoint)
  if (endpoint.body !== undefined) return { query, body: exampleBody(endpoint) }
  if (endpoint.operation["requestBody"] === undefined) return { query }
  return { query, body: upload, headers: { "content-type": "multipart/form-data; boundary=part" } }
}

/** A tenant, somebody in it who may do anything, and another who may too, to tickets that they never see. */
const twoReaders = Effect.gen(function* () {
  const [tenant, other] = yield* Effect.all([freshTenant, freshTenant])
  const narrowed = yield* tenant.as("Admin")
  yield* narrow(tenant, narrowed, [{ template_key: "selected_clients", config: { client_ids: [] } }])
  return { tenant, other, narrowed }
})

suite("an unreadable ticket", (it) => {
  const shared = Effect.runSync(Effect.cached(twoReaders))
  for (const endpoint of naming) {
    it.effect(`is refused by ${nameOf(endpoint)}`, () =>
      Effect.gen(function* () {
        const { narrowed, other, tenant } = yield* shared
        const path = yield* rowsFor(endpoint, tenant)
        const before = yield* snapshot(endpoint, tenant, path)
        const refused = yield* send(narrowed, endpoint, { path, ...requestOf(endpoint) })
        equal(
          [refused.status, refused.body.error?.code, refused.body.error?.message],
          [403, "FORBIDDEN", "Permission denied: Cannot read ticket"],
          JSON.stringify(refused.body)
        )
        equal(yield* snapshot(endpoint, tenant, path), before, "Nothing has changed")
        const theirs = yield* rowsFor(endpoint, other)
        const absent = yield* send(narrowed, endpoint, { path: theirs, ...requestOf(endpoint) })
        equal(absent.status, 404, "Another tenant's ticket is not there at all")
        // Who reads the ticket is not refused, which shows that it was the bundle that did.
        const answered = yield* send(tenant.admin, endpoint, { path, ...requestOf(endpoint) })
        check(answered.status !== 403, () => `${answered.status} ${JSON.stringify(answered.body)}`)
      })
    )
  }
})
