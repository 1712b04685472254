/** Remote monitoring and management: what is known of an asset's agent, and what an RMM can be told to do with it. */
import { Data, Schema } from "effect"
import { BadGateway, Conflict } from "./Errors.ts"
import { AnyText, noNul, PathId, Timestamp, Uuid } from "./Field.ts"

export const rmmProviders = [
  "ninjaone",
  "tacticalrmm",
  "tanium",
  "levelio",
  "datto",
  "connectwise_automate",
  "huntress"
] as const

/** Those that this service can ask. */
export const askableProviders = ["tacticalrmm"] as const satisfies ReadonlyArray<(typeof rmmProviders)[number]>

/** The RMM that an asset's agent belongs to. */
export const RmmProviderName = Schema.Literals(rmmProviders)
export type RmmProviderName = typeof RmmProviderName.Type

/** What an RMM calls an agent: opaque, in its own upper and lower case. */
export const RmmDeviceId = Schema.String.check(
  Schema.isPattern(/^[^\s/]{1,255}$/u, {
    message: "Expected an agent's id: 1 to 255 characters, no blanks or slashes"
  }),
  noNul
)

/** The fields of an asset that tie it to an agent. */
export const rmmTie = {
  rmm_provider: Schema.optionalKey(Schema.NullOr(RmmProviderName)).annotate({
    description: "The RMM that manages the asset, together with `rmm_device_id`; null unties it"
  }),
  rmm_device_id: Schema.optionalKey(Schema.NullOr(RmmDeviceId)).annotate({
    description: "The agent's id in that RMM, which no other asset of the tenant has; null unties it"
  })
}

export const agentStatuses = ["online", "offline", "overdue", "unknown"] as const

const Nullable = Schema.NullOr

export const RmmStorage = Schema.Struct({
  name: Schema.String,
  total_gb: Nullable(Schema.Finite),
  free_gb: Nullable(Schema.Finite),
  utilization_percent: Nullable(Schema.Finite)
}).annotate({ identifier: "RmmStorage" })

/** What an RMM says of an agent; null is what it does not say. */
const agentFields = {
  agent_status: Schema.Literals(agentStatuses),
  last_check_in: Nullable(Timestamp),
  current_user: Nullable(Schema.String),
  uptime_seconds: Nullable(Schema.Int),
  lan_ip: Nullable(Schema.String),
  wan_ip: Nullable(Schema.String),
  cpu_utilization_percent: Nullable(Schema.Finite),
  memory_utilization_percent: Nullable(Schema.Finite),
  memory_used_gb: Nullable(Schema.Finite),
  memory_total_gb: Nullable(Schema.Finite),
  storage: Schema.Array(RmmStorage)
}

export const RmmAgent = Schema.Struct(agentFields)

/** An agent as it was when it was last read. */
export const RmmData = Schema.Struct({
  provider: RmmProviderName,
  last_rmm_sync_at: Timestamp.annotate({ description: "When it was read from the RMM" }),
  ...agentFields
}).annotate({ identifier: "RmmData" })

export const remoteControlTypes = [
  "splashtop",
  "teamviewer",
  "vnc",
  "rdp",
  "shell",
  "control",
  "terminal",
  "file"
] as const
export type RemoteControlType = (typeof remoteControlTypes)[number]

export const RemoteControl = Schema.Struct({
  url: Schema.String.annotate({ description: "A session that is logged in already: for the caller alone, and now" }),
  type: Schema.Literals(remoteControlTypes)
}).annotate({ identifier: "RemoteControl" })

/** A script by the RMM's id of it, which may be a number. */
const ScriptId = Schema.Union([
  Schema.String.check(Schema.isPattern(/^\S{1,100}$/u, { message: "Expected the id of a script in the RMM" }), noNul),
  Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2_147_483_647 }))
])

export const maxScriptSeconds = 280

export const RunScript = Schema.Struct({
  script_id: Schema.optionalKey(ScriptId).annotate({ description: "The script, by its id in the RMM" }),
  scriptId: Schema.optionalKey(ScriptId).annotate({ description: "The same, as existing clients call it" }),
  args: Schema.optionalKey(
    Schema.Array(AnyText(4000)).check(Schema.isMaxLength(50, { message: "Expected at most 50 arguments" }))
  ).annotate({ description: "Without them, the script's own defaults are used" }),
  timeout: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: maxScriptSeconds }))).annotate({
    description: "How long the script may run, in seconds; without it, as long as the RMM says of the script"
  })
}).annotate({ identifier: "RunScript" })

