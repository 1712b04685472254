/** Brings the database up to date for the Enterprise Edition: the Community Edition's tables, then its own. */
import { Effect } from "effect"
import { migrate, migrateCommunity } from "../../src/layers/Migrations.ts"

export const migrateEnterprise = Effect.andThen(
  migrateCommunity,
  migrate("ee/migrations", "psa_migrations_enterprise")
).pipe(Effect.asVoid)
