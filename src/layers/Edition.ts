/** Which edition is served: chosen by name at start, the Enterprise Edition loaded only when it is asked for. */
import { existsSync } from "node:fs"
import type { PgClient } from "@effect/sql-pg"
import { Effect, Layer } from "effect"
import type { Command } from "effect/cli"
import type { FileSystem } from "effect/FileSystem"
import type { HttpRouter, HttpServerError } from "effect/http"
import type * as Etag from "effect/http/Etag"
import type { HttpPlatform } from "effect/http/HttpPlatform"
import type { OpenApi } from "effect/http-api"
import type { Path } from "effect/Path"
import type { RateLimiter } from "effect/persistence"
import type { SqlClient } from "effect/sql"
import { CommunityApi } from "../http/Api.ts"
import { ApiDocument, openApi } from "../http/openApi.ts"
import { AccessScopes } from "../services/AccessScopes.ts"
import type { Announcements } from "../services/Announcements.ts"
import { CommunityHandlers, CommunityServices, Gates } from "./Community.ts"
import { migrateCommunity } from "./Migrations.ts"
import { routes } from "./Server.ts"
import { Settings, StartupError } from "./Settings.ts"

/** What an edition's routes stand on. */
export type Ground =
  | PgClient.PgClient
  | Announcements
  | SqlClient.SqlClient
  | RateLimiter.RateLimiter
  | Settings
  | HttpRouter.HttpRouter
  | HttpRouter.Request<"Error", HttpServerError.HttpServerError>
  | Etag.Generator
  | HttpPlatform
  | FileSystem
  | Path

export interface Edition {
  readonly name: "community" | "enterprise"
  /** The derived document, made when it is first asked for. */
  readonly openApi: () => OpenApi.OpenAPISpec
  /** Says what narrows what a caller may read. */
  readonly access: Layer.Layer<AccessScopes, never, SqlClient.SqlClient>
  /** Every route, down to the database. */
  readonly routes: Layer.Layer<never, StartupError, Ground>
  /** Brings the database up to date for this edition. */
  readonly migrate: Effect.Effect<void, StartupError, SqlClient.SqlClient>
  /** What it adds to the command line. */
  readonly commands?: ReadonlyArray<EditionCommand>
}

/** A command that is run with the database, up to date, and the settings. */
export type EditionCommand = Command.Command<
  string,
  never,
  object,
  StartupError,
  PgClient.PgClient | Announcements | SqlClient.SqlClient | Settings | Command.Environment
>

export const community: Edition = {
  name: "community",
  openApi: () => openApi(CommunityApi),
  access: AccessScopes.unnarrowed,
  routes: routes(CommunityApi).pipe(
    Layer.provide(CommunityHandlers),
    Layer.provide(Gates),
    Layer.provide(CommunityServices),
    Layer.provide(AccessScopes.unnarrowed),
    Layer.provide(ApiDocument.layer(CommunityApi))
  ),
  migrate: Effect.asVoid(migrateCommunity)
}

/** The edition that the settings ask for. */
export const edition: Effect.Effect<Edition, StartupError, Settings> = Effect.gen(function* () {
  const settings = yield* Settings
  return settings.edition === "community" ? community : yield* enterprise
})

/** Among the sources, or beside this in the bundle. */
const enterpriseFile = import.meta.url.endsWith(".ts") ? "../../ee/layers/Enterprise.ts" : "./enterprise.js"

/** Loaded by a name that the compiler does not follow, so that everything else stands without it. */
const enterprise = Effect.tryPromise({
  try: async (): Promise<Edition> => {
    const module: { readonly enterprise: Edition; readonly commands?: Edition["commands"] } = await import(
      new URL(enterpriseFile, import.meta.url).href
    )
    return { commands: module.commands ?? [], ...module.enterprise }
  },
  catch: (cause) =>
    new StartupError({
      message: !existsSync(new URL("../../ee", import.meta.url))
        ? "EDITION=enterprise needs the folder ee/, which this installation does not have"
        : `The Enterprise Edition could not be loaded: ${cause}`
    })
})