export const RmmJobId = PathId("job")

export const rmmActions = ["reboot", "script"] as const
export const rmmJobStatuses = ["queued", "running", "succeeded", "failed"] as const

const jobFields = {
  tenant: Uuid,
  job_id: Uuid,
  asset_id: Uuid,
  provider: RmmProviderName,
  device_id: Schema.String,
  action: Schema.Literals(rmmActions),
  status: Schema.Literals(rmmJobStatuses).annotate({ description: "`succeeded` and `failed` are final" }),
  script_id: Nullable(Schema.String),
  args: Nullable(Schema.Array(Schema.String)),
  timeout_seconds: Nullable(Schema.Int),
  exit_code: Nullable(Schema.Int).annotate({ description: "Of the script, where the RMM tells" }),
  error_code: Nullable(Schema.String).annotate({
    description:
      "Why it failed. `OUTCOME_UNKNOWN`: it was begun, and nobody knows whether it was done; it is not tried again"
  }),
  error: Nullable(Schema.String),
  attempts: Schema.Int.annotate({ description: "How often it was begun: never more than once" }),
  requested_by: Uuid,
  requested_by_name: Schema.String,
  created_at: Timestamp,
  started_at: Nullable(Timestamp),
  finished_at: Nullable(Timestamp),
  updated_at: Timestamp
}

/** Something that an RMM was told to do with an asset, without what came out of it. */
export const RmmJobRow = Schema.Struct(jobFields).annotate({ identifier: "RmmJobRow" })

export const RmmJob = Schema.Struct({
  ...jobFields,
  output: Nullable(Schema.String).annotate({ description: "What the script wrote, of it the first 64 KiB" }),
  output_truncated: Schema.Boolean
}).annotate({ identifier: "RmmJob" })

export type RmmFailureKind =
  /** What was entered is no address, or no key. */
  | "invalid"
  /** The RMM itself: not reached, late, ill, or something else altogether. */
  | "unreachable"
  | "timeout"
  | "server_error"
  | "unexpected"
  /** The key: not accepted, or without the right that this takes. */
  | "refused"
  | "forbidden"
  /** The tenant has no connection to it. */
  | "not_connected"
  /** What was asked for: there is none, it cannot be done, or the RMM will not. */
  | "agent_missing"
  | "agent_offline"
  | "script_missing"
  | "unsupported"
  | "rejected"

/** Why an RMM did not do what it was asked: `message` is one line, without any secret. */
export class RmmFailure extends Data.TaggedError("RmmFailure")<{
  readonly kind: RmmFailureKind
  readonly message: string
  /** It may have been done all the same. */
  readonly maybeDone?: boolean
}> {}

const ofTheState: ReadonlySet<RmmFailureKind> = new Set([
  "not_connected",
  "agent_missing",
  "agent_offline",
  "script_missing",
  "unsupported",
  "rejected"
])

/** What the caller is told: 409 where it cannot be done as things are, 502 where the RMM fails. */
export const answerTo = (failure: RmmFailure): Conflict | BadGateway =>
  ofTheState.has(failure.kind) ? conflictOf(failure) : BadGateway.because(failure.message)

/** 409, with the failure's code in its details. */
export const conflictOf = ({ kind, message }: RmmFailure) => Conflict.because(message, { code: codeOf(kind) })

/** A kind of failure as a code: `RMM_AGENT_OFFLINE`. */
export const codeOf = (kind: RmmFailureKind) => `RMM_${kind.toUpperCase()}`

/** The most of a script's output that is kept, in bytes of UTF-8. */
export const maxOutputBytes = 65_536

/** Text as PostgreSQL can hold it, no longer than what is kept. */
export const bounded = (text: string): { readonly output: string; readonly output_truncated: boolean } => {
  const bytes = Buffer.from(text.replaceAll("\u0000", "").toWellFormed())
  if (bytes.length <= maxOutputBytes) return { output: bytes.toString(), output_truncated: false }
  let end = maxOutputBytes
  // A character is not cut in the middle: its later bytes begin with the bits 10.
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--
  return { output: bytes.subarray(0, end).toString(), output_truncated: true }
}
