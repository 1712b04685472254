/** What both servers under measurement do beside serving: say what they used, and profile themselves when asked. */

import { writeFileSync } from "node:fs"
import { Session } from "node:inspector/promises"

/** How a server under measurement is started: as its first argument, in JSON. */
export interface ServerConfig {
  readonly socketDirectory: string
  readonly socketPort: number
  readonly database: string
  readonly poolSize: number
  /** The fragments of SQL that the statements of both are made of. */
  readonly sql: {
    readonly ticketColumns: string
    readonly ticketJoins: string
    readonly detailColumns: string
    readonly detailJoins: string
  }
}

export type Question =
  | { readonly ask: "usage" }
  | { readonly ask: "profile" }
  | { readonly ask: "profiled"; readonly file: string }

export interface Usage {
  /** Of this process, user and system, in microseconds since its start. */
  readonly cpu: number
  /** The most memory held by this process since it was last asked, in bytes. */
  readonly rss: number
}

export const config = (): ServerConfig => JSON.parse(process.argv[2] ?? "{}")

/** Answers the parent's questions, the first of which is where this listens. */
export const report = (port: number) => {
  let rss = 0
  setInterval(() => {
    rss = Math.max(rss, process.memoryUsage.rss())
  }, 100).unref()
  const session = new Session()
  process.on("message", async (question: Question) => {
    switch (question.ask) {
      case "usage": {
        const { system, user } = process.cpuUsage()
        process.send?.({ cpu: user + system, rss: Math.max(rss, process.memoryUsage.rss()) } satisfies Usage)
        rss = 0
        break
      }
      case "profile":
        session.connect()
        await session.post("Profiler.enable")
        await session.post("Profiler.setSamplingInterval", { interval: 200 })
        await session.post("Profiler.start")
        process.send?.({})
        break
      case "profiled": {
        const { profile } = await session.post("Profiler.stop")
        writeFileSync(question.file, JSON.stringify(profile))
        session.disconnect()
        process.send?.({})
        break
      }
    }
  })
  process.on("disconnect", () => process.exit(0))
  process.send?.({ port })
}
