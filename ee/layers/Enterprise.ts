/** The Enterprise Edition: the Community Edition, and what comes on top. */
import { Layer } from "effect"
import { Command } from "effect/cli"
import { ApiDocument, openApi } from "../../src/http/openApi.ts"
import { CommunityHandlers, CommunityServices, Gates } from "../../src/layers/Community.ts"
import type { Edition } from "../../src/layers/Edition.ts"
import { routes } from "../../src/layers/Server.ts"
import { TenantService } from "../../src/services/TenantService.ts"
import { huduCommand } from "../commands/hudu.ts"
import { EnterpriseApi } from "../http/Api.ts"
import { AuthorizationBundlesHandlers } from "../http/authorizationBundles/handlers.ts"
import { HuduHandlers } from "../http/hudu/handlers.ts"
import { ProvisioningHandlers } from "../http/provisioning/handlers.ts"
import { AuthorizationBundleService } from "../services/AuthorizationBundleService.ts"
import { BundleScopes } from "../services/BundleScopes.ts"
import { HuduClient } from "../services/HuduClient.ts"
import { HuduConnection } from "../services/HuduConnection.ts"
import { HuduStatus } from "../services/HuduStatus.ts"
import { Provisioning } from "../services/Provisioning.ts"
import { TenantSecrets } from "../services/TenantSecrets.ts"
import { migrateEnterprise } from "./Migrations.ts"

const EnterpriseServices = Layer.mergeAll(AuthorizationBundleService.layer, HuduStatus.layer, Provisioning.layer).pipe(
  Layer.provide(TenantService.layer)
)

const EnterpriseHandlers = Layer.mergeAll(AuthorizationBundlesHandlers, HuduHandlers, ProvisioningHandlers).pipe(
  Layer.provide(EnterpriseServices)
)

/** What the edition's commands work with. */
const CommandServices = HuduConnection.layer.pipe(
  Layer.provide([HuduClient.layer, TenantSecrets.layer, HuduStatus.layer]),
  Layer.provideMerge(TenantService.layer)
)

/** What the edition adds to the command line. */
export const commands = [huduCommand.pipe(Command.provide(CommandServices))] as const

export const enterprise: Edition = {
  name: "enterprise",
  openApi: () => openApi(EnterpriseApi),
  access: BundleScopes,
  // Handlers are found by the names of the API and their group, so the Community Edition's serve here as they are.
  routes: routes(EnterpriseApi).pipe(
    Layer.provide([CommunityHandlers, EnterpriseHandlers]),
    Layer.provide(Gates),
    Layer.provide(CommunityServices),
    Layer.provide(BundleScopes),
    Layer.provide(ApiDocument.layer(EnterpriseApi))
  ),
  migrate: migrateEnterprise
}
