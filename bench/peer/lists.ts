/** Tickets by the page, by what is written in them, and in figures. */
import { crc32 } from "node:zlib"
import type { Sql } from "postgres"
import type { ServerConfig } from "../measured.ts"
import { ask, flag, type Parameter, Refused, type Row, text, uuids } from "./common.ts"
import { filtered, filterSchemas, type SearchField, searchFields, searching } from "./filters.ts"
import type { Caller } from "./gates.ts"
import { statsStatement } from "./stats.ts"

type Key = readonly [column: string, type: "text" | "timestamptz" | "boolean" | "uuid", isNullable?: true]
const id: Key = ["t.ticket_id", "uuid"]

const sorts: Readonly<Record<string, Key>> = {
  created_at: ["t.entered_at", "timestamptz"],
  entered_at: ["t.entered_at", "timestamptz"],
  updated_at: ["t.updated_at", "timestamptz"],
  closed_at: ["t.closed_at", "timestamptz", true],
  due_date: ["t.due_date", "timestamptz", true],
  title: ["t.title", "text"],
  ticket_number: ["t.ticket_number", "text"],
  is_closed: ["t.is_closed", "boolean"],
  client_name: ["c.client_name", "text"],
  contact_name: ["n.full_name", "text", true],
  status_name: ["s.name", "text"],
  priority_name: ["p.priority_name", "text"],
  board_name: ["b.board_name", "text"],
  category_name: ["k.category_name", "text", true],
  assigned_to_name: ["a.first_name", "text", true]
}

export const listQuery = {
  type: "object",
  properties: {
    page: { type: "integer", minimum: 1, maximum: 1_000_000_000 },
    limit: { type: "integer", minimum: 1, maximum: 100, default: 25 },
    sort: { type: "string", enum: Object.keys(sorts), default: "created_at" },
    order: { type: "string", enum: ["asc", "desc"], default: "desc" },
    cursor: { type: "string", maxLength: 4000 },
    ...filterSchemas
  }
}
export const listNames = new Set(Object.keys(listQuery.properties))

export interface ListQuery {
  readonly page?: number
  readonly limit: number
  readonly sort: string
  readonly order: "asc" | "desc"
  readonly cursor?: string
  readonly search?: string
  readonly [filter: string]: Parameter | undefined
}

export const statsQuery = { type: "object", properties: filterSchemas }
export const statsNames = new Set(Object.keys(filterSchemas))
export interface StatsQuery {
  readonly search?: string
  readonly [filter: string]: Parameter | undefined
}

export const searchQuery = {
  type: "object",
  required: ["query"],
  properties: {
    query: { ...text, pattern: "\\S" },
    fields: { type: "string", pattern: `^(${searchFields.join("|")})(,(${searchFields.join("|")}))*$` },
    status_ids: uuids,
    priority_ids: uuids,
    client_ids: uuids,
    assigned_to_ids: uuids,
    include_closed: flag,
    limit: { type: "integer", minimum: 1, maximum: 100, default: 25 }
  }
}
export const searchNames = new Set(Object.keys(searchQuery.properties))

export interface SearchQuery {
  readonly query: string
  readonly fields?: string
  readonly status_ids?: string
  readonly priority_ids?: string
  readonly client_ids?: string
  readonly assigned_to_ids?: string
  readonly include_closed?: boolean
  readonly limit: number
}

/** What a cursor holds for: another list, or other filters, would make another order of it. */
const purposeOf = ({ cursor: _, limit: __, order, page: ___, sort, ...filters }: ListQuery) => {
  const named = Object.entries(filters).sort(([a], [b]) => (a < b ? -1 : 1))
  return crc32(JSON.stringify([id[0], sort, order, named])).toString(36)
}

const notACursor = () =>
  new Refused(400, "VALIDATION_ERROR", "Expected a cursor as it came in pagination.nextCursor, and no page beside it")

const isValue = (value: unknown, [, type, isNullable]: Key) =>
  value === null ? isNullable === true : typeof value === (type === "boolean" ? "boolean" : "string")

/** The page that a cursor begins, and the keys of the row before it. */
const readCursor = (text: string, purpose: string, keys: ReadonlyArray<Key>) => {
  try {
    const [page, madeFor, position] = JSON.parse(Buffer.from(text, "base64url").toString())
    const isSound =
      Number.isSafeInteger(page) &&
      madeFor === purpose &&
      Array.isArray(position) &&
      position.length === keys.length &&
      keys.every((key, index) => isValue(position[index], key))
    if (isSound) return { page: Number(page), position: position as ReadonlyArray<Parameter> }
  } catch {}
  throw notACursor()
}

/** The rows that come after a position; nulls come last going up, and first going down. */
const beyond = (
  keys: ReadonlyArray<Key>,
  order: "asc" | "desc",
  position: ReadonlyArray<Parameter>,
  add: (value: Parameter) => string
) => {
  const operator = order === "asc" ? ">" : "<"
  const after = (from: number) => {
    const rest = keys.slice(from)
    const values = rest.map(([, type], index) => `${add(String(position[from + index]))}::text::${type}`)
    return `(${rest.map(([column]) => column).join(", ")}) ${operator} (${values.join(", ")})`
  }
  const [column, , isNullable] = keys[0]!
  if (position[0] === null) {
    const rest = `${column} IS NULL AND ${after(1)}`
    return order === "asc" ? `(${rest})` : `(${rest} OR ${column} IS NOT NULL)`
  }
  return isNullable === true && order === "asc" ? `(${after(0)} OR ${column} IS NULL)` : after(0)
}

