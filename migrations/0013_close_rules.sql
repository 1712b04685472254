-- What boards ask of tickets before they are closed; and the team that a board gives its tickets to.

CREATE TABLE board_close_rules (
  tenant uuid NOT NULL,
  board_id uuid NOT NULL,
  is_enabled boolean NOT NULL DEFAULT false,
  require_resolution_comment boolean NOT NULL DEFAULT false,
  require_time_entry boolean NOT NULL DEFAULT false,
  require_checklist_complete boolean NOT NULL DEFAULT false,
  require_no_open_children boolean NOT NULL DEFAULT false,
  required_fields jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(required_fields) = 'array'
    AND required_fields <@ '["category_id", "subcategory_id", "priority_id", "assigned_to"]'),
  PRIMARY KEY (tenant, board_id),
  FOREIGN KEY (tenant, board_id) REFERENCES boards ON DELETE CASCADE
);

ALTER TABLE boards ADD CONSTRAINT boards_default_assigned_team_fkey
  FOREIGN KEY (tenant, default_assigned_team_id) REFERENCES teams ON DELETE SET NULL (default_assigned_team_id);
