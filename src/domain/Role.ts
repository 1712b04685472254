/** The roles every tenant starts with, and what each grants. */
import { beyondTenant, internalPermissions, type Permission, portalPermissions } from "./Permission.ts"

export interface BuiltInRole {
  readonly role_name: string
  readonly description: string
  /** A role of the provider's own people, or else of its clients' in the portal. */
  readonly portal: "msp" | "client"
  readonly permissions: ReadonlyArray<Permission>
}

/** `"ticket cru, client r"` in full: c, r, u, d are create, read, update, delete; `+name` is an action by its name. */
const grants = (short: string): ReadonlyArray<Permission> =>
  short.split(",").flatMap((part) => {
    const [resource = "", ...actions] = part.trim().split(" ")
    return actions
      .flatMap((action) => (action.startsWith("+") ? [action.slice(1)] : [...action].map(letter)))
      .map((action): Permission => `${resource}:${action}`)
  })

const letters: Readonly<Record<string, string>> = { c: "create", r: "read", u: "update", d: "delete" }
const letter = (short: string) => letters[short] ?? short

const msp = (role_name: string, description: string, permissions: ReadonlyArray<Permission>): BuiltInRole => ({
  role_name,
  description,
  portal: "msp",
  permissions
})
const client = (role_name: string, description: string, permissions: ReadonlyArray<Permission>): BuiltInRole => ({
  role_name,
  description,
  portal: "client",
  permissions
})

const technician =
  "asset cru, client rd, contact rd, document cru, interaction cru, profile ru, project r, " +
  "project_task cru, reports r, tag cru, technician_dispatch r, ticket cru, timeentry cru, user_schedule r, " +
  "ticket_settings r, sla_policy r"

export const adminRole = "Admin"

/** Grants access beyond the own tenant; only the command line gives it to somebody. */
export const partnerAdminRole = "partner-admin"

export const builtInRoles: ReadonlyArray<BuiltInRole> = [
  msp(adminRole, "Everything in the tenant", internalPermissions),
  msp(
    "Finance",
    "Billing, invoices and reports",
    grants(
      "asset r, billing crud, client crud, contact crud, document crud, interaction crud, credit crud +transfer +reconcile, " +
        "financial crud +transfer, invoice crud +generate +finalize +send +void +credit, billing_settings crud, " +
        "timeentry crud, profile cru, project ru, project_task ru, reports r, tag cr, technician_dispatch r, ticket ru, " +
        "timesheet r +read_all +submit, user r, user_schedule r"
    )
  ),
  msp("Technician", "Works on tickets, assets and tasks", grants(`${technician}, timesheet ru +read_all +submit`)),
  msp(
    "Manager",
    "A technician who approves time",
    grants(`${technician}, timesheet ru +submit +approve +reverse, user r, user_settings r`)
  ),
  msp(
    "Project Manager",
    "Runs projects and approves their time",
    grants(
      "asset r, billing r, client cru, contact cru, document cru, interaction cru, invoice r, profile ru, project crud, " +
        "project_task crud, reports r, tag cru, technician_dispatch r, ticket cru, timeentry cru, " +
        "timesheet ru +read_all +submit +approve +reverse, user r +invite, user_schedule r, user_settings r, " +
        "billing_settings r, sla_policy ru"
    )
  ),
  msp(
    "Dispatcher",
    "Assigns work and keeps the schedule",
    grants(
      "asset r, client r, contact r, document r, profile r, project r, project_task r, reports r, timeentry r, timesheet r, " +
        "user r, user_settings r, interaction cru, tag cru, ticket cru, technician_dispatch cru, user_schedule cru"
    )
  ),
  msp(partnerAdminRole, "Creates tenants; granted on the command line only", beyondTenant),
  client(adminRole, "Everything a client may do in the portal", portalPermissions),
  client(
    "Finance",
    "A client's billing contact",
    grants("billing r, client cru, project r, ticket cru, time_management r, user r, settings r, document cru")
  ),
  client("User", "A client's employee", grants("client cru, project r, ticket cru, time_management r, document cru"))
]
