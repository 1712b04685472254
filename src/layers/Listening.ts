/** Listens for HTTP, and stops without cutting anybody off. */
import { type IncomingMessage, Server, ServerResponse } from "node:http"
import type { Socket } from "node:net"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Layer } from "effect"
import { refuse } from "./Settings.ts"

/** How long requests that are in flight may take once the service stops, in milliseconds. */
const patience = 20_000

/** How often connections that have become idle are closed meanwhile, in milliseconds. */
const sweep = 100

/**
 * Node writes head and body apart when it is told to count the body's bytes, which costs a small answer as much again.
 * The length that is sent is that of the body that is sent, so there is nothing to count.
 *
 * What is not answered yet when its server closes says that the connection ends.
 */
class OneWriteResponse<Request extends IncomingMessage> extends ServerResponse<Request> {}
const mayStayOpen = Symbol("mayStayOpen")
interface Draining {
  [mayStayOpen]: boolean
  readonly req: { readonly socket: Socket & { readonly server?: DrainingServer } }
}
Object.defineProperties(OneWriteResponse.prototype, {
  strictContentLength: { get: () => false, set: () => {} },
  shouldKeepAlive: {
    get(this: Draining) {
      return this[mayStayOpen] && this.req.socket.server?.isClosing !== true
    },
    set(this: Draining, value: boolean) {
      this[mayStayOpen] = value
    }
  }
})

const starting = JSON.stringify({ error: { code: "NOT_READY", message: "The service is starting" } })

/**
 * Once told to close, it takes no new connections, answers what is in flight or already on its way over an open one, says
 * with each answer that the connection ends, and closes those that stay idle. After 20 seconds it closes what is left.
 */
class DrainingServer extends Server {
  isClosing = false
  private readonly sockets = new Set<Socket>()

  constructor() {
    super({ ServerResponse: OneWriteResponse })
    this.on("connection", (connection) => {
      this.sockets.add(connection)
      connection.once("close", () => this.sockets.delete(connection))
    })
    for (const event of ["request", "checkContinue"] as const) {
      this.on(event, (_, response) => {
        // It listens before there is anything to answer with.
        if (this.listenerCount(event) === 1) {
          return response.writeHead(503, { "content-type": "application/json", "retry-after": "1" }).end(starting)
        }
      })
    }
  }

  override close(callback?: (error?: Error) => void) {
    if (this.isClosing) return super.close(callback)
    this.isClosing = true
    const timers = [setInterval(() => this.sweep(), sweep), setTimeout(() => this.closeAllConnections(), patience)]
    return super.close((error) => {
      for (const timer of timers) clearTimeout(timer)
      callback?.(error)
    })
  }

  private sweep() {
    super.closeIdleConnections()
    // To Node, one over which nothing has come yet is not idle.
    for (const socket of this.sockets) if (socket.bytesRead === 0) socket.destroy()
  }

  /** `close` calls this at once; but a request may be on its way over a connection that looks idle. */
  override closeIdleConnections() {
    if (!this.isClosing) super.closeIdleConnections()
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
  if (code === "EADDRINUSE") return "another process already listens there; choose another port"
  if (code === "EACCES") return "this user may not; choose a port from 1024 up"
  return cause.message
}
