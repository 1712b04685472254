/**
 * How a list is declared: its filters, sorts and searchable columns, once. The query's schema, the SQL and the OpenAPI
 * parameters all come from this declaration, so every list behaves alike.
 */
import { Schema, Struct } from "effect"
import { Csv, TimestampInput, Uuid } from "./Field.ts"

type Codec = Schema.ConstraintCodec<unknown, unknown>

/** What a filter does to the rows: `column` compared with the value, by `kind`. */
export interface Filter<S extends Codec = Codec> {
  readonly schema: S
  readonly kind: "equals" | "any" | "contains" | "from" | "to" | "flag" | "present" | "custom"
  /** For `contains`: the parts of the column's values are indexed with `number_grams`. */
  readonly hasGrams?: true
  /** An SQL expression of this service's own; for `custom` a condition with `$` where the value goes. */
  readonly column: string
  /** The SQL type the value is sent as. */
  readonly type: string
}

const filter = <S extends Codec>(schema: S, kind: Filter["kind"], column: string, type: string): Filter<S> => ({
  schema,
  kind,
  column,
  type
})

const SearchText = Schema.String.check(
  Schema.isMaxLength(500, { message: "Expected at most 500 characters" }),
  Schema.makeFilter((text) => !text.includes("\u0000"), { message: "Expected text without NUL characters" })
)

export const equals = (column: string) => filter(SearchText, "equals", column, "text")
export const oneOf = <const L extends ReadonlyArray<string>>(column: string, literals: L) =>
  filter(Schema.Literals(literals), "equals", column, "text")
/** Equal to an id. */
export const id = (column: string) => filter(Uuid, "equals", column, "uuid")
/** Equal to any of the ids of a comma-separated list. */
export const ids = (column: string) => filter(Csv(Uuid), "any", column, "uuid[]")
/** Contains the text, in whatever case. */
export const contains = (column: string) => filter(SearchText, "contains", column, "text")
/** The same of numbers that may have letters, such as TIC1234, in a column with an index of its `number_grams`. */
export const containsNumber = (column: string) => ({ ...contains(column), hasGrams: true as const })
/** At or after a time. */
export const from = (column: string) => filter(TimestampInput, "from", column, "timestamptz")
/** At or before a time. */
export const to = (column: string) => filter(TimestampInput, "to", column, "timestamptz")
/** A boolean column, or condition, is the value. */
export const flag = (column: string) => filter(Schema.Boolean, "flag", column, "boolean")
/** A column has a value, or has none. */
export const present = (column: string) => filter(Schema.Boolean, "present", column, "boolean")
/** A condition of its own, with `$` where the value goes. */
export const custom = <S extends Codec>(schema: S, condition: string, type: string) =>
  filter(schema, "custom", condition, type)
/** Accepted from existing clients, and without effect on this list. */
export const noEffect = <S extends Codec>(schema: S) => filter(schema, "custom", "", "")

/** What a list can be ordered by: a column, or expression, and the SQL type that its values are compared as. */
export interface SortColumn {
  readonly column: string
  readonly type: "text" | "timestamptz" | "date" | "integer" | "bigint" | "numeric" | "boolean" | "uuid"
  readonly isNullable: boolean
}

const sortColumn =
  (type: SortColumn["type"]) =>
  (column: string): SortColumn => ({ column, type, isNullable: false })

export const byText = sortColumn("text")
export const byTime = sortColumn("timestamptz")
export const byDate = sortColumn("date")
export const byNumber = sortColumn("numeric")
export const byFlag = sortColumn("boolean")
export const byId = sortColumn("uuid")
/** Rows without a value come last going up, and first going down. */
export const orNull = (sort: SortColumn): SortColumn => ({ ...sort, isNullable: true })

export interface List<
  Filters extends Readonly<Record<string, Filter>> = Readonly<Record<string, Filter>>,
  Sort extends string = string
