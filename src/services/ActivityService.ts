import { Context, Effect, Layer, Schema } from "effect"
import { SqlClient } from "effect/sql"
import type { Fragment } from "effect/sql/Statement"
import {
  type Activity,
  type Kind,
  type Names,
  referencesOf,
  shownChanges,
  type TicketEvent
} from "../domain/Activity.ts"
import { Actor, type Caller } from "../domain/Actor.ts"
import { summaryOf } from "../domain/activitySummary.ts"
import type { Forbidden, NotFound, ValidationFailed } from "../domain/Errors.ts"
import { Csv } from "../domain/Field.ts"
import * as List from "../domain/List.ts"
import { select } from "./columns.ts"
import { unfailing } from "./constraints.ts"
import { conditions, page } from "./list.ts"
import { personName } from "./personName.ts"
import { isReadable, readableTickets, requireTicket } from "./ticketAccess.ts"

const EventType = Schema.String.check(
  Schema.isPattern(/^[A-Z][A-Z_]{0,63}$/, { message: "Expected the type of an event, such as TICKET_UPDATED" })
)

export const ActivityList = List.make({
  filters: {
    event_type: List.custom(Csv(EventType), "e.event_type = ANY($)", "text[]"),
    user_id: List.id("e.user_id"),
    occurred_from: List.from("e.occurred_at"),
    occurred_to: List.to("e.occurred_at")
  },
  // Ids are made as things happen: their order is that of time, and there is an index on it.
  sorts: { occurred_at: List.byId("e.event_id"), created_at: List.byId("e.event_id") },
  defaultSort: "occurred_at",
  defaultOrder: "desc",
  id: "e.event_id",
  search: ["e.event_type", personName("u")]
})

export type ActivityQuery = List.Query & { readonly event_type?: ReadonlyArray<string> }

type Row = typeof Activity.Type

interface Happened extends TicketEvent, Pick<Row, "activity_id" | "user_id" | "user_name" | "occurred_at"> {}

export class ActivityService extends Context.Service<
  ActivityService,
  {
    /** What happened to a ticket, the latest first. */
    readonly list: (
      ticketId: string,
      query: ActivityQuery
    ) => Effect.Effect<List.Page<Row>, NotFound | Forbidden | ValidationFailed, Actor>
  }
>()("psa/ActivityService") {
  static readonly layer = Layer.effect(
    ActivityService,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient

      const list = Effect.fn("ActivityService.list")(function* (ticketId: string, query: ActivityQuery) {
        const actor = yield* Actor
        const found = yield* page(sql, ActivityList, query, {
          columns: eventColumns,
          from: "events e LEFT JOIN users u ON u.tenant = e.tenant AND u.user_id = e.user_id",
          where: sql.and([
            sql`e.tenant = ${actor.tenant} AND e.entity_type = 'ticket' AND e.entity_id = ${ticketId}`,
            ticketIsReadable(sql, actor, ticketId),
            ...told(sql, actor, ticketId, query),
            ...conditions(sql, ActivityList, query)
          ])
        })
        if (found.total === 0) yield* requireTicket(sql, actor, ticketId)
        const names = yield* namesIn(sql, actor, found.rows)
        return { ...found, rows: found.rows.map((event) => activityOf(event, names)) }
      }, unfailing)

      return ActivityService.of({ list })
    })
  )
}

/** What people wrote to each other stays where it is. */
const eventColumns = select<Happened>([
  ["activity_id", "e.event_id"],
  ["event_type", "e.event_type"],
  ["user_id", "e.user_id"],
  ["user_name", personName("u")],
  ["occurred_at", "e.occurred_at"],
  ["payload", "e.payload #- '{comment,content}'"]
])

const activityOf = (event: Happened, names: Names): Row => {
  const { payload: _, ...happened } = event
  const changes = shownChanges(event, names)
  return { ...happened, summary: summaryOf(event, changes, names), changes }
}

const ticketIsReadable = (sql: SqlClient.SqlClient, caller: Caller, ticketId: string) =>
  sql`EXISTS (SELECT FROM tickets t WHERE ${sql.and([
    sql`t.tenant = ${caller.tenant} AND t.ticket_id = ${ticketId}`,
    ...readableTickets(sql, caller)
  ])})`

