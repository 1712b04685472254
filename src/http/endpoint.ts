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

export interface About {
  readonly summary: string
  readonly description: string
  /** None where a valid key is enough. */
  readonly requires?: ReadonlyArray<Permission>
  readonly example?: Example
}

/** Annotates an endpoint: `.annotateMerge(about({ summary, description, requires, example }))`. */
export const about = ({ description, example, requires = [], summary }: About) =>
  OpenApi.annotations({ summary, description }).pipe(
    Context.add(Requires, requires),
    Context.add(OpenApi.Transform, (operation) =>
      withExample({ ...operation, "x-required-permissions": requires }, example)
    )
  )

const withExample = (operation: Record<string, unknown>, example: Example | undefined) => {
  if (example === undefined) return operation
  const { requestBody, responses } = operation as {
    requestBody?: { content: Record<string, { example?: unknown }> }
    responses: Record<string, { content?: Record<string, { example?: unknown }> }>
  }
  const json = requestBody?.content["application/json"]
  if (json !== undefined && example.request !== undefined) json.example = example.request
  const success = Object.entries(responses).find(([status]) => status.startsWith("2"))?.[1].content?.[
    "application/json"
  ]
  if (success !== undefined && example.response !== undefined) success.example = example.response
  return operation
}
