/** What is learnt about a request on its way, for its log line and its metrics. */
import { Context } from "effect"
import type { Caller } from "../domain/Actor.ts"

export interface RequestFacts {
  readonly requestId: string
  /** The pattern of the path, such as `/api/v1/tickets/:id`. */
  route: string | undefined
  caller: Caller | undefined
}

export const RequestFacts = Context.Reference<RequestFacts>("psa/http/RequestFacts", {
  defaultValue: () => ({ requestId: "", route: undefined, caller: undefined })
})
