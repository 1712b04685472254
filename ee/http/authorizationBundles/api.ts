import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { BadReference, Conflict, NotFound } from "../../../src/domain/Errors.ts"
import * as List from "../../../src/domain/List.ts"
import { about } from "../../../src/http/endpoint.ts"
import { One, Page } from "../../../src/http/envelope.ts"
import {
  AuthorizationBundle,
  AuthorizationBundleChanges,
  AuthorizationBundleId,
  BundleAssignment,
  BundleAssignmentId,
  NewAuthorizationBundle,
  NewBundleAssignment
} from "../../domain/AuthorizationBundle.ts"
import { AuthorizationBundleList, BundleAssignmentList } from "../../services/AuthorizationBundleService.ts"

const params = { id: AuthorizationBundleId }

const example = {
  bundle_key: "assigned-technician",
  name: "Assigned technician",
  description: "Own work, and nothing of the other clients",
  rules: [
    { resource_type: "ticket", action: "read", template_key: "own_or_assigned" },
    { resource_type: "ticket", action: "read", template_key: "client_portfolio" },
    { resource_type: "asset", action: "read", template_key: "client_portfolio" }
  ]
}

export class AuthorizationBundlesApi extends HttpApiGroup.make("authorizationBundles")
  .add(
    HttpApiEndpoint.get("list", "/", {
      query: List.query(AuthorizationBundleList),
      success: Page(AuthorizationBundle)
    }).annotateMerge(
      about({
        summary: "List authorization bundles",
        description: "The tenant's authorization bundles with their rules, the archived ones too, by name.",
        requires: ["security_settings:read"]
      })
    ),
    HttpApiEndpoint.get("get", "/:id", { params, success: One(AuthorizationBundle), error: NotFound }).annotateMerge(
      about({
        summary: "Get an authorization bundle",
        description: "One authorization bundle, with its rules in the order they were sent in.",
        requires: ["security_settings:read"]
      })
    ),
    HttpApiEndpoint.post("create", "/", {
      payload: NewAuthorizationBundle,
      success: One(AuthorizationBundle).pipe(HttpApiSchema.status(201)),
      error: [Conflict, BadReference]
    }).annotateMerge(
      about({
        summary: "Create an authorization bundle",
        description:
          "A rule narrows reading a kind of resource to the rows that its template relates to the caller. `own`: entered " +
          "by the caller; `assigned`: assigned to the caller; `managed`: assigned to somebody who reports to the caller; " +
          "`own_or_assigned` and `own_or_managed`: one of the two; `same_client`: of the client whose contact the caller " +
          "is; `client_portfolio`: of a client whose account manager the caller is; `same_team`: assigned to a team of the " +
          "caller; `selected_clients` and `selected_boards`: of those in `config`. Assets know the templates that are about " +
          "clients. A client or board that is selected and not there is a 400, a name or key that another bundle has a " +
          "409. A new bundle narrows nobody before it is assigned.",
        requires: ["security_settings:create"],
        example: { request: example }
      })
    ),
    HttpApiEndpoint.put("update", "/:id", {
      params,
      payload: AuthorizationBundleChanges,
      success: One(AuthorizationBundle),
      error: [NotFound, Conflict, BadReference]
    }).annotateMerge(
      about({
        summary: "Change an authorization bundle",
        description:
          "Changes the fields that are sent. Rules are replaced as a whole, and have new ids then. Within a second every " +
          "caller that it is assigned to reads by the new rules. An archived bundle keeps its rules and assignments, and " +
          "narrows nothing.",
        requires: ["security_settings:update"],
        example: { request: { rules: [{ resource_type: "ticket", action: "read", template_key: "same_team" }] } }
      })
    ),
    HttpApiEndpoint.delete("delete", "/:id", {
      params,
      success: HttpApiSchema.NoContent,
      error: NotFound
    }).annotateMerge(
      about({
        summary: "Delete an authorization bundle",
        description:
          "Deletes a bundle with its rules and assignments, whatever it is assigned to: whom it narrowed, it narrows no more.",
        requires: ["security_settings:delete"]
      })
    ),
    HttpApiEndpoint.get("assignments", "/:id/assignments", {
      params,
      query: List.query(BundleAssignmentList),
      success: Page(BundleAssignment),
      error: NotFound
    }).annotateMerge(
      about({
        summary: "List a bundle's assignments",
        description: "The roles, teams, users and API keys that a bundle is assigned to, the first assigned first.",
        requires: ["security_settings:read"]
      })
    ),
    HttpApiEndpoint.post("assign", "/:id/assignments", {
      params,
      payload: NewBundleAssignment,
      success: One(BundleAssignment).pipe(HttpApiSchema.status(201)),
      error: [NotFound, Conflict, BadReference]
    }).annotateMerge(
      about({
        summary: "Assign an authorization bundle",
        description:
          "Narrows what a role, a team, a user or an API key reads, within a second. A role or team narrows whoever is in " +
          "it; a key only those who call with it. Nobody is exempt: a bundle that is assigned to the role Admin narrows " +
          "every administrator too, the caller among them. Whoever is narrowed by several bundles reads what all of them " +
          "let through. What is not there is a 400, a second assignment of the same bundle a 409.",
        requires: ["security_settings:create"]
      })
    ),
    HttpApiEndpoint.delete("unassign", "/:id/assignments/:assignmentId", {
      params: { ...params, assignmentId: BundleAssignmentId },
      success: HttpApiSchema.NoContent,
      error: NotFound
    }).annotateMerge(
      about({
        summary: "Take back an assignment",
        description: "The bundle no longer narrows the role, team, user or API key, within a second.",
        requires: ["security_settings:delete"]
      })
    )
  )
  .prefix("/api/v1/authorization-bundles")
  .annotateMerge(
    OpenApi.annotations({
      title: "Authorization bundles",
      description:
        "Which of a tenant's tickets and assets somebody reads who holds the permission. Bundles only ever narrow: the " +
        "rules of one kind of resource must all hold, whichever bundles they are from. What is out of sight is missing " +
        "in lists and their totals, in search and figures, and a 403 by its id; it can neither be changed."
    })
  ) {}
