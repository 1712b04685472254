/** Tenants and their people, as the command line and provisioning make them. */
import bcrypt from "bcryptjs"
import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { builtInAssetTypes } from "../domain/AssetType.ts"
import { Conflict, NotFound, ValidationFailed } from "../domain/Errors.ts"
import { internalPermissions, type Permission, portalPermissions, resourceAndAction } from "../domain/Permission.ts"
import { adminRole, builtInRoles } from "../domain/Role.ts"
import { type NewTenant, startingBoards, startingPriorities, startingStatuses, type Tenant } from "../domain/Tenant.ts"
import { type NewUser, passwordProblems, type User } from "../domain/User.ts"
import { refusing, unfailing } from "./constraints.ts"
import { newId } from "./ids.ts"
import { insertAll } from "./insertAll.ts"

export interface CreatedTenant {
  readonly tenant: typeof Tenant.Type
  /** The first administrator. */
  readonly user: typeof User.Type
}

export class TenantService extends Context.Service<
  TenantService,
  {
    /** A tenant with its roles, permissions, boards, statuses, priorities, asset types and an administrator, or nothing. */
    readonly create: (input: typeof NewTenant.Type) => Effect.Effect<CreatedTenant, Conflict | ValidationFailed>
    /** A user with the named roles. */
    readonly createUser: (
      tenant: string,
      input: typeof NewUser.Type
    ) => Effect.Effect<typeof User.Type, Conflict | NotFound | ValidationFailed>
    /** The internal user with an email address. */
    readonly findUser: (tenant: string, email: string) => Effect.Effect<typeof User.Type, NotFound>
    /** A tenant by its id or its name. */
    readonly find: (idOrName: string) => Effect.Effect<typeof Tenant.Type, NotFound>
    /** Switches a feature of a tenant on or off. */
    readonly setFeature: (tenant: string, feature: string, enabled: boolean) => Effect.Effect<void>
    readonly hasFeature: (tenant: string, feature: string) => Effect.Effect<boolean>
  }
