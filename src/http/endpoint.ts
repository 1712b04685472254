/** What every endpoint says of itself, beside its schemas: read by the middleware, by OpenAPI and by the derived tests. */
import { Context } from "effect"
import { OpenApi } from "effect/http-api"
import type { Permission } from "../domain/Permission.ts"

/** The permissions an endpoint needs, all of them: enforced by `Authorization`, shown in its OpenAPI entry. */
export class Requires extends Context.Service<Requires, ReadonlyArray<Permission>>()("psa/http/Requires") {}

/** A request that works on the demo data, and what it is answered with: shown in OpenAPI. */
export interface Example {
  readonly request?: unknown
  readonly response?: unknown
}

export class Sample extends Context.Service<Sample, Example>()("psa/http/Sample") {}

/** Whether a body field that the endpoint does not know is refused, whatever the caller prefers: read by `Validation`. */
export class StrictBody extends Context.Service<StrictBody, boolean>()("psa/http/StrictBody") {}

export interface About {
  readonly summary: string
  readonly description: string
  /** None where a valid key is enough. */
  readonly requires?: ReadonlyArray<Permission>
  readonly example?: Example
  /** A body field that is not known is a 400. */
  readonly strict?: boolean
}

/** Annotates an endpoint: `.annotateMerge(about({ summary, description, requires, example }))`. */
export const about = ({ description, example = {}, requires = [], strict = false, summary }: About) =>
  OpenApi.annotations({ summary, description }).pipe(
    Context.add(Requires, requires),
    Context.add(Sample, example),
    Context.add(StrictBody, strict)
  )
