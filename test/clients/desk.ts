/** A service desk as clients find it: a tenant with a company, its people and things, and somebody who works there. */
import { assert, layer } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { TenantService } from "../../src/services/TenantService.ts"
import { makeClient, makeContact, makeLocation, makeProduct } from "../support/fixtures.ts"
import { communityService, keyOf, makeTenant, Service } from "../support/service.ts"
import { mobileApp, type Session } from "./mobileApp.ts"
import { workflowNode } from "./workflowNode.ts"

export const nobody = "00000000-0000-4000-8000-000000000000"
export const unknownKey = "0".repeat(64)

/** What a promise is fulfilled with. That it is not fails the test. */
export const said = <A>(call: () => Promise<A>) => Effect.promise(call)

/** Why a promise is refused. That it is not fails the test. */
export const refused = <F extends Error>(kind: abstract new (...args: never) => F, call: () => Promise<unknown>) =>
  Effect.promise(async () => {
    const failure: unknown = await call().then(
      (answer) => new Error(`Answered ${JSON.stringify(answer)}`),
      (reason) => reason
    )
    if (failure instanceof kind) return failure
    throw failure
  })

let counter = 0

const make = Effect.gen(function* () {
  const owner = yield* makeTenant
  const { url } = yield* Service
  const tenants = yield* TenantService
  const { admin } = owner
  const tenant = owner.tenant.tenant

  const rows = (path: string) =>
    Effect.map(admin.get(path), ({ body, status }): ReadonlyArray<Readonly<Record<string, string>>> => {
      assert.strictEqual(status, 200, JSON.stringify(body))
      return body.data
    })
  const added = (path: string, fields: object, id: string) =>
    Effect.map(admin.post(path, fields), ({ body, status }): string => {
      assert.strictEqual(status, 201, JSON.stringify(body))
      return body.data[id]
    })

  /** Ids by name. */
  const byName = (path: string, name: string, id: string) =>
    Effect.map(rows(path), (found) => Object.fromEntries(found.map((row) => [row[name]!, row[id]!])))

  const boards = yield* byName("/api/v1/boards", "board_name", "board_id")
  const board_id = boards["Service Desk"]!
  const statusesOf = (board: string) => byName(`/api/v1/tickets/statuses?board_id=${board}`, "name", "status_id")
  const company = yield* makeClient(owner, { client_name: "Fabrikam" })
  const otherCompany = yield* makeClient(owner, { client_name: "Northwind" })
  const location = yield* makeLocation(owner, company, {
    location_name: "Head office",
    is_default: true,
    email: "office@fabrikam.example",
    phone: "+1 555 0100",
    city: "Springfield"
  })
  const contact = yield* makeContact(owner, {
    client_id: company,
    full_name: "Casey Contact",
    email: "casey@fabrikam.example",
    phone_number: "+1 555 0101"
  })
  const categories = "/api/v1/categories/ticket"
  const category = yield* added(categories, { category_name: "Network", board_id }, "category_id")
  const subcategory = yield* added(
    categories,
    { category_name: "VPN", board_id, parent_category: category },
    "category_id"
  )

  /** Somebody with these roles, and their key. */
  const person = (first_name: string, ...roles: ReadonlyArray<string>) =>
    Effect.gen(function* () {
      const email = `person${++counter}@${tenant}.example`
      const { user_id } = yield* tenants.createUser(tenant, { email, first_name, last_name: "Desk", roles })
      const { headers } = yield* keyOf(tenant, user_id)
      return { user_id, name: `${first_name} Desk`, key: headers["x-api-key"]! }
    }).pipe(Effect.orDie)

  const technician = yield* person("Terry", "Technician")
  const appOf = (session: Partial<Session> = {}) =>
    mobileApp({ baseUrl: url, accessToken: technician.key, tenantId: tenant, ...session })
  const adminKey = admin.headers["x-api-key"]!
  const node = workflowNode(`${url}/`, adminKey)
  const priorities = yield* byName("/api/v1/priorities?item_type=ticket", "priority_name", "priority_id")

  return {
    owner,
    tenant,
    url,
    admin,
    adminKey,
    boards,
    board_id,
    statuses: yield* statusesOf(board_id),
    otherBoard: boards["Projects"]!,
    otherStatuses: yield* statusesOf(boards["Projects"]!),
    priorities,
    company,
    otherCompany,
    location,
    contact,
    category,
    subcategory,
    product: yield* makeProduct(owner, { service_name: "Patch cable", sku: "PC-1" }),
    technician,
    person,
    node,
    /** The mobile app in the technician's hands. */
    app: appOf(),
    appOf,
    nodeOf: (key: string) => workflowNode(url, key),
    /** A new asset of the company; its id. */
    asset: (name: string) =>
      added(
        "/api/v1/assets",
        { client_id: company, asset_type: "workstation", asset_tag: `A-${++counter}`, name, status: "active" },
        "asset_id"
      )
  }
})

export class Desk extends Context.Service<Desk, Effect.Success<typeof make>>()("test/clients/Desk") {
  static readonly layer = Layer.effect(Desk, make)
}

/** A group of tests at one desk, in real time. */
export const atDesk = layer(Desk.layer.pipe(Layer.provideMerge(communityService)), { excludeTestServices: true })
