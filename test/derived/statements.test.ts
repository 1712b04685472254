/** How many SQL statements reading takes: one for one thing, two for a page of a list, however many rows it has. */
import { randomBytes } from "node:crypto"
import { layer } from "@effect/vitest"
import { Effect, Layer, Tracer } from "effect"
import { serviceOf } from "../support/service.ts"
import { type Endpoint, installed, isList, nameOf } from "./declared.ts"
import { kinds, rowsFor, succeeds } from "./registry.ts"
import { allBut, check, freshTenant, neededQuery, reportChecks, send } from "./speak.ts"

reportChecks("statements")

/** The statements of each trace. */
const statements = new Map<string, Array<string>>()

class Span extends Tracer.NativeSpan {
  override attribute(key: string, value: unknown) {
    super.attribute(key, value)
    if (key === "db.query.text") statements.get(this.traceId)?.push(String(value))
  }
}

const tracer = Layer.succeed(Tracer.Tracer, Tracer.make({ span: (options) => new Span(options) }))

/** How many statements an endpoint that reads may take. */
const allowed = (endpoint: Endpoint) =>
  !isList(endpoint) && endpoint.path.endsWith(endpoint.params.at(-1)?.name ?? "-") ? 1 : 2

/** A tenant with some rows of every kind, so that a statement for each row would show. */
const populated = Effect.gen(function* () {
  const own = yield* freshTenant
  for (const kind of Object.values(kinds)) {
    for (let row = 0; row < 4; row++) yield* kind.make(own, undefined).pipe(Effect.orDie)
  }
  return { own, us: yield* allBut(own) }
})

layer(serviceOf(installed.edition).pipe(Layer.provideMerge(tracer)), { excludeTestServices: true })(
  "statements",
  (it) => {
    const shared = Effect.runSync(Effect.cached(populated))
    for (const endpoint of installed.guarded.filter(({ method }) => method === "GET")) {
      it.effect(`${nameOf(endpoint)}: at most ${allowed(endpoint)}`, () =>
        Effect.gen(function* () {
          const { own, us } = yield* shared
          const path = yield* rowsFor(endpoint, own)
          // The first answer verifies the key; later ones do so only if something has changed that we are not counting.
          const taken: Array<ReadonlyArray<string>> = []
          for (let run = 0; run < 4; run++) {
            const trace = randomBytes(16).toString("hex")
            const counted: Array<string> = []
            statements.set(trace, counted)
            const { status } = yield* send(us, endpoint, {
              path,
              query: neededQuery(endpoint),
              headers: { traceparent: `00-${trace}-00f067aa0ba902b7-01` }
            })
            check(succeeds(endpoint, status), () => `${status}`)
            taken.push(counted)
            statements.delete(trace)
          }
          const fewest = taken.reduce((best, some) => (some.length < best.length ? some : best))
          if (isList(endpoint) || path.length > 0) check(fewest.length > 0, () => "What it takes is seen")
          check(fewest.length <= allowed(endpoint), () => `It takes ${fewest.length}:\n${fewest.join("\n")}`)
        })
      )
    }
  }
)
