/** The mobile app's side of the API: what its screens of tickets and assets send, and what they read of the answers. */
import { randomUUID } from "node:crypto"
import { setTimeout as delay } from "node:timers/promises"
import { Schema } from "effect"
import {
  History,
  MadeAsset,
  Notes,
  RecordedMaintenance,
  SavedNotes,
  ScheduledMaintenance,
  ShownAsset,
  Software,
  TicketOnAsset
} from "./assetShapes.ts"
import {
  AssetLink,
  Board,
  Category,
  ChecklistItem,
  Document,
  LinkedAsset,
  ListedClient,
  ListedTicket,
  Location,
  MadeTicket,
  Material,
  Pagination,
  Priority,
  ShownComment,
  ShownTicket,
  Stats,
  TicketOfAsset,
  TicketPriority,
  TicketStatus,
  TicketTime
} from "./shapes.ts"

export type FailureKind = "auth" | "permission" | "validation" | "server" | "http" | "network" | "timeout"

/** Why a screen has nothing to show. */
export class AppFailure extends Error {
  readonly kind: FailureKind
  readonly status: number | undefined
  readonly code: string | undefined
  readonly details: unknown
  constructor(kind: FailureKind, message: string, more: { status?: number; code?: string; details?: unknown } = {}) {
    super(message)
    this.kind = kind
    this.status = more.status
    this.code = more.code
    this.details = more.details
  }
}

const kindOf = (status: number): FailureKind => {
  if (status === 401) return "auth"
  if (status === 403) return "permission"
  if (status === 400 || status === 422) return "validation"
  return status >= 500 ? "server" : "http"
}

type Values = Readonly<Record<string, unknown>>
type Send = (url: string, init: RequestInit) => Promise<Response>

export interface Session {
  readonly baseUrl: string
  readonly accessToken: string
  readonly tenantId?: string
  /** A new token for one that is no longer good. */
  readonly refresh?: () => Promise<string>
  /** Screens that send the token as `authorization`, too. */
  readonly bearer?: boolean
  /** How requests leave the device. */
  readonly send?: Send
  readonly timeoutMs?: number
  /** Before a first retry; it doubles. */
  readonly retryMs?: number
}

interface Request {
  readonly query?: Values
  readonly body?: Values | FormData
  readonly screen?: string
}

interface Reply {
  readonly status: number
  readonly body: unknown
}

const isRecord = (value: unknown): value is Values => typeof value === "object" && value !== null

const textOf = (value: unknown) => (typeof value === "string" ? value : undefined)

const failureOf = ({ body, status }: Reply) => {
  const error = isRecord(body) && isRecord(body["error"]) ? body["error"] : {}
  const code = textOf(error["code"])
  return new AppFailure(kindOf(status), textOf(error["message"]) ?? `HTTP ${status}`, {
    status,
    ...(code === undefined ? {} : { code }),
    details: error["details"]
  })
}

/** Null and undefined are not sent; an empty text is. */
const urlOf = (path: string, query: Values) => {
  const sent = Object.entries(query).filter(([, value]) => value !== undefined && value !== null)
  const text = new URLSearchParams(sent.map(([name, value]): [string, string] => [name, String(value)])).toString()
  return text === "" ? path : `${path}?${text}`
}

const isGet = (method: string) => method === "GET" || method === "HEAD"

/** GETs are tried again, up to two more times. */
const maxRetries = 2
const maxWaitMs = 5000

