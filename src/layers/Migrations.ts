/** Brings the database up to date: the numbered files of `migrations/`, each once, in order, all in one transaction. */
import { fileURLToPath } from "node:url"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import { Effect, Layer } from "effect"
import { Migrator, SqlClient } from "effect/sql"
import * as MigratorFileSystem from "effect/sql/MigratorFileSystem"
import { StartupError } from "./Settings.ts"

const directory = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))

/** Runs one folder of migrations; `table` remembers which have run. */
export const migrate = (folder: string, table: string) =>
  Migrator.make({})({ loader: MigratorFileSystem.fromFileSystem(folder), table }).pipe(
    Effect.provide(Layer.merge(NodeFileSystem.layer, NodePath.layer)),
    Effect.mapError(
      (error) =>
        new StartupError({
          message: `Migration failed: ${error.message} ${"cause" in error ? String(error.cause) : ""}`
        })
    )
  )

/** The Community Edition's tables. */
export const migrateCommunity = migrate(directory("../../migrations"), "psa_migrations")

/** The statements of a migration, which blank lines part. */
export const statements = (text: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    for (const statement of text.split(/\n\s*\n/)) {
      if (statement.trim() !== "") yield* sql.unsafe(statement)
    }
  })
