-- Authorization bundles: rules that narrow what roles, teams, users and API keys may read.

CREATE TABLE authorization_bundles (
  tenant uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
  bundle_id uuid NOT NULL,
  bundle_key text CHECK (bundle_key <> ''),
  name text NOT NULL CHECK (name <> ''),
  description text,
  status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'archived')),
  created_by uuid,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, bundle_id),
  CONSTRAINT authorization_bundles_key_key UNIQUE (tenant, bundle_key),
  FOREIGN KEY (tenant, created_by) REFERENCES users ON DELETE SET NULL (created_by)
);

CREATE UNIQUE INDEX authorization_bundles_name_key ON authorization_bundles (tenant, lower(name));

CREATE INDEX authorization_bundles_by_creator ON authorization_bundles (tenant, created_by);

CREATE TABLE authorization_bundle_rules (
  tenant uuid NOT NULL,
  rule_id uuid NOT NULL,
  bundle_id uuid NOT NULL,
  resource_type text NOT NULL,
  action text NOT NULL CHECK (action = 'read'),
  template_key text NOT NULL,
  config jsonb NOT NULL DEFAULT '{}',
  PRIMARY KEY (tenant, rule_id),
  FOREIGN KEY (tenant, bundle_id) REFERENCES authorization_bundles ON DELETE CASCADE,
  CONSTRAINT authorization_bundle_rules_template_check CHECK (
    CASE resource_type
      WHEN 'ticket' THEN template_key IN ('own', 'assigned', 'managed', 'own_or_assigned', 'own_or_managed', 'same_client',
        'client_portfolio', 'selected_clients', 'same_team', 'selected_boards')
      WHEN 'asset' THEN template_key IN ('same_client', 'client_portfolio', 'selected_clients')
      ELSE false
    END
  ),
  -- What is selected is there where it is needed, and nothing else is.
  CONSTRAINT authorization_bundle_rules_config_check CHECK (
    CASE template_key
      WHEN 'selected_clients' THEN config = jsonb_build_object('client_ids', config->'client_ids')
        AND jsonb_typeof(config->'client_ids') = 'array'
      WHEN 'selected_boards' THEN config = jsonb_build_object('board_ids', config->'board_ids')
        AND jsonb_typeof(config->'board_ids') = 'array'
      ELSE config = '{}'
    END
  )
);

CREATE INDEX authorization_bundle_rules_by_bundle ON authorization_bundle_rules (tenant, bundle_id, rule_id);

-- The id of a target is a column for each type too: whatever it names is there, and takes the assignment along when it goes.
CREATE TABLE authorization_bundle_assignments (
  tenant uuid NOT NULL,
  assignment_id uuid NOT NULL,
  bundle_id uuid NOT NULL,
  target_type text NOT NULL CHECK (target_type IN ('role', 'team', 'user', 'api_key')),
  target_id uuid NOT NULL,
  role_id uuid GENERATED ALWAYS AS (CASE target_type WHEN 'role' THEN target_id END) STORED,
  team_id uuid GENERATED ALWAYS AS (CASE target_type WHEN 'team' THEN target_id END) STORED,
  user_id uuid GENERATED ALWAYS AS (CASE target_type WHEN 'user' THEN target_id END) STORED,
  api_key_id uuid GENERATED ALWAYS AS (CASE target_type WHEN 'api_key' THEN target_id END) STORED,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, assignment_id),
  CONSTRAINT authorization_bundle_assignments_target_key UNIQUE (tenant, bundle_id, target_type, target_id),
  CONSTRAINT authorization_bundle_assignments_bundle_fkey
    FOREIGN KEY (tenant, bundle_id) REFERENCES authorization_bundles ON DELETE CASCADE,
  CONSTRAINT authorization_bundle_assignments_role_fkey
    FOREIGN KEY (tenant, role_id) REFERENCES roles ON DELETE CASCADE,
  CONSTRAINT authorization_bundle_assignments_team_fkey
    FOREIGN KEY (tenant, team_id) REFERENCES teams ON DELETE CASCADE,
  CONSTRAINT authorization_bundle_assignments_user_fkey
    FOREIGN KEY (tenant, user_id) REFERENCES users ON DELETE CASCADE,
  CONSTRAINT authorization_bundle_assignments_api_key_fkey
    FOREIGN KEY (tenant, api_key_id) REFERENCES api_keys ON DELETE CASCADE
);

CREATE INDEX authorization_bundle_assignments_by_role ON authorization_bundle_assignments (tenant, role_id)
  WHERE role_id IS NOT NULL;

CREATE INDEX authorization_bundle_assignments_by_team ON authorization_bundle_assignments (tenant, team_id)
  WHERE team_id IS NOT NULL;

CREATE INDEX authorization_bundle_assignments_by_user ON authorization_bundle_assignments (tenant, user_id)
  WHERE user_id IS NOT NULL;

CREATE INDEX authorization_bundle_assignments_by_api_key ON authorization_bundle_assignments (tenant, api_key_id)
  WHERE api_key_id IS NOT NULL;

-- A caller is kept with what narrows it, so whatever that follows from is announced; roles of users are already.
CREATE TRIGGER authorization_bundles_access AFTER UPDATE OF status OR DELETE ON authorization_bundles
  FOR EACH ROW EXECUTE FUNCTION announce_access_change();

CREATE TRIGGER authorization_bundle_rules_access AFTER INSERT OR UPDATE OR DELETE ON authorization_bundle_rules
  FOR EACH ROW EXECUTE FUNCTION announce_access_change();

CREATE TRIGGER authorization_bundle_assignments_access AFTER INSERT OR UPDATE OR DELETE
  ON authorization_bundle_assignments FOR EACH ROW EXECUTE FUNCTION announce_access_change();

CREATE TRIGGER team_members_access AFTER INSERT OR UPDATE OR DELETE ON team_members
  FOR EACH ROW EXECUTE FUNCTION announce_access_change();

CREATE TRIGGER users_reporting_access AFTER UPDATE OF reports_to ON users
  FOR EACH ROW WHEN (OLD.reports_to IS DISTINCT FROM NEW.reports_to) EXECUTE FUNCTION announce_access_change();
