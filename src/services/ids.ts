import { randomUUID } from "node:crypto"

let lastMillis = 0
let sequence = 0
/** The time of `lastMillis`, as ids begin. */
let prefix = ""

/**
 * A new id: a UUIDv7, so that ids sort by when they were made, those of one process strictly. `randomUUID` draws from a
 * pool of random bytes, which makes it ten times as fast as asking for the bytes of each id.
 */
export const newId = (): string => {
  const now = Date.now()
  if (now > lastMillis) begin(now)
  // More than a millisecond holds: borrow from the next.
  else if (++sequence > 0xfff) begin(lastMillis + 1)
  const order = sequence.toString(16).padStart(3, "0")
  return `${prefix}${order}${randomUUID().slice(18)}`
}

const begin = (millis: number) => {
  lastMillis = millis
  sequence = 0
  const time = millis.toString(16).padStart(12, "0")
  prefix = `${time.slice(0, 8)}-${time.slice(8)}-7`
}
