/** Where a server's processor time goes, by function and by package. */
import { readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { type CaseName, titles } from "./cases.ts"
import type { Load } from "./load.ts"
import { column, type Effort, measure, say } from "./measure.ts"
import type { Loader, Server } from "./processes.ts"

interface Frame {
  readonly functionName: string
  readonly url: string
  readonly lineNumber: number
}

interface Profile {
  readonly nodes: ReadonlyArray<{
    readonly id: number
    readonly callFrame: Frame
    readonly children?: ReadonlyArray<number>
  }>
  readonly samples: ReadonlyArray<number>
  readonly timeDeltas: ReadonlyArray<number>
}

interface Hot {
  readonly name: string
  /** Microseconds in the function itself. */
  readonly self: number
  /** Microseconds in it and in what it called. */
  readonly total: number
}

const root = fileURLToPath(new URL("..", import.meta.url))

const place = ({ lineNumber, url }: Frame) => {
  if (url === "") return ""
  const file = url.startsWith("file://") ? fileURLToPath(url) : url
  const short = file.startsWith(root) ? file.slice(root.length).replace(/^node_modules\/(.*?)dist\//, "$1") : file
  return ` ${short}:${lineNumber + 1}`
}

const packageOf = ({ functionName, url }: Frame) => {
  if (url === "") return functionName.startsWith("(") ? functionName : "(native)"
  if (url.startsWith("node:")) return "node"
  const found = /node_modules\/((?:@[^/]+\/)?[^/]+)(\/dist\/(?:internal\/)?([a-z-]+)\/)?/.exec(url)
  if (found === null) return "own code"
  return found[1] === "effect" && found[3] !== undefined ? `effect/${found[3]}` : (found[1] ?? "")
}

/** The functions and packages of a profile, those with most time of their own first. */
const read = (file: string) => {
  const { nodes, samples, timeDeltas }: Profile = JSON.parse(readFileSync(file, "utf8"))
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const own = new Map<number, number>()
  samples.forEach((id, index) => own.set(id, (own.get(id) ?? 0) + (timeDeltas[index] ?? 0)))

  const functions = new Map<string, { self: number; total: number }>()
  const packages = new Map<string, { self: number; total: number }>()
  const at = (map: typeof functions, key: string) => {
    const known = map.get(key) ?? { self: 0, total: 0 }
    map.set(key, known)
    return known
  }
  // A function that is on the stack already has its time counted there.
  const walk = (id: number, onStack: ReadonlySet<string>): number => {
    const node = byId.get(id)
    if (node === undefined) return 0
    const self = own.get(id) ?? 0
    const name = `${node.callFrame.functionName || "(anonymous)"}${place(node.callFrame)}`
    const inner = onStack.has(name) ? onStack : new Set([...onStack, name])
    let total = self
    for (const child of node.children ?? []) total += walk(child, inner)
    const entry = at(functions, name)
    entry.self += self
    if (!onStack.has(name)) entry.total += total
    at(packages, packageOf(node.callFrame)).self += self
    return total
  }
  const first = nodes[0]
  if (first !== undefined) walk(first.id, new Set())

  const sorted = (map: typeof functions): ReadonlyArray<Hot> =>
    [...map]
      .map(([name, times]) => ({ name, ...times }))
      .filter(({ name }) => !["(idle)", "(root)", "(program)"].includes(name) && !name.includes("inspector"))
      .sort((a, b) => b.self - a.self)
  return { functions: sorted(functions), packages: sorted(packages) }
}

/** Profiles a server under the load of a case, and prints what took most. */
export const profile = async ({
  effort,
  loader,
  name,
  requests,
  server,
  side
}: {
  readonly name: CaseName
  readonly side: "ours" | "peer"
  readonly server: Server
  readonly loader: Loader
  readonly requests: Load["requests"]
  readonly effort: Effort
}) => {
  await measure(server, loader, requests, effort)
  const plain = await measure(server, loader, requests, effort)
  const file = join(tmpdir(), `${side}-${name}.cpuprofile`)
  const { connections, seconds } = effort
  await server.profile(file, () => loader.run({ url: server.url, connections, seconds: seconds * 2, requests }))
  const { functions, packages } = read(file)
  // A profile tells time, in which others had the processor too: what it tells is shares.
  const share = plain.cpu_us_per_request / packages.reduce((sum, { self }) => sum + self, 0)
  say(`\n${titles[name]}, ${side}: ${column(plain.cpu_us_per_request, 0, 1)} us of CPU a request; profiled:`)
  say("  self us total us  function")
  for (const { name, self, total } of functions.slice(0, 60)) {
    say(`${column(self * share, 9, 2)}${column(total * share, 9, 2)}  ${name}`)
  }
  say("  self us           package")
  for (const { name, self } of packages) say(`${column(self * share, 9, 2)}           ${name}`)
  say(`The whole profile: ${file}`)
}
