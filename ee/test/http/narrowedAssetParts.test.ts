/** Documents, notes and software of assets, for somebody who reads only some of the assets. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { upload } from "../../../test/support/files.ts"
import { makeAsset, makeClient, makeTicket } from "../../../test/support/fixtures.ts"
import { makeTenant } from "../../../test/support/service.ts"
import { narrow, until } from "../support/narrowing.ts"
import { enterpriseSuite } from "../support/suite.ts"

const base = "/api/v1/assets"

enterpriseSuite("what belongs to assets that are narrowed", (it) => {
  it.effect("is refused with them, and not counted", () =>
    Effect.gen(function* () {
      const tenant = yield* makeTenant
      const { admin } = tenant
      const [mine, others] = [yield* makeClient(tenant), yield* makeClient(tenant)]
      const [seen, hidden] = [
        yield* makeAsset(tenant, { client_id: mine }),
        yield* makeAsset(tenant, { client_id: others })
      ]
      const software = [{ name: "Agent" }]
      for (const asset of [seen, hidden]) {
        yield* admin.put(`${base}/${asset}/software`, { software })
        yield* admin.put(`${base}/${asset}/notes`, { blockData: "Secret" })
      }
      const document = (yield* upload(admin, `${base}/${hidden}/documents`, { content: "Secret" })).body.data
      const reader = yield* tenant.as("Admin")
      const client_ids = [mine]
      yield* narrow(tenant, reader, [
        { template_key: "selected_clients", config: { client_ids }, resource_type: "asset" },
        { template_key: "selected_clients", config: { client_ids }, resource_type: "ticket" }
      ])
      const counted = yield* until(
        reader.get("/api/v1/software/search"),
        ({ body }) => body.data[0]?.install_count === 1
      )
      assert.deepStrictEqual(
        counted.body.data[0].assets.map(({ asset_id }: { readonly asset_id: string }) => asset_id),
        [seen]
      )
      const file = `documents/${document.document_id}`
      for (const [method, path, body] of [
        ["GET", `${hidden}/documents`, undefined],
        ["POST", `${hidden}/documents`, { document_id: document.document_id }],
        ["GET", `${hidden}/${file}`, undefined],
        ["DELETE", `${hidden}/${file}`, undefined],
        ["DELETE", `documents/${document.association_id}`, undefined],
        ["GET", `${hidden}/notes`, undefined],
        ["PUT", `${hidden}/notes`, { blockData: "Mine" }],
        ["DELETE", `${hidden}/notes`, undefined],
        ["GET", `${hidden}/software`, undefined],
        ["PUT", `${hidden}/software`, { software: [] }]
      ] as const) {
        const answer = yield* reader.send(method, `${base}/${path}`, body)
        const refused = [403, "Permission denied: Cannot read asset"]
        assert.deepStrictEqual([answer.status, answer.body.error?.message], refused, `${method} ${path}`)
      }
      const sent = yield* upload(reader, `${base}/${hidden}/documents`, { content: "Mine" })
      assert.strictEqual(sent.status, 403)

      // What they cannot read does not become readable by making it one of their own asset's.
      const ticket = `/api/v1/tickets/${yield* makeTicket(tenant, { client_id: others })}/documents`
      const ofTicket = (yield* upload(admin, ticket, { content: "Secret" })).body.data
      for (const { document_id } of [document, ofTicket]) {
        const { body, status } = yield* reader.post(`${base}/${seen}/documents`, { document_id })
        assert.deepStrictEqual([status, body.error.message], [403, "Permission denied: Cannot read document"])
      }
      const own = `/api/v1/tickets/${yield* makeTicket(tenant, { client_id: mine })}/documents`
      const { document_id } = (yield* upload(reader, own, { content: "Mine" })).body.data
      assert.strictEqual((yield* reader.post(`${base}/${seen}/documents`, { document_id })).status, 201)
      assert.strictEqual((yield* admin.get(`${base}/${hidden}/documents`)).body.data.length, 2)
      assert.strictEqual((yield* admin.get(`${base}/${hidden}/notes`)).body.data.blockData, "Secret")
    })
  )
})
