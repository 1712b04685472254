/** Authorization bundles for tests: made and assigned as an administrator would. */
import { assert } from "@effect/vitest"
import { Effect, Schedule } from "effect"
import type { Client, TestTenant } from "../../../test/support/service.ts"

export const bundles = "/api/v1/authorization-bundles"

export interface RuleOf {
  readonly template_key: string
  readonly config?: Readonly<Record<string, ReadonlyArray<string>>>
  readonly resource_type?: string
}

let counter = 0

/** A new bundle with these rules, for reading tickets unless they say otherwise; its id. */
export const makeBundle = Effect.fnUntraced(function* ({ admin }: TestTenant, rules: ReadonlyArray<RuleOf>) {
  const { body, status } = yield* admin.post(bundles, {
    name: `Bundle ${++counter}`,
    rules: rules.map((rule) => ({ resource_type: "ticket", action: "read", ...rule }))
  })
  assert.strictEqual(status, 201, JSON.stringify(body))
  const id: string = body.data.bundle_id
  return id
})

/** Assigns a bundle; the assignment's path. */
export const assign = Effect.fnUntraced(function* (
  { admin }: TestTenant,
  bundle: string,
  target_type: "role" | "team" | "user" | "api_key",
  target_id: string
) {
  const { body, status } = yield* admin.post(`${bundles}/${bundle}/assignments`, { target_type, target_id })
  assert.strictEqual(status, 201, JSON.stringify(body))
  return `${bundles}/${bundle}/assignments/${body.data.assignment_id}`
})

/** The user and the key that a client with one key speaks as. */
export const whoIs = (client: Client) =>
  Effect.map(client.get("/api/v1/api-keys"), ({ body }) => {
    const [{ api_key_id, user_id }] = body.data
    return { api_key_id: String(api_key_id), user_id: String(user_id) }
  })

/** Narrows whom a client speaks as by a new bundle; the path of the assignment. */
export const narrow = Effect.fnUntraced(function* (tenant: TestTenant, client: Client, rules: ReadonlyArray<RuleOf>) {
  const { user_id } = yield* whoIs(client)
  return yield* assign(tenant, yield* makeBundle(tenant, rules), "user", user_id)
})

/** Asks until it is so. */
export const until = <A, R>(asked: Effect.Effect<A, never, R>, holds: (value: A) => boolean) =>
  asked.pipe(
    Effect.repeat({ until: holds, schedule: Schedule.spaced("5 millis") }),
    Effect.timeout("10 seconds"),
    Effect.orDie
  )
