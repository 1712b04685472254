-- Tenants, the people who work in them, what they may do, and their API keys.

CREATE TABLE tenants (
  tenant uuid PRIMARY KEY,
  client_name text NOT NULL CHECK (client_name <> ''),
  email text NOT NULL,
  phone_number text,
  industry text,
  plan text,
  product_code text NOT NULL DEFAULT 'psa' CHECK (product_code IN ('psa', 'algadesk')),
  tax_id_number text,
  suspended_at timestamptz(3),
  suspended_reason text,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now()
);

CREATE UNIQUE INDEX tenants_email_key ON tenants (lower(email));

CREATE UNIQUE INDEX tenants_client_name_key ON tenants (lower(client_name));

CREATE TABLE tenant_features (
  tenant uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
  feature text NOT NULL,
  enabled boolean NOT NULL,
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, feature)
);

CREATE TABLE users (
  tenant uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
  user_id uuid NOT NULL,
  username text NOT NULL,
  hashed_password text NOT NULL,
  email text NOT NULL,
  first_name text,
  last_name text,
  phone text,
  timezone text,
  user_type text NOT NULL DEFAULT 'internal' CHECK (user_type IN ('internal', 'client')),
  contact_id uuid,
  is_inactive boolean NOT NULL DEFAULT false,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, user_id)
);

CREATE UNIQUE INDEX users_email_key ON users (tenant, user_type, lower(email));

CREATE UNIQUE INDEX users_username_key ON users (tenant, user_type, lower(username));

CREATE TABLE roles (
  tenant uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
  role_id uuid NOT NULL,
  role_name text NOT NULL,
  description text,
  msp boolean NOT NULL,
  client boolean NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, role_id)
);

CREATE UNIQUE INDEX roles_name_key ON roles (tenant, lower(role_name), msp);

CREATE TABLE permissions (
  tenant uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
  permission_id uuid NOT NULL,
  resource text NOT NULL,
  action text NOT NULL,
  msp boolean NOT NULL,
  client boolean NOT NULL,
  description text,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, permission_id),
  CONSTRAINT permissions_key UNIQUE (tenant, resource, action, msp, client)
);

CREATE TABLE role_permissions (
  tenant uuid NOT NULL,
  role_id uuid NOT NULL,
  permission_id uuid NOT NULL,
  PRIMARY KEY (tenant, role_id, permission_id),
  FOREIGN KEY (tenant, role_id) REFERENCES roles ON DELETE CASCADE,
  FOREIGN KEY (tenant, permission_id) REFERENCES permissions ON DELETE CASCADE
);

CREATE TABLE user_roles (
  tenant uuid NOT NULL,
  user_id uuid NOT NULL,
  role_id uuid NOT NULL,
  PRIMARY KEY (tenant, user_id, role_id),
  FOREIGN KEY (tenant, user_id) REFERENCES users ON DELETE CASCADE,
  FOREIGN KEY (tenant, role_id) REFERENCES roles ON DELETE CASCADE
);

CREATE TABLE api_keys (
  tenant uuid NOT NULL,
  api_key_id uuid NOT NULL,
  api_key text NOT NULL,
  last_four text NOT NULL,
  user_id uuid NOT NULL,
  description text,
  active boolean NOT NULL DEFAULT true,
  purpose text NOT NULL DEFAULT 'general',
  metadata jsonb,
  usage_limit integer,
  usage_count integer NOT NULL DEFAULT 0,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  last_used_at timestamptz(3),
  expires_at timestamptz(3),
  PRIMARY KEY (tenant, api_key_id),
  CONSTRAINT api_keys_api_key_key UNIQUE (tenant, api_key),
  FOREIGN KEY (tenant, user_id) REFERENCES users ON DELETE CASCADE
);

CREATE INDEX api_keys_lookup ON api_keys (api_key);

CREATE INDEX api_keys_by_user ON api_keys (tenant, user_id, api_key_id);

-- Every instance caches verified keys, and hears here, at commit, that a tenant's keys must be looked up anew.
CREATE FUNCTION announce_access_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('access', coalesce(NEW.tenant, OLD.tenant)::text);
  RETURN NULL;
END $$;

CREATE TRIGGER api_keys_access AFTER UPDATE OF active, expires_at, user_id, usage_limit OR DELETE ON api_keys
  FOR EACH ROW EXECUTE FUNCTION announce_access_change();

CREATE TRIGGER users_access AFTER UPDATE OF is_inactive, user_type OR DELETE ON users
  FOR EACH ROW EXECUTE FUNCTION announce_access_change();

CREATE TRIGGER tenants_access AFTER UPDATE OF suspended_at OR DELETE ON tenants
  FOR EACH ROW EXECUTE FUNCTION announce_access_change();

CREATE TRIGGER roles_access AFTER UPDATE OF msp, client OR DELETE ON roles
  FOR EACH ROW EXECUTE FUNCTION announce_access_change();

CREATE TRIGGER role_permissions_access AFTER INSERT OR UPDATE OR DELETE ON role_permissions
  FOR EACH ROW EXECUTE FUNCTION announce_access_change();

CREATE TRIGGER user_roles_access AFTER INSERT OR UPDATE OR DELETE ON user_roles
  FOR EACH ROW EXECUTE FUNCTION announce_access_change();

-- What happened, written in the transaction that made it happen: only what is committed is ever told.
CREATE TABLE events (
  tenant uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
  event_id uuid NOT NULL,
  event_type text NOT NULL,
  entity_type text NOT NULL,
  entity_id uuid NOT NULL,
  user_id uuid,
  occurred_at timestamptz(3) NOT NULL DEFAULT now(),
  payload jsonb NOT NULL,
  PRIMARY KEY (tenant, event_id)
);

CREATE INDEX events_of_entity ON events (tenant, entity_type, entity_id, event_id);
