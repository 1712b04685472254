/** The tickets of a provider that has been at it for a year. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { fillTable, type Provider, rareRows, rareWords, seedProvider, spread } from "./seed.ts"

/** What requests are made of. */
export interface SeededTickets extends Provider {
  readonly tickets: ReadonlyArray<string>
  /** The numbers of open tickets, none of which is the beginning of another number. */
  readonly numbers: ReadonlyArray<string>
  /** Words that are each in the titles of six tickets, three of which are open. */
  readonly words: ReadonlyArray<string>
  readonly statuses: ReadonlyArray<string>
  /** Clients, each with one of its contacts. */
  readonly clients: ReadonlyArray<{ readonly client_id: string; readonly contact_name_id: string }>
  readonly boards: ReadonlyArray<string>
  readonly priorities: ReadonlyArray<string>
}

/** Fills an empty database with a tenant that has so many tickets. */
export const seedTickets = Effect.fnUntraced(function* (tickets: number) {
  const sql = yield* SqlClient.SqlClient
  const provider = yield* seedProvider
  const { tenant } = provider
  yield* sql`INSERT INTO categories (tenant, category_id, category_name, board_id)
    SELECT tenant, uuidv7(), name, board_id FROM boards, unnest(ARRAY['Hardware', 'Software', 'Network']) name
    WHERE tenant = ${tenant}`
  yield* fillTable(
    sql,
    "tickets",
    insertTickets(sql, tenant, tickets),
    sql`INSERT INTO ticket_counts
        (tenant, status_id, priority_id, category_id, is_assigned, amount, resolution_seconds)
      SELECT tenant, status_id, priority_id, category_id, assigned_to IS NOT NULL, count(*),
        sum(resolution_seconds(entered_at, closed_at))
      FROM tickets GROUP BY 1, 2, 3, 4, 5`
  )
  yield* sql`UPDATE next_number SET last_number = ${1000 + tickets} WHERE tenant = ${tenant}`
  yield* sql`VACUUM ANALYZE`
  return { ...provider, ...(yield* facts(sql, tenant, tickets)) } satisfies SeededTickets
})

/**
 * Most tickets are closed, the older the likelier; a third are with nobody; clients differ in size. The multipliers are
 * primes, which spread the combinations without a random number, so that each run sees the same rows.
 */
