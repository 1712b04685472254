/** Authorization bundles: which rows of a resource the roles, teams, users and keys read that they are assigned to. */
import { Schema } from "effect"
import { AnyText, PathId, Timestamp, Uuid } from "../../src/domain/Field.ts"
import { Name } from "../../src/domain/Normalized.ts"

export const AuthorizationBundleId = PathId("authorization bundle")
export const BundleAssignmentId = PathId("assignment")

/** What a rule relates a row and its caller by, for each kind of resource that can be narrowed. */
const templates = {
  ticket: [
    "own",
    "assigned",
    "managed",
    "own_or_assigned",
    "own_or_managed",
    "same_client",
    "client_portfolio",
    "selected_clients",
    "same_team",
    "selected_boards"
  ],
  asset: ["same_client", "client_portfolio", "selected_clients"]
} as const

type ResourceType = keyof typeof templates
type Template = (typeof templates)[ResourceType][number]

const ResourceType = Schema.Literals(["ticket", "asset"])
const Template = Schema.Literals(templates.ticket)

const maxIds = 1000
const Ids = Schema.Array(Uuid).check(Schema.isMaxLength(maxIds, { message: `Expected at most ${maxIds} ids` }))

const Config = Schema.Struct({
  client_ids: Schema.optionalKey(Ids).annotate({
    description: "With `selected_clients`: none of them denies everything"
  }),
  board_ids: Schema.optionalKey(Ids).annotate({ description: "With `selected_boards`: none of them denies everything" })
}).annotate({ identifier: "AuthorizationRuleConfig" })
type Config = typeof Config.Type

/** The field of the configuration that a template needs; the others need none. */
const selectionOf: Partial<Readonly<Record<Template, keyof Config>>> = {
  selected_clients: "client_ids",
  selected_boards: "board_ids"
}
const selections = ["client_ids", "board_ids"] as const

interface SentRule {
  readonly resource_type: ResourceType
  readonly template_key: Template
  readonly config?: Config
}

/** What is wrong with a rule as a whole. */
const isWhole = Schema.makeFilter(({ config = {}, resource_type, template_key }: SentRule) => {
  const known: ReadonlyArray<Template> = templates[resource_type]
  if (!known.includes(template_key)) {
    return { path: ["template_key"], issue: `Expected a template for ${resource_type}: ${known.join(", ")}` }
  }
  return selections.flatMap((name) => {
    const isNeeded = selectionOf[template_key] === name
    if (isNeeded === (config[name] !== undefined)) return []
    const issue = isNeeded ? `Expected ids for ${template_key}` : `Expected none with ${template_key}`
    return [{ path: ["config", name], issue }]
  })
})

const NewRule = Schema.Struct({
  resource_type: ResourceType,
  action: Schema.Literal("read"),
  template_key: Template.annotate({
    description: "For tickets each of them; for assets `same_client`, `client_portfolio` and `selected_clients`"
  }),
  config: Schema.optionalKey(Config)
})
  .check(isWhole)
  .annotate({ identifier: "NewAuthorizationRule" })

const Rule = Schema.Struct({
  rule_id: Uuid,
  resource_type: ResourceType,
  action: Schema.Literal("read"),
  template_key: Template,
  config: Config
}).annotate({ identifier: "AuthorizationRule" })

const Status = Schema.Literals(["active", "archived"]).annotate({ description: "An archived bundle narrows nothing" })

export const AuthorizationBundle = Schema.Struct({
  bundle_id: Uuid,
  bundle_key: Schema.NullOr(Schema.String),
  name: Schema.String,
  description: Schema.NullOr(Schema.String),
  status: Status,
  rules: Schema.Array(Rule),
  created_by: Schema.NullOr(Uuid),
  created_at: Timestamp,
  updated_at: Timestamp
}).annotate({ identifier: "AuthorizationBundle" })

const maxRules = 50

const writable = {
  bundle_key: Schema.optionalKey(Schema.NullOr(Name(100))).annotate({
    description: "What programs know the bundle by: one of a kind in the tenant, or null"
  }),
  description: Schema.optionalKey(Schema.NullOr(AnyText(2000))),
  status: Schema.optionalKey(Status),
  rules: Schema.optionalKey(
    Schema.Array(NewRule).check(Schema.isMaxLength(maxRules, { message: `Expected at most ${maxRules} rules` }))
  ).annotate({ description: "All rules that are to be: those of one resource and action must all hold" })
}

export const NewAuthorizationBundle = Schema.Struct({ name: Name(255), ...writable }).annotate({
  identifier: "NewAuthorizationBundle"
})
export const AuthorizationBundleChanges = Schema.Struct({ name: Schema.optionalKey(Name(255)), ...writable }).annotate({
  identifier: "AuthorizationBundleChanges"
})

/** What a bundle can be assigned to. */
export const targetTypes = ["role", "team", "user", "api_key"] as const
export type TargetType = (typeof targetTypes)[number]

export const BundleAssignment = Schema.Struct({
  assignment_id: Uuid,
  bundle_id: Uuid,
  target_type: Schema.Literals(targetTypes),
  target_id: Uuid,
  created_at: Timestamp
}).annotate({ identifier: "AuthorizationBundleAssignment" })

export const NewBundleAssignment = Schema.Struct({
  target_type: Schema.Literals(targetTypes),
  target_id: Uuid.annotate({ description: "The id of the role, team, user or API key" })
}).annotate({ identifier: "NewAuthorizationBundleAssignment" })

/** A rule without its id: what two of them are compared by. */
export type RuleTerms = Omit<typeof Rule.Type, "rule_id">

/** Rules as they are kept: everything said, and ids in lower case. */
export const ruleTerms = (sent: ReadonlyArray<typeof NewRule.Type>): ReadonlyArray<RuleTerms> =>
  sent.map(({ action, config = {}, resource_type, template_key }) => ({
    resource_type,
    action,
    template_key,
    config: Object.fromEntries(Object.entries(config).map(([name, ids]) => [name, ids.map((id) => id.toLowerCase())]))
  }))

/** An id that a rule selects, and where it is said. */
export interface Selected {
  readonly rule: number
  readonly index: number
  readonly id: string
}

/** All ids that the rules select in a field of their configurations. */
export const selected = (rules: ReadonlyArray<RuleTerms>, field: keyof Config): ReadonlyArray<Selected> =>
  rules.flatMap(({ config }, rule) => (config[field] ?? []).map((id, index) => ({ rule, index, id })))
