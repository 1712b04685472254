/** What is learnt about a request on its way: for its answer's headers, its log line and its metrics. */
import type { HttpServerRequest, HttpServerResponse } from "effect/http"
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
  /** The answer that was made with these headers, and needs no other copy of them. */
  answer: HttpServerResponse.HttpServerResponse | undefined
}

const key = Symbol("psa/http/RequestFacts")

/** A request carries its facts with it: a `WeakMap` of requests is what the garbage collector would be busy with. */
type Known = HttpServerRequest.HttpServerRequest & { [key]?: RequestFacts }

/** The facts of a request, which all that handle it share. */
export const factsOf = (request: HttpServerRequest.HttpServerRequest): RequestFacts =>
  ((request as Known)[key] ??= {
    route: undefined,
    caller: undefined,
    ignored: [],
    ranges: [],
    isMalformedPath: false,
    headers: {},
    answer: undefined
  })

/** Makes the facts of a request those of another view of it, too. */
export const shareFacts = (
  request: HttpServerRequest.HttpServerRequest,
  view: HttpServerRequest.HttpServerRequest
): void => {
  ;(view as Known)[key] = factsOf(request)
}
