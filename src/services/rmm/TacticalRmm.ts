/** Tactical RMM as a provider. */
import { Clock, Effect, Result, type Schema } from "effect"
import type { Issue } from "../../domain/Errors.ts"
import { maxScriptSeconds, type RemoteControlType, RmmFailure } from "../../domain/Rmm.ts"
import { readServerAddress } from "../../domain/serverAddress.ts"
import {
  isAgentId,
  isJsonObject,
  readAgent,
  runsIn,
  scriptIn,
  type TacticalScript,
  unknownScript
} from "../../domain/TacticalAgent.ts"
import type { RmmCredentials, RmmProvider, ScriptRequest, ScriptRun } from "../RmmProvider.ts"
import { brokerDown, label, makeAsk, notAsExpected, offline, type Question } from "./tacticalClient.ts"

type AgentPath = `/agents/${string}`

/** An agent's own part of the API, or the failure that there is none. */
const agentPath = (id: string): Effect.Effect<AgentPath, RmmFailure> =>
  isAgentId(id)
    ? Effect.succeed<AgentPath>(`/agents/${encodeURIComponent(id)}`)
    : Effect.fail(new RmmFailure({ kind: "agent_missing", message: `${label} has no such agent` }))

/** A script's number, which is all that the server calls it by. */
const scriptNumber = (id: string) => (/^\d{1,9}$/.test(id) ? Number(id) : undefined)

/** What the server replaces with what it knows, its secrets among it. */
const isTemplate = (text: string) => text.includes("{{")

const issuesOf = ({ args = [], scriptId }: ScriptRequest): ReadonlyArray<Issue> => [
  ...(scriptNumber(scriptId) === undefined
    ? [{ path: ["script_id"], message: `Expected the number of a script in ${label}` }]
    : []),
  ...args.flatMap((arg, index) =>
    isTemplate(arg) ? [{ path: ["args", index], message: "Expected text without {{, which stands for a variable" }] : []
  )
]

/** By what each kind of session is called, if there is one. */
const sessions: Readonly<Record<RemoteControlType, "control" | "terminal" | "file" | undefined>> = {
  splashtop: "control",
  vnc: "control",
  rdp: "control",
  control: "control",
  shell: "terminal",
  terminal: "terminal",
  file: "file",
  teamviewer: undefined
}