export const makeLists = (sql: Sql, { ticketColumns, ticketJoins }: ServerConfig["sql"]) => {
  const searchList = (search: string, parameters: Array<Parameter>) =>
    searching(sql, search, ["title", "ticket_number", "client_name"], parameters)

  const list = async ({ tenant }: Caller, query: ListQuery) => {
    const { cursor, limit, order, search, sort } = query
    const purpose = purposeOf(query)
    const keys = sort === "ticket_id" ? [id] : [sorts[sort]!, id]
    const read = cursor === undefined ? undefined : readCursor(cursor, purpose, keys)
    if (read !== undefined && query.page !== undefined) throw notACursor()
    const page = read?.page ?? query.page ?? 1
    const offset = read === undefined ? (page - 1) * limit : 0
    const { countWhere, parameters, where: filters } = filtered(tenant, query)
    const where = search === undefined ? filters : `${filters} AND ${await searchList(search, parameters)}`
    const total =
      countWhere === undefined || search !== undefined
        ? `SELECT count(*)::int FROM ${ticketJoins} WHERE ${where}`
        : `SELECT coalesce(sum(n.amount), 0)::int FROM ticket_counts n
          LEFT JOIN statuses s ON s.tenant = n.tenant AND s.status_id = n.status_id
          LEFT JOIN boards b ON b.tenant = s.tenant AND b.board_id = s.board_id WHERE ${countWhere}`
    const all = [...parameters]
    const add = (value: Parameter) => `$${all.push(value)}`
    const wanted = read === undefined ? where : `${where} AND ${beyond(keys, order, read.position, add)}`
    const direction = order === "asc" ? "ASC" : "DESC"
    // The limit is in the text, so that the plan can be made once; but how best to search depends on the text.
    const rows = await ask(
      sql,
      `SELECT ${ticketColumns}, jsonb_build_array(${keys.map(([column]) => column).join(", ")})::text AS list_position,
          (${total}) AS list_total
        FROM ${ticketJoins} WHERE ${wanted}
        ORDER BY ${keys.map(([column]) => `${column} ${direction}`).join(", ")}
        LIMIT ${limit + 1}${offset === 0 ? "" : ` OFFSET ${add(offset)}`}`,
      all,
      search === undefined && query["title"] === undefined && query["ticket_number"] === undefined
    )
    const hasMore = rows.length > limit
    if (hasMore) rows.length = limit
    const last = rows.at(-1)
    if (last === undefined) {
      const [past] = page === 1 ? [] : await ask(sql, `SELECT (${total}) AS list_total`, parameters)
      return { rows, page, total: Number(past?.["list_total"] ?? 0), nextCursor: undefined }
    }
    const count = Number(last["list_total"])
    const nextCursor = hasMore
      ? Buffer.from(`[${page + 1},"${purpose}",${last["list_position"]}]`).toString("base64url")
      : undefined
    for (const row of rows) {
      row["list_total"] = undefined
      row["list_position"] = undefined
    }
    return { rows, page, total: count, nextCursor }
  }

  const search = async ({ tenant }: Caller, { fields, include_closed, limit, query, ...ids }: SearchQuery) => {
    const parameters: Array<Parameter> = [tenant]
    const named = (fields?.split(",") ?? ["title", "ticket_number"]) as ReadonlyArray<SearchField>
    let where = `t.tenant = $1 AND ${await searching(sql, query, named, parameters)}`
    if (include_closed !== true) where += " AND NOT t.is_closed"
    const anyOf = (column: string, list: string | undefined) => {
      if (list !== undefined) where += ` AND ${column} = ANY(string_to_array($${parameters.push(list)}, ',')::uuid[])`
    }
    anyOf("t.status_id", ids.status_ids)
    anyOf("t.priority_id", ids.priority_ids)
    anyOf("t.client_id", ids.client_ids)
    anyOf("t.assigned_to", ids.assigned_to_ids)
    return ask(
      sql,
      `SELECT ${ticketColumns} FROM ${ticketJoins} WHERE ${where} ORDER BY t.entered_at DESC, t.ticket_id DESC LIMIT ${limit}`,
      parameters,
      false
    )
  }

  const stats = async ({ tenant }: Caller, query: StatsQuery): Promise<Row | undefined> => {
    const { parameters, where: filters } = filtered(tenant, query)
    const { search } = query
    const where = search === undefined ? filters : `${filters} AND ${await searchList(search, parameters)}`
    const matching = parameters.length === 1 ? undefined : `FROM ${ticketJoins} WHERE ${where}`
    const [figures] = await ask(sql, statsStatement(matching), parameters, search === undefined)
    return figures
  }

  return { list, search, stats }
}
