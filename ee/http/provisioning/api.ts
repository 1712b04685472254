import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { Conflict, ValidationFailed } from "../../../src/domain/Errors.ts"
import { NewTenant, Tenant } from "../../../src/domain/Tenant.ts"
import { about } from "../../../src/http/endpoint.ts"
import { One } from "../../../src/http/envelope.ts"

const example = {
  client_name: "Northwind IT",
  email: "admin@northwind.example",
  phone_number: "+1 555 0100",
  industry: "Managed services",
  plan: "pro"
}

export class ProvisioningApi extends HttpApiGroup.make("provisioning")
  .add(
    HttpApiEndpoint.post("createTenant", "/tenants", {
      payload: NewTenant,
      success: Schema.Struct({ ...One(Tenant).fields, ...Tenant.fields }).pipe(HttpApiSchema.status(201)),
      error: [Conflict, ValidationFailed]
    }).annotateMerge(
      about({
        summary: "Create a tenant",
        description:
          "A new tenant with its roles, permissions, boards, statuses and priorities, and its first administrator: all " +
          "of it, or nothing. A name or an email address that another tenant has, in whatever case, is a 409. The " +
          "fields of the tenant are in `data`, and beside it for clients that read them there. No tenant's Admin may " +
          "do this: the role `partner-admin` may, which operators grant.",
        requires: ["tenant:create"],
        example: { request: example }
      })
    )
  )
  .prefix("/api/provisioning")
  .annotateMerge(OpenApi.annotations({ title: "Provisioning", description: "Makes tenants, for partners." })) {}
