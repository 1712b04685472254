/** What our service is measured against: the same work, done as well as it can be with Fastify and postgres.js. */
import Fastify, { type FastifyReply, type FastifyRequest } from "fastify"
import postgres from "postgres"
import { config, report } from "./measured.ts"
import { makeComments, type NewComment, newComment, newCommentNames } from "./peer/comments.ts"
import { Refused, uuid } from "./peer/common.ts"
import { burst, type Caller, makeKeys, makeLimits, newId } from "./peer/gates.ts"
import {
  type ListQuery,
  listNames,
  listQuery,
  makeLists,
  type SearchQuery,
  type StatsQuery,
  searchNames,
  searchQuery,
  statsNames,
  statsQuery
} from "./peer/lists.ts"
import { makeTickets, type NewTicket, newTicket, newTicketNames } from "./peer/tickets.ts"

declare module "fastify" {
  interface FastifyRequest {
    caller: Caller
  }
  interface FastifyContextConfig {
    readonly requires?: ReadonlyArray<string>
  }
}

const { database, poolSize, socketDirectory, socketPort, sql: fragments } = config()

/** A timestamp as PostgreSQL writes it in UTC, as ISO 8601 with milliseconds. */
const wireTime = (text: string) =>
  text.length < 22 || text.length > 29 || !text.endsWith("+00")
    ? new Date(text).toISOString()
    : `${text.slice(0, 10)}T${text.slice(11, 19)}.${text.charCodeAt(19) === 46 ? text.slice(20, -3).padEnd(3, "0").slice(0, 3) : "000"}Z`

const sql = postgres({
  path: `${socketDirectory}/.s.PGSQL.${socketPort}`,
  database,
  username: "psa",
  max: poolSize,
  prepare: true,
  // As it is with us: the joins stand in the order they are to be made in.
  connection: { application_name: "peer", TimeZone: "UTC", join_collapse_limit: 1 },
  types: {
    wireTime: { to: 1184, from: [1184, 1114], serialize: String, parse: wireTime },
    int8: { to: 20, from: [20], serialize: String, parse: Number }
  }
})

const verify = await makeKeys(sql)
const take = makeLimits()
const tickets = makeTickets(sql, fragments)
const lists = makeLists(sql, fragments)
const comments = makeComments(sql)

const app = Fastify({
  logger: false,
  routerOptions: { ignoreTrailingSlash: true, maxParamLength: 500 },
  bodyLimit: 1024 * 1024,
  requestIdHeader: false,
  genReqId: ({ headers }) => {
    const sent = headers["x-request-id"]
    return typeof sent === "string" && /^[\w.:-]{1,128}$/.test(sent) ? sent : newId()
  },
  ajv: { customOptions: { removeAdditional: false, coerceTypes: true, useDefaults: true, allErrors: true } }
})

app.decorateRequest("caller")

const boundaries = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000]
const metrics = new Map<string, { count: number; sum: number; readonly buckets: Array<number> }>()

const exposed = "X-Request-ID,X-RateLimit-Limit,X-RateLimit-Remaining,X-RateLimit-Reset,Retry-After"

app.addHook("onRequest", (request, reply, done) => {
  reply.header("x-request-id", request.id)
  if (request.headers.origin !== undefined) {
    reply.header("access-control-allow-origin", "*")
    reply.header("access-control-expose-headers", exposed)
  }
  done()
})

app.addHook("onResponse", (request, reply, done) => {
  const key = `${request.method} ${request.routeOptions.url} ${reply.statusCode}`
  let series = metrics.get(key)
  if (series === undefined) {
    series = { count: 0, sum: 0, buckets: boundaries.map(() => 0) }
    metrics.set(key, series)
  }
  const took = reply.elapsedTime
  series.count++
  series.sum += took
  for (let index = 0; index < boundaries.length; index++) {
    if (took <= boundaries[index]!) {
      series.buckets[index]!++
      break
    }
  }
  done()
})

/** Limits and permissions, once it is known who calls. */
const admit = (request: FastifyRequest, reply: FastifyReply, caller: Caller | undefined): Refused | undefined => {
  if (caller === undefined) return new Refused(401, "UNAUTHORIZED", "Invalid API key")
  const hint = request.headers["x-tenant-id"]
  if (typeof hint === "string" && hint !== "" && hint.toLowerCase() !== caller.tenant) {
    return new Refused(401, "UNAUTHORIZED", "Invalid API key")
  }
  request.caller = caller
  const { remaining, retryAfter } = take(caller)
  reply.header("x-ratelimit-limit", String(burst))
  reply.header("x-ratelimit-remaining", String(remaining))
  if (retryAfter > 0) {
    reply.header("x-ratelimit-reset", new Date(Date.now() + retryAfter).toISOString())
    reply.header("retry-after", String(Math.max(1, Math.ceil(retryAfter / 1000))))
  }
  const missing = request.routeOptions.config.requires?.find((permission) => !caller.permissions.has(permission))
  return missing === undefined ? undefined : new Refused(403, "FORBIDDEN", `Permission denied: ${missing}`)
}

