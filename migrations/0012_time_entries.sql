-- Time that people have worked, the sheets they hand it in on, and the periods of these.

CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TABLE time_periods (
  tenant uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
  period_id uuid NOT NULL,
  start_date date NOT NULL,
  -- The day after the last.
  end_date date NOT NULL,
  is_closed boolean NOT NULL DEFAULT false,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, period_id),
  CONSTRAINT time_periods_dates_check CHECK (start_date < end_date),
  CONSTRAINT time_periods_overlap EXCLUDE USING gist (tenant WITH =, daterange(start_date, end_date) WITH &&)
);

CREATE TABLE time_sheets (
  tenant uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
  id uuid NOT NULL,
  user_id uuid NOT NULL,
  period_id uuid NOT NULL,
  approval_status text NOT NULL DEFAULT 'DRAFT'
    CHECK (approval_status IN ('DRAFT', 'SUBMITTED', 'APPROVED', 'CHANGES_REQUESTED', 'REJECTED')),
  submitted_at timestamptz(3),
  approved_at timestamptz(3),
  approved_by uuid,
  PRIMARY KEY (tenant, id),
  CONSTRAINT time_sheets_user_period_key UNIQUE (tenant, user_id, period_id),
  CONSTRAINT time_sheets_of_user_key UNIQUE (tenant, user_id, id),
  CONSTRAINT time_sheets_user_fkey FOREIGN KEY (tenant, user_id) REFERENCES users,
  CONSTRAINT time_sheets_period_fkey FOREIGN KEY (tenant, period_id) REFERENCES time_periods,
  CONSTRAINT time_sheets_approved_by_fkey FOREIGN KEY (tenant, approved_by) REFERENCES users
);

CREATE INDEX time_sheets_of_period ON time_sheets (tenant, period_id);

CREATE TABLE time_entries (
  tenant uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
  entry_id uuid NOT NULL,
  user_id uuid NOT NULL,
  start_time timestamptz(3) NOT NULL,
  -- None while the time is still running.
  end_time timestamptz(3),
  notes text,
  work_item_id uuid,
  work_item_type text NOT NULL
    CHECK (work_item_type IN ('ticket', 'project_task', 'non_billable_category', 'ad_hoc', 'interaction')),
  -- The ticket it was spent on, if it was one: so that it stays as long as its time.
  ticket_id uuid GENERATED ALWAYS AS (CASE WHEN work_item_type = 'ticket' THEN work_item_id END) STORED,
  billable_duration integer NOT NULL DEFAULT 0 CHECK (billable_duration >= 0),
  approval_status text NOT NULL DEFAULT 'DRAFT'
    CHECK (approval_status IN ('DRAFT', 'SUBMITTED', 'APPROVED', 'CHANGES_REQUESTED', 'REJECTED')),
  time_sheet_id uuid,
  service_id uuid,
  tax_region text,
  contract_line_id uuid,
  contract_line_source text,
  tax_rate_id uuid,
  work_date date NOT NULL,
  work_timezone text NOT NULL,
  invoiced boolean NOT NULL DEFAULT false,
  billing_profile_id uuid,
  created_by uuid,
  updated_by uuid,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, entry_id),
  CONSTRAINT time_entries_times_check CHECK (start_time <= end_time),
  CONSTRAINT time_entries_running_check CHECK (end_time IS NOT NULL OR billable_duration = 0),
  CONSTRAINT time_entries_work_item_check
    CHECK (work_item_id IS NOT NULL OR work_item_type NOT IN ('ticket', 'project_task')),
  -- Nobody works on two things at once. Time that begins and ends in the same minute takes the moment it began at.
  CONSTRAINT time_entries_overlap EXCLUDE USING gist (tenant WITH =, user_id WITH =,
    tstzrange(start_time, end_time, CASE WHEN start_time = end_time THEN '[]' ELSE '[)' END) WITH &&)
    WHERE (end_time IS NOT NULL),
  CONSTRAINT time_entries_user_fkey FOREIGN KEY (tenant, user_id) REFERENCES users,
  CONSTRAINT time_entries_ticket_fkey FOREIGN KEY (tenant, ticket_id) REFERENCES tickets,
  -- A sheet holds its own user's time.
  CONSTRAINT time_entries_sheet_fkey FOREIGN KEY (tenant, user_id, time_sheet_id)
    REFERENCES time_sheets (tenant, user_id, id),
  CONSTRAINT time_entries_service_fkey FOREIGN KEY (tenant, service_id) REFERENCES service_catalog
);

CREATE UNIQUE INDEX time_entries_running_key ON time_entries (tenant, user_id) WHERE end_time IS NULL;

CREATE INDEX time_entries_of_work_item ON time_entries (tenant, work_item_id) WHERE work_item_id IS NOT NULL;

CREATE INDEX time_entries_of_ticket ON time_entries (tenant, ticket_id) WHERE ticket_id IS NOT NULL;

CREATE INDEX time_entries_of_sheet ON time_entries (tenant, user_id, time_sheet_id);

CREATE INDEX time_entries_of_service ON time_entries (tenant, service_id);

CREATE INDEX time_entries_by_user ON time_entries (tenant, user_id, work_date);

CREATE INDEX time_entries_by_day ON time_entries (tenant, work_date);
