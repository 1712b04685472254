/** The roles every tenant starts with. */
import { assert, describe, it } from "@effect/vitest"
import { beyondTenant, internalPermissions, portalPermissions } from "../../src/domain/Permission.ts"
import { adminRole, builtInRoles, partnerAdminRole } from "../../src/domain/Role.ts"

describe("built-in roles", () => {
  it("grant only permissions that there are, each once", () => {
    for (const { permissions, portal, role_name } of builtInRoles) {
      const known = portal === "msp" ? [...internalPermissions, ...beyondTenant] : portalPermissions
      assert.deepStrictEqual(
        permissions.filter((permission) => !known.includes(permission)),
        [],
        role_name
      )
      assert.strictEqual(new Set(permissions).size, permissions.length, role_name)
    }
  })

  it("let Admin do everything in the tenant, and nothing beyond it", () => {
    const admin = builtInRoles.find(({ portal, role_name }) => portal === "msp" && role_name === adminRole)
    assert.sameMembers([...(admin?.permissions ?? [])], [...internalPermissions])
  })

  it("let partner-admin alone reach beyond the tenant", () => {
    const reaching = builtInRoles.filter(({ permissions }) => permissions.some((one) => beyondTenant.includes(one)))
    assert.deepStrictEqual(
      reaching.map(({ role_name }) => role_name),
      [partnerAdminRole]
    )
    assert.deepStrictEqual(reaching[0]?.permissions, beyondTenant)
  })
})
