-- What reading tickets at scale needs: who leads whom, totals by more than the status, text search, times of change that
-- only go forward; and what makes a repeated request safe.

ALTER TABLE users ADD COLUMN reports_to uuid;

ALTER TABLE users ADD CONSTRAINT users_reports_to_fkey
  FOREIGN KEY (tenant, reports_to) REFERENCES users ON DELETE SET NULL (reports_to);

CREATE INDEX users_by_manager ON users (tenant, reports_to) WHERE reports_to IS NOT NULL;

CREATE TABLE teams (
  tenant uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
  team_id uuid NOT NULL,
  team_name text NOT NULL CHECK (team_name <> ''),
  manager_id uuid,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, team_id),
  CONSTRAINT teams_manager_fkey FOREIGN KEY (tenant, manager_id) REFERENCES users
);

CREATE UNIQUE INDEX teams_name_key ON teams (tenant, lower(team_name));

CREATE TABLE team_members (
  tenant uuid NOT NULL,
  team_id uuid NOT NULL,
  user_id uuid NOT NULL,
  role text NOT NULL DEFAULT 'member',
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, team_id, user_id),
  FOREIGN KEY (tenant, team_id) REFERENCES teams ON DELETE CASCADE,
  FOREIGN KEY (tenant, user_id) REFERENCES users ON DELETE CASCADE
);

CREATE INDEX team_members_by_user ON team_members (tenant, user_id);

ALTER TABLE tickets ADD CONSTRAINT tickets_assigned_team_fkey
  FOREIGN KEY (tenant, assigned_team_id) REFERENCES teams;

CREATE INDEX tickets_by_team ON tickets (tenant, assigned_team_id, entered_at DESC, ticket_id DESC)
  WHERE assigned_team_id IS NOT NULL;

CREATE INDEX tickets_by_contact ON tickets (tenant, contact_name_id) WHERE contact_name_id IS NOT NULL;

CREATE INDEX tickets_by_enterer ON tickets (tenant, entered_by, entered_at DESC, ticket_id DESC);

CREATE INDEX tickets_due ON tickets (tenant, due_date) WHERE due_date IS NOT NULL AND NOT is_closed;

-- A ticket's updated_at only goes forward, and no two changes of it have the same: it is the ticket's version. It is the
-- database's time, as instances of the service have clocks of their own.
CREATE FUNCTION touch_ticket() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated_at := greatest(clock_timestamp(), OLD.updated_at + interval '1 millisecond');
  RETURN NEW;
END $$;

CREATE TRIGGER tickets_touched BEFORE UPDATE ON tickets FOR EACH ROW EXECUTE FUNCTION touch_ticket();

ALTER TABLE tickets ALTER COLUMN updated_at SET DEFAULT clock_timestamp();

-- Until when the times of change are all told: a transaction that is still writing may yet commit an earlier one.
CREATE FUNCTION settled_until() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
  SELECT date_trunc('milliseconds', least(clock_timestamp(), min(xact_start))) FROM pg_stat_activity
  WHERE datname = current_database() AND backend_xid IS NOT NULL AND pid <> pg_backend_pid()
$$;

-- The running totals tell more of what is counted.
ALTER TABLE ticket_counts ADD COLUMN priority_id uuid, ADD COLUMN category_id uuid, ADD COLUMN is_assigned boolean,
  ADD COLUMN resolution_seconds bigint NOT NULL DEFAULT 0;

CREATE FUNCTION resolution_seconds(entered_at timestamptz, closed_at timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE
  RETURN coalesce(extract(epoch FROM closed_at - entered_at), 0)::bigint;

CREATE OR REPLACE FUNCTION count_tickets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO ticket_counts (tenant, status_id, priority_id, category_id, is_assigned, amount, resolution_seconds)
      SELECT tenant, status_id, priority_id, category_id, assigned_to IS NOT NULL, count(*),
        sum(resolution_seconds(entered_at, closed_at))
      FROM added GROUP BY 1, 2, 3, 4, 5;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO ticket_counts (tenant, status_id, priority_id, category_id, is_assigned, amount, resolution_seconds)
      SELECT tenant, status_id, priority_id, category_id, assigned_to IS NOT NULL, -count(*),
        -sum(resolution_seconds(entered_at, closed_at))
      FROM removed GROUP BY 1, 2, 3, 4, 5;
  ELSE
    INSERT INTO ticket_counts (tenant, status_id, priority_id, category_id, is_assigned, amount, resolution_seconds)
      SELECT tenant, status_id, priority_id, category_id, is_assigned, sum(amount), sum(amount * seconds) FROM (
        SELECT tenant, status_id, priority_id, category_id, assigned_to IS NOT NULL AS is_assigned, 1 AS amount,
          resolution_seconds(entered_at, closed_at) AS seconds FROM added
        UNION ALL SELECT tenant, status_id, priority_id, category_id, assigned_to IS NOT NULL, -1,
          resolution_seconds(entered_at, closed_at) FROM removed
      ) AS changes GROUP BY 1, 2, 3, 4, 5 HAVING sum(amount) <> 0 OR sum(amount * seconds) <> 0;
  END IF;
  RETURN NULL;
END $$;

DELETE FROM ticket_counts;

INSERT INTO ticket_counts (tenant, status_id, priority_id, category_id, is_assigned, amount, resolution_seconds)
  SELECT tenant, status_id, priority_id, category_id, assigned_to IS NOT NULL, count(*),
    sum(resolution_seconds(entered_at, closed_at))
  FROM tickets GROUP BY 1, 2, 3, 4, 5;

CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE INDEX tickets_title_search ON tickets USING gin (title gin_trgm_ops);

CREATE INDEX tickets_number_search ON tickets USING gin (ticket_number gin_trgm_ops);

-- The first answer to a request that may be sent again, written in that request's own transaction.
CREATE TABLE idempotency_keys (
  tenant uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
  user_id uuid NOT NULL,
  idempotency_key text NOT NULL,
  fingerprint text NOT NULL,
  status integer NOT NULL,
  body text,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, user_id, idempotency_key),
  FOREIGN KEY (tenant, user_id) REFERENCES users ON DELETE CASCADE
);

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- Who did what others may not, or what must be accounted for.
CREATE TABLE audit_logs (
  tenant uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
  audit_id uuid NOT NULL,
  user_id uuid,
  operation text NOT NULL,
  table_name text NOT NULL,
  record_id text NOT NULL,
  changed_data jsonb NOT NULL DEFAULT '{}',
  details jsonb NOT NULL DEFAULT '{}',
  "timestamp" timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, audit_id)
);

CREATE INDEX audit_logs_of_record ON audit_logs (tenant, table_name, record_id, "timestamp");
