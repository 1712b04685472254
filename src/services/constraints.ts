/** What the database refuses, said to the caller: a violated constraint is a typed failure, anything else a defect. */
import { Effect } from "effect"
import { isSqlError, type SqlError } from "effect/sql/SqlError"

/** The failure for each constraint that a statement can violate, by the constraint's name. */
export type ByConstraint<E> = Readonly<Record<string, () => E>>

const violated = (error: SqlError): string | undefined => {
  if (error.reason._tag === "UniqueViolation") return error.reason.constraint
  if (error.reason._tag !== "ConstraintError") return undefined
  const cause: unknown = error.reason.cause
  return typeof cause === "object" && cause !== null && "constraint" in cause && typeof cause.constraint === "string"
    ? cause.constraint
    : undefined
}

/** Turns violations of the named constraints into failures; every other database error is a defect. */
export const refusing =
  <E>(failures: ByConstraint<E>) =>
  <A, R, E2>(effect: Effect.Effect<A, E2, R>) =>
    Effect.catchIf(effect, isDatabaseError<E2>, (error): Effect.Effect<never, E> => {
      const failure = failures[violated(error) ?? ""]
      return failure === undefined ? Effect.die(error) : Effect.fail(failure())
    })

/** Every database error is a defect: the statement cannot violate anything a caller brings about. */
export const unfailing = refusing<never>({})

const isDatabaseError = <E>(error: E): error is Extract<E, SqlError> => isSqlError(error)
