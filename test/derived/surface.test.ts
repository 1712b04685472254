/** What the edition offers, and what it says of it. */
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { describe, it } from "@effect/vitest"
import { CommunityApi } from "../../src/http/Api.ts"
import { openApi } from "../../src/http/openApi.ts"
import { isObject } from "../../src/http/openApiSchemas.ts"
import { type Endpoint, endpointsOf, installed, nameOf } from "./declared.ts"
import { kindsOf } from "./registry.ts"
import { check, equal, reportChecks } from "./speak.ts"

reportChecks("surface")

const lines = (endpoints: ReadonlyArray<Endpoint>) =>
  endpoints
    .map((endpoint) => [endpoint.method.padEnd(6), endpoint.path, endpoint.requires.join(" ")].join(" ").trimEnd())
    .sort((a, b) => (a.slice(7) < b.slice(7) ? -1 : 1))
    .map((line) => `${line}\n`)
    .join("")

/** The list that is checked in; `UPDATE=1` writes it anew. */
const listed = (file: URL, endpoints: ReadonlyArray<Endpoint>) => {
  const now = lines(endpoints)
  if (process.env["UPDATE"] === "1") writeFileSync(file, now)
  equal(now, existsSync(file) ? readFileSync(file, "utf8") : "", "If it is on purpose: UPDATE=1 npx vitest run surface")
}

describe("the public surface", () => {
  const community = endpointsOf(CommunityApi)

  it("of the Community Edition is the one that is listed", () => {
    listed(new URL("endpoints.community.txt", import.meta.url), community)
  })

  if (installed.edition.name === "enterprise") {
    it("of the Enterprise Edition adds what is listed", () => {
      const known = new Set(community.map(nameOf))
      const added = installed.endpoints.filter((endpoint) => !known.has(nameOf(endpoint)))
      equal(installed.endpoints.length, community.length + added.length, "It has all that the Community Edition has")
      listed(new URL("../../ee/test/endpoints.enterprise.txt", import.meta.url), added)
    })
  }

  it("is one path and method for each endpoint, and one id", () => {
    equal(new Set(installed.endpoints.map(nameOf)).size, installed.endpoints.length, "paths")
    equal(new Set(installed.endpoints.map(({ id }) => id)).size, installed.endpoints.length, "ids")
  })
})

describe("requests that can be sent again", () => {
  it("are all that make something on a ticket", () => {
    const making = installed.endpoints.filter(
      ({ method, path }) => method === "POST" && /^\/api\/v1\/tickets(\/|$)/.test(path)
    )
    for (const endpoint of making) {
      check(endpoint.documented.has(422), () => `${nameOf(endpoint)} takes an Idempotency-Key`)
    }
    check(making.length > 10, () => "there are some")
  })
})

const valueTypes = new Set(["string", "integer", "number", "boolean", "array"])

/** Every schema within a part of the document. */
const schemasIn = (value: unknown): ReadonlyArray<Record<string, unknown>> => {
  if (typeof value !== "object" || value === null) return []
  const inner = Object.values(value).flatMap(schemasIn)
  return isObject(value) && ("type" in value || "anyOf" in value) ? [value, ...inner] : inner
}

describe("the OpenAPI entry of", () => {
  for (const endpoint of installed.endpoints) {
    it(nameOf(endpoint), () => {
      const { description, summary } = endpoint.operation
      check(typeof summary === "string" && summary.length > 5 && summary.length < 80, () => `summary: ${summary}`)
      check(typeof description === "string" && description.length > 10, () => `description: ${description}`)
      check(/^[a-zA-Z]+\.[a-zA-Z]+$/.test(endpoint.id), () => `operationId: ${endpoint.id}`)
      equal(endpoint.operation["x-required-permissions"], endpoint.requires, "permissions")
      for (const { name, schema } of [...endpoint.query, ...endpoint.params]) {
        check(valueTypes.has(String(schema["type"])), () => `${name} is one plain type: ${JSON.stringify(schema)}`)
      }
      const statuses = endpoint.guarded ? [400, 401, 429] : []
      if (endpoint.requires.length > 0) statuses.push(403)
      if (endpoint.body !== undefined) statuses.push(413, 415)
      if (endpoint.params.length > 0) statuses.push(404)
      for (const status of statuses) check(endpoint.documented.has(status), () => `${status} is documented`)
      check(
        [...endpoint.documented].some((status) => status >= 200 && status < 300),
        () => "an answer is documented"
      )
      kindsOf(endpoint)
    })
  }

  it("the whole document has examples for what is sent and answered", () => {
    const paths: Readonly<Record<string, unknown>> = openApi(CommunityApi).paths
    for (const schema of schemasIn(paths)) {
      check(schema["minimum"] !== Number.MIN_SAFE_INTEGER, () => "no bounds that are nobody's")
    }
    for (const [path, item] of Object.entries(paths)) {
      for (const media of mediaIn(item)) check("example" in media, () => `${path} has an example`)
    }
  })
})

/** What an operation sends and answers as JSON. */
const mediaIn = (value: unknown): ReadonlyArray<Record<string, unknown>> => {
  if (!isObject(value)) return []
  const json = value["application/json"]
  return [...(isObject(json) ? [json] : []), ...Object.values(value).flatMap(mediaIn)]
}