const gates = (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void) => {
  const key = request.headers["x-api-key"]
  if (typeof key !== "string" || key === "") return done(new Refused(401, "UNAUTHORIZED", "API key required"))
  const verified = verify(key)
  if (verified instanceof Promise) verified.then((caller) => done(admit(request, reply, caller)), done)
  else done(admit(request, reply, verified))
}

const json = "application/json"

const unknown = (sent: object, known: ReadonlySet<string>): ReadonlyArray<string> | undefined => {
  let ignored: Array<string> | undefined
  for (const name in sent) {
    if (known.has(name)) continue
    if (ignored === undefined) ignored = [name]
    else ignored.push(name)
  }
  return ignored
}

/** What was sent, without what nobody knows. */
const only = <A extends object>(sent: A, ignored: ReadonlyArray<string> | undefined): A => {
  if (ignored === undefined) return sent
  const known = { ...sent }
  for (const name of ignored) Reflect.deleteProperty(known, name)
  return known
}

const one = (data: unknown, ignored?: ReadonlyArray<string>) =>
  JSON.stringify(ignored === undefined ? { data } : { data, meta: { ignored } })

const nothing = (_: FastifyRequest, reply: FastifyReply) => {
  reply.type(json).send(one(null))
}

app.get("/api/v1/bench/open", nothing)

app.register(async (guarded) => {
  guarded.addHook("onRequest", gates)

  guarded.get("/api/v1/bench/guarded", { config: { requires: ["ticket:read"] } }, nothing)

  const params = { type: "object", properties: { id: uuid } }

  guarded.get<{ Params: { id: string } }>(
    "/api/v1/tickets/:id",
    { config: { requires: ["ticket:read"] }, schema: { params } },
    async (request, reply) => {
      const ticket = await tickets.get(request.caller, request.params.id)
      reply.type(json).header("etag", `"${Date.parse(String(ticket["updated_at"])).toString(36)}"`)
      return one(ticket)
    }
  )

  guarded.get<{ Querystring: ListQuery }>(
    "/api/v1/tickets",
    { config: { requires: ["ticket:read"] }, schema: { querystring: listQuery } },
    async (request, reply) => {
      const ignored = unknown(request.query, listNames)
      const asked = only(request.query, ignored)
      const { nextCursor, page, rows, total } = await lists.list(request.caller, asked)
      const { cursor, limit, order, page: _, sort, ...filters } = asked
      const totalPages = Math.ceil(total / limit)
      const hasNext = cursor === undefined ? page < totalPages : nextCursor !== undefined
      reply.type(json)
      return JSON.stringify({
        data: rows,
        pagination: { page, limit, total, totalPages, hasNext, hasPrev: page > 1, nextCursor },
        meta: ignored === undefined ? { sort, order, filters } : { sort, order, filters, ignored }
      })
    }
  )

  guarded.get<{ Querystring: SearchQuery }>(
    "/api/v1/tickets/search",
    { config: { requires: ["ticket:read"] }, schema: { querystring: searchQuery } },
    async (request, reply) => {
      const ignored = unknown(request.query, searchNames)
      const found = await lists.search(request.caller, only(request.query, ignored))
      reply.type(json)
      return one(found, ignored)
    }
  )

  guarded.get<{ Querystring: StatsQuery }>(
    "/api/v1/tickets/stats",
    { config: { requires: ["ticket:read"] }, schema: { querystring: statsQuery } },
    async (request, reply) => {
      const ignored = unknown(request.query, statsNames)
      const figures = await lists.stats(request.caller, only(request.query, ignored))
      reply.type(json)
      return one(figures, ignored)
    }
  )

  guarded.post<{ Params: { id: string }; Body: NewComment }>(
    "/api/v1/tickets/:id/comments",
    { config: { requires: ["ticket:update"] }, schema: { params, body: newComment } },
    async (request, reply) => {
      const ignored = unknown(request.body, newCommentNames)
      const added = await comments.add(request.caller, request.params.id, request.body)
      reply.code(201).type(json)
      return one(added, ignored)
    }
  )

  guarded.post<{ Body: NewTicket }>(
    "/api/v1/tickets",
    { config: { requires: ["ticket:create"] }, schema: { body: newTicket } },
    async (request, reply) => {
      const ignored = unknown(request.body, newTicketNames)
      const created = await tickets.create(request.caller, request.body)
      reply.code(201).type(json)
      return one(created, ignored)
    }
  )
})

app.setNotFoundHandler((request, reply) =>
  reply.code(404).send({ error: { code: "NOT_FOUND", message: `There is nothing at ${request.url}` } })
)

app.setErrorHandler((error, _, reply) => {
  if (error instanceof Refused) {
    const { code, details, message, status } = error
    return reply.code(status).send({ error: { code, message, details } })
  }
  if (error instanceof Error && "validation" in error) {
    return reply
      .code(400)
      .send({ error: { code: "VALIDATION_ERROR", message: "Validation failed", details: error.validation } })
  }
  console.error(error)
  return reply.code(500).send({ error: { code: "INTERNAL_ERROR", message: "An unexpected error occurred" } })
})

await app.listen({ host: "127.0.0.1", port: 0 })
const address = app.server.address()
if (typeof address === "object" && address !== null) report(address.port)
