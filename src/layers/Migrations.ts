/** Brings the database up to date: the numbered files of `migrations/`, each once, in order, all in one transaction. */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Effect } from "effect"
import { Migrator, SqlClient } from "effect/sql"
import { StartupError } from "./Settings.ts"

/** This is two folders below it, in the sources as in the bundle. */
const root = fileURLToPath(new URL("../../", import.meta.url))

/** Runs one folder of migrations, named from the root; `table` remembers which have run. */
export const migrate = (folder: string, table: string) =>
  Effect.suspend(() => Migrator.make({})({ loader: migrationsIn(join(root, folder)), table })).pipe(
    Effect.mapError(
      (error) =>
        new StartupError({
          message: `Migration failed: ${error.message} ${"cause" in error ? String(error.cause) : ""}`
        })
    )
  )

/** The migrations of a folder, by name, such as `0003_tickets`. */
const migrationsIn = (folder: string) =>
  Migrator.fromRecord(
    Object.fromEntries(
      readdirSync(folder)
        .filter((file) => file.endsWith(".sql"))
        .map((file) => [file.slice(0, -".sql".length), migration(join(folder, file))])
    )
  )

/** Runs the statements of a file, which blank lines part. */
const migration = (file: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    for (const statement of readFileSync(file, "utf8").split(/\n\s*\n/)) {
      if (!isComment(statement)) yield* sql.unsafe(statement)
    }
  })

const isComment = (paragraph: string) => paragraph.split("\n").every((line) => /^\s*(--|$)/.test(line))

/** The Community Edition's tables. */
export const migrateCommunity = migrate("migrations", "psa_migrations")
