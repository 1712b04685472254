import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Actor } from "../domain/Actor.ts"
import { type BadReference, type Forbidden, type Issue, type NotFound, ValidationFailed } from "../domain/Errors.ts"
import type { CreatedTicket } from "../domain/Ticket.ts"
import type { NewTicketFromAsset } from "../domain/TicketFromAsset.ts"
import { admitAsset, isReadableAsset } from "./assetAccess.ts"
import { linkedEvents } from "./assetEvents.ts"
import { unfailing } from "./constraints.ts"
import { recordEvents } from "./events.ts"
import { TicketService } from "./TicketService.ts"

type Input = typeof NewTicketFromAsset.Type

export class TicketFromAsset extends Context.Service<
  TicketFromAsset,
  {
    /** A new ticket about an asset, which is linked to it as the one that is affected. */
    readonly create: (
      input: Input
    ) => Effect.Effect<typeof CreatedTicket.Type, NotFound | Forbidden | ValidationFailed | BadReference, Actor>
  }
>()("psa/TicketFromAsset") {
  static readonly layer = Layer.effect(
    TicketFromAsset,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const tickets = yield* TicketService

      const create = Effect.fn("TicketFromAsset.create")(
        function* ({ asset_id: asked, board_id, description, ...input }: Input) {
          const actor = yield* Actor
          const { tenant, userId } = actor
          // Held until it is linked, so that it is neither deleted nor given to another client before.
          const [found] = yield* sql<Held>`SELECT a.asset_id, a.client_id, ${isReadableAsset(sql, actor)} AS readable
            FROM assets a WHERE a.tenant = ${tenant} AND a.asset_id = ${asked} FOR SHARE OF a`
          const asset = yield* admitAsset(found)
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
          yield* recordEvents(sql, linkedEvents(actor, { asset_id, entity_id: ticket.ticket_id, relationship_type }))
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
  readonly readable: boolean
}

const issue = (path: string, message: string): Issue => ({ path: [path], message })
