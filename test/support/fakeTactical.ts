/**
 * A small Tactical RMM server, with the ways of a real one: paths that must end in a slash, answers that are mere strings,
 * web pages for what it does not route, and failures that it says with status 200. It answers otherwise as a test tells it.
 */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { Effect } from "effect"

export const tacticalKey = "TACTICALKEYOFTHETESTS0123456789A"

export interface FakeAnswer {
  readonly status: number
  /** A text goes as it is; anything else as JSON. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** `silence` is no answer at all, `hangup` the end of the connection. */
type Given = FakeAnswer | Promise<FakeAnswer> | "silence" | "hangup"

export interface Call {
  /** `POST /agents/<id>/reboot/` */
  readonly call: string
  readonly body: string
  readonly headers: IncomingHttpHeaders
}

export interface FakeAgent {
  readonly agent_id: string
  readonly status: "online" | "offline" | "overdue"
  readonly [field: string]: unknown
}

interface Run {
  readonly id: number
  readonly script: number
  readonly retcode: number | null
  readonly output: string
}

export interface FakeTactical {
  readonly url: string
  readonly calls: Array<Call>
  /** Answers that come first, to the next request each whose method and path match. */
  readonly next: Array<{ readonly to: RegExp; readonly give: Given }>
  readonly agents: Map<string, FakeAgent>
  /** What the scripts write, and their exit codes. */
  readonly outputs: Map<number, { readonly output: string; readonly retcode?: number }>
  readonly history: Array<Run>
  /** What has been asked, as methods and paths. */
  readonly asked: (pattern?: RegExp) => ReadonlyArray<string>
}

/** Ids of agents are long: shorter ones are not even routed. */
export const windowsAgent = "KmYxQvTzWpLsRnHdGbFcJaEuIoNyBtVxZqMwPkSr"
export const linuxAgent = "LxUxQvTzWpLsRnHdGbFcJaEuIoNyBtVxZqMwPkSr"
export const newAgent = "NeWxQvTzWpLsRnHdGbFcJaEuIoNyBtVxZqMwPkSr"

const agents = (): ReadonlyArray<FakeAgent> => [
  {
    agent_id: windowsAgent,
    hostname: "DESK-17",
    site: 1,
    site_name: "Headquarters",
    client: "Northwind",
    plat: "windows",
    goarch: "amd64",
    operating_system: "Windows 11 Pro, 64 bit v23H2 (build 22631.3880)",
    status: "online",
    last_seen: "2026-06-01T12:00:00.123456Z",
    boot_time: 1_780_000_000,
    logged_in_username: "kim",
    last_logged_in_user: "kim",
    local_ips: "fe80::1, 192.168.1.17",
    public_ip: "203.0.113.9",
    total_ram: 16,
    disks: [
      { device: "C:", fstype: "NTFS", total: "465.1 GB", used: "300.0 GB", free: "165.1 GB", percent: 64 },
      { device: "D:", fstype: "NTFS", total: "1.8 TB", used: "0.3 TB", free: "1.5 TB", percent: 16 }
    ],
    wmi_detail: { bios: [[{ SerialNumber: "SN-17" }]] },
    services: []
  },
  {
    agent_id: linuxAgent,
    hostname: "web-1",
    client: "Northwind",
    plat: "linux",
    status: "overdue",
    last_seen: "2026-05-01T08:00:00Z",
    boot_time: 1_770_000_000.5,
    logged_in_username: "None",
    local_ips: "error getting local ips",
    public_ip: "198.51.100.4",
    total_ram: 2,
    disks: [{ device: "/dev/sda1", fstype: "ext4", total: "512.0 MB", used: "0 B", free: "n/a", percent: null }],
    wmi_detail: { cpus: [], gpus: "", disks: [], local_ips: [], serialnumber: "n/a" }
  },
  {
    agent_id: newAgent,
    hostname: "fresh",
    client: "Northwind",
    plat: "windows",
    status: "offline",
    last_seen: null,
    boot_time: null,
    logged_in_username: null,
    local_ips: null,
    public_ip: null,
    total_ram: null,
    disks: null,
    wmi_detail: null
  }
]

const scripts = [
  {
    id: 12,
    name: "Clear temporary files",
    shell: "powershell",
    args: ["-Quiet"],
    env_vars: ["LEVEL=2"],
    default_timeout: 45,
    run_as_user: true,
    supported_platforms: ["windows"],
    hidden: false
  },
  { id: 13, name: "Say hello", shell: "shell", args: [], env_vars: [], default_timeout: 90, supported_platforms: [] }
]

const page = (title: string) => `<!doctype html><html><head><title>${title}</title></head><body>${title}</body></html>`
const html = (status: number, title: string): FakeAnswer => ({
  status,
  body: page(title),
  headers: { "content-type": "text/html" }
})
const notFound = html(404, "Not Found")
const failed = html(500, "Server Error (500)")
const noAgent: FakeAnswer = { status: 404, body: { detail: "No Agent matches the given query." } }
const noScript: FakeAnswer = { status: 404, body: { detail: "No Script matches the given query." } }
const ok = (body: unknown): FakeAnswer => ({ status: 200, body })
const unreachable: FakeAnswer = { status: 400, body: JSON.stringify("Unable to contact the agent") }

const json = (text: string) => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "object" && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

/** The server fails where one of these is missing. */
const runKeys = ["script", "output", "args", "env_vars", "run_as_user", "timeout"]

const runScript = (tactical: FakeTactical, agent: FakeAgent, text: string): FakeAnswer => {
  const body = json(text)
  if (body === undefined || !runKeys.every((key) => key in body) || !("script" in body)) return failed
  const script = Number(body.script)
  const known = tactical.outputs.get(script)
  if (known === undefined) return noScript
  if (agent.status !== "online") return ok('"timeout"')
  const { output, retcode = null } = known
  tactical.history.push({ id: tactical.history.length + 1, script, retcode, output })
  return ok(JSON.stringify(output))
}

const historyOf = ({ history }: FakeTactical) =>
  // In no order.
  history.toReversed().map(({ id, output, retcode, script }) => ({
    id,
    time: new Date().toISOString(),
    type: "script_run",
    command: "",
    username: "api",
    results: null,
    script,
    script_name: `script ${script}`,
    script_results: retcode === null ? null : { stdout: output, stderr: "", retcode, execution_time: 0.2, id }
  }))

const mesh = ({ hostname, status }: FakeAgent) => {
  const session = (mode: number) =>
    `https://mesh.example.com/?login=s3cr3t-login&gotonode=n0de&viewmode=${mode}&hide=31`
  return { hostname, status, control: session(11), terminal: session(12), file: session(13), client: "Northwind" }
}

const ofAgent = (tactical: FakeTactical, method: string, id: string, rest: string, body: string): FakeAnswer => {
  if (id.length < 21) return notFound
  const agent = tactical.agents.get(id)
  if (agent === undefined) return noAgent
  switch (`${method} ${rest}`) {
    case "GET ":
      return ok(agent)
    case "GET ping/":
      return ok({ name: agent["hostname"], status: agent.status === "online" ? "online" : "offline" })
    case "POST reboot/":
      return agent.status === "online" ? ok('"ok"') : unreachable
    case "POST runscript/":
      return runScript(tactical, agent, body)
    case "GET history/":
      return ok(historyOf(tactical))
    case "GET meshcentral/":
      return ok(mesh(agent))
    default:
      return notFound
  }
}

const routed = (tactical: FakeTactical, call: string, body: string, headers: IncomingHttpHeaders): FakeAnswer => {
  const [method = "", url = ""] = call.split(" ")
  const { pathname } = new URL(url, "http://tactical.example")
  if (!pathname.endsWith("/")) return { status: 301, headers: { location: `${pathname}/` } }
  const key = headers["x-api-key"]
  if (key === undefined) return { status: 401, body: { detail: "Authentication credentials were not provided." } }
  if (key !== tacticalKey) return { status: 401, body: { detail: "Invalid token." } }
  if (method === "GET" && pathname === "/agents/") {
    return ok([...tactical.agents.values()].map(({ agent_id, hostname }) => ({ id: 1, agent_id, hostname })))
  }
  if (method === "GET" && pathname === "/scripts/") return ok(scripts)
  const [, id, rest = ""] = /^\/agents\/([^/]+)\/(.*)$/.exec(pathname) ?? []
  return id === undefined ? notFound : ofAgent(tactical, method, decodeURIComponent(id), rest, body)
}

const reply = (response: ServerResponse, { body, headers, status }: FakeAnswer) => {
  const text = typeof body === "string" ? body : JSON.stringify(body ?? "")
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(text)
}

const answer = async (tactical: FakeTactical, { body, call, headers }: Call, response: ServerResponse) => {
  const index = tactical.next.findIndex(({ to }) => to.test(call))
  const [first] = index < 0 ? [] : tactical.next.splice(index, 1)
  const given = await (first?.give ?? routed(tactical, call, body, headers))
  if (given === "silence") return
  if (given === "hangup") return response.destroy()
  reply(response, given)
}

/** Starts one, until the scope closes. */
export const makeFakeTactical = Effect.acquireRelease(
  Effect.promise(async () => {
    const calls: Array<Call> = []
    const tactical: FakeTactical = {
      url: "",
      calls,
      next: [],
      agents: new Map(agents().map((agent) => [agent.agent_id, agent])),
      outputs: new Map([
        [12, { output: "3 files deleted\r\n", retcode: 0 }],
        [13, { output: "hello\n", retcode: 0 }]
      ]),
      history: [],
      asked: (pattern = /./) => calls.map(({ call }) => call).filter((call) => pattern.test(call))
    }
    const server = createServer((request, response) => {
      const chunks: Array<Buffer> = []
      request.on("data", (chunk: Buffer) => chunks.push(chunk))
      request.on("end", () => {
        const call: Call = {
          call: `${request.method} ${request.url}`,
          body: Buffer.concat(chunks).toString(),
          headers: request.headers
        }
        calls.push(call)
        void answer(tactical, call, response)
      })
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const { port } = server.address() as AddressInfo
    return { tactical: Object.assign(tactical, { url: `http://127.0.0.1:${port}` }), server }
  }),
  ({ server }) =>
    Effect.promise(async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    })
).pipe(Effect.map(({ tactical }) => tactical))
