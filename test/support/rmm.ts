/** Assets that a fake RMM manages, for tests. */
import { assert } from "@effect/vitest"
import { Effect, Layer, Redacted, Schedule } from "effect"
import { RmmConnections } from "../../src/services/RmmConnections.ts"
import { RmmProvidersLive } from "../../src/services/rmm/providers.ts"
import { Secrets } from "../../src/services/Secrets.ts"
import { type FakeTactical, makeFakeTactical, tacticalKey, windowsAgent } from "./fakeTactical.ts"
import { makeClient } from "./fixtures.ts"
import { type Client, makeTenant, type TestTenant } from "./service.ts"

export const rmmEnv = {
  SECRETS_KEY: "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
  RMM_ALLOW_INSECURE_URL: "true"
}

/** Connections as operators make them, over the suite's database and settings. */
export const connectionServices = RmmConnections.layer.pipe(Layer.provide([RmmProvidersLive, Secrets.layer]))

export const connectTo = Effect.fnUntraced(function* (tenant: string, { url }: FakeTactical) {
  const connections = yield* RmmConnections
  yield* connections
    .connect(tenant, "tacticalrmm", { baseUrl: url, apiKey: Redacted.make(tacticalKey) })
    .pipe(Effect.orDie)
})

/** A new asset, as an administrator makes it; its id. */
export const makeAsset = Effect.fnUntraced(function* (
  tenant: TestTenant,
  values: Readonly<Record<string, unknown>> = {}
) {
  const client_id = yield* makeClient(tenant)
  const { body, status } = yield* tenant.admin.post("/api/v1/assets", {
    client_id,
    asset_type: "workstation",
    asset_tag: "PC-17",
    name: "DESK-17",
    status: "active",
    ...values
  })
  assert.strictEqual(status, 201, JSON.stringify(body))
  const id: string = body.data.asset_id
  return id
})

export const tie = (rmm_device_id = windowsAgent) => ({ rmm_provider: "tacticalrmm", rmm_device_id })

/** A tenant that is connected to a server of its own, and an asset whose agent is online there. */
export const makeManaged = Effect.gen(function* () {
  const tactical = yield* makeFakeTactical
  const tenant = yield* makeTenant
  yield* connectTo(tenant.tenant.tenant, tactical)
  tactical.calls.length = 0
  const asset = yield* makeAsset(tenant, tie())
  const path = `/api/v1/assets/${asset}/rmm`
  return { ...tenant, id: tenant.tenant.tenant, tactical, asset, path }
})

/** Asks until it is so. */
export const until = <A, E, R>(asked: Effect.Effect<A, E, R>, holds: (value: A) => boolean) =>
  asked.pipe(
    Effect.repeat({ until: holds, schedule: Schedule.spaced("10 millis") }),
    Effect.timeout("20 seconds"),
    Effect.orDie
  )

/** The job, once it has ended. */
export const ended = (client: Client, path: string, job: string) =>
  Effect.map(
    until(client.get(`${path}/jobs/${job}`), ({ body }) => ["succeeded", "failed"].includes(body.data.status)),
    ({ body }) => body.data
  )
