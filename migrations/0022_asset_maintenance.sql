-- When assets are to be maintained, by whose calendar, and what was done.

-- The zone whose calendar and clocks a tenant goes by, by its IANA name.
ALTER TABLE tenants ADD COLUMN timezone text NOT NULL DEFAULT 'UTC' CHECK (timezone <> '');

-- start_date: before it there is nothing to do, and its time of day is that of every due date; without it, intervals count
-- from when the schedule was made. timezone: the tenant's, if null. anchor_day: the day of the month that due dates go back
-- to after a month that is too short for it.
ALTER TABLE asset_maintenance_schedules
  ADD COLUMN assigned_to uuid,
  ADD COLUMN start_date timestamptz(3),
  ADD COLUMN end_date timestamptz(3),
  ADD COLUMN timezone text CHECK (timezone <> ''),
  ADD COLUMN anchor_day smallint CHECK (anchor_day BETWEEN 1 AND 31),
  ADD CONSTRAINT asset_maintenance_schedules_end_check CHECK (end_date > start_date),
  ADD CONSTRAINT asset_maintenance_schedules_assigned_to_fkey FOREIGN KEY (tenant, assigned_to) REFERENCES users,
  ADD CONSTRAINT asset_maintenance_schedules_of_asset_key UNIQUE (tenant, asset_id, schedule_id);

DROP INDEX asset_maintenance_schedules_of_asset;

CREATE INDEX asset_maintenance_schedules_by_next
  ON asset_maintenance_schedules (tenant, next_maintenance, schedule_id);

CREATE INDEX asset_maintenance_schedules_of_user
  ON asset_maintenance_schedules (tenant, assigned_to, next_maintenance, schedule_id) WHERE assigned_to IS NOT NULL;

CREATE TRIGGER asset_maintenance_schedules_touched BEFORE UPDATE ON asset_maintenance_schedules
  FOR EACH ROW EXECUTE FUNCTION touch_asset();

-- What was done stays when its schedule goes; it goes with its asset. Its schedule is one of the same asset.
CREATE TABLE asset_maintenance_history (
  tenant uuid NOT NULL,
  history_id uuid NOT NULL,
  schedule_id uuid,
  asset_id uuid NOT NULL,
  maintenance_type text NOT NULL
    CHECK (maintenance_type IN ('preventive', 'corrective', 'inspection', 'calibration', 'replacement')),
  description text NOT NULL CHECK (description <> ''),
  maintenance_data jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(maintenance_data) = 'object'),
  performed_at timestamptz(3) NOT NULL,
  performed_by uuid NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, history_id),
  FOREIGN KEY (tenant, asset_id) REFERENCES assets ON DELETE CASCADE,
  CONSTRAINT asset_maintenance_history_schedule_fkey FOREIGN KEY (tenant, asset_id, schedule_id)
    REFERENCES asset_maintenance_schedules (tenant, asset_id, schedule_id) ON DELETE SET NULL (schedule_id),
  CONSTRAINT asset_maintenance_history_performed_by_fkey FOREIGN KEY (tenant, performed_by) REFERENCES users
);

CREATE INDEX asset_maintenance_history_of_asset
  ON asset_maintenance_history (tenant, asset_id, performed_at DESC, history_id DESC);

CREATE INDEX asset_maintenance_history_of_schedule
  ON asset_maintenance_history (tenant, asset_id, schedule_id) WHERE schedule_id IS NOT NULL;

CREATE INDEX asset_maintenance_history_by_time ON asset_maintenance_history (tenant, performed_at);
