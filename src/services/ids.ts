import { SecureRandom } from "effect/crypto"

/** A new id: a UUIDv7, so that ids sort by when they were made. */
export const newId = (): string => SecureRandom.uuidV7Unsafe()