>()("psa/TenantService") {
  static readonly layer = Layer.effect(
    TenantService,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const tenantColumns = sql.literal(
        "tenant, client_name, email, phone_number, industry, plan, product_code, tax_id_number, created_at, updated_at"
      )
      const userColumns = sql.literal("user_id, tenant, username, email, first_name, last_name, user_type")

      const insertTenant = (tenant: string, { password: _, ...fields }: typeof NewTenant.Type) =>
        sql<
          typeof Tenant.Type
        >`INSERT INTO tenants ${sql.insert({ tenant, ...fields, email: fields.email.toLowerCase() })}
          RETURNING ${tenantColumns}`.pipe(
          refusing<Conflict>({
            tenants_email_key: () => Conflict.because("A tenant with this email address already exists"),
            tenants_client_name_key: () => Conflict.because("A tenant with this name already exists")
          })
        )

      const insertPermissions = (tenant: string) => {
        const row = (portal: boolean) => (permission: Permission) => {
          const [resource, action] = resourceAndAction(permission)
          return { tenant, permission_id: newId(), resource, action, msp: !portal, client: portal }
        }
        const beyond = builtInRoles
          .flatMap(({ permissions, portal }) => (portal === "msp" ? permissions : []))
          .filter((permission) => !internalPermissions.includes(permission))
        return insertAll(sql, "permissions", [
          ...[...internalPermissions, ...beyond].map(row(false)),
          ...portalPermissions.map(row(true))
        ])
      }

      const insertRoles = Effect.fnUntraced(function* (tenant: string) {
        const roles = builtInRoles.map(({ description, portal, role_name }) => ({
          tenant,
          role_id: newId(),
          role_name,
          description,
          msp: portal === "msp",
          client: portal === "client"
        }))
        yield* insertAll(sql, "roles", roles)
        const granted = builtInRoles.flatMap(({ permissions }, index) =>
          permissions.map((permission) => [roles[index]!.role_id, ...resourceAndAction(permission)] as const)
        )
        yield* sql`INSERT INTO role_permissions (tenant, role_id, permission_id)
          SELECT r.tenant, r.role_id, p.permission_id
          FROM unnest(${granted.map(([role]) => role)}::uuid[], ${granted.map(([, resource]) => resource)}::text[],
            ${granted.map(([, , action]) => action)}::text[]) AS granted (role_id, resource, action)
          JOIN roles r ON r.tenant = ${tenant} AND r.role_id = granted.role_id
          JOIN permissions p ON p.tenant = r.tenant AND p.resource = granted.resource AND p.action = granted.action
            AND p.msp = r.msp`
      })

      const insertBoards = Effect.fnUntraced(function* (tenant: string) {
        const boards = startingBoards.map((board, index) => ({
          tenant,
          board_id: newId(),
          display_order: index,
          ...board
        }))
        yield* insertAll(sql, "boards", boards)
        yield* insertAll(
          sql,
          "statuses",
          boards.flatMap(({ board_id }) =>
            startingStatuses.map((status, index) => ({
              tenant,
              status_id: newId(),
              status_type: "ticket",
              item_type: "ticket",
              board_id,
              order_number: (index + 1) * 10,
              ...status
            }))
          )
        )
        yield* insertAll(
          sql,
          "priorities",
          startingPriorities.map((priority) => ({
            tenant,
            priority_id: newId(),
            item_type: "ticket",
            ...priority
          }))
        )
        yield* sql`UPDATE boards SET default_priority_id = (SELECT priority_id FROM priorities
          WHERE tenant = ${tenant} AND priority_name = 'Medium') WHERE tenant = ${tenant}`
        yield* sql`INSERT INTO next_number (tenant, entity_type, prefix, last_number, initial_value)
          VALUES (${tenant}, 'TICKET', 'TIC', 0, 1000)`
      })

      const insertAssetTypes = (tenant: string) =>
        insertAll(
          sql,
          "asset_type_registry",
          builtInAssetTypes.map((type, index) => ({
            tenant,
            type_id: newId(),
            ...type,
            is_builtin: true,
            display_order: index
          }))
        )

      const insertUser = Effect.fnUntraced(function* (tenant: string, input: typeof NewUser.Type) {
        const problems = input.password === undefined ? [] : passwordProblems(input.password)
        if (problems.length > 0) {
          return yield* ValidationFailed.issues(problems.map((message) => ({ path: ["password"], message })))
        }
        const hashed = yield* Effect.promise(() => hashPassword(input.password))
        const email = input.email.toLowerCase()
        const [user] = yield* sql<typeof User.Type>`INSERT INTO users ${sql.insert({
          tenant,
          user_id: newId(),
          username: (input.username ?? email).toLowerCase(),
          email,
          hashed_password: hashed,
          first_name: input.first_name ?? null,
          last_name: input.last_name ?? null
        })} RETURNING ${userColumns}`.pipe(
          refusing<Conflict>({
            users_email_key: () => Conflict.because("A user with this email address already exists"),
            users_username_key: () => Conflict.because("A user with this name already exists")
          })
        )
        const found = yield* sql<{ readonly role_name: string }>`
          INSERT INTO user_roles (tenant, user_id, role_id)
          SELECT tenant, ${user!.user_id}::uuid, role_id FROM roles
          WHERE tenant = ${tenant} AND msp AND lower(role_name) = ANY(${input.roles.map((role) => role.toLowerCase())}::text[])
          RETURNING (SELECT role_name FROM roles r WHERE r.tenant = user_roles.tenant AND r.role_id = user_roles.role_id)`
        const names = found.map(({ role_name }) => role_name.toLowerCase())
        const missing = input.roles.find((role) => !names.includes(role.toLowerCase()))
        if (missing !== undefined) return yield* NotFound.of(`Role ${missing}`)
        return user!
      })

      const create = Effect.fn("TenantService.create")(
        function* (input: typeof NewTenant.Type) {
          const id = newId()
          const [tenant] = yield* insertTenant(id, input)
          yield* insertPermissions(id)
          yield* insertRoles(id)
          yield* insertBoards(id)
          yield* insertAssetTypes(id)
          const user = yield* insertUser(id, {
            email: input.email,
            roles: [adminRole],
            ...(input.password === undefined ? {} : { password: input.password })
          }).pipe(Effect.catchTag("NotFound", Effect.die))
          return { tenant: tenant!, user }
        },
        sql.withTransaction,
        unfailing
      )

      const createUser = Effect.fn("TenantService.createUser")(insertUser, sql.withTransaction, unfailing)

      const findUser = Effect.fn("TenantService.findUser")(function* (tenant: string, email: string) {
        const [user] = yield* sql<typeof User.Type>`SELECT ${userColumns} FROM users
          WHERE tenant = ${tenant} AND user_type = 'internal' AND lower(email) = ${email.toLowerCase()}`
        return user ?? (yield* NotFound.of(`User ${email}`))
      }, unfailing)

      const find = Effect.fn("TenantService.find")(function* (idOrName: string) {
        const [tenant] = yield* sql<typeof Tenant.Type>`SELECT ${tenantColumns} FROM tenants
          WHERE tenant::text = ${idOrName.toLowerCase()} OR lower(client_name) = ${idOrName.toLowerCase()}`
        return tenant ?? (yield* NotFound.of(`Tenant ${idOrName}`))
      }, unfailing)

      const setFeature = Effect.fn("TenantService.setFeature")(function* (
        tenant: string,
        feature: string,
        enabled: boolean
      ) {
        yield* sql`INSERT INTO tenant_features (tenant, feature, enabled) VALUES (${tenant}, ${feature}, ${enabled})
            ON CONFLICT (tenant, feature) DO UPDATE SET enabled = excluded.enabled, updated_at = now()`
      }, unfailing)

      const hasFeature = Effect.fn("TenantService.hasFeature")(function* (tenant: string, feature: string) {
        const rows = yield* sql`SELECT 1 FROM tenant_features
          WHERE tenant = ${tenant} AND feature = ${feature} AND enabled`
        return rows.length > 0
      }, unfailing)

      return TenantService.of({ create, createUser, findUser, find, setFeature, hasFeature })
    })
  )
}

/** bcrypt; without a password, a hash that none matches. */
const hashPassword = async (password: string | undefined) => (password === undefined ? "!" : bcrypt.hash(password, 10))
