/** The statement that tells tickets in figures. */

const by = (column: string) => `(SELECT coalesce(jsonb_object_agg(name, amount), '{}') FROM (
    SELECT ${column} AS name, sum(amount)::int AS amount FROM named WHERE ${column} IS NOT NULL
    GROUP BY 1 HAVING sum(amount) <> 0) AS g)`

/** Of all tickets of the tenant `$1`, from their running totals; or of those that `matching` finds, one by one. */
export const statsStatement = (matching: string | undefined) => `
  WITH since AS (
    SELECT day, day - interval '7 days' AS week, day - interval '30 days' AS month
    FROM (SELECT date_trunc('day', now(), 'UTC') AS day) AS today
  ), ${
    matching === undefined
      ? ""
      : `matching AS MATERIALIZED (SELECT t.status_id, t.priority_id, t.category_id, t.assigned_to, t.is_closed, t.due_date,
      t.entered_at, t.closed_at ${matching}),`
  } counted AS (
    ${
      matching === undefined
        ? `SELECT status_id, priority_id, category_id, is_assigned, amount, resolution_seconds
          FROM ticket_counts WHERE tenant = $1`
        : `SELECT status_id, priority_id, category_id, assigned_to IS NOT NULL AS is_assigned, count(*) AS amount,
            sum(resolution_seconds(entered_at, closed_at)) AS resolution_seconds
          FROM matching GROUP BY 1, 2, 3, 4`
    }
  ), named AS (
    SELECT c.*, s.is_closed, b.board_name, p.priority_name, k.category_name FROM counted c
    JOIN statuses s ON s.tenant = $1 AND s.status_id = c.status_id
    JOIN boards b ON b.tenant = s.tenant AND b.board_id = s.board_id
    JOIN priorities p ON p.tenant = s.tenant AND p.priority_id = c.priority_id
    LEFT JOIN categories k ON k.tenant = s.tenant AND k.category_id = c.category_id
  ), recent AS (
    SELECT count(*) FILTER (WHERE entered_at >= day)::int AS today,
      count(*) FILTER (WHERE entered_at >= week)::int AS week, count(*)::int AS month
    FROM (SELECT entered_at FROM ${matching === undefined ? "tickets WHERE tenant = $1 AND" : "matching WHERE"}
      entered_at >= (SELECT month FROM since)) AS r CROSS JOIN since
  )
  SELECT coalesce(sum(amount), 0)::int AS total_tickets,
    coalesce(sum(amount) FILTER (WHERE NOT is_closed), 0)::int AS open_tickets,
    coalesce(sum(amount) FILTER (WHERE is_closed), 0)::int AS closed_tickets,
    coalesce(sum(amount) FILTER (WHERE NOT is_assigned), 0)::int AS unassigned_tickets,
    (SELECT count(*)::int FROM (SELECT FROM ${matching === undefined ? "tickets WHERE tenant = $1 AND" : "matching WHERE"}
      NOT is_closed AND due_date < now()) AS o) AS overdue_tickets,
    ${by("status_id")} AS tickets_by_status, ${by("priority_name")} AS tickets_by_priority,
    ${by("category_name")} AS tickets_by_category, ${by("board_name")} AS tickets_by_board,
    (SELECT today FROM recent) AS tickets_created_today, (SELECT week FROM recent) AS tickets_created_this_week,
    (SELECT month FROM recent) AS tickets_created_this_month,
    round(sum(resolution_seconds) FILTER (WHERE is_closed) / nullif(sum(amount) FILTER (WHERE is_closed), 0) / 3600.0,
      2)::float8 AS average_resolution_time
  FROM named`