/**
 * The conditions that leave out what there is nothing to tell of: changes that changed nothing, and for people of the
 * client what was not said to them. A ticket that was closed, reopened or assigned by a change tells of it once, as that
 * change, unless the other event is what is asked for.
 */
const told = (
  sql: SqlClient.SqlClient,
  { tenant, userType }: Caller,
  ticketId: string,
  { event_type }: ActivityQuery
): ReadonlyArray<Fragment> => [
  sql`(e.event_type <> 'TICKET_UPDATED' OR EXISTS (SELECT FROM LATERAL jsonb_each(${changesOf(sql, "e")}) AS change
    WHERE coalesce(change.value->'old', 'null') <> coalesce(change.value->'new', 'null')))`,
  ...(userType === "client"
    ? [sql`(e.event_type NOT LIKE 'TICKET_COMMENT%' OR e.payload->'comment'->'isInternal' = 'false')`]
    : []),
  ...(event_type === undefined
    ? [
        sql`NOT (e.event_type IN ('TICKET_CLOSED', 'TICKET_REOPENED', 'TICKET_ASSIGNED')
          AND e.payload->'changes'->'assigned_team_id' IS NULL
          AND (e.occurred_at, CASE e.event_type WHEN 'TICKET_ASSIGNED' THEN 'assigned_to' ELSE 'status_id' END) IN (
            SELECT o.occurred_at, jsonb_object_keys(${changesOf(sql, "o")}) FROM events o
            WHERE o.tenant = ${tenant} AND o.entity_type = 'ticket' AND o.entity_id = ${ticketId}
              AND o.event_type = 'TICKET_UPDATED'))`
      ]
    : [])
]

/** The changes that an event lists; none, where it lists none. */
const changesOf = (sql: SqlClient.SqlClient, alias: string) => {
  const changes = sql.literal(`${alias}.payload->'changes'`)
  return sql`CASE jsonb_typeof(${changes}) WHEN 'object' THEN ${changes} ELSE '{}' END`
}

/** Where the names of each kind of thing are: table, id and name. */
const sources: Readonly<Record<Kind, readonly [table: string, id: string, name: string]>> = {
  asset: ["assets", "asset_id", "x.name"],
  board: ["boards", "board_id", "x.board_name"],
  category: ["categories", "category_id", "x.category_name"],
  client: ["clients", "client_id", "x.client_name"],
  contact: ["contacts", "contact_name_id", "x.full_name"],
  location: ["client_locations", "location_id", "x.location_name"],
  priority: ["priorities", "priority_id", "x.priority_name"],
  status: ["statuses", "status_id", "x.name"],
  team: ["teams", "team_id", "x.team_name"],
  ticket: ["tickets", "ticket_id", "x.ticket_number"],
  user: ["users", "user_id", personName("x")]
}

/** The names of all that these events refer to, in one statement. Assets and other tickets only where the caller sees them. */
const namesIn = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  actor: Caller,
  events: ReadonlyArray<TicketEvent>
) {
  const wanted = [...referencesOf(events)].filter(
    ([kind, ids]) => ids.size > 0 && (kind !== "asset" || actor.permissions.has("asset:read"))
  )
  if (wanted.length === 0) return new Map<string, string>()
  const parts = wanted.map(([kind, ids]) => {
    const [table, id, name] = sources[kind]
    return sql`SELECT ${sql.literal(`x.${id} AS id, ${name} AS name FROM ${table} x`)}
      WHERE x.tenant = ${actor.tenant} AND ${sql.literal(`x.${id}`)} = ANY(${[...ids]}::uuid[])
        AND ${kind === "ticket" ? isReadable(sql, actor, "x") : sql`true`}`
  })
  const found = yield* sql<{ readonly id: string; readonly name: string | null }>`${sql.join(
    " UNION ALL ",
    false
  )(parts)}`
  return new Map(found.flatMap(({ id, name }) => (name === null ? [] : [[id, name] as const])))
})
