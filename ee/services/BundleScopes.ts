/** What authorization bundles narrow a caller to. */
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import type { Permission } from "../../src/domain/Permission.ts"
import type { ScopeRule } from "../../src/domain/Scope.ts"
import { AccessScopes, type CallerIds } from "../../src/services/AccessScopes.ts"
import { unfailing } from "../../src/services/constraints.ts"

interface Narrowed {
  readonly permission: Permission
  readonly rules: ReadonlyArray<ScopeRule>
}

/** The rules of the active bundles that are assigned to the key, to its user, or to a role or team of the user. */
export const BundleScopes = Layer.effect(
  AccessScopes,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient

    const of = Effect.fn("AccessScopes.of")(function* ({ apiKeyId, tenant, userId }: CallerIds) {
      // What several bundles have in common is asked once.
      const narrowed = yield* sql<Narrowed>`
        SELECT r.resource_type || ':' || r.action AS permission,
          jsonb_agg(DISTINCT jsonb_build_object('template', r.template_key) || r.config) AS rules
        FROM authorization_bundle_assignments a
        JOIN authorization_bundles b ON b.tenant = a.tenant AND b.bundle_id = a.bundle_id AND b.status = 'active'
        JOIN authorization_bundle_rules r ON r.tenant = b.tenant AND r.bundle_id = b.bundle_id
        WHERE a.tenant = ${tenant} AND (
          a.api_key_id = ${apiKeyId ?? null}::uuid OR a.user_id = ${userId}::uuid
          OR a.role_id IN (SELECT role_id FROM user_roles WHERE tenant = ${tenant} AND user_id = ${userId}::uuid)
          OR a.team_id IN (SELECT team_id FROM team_members WHERE tenant = ${tenant} AND user_id = ${userId}::uuid))
        GROUP BY 1`
      if (narrowed.length === 0) return undefined
      return Object.fromEntries(narrowed.map(({ permission, rules }) => [permission, rules]))
    }, unfailing)

    return AccessScopes.of({ of })
  })
)
