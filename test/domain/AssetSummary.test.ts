/** What is made of what is known of an asset. */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { healthOf, securityOf, warrantyOf } from "../../src/domain/AssetSummary.ts"

const hour = 3600
const day = 24 * hour
const Seconds = Schema.Int.check(Schema.isBetween({ minimum: -1000 * day, maximum: 1000 * day }))

describe("the health of an asset", () => {
  const health = (agent_status: string | null, seconds_unseen: number | null) => {
    const { health_reason, health_status } = healthOf({ agent_status, seconds_unseen })
    return [health_status, health_reason]
  }
  it("is what its agent says", () => {
    assert.deepStrictEqual(health(null, 5), ["unknown", "No RMM data available"])
    assert.deepStrictEqual(health("unknown", 5), ["unknown", "Agent status is unknown"])
    assert.deepStrictEqual(health("online", 900 * hour), ["healthy", "Agent is online"])
    assert.deepStrictEqual(health("offline", null), ["warning", "Agent is offline"])
    assert.deepStrictEqual(health("offline", -5), ["warning", "Agent is offline, last seen less than an hour ago"])
    assert.deepStrictEqual(health("overdue", hour), ["warning", "Agent is overdue, last seen 1 hour ago"])
    assert.deepStrictEqual(health("overdue", 72 * hour), ["warning", "Agent is overdue, last seen 3 days ago"])
    assert.deepStrictEqual(health("overdue", 72 * hour + 1), ["critical", "Agent is overdue, last seen 3 days ago"])
    assert.deepStrictEqual(health("offline", 73 * hour), ["critical", "Agent is offline, last seen 3 days ago"])
  })
})

describe("the security of an asset", () => {
  const nothing = { asset_type: "server", antivirus_status: null, failed_patches: null, pending_patches: null }
  const security = (known: Partial<typeof nothing | Record<keyof typeof nothing, string | number>>) => {
    const { security_issues, security_status } = securityOf({ ...nothing, ...known } as typeof nothing)
    return [security_status, ...security_issues]
  }
  it("is judged by antivirus and patches, as far as they are known", () => {
    assert.deepStrictEqual(security({}), ["secure"])
    assert.deepStrictEqual(security({ antivirus_status: "protected", failed_patches: 0, pending_patches: 10 }), [
      "secure"
    ])
    assert.deepStrictEqual(security({ antivirus_status: "at_risk" }), ["critical", "Antivirus is at risk"])
    assert.deepStrictEqual(security({ antivirus_status: "Not installed" }), ["at_risk", "No antivirus"])
    assert.deepStrictEqual(security({ failed_patches: 1 }), ["at_risk", "1 failed patch"])
    assert.deepStrictEqual(security({ failed_patches: 5, pending_patches: 11 }), [
      "at_risk",
      "5 failed patches",
      "11 pending patches"
    ])
    assert.deepStrictEqual(security({ failed_patches: 6 }), ["critical", "6 failed patches"])
  })
  it("is nothing to ask of other things", () => {
    assert.deepStrictEqual(security({ asset_type: "printer", antivirus_status: "at_risk" }), ["secure"])
    assert.deepStrictEqual(security({ asset_type: "workstation", antivirus_status: "at_risk" }), [
      "critical",
      "Antivirus is at risk"
    ])
  })
})

describe("a warranty", () => {
  it.prop("ends when its last day does", { seconds: Seconds }, ({ seconds }) => {
    const { warranty_days_remaining: days, warranty_status } = warrantyOf(seconds)
    assert.isTrue(days !== null && Math.abs(days * day - seconds) < day && (seconds < 0 ? days < 0 : days >= 0))
    const status = seconds < 0 ? "expired" : seconds <= 90 * day ? "expiring_soon" : "active"
    assert.strictEqual(warranty_status, status)
  })
  it("that there is none of is not known", () => {
    assert.deepStrictEqual(warrantyOf(null), { warranty_days_remaining: null, warranty_status: "unknown" })
    assert.deepStrictEqual(warrantyOf(0), { warranty_days_remaining: 0, warranty_status: "expiring_soon" })
    assert.deepStrictEqual(warrantyOf(-1), { warranty_days_remaining: -1, warranty_status: "expired" })
    assert.deepStrictEqual(warrantyOf(90 * day), { warranty_days_remaining: 90, warranty_status: "expiring_soon" })
    assert.deepStrictEqual(warrantyOf(90 * day + 1), { warranty_days_remaining: 91, warranty_status: "active" })
  })
})
