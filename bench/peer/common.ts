/** What the statements of the peer share. */
import type { Sql, TransactionSql } from "postgres"

export type Parameter = string | number | boolean | null
export type Row = Record<string, unknown>

/** Runs a statement. One that is prepared is planned once and not for each request. */
export const ask = (
  sql: Sql | TransactionSql,
  statement: string,
  parameters: ReadonlyArray<Parameter>,
  prepare = true
) => sql.unsafe<Array<Row>>(statement, [...parameters], { prepare })

export interface Problem {
  readonly path: ReadonlyArray<string>
  readonly message: string
}

/** What a caller did wrong; anything else that is thrown is a defect. */
export class Refused extends Error {
  readonly status: number
  readonly code: string
  readonly details: ReadonlyArray<Problem> | undefined
  constructor(status: number, code: string, message: string, details?: ReadonlyArray<Problem>) {
    super(message)
    this.status = status
    this.code = code
    this.details = details
  }
}

/** `text` as a pattern for ILIKE that finds it anywhere, its own wildcards taken literally. */
export const containing = (text: string) => `%${text.replace(/[\\%_]/g, "\\$&")}%`

/** What a row of `users` is called. */
export const personName = (alias: string) =>
  `coalesce(nullif(concat_ws(' ', ${alias}.first_name, ${alias}.last_name), ''), ${alias}.username)`

export const uuid = { type: "string", format: "uuid" }
export const uuids = { type: "string", pattern: "^[0-9a-fA-F-]{36}(,[0-9a-fA-F-]{36})*$" }
export const time = { type: "string", format: "date-time" }
export const text = { type: "string", maxLength: 500 }
export const flag = { type: "boolean" }
export const nullable = (schema: object) => ({ ...schema, nullable: true })
