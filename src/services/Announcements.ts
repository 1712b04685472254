/** Hears what the database announces with NOTIFY, on a connection of its own: a listener in the pool would hold up others. */
import { PgConnection } from "@effect/sql-pg"
import { Context, Effect, Layer, type Queue, type Scope } from "effect"
import type { SqlError } from "effect/sql/SqlError"

export class Announcements extends Context.Service<
  Announcements,
  {
    /** What is announced on a channel from now on, until the scope closes; fails when the connection is lost. */
    readonly listen: (
      channel: string
    ) => Effect.Effect<Queue.Dequeue<PgConnection.Notification, SqlError>, SqlError, Scope.Scope>
  }
>()("psa/Announcements") {
  static readonly layer = (config: PgConnection.Config) =>
    Layer.succeed(Announcements, {
      listen: (channel) => Effect.flatMap(PgConnection.make(config), (connection) => connection.listen(channel))
    })
}