export const makeTacticalRmm = Effect.gen(function* () {
  const ask = yield* makeAsk

  const check = Effect.fn("TacticalRmm.check")(function* (credentials: RmmCredentials) {
    const question: Question = {
      method: "GET",
      path: "/agents/?detail=false",
      right: "can_list_agents",
      missing: "agent_missing"
    }
    if (!Array.isArray(yield* ask(credentials, question))) return yield* notAsExpected(credentials, question)
  })

  const detail = Effect.fnUntraced(function* (credentials: RmmCredentials, deviceId: string) {
    const question: Question = {
      method: "GET",
      path: `${yield* agentPath(deviceId)}/`,
      right: "can_list_agents",
      missing: "agent_missing"
    }
    const found = yield* ask(credentials, question)
    return isJsonObject(found) ? found : yield* notAsExpected(credentials, question)
  })

  const agent = Effect.fn("TacticalRmm.agent")(function* (credentials: RmmCredentials, deviceId: string) {
    const found = yield* detail(credentials, deviceId)
    return readAgent(found, yield* Clock.currentTimeMillis)
  })

  /**
   * Fails where the agent is known to be offline or not to be there, or the server not to be asked at all. A key that may
   * act but not ping goes on: the action itself will tell.
   */
  const ping = Effect.fnUntraced(function* (credentials: RmmCredentials, path: AgentPath) {
    const answer = yield* ask(credentials, {
      method: "GET",
      path: `${path}/ping/`,
      serverWaits: 8000,
      right: "can_ping_agents",
      missing: "agent_missing"
    }).pipe(Effect.catchIf(tellsNothing, () => Effect.succeed({})))
    if (isJsonObject(answer) && answer["status"] === "offline") {
      return yield* new RmmFailure({ kind: "agent_offline", message: offline })
    }
  })

  const reboot = Effect.fn("TacticalRmm.reboot")(function* (credentials: RmmCredentials, deviceId: string) {
    const path = yield* agentPath(deviceId)
    yield* ping(credentials, path)
    const question: Question = {
      method: "POST",
      path: `${path}/reboot/`,
      serverWaits: 10_000,
      right: "can_reboot_agents",
      missing: "agent_missing",
      acts: true
    }
    const answer = yield* ask(credentials, question)
    if (answer === "natsdown") return yield* brokerDown(question)
    if (answer !== "ok") return yield* notAsExpected(credentials, question)
  })

  /** What the server knows of a script: little, if the key may not list them. */
  const scriptOf = (credentials: RmmCredentials, id: number) =>
    ask(credentials, {
      method: "GET",
      path: "/scripts/?showHiddenScripts=true",
      right: "can_list_scripts",
      missing: "script_missing"
    }).pipe(
      Effect.map((list) => scriptIn(list, id)),
      Effect.catchIf(tellsNothing, () => Effect.succeed(unknownScript(id)))
    )

  /** The server does not see to it that a script fits the machine. */
  const fits = Effect.fnUntraced(function* (credentials: RmmCredentials, deviceId: string, script: TacticalScript) {
    if (script.platforms.length === 0) return
    const { plat } = yield* detail(credentials, deviceId).pipe(
      Effect.catchIf(tellsNothing, () => Effect.succeed({ plat: null }))
    )
    if (typeof plat !== "string" || script.platforms.includes(plat)) return
    return yield* new RmmFailure({
      kind: "unsupported",
      message: `${script.name} is for ${script.platforms.join(", ")}, and the agent runs ${plat}: nothing was done`
    })
  })

  /** The runs of a script that the agent's history has; undefined where it cannot be read. */
  const runsOf = (credentials: RmmCredentials, path: AgentPath, id: number) =>
    ask(credentials, {
      method: "GET",
      path: `${path}/history/`,
      right: "can_list_agent_history",
      missing: "agent_missing"
    }).pipe(
      Effect.map((history) => runsIn(history, id)),
      Effect.catchTag("RmmFailure", () => Effect.succeed(undefined))
    )

  /** The exit code of the one run that was not there before: the agent reports it a moment after the output. */
  const exitCodeSince = Effect.fnUntraced(function* (
    credentials: RmmCredentials,
    path: AgentPath,
    id: number,
    before: ReadonlyMap<number, unknown> | undefined
  ) {
    for (let look = 0; before !== undefined && look < 3; look++) {
      if (look > 0) yield* Effect.sleep("1 second")
      const after = yield* runsOf(credentials, path, id)
      if (after === undefined) return
      const added = [...after].filter(([run]) => !before.has(run))
      // Of several, nobody knows which is ours.
      if (added.length !== 1) return
      const [, exit] = added[0] ?? []
      if (exit !== undefined) return exit
    }
  })

  const runScript = Effect.fn("TacticalRmm.runScript")(function* (
    credentials: RmmCredentials,
    deviceId: string,
    request: ScriptRequest
  ) {
    const path = yield* agentPath(deviceId)
    const id = scriptNumber(request.scriptId)
    if (id === undefined)
      return yield* new RmmFailure({ kind: "script_missing", message: `${label} has no such script` })
    yield* ping(credentials, path)
    const script = yield* scriptOf(credentials, id)
    yield* fits(credentials, deviceId, script)
    const before = yield* runsOf(credentials, path, id)
    const timeout = Math.min(request.timeout ?? script.timeout, maxScriptSeconds)
    const question: Question = {
      method: "POST",
      path: `${path}/runscript/`,
      // All of these: the server fails where one is missing.
      body: {
        script: id,
        output: "wait",
        args: request.args ?? script.args,
        env_vars: script.env_vars,
        run_as_user: script.run_as_user,
        timeout
      },
      serverWaits: (timeout + 3) * 1000,
      right: "can_run_scripts",
      missing: "script_missing",
      acts: true
    }
    const answer = yield* ask(credentials, question)
    // Just these texts are no output.
    if (answer === "natsdown") return yield* brokerDown(question)
    if (answer === "timeout") return yield* noAnswer(timeout)
    const output = typeof answer === "string" ? answer : JSON.stringify(answer)
    const exitCode = yield* exitCodeSince(credentials, path, id, before)
    const run: ScriptRun = {
      output,
      timedOut: /Script timed out after \d+ seconds\s*$/.test(output),
      ...(exitCode === undefined ? {} : { exitCode })
    }
    return run
  })

  const remoteControl = Effect.fn("TacticalRmm.remoteControl")(function* (
    credentials: RmmCredentials,
    deviceId: string,
    type: RemoteControlType
  ) {
    const session = sessions[type]
    if (session === undefined) return yield* noSession(type)
    const question: Question = {
      method: "GET",
      path: `${yield* agentPath(deviceId)}/meshcentral/`,
      right: "can_use_mesh",
      missing: "agent_missing"
    }
    const answer = yield* ask(credentials, question)
    if (!isJsonObject(answer)) return yield* notAsExpected(credentials, question)
    const status: Schema.Json = answer["status"] ?? null
    if (status === "offline" || status === "overdue") {
      return yield* new RmmFailure({
        kind: "agent_offline",
        message: `The agent is ${status}: it cannot be controlled`
      })
    }
    const url = answer[session]
    return isWebAddress(url) ? url : yield* notAsExpected(credentials, question)
  })

  const provider: RmmProvider = { label, readAddress, check, agent, reboot, issuesOf, runScript, remoteControl }
  return provider
})

/** A key without this right, or a server that knows of no such thing: no word about what is to be done. */
const tellsNothing = ({ kind }: RmmFailure) => kind === "forbidden" || kind === "unexpected"

const isWebAddress = (value: Schema.Json | undefined): value is string =>
  typeof value === "string" && /^https?:$/.test(URL.parse(value)?.protocol ?? "")

/** The address of the API, which has no path of its own; `https://` goes before one that names no scheme. */
const readAddress = (text: string, allowInsecure: boolean) => {
  const trimmed = text.trim()
  const address = trimmed === "" || trimmed.includes("://") ? trimmed : `https://${trimmed}`
  const options = { name: label, example: "https://api.example.com", ending: /\/api$/, allowInsecure }
  return Result.mapError(readServerAddress(address, options), (message) => new RmmFailure({ kind: "invalid", message }))
}

const noAnswer = (timeout: number) =>
  new RmmFailure({
    kind: "timeout",
    message: `The agent did not answer within ${timeout} seconds: it went offline, or the script takes longer`,
    maybeDone: true
  })

const noSession = (type: RemoteControlType) =>
  new RmmFailure({
    kind: "unsupported",
    message: `${label} offers no ${type}: expected control, terminal or file, or splashtop, vnc, rdp or shell for these`
  })
