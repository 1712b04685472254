/** Response envelopes: `{ data }` for one, `{ data, pagination, meta }` for a page. */
import { Schema } from "effect"
import { defaultLimit, type List, type Page as PageOf, type Query } from "../domain/List.ts"

/** What was in the request and had no effect. */
const Ignored = Schema.optionalKey(Schema.Array(Schema.String)).annotate({
  description: "Query parameters and body fields that this endpoint does not know, and ignored"
})

/** What was left out of long texts, by the path of each. */
const TruncatedFields = Schema.optionalKey(
  Schema.Record(
    Schema.String,
    Schema.Struct({
      selector: Schema.String,
      total_bytes: Schema.Int,
      returned_bytes: Schema.Int,
      requested_range_start: Schema.Int,
      requested_range_end: Schema.Int,
      actual_range_start: Schema.Int,
      actual_range_end: Schema.NullOr(Schema.Int),
      truncated: Schema.Boolean,
      has_more: Schema.Boolean,
      encoding: Schema.Literal("utf-8")
    }).annotate({ identifier: "TruncatedField" })
  )
).annotate({ description: "The texts that were cut as the request asked, by their path: which bytes are here" })

export const Meta = Schema.Struct({ ignored: Ignored, truncated_fields: TruncatedFields }).annotate({
  identifier: "Meta"
})

export const One = <S extends Schema.Constraint>(item: S) =>
  Schema.Struct({ data: item, meta: Schema.optionalKey(Meta) })

export const Pagination = Schema.Struct({
  page: Schema.Int,
  limit: Schema.Int,
  total: Schema.Int,
  totalPages: Schema.Int,
  hasNext: Schema.Boolean,
  hasPrev: Schema.Boolean,
  nextCursor: Schema.optionalKey(Schema.String).annotate({
    description:
      "Where the next page begins, if there is one: send it as `cursor`, with the same filters, sort and order"
  }),
  endCursor: Schema.optionalKey(Schema.String).annotate({
    description: "Where this page ends, for going on from there when there is more"
  })
}).annotate({ identifier: "Pagination" })

export const ListMeta = Schema.Struct({
  sort: Schema.String,
  order: Schema.Literals(["asc", "desc"]),
  filters: Schema.Record(Schema.String, Schema.Unknown),
  ignored: Ignored,
  truncated_fields: TruncatedFields
}).annotate({ identifier: "ListMeta" })

export const Page = <S extends Schema.Constraint>(item: S) =>
  Schema.Struct({ data: Schema.Array(item), pagination: Pagination, meta: ListMeta })

/** `data` in its envelope. */
export const one = <A>(data: A) => ({ data })

/** A page of a list in its envelope. */
export const page = <Row>(list: List, query: Query, { endCursor, nextCursor, page, rows, total }: PageOf<Row>) => {
  const {
    cursor,
    limit = list.defaultLimit ?? defaultLimit,
    offset,
    order = list.defaultOrder,
    page: _,
    sort = list.defaultSort,
    ...filters
  } = query
  const totalPages = Math.ceil(total / limit)
  const hasNext = offset === undefined ? undefined : offset + rows.length < total
  return {
    data: rows,
    pagination: {
      page,
      limit,
      total,
      totalPages,
      hasNext: hasNext ?? (cursor === undefined ? page < totalPages : nextCursor !== undefined),
      hasPrev: page > 1 || (offset ?? 0) > 0,
      ...(nextCursor === undefined ? {} : { nextCursor }),
      ...(endCursor === undefined ? {} : { endCursor })
    },
    meta: { sort, order, filters }
  }
}
