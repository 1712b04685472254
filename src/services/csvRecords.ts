/** Reads CSV (RFC 4180) as it comes in: bytes become records that know their lines. */
import * as NodeStream from "@effect/platform-node/NodeStream"
import { CsvError, parse } from "csv-parse"
import { Data, Effect, Stream } from "effect"

/** A record, and the line that it begins on, from 1. A record with line breaks in its cells has several. */
export interface CsvRecord {
  readonly line: number
  readonly cells: ReadonlyArray<string>
}

/** What was read is not CSV in UTF-8: what is wrong, and in the record that begins on which line. */
export class CsvProblem extends Data.TaggedError("CsvProblem")<{ readonly line: number; readonly message: string }> {}

/** The longest record, in bytes: a quote that is never closed would make one of all the rest. */
const maxRecordBytes = 1024 * 1024

/** The records of a file, but for those that have nothing in any cell. A byte order mark is left out. */
export const csvRecords = <E, R>(bytes: Stream.Stream<Uint8Array, E, R>): Stream.Stream<CsvRecord, E | CsvProblem, R> =>
  Stream.suspend(() => {
    // Where the parser is, for what is wrong there, and where whoever takes its records is.
    const [parsed, taken] = [lineCounter(), lineCounter()]
    const parser = () =>
      parse({
        bom: true,
        record_delimiter: ["\r\n", "\n", "\r"],
        relax_column_count: true,
        max_record_size: maxRecordBytes,
        on_record: (cells) => {
          parsed.next(cells)
          return cells
        }
      })
    return inUtf8(bytes, parsed.current).pipe(
      NodeStream.pipeThroughDuplex<ReadonlyArray<string>, CsvProblem>({
        evaluate: parser,
        onError: (error) => new CsvProblem({ line: parsed.current(), message: explain(error) })
      }),
      Stream.map((cells) => ({ line: taken.next(cells), cells })),
      Stream.filter(({ cells }) => cells.some((cell) => cell !== ""))
    )
  })

/**
 * Counts lines. The parser does not tell where a record begins, and takes the two signs that end a line within a cell for
 * two lines.
 */
const lineCounter = () => {
  let line = 1
  return {
    /** Where the next record begins. */
    current: () => line,
    /** Where the record begins that has these cells. */
    next: (cells: ReadonlyArray<string>) => {
      const begin = line
      line++
      for (const cell of cells) if (cell.includes("\n") || cell.includes("\r")) line += breaksIn(cell)
      return begin
    }
  }
}

const breaksIn = (cell: string) => cell.match(/\r\n|\n|\r/g)?.length ?? 0

/** The same bytes, if they are UTF-8: other texts would be full of signs that nobody has written. */
const inUtf8 = <E, R>(bytes: Stream.Stream<Uint8Array, E, R>, line: () => number) => {
  const decoder = new TextDecoder("utf-8", { fatal: true })
  const check = (chunk?: Uint8Array) =>
    Effect.try({
      try: () => decoder.decode(chunk, { stream: chunk !== undefined }),
      catch: () => new CsvProblem({ line: line(), message: "Expected UTF-8: there are bytes that are no text in it" })
    })
  return Stream.concat(
    Stream.mapEffect(bytes, (chunk) => Effect.as(check(chunk), chunk)),
    Stream.fromEffectDrain(check())
  )
}

const explain = (error: unknown) => {
  switch (error instanceof CsvError ? error.code : undefined) {
    case "CSV_QUOTE_NOT_CLOSED":
      return "A quote is opened and never closed"
    case "CSV_INVALID_CLOSING_QUOTE":
      return "Expected a comma or the end of the line after a closing quote; a quote within a quoted cell is written twice"
    case "INVALID_OPENING_QUOTE":
      return "Expected quotes around a whole cell that has a quote in it"
    case "CSV_MAX_RECORD_SIZE":
      return `Expected a line of at most ${maxRecordBytes} bytes: a quote may be opened and never closed`
    default:
      return "Expected comma-separated values"
  }
}
