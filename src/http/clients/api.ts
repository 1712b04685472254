import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { Client, ClientChanges, ClientId, ClientLocation, NewClient } from "../../domain/Client.ts"
import { BadReference, Conflict, NotFound } from "../../domain/Errors.ts"
import * as List from "../../domain/List.ts"
import { ClientList } from "../../services/ClientService.ts"
import { about } from "../endpoint.ts"
import { One, Page } from "../envelope.ts"

const example = {
  client_name: "Wonder Widgets",
  billing_cycle: "monthly",
  email: "office@widgets.example",
  phone_no: "+49 30 901820",
  address: "12 Market Street, Springfield",
  url: "widgets.example",
  properties: { industry: "Manufacturing", company_size: "51-200" }
}

export class ClientsApi extends HttpApiGroup.make("clients")
  .add(
    HttpApiEndpoint.get("list", "/", { query: List.query(ClientList), success: Page(Client) }).annotateMerge(
      about({
        summary: "List clients",
        description:
          "The tenant's clients, the newest first. `search` finds a text in the name, email address, telephone and " +
          "web site; `is_active` is the opposite of `is_inactive`.",
        requires: ["client:read"]
      })
    ),
    HttpApiEndpoint.get("get", "/:id", {
      params: { id: ClientId },
      success: One(Client),
      error: NotFound
    }).annotateMerge(
      about({ summary: "Get a client", description: "One client, by its id.", requires: ["client:read"] })
    ),
    HttpApiEndpoint.get("locations", "/:id/locations", {
      params: { id: ClientId },
      success: One(Schema.Array(ClientLocation)),
      error: NotFound
    }).annotateMerge(
      about({
        summary: "List a client's locations",
        description: "All locations of a client: the default one first, then by name. Not paged.",
        requires: ["client:read"]
      })
    ),
    HttpApiEndpoint.post("create", "/", {
      payload: NewClient,
      success: One(Client).pipe(HttpApiSchema.status(201)),
      error: [Conflict, BadReference]
    }).annotateMerge(
      about({
        summary: "Create a client",
        description:
          "Email address, telephone and address are kept with the client's default location, which is made with it. " +
          "A name that another client has is a 409.",
        requires: ["client:create"],
        example: { request: example }
      })
    ),
    HttpApiEndpoint.put("update", "/:id", {
      params: { id: ClientId },
      payload: ClientChanges,
      success: One(Client),
      error: [NotFound, Conflict, BadReference]
    }).annotateMerge(
      about({
        summary: "Change a client",
        description:
          "Changes the fields that are sent, and leaves the others as they are; null clears one that may be empty. " +
          "`properties` is replaced as a whole. Making a client inactive makes its contacts and their logins inactive " +
          "too; making it active again does not bring them back.",
        requires: ["client:update"],
        example: { request: { phone_no: "+49 30 901821", notes: "Closed on Fridays" } }
      })
    ),
    HttpApiEndpoint.delete("delete", "/:id", {
      params: { id: ClientId },
      success: HttpApiSchema.NoContent,
      error: [NotFound, Conflict]
    }).annotateMerge(
      about({
        summary: "Delete a client",
        description:
          "Deletes a client and its locations. A client with contacts, tickets, assets or documents is a 409 that says " +
          "how many; so is the tenant's default client.",
        requires: ["client:delete"]
      })
    )
  )
  .prefix("/api/v1/clients")
  .annotateMerge(
    OpenApi.annotations({ title: "Clients", description: "The companies and people that the provider works for." })
  ) {}
