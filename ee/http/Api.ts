/** The Enterprise Edition's API: all of the Community Edition's, and its own groups, behind the same gates. */
import { communityGroups, documentation, guarded } from "../../src/http/Api.ts"
import { SystemApi } from "../../src/http/system/api.ts"
import { AuthorizationBundlesApi } from "./authorizationBundles/api.ts"
import { HuduApi } from "./hudu/api.ts"
import { ProvisioningApi } from "./provisioning/api.ts"

export class EnterpriseApi extends guarded(communityGroups.add(AuthorizationBundlesApi, HuduApi, ProvisioningApi))
  .add(SystemApi)
  .annotateMerge(documentation) {}
