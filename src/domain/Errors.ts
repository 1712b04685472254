/** The failures a caller can meet. On the wire each is `{ error: { code, message, details? } }`. */
import { Schema } from "effect"

const failure = <const Code extends string>(code: Code) =>
  Schema.Struct({
    error: Schema.Struct({
      code: Schema.tag(code),
      message: Schema.String,
      details: Schema.optionalKey(Schema.Unknown)
    })
  })

/** One thing that is wrong with a request: where it is, and what was expected there. */
export interface Issue {
  readonly path: ReadonlyArray<PropertyKey>
  readonly message: string
}

/** 400: the request does not fit its schema or a rule; `details` has one entry per issue. */
export class ValidationFailed extends Schema.Error<ValidationFailed>("ValidationFailed")(failure("VALIDATION_ERROR"), {
  httpApiStatus: 400
}) {
  readonly _tag = "ValidationFailed"
  static readonly because = (message: string) => new ValidationFailed({ error: { message } })
  static readonly issues = (issues: ReadonlyArray<Issue>, message = "Validation failed") =>
    new ValidationFailed({ error: { message, details: issues } })
  /** The field at `path` is wrong. */
  static readonly at = (path: string, message: string) => ValidationFailed.issues([{ path: [path], message }])
}

/** 400: the request names something that is not there. */
export class BadReference extends Schema.Error<BadReference>("BadReference")(failure("BAD_REQUEST"), {
  httpApiStatus: 400
}) {
  readonly _tag = "BadReference"
  static readonly issues = (issues: ReadonlyArray<Issue>) =>
    new BadReference({ error: { message: "Invalid reference", details: issues } })
  /** The field at `path` names a `what` that is not there. */
  static readonly to = (path: string, what: string) =>
    BadReference.issues([{ path: [path], message: `${what} not found` }])
}

/** 401: no key, or one that is no good (any more). */
export class Unauthorized extends Schema.Error<Unauthorized>("Unauthorized")(failure("UNAUTHORIZED"), {
  httpApiStatus: 401
}) {
  readonly _tag = "Unauthorized"
  static readonly because = (message: string) => new Unauthorized({ error: { message } })
}

/** 403: the caller is known, and may not. */
export class Forbidden extends Schema.Error<Forbidden>("Forbidden")(failure("FORBIDDEN"), { httpApiStatus: 403 }) {
  readonly _tag = "Forbidden"
  static readonly because = (message: string) => new Forbidden({ error: { message } })
  /** The caller may not do this, to this row or at all. */
  static readonly to = (action: string, resource: string) =>
    Forbidden.because(`Permission denied: Cannot ${action} ${resource}`)
}

/** 404: nothing there, for this tenant. */
export class NotFound extends Schema.Error<NotFound>("NotFound")(failure("NOT_FOUND"), { httpApiStatus: 404 }) {
  readonly _tag = "NotFound"
  static readonly of = (what: string) => new NotFound({ error: { message: `${what} not found` } })
  static readonly because = (message: string) => new NotFound({ error: { message } })
}

/** 409: the request is sound, but not in the state things are in. */
export class Conflict extends Schema.Error<Conflict>("Conflict")(failure("CONFLICT"), { httpApiStatus: 409 }) {
  readonly _tag = "Conflict"
  static readonly because = (message: string, details?: unknown) =>
    new Conflict({ error: details === undefined ? { message } : { message, details } })
  /** Something else still needs it: `dependencies` says what, and how many. */
  static readonly dependencies = (what: string, dependencies: ReadonlyArray<Dependency>) =>
    Conflict.because(
      `This ${what} has associated records that must be removed or reassigned first: ${dependencies
        .map(({ count, label }) => `${count} ${count === 1 ? label.replace(/ies$/, "y").replace(/s$/, "") : label}`)
        .join(", ")}.`,
      { code: "DEPENDENCIES_EXIST", dependencies }
    )
}

/** What stands in the way of a deletion. */
export interface Dependency {
  readonly type: string
  readonly count: number
  readonly label: string
}

/** 412: the row has changed since the caller read it. */
export class PreconditionFailed extends Schema.Error<PreconditionFailed>("PreconditionFailed")(
  failure("PRECONDITION_FAILED"),
  { httpApiStatus: 412 }
) {
  readonly _tag = "PreconditionFailed"
  static readonly because = (message: string) => new PreconditionFailed({ error: { message } })
}

/** 413: the body is longer than the limit. */
export class PayloadTooLarge extends Schema.Error<PayloadTooLarge>("PayloadTooLarge")(failure("PAYLOAD_TOO_LARGE"), {
  httpApiStatus: 413
}) {
  readonly _tag = "PayloadTooLarge"
  /** What is at `path` is too long. */
  static readonly at = (path: string, message: string) =>
    new PayloadTooLarge({ error: { message, details: [{ path: [path], message }] } })
}

/** 415: the body is of a type the endpoint does not read. */
export class UnsupportedMediaType extends Schema.Error<UnsupportedMediaType>("UnsupportedMediaType")(
  failure("UNSUPPORTED_MEDIA_TYPE"),
  { httpApiStatus: 415 }
) {
  readonly _tag = "UnsupportedMediaType"
}

/** 416: the part of the file that is asked for is not in it. */
export class RangeNotSatisfiable extends Schema.Error<RangeNotSatisfiable>("RangeNotSatisfiable")(
  failure("RANGE_NOT_SATISFIABLE"),
  { httpApiStatus: 416, description: "The file has no such range: `Content-Range` says how long it is" }
) {
  readonly _tag = "RangeNotSatisfiable"
  static readonly of = (size: number) =>
    new RangeNotSatisfiable({ error: { message: `Expected a range within the ${size} bytes of the file` } })
}

/** 422: the request's `Idempotency-Key` was used for another request. */
export class KeyReused extends Schema.Error<KeyReused>("KeyReused")(failure("IDEMPOTENCY_KEY_REUSED"), {
  httpApiStatus: 422
}) {
  readonly _tag = "KeyReused"
  static readonly because = (message: string) => new KeyReused({ error: { message } })
}

/** 429: the key's bucket is empty. */
export class RateLimited extends Schema.Error<RateLimited>("RateLimited")(failure("RATE_LIMITED"), {
  httpApiStatus: 429
}) {
  readonly _tag = "RateLimited"
}

/** 502: another service that this one needs does not answer as it should. */
export class BadGateway extends Schema.Error<BadGateway>("BadGateway")(failure("BAD_GATEWAY"), {
  httpApiStatus: 502,
  description: "A service that this one needs cannot be reached: try again"
}) {
  readonly _tag = "BadGateway"
  static readonly because = (message: string) => new BadGateway({ error: { message } })
}
