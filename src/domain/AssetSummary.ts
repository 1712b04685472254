/** How an asset is doing, at a glance. */
import { Schema } from "effect"

export const AssetSummary = Schema.Struct({
  health_status: Schema.Literals(["healthy", "warning", "critical", "unknown"]),
  health_reason: Schema.String,
  open_tickets_count: Schema.Int.annotate({ description: "The open tickets it is linked to that the caller may read" }),
  security_status: Schema.Literals(["secure", "at_risk", "critical"]),
  security_issues: Schema.Array(Schema.String),
  warranty_days_remaining: Schema.NullOr(Schema.Int).annotate({
    description: "Days that have begun count; negative since it expired, null without a warranty"
  }),
  warranty_status: Schema.Literals(["active", "expiring_soon", "expired", "unknown"]).annotate({
    description: "`expiring_soon` in the last 90 days"
  })
}).annotate({ identifier: "AssetSummary" })

type Summary = typeof AssetSummary.Type

/** What is known of an asset; null is what is not. */
export interface AssetFacts {
  readonly asset_type: string
  readonly agent_status: string | null
  /** Since its agent was last seen. */
  readonly seconds_unseen: number | null
  /** Until its warranty ends; negative since then. */
  readonly warranty_seconds: number | null
  readonly antivirus_status: string | null
  readonly failed_patches: number | null
  readonly pending_patches: number | null
}

const hour = 3600
const day = 24 * hour
const criticalAfter = 72 * hour

type Health = Pick<Summary, "health_status" | "health_reason">

/** What the agent of an asset says of its health. */
export const healthOf = ({
  agent_status,
  seconds_unseen
}: Pick<AssetFacts, "agent_status" | "seconds_unseen">): Health => {
  if (agent_status === null) return { health_status: "unknown", health_reason: "No RMM data available" }
  if (agent_status === "online") return { health_status: "healthy", health_reason: "Agent is online" }
  if (agent_status !== "offline" && agent_status !== "overdue") {
    return { health_status: "unknown", health_reason: "Agent status is unknown" }
  }
  if (seconds_unseen === null) return { health_status: "warning", health_reason: `Agent is ${agent_status}` }
  return {
    health_status: seconds_unseen > criticalAfter ? "critical" : "warning",
    health_reason: `Agent is ${agent_status}, last seen ${ago(seconds_unseen)} ago`
  }
}

const ago = (seconds: number) => {
  const hours = Math.max(0, Math.floor(seconds / hour))
  if (hours < 1) return "less than an hour"
  if (hours < 48) return counted(hours, "hour")
  return counted(Math.floor(hours / 24), "day")
}

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? "" : "s"}`

/** The types of asset that an antivirus and patches are expected of. */
const secured: ReadonlySet<string> = new Set(["workstation", "server"])

const atRisk = "at_risk"
const without: ReadonlySet<string> = new Set(["none", "no_antivirus", "not_installed", "missing"])

const criticallyFailed = 5
const tolerablyPending = 10

type Security = Pick<Summary, "security_status" | "security_issues">

/** What is wrong with an asset's protection, as far as anything is known of it. */
export const securityOf = (
  facts: Omit<AssetFacts, "agent_status" | "seconds_unseen" | "warranty_seconds">
): Security => {
  if (!secured.has(facts.asset_type)) return { security_status: "secure", security_issues: [] }
  const antivirus = (facts.antivirus_status ?? "")
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, "_")
  const failed = facts.failed_patches ?? 0
  const pending = facts.pending_patches ?? 0
  const security_issues = [
    ...(antivirus === atRisk ? ["Antivirus is at risk"] : []),
    ...(without.has(antivirus) ? ["No antivirus"] : []),
    ...(failed > 0 ? [failed === 1 ? "1 failed patch" : `${failed} failed patches`] : []),
    ...(pending > tolerablyPending ? [`${pending} pending patches`] : [])
  ]
  if (security_issues.length === 0) return { security_status: "secure", security_issues }
  const isCritical = antivirus === atRisk || failed > criticallyFailed
  return { security_status: isCritical ? "critical" : "at_risk", security_issues }
}

const expiringDays = 90

type Warranty = Pick<Summary, "warranty_days_remaining" | "warranty_status">

/** How long an asset's warranty lasts. */
export const warrantyOf = (seconds: number | null): Warranty => {
  if (seconds === null) return { warranty_days_remaining: null, warranty_status: "unknown" }
  // Away from zero in the past, so that a warranty that has just expired is not one of 0 days.
  if (seconds < 0) return { warranty_days_remaining: Math.floor(seconds / day), warranty_status: "expired" }
  const warranty_days_remaining = Math.ceil(seconds / day)
  const isEnding = warranty_days_remaining <= expiringDays
  return { warranty_days_remaining, warranty_status: isEnding ? "expiring_soon" : "active" }
}
