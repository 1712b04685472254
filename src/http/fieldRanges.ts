/**
 * Parts of long texts: `field=description&range=0-999`, or `field_ranges[attributes.description]=0-999` for each of
 * several. An endpoint takes them by having `rangeParameters` in its query; `answers` cuts the texts, and tells in
 * `meta.truncated_fields` what was left out.
 */
import { Schema } from "effect"
import { isObject } from "./openApiSchemas.ts"

/** Bytes of UTF-8, both ends included. A selector is a field's name, or the end of its dotted path. */
export interface FieldRange {
  readonly selector: string
  readonly start: number
  readonly end: number
}

export const rangeParameters = {
  field: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(200))).annotateKey({
    description:
      "Only a part of this text, which `range` says, wherever it is in the answer: a name, or the end of a dotted path. " +
      "For several texts: `field_ranges[name]=0-999`"
  }),
  range: Schema.optionalKey(
    Schema.String.check(
      Schema.isPattern(/^\d{1,9}-\d{1,9}$/, { message: "Expected bytes as start-end, such as 0-999" })
    )
  ).annotateKey({ description: "Which bytes of the text in UTF-8, both ends included: `0-999`" })
}

const selected = /^field_ranges\[([^\]]{1,200})\]$/

/** The text that a parameter selects, if it is one of `field_ranges`. */
export const selectorOf = (parameter: string): string | undefined => selected.exec(parameter)?.[1]

/** The range of a selector, or nothing if it is none. */
export const readRange = (selector: string, range: string): FieldRange | undefined => {
  const [, start, end] = /^(\d{1,9})-(\d{1,9})$/.exec(range) ?? []
  return start === undefined || Number(start) > Number(end)
    ? undefined
    : { selector, start: Number(start), end: Number(end) }
}

/** What is told of a text that was cut. */
export interface Truncated {
  readonly selector: string
  readonly total_bytes: number
  readonly returned_bytes: number
  readonly requested_range_start: number
  readonly requested_range_end: number
  readonly actual_range_start: number
  readonly actual_range_end: number | null
  readonly truncated: boolean
  readonly has_more: boolean
  readonly encoding: "utf-8"
}

/** The data with its selected texts cut, and what there is to tell of each, by its path. */
export const cut = (data: unknown, ranges: ReadonlyArray<FieldRange>) => {
  const truncated: Record<string, Truncated> = {}
  const visit = (value: unknown, path: string, names: string): unknown => {
    if (typeof value === "string") {
      const range = ranges.find(({ selector }) => names === selector || names.endsWith(`.${selector}`))
      if (range === undefined) return value
      const part = slice(value, range)
      truncated[path] = part.told
      return part.text
    }
    if (Array.isArray(value)) return value.map((item, index) => visit(item, `${path}[${index}]`, names))
    if (!isObject(value)) return value
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [name, visit(inner, `${path}.${name}`, `${names}.${name}`)])
    )
  }
  return { data: visit(data, "data", "data"), truncated }
}

/** Whether a byte continues a character that began before it. */
const isContinuation = (byte: number | undefined) => byte !== undefined && (byte & 0xc0) === 0x80

/** The whole characters within a range of bytes. */
const slice = (text: string, { end, selector, start }: FieldRange) => {
  const bytes = Buffer.from(text)
  let from = Math.min(start, bytes.length)
  while (isContinuation(bytes[from])) from++
  let to = Math.min(end + 1, bytes.length)
  while (to > from && isContinuation(bytes[to])) to--
  const part = bytes.subarray(from, Math.max(from, to))
  const told: Truncated = {
    selector,
    total_bytes: bytes.length,
    returned_bytes: part.length,
    requested_range_start: start,
    requested_range_end: end,
    actual_range_start: from,
    actual_range_end: part.length === 0 ? null : from + part.length - 1,
    truncated: part.length < bytes.length,
    has_more: from + part.length < bytes.length,
    encoding: "utf-8"
  }
  return { text: part.toString(), told }
}
