/** What is learnt about a request on its way: for its answer's headers, its log line and its metrics. */
import type { HttpServerRequest } from "effect/http"
import type { Caller } from "../domain/Actor.ts"
import type { FieldRange } from "./fieldRanges.ts"

export interface RequestFacts {
  /** The pattern of the path, such as `/api/v1/tickets/:id`. */
  route: string | undefined
  caller: Caller | undefined
  /** What the request brought along that its endpoint does not know: shown in `meta.ignored`. */
  ignored: ReadonlyArray<string>
  /** Whether what the path names cannot be an id: it may be another endpoint's name then. */
  isMalformedPath: boolean
  /** Which parts of long texts the answer is to hold. */
  ranges: ReadonlyArray<FieldRange>
  /** Headers that the answer carries, whatever it is. */
  readonly headers: Record<string, string>
}

const known = new WeakMap<HttpServerRequest.HttpServerRequest, RequestFacts>()

/** The facts of a request, which all that handle it share. */
export const factsOf = (request: HttpServerRequest.HttpServerRequest): RequestFacts => {
  let facts = known.get(request)
  if (facts === undefined) {
    facts = { route: undefined, caller: undefined, ignored: [], ranges: [], isMalformedPath: false, headers: {} }
    known.set(request, facts)
  }
  return facts
}

/** Makes the facts of a request those of another view of it, too. */
export const shareFacts = (
  request: HttpServerRequest.HttpServerRequest,
  view: HttpServerRequest.HttpServerRequest
): void => {
  known.set(view, factsOf(request))
}
