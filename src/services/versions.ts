/**
 * Rows that are changed only as they were read: a row's version is its `updated_at`, which never stays the same when it
 * changes, and callers see it as an entity tag.
 */
import { Context, Effect } from "effect"
import { PreconditionFailed } from "../domain/Errors.ts"

/** The entity tags that the caller takes the row to have; anything goes, if absent. */
export const ExpectedVersion = Context.Reference<ReadonlyArray<string> | undefined>("psa/ExpectedVersion", {
  defaultValue: () => undefined
})

/** The entity tag of a row that was last changed at this time. */
export const entityTag = (updatedAt: string) => `"${Date.parse(updatedAt).toString(36)}"`

/** Fails if the row, locked, is not as the caller takes it to be. */
export const unchanged = (updatedAt: string): Effect.Effect<void, PreconditionFailed> =>
  Effect.withFiber((fiber) => {
    const expected = fiber.getRef(ExpectedVersion)
    if (expected === undefined || expected.includes("*") || expected.includes(entityTag(updatedAt))) return Effect.void
    return Effect.fail(
      PreconditionFailed.because("It has changed since you read it: get it again, and decide again what to change")
    )
  })
