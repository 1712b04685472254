/** The columns that rows of a schema are read from. */
import type { Schema } from "effect"

type Fields = Readonly<Record<string, Schema.Constraint>>

/** What a statement selects, and how what it sends becomes a row. */
export interface Columns<Row> {
  /** Between SELECT and FROM. */
  readonly text: string
  /** The row that values in this order make. Every row has the same shape, which makes writing it as JSON twice as fast. */
  readonly read: (values: ReadonlyArray<unknown>) => Row
}

/** Every field of `row` from the table of this alias, but for those that have an expression of their own. */
export const columnsOf = <const F extends Fields, Row extends object>(
  row: { readonly fields: F; readonly Type: Row },
  alias: string,
  expressions: { readonly [Name in keyof F]?: string } = {}
): Columns<Row> => select(Object.keys(row.fields).map((name) => [name, expressions[name] ?? `${alias}.${name}`]))

/** These columns, by name, from these expressions. */
export const select = <Row extends object>(
  columns: ReadonlyArray<readonly [name: string, expression: string]>
): Columns<Row> => {
  const fields = columns.map(([name], index) => `${JSON.stringify(name)}: values[${index}]`)
  return {
    text: columns.map(([name, expression]) => `${expression} AS "${name}"`).join(", "),
    // An object literal, made once of names that are in the source: a loop over the names takes fifteen times as long.
    // What a column holds is the database's word, as it is with every row that is read.
    read: new Function("values", `return { ${fields.join(", ")} }`) as Columns<Row>["read"]
  }
}
