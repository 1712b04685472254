-- Boards with their statuses and categories, priorities, tickets, their comments, bundles and tags.

CREATE TABLE boards (
  tenant uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
  board_id uuid NOT NULL,
  board_name text NOT NULL CHECK (board_name <> ''),
  description text,
  display_order integer NOT NULL DEFAULT 0,
  is_default boolean NOT NULL DEFAULT false,
  is_inactive boolean NOT NULL DEFAULT false,
  display_itil_impact boolean NOT NULL DEFAULT false,
  display_itil_urgency boolean NOT NULL DEFAULT false,
  enable_live_ticket_timer boolean NOT NULL DEFAULT true,
  category_type text NOT NULL DEFAULT 'custom' CHECK (category_type IN ('custom', 'itil')),
  priority_type text NOT NULL DEFAULT 'custom' CHECK (priority_type IN ('custom', 'itil')),
  default_assigned_to uuid,
  default_assigned_team_id uuid,
  default_priority_id uuid,
  manager_user_id uuid,
  sla_policy_id uuid,
  PRIMARY KEY (tenant, board_id),
  CONSTRAINT boards_default_assigned_to_fkey FOREIGN KEY (tenant, default_assigned_to) REFERENCES users
);

CREATE UNIQUE INDEX boards_name_key ON boards (tenant, lower(board_name));

CREATE UNIQUE INDEX boards_default_key ON boards (tenant) WHERE is_default;

CREATE TABLE statuses (
  tenant uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
  status_id uuid NOT NULL,
  name text NOT NULL CHECK (name <> ''),
  status_type text NOT NULL CHECK (status_type IN ('ticket', 'project', 'project_task', 'interaction')),
  item_type text NOT NULL CHECK (item_type = status_type),
  board_id uuid,
  order_number integer NOT NULL CHECK (order_number >= 0),
  is_closed boolean NOT NULL DEFAULT false,
  is_default boolean NOT NULL DEFAULT false,
  is_custom boolean NOT NULL DEFAULT true,
  standard_status_id uuid,
  color text,
  icon text,
  created_by uuid,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, status_id),
  CONSTRAINT statuses_of_board_key UNIQUE (tenant, board_id, status_id, is_closed),
  CONSTRAINT statuses_board_check CHECK ((status_type = 'ticket') = (board_id IS NOT NULL)),
  CONSTRAINT statuses_board_fkey FOREIGN KEY (tenant, board_id) REFERENCES boards
);

CREATE UNIQUE INDEX statuses_name_key ON statuses (tenant, status_type, board_id, lower(name)) NULLS NOT DISTINCT;

ALTER TABLE statuses ADD CONSTRAINT statuses_order_key
  UNIQUE NULLS NOT DISTINCT (tenant, status_type, board_id, order_number) DEFERRABLE INITIALLY IMMEDIATE;

CREATE UNIQUE INDEX statuses_default_key ON statuses (tenant, status_type, board_id) NULLS NOT DISTINCT WHERE is_default;

CREATE TABLE priorities (
  tenant uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
  priority_id uuid NOT NULL,
  priority_name text NOT NULL CHECK (priority_name <> ''),
  order_number integer NOT NULL DEFAULT 50,
  color text NOT NULL DEFAULT '#6B7280',
  item_type text NOT NULL CHECK (item_type IN ('ticket', 'project_task')),
  is_from_itil_standard boolean NOT NULL DEFAULT false,
  itil_priority_level integer CHECK (itil_priority_level BETWEEN 1 AND 5),
  created_by uuid,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, priority_id),
  CONSTRAINT priorities_name_key UNIQUE (tenant, item_type, priority_name)
);

ALTER TABLE boards ADD CONSTRAINT boards_default_priority_fkey
  FOREIGN KEY (tenant, default_priority_id) REFERENCES priorities;

