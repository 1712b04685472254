-- The RMM that a tenant is connected to, what it knows of assets, and what it was told to do with them.

-- An agent is of one asset of the tenant.
ALTER TABLE assets ADD CONSTRAINT assets_rmm_check CHECK ((rmm_provider IS NULL) = (rmm_device_id IS NULL));

CREATE UNIQUE INDEX assets_rmm_device_key ON assets (tenant, rmm_provider, rmm_device_id) WHERE rmm_device_id IS NOT NULL;

-- The key is encrypted with AES-256-GCM and SECRETS_KEY; it is gone once the tenant is disconnected.
CREATE TABLE rmm_connections (
  tenant uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
  provider text NOT NULL CHECK (provider <> ''),
  base_url text NOT NULL CHECK (base_url <> ''),
  key_nonce bytea CHECK (length(key_nonce) = 12),
  key_ciphertext bytea,
  status text NOT NULL CHECK (status IN ('connected', 'failing', 'disconnected')),
  last_error text,
  connected_at timestamptz(3) NOT NULL DEFAULT now(),
  last_checked_at timestamptz(3) NOT NULL DEFAULT now(),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, provider),
  CHECK ((key_nonce IS NULL) = (key_ciphertext IS NULL)),
  CHECK ((status = 'disconnected') = (key_nonce IS NULL)),
  CHECK ((status = 'failing') = (last_error IS NOT NULL))
);

-- An asset's agent as it was last read.
CREATE TABLE asset_rmm_data (
  tenant uuid NOT NULL,
  asset_id uuid NOT NULL,
  data jsonb NOT NULL CHECK (jsonb_typeof(data) = 'object'),
  read_at timestamptz(3) NOT NULL,
  PRIMARY KEY (tenant, asset_id),
  FOREIGN KEY (tenant, asset_id) REFERENCES assets ON DELETE CASCADE
);

-- What is known is of one agent: of another one nothing is known yet.
CREATE FUNCTION forget_agent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM asset_rmm_data WHERE tenant = NEW.tenant AND asset_id = NEW.asset_id;
  NEW.rmm_organization_id := NULL;
  NEW.agent_status := NULL;
  NEW.last_seen_at := NULL;
  NEW.last_rmm_sync_at := NULL;
  RETURN NEW;
END $$;

CREATE TRIGGER assets_agent_changed BEFORE UPDATE ON assets FOR EACH ROW
  WHEN ((OLD.rmm_provider, OLD.rmm_device_id) IS DISTINCT FROM (NEW.rmm_provider, NEW.rmm_device_id))
  EXECUTE FUNCTION forget_agent();

-- A job is begun once at most. While it runs, the instance that runs it renews leased_until: one whose lease has run out
-- has lost its instance, and nobody knows how far it came.
CREATE TABLE rmm_jobs (
  tenant uuid NOT NULL,
  job_id uuid NOT NULL,
  asset_id uuid NOT NULL,
  provider text NOT NULL,
  device_id text NOT NULL,
  action text NOT NULL CHECK (action IN ('reboot', 'script')),
  status text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'running', 'succeeded', 'failed')),
  script_id text,
  args jsonb CHECK (jsonb_typeof(args) = 'array'),
  timeout_seconds integer CHECK (timeout_seconds > 0),
  exit_code bigint,
  output text CHECK (octet_length(output) <= 65536),
  output_truncated boolean NOT NULL DEFAULT false,
  error_code text,
  error text,
  attempts integer NOT NULL DEFAULT 0 CHECK (attempts IN (0, 1)),
  requested_by uuid NOT NULL,
  runner uuid,
  leased_until timestamptz(3),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  started_at timestamptz(3),
  finished_at timestamptz(3),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, job_id),
  FOREIGN KEY (tenant, asset_id) REFERENCES assets ON DELETE CASCADE,
  FOREIGN KEY (tenant, requested_by) REFERENCES users,
  CHECK ((action = 'script') = (script_id IS NOT NULL)),
  CHECK ((status = 'running') = (leased_until IS NOT NULL)),
  CHECK ((status IN ('succeeded', 'failed')) = (finished_at IS NOT NULL)),
  CHECK ((status = 'failed') = (error IS NOT NULL AND error_code IS NOT NULL))
);

CREATE INDEX rmm_jobs_of_asset ON rmm_jobs (tenant, asset_id, created_at DESC, job_id DESC);

CREATE INDEX rmm_jobs_queued ON rmm_jobs (created_at, job_id) WHERE status = 'queued';

CREATE INDEX rmm_jobs_running ON rmm_jobs (tenant, leased_until) WHERE status = 'running';

CREATE TRIGGER rmm_jobs_touched BEFORE UPDATE ON rmm_jobs FOR EACH ROW EXECUTE FUNCTION touch_asset();
