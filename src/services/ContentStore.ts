/**
 * Where the bytes of files are. A tenant's content is known by its SHA-256, and apart from every other tenant's: nobody
 * learns from a store whether somebody else has a file.
 */
import { Context, Data, type Effect, type Scope, type Stream } from "effect"
import type { ByteRange } from "../domain/ByteRange.ts"
import type { BadGateway } from "../domain/Errors.ts"

/** Content, and what it must be. */
export interface Content {
  readonly tenant: string
  /** In hexadecimal. */
  readonly sha256: string
  /** In bytes. */
  readonly size: number
}

/** Bytes that have come in and belong to nobody yet, in a file of their own. */
export interface Received {
  readonly sha256: string
  readonly size: number
  readonly path: string
}

/** The store does not hold the content that it is asked for. */
export class ContentMissing extends Data.TaggedError("ContentMissing")<{ readonly message: string }> {
  static readonly of = ({ sha256, tenant }: Content) =>
    new ContentMissing({ message: `The content store does not hold ${sha256} of tenant ${tenant}` })
}

/** A disk that fails is a defect; a store elsewhere that does not answer as it should is a `BadGateway`. */
export class ContentStore extends Context.Service<
  ContentStore,
  {
    /** Takes bytes in, hashing and counting them as they pass. They are gone with the scope, unless they are put. */
    readonly receive: <E, R>(bytes: Stream.Stream<Uint8Array, E, R>) => Effect.Effect<Received, E, R | Scope.Scope>
    /** Keeps what was received as a tenant's content: whole, or not at all. What is there already stays as it is. */
    readonly put: (tenant: string, received: Received) => Effect.Effect<void, BadGateway>
    /** The content, or a part of it. It can be read for as long as the scope is open. */
    readonly get: (
      content: Content,
      range?: ByteRange
    ) => Effect.Effect<Stream.Stream<Uint8Array, BadGateway>, BadGateway | ContentMissing, Scope.Scope>
    readonly has: (content: Content) => Effect.Effect<boolean, BadGateway>
    /** Removes the content, if it is there. */
    readonly remove: (content: Omit<Content, "size">) => Effect.Effect<void, BadGateway>
  }
>()("psa/ContentStore") {}
