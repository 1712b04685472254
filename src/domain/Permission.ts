/** A permission is `resource:action`: granted to a role, needed by an endpoint. */
export type Permission = `${string}:${string}`

const crud = "create read update delete"

/** Every permission that internal users can hold, by resource. */
const internal: Readonly<Record<string, string>> = {
  account_management: "read update delete",
  api_key: crud,
  asset: crud,
  billing: crud,
  billing_settings: crud,
  client: crud,
  contact: crud,
  credit: `${crud} transfer reconcile`,
  document: crud,
  extension: "read write",
  financial: `${crud} transfer`,
  interaction: crud,
  inventory: crud,
  invoice: `${crud} generate finalize send void credit`,
  metadata: crud,
  opportunities: crud,
  permission: crud,
  profile: crud,
  project: crud,
  project_task: crud,
  purchase_order: crud,
  reports: crud,
  rmm: "execute_command",
  role: crud,
  sales_order: crud,
  security_settings: crud,
  service: crud,
  settings: crud,
  sla_policy: crud,
  stock_location: crud,
  stock_transfer: crud,
  storage: "read write",
  system_settings: crud,
  tag: crud,
  team: crud,
  technician_dispatch: crud,
  ticket: `${crud} close_override`,
  ticket_settings: crud,
  timeentry: crud,
  timeentry_settings: crud,
  timesheet: `${crud} read_all submit approve reverse`,
  user: `${crud} invite reset_password`,
  user_schedule: crud,
  user_settings: crud,
  vendor: crud,
  webhook: crud,
  workflow: "read view manage publish admin"
}

/** Every permission that users of the client portal can hold, by resource. */
const portal: Readonly<Record<string, string>> = {
  billing: "create read update",
  client: crud,
  document: "create read update",
  project: crud,
  settings: crud,
  ticket: "create read update",
  time_management: crud,
  user: `${crud} reset_password`
}

/** What reaches beyond the own tenant. No tenant's Admin holds it. */
export const beyondTenant: ReadonlyArray<Permission> = ["tenant:create"]

const expand = (catalog: Readonly<Record<string, string>>): ReadonlyArray<Permission> =>
  Object.entries(catalog).flatMap(([resource, actions]) =>
    actions.split(" ").map((action): Permission => `${resource}:${action}`)
  )

export const internalPermissions = expand(internal)
export const portalPermissions = expand(portal)

/** The parts of a permission. */
export const resourceAndAction = (permission: Permission): readonly [resource: string, action: string] => {
  const [resource = "", action = ""] = permission.split(":")
  return [resource, action]
}
