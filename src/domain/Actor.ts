/** Who is calling: the owner of the API key, and what its roles allow. */
import { Context } from "effect"
import type { Permission } from "./Permission.ts"
import type { ScopeRule } from "./Scope.ts"

export interface Caller {
  readonly tenant: string
  readonly userId: string
  readonly userType: "internal" | "client"
  /** The key that was sent; absent on the command line. */
  readonly apiKeyId: string | undefined
  readonly permissions: ReadonlySet<Permission>
  /** What narrows a permission that reads to some of the rows; absent where nothing is narrowed. */
  readonly scopes?: Scopes
}

export type Scopes = Readonly<Partial<Record<Permission, ReadonlyArray<ScopeRule>>>>

export class Actor extends Context.Service<Actor, Caller>()("psa/Actor") {}

/** The same caller, who is shown what they have just changed even if it is out of their sight now. */
export const unnarrowed = ({ scopes: _, ...caller }: Caller): Caller => caller

/** Whoever works at the command line, in the name of a user. */
export const operator = (tenant: string, userId: string, ...permissions: ReadonlyArray<Permission>): Caller => ({
  tenant,
  userId,
  userType: "internal",
  apiKeyId: undefined,
  permissions: new Set(permissions)
})
