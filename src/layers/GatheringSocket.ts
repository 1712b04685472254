/** A connection to the database that sends what is written to it within one turn of the event loop at once. */
import { Socket } from "node:net"

/**
 * The driver writes each statement by itself. Those of all requests that have come together go out together here: one
 * call of the system for all of them, and the database wakes once.
 */
export const gatheringSocket = (): Socket => {
  const socket = new Socket()
  let isGathering = false
  const send = () => {
    isGathering = false
    socket.uncork()
  }
  const write: Socket["write"] = socket.write.bind(socket)
  const gather = (...args: Parameters<Socket["write"]>) => {
    if (!isGathering) {
      isGathering = true
      socket.cork()
      setImmediate(send)
    }
    return write(...args)
  }
  return Object.assign(socket, { write: gather })
}
