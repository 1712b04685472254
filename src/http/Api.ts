/** The Community Edition's API: every group, and what stands around all of them. */
import { HttpApi, type HttpApiGroup, OpenApi } from "effect/http-api"
import { version } from "../domain/version.ts"
import { BoardsApi } from "./boards/api.ts"
import { Authentication } from "./middleware/Authentication.ts"
import { Authorization } from "./middleware/Authorization.ts"
import { RateLimiting } from "./middleware/RateLimiting.ts"
import { Validation } from "./middleware/Validation.ts"
import { SystemApi } from "./system/api.ts"

/** The groups that need a key. An edition adds its own to them. */
export const communityGroups = HttpApi.make("psa").add(BoardsApi)

/** Puts the gates before every group added so far; the last is the outermost. */
export const guarded = <Groups extends HttpApiGroup.Constraint>(api: HttpApi.HttpApi<"psa", Groups>) =>
  api.middleware(Validation).middleware(Authorization).middleware(RateLimiting).middleware(Authentication)

export const documentation = OpenApi.annotations({
  title: "PSA API",
  version,
  description:
    "Tickets, assets, clients and the rest of a managed service provider's day, for many tenants. " +
    "Send your API key in the header `x-api-key`."
})

export class CommunityApi extends guarded(communityGroups).add(SystemApi).annotateMerge(documentation) {}
