/** Listens for HTTP, and stops without cutting anybody off. */
import { Server, type ServerResponse } from "node:http"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Layer } from "effect"
import { refuse } from "./Settings.ts"

/** How long requests that are in flight may take once the service stops, in milliseconds. */
const patience = 20_000

/** How often connections that have become idle are closed meanwhile, in milliseconds. */
const sweep = 100

/**
 * Once told to close, it takes no new connections, answers what is in flight or already on its way over an open one, says
 * with each answer that the connection ends, and closes those that stay idle. After 20 seconds it closes what is left.
 */
class DrainingServer extends Server {
  private closing = false
  private readonly unanswered = new Set<ServerResponse>()

  constructor() {
    super()
    this.on("request", (_, response) => {
      if (this.closing) response.shouldKeepAlive = false
      this.unanswered.add(response)
      response.once("close", () => this.unanswered.delete(response))
    })
  }

  override close(callback?: (error?: Error) => void) {
    if (this.closing) return super.close(callback)
    this.closing = true
    for (const response of this.unanswered) response.shouldKeepAlive = false
    const timers = [
      setInterval(() => super.closeIdleConnections(), sweep),
      setTimeout(() => this.closeAllConnections(), patience)
    ]
    return super.close((error) => {
      for (const timer of timers) clearTimeout(timer)
      callback?.(error)
    })
  }

  /** `close` calls this at once; but a request may be on its way over a connection that looks idle. */
  override closeIdleConnections() {
    if (!this.closing) super.closeIdleConnections()
  }
}

/** An HTTP server on an address, for as long as its layer is up; port 0 is any that is free. */
export const listening = (host: string, port: number) =>
  NodeHttpServer.layer(() => new DrainingServer(), { host, port, gracefulShutdownTimeout: patience + 2000 }).pipe(
    Layer.catchTag("ServeError", ({ cause }) =>
      refuse<Layer.Success<ReturnType<typeof NodeHttpServer.layer>>>(
        `Cannot listen on ${host}:${port}: ${reasonOf(cause)}`
      )
    )
  )

const reasonOf = (cause: unknown) => {
  if (!(cause instanceof Error)) return String(cause)
  const code = "code" in cause ? cause.code : undefined
  if (code === "EADDRINUSE") return "another process already listens there. Set PORT to another port."
  if (code === "EACCES") return "this user may not. Set PORT to 1024 or more."
  return cause.message
}