CREATE TABLE categories (
  tenant uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
  category_id uuid NOT NULL,
  category_name text NOT NULL,
  parent_category uuid,
  board_id uuid NOT NULL,
  display_order integer NOT NULL DEFAULT 0,
  is_from_itil_standard boolean NOT NULL DEFAULT false,
  created_by uuid,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, category_id),
  FOREIGN KEY (tenant, board_id) REFERENCES boards,
  FOREIGN KEY (tenant, parent_category) REFERENCES categories
);

CREATE TABLE next_number (
  tenant uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
  entity_type text NOT NULL,
  prefix text NOT NULL DEFAULT '',
  last_number bigint NOT NULL DEFAULT 0,
  initial_value bigint NOT NULL DEFAULT 1000,
  padding_length integer NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant, entity_type)
);

CREATE TABLE tickets (
  tenant uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
  ticket_id uuid NOT NULL,
  ticket_number text NOT NULL,
  title text NOT NULL CHECK (title <> ''),
  url text,
  contact_name_id uuid,
  status_id uuid NOT NULL,
  category_id uuid,
  subcategory_id uuid,
  priority_id uuid NOT NULL,
  severity_id uuid,
  urgency_id uuid,
  impact_id uuid,
  entered_by uuid,
  updated_by uuid,
  assigned_to uuid,
  closed_by uuid,
  entered_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  closed_at timestamptz(3),
  is_closed boolean NOT NULL DEFAULT false,
  attributes jsonb,
  due_date timestamptz(3),
  location_id uuid,
  email_metadata jsonb,
  itil_impact integer CHECK (itil_impact BETWEEN 1 AND 5),
  itil_urgency integer CHECK (itil_urgency BETWEEN 1 AND 5),
  itil_priority_level integer CHECK (itil_priority_level BETWEEN 1 AND 5),
  escalated boolean NOT NULL DEFAULT false,
  escalation_level integer CHECK (escalation_level BETWEEN 1 AND 3),
  escalated_at timestamptz(3),
  escalated_by uuid,
  board_id uuid NOT NULL,
  client_id uuid NOT NULL,
  response_state text CHECK (response_state IN ('awaiting_client', 'awaiting_internal')),
  master_ticket_id uuid,
  source text,
  ticket_origin text NOT NULL DEFAULT 'internal'
    CHECK (ticket_origin IN ('internal', 'client_portal', 'inbound_email', 'api')),
  sla_policy_id uuid,
  sla_started_at timestamptz(3),
  sla_response_due_at timestamptz(3),
  sla_response_at timestamptz(3),
  sla_response_met boolean,
  sla_resolution_due_at timestamptz(3),
  sla_resolution_at timestamptz(3),
  sla_resolution_met boolean,
  sla_paused_at timestamptz(3),
  sla_total_pause_minutes integer NOT NULL DEFAULT 0,
  assigned_team_id uuid,
  billing_profile_id uuid,
  PRIMARY KEY (tenant, ticket_id),
  CONSTRAINT tickets_ticket_number_key UNIQUE (tenant, ticket_number),
  CONSTRAINT tickets_closed_check CHECK (is_closed = (closed_at IS NOT NULL)),
  CONSTRAINT tickets_master_check CHECK (master_ticket_id <> ticket_id),
  CONSTRAINT tickets_client_fkey FOREIGN KEY (tenant, client_id) REFERENCES clients,
  CONSTRAINT tickets_contact_fkey FOREIGN KEY (tenant, contact_name_id) REFERENCES contacts,
  -- A ticket is closed if and only if its status is, and the status is its board's.
  CONSTRAINT tickets_status_fkey FOREIGN KEY (tenant, board_id, status_id, is_closed)
    REFERENCES statuses (tenant, board_id, status_id, is_closed),
  CONSTRAINT tickets_board_fkey FOREIGN KEY (tenant, board_id) REFERENCES boards,
  CONSTRAINT tickets_priority_fkey FOREIGN KEY (tenant, priority_id) REFERENCES priorities,
  CONSTRAINT tickets_category_fkey FOREIGN KEY (tenant, category_id) REFERENCES categories,
  CONSTRAINT tickets_subcategory_fkey FOREIGN KEY (tenant, subcategory_id) REFERENCES categories,
  CONSTRAINT tickets_location_fkey FOREIGN KEY (tenant, client_id, location_id)
    REFERENCES client_locations (tenant, client_id, location_id),
  CONSTRAINT tickets_assigned_to_fkey FOREIGN KEY (tenant, assigned_to) REFERENCES users,
  CONSTRAINT tickets_master_fkey FOREIGN KEY (tenant, master_ticket_id) REFERENCES tickets
    ON DELETE SET NULL (master_ticket_id)
);

