/** Parts of a file that a reader asks for: RFC 9110, sections 13 and 14. */

/** Both ends belong to it. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/**
 * What the header `Range` asks for of a file of `size` bytes. What is no single range of bytes asks for nothing less than
 * the whole, as the RFC has it; a range that begins after the end is unsatisfiable.
 */
export const readRange = (header: string | undefined, size: number): ByteRange | "whole" | "unsatisfiable" => {
  const [, first, last] = /^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(header ?? "") ?? []
  if (first === undefined || last === undefined || (first === "" && last === "")) return "whole"
  if (first === "") {
    const length = Math.min(Number(last), size)
    return length === 0 ? "unsatisfiable" : { start: size - length, end: size - 1 }
  }
  const start = Number(first)
  const end = last === "" ? Number.POSITIVE_INFINITY : Number(last)
  if (end < start) return "whole"
  return start >= size ? "unsatisfiable" : { start, end: Math.min(end, size - 1) }
}

/** Does the header `If-None-Match` name this entity tag? The comparison is the weak one. */
export const isUnchanged = (header: string | undefined, tag: string): boolean =>
  (header ?? "").split(",").some((one) => one.trim() === "*" || one.trim().replace(/^W\//, "") === tag)

/** Does `Range` count, for what the header `If-Range` says that the reader has a part of? The comparison is the strong one. */
export const isSameFile = (header: string | undefined, tag: string): boolean =>
  header === undefined || header === "" || header.trim() === tag
