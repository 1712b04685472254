/** Which permissions there are, which endpoints need each, and which roles grant it. */
import { Schema } from "effect"
import type { OpenApi } from "effect/http-api"
import {
  beyondTenant,
  internalPermissions,
  type Permission,
  portalPermissions,
  resourceAndAction
} from "../../domain/Permission.ts"
import { builtInRoles } from "../../domain/Role.ts"

export const PermissionMatrix = Schema.Struct({
  permissions: Schema.Array(
    Schema.Struct({
      permission: Schema.String,
      description: Schema.String,
      category: Schema.String.annotate({ description: "The resource" }),
      endpoints: Schema.Array(Schema.String).annotate({ description: "The endpoints that need it, as `GET /path`" })
    })
  ),
  totalPermissions: Schema.Int,
  categories: Schema.Array(Schema.String),
  roles: Schema.Array(
    Schema.Struct({
      role_name: Schema.String,
      description: Schema.String,
      portal: Schema.Literals(["msp", "client"]),
      permissions: Schema.Array(Schema.String)
    })
  ).annotate({ description: "The roles that every tenant starts with" })
}).annotate({ identifier: "PermissionMatrix" })

const methods = ["get", "post", "put", "patch", "delete"] as const

/** The endpoints of a document that need each permission. */
const endpointsByPermission = (document: OpenApi.OpenAPISpec) => {
  const endpoints = new Map<Permission, Array<string>>()
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of methods) {
      for (const permission of required(item[method])) {
        const known = endpoints.get(permission) ?? []
        endpoints.set(permission, [...known, `${method.toUpperCase()} ${path}`])
      }
    }
  }
  return endpoints
}

const required = (operation: object | undefined): ReadonlyArray<Permission> =>
  operation !== undefined && "x-required-permissions" in operation && Array.isArray(operation["x-required-permissions"])
    ? operation["x-required-permissions"]
    : []

const describe = (permission: Permission) => {
  const [resource, action] = resourceAndAction(permission)
  const words = `${action} ${resource}`.replaceAll("_", " ")
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** The matrix of the API that a document describes. */
export const permissionMatrix = (document: OpenApi.OpenAPISpec): typeof PermissionMatrix.Type => {
  const endpoints = endpointsByPermission(document)
  const all = new Set([...internalPermissions, ...portalPermissions, ...beyondTenant, ...endpoints.keys()])
  const permissions = [...all].sort().map((permission) => ({
    permission,
    description: describe(permission),
    category: resourceAndAction(permission)[0],
    endpoints: endpoints.get(permission) ?? []
  }))
  return {
    permissions,
    totalPermissions: permissions.length,
    categories: [...new Set(permissions.map(({ category }) => category))],
    roles: builtInRoles.map(({ description, permissions, portal, role_name }) => ({
      role_name,
      description,
      portal,
      permissions
    }))
  }
}
