import type { SqlClient } from "effect/sql"
import type { Caller } from "../domain/Actor.ts"
import { recordEvents } from "./events.ts"

type Told = readonly [categoryId: string, payload: Readonly<Record<string, unknown>>]

/** Records what the caller did to categories: `category` are those of tickets. */
export const tellOfCategories = (
  sql: SqlClient.SqlClient,
  { tenant, userId }: Caller,
  entityType: "category" | "service_category",
  type: "CATEGORY_CREATED" | "CATEGORY_UPDATED" | "CATEGORY_DELETED",
  told: ReadonlyArray<Told>
) =>
  recordEvents(
    sql,
    told.map(([entityId, payload]) => ({ tenant, userId, type, entityType, entityId, payload }))
  )

/** What of `after` is not as it was: each field's old and new value. */
export const differencesOf = <Row extends object>(before: Row, after: { readonly [Name in keyof Row]?: Row[Name] }) =>
  Object.fromEntries(
    Object.keys(after)
      .filter((name): name is keyof Row & string => name in before)
      .filter((name) => after[name] !== before[name])
      .map((name) => [name, { old: before[name], new: after[name] }])
  )