const insertTickets = (sql: SqlClient.SqlClient, tenant: string, tickets: number) => sql`
  WITH numbered AS (
    SELECT n, n::float8 / ${tickets} AS age, power((n % 10007 * 7919 % 10007) / 10007.0, 2) AS skewed,
      n % 1000 * 729 % 1000 AS dice,
      ${spread(sql, rareRows, tickets)} AS rare
    FROM generate_series(${tickets}::int, 1, -1) n
  ), picked AS (
    SELECT n, dice, rare, now() - age * interval '365 days' AS entered_at,
      (SELECT array_agg(client_id ORDER BY client_id) FROM clients WHERE tenant = ${tenant})[1 + (skewed * 39)::int] AS client_id,
      (SELECT array_agg(board_id ORDER BY display_order) FROM boards WHERE tenant = ${tenant})[1 + n % 3] AS board_id,
      CASE WHEN rare IS NOT NULL THEN 10 + 30 * (rare / ${rareWords.length}::int % 2)
        WHEN dice < 900 * (0.7 + age) THEN 40 + 10 * (dice % 2) ELSE 10 * (1 + dice % 3) END AS status_order,
      (SELECT array_agg(priority_id ORDER BY order_number DESC) FROM priorities WHERE tenant = ${tenant})
        [1 + CASE WHEN dice < 400 THEN 1 WHEN dice < 700 THEN 0 WHEN dice < 930 THEN 2 ELSE 3 END] AS priority_id,
      (SELECT array_agg(user_id ORDER BY user_id) FROM users WHERE tenant = ${tenant}) AS users
    FROM numbered
  )
  INSERT INTO tickets (tenant, ticket_id, ticket_number, title, client_id, contact_name_id, board_id, status_id,
    priority_id, category_id, assigned_to, entered_by, entered_at, updated_at, is_closed, closed_at, closed_by, due_date,
    attributes, source, ticket_origin)
  SELECT ${tenant}::uuid, uuidv7(entered_at - now()), 'TIC' || 1000 + ${tickets}::int - n,
    coalesce('Calibrate the ' || (${rareWords}::text[])[1 + rare % ${rareWords.length}::int],
      (ARRAY['Printer offline', 'VPN drops every hour', 'New starter on Monday', 'Backup failed', 'Mailbox is full',
        'Disk nearly full', 'Licence renewal'])[1 + n % 7]) || ' (' || n || ')',
    p.client_id, CASE WHEN dice % 10 < 8 THEN c.ids[1 + n % 3] END, p.board_id, s.status_id, priority_id,
    CASE WHEN dice % 2 = 0 THEN k.ids[1 + n % 3] END, CASE WHEN dice % 3 > 0 THEN users[1 + n % 10] END, users[1 + n % 4],
    entered_at, entered_at + interval '2 hours', s.is_closed, CASE WHEN s.is_closed THEN entered_at + interval '1 day' END,
    CASE WHEN s.is_closed THEN users[1 + n % 10] END,
    CASE WHEN dice % 4 = 0 THEN entered_at + interval '3 days' END,
    jsonb_build_object('description', 'It worked yesterday.' || repeat(' Since the update it does not.', n % 8)),
    'api', 'api'
  FROM picked p
  JOIN statuses s ON s.tenant = ${tenant} AND s.board_id = p.board_id AND s.order_number = status_order
  JOIN (SELECT client_id, array_agg(contact_name_id) AS ids FROM contacts WHERE tenant = ${tenant} GROUP BY 1) c
    USING (client_id)
  JOIN (SELECT board_id, array_agg(category_id) AS ids FROM categories WHERE tenant = ${tenant} GROUP BY 1) k
    ON k.board_id = p.board_id`

const facts = Effect.fnUntraced(function* (sql: SqlClient.SqlClient, tenant: string, size: number) {
  const tickets = yield* sql<{ readonly ticket_id: string }>`
    SELECT ticket_id FROM tickets WHERE tenant = ${tenant} ORDER BY md5(ticket_id::text) LIMIT 500`
  // As long as most numbers are, and beginning with a digit that no longer one does.
  const middle = `TIC${1000 + Math.floor(size / 2)}`
  const numbers = yield* sql<{ readonly ticket_number: string }>`
    SELECT ticket_number FROM tickets WHERE tenant = ${tenant} AND NOT is_closed
      AND length(ticket_number) = ${middle.length} AND ticket_number >= ${middle}
    ORDER BY md5(ticket_id::text) LIMIT 500`
  const statuses = yield* sql<{ readonly status_id: string }>`
    SELECT status_id FROM statuses WHERE tenant = ${tenant} ORDER BY status_id`
  const clients = yield* sql<{ readonly client_id: string; readonly contact_name_id: string }>`
    SELECT DISTINCT ON (client_id) client_id, contact_name_id FROM contacts
    WHERE tenant = ${tenant} ORDER BY client_id, contact_name_id`
  const boards = yield* sql<{ readonly board_id: string }>`
    SELECT board_id FROM boards WHERE tenant = ${tenant} ORDER BY display_order`
  const priorities = yield* sql<{ readonly priority_id: string }>`
    SELECT priority_id FROM priorities WHERE tenant = ${tenant} ORDER BY order_number`
  return {
    tickets: tickets.map((row) => row.ticket_id),
    numbers: numbers.map((row) => row.ticket_number),
    words: rareWords,
    statuses: statuses.map((row) => row.status_id),
    clients,
    boards: boards.map((row) => row.board_id),
    priorities: priorities.map((row) => row.priority_id)
  }
})