CREATE INDEX tickets_by_entered ON tickets (tenant, entered_at DESC, ticket_id DESC);

CREATE INDEX tickets_by_updated ON tickets (tenant, updated_at DESC, ticket_id DESC);

CREATE INDEX tickets_by_status ON tickets (tenant, status_id, entered_at DESC, ticket_id DESC);

CREATE INDEX tickets_by_client ON tickets (tenant, client_id, entered_at DESC, ticket_id DESC);

CREATE INDEX tickets_by_assignee ON tickets (tenant, assigned_to, entered_at DESC, ticket_id DESC);

CREATE INDEX tickets_by_board ON tickets (tenant, board_id, entered_at DESC, ticket_id DESC);

CREATE INDEX tickets_by_priority ON tickets (tenant, priority_id, entered_at DESC, ticket_id DESC);

CREATE INDEX tickets_by_closed ON tickets (tenant, is_closed, entered_at DESC, ticket_id DESC);

CREATE INDEX tickets_of_master ON tickets (tenant, master_ticket_id) WHERE master_ticket_id IS NOT NULL;

-- How many tickets have each status: a running total whose changes are appended, so that writers never wait for each
-- other, and folded now and then. Its sum is exact for every transaction, its own writes included.
CREATE TABLE ticket_counts (
  tenant uuid NOT NULL,
  status_id uuid NOT NULL,
  count_id bigint GENERATED ALWAYS AS IDENTITY,
  amount bigint NOT NULL,
  PRIMARY KEY (tenant, status_id, count_id)
);

CREATE FUNCTION count_tickets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO ticket_counts (tenant, status_id, amount)
      SELECT tenant, status_id, count(*) FROM added GROUP BY tenant, status_id;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO ticket_counts (tenant, status_id, amount)
      SELECT tenant, status_id, -count(*) FROM removed GROUP BY tenant, status_id;
  ELSE
    INSERT INTO ticket_counts (tenant, status_id, amount)
      SELECT tenant, status_id, sum(amount) FROM (
        SELECT tenant, status_id, 1 AS amount FROM added UNION ALL SELECT tenant, status_id, -1 FROM removed
      ) AS changes GROUP BY tenant, status_id HAVING sum(amount) <> 0;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER tickets_counted_insert AFTER INSERT ON tickets
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_tickets();

CREATE TRIGGER tickets_counted_update AFTER UPDATE ON tickets
  REFERENCING NEW TABLE AS added OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION count_tickets();

CREATE TRIGGER tickets_counted_delete AFTER DELETE ON tickets
  REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION count_tickets();

CREATE TABLE ticket_bundle_settings (
  tenant uuid NOT NULL,
  master_ticket_id uuid NOT NULL,
  mode text NOT NULL DEFAULT 'sync_updates' CHECK (mode IN ('sync_updates', 'link_only')),
  reopen_on_child_reply boolean NOT NULL DEFAULT false,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, master_ticket_id),
  FOREIGN KEY (tenant, master_ticket_id) REFERENCES tickets ON DELETE CASCADE
);

