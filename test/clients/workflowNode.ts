/** A node of a workflow tool that speaks to this API: what it sends, and what it makes of the answers. */
import { Schema } from "effect"
import {
  BoardChoice,
  ChangedTicket,
  ClientChoice,
  Comment,
  MadeTicket,
  Pagination,
  PriorityChoice,
  StatusChoice,
  TicketDetail,
  TicketRow
} from "./shapes.ts"

/** A refusal, as the node tells of it. */
export class NodeFailure extends Error {
  readonly status: number
  readonly code: string
  readonly details: unknown
  constructor(status: number, code: string, message: string, details: unknown) {
    super(message)
    this.status = status
    this.code = code
    this.details = details
  }
}

type Values = Readonly<Record<string, unknown>>

const isRecord = (value: unknown): value is Values =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Parameters that were left empty are not sent, in a query nor in a body: so no field can be cleared. */
const filled = (values: Values): Values =>
  Object.fromEntries(
    Object.entries(values).filter(([, value]) => {
      if (value === undefined || value === null || value === "") return false
      return !Array.isArray(value) || value.length > 0
    })
  )

const readJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const failureOf = (status: number, text: string) => {
  const body = readJson(text)
  const outer = isRecord(body) ? body : {}
  const error = isRecord(outer["error"]) ? outer["error"] : outer
  const { code, details, message } = error
  const name = typeof code === "string" ? code : `HTTP_${status}`
  return new NodeFailure(status, name, typeof message === "string" ? message : name, details)
}

/** What the node hands on: rows with their pagination, an object by itself, a scalar as `{ data }`. */
const unwrap = (reply: unknown): unknown => {
  if (Array.isArray(reply)) return { data: reply }
  if (!isRecord(reply) || !("data" in reply)) return reply
  const { data, pagination } = reply
  if (pagination !== undefined) return { data, pagination }
  return isRecord(data) ? data : { data }
}

const isId = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

const idOf = (value: string) => {
  if (!isId.test(value)) throw new Error(`Not an id: ${value}`)
  return value
}

const rowsOf = <S extends Schema.Constraint>(row: S) => Schema.Struct({ data: Schema.Array(row) })
const pageOf = <S extends Schema.Constraint>(row: S) =>
  Schema.Struct({ data: Schema.Array(row), pagination: Pagination })

const Deleted = Schema.Struct({ success: Schema.Literal(true), id: Schema.String, deleted: Schema.Literal(true) })

export interface Choice {
  readonly name: string
  readonly value: string
}

/** The node, with a key that it sends to `baseUrl`. */
export const workflowNode = (baseUrl: string, key: string) => {
  const root = baseUrl.replace(/\/+$/, "")

  const call = async (method: string, path: string, query: Values = {}, body?: Values): Promise<unknown> => {
    const url = new URL(root + path)
    for (const [name, value] of Object.entries(filled(query))) url.searchParams.set(name, String(value))
    const response = await fetch(url, {
      method,
      // It says so of requests without a body, too.
      headers: { "x-api-key": key, accept: "application/json", "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    })
    const text = await response.text()
    if (!response.ok) throw failureOf(response.status, text)
    return text === "" ? {} : unwrap(readJson(text))
  }

  const read = async <S extends Schema.ConstraintDecoder<unknown>>(schema: S, output: Promise<unknown>) =>
    Schema.decodeUnknownPromise(schema)(await output)

  /** What a field's drop-down offers. Whatever goes wrong, it is empty. */
  const choices = async (path: string, query: Values, id: string, names: ReadonlyArray<string>) => {
    try {
      const reply = await call("GET", path, { page: 1, limit: 100, ...query })
      const rows = isRecord(reply) && Array.isArray(reply["data"]) ? reply["data"] : []
      return rows.filter(isRecord).map((row): Choice => {
        const label = names.map((name) => row[name]).find((text) => typeof text === "string" && text !== "")
        return { name: String(label ?? row[id]), value: String(row[id]) }
      })
    } catch {
      return []
    }
  }

  const tickets = "/api/v1/tickets"
  const ticket = (id: string, rest = "") => `${tickets}/${idOf(id)}${rest}`

  return {
    create: (fields: Values) => read(MadeTicket, call("POST", tickets, {}, filled(fields))),
    get: (id: string) => read(TicketDetail, call("GET", ticket(id))),
    list: (query: Values = {}) =>
      read(
        pageOf(TicketRow),
        call("GET", tickets, { page: 1, limit: 25, sort: "entered_at", order: "desc", ...query })
      ),
    search: (query: Values) => read(rowsOf(TicketRow), call("GET", `${tickets}/search`, { limit: 25, ...query })),
    update: (id: string, fields: Values) => read(ChangedTicket, call("PUT", ticket(id), {}, filled(fields))),
    comments: (id: string, query: Values = {}) =>
      read(rowsOf(Comment), call("GET", ticket(id, "/comments"), { limit: 50, offset: 0, order: "asc", ...query })),
    comment: (id: string, fields: Values) => read(Comment, call("POST", ticket(id, "/comments"), {}, filled(fields))),
    setStatus: (id: string, status_id: string) =>
      read(ChangedTicket, call("PUT", ticket(id, "/status"), {}, { status_id })),
    /** The one call that sends null: nobody. */
    assign: (id: string, assigned_to: string | null) =>
      read(ChangedTicket, call("PUT", ticket(id, "/assignment"), {}, { assigned_to })),
    delete: async (id: string) => {
      const reply = await call("DELETE", ticket(id))
      return Schema.decodeUnknownSync(Deleted)({ success: true, id, deleted: true, ...(isRecord(reply) ? reply : {}) })
    },
    clients: (query: Values = {}) => read(pageOf(ClientChoice), call("GET", "/api/v1/clients", query)),
    boards: (query: Values = {}) => read(pageOf(BoardChoice), call("GET", "/api/v1/boards", query)),
    priorities: (query: Values = {}) => read(pageOf(PriorityChoice), call("GET", "/api/v1/priorities", query)),
    statuses: (query: Values) => read(pageOf(StatusChoice), call("GET", "/api/v1/statuses", query)),
    clientChoices: (search = "") => choices("/api/v1/clients", { search }, "client_id", ["client_name", "name"]),
    boardChoices: (search = "") => choices("/api/v1/boards", { search }, "board_id", ["board_name", "name"]),
    statusChoices: (board_id: string, search = "") =>
      choices("/api/v1/statuses", { type: "ticket", board_id, search }, "status_id", ["name", "status_name"]),
    priorityChoices: (search = "") =>
      choices("/api/v1/priorities", { search }, "priority_id", ["priority_name", "name"])
  }
}

export type WorkflowNode = ReturnType<typeof workflowNode>
