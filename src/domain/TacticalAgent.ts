/** What Tactical RMM says of an agent and of scripts, read with care: on a new agent anything may be missing or null. */
import { isIP, isIPv4 } from "node:net"
import type { Schema } from "effect"
import type { agentStatuses, RmmAgent, RmmStorage } from "./Rmm.ts"

type Json = Schema.Json
type JsonObject = Readonly<Record<string, Json>>
type Agent = typeof RmmAgent.Type

export const isJsonObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Shorter ids are not even routed, and none has a slash. */
export const isAgentId = (id: string) => /^[^\s/]{21,255}$/u.test(id)

const textOf = (value: Json | undefined) => (typeof value === "string" ? value.trim() : "")
const numberOf = (value: Json | undefined) => (typeof value === "number" && Number.isFinite(value) ? value : null)
const listOf = (value: Json | undefined): ReadonlyArray<Json> => (Array.isArray(value) ? value : [])

/** What is written where nobody is logged in. */
const nobody = new Set(["", "-", "none", "n/a"])

const userOf = (value: Json | undefined) => {
  const name = textOf(value)
  return nobody.has(name.toLowerCase()) ? null : name
}

const timeOf = (value: Json | undefined) => {
  const time = Date.parse(textOf(value))
  return Number.isNaN(time) ? null : new Date(time).toISOString()
}

const statusOf = (value: Json | undefined): (typeof agentStatuses)[number] =>
  value === "online" || value === "offline" || value === "overdue" ? value : "unknown"

/** The first of the addresses in `a, b`, IPv4 before others; a text that is none, such as an error, is passed over. */
const firstAddress = (value: Json | undefined) => {
  const texts = typeof value === "string" ? value.split(",") : listOf(value).map(textOf)
  const addresses = texts.map((text) => text.trim().replace(/\/\d+$/, "")).filter((text) => isIP(text) !== 0)
  return addresses.find(isIPv4) ?? addresses[0] ?? null
}

const perGigabyte: Readonly<Record<string, number>> = {
  B: 1024 ** -3,
  KB: 1024 ** -2,
  MB: 1024 ** -1,
  GB: 1,
  TB: 1024,
  PB: 1024 ** 2
}

/** `465.1 GB` in gigabytes, to two decimals. */
export const gigabytes = (value: Json | undefined): number | null => {
  const [, amount = "", unit = ""] = /^(\d+(?:\.\d+)?) ?([KMGTP]?B)$/i.exec(textOf(value)) ?? []
  const factor = perGigabyte[unit.toUpperCase()]
  return factor === undefined ? null : Math.round(Number(amount) * factor * 100) / 100
}

const storageOf = (disks: Json | undefined): ReadonlyArray<typeof RmmStorage.Type> =>
  listOf(disks)
    .filter(isJsonObject)
    .map((disk) => ({
      name: textOf(disk["device"]),
      total_gb: gigabytes(disk["total"]),
      free_gb: gigabytes(disk["free"]),
      utilization_percent: numberOf(disk["percent"])
    }))

/** Seconds since it started; nobody knows of one that is not online. */
const uptimeOf = (agent: JsonObject, now: number) => {
  const booted = numberOf(agent["boot_time"])
  if (agent["status"] !== "online" || booted === null || booted <= 0) return null
  return Math.max(0, Math.floor(now / 1000 - booted))
}

/** The detail of an agent, at the time `now` in milliseconds. */
export const readAgent = (agent: JsonObject, now: number): Agent => ({
  agent_status: statusOf(agent["status"]),
  last_check_in: timeOf(agent["last_seen"]),
  current_user: userOf(agent["logged_in_username"]),
  uptime_seconds: uptimeOf(agent, now),
  lan_ip: firstAddress(agent["local_ips"]),
  wan_ip: firstAddress(agent["public_ip"]),
  // It measures neither.
  cpu_utilization_percent: null,
  memory_utilization_percent: null,
  memory_used_gb: null,
  memory_total_gb: numberOf(agent["total_ram"]),
  storage: storageOf(agent["disks"])
})

export interface TacticalScript {
  readonly id: number
  readonly name: string
  readonly args: ReadonlyArray<string>
  readonly env_vars: ReadonlyArray<string>
  readonly run_as_user: boolean
  /** In seconds. */
  readonly timeout: number
  /** None: it runs on all. */
  readonly platforms: ReadonlyArray<string>
}

export const defaultTimeout = 90

/** A script of which nothing is known but its id. */
export const unknownScript = (id: number): TacticalScript => ({
  id,
  name: `script ${id}`,
  args: [],
  env_vars: [],
  run_as_user: false,
  timeout: defaultTimeout,
  platforms: []
})

const strings = (value: Json | undefined) => listOf(value).filter((item) => typeof item === "string")

/** The script with this id in a list of them. */
export const scriptIn = (list: Json, id: number): TacticalScript => {
  const script = listOf(list)
    .filter(isJsonObject)
    .find((one) => one["id"] === id)
  if (script === undefined) return unknownScript(id)
  const timeout = numberOf(script["default_timeout"])
  return {
    id,
    name: textOf(script["name"]) || `script ${id}`,
    args: strings(script["args"]),
    env_vars: strings(script["env_vars"]),
    run_as_user: script["run_as_user"] === true,
    timeout: timeout !== null && timeout >= 1 ? Math.floor(timeout) : defaultTimeout,
    platforms: strings(script["supported_platforms"])
  }
}

/** The runs of a script in an agent's history, by their ids: the exit code, or undefined while it is not known. */
export const runsIn = (history: Json, scriptId: number): ReadonlyMap<number, number | undefined> =>
  new Map(
    listOf(history)
      .filter(isJsonObject)
      .filter((entry) => entry["type"] === "script_run" && entry["script"] === scriptId)
      .flatMap((entry) => {
        const id = numberOf(entry["id"])
        const results = entry["script_results"]
        const exit = isJsonObject(results) ? numberOf(results["retcode"]) : null
        return id === null ? [] : [[id, exit ?? undefined] as const]
      })
  )
