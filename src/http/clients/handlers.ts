import { Effect } from "effect"
import { ClientList, ClientService } from "../../services/ClientService.ts"
import { CommunityApi } from "../Api.ts"
import { answers } from "../answers.ts"
import { one, page } from "../envelope.ts"
import { group } from "../group.ts"

export const ClientsHandlers = group(
  CommunityApi,
  "clients",
  Effect.fn(function* (handlers) {
    const clients = yield* ClientService
    return handlers.handleAll(
      answers({
        list: ({ query }) => Effect.map(clients.list(query), (found) => page(ClientList, query, found)),
        get: ({ params }) => Effect.map(clients.get(params.id), one),
        locations: ({ params }) => Effect.map(clients.locations(params.id), one),
        create: ({ payload }) => Effect.map(clients.create(payload), one),
        update: ({ params, payload }) => Effect.map(clients.update(params.id, payload), one),
        delete: ({ params }) => clients.delete(params.id)
      })
    )
  })
)