export const mobileApp = (session: Session) => {
  const { baseUrl, bearer = false, refresh, retryMs = 250, send = fetch, tenantId, timeoutMs = 30_000 } = session
  const running = new Map<string, Promise<Reply>>()
  let token = session.accessToken

  const headersOf = (method: string, { body, screen = "tickets" }: Request, withBearer: boolean) => ({
    accept: "application/json",
    ...(body === undefined || body instanceof FormData ? {} : { "content-type": "application/json" }),
    ...(tenantId === undefined ? {} : { "x-tenant-id": tenantId }),
    "x-alga-client": `mobile/${screen}`,
    "x-correlation-id": randomUUID(),
    "x-api-key": token,
    ...(withBearer ? { authorization: `Bearer ${token}` } : {}),
    ...(isGet(method)
      ? {}
      : {
          "x-alga-platform": "ios",
          "x-alga-app-version": "1.8.0",
          "x-alga-app-build": "412",
          "x-alga-device-id": "4f0f6f2c-7a52-4a4f-8f6f-1f6f3c1d2b3a"
        })
  })

  const once = async (method: string, path: string, request: Request, withBearer: boolean): Promise<Reply> => {
    const { body, query = {} } = request
    const timeout = AbortSignal.timeout(timeoutMs)
    try {
      const response = await send(baseUrl + urlOf(path, query), {
        method,
        headers: headersOf(method, request, withBearer),
        signal: timeout,
        ...(body === undefined ? {} : { body: body instanceof FormData ? body : JSON.stringify(body) })
      })
      const text = await response.text()
      const isJson = response.headers.get("content-type")?.includes("application/json") === true
      return { status: response.status, body: isJson ? JSON.parse(text) : text }
    } catch (cause) {
      if (timeout.aborted) throw new AppFailure("timeout", "The server takes too long")
      throw new AppFailure("network", String(cause))
    }
  }

  const retried = async (method: string, path: string, request: Request, withBearer: boolean): Promise<Reply> => {
    for (let attempt = 0; ; attempt++) {
      const isLast = attempt === maxRetries || !isGet(method)
      try {
        const reply = await once(method, path, request, withBearer)
        if (isLast || reply.status < 500) return reply
      } catch (failure) {
        if (isLast) throw failure
      }
      const wait = Math.min(retryMs * 2 ** attempt, maxWaitMs)
      await delay(wait * (0.5 + Math.random() / 2))
    }
  }

  const refreshed = async (method: string, path: string, request: Request): Promise<Reply> => {
    const reply = await retried(method, path, request, bearer)
    if (reply.status !== 401 || refresh === undefined) return reply
    token = await refresh()
    return retried(method, path, request, true)
  }

  /** The same GET twice at once is one. */
  const merged = (method: string, path: string, request: Request): Promise<Reply> => {
    if (method !== "GET") return refreshed(method, path, request)
    const key = urlOf(path, request.query ?? {})
    const already = running.get(key)
    if (already !== undefined) return already
    const reply = refreshed(method, path, request).finally(() => running.delete(key))
    running.set(key, reply)
    return reply
  }

  const call = async (method: string, path: string, request: Request = {}): Promise<unknown> => {
    const reply = await merged(method, path, request)
    if (reply.status >= 400) throw failureOf(reply)
    return reply.body
  }

  const dataOf = async <S extends Schema.ConstraintDecoder<unknown>>(schema: S, reply: Promise<unknown>) => {
    const body = await reply
    return Schema.decodeUnknownPromise(schema)(isRecord(body) ? body["data"] : body)
  }

  const pageOf = async <S extends Schema.ConstraintDecoder<unknown>>(row: S, reply: Promise<unknown>) =>
    Schema.decodeUnknownPromise(Schema.Struct({ data: Schema.Array(row), pagination: Pagination }))(await reply)

  const get = (path: string, query: Values = {}) => call("GET", path, { query })
  const post = (path: string, body: Values) => call("POST", path, { body })
  const put = (path: string, body: Values) => call("PUT", path, { body })

  const api = "/api/v1"
  const tickets = `${api}/tickets`
  const assets = `${api}/assets`

  return {
    call,
    tickets: (query: Values = {}) =>
      pageOf(
        ListedTicket,
        get(tickets, { page: 1, limit: 20, fields: "mobile_list", sort: "updated_at", order: "desc", ...query })
      ),
    ticket: (id: string) => dataOf(ShownTicket, get(`${tickets}/${id}`)),
    stats: () => dataOf(Stats, get(`${tickets}/stats`)),
    createTicket: (fields: Values) => dataOf(MadeTicket, post(tickets, fields)),
    updateTicket: (id: string, fields: Values) => dataOf(ShownTicket, put(`${tickets}/${id}`, fields)),
    setStatus: (id: string, fields: Values) => dataOf(ShownTicket, put(`${tickets}/${id}/status`, fields)),
    assign: (id: string, fields: Values) => dataOf(ShownTicket, put(`${tickets}/${id}/assignment`, fields)),
    statuses: (board_id?: string) => dataOf(Schema.Array(TicketStatus), get(`${tickets}/statuses`, { board_id })),
    ticketPriorities: () => dataOf(Schema.Array(TicketPriority), get(`${tickets}/priorities`)),
    comments: (id: string) => dataOf(Schema.Array(ShownComment), get(`${tickets}/${id}/comments`)),
    comment: (id: string, fields: Values) => dataOf(ShownComment, post(`${tickets}/${id}/comments`, fields)),
    editComment: (id: string, comment: string, comment_text: string) =>
      dataOf(ShownComment, put(`${tickets}/${id}/comments/${comment}`, { comment_text })),
    react: (id: string, comment: string, emoji: string) =>
      dataOf(
        Schema.Struct({ added: Schema.Boolean }),
        post(`${tickets}/${id}/comments/${comment}/reactions`, { emoji })
      ),
    documents: (id: string) => dataOf(Schema.Array(Document), get(`${tickets}/${id}/documents`)),
    upload: (id: string, file: File) => {
      const body = new FormData()
      body.append("file", file)
      return dataOf(Document, call("POST", `${tickets}/${id}/documents`, { body }))
    },
    /** Whatever the answer holds is not read. */
    deleteDocument: (id: string, document: string) => call("DELETE", `${tickets}/${id}/documents/${document}`),
    checklist: (id: string) => dataOf(Schema.Array(ChecklistItem), get(`${tickets}/${id}/checklist`)),
    addItem: (id: string, item_name: string, is_required: boolean) =>
      dataOf(ChecklistItem, post(`${tickets}/${id}/checklist`, { item_name, is_required })),
    tick: (id: string, item: string, completed: boolean) =>
      dataOf(ChecklistItem, call("PATCH", `${tickets}/${id}/checklist/${item}`, { body: { completed } })),
    assets: (id: string) => dataOf(Schema.Array(LinkedAsset), get(`${tickets}/${id}/assets`)),
    linkAsset: (id: string, asset_id: string, { relationship_type = "affected", ...more }: Values = {}) =>
      dataOf(AssetLink, post(`${tickets}/${id}/assets`, { asset_id, relationship_type, ...more })),
    materials: (id: string) => dataOf(Schema.Array(Material), get(`${tickets}/${id}/materials`)),
    addMaterial: (id: string, fields: Values) => dataOf(Material, post(`${tickets}/${id}/materials`, fields)),
    time: (id: string) => dataOf(TicketTime, get(`${tickets}/${id}/time-entries`)),
    createFromAsset: (fields: Values) => dataOf(TicketOfAsset, post(`${tickets}/from-asset`, fields)),
    createAsset: (fields: Values) => dataOf(MadeAsset, post(assets, fields)),
    asset: (id: string) => dataOf(ShownAsset, get(`${assets}/${id}`)),
    maintenance: (id: string) => dataOf(Schema.Array(ScheduledMaintenance), get(`${assets}/${id}/maintenance`)),
    recordMaintenance: (id: string, fields: Values) =>
      dataOf(RecordedMaintenance, post(`${assets}/${id}/maintenance/record`, fields)),
    history: (id: string) => dataOf(Schema.Array(History), get(`${assets}/${id}/history`)),
    software: async (id: string) => Schema.decodeUnknownPromise(Software)(await get(`${assets}/${id}/software`)),
    notes: (id: string) => dataOf(Notes, get(`${assets}/${id}/notes`)),
    saveNotes: (id: string, fields: Values) => dataOf(SavedNotes, put(`${assets}/${id}/notes`, fields)),
    ticketsOfAsset: (id: string) => dataOf(Schema.Array(TicketOnAsset), get(`${assets}/${id}/tickets`)),
    boards: () => pageOf(Board, get(`${api}/boards`, { limit: 100, sort: "name", order: "asc" })),
    categories: () => pageOf(Category, get(`${api}/categories/ticket`, { limit: 100 })),
    priorities: (item_type: "ticket" | "project_task") =>
      pageOf(Priority, get(`${api}/priorities`, { item_type, limit: 100 })),
    clients: (search: string) => pageOf(ListedClient, get(`${api}/clients`, { limit: 50, search })),
    locations: (client: string) => dataOf(Schema.Array(Location), get(`${api}/clients/${client}/locations`))
  }
}

export type MobileApp = ReturnType<typeof mobileApp>
