import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Actor } from "../domain/Actor.ts"
import { type BadReference, type Issue, NotFound, ValidationFailed } from "../domain/Errors.ts"
import type { CreatedTicket } from "../domain/Ticket.ts"
import type { NewTicketFromAsset } from "../domain/TicketFromAsset.ts"
import { unfailing } from "./constraints.ts"
import { recordEvent } from "./events.ts"
import { TicketService } from "./TicketService.ts"

type Input = typeof NewTicketFromAsset.Type

export class TicketFromAsset extends Context.Service<
  TicketFromAsset,
  {
    /** A new ticket about an asset, which is linked to it as the one that is affected. */
    readonly create: (
      input: Input
    ) => Effect.Effect<typeof CreatedTicket.Type, NotFound | ValidationFailed | BadReference, Actor>
  }
>()("psa/TicketFromAsset") {
  static readonly layer = Layer.effect(
    TicketFromAsset,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const tickets = yield* TicketService

      const create = Effect.fn("TicketFromAsset.create")(
        function* ({ asset_id: asked, board_id, description, ...input }: Input) {
          const { tenant, userId } = yield* Actor
          // Held until it is linked, so that it is neither deleted nor given to another client before.
          const [asset] = yield* sql<Held>`SELECT asset_id, client_id FROM assets
            WHERE tenant = ${tenant} AND asset_id = ${asked} FOR SHARE`
          if (asset === undefined) return yield* NotFound.of("Asset")
          const { asset_id } = asset
          const isForeign = asset.client_id !== input.client_id.toLowerCase()
          if (isForeign || board_id === undefined) {
            return yield* ValidationFailed.issues([
              ...(isForeign ? [issue("client_id", "The asset does not belong to this client")] : []),
              ...(board_id === undefined ? [issue("board_id", "Expected a board")] : [])
            ])
          }
          const ticket = yield* tickets.create({
            ...input,
            board_id,
            attributes: { ...(description == null ? {} : { description }), created_from_asset: asset_id }
          })
          const relationship_type = "affected"
          yield* sql`INSERT INTO asset_associations ${sql.insert({
            tenant,
            asset_id,
            entity_id: ticket.ticket_id,
            entity_type: "ticket",
            relationship_type,
            created_by: userId
          })}`
          yield* recordEvent(sql, {
            tenant,
            userId,
            type: "TICKET_ASSET_LINKED",
            entityType: "ticket",
            entityId: ticket.ticket_id,
            payload: { asset_id, relationship_type, notes: null }
          })
          return ticket
        },
        sql.withTransaction,
        unfailing
      )

      return TicketFromAsset.of({ create })
    })
  ).pipe(Layer.provide(TicketService.layer))
}

interface Held {
  readonly asset_id: string
  readonly client_id: string
}

const issue = (path: string, message: string): Issue => ({ path: [path], message })
