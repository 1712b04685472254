/** How many statements something sends to the database. */
import { Effect } from "effect"
import { CurrentTransformer } from "effect/sql/Statement"

/** An effect's exit, and the number of statements it sent. */
export const counted = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    let statements = 0
    return effect.pipe(
      Effect.provideService(CurrentTransformer, (statement) => {
        statements++
        return Effect.succeed(statement)
      }),
      Effect.exit,
      Effect.map((exit) => ({ exit, statements }))
    )
  })
