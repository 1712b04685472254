/**
 * Which rows of a resource a caller reads, where its permission does not mean all of the tenant's. Each rule narrows by
 * one relation; several are all to hold. A caller without rules reads everything.
 */
import { Schema } from "effect"
import { Uuid } from "./Field.ts"

/** The rules that need nothing but the caller. */
const relations = [
  "own",
  "assigned",
  "managed",
  "own_or_assigned",
  "own_or_managed",
  "same_client",
  "client_portfolio",
  "same_team"
] as const

export const ScopeRule = Schema.Union([
  Schema.Struct({ template: Schema.Literals(relations) }),
  Schema.Struct({ template: Schema.Literal("selected_clients"), client_ids: Schema.Array(Uuid) }),
  Schema.Struct({ template: Schema.Literal("selected_boards"), board_ids: Schema.Array(Uuid) })
])
export type ScopeRule = typeof ScopeRule.Type