> {
  readonly filters: Filters
  /** What the list can be ordered by: the name on the wire, and the column; a mere string is text, and never null. */
  readonly sorts: Readonly<Record<Sort, string | SortColumn>>
  readonly defaultSort: NoInfer<Sort>
  readonly defaultOrder: "asc" | "desc"
  /** How many rows a page has, unless the query says so: for lists that clients take to be whole. */
  readonly defaultLimit?: number
  /** Text that rows of the same rank are ordered by, before the id. */
  readonly thenBy?: string
  /** The column of the rows' UUIDs. It ends every order, so that it is stable. */
  readonly id: string
  /** `search` finds the text in any of these. */
  readonly search: ReadonlyArray<string>
}

export const make = <const Filters extends Readonly<Record<string, Filter>>, const Sort extends string>(
  list: List<Filters, Sort>
): List<Filters, Sort> => list

export const maxLimit = 100
export const defaultLimit = 25

const pageFieldsOf = (limit: number) => ({
  page: Schema.optionalKey(
    Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1_000_000_000 })).annotate({ default: 1 })
  ),
  limit: Schema.optionalKey(
    Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: maxLimit })).annotate({ default: limit })
  )
})

export const pageFields = pageFieldsOf(defaultLimit)

/** For lists whose clients skip rows instead of turning pages: how many, whatever the page. */
export const offset = Schema.optionalKey(
  Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000_000 }))
).annotateKey({ description: "How many rows to skip, instead of `page`" })

/** The query parameters that say which rows of a list: `search` and its filters. */
export const filterQuery = <const Filters extends Readonly<Record<string, Filter>>, const Sort extends string>(
  list: List<Filters, Sort>
) => ({ search: Schema.optionalKey(SearchText), ...filterFields(list.filters) })

/** The query parameters of a list: paging, `sort`, `order`, `search` and its filters. */
export const query = <const Filters extends Readonly<Record<string, Filter>>, const Sort extends string>(
  list: List<Filters, Sort>
) => ({
  ...pageFieldsOf(list.defaultLimit ?? defaultLimit),
  sort: Schema.optionalKey(
    Schema.Literals(Struct.keys(list.sorts)).annotate({
      default: list.defaultSort
    })
  ),
  order: Schema.optionalKey(Schema.Literals(["asc", "desc"]).annotate({ default: list.defaultOrder })),
  cursor: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(4000))),
  ...filterQuery(list)
})

type FilterFields<Filters extends Readonly<Record<string, Filter>>> = {
  readonly [Name in keyof Filters]: Schema.optionalKey<Filters[Name]["schema"]>
}

/** What the documentation says of a filter, where its name does not. */
const meanings: Partial<Readonly<Record<Filter["kind"], string>>> = {
  any: "Any of these",
  contains: "What contains this text, in whatever case",
  from: "At or after this time",
  to: "At or before this time",
  present: "What has one, or what has none"
}

const filterFields = <Filters extends Readonly<Record<string, Filter>>>(filters: Filters) =>
  Object.fromEntries(
    Object.entries(filters).map(([name, { kind, schema }]) => {
      const field = Schema.optionalKey(schema)
      const description = meanings[kind]
      return [name, description === undefined ? field : field.annotateKey({ description })]
    })
  ) as FilterFields<Filters>

/** A query that has been read. */
export interface Query {
  readonly page?: number
  readonly limit?: number
  /** How many rows to skip, whatever the page. */
  readonly offset?: number
  readonly sort?: string
  readonly order?: "asc" | "desc"
  readonly search?: string
  readonly cursor?: string
}

/** A page of rows, with the count of all that match. */
export interface Page<Row> {
  readonly rows: ReadonlyArray<Row>
  readonly total: number
  /** Which page it is, from 1. */
  readonly page: number
  /** Where the next page begins; absent where there is none. */
  readonly nextCursor?: string
  /** Where this page ends, for lists that are gone on with when there is more. */
  readonly endCursor?: string
}
