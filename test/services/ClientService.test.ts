/** What the clients cost the database. */
import { assert, layer } from "@effect/vitest"
import { Effect, Exit, Layer } from "effect"
import { Actor } from "../../src/domain/Actor.ts"
import type { Permission } from "../../src/domain/Permission.ts"
import { ClientService } from "../../src/services/ClientService.ts"
import { TenantService } from "../../src/services/TenantService.ts"
import { database } from "../support/service.ts"
import { counted } from "../support/statements.ts"

const services = Layer.mergeAll(TenantService.layer, ClientService.layer).pipe(Layer.provideMerge(database))

layer(services, { excludeTestServices: true })("clients", (it) => {
  it.effect("are listed and read with one statement, however many there are", () =>
    Effect.gen(function* () {
      const tenants = yield* TenantService
      const clients = yield* ClientService
      const { tenant, user } = yield* tenants.create({ client_name: "clients", email: "admin@clients.example" })
      const acting = Effect.provideService(Actor, {
        tenant: tenant.tenant,
        userId: user.user_id,
        userType: "internal",
        apiKeyId: undefined,
        permissions: new Set<Permission>()
      })
      const [first] = yield* Effect.all(
        Array.from({ length: 30 }, (_, index) =>
          clients.create({ client_name: `Client ${index}`, billing_cycle: "monthly", email: `a@c${index}.example` })
        )
      ).pipe(acting)
      const listed = yield* counted(clients.list({ limit: 100, search: "client" }).pipe(acting))
      assert.strictEqual(listed.statements, 1)
      assert.strictEqual(Exit.isSuccess(listed.exit) ? listed.exit.value.rows.length : 0, 30)
      const read = yield* counted(clients.get(first!.client_id).pipe(acting))
      assert.strictEqual(read.statements, 1)
      assert.deepStrictEqual(read.exit, Exit.succeed(first!))
    })
  )
})