CREATE TABLE comment_threads (
  tenant uuid NOT NULL,
  thread_id uuid NOT NULL,
  ticket_id uuid NOT NULL,
  root_comment_id uuid NOT NULL,
  is_internal boolean NOT NULL,
  reply_count integer NOT NULL DEFAULT 0,
  last_activity_at timestamptz(3) NOT NULL DEFAULT now(),
  created_by uuid,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, thread_id),
  FOREIGN KEY (tenant, ticket_id) REFERENCES tickets ON DELETE CASCADE
);

CREATE TABLE comments (
  tenant uuid NOT NULL,
  comment_id uuid NOT NULL,
  ticket_id uuid NOT NULL,
  thread_id uuid NOT NULL,
  parent_comment_id uuid,
  user_id uuid,
  contact_id uuid,
  note text NOT NULL,
  markdown_content text,
  author_type text NOT NULL DEFAULT 'unknown' CHECK (author_type IN ('internal', 'client', 'unknown')),
  is_internal boolean NOT NULL DEFAULT false,
  is_resolution boolean NOT NULL DEFAULT false,
  is_system_generated boolean NOT NULL DEFAULT false,
  metadata jsonb,
  publish_state text NOT NULL DEFAULT 'published' CHECK (publish_state IN ('published', 'scheduled', 'canceled')),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  deleted_at timestamptz(3),
  PRIMARY KEY (tenant, comment_id),
  FOREIGN KEY (tenant, ticket_id) REFERENCES tickets ON DELETE CASCADE,
  FOREIGN KEY (tenant, thread_id) REFERENCES comment_threads ON DELETE CASCADE,
  FOREIGN KEY (tenant, user_id) REFERENCES users
);

CREATE INDEX comments_of_ticket ON comments (tenant, ticket_id, created_at, comment_id);

CREATE TABLE comment_reactions (
  tenant uuid NOT NULL,
  reaction_id uuid NOT NULL,
  comment_id uuid NOT NULL,
  user_id uuid NOT NULL,
  emoji text NOT NULL CHECK (length(emoji) BETWEEN 1 AND 50),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, reaction_id),
  CONSTRAINT comment_reactions_key UNIQUE (tenant, comment_id, user_id, emoji),
  FOREIGN KEY (tenant, comment_id) REFERENCES comments ON DELETE CASCADE,
  FOREIGN KEY (tenant, user_id) REFERENCES users
);

CREATE TABLE ticket_bundle_mirrors (
  tenant uuid NOT NULL,
  source_comment_id uuid NOT NULL,
  child_ticket_id uuid NOT NULL,
  child_comment_id uuid NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, source_comment_id, child_ticket_id),
  CONSTRAINT ticket_bundle_mirrors_child_comment_key UNIQUE (tenant, child_comment_id),
  FOREIGN KEY (tenant, source_comment_id) REFERENCES comments ON DELETE CASCADE,
  FOREIGN KEY (tenant, child_ticket_id) REFERENCES tickets ON DELETE CASCADE,
  FOREIGN KEY (tenant, child_comment_id) REFERENCES comments ON DELETE CASCADE
);

CREATE TABLE tag_definitions (
  tenant uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
  tag_id uuid NOT NULL,
  tag_text text NOT NULL,
  tagged_type text NOT NULL,
  board_id uuid,
  background_color text,
  text_color text,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, tag_id),
  CONSTRAINT tag_definitions_key UNIQUE (tenant, tagged_type, tag_text)
);

CREATE TABLE tag_mappings (
  tenant uuid NOT NULL,
  mapping_id uuid NOT NULL,
  tag_id uuid NOT NULL,
  tagged_id uuid NOT NULL,
  tagged_type text NOT NULL,
  created_by uuid,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, mapping_id),
  CONSTRAINT tag_mappings_key UNIQUE (tenant, tagged_type, tagged_id, tag_id),
  FOREIGN KEY (tenant, tag_id) REFERENCES tag_definitions ON DELETE CASCADE
);

CREATE INDEX tag_mappings_by_tag ON tag_mappings (tenant, tag_id, tagged_id);
