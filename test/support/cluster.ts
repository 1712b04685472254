/** One PostgreSQL cluster a run, with a migrated template database that every test file gets a copy of. */
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Exit, Scope } from "effect"
import { SqlClient } from "effect/sql"
import type { TestProject } from "vitest/node"
import { layerSocket } from "../../src/layers/Database.ts"
import * as EmbeddedPostgres from "../../src/layers/EmbeddedPostgres.ts"
import { migrate, migrateCommunity } from "../../src/layers/Migrations.ts"

export const template = "psa_template"

/** The Enterprise Edition's tables too, where it is installed. */
const migrateEnterprise = Effect.gen(function* () {
  if (!existsSync(new URL("../../ee/migrations", import.meta.url))) return
  yield* migrate("ee/migrations", "psa_migrations_enterprise")
})

export default async (project: TestProject) => {
  const dataDir = mkdtempSync(join(tmpdir(), "psa-test-"))
  const scope = Effect.runSync(Scope.make())
  const socket = await Effect.runPromise(EmbeddedPostgres.start(dataDir).pipe(Scope.provide(scope)))
  await Effect.runPromise(
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* sql.unsafe(`CREATE DATABASE ${template}`)
    }).pipe(Effect.provide(layerSocket(socket, 2)))
  )
  await Effect.runPromise(
    Effect.andThen(migrateCommunity, migrateEnterprise).pipe(Effect.provide(layerSocket(socket, 2, template)))
  )
  project.provide("postgres", socket)
  return async () => {
    await Effect.runPromise(Scope.close(scope, Exit.void))
    rmSync(dataDir, { recursive: true, force: true })
  }
}

declare module "vitest" {
  export interface ProvidedContext {
    readonly postgres: EmbeddedPostgres.Socket
  }
}
